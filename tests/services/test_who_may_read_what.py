"""The table of decisions.md, row by row: who sees what of an application."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import InvalidValue, MinistryUnavailable
from i18n.text import Word
from services import apply, visits
from services.accounts import create
from services.applications import find, mine
from services.outcomes import (
    AccountCreated,
    AccountExists,
    AlreadyPending,
    Applications,
    Booked,
    ConsentNeeded,
    DraftFound,
    FormOpened,
    Granted,
    Kept,
    NoApplications,
    NotFound,
    NoVisits,
    PinNeeded,
    PinRight,
    ReferenceMalformed,
    StateOnly,
    Submitted,
    TooManyTries,
    Visits,
)
from services.pins import check_new_pin, verify_pin
from services.ports import LinkedBy
from tests.services.town import AID, FORM, KAMRAN, LEYLA, PERMIT, Town

GRANTED = StateOnly(Word("state.granted"))

# number registered at the ministry? | linked by | account? | PIN proven? | binding | service | what is seen
TABLE = [
    ("hers", None, False, False, "active", AID, Granted),
    ("hers", None, True, False, "active", AID, PinNeeded),
    ("hers", None, True, True, "active", AID, Granted),
    ("hers", None, False, False, "stale", AID, StateOnly),
    ("hers", None, False, False, "new holder", AID, StateOnly),
    ("other", None, False, False, "active", AID, StateOnly),
    ("other", None, True, True, "active", AID, StateOnly),
    ("other", LinkedBy.FACT, False, False, "active", AID, Granted),
    ("other", LinkedBy.FACT, True, False, "active", AID, PinNeeded),
    ("other", LinkedBy.FACT, True, True, "active", AID, Granted),
    ("other", LinkedBy.FACT, False, False, "stale", AID, StateOnly),
    ("other", LinkedBy.HANDED_IN, False, False, "active", AID, Granted),
    ("other", LinkedBy.CONTACT, False, False, "active", AID, StateOnly),
    ("hers", None, False, False, "active", PERMIT, PinNeeded),
    ("hers", None, True, False, "active", PERMIT, PinNeeded),
    ("hers", None, True, True, "active", PERMIT, Granted),
    ("other", None, False, False, "active", PERMIT, PinNeeded),
    ("other", None, True, True, "active", PERMIT, NotFound),
    ("other", LinkedBy.FACT, True, True, "active", PERMIT, Granted),
]


@pytest.mark.parametrize(("registered", "linked", "account", "verified", "binding", "file", "seen"), TABLE)
async def test_who_sees_what(town: Town, registered, linked, account, verified, binding, file, seen):
    number = LEYLA if registered == "hers" else KAMRAN
    caller = await town.known(number, pin="482915" if account else "")
    if linked:
        await town.records.links.add(caller.person.id, file.service, file.reference, linked)
    if binding == "stale":
        town.later(days=91)
    if binding == "new holder":
        await town.records.people.end_number(number, caller.person.id)
        await town.records.people.greet(number, "en")
    caller = await town.caller(number, verified=verified)
    found = await find(town.desk(), caller, file.reference)
    assert type(found) is seen
    if seen is StateOnly:
        assert found == GRANTED, "one word and nothing else"


PIN, AID_FORM = "482915", {"people": 4}


async def submit(desk, caller):
    try:
        return await apply.submit(desk, caller, "social_aid", FORM, AID_FORM, "t3")
    except InvalidValue as error:
        return error


async def open_account(desk, caller):
    accepted = await check_new_pin(desk, caller, PIN)
    return await create(desk, caller, PIN, accepted.pin_seal)


ACTS = {
    "apply": lambda desk, caller: apply.begin(desk, caller, "social_aid"),
    "agree": lambda desk, caller: apply.consent(desk, caller, "social_aid"),
    "start again": lambda desk, caller: apply.restart(desk, caller, "social_aid"),
    "keep a draft": lambda desk, caller: apply.keep(desk, caller, "social_aid", FORM, {"people": 9}),
    "hand in": submit,
    "book": lambda desk, caller: visits.book(desk, caller, "passport/s1", "t4"),
    "her visits": visits.mine,
    "her applications": mine,
    "account": open_account,
}

# what is done | by the person herself | on her number, silent since | silent, with an account | its PIN proven then
ACTING = [
    ("apply", AlreadyPending, ConsentNeeded, PinNeeded, AlreadyPending),
    ("agree", DraftFound, FormOpened, PinNeeded, DraftFound),
    ("start again", FormOpened, FormOpened, PinNeeded, FormOpened),
    ("keep a draft", Kept, Kept, PinNeeded, Kept),
    ("hand in", Submitted, InvalidValue, PinNeeded, Submitted),
    ("book", Booked, Booked, PinNeeded, Booked),
    ("her visits", Visits, NoVisits, PinNeeded, Visits),
    ("her applications", Applications, NoApplications, PinNeeded, Applications),
    ("account", AccountCreated, AccountCreated, AccountExists, AccountExists),
]


async def settled(town: Town):
    """Somebody who agreed, handed in an application, began a draft and booked a visit."""
    caller = await town.known()
    await apply.consent(town.desk(), caller, "social_aid")
    await apply.submit(town.desk(), caller, "social_aid", FORM, AID_FORM, "t1")
    await visits.book(town.desk(), caller, "passport/s0", "t2")
    await town.records.drafts.keep(caller.person.id, "social_aid", AID_FORM, town.clock.now() + timedelta(days=200))
    await town.records.settle()
    return caller


@pytest.mark.parametrize(("act", "herself", "silent", "account", "woken"), ACTING)
async def test_who_acts_as_whom(town: Town, act, herself, silent, account, woken):
    assert type(await ACTS[act](town.desk(), await settled(town))) is herself


@pytest.mark.parametrize(("act", "herself", "silent", "account", "woken"), ACTING)
async def test_whoever_acts_on_a_silent_number_is_somebody_new(either_town: Town, act, herself, silent, account, woken):
    town = either_town
    former = (await settled(town)).person
    town.later(days=91)
    assert type(await ACTS[act](town.desk(), await town.caller())) is silent
    assert await town.records.drafts.get(former.id, "social_aid") == AID_FORM
    assert [owner for owner, _ in town.calendar.booked.values()].count(former.applicant) == 1
    now = (await town.caller()).person
    assert (now.id == former.id) == (act in ("her visits", "her applications")), "only reading changes nothing"
    assert now.id == former.id or now.former_holder


async def test_two_calls_at_once_on_a_silent_number_are_one_new_person(store, clock):
    town = Town(clock, store)
    former = await town.known()
    town.later(days=91)
    caller = await town.caller()

    async def acts():
        async with store.open() as records:
            return await town.desk(records=records).person(caller)

    new = await asyncio.gather(*(acts() for _ in range(8)))
    town.vault.close()
    assert len({person.id for person in new}) == 1
    assert new[0].id != former.person.id and new[0].former_holder


@pytest.mark.parametrize(("act", "herself", "silent", "account", "woken"), ACTING)
async def test_a_silent_number_with_an_account_wakes_by_its_pin_alone(town: Town, act, herself, silent, account, woken):
    former = (await settled(town)).person
    await town.known(pin=PIN)
    town.later(days=91)
    for verified in (False, True):
        assert type(await ACTS[act](town.desk(), await town.caller(verified=verified))) is account
    assert await verify_pin(town.desk(), await town.caller(), PIN) == PinRight()
    caller = await town.caller(verified=True)
    assert caller.person.id == former.id
    assert type(await ACTS[act](town.desk(), caller)) is woken


async def test_a_number_nobody_was_greeted_on_reads_what_the_ministry_registered_for_it(town: Town):
    assert type(await find(town.desk(), await town.caller(LEYLA), "7001")) is Granted
    assert await find(town.desk(), await town.caller(KAMRAN), "7001") == GRANTED


async def test_a_number_whose_holder_ended_reads_nothing_personal_even_before_greeting(town: Town):
    caller = await town.known(LEYLA)
    await town.records.people.end_number(LEYLA, caller.person.id)
    assert await find(town.desk(), await town.caller(LEYLA), "7001") == GRANTED


async def test_details_are_the_whole_decision(town: Town):
    found = await find(town.desk(), await town.known(), " 70-01 ")
    assert found == Granted(Word("service.social_aid"), "7001", AID.amount, AID.until)


async def test_a_malformed_reference_costs_nothing_and_asks_nobody(town: Town):
    for typed in ("", "abc", "70011", "6001", "7" * 500):
        assert await find(town.desk(), await town.known(), typed) == ReferenceMalformed()
    assert town.ministry.asked == [] and town.store.guessed == {}


async def test_guesses_end_for_the_day_and_the_ministry_is_not_asked_any_more(town: Town):
    caller = await town.known(KAMRAN)
    for _ in range(town.services.guesses_per_day):
        assert await find(town.desk(), caller, "7999") == NotFound()
    asked = len(town.ministry.asked)
    assert await find(town.desk(), caller, "7001") == TooManyTries()
    assert len(town.ministry.asked) == asked
    town.later(days=1)
    assert await find(town.desk(), caller, "7001") == GRANTED


async def test_ones_own_applications_and_failures_of_the_ministry_cost_no_guess(town: Town):
    caller = await town.known(LEYLA)
    for _ in range(30):
        assert type(await find(town.desk(), caller, "7001")) is Granted
    town.ministry.fails = MinistryUnavailable("vemtas")
    for _ in range(30):
        with pytest.raises(MinistryUnavailable):
            await find(town.desk(), caller, "7999")
    town.ministry.fails = None
    assert await find(town.desk(), caller, "7999") == NotFound()


async def test_the_guess_is_counted_before_the_ministry_is_asked(town: Town):
    caller = await town.known(KAMRAN)
    seen = []

    async def get(reference, deadline):
        seen.append(dict(town.store.guessed))

    town.ministry.get = get
    await find(town.desk(), caller, "7999")
    assert list(seen[0].values()) == [1]


async def test_the_connection_is_given_back_before_a_ministry_is_asked(town: Town):
    caller = await town.known()

    async def get(reference, deadline):
        assert town.store.settled > 0

    town.ministry.get = get
    await find(town.desk(), caller, "7001")


async def test_mine_lists_what_is_linked_with_its_state_now(town: Town):
    caller = await town.known()
    assert await mine(town.desk(), caller) == NoApplications()
    await find(town.desk(), caller, "7001")
    await find(town.desk(), caller, "7002")
    listed = await mine(town.desk(), caller)
    assert isinstance(listed, Applications)
    assert [item.id for item in listed.applications] == ["7002", "7001"]
    assert listed.applications[1].values == {
        "service": Word("service.social_aid"),
        "reference": "7001",
        "state": Word("state.granted"),
    }


async def test_mine_forgets_what_the_ministry_now_registers_for_another_number(town: Town):
    caller = await town.known()
    await find(town.desk(), caller, "7001")
    town.ministry.files["7001"] = replace(AID, contact=KAMRAN)
    assert await mine(town.desk(), caller) == NoApplications()


async def test_mine_needs_the_pin_where_there_is_one_and_hides_sensitive_services_without(town: Town):
    caller = await town.known()
    await town.records.links.add(caller.person.id, "permit", "8001", LinkedBy.FACT)
    assert await mine(town.desk(), caller) == NoApplications()
    caller = await town.known(pin="482915")
    assert await mine(town.desk(), caller) == PinNeeded()
    listed = await mine(town.desk(), replace(caller, verified=True))
    assert [item.id for item in listed.applications] == ["8001"]


async def test_mine_shows_nothing_on_a_number_that_fell_silent(town: Town):
    caller = await town.known()
    await find(town.desk(), caller, "7001")
    town.clock.advance(timedelta(days=91))
    assert await mine(town.desk(), await town.caller()) == NoApplications()


async def test_one_silent_ministry_hides_no_application(town: Town):
    caller = await town.known()
    await find(town.desk(), caller, "7001")
    await find(town.desk(), caller, "7002")
    real = town.ministry.get

    async def get(reference, deadline):
        if reference == "7002":
            raise MinistryUnavailable("vemtas")
        return await real(reference, deadline)

    town.ministry.get = get
    listed = await mine(town.desk(), caller)
    assert [item.values["state"].id for item in listed.applications] == ["state.unknown", "state.granted"]
    town.ministry.fails = MinistryUnavailable("vemtas")
    with pytest.raises(MinistryUnavailable):
        await mine(town.desk(), caller)
