"""One contract for everything remembered, in memory and in PostgreSQL."""

import asyncio
from datetime import date, timedelta

import pytest

from domain.clock import HandClock
from services.ports import Binding, IntentState, LinkedBy, PinRules
from tests.services.conftest import record_store
from tests.services.town import KAMRAN, LEYLA, START

DAY = date(2026, 11, 23)


async def greeted(store, number=LEYLA):
    async with store.open() as records:
        return await records.people.greet(number, "az")


async def test_first_contact_makes_a_person_and_the_second_finds_her(store):
    person = await greeted(store)
    async with store.open() as records:
        again = await records.people.greet(LEYLA, "en")
        seen = await records.people.by_number(LEYLA)
        nobody = await records.people.by_number(KAMRAN)
    assert again.id == person.id and seen is not None
    assert (seen.language, seen.binding, seen.has_account) == ("en", Binding.ACTIVE, False)
    assert seen.applicant == person.applicant and len(person.applicant) >= 32
    assert nobody is None


async def test_two_first_contacts_at_once_make_one_person(store):
    people = await asyncio.gather(*(greeted(store) for _ in range(8)))
    assert len({person.id for person in people}) == 1


async def test_ninety_silent_days_make_a_number_stale_until_it_is_confirmed(store, clock: HandClock):
    person = await greeted(store)
    clock.advance(timedelta(days=91))
    async with store.open() as records:
        assert (await records.people.greet(LEYLA, "az")).binding is Binding.STALE
        assert (await records.people.greet(LEYLA, "az")).binding is Binding.STALE
        await records.people.confirm_number(LEYLA, person.id)
        assert (await records.people.by_number(LEYLA)).binding is Binding.ACTIVE


async def test_a_doubted_number_is_stale_until_it_is_confirmed(store):
    person = await greeted(store)
    async with store.open() as records:
        await records.people.doubt_number(KAMRAN)
        await records.people.doubt_number(LEYLA)
    async with store.open() as records:
        assert (await records.people.greet(LEYLA, "az")).binding is Binding.STALE
        assert await records.people.by_number(KAMRAN) is None
        await records.people.confirm_number(LEYLA, person.id)
        assert (await records.people.by_number(LEYLA)).binding is Binding.ACTIVE


async def test_a_number_that_ended_starts_anew_and_says_so(store):
    old = await greeted(store)
    async with store.open() as records:
        assert not await records.people.had_holder(LEYLA)
        await records.people.end_number(LEYLA, old.id)
        assert await records.people.by_number(LEYLA) is None
        assert await records.people.had_holder(LEYLA)
        new = await records.people.greet(LEYLA, "az")
    assert new.id != old.id and new.former_holder and not old.former_holder


async def test_whom_a_ministry_told_of_has_chosen_no_language_until_she_is_greeted(store):
    async with store.open() as records:
        assert not (await records.people.meet(LEYLA, "az")).language_chosen
    async with store.open() as records:
        assert not (await records.people.by_number(LEYLA)).language_chosen
        assert (await records.people.greet(LEYLA, "en")).language_chosen
        assert (await records.people.by_number(LEYLA)).language_chosen


async def test_whose_language_somebody_else_gave_keeps_her_own_or_is_asked(store):
    async with store.open() as records:
        assert not (await records.people.greet(LEYLA, "fr", chosen=False)).language_chosen
        await records.people.greet(LEYLA, "az")
    async with store.open() as records:
        again = await records.people.greet(LEYLA, "fr", chosen=False)
    assert (again.language, again.language_chosen) == ("az", True)


async def test_forgetting_leaves_nothing(store):
    person = await greeted(store)
    async with store.open() as records:
        await records.accounts.create(person.id, "h", "c@1", "az")
        await records.links.add(person.id, "aid", "7001", LinkedBy.FACT)
        await records.drafts.keep(person.id, "aid", {"a": 1}, START + timedelta(days=7))
        await records.intents.prepare(person.id, "book", "aid", b"d", "t", {})
    async with store.open() as records:
        await records.people.forget(person.id)
        assert await records.people.by_number(LEYLA) is None
        assert await records.accounts.pin(person.id) is None
        assert list(await records.links.of(person.id)) == []
        assert await records.drafts.get(person.id, "aid") is None
        assert await records.intents.by_token(person.id, "book", "t") is None
    assert (await greeted(store)).id != person.id


async def test_an_account_is_opened_once(store):
    person = await greeted(store)
    async with store.open() as records:
        assert await records.accounts.create(person.id, "h1", "c@1", "az")
        assert not await records.accounts.create(person.id, "h2", "c@1", "az")
        assert (await records.people.by_number(LEYLA)).has_account
        assert await records.accounts.has_consent(person.id, "account")
        assert (await records.accounts.pin(person.id)).hash == "h1"


async def test_tries_stop_at_five_go_on_after_the_lock_and_end_at_ten(store):
    person, rules = await greeted(store), PinRules()
    async with store.open() as records:
        accounts = records.accounts
        await accounts.create(person.id, "h", "c@1", "az")
        counted = [await accounts.count_try(person.id, START, rules) for _ in range(7)]
        assert [record and record.tries for record in counted] == [1, 2, 3, 4, 5, None, None]
        assert counted[4].locked_until == START + timedelta(minutes=30)
        later = START + timedelta(minutes=31)
        counted = [await accounts.count_try(person.id, later, rules) for _ in range(7)]
        assert [record and record.failures for record in counted] == [6, 7, 8, 9, 10, None, None]
        much_later = START + timedelta(days=1)
        assert await accounts.count_try(person.id, much_later, rules) is None
        await accounts.set_pin(person.id, "new")
        record = await accounts.count_try(person.id, much_later, rules)
        assert (record.hash, record.tries, record.failures) == ("new", 1, 1)


async def test_fifty_tries_at_once_count_five(store):
    person = await greeted(store)
    async with store.open() as records:
        await records.accounts.create(person.id, "h", "c@1", "az")

    async def one_try():
        async with store.open() as records:
            return await records.accounts.count_try(person.id, START, PinRules())

    counted = await asyncio.gather(*(one_try() for _ in range(50)))
    assert sorted(record.tries for record in counted if record) == [1, 2, 3, 4, 5]


async def test_what_is_counted_stays_counted_whatever_fails_after(emptied, clock: HandClock):
    store = record_store(emptied, clock)
    person = await greeted(store)
    async with store.open() as records:
        await records.accounts.create(person.id, "h", "c@1", "az")

    async def broken_off(count):
        with pytest.raises(RuntimeError):
            async with store.open() as records:
                await count(records)
                raise RuntimeError("the comparison broke")

    await broken_off(lambda records: records.accounts.count_try(person.id, START, PinRules()))
    await broken_off(lambda records: records.guesses.allow("r", "x", 3, DAY))
    async with store.open() as records:
        assert (await records.accounts.pin(person.id)).tries == 1
        assert await records.guesses.allow("r", "x", 3, DAY) == 1


async def test_a_right_pin_forgets_tries_and_a_reset_somebody_asked_for(store):
    person = await greeted(store)
    async with store.open() as records:
        await records.accounts.create(person.id, "h", "c@1", "az")
        await records.accounts.count_try(person.id, START, PinRules())
        await records.accounts.ask_reset(person.id, START + timedelta(hours=24))
        assert (await records.accounts.pin(person.id)).reset_due == START + timedelta(hours=24)
        await records.accounts.pin_was_right(person.id, "fresh")
        record = await records.accounts.pin(person.id)
    assert (record.hash, record.tries, record.failures, record.reset_due) == ("fresh", 0, 0, None)


async def test_a_pin_is_set_anew_only_while_a_reset_is_asked_for(store):
    person = await greeted(store)
    async with store.open() as records:
        await records.accounts.create(person.id, "h", "c@1", "az")
        assert not await records.accounts.reset_pin(person.id, "anew")
        await records.accounts.ask_reset(person.id, START)
        assert await records.accounts.reset_pin(person.id, "anew")
        record = await records.accounts.pin(person.id)
    assert (record.hash, record.reset_due) == ("anew", None)


async def test_links_come_newest_first_and_are_proven_or_only_remembered(store, clock: HandClock):
    person = await greeted(store)
    async with store.open() as records:
        links = records.links
        await links.add(person.id, "aid", "7001", LinkedBy.CONTACT)
        clock.advance(timedelta(seconds=1))
        await links.add(person.id, "aid", "7002", LinkedBy.FACT)
        assert not await links.proven(person.id, "aid", "7001")
        assert await links.proven(person.id, "aid", "7002")
        await links.add(person.id, "aid", "7001", LinkedBy.HANDED_IN)
        await links.add(person.id, "aid", "7002", LinkedBy.CONTACT)
        found = [(link.reference, link.by) for link in await links.of(person.id)]
    assert found == [("7002", LinkedBy.FACT), ("7001", LinkedBy.HANDED_IN)]


async def test_guesses_run_out_for_a_day_and_may_be_given_back(store):
    async with store.open() as records:
        guesses = records.guesses
        assert [await guesses.allow("r", "x", 3, DAY) for _ in range(4)] == [2, 1, 0, None]
        assert await guesses.allow("r", "y", 3, DAY) == 2
        assert await guesses.allow("s", "x", 3, DAY) == 2
        assert await guesses.allow("r", "x", 3, DAY + timedelta(days=1)) == 2
        await guesses.give_back("r", "x", DAY)
        assert await guesses.allow("r", "x", 3, DAY) == 0


async def test_guesses_at_once_are_not_more_than_the_limit(store):
    async def guess():
        async with store.open() as records:
            return await records.guesses.allow("r", "z", 5, DAY)

    left = await asyncio.gather(*(guess() for _ in range(30)))
    assert sorted(tries for tries in left if tries is not None) == [0, 1, 2, 3, 4]


async def test_a_draft_is_replaced_dropped_and_forgotten_in_time(store, clock: HandClock):
    person, until = await greeted(store), START + timedelta(days=7)
    async with store.open() as records:
        drafts = records.drafts
        await drafts.keep(person.id, "aid", {"people": 3}, until)
        await drafts.keep(person.id, "aid", {"people": 4, "name": "Ayşə"}, until)
        assert await drafts.get(person.id, "aid") == {"people": 4, "name": "Ayşə"}
        assert await drafts.get(person.id, "permit") is None
        clock.advance(timedelta(days=7))
        assert await drafts.get(person.id, "aid") is None


async def prepared(store, person, token="t1", digest=b"d1"):
    async with store.open() as records:
        return await records.intents.prepare(person.id, "book", "passport", digest, token, {"slot": "s1"})


async def test_the_same_token_or_the_same_content_meets_the_same_intent(store):
    person = await greeted(store)
    first = await prepared(store, person)
    assert (await prepared(store, person)).id == first.id
    assert (await prepared(store, person, token="t2")).id == first.id
    assert (await prepared(store, person, digest=b"other")).id == first.id
    assert (await prepared(store, person, token="t2", digest=b"other")).id != first.id
    assert first.payload == {"slot": "s1"} and first.prepared_at == START
    other = await greeted(store, KAMRAN)
    assert (await prepared(store, other)).id != first.id


async def test_a_hundred_confirms_at_once_make_one_intent(store):
    person = await greeted(store)
    intents = await asyncio.gather(*(prepared(store, person, token=f"t{n % 3}") for n in range(100)))
    assert len({intent.id for intent in intents}) == 1


async def test_one_claims_and_a_dead_lease_is_taken_over(store, clock: HandClock):
    person = await greeted(store)
    intent = await prepared(store, person)

    async def claim():
        async with store.open() as records:
            return await records.intents.claim(intent.id, 30)

    claimed = [one for one in await asyncio.gather(*(claim() for _ in range(20))) if one]
    assert len(claimed) == 1 and claimed[0].state is IntentState.SENT and claimed[0].attempts == 1
    clock.advance(timedelta(seconds=31))
    again = await claim()
    assert again is not None and again.attempts == 2 and again.sent_at == START
    assert await claim() is None


@pytest.mark.parametrize("end", [IntentState.DONE, IntentState.REFUSED])
async def test_an_end_is_final(store, clock: HandClock, end: IntentState):
    person = await greeted(store)
    intent = await prepared(store, person)
    async with store.open() as records:
        intents = records.intents
        assert not await intents.finish(intent.id, IntentState.UNKNOWN, None), "never sent, so never unknown"
        await intents.claim(intent.id, 30)
        assert await intents.finish(intent.id, IntentState.UNKNOWN, None)
        assert await intents.finish(intent.id, end, {"visit": "v1"})
        assert not await intents.finish(intent.id, IntentState.UNKNOWN, None)
        assert not await intents.finish(intent.id, IntentState.DONE, {})
        clock.advance(timedelta(days=1))
        assert await intents.claim(intent.id, 30) is None
        kept = await intents.get(intent.id)
        assert (kept.state, kept.result) == (end, {"visit": "v1"})
        assert list(await intents.open_intents(10)) == []


async def test_what_was_refused_or_long_done_or_undone_may_be_confirmed_anew(store, clock: HandClock):
    person = await greeted(store)

    async def finished(token, state):
        intent = await prepared(store, person, token=token)
        async with store.open() as records:
            await records.intents.claim(intent.id, 30)
            await records.intents.finish(intent.id, state, {})
        return intent.id

    refused = await finished("t1", IntentState.REFUSED)
    done = await finished("t2", IntentState.DONE)
    assert done != refused
    assert await finished("t3", IntentState.DONE) == done
    clock.advance(timedelta(minutes=16))
    anew = await finished("t4", IntentState.DONE)
    assert anew != done
    async with store.open() as records:
        assert [intent.id for intent in await records.intents.live(person.id, "book")] == [anew]
        assert await records.intents.live(person.id, "move") == []
        await records.intents.retire(anew)
        assert await records.intents.live(person.id, "book") == []
    assert (await prepared(store, person, token="t5")).id != anew
    assert (await prepared(store, person, token="t2")).id == done


async def test_the_worker_sees_what_is_due(store, clock: HandClock):
    person = await greeted(store)
    intent = await prepared(store, person)

    async def due():
        async with store.open() as records:
            return [found.id for found in await records.intents.open_intents(10)]

    assert await due() == []
    clock.advance(timedelta(seconds=30))
    assert await due() == [intent.id]
    async with store.open() as records:
        await records.intents.claim(intent.id, 30)
    assert await due() == []
    async with store.open() as records:
        await records.intents.finish(intent.id, IntentState.UNKNOWN, None)
    clock.advance(timedelta(seconds=10))
    assert await due() == [intent.id]
