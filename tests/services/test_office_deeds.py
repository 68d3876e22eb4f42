"""At the counter: two of staff see that a number is hers, and she chooses a PIN anew: all other ways were closed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from domain.clock import HandClock
from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from services.accounts import close
from services.office_deeds import APPROVED_WITHIN, CHOSEN_WITHIN, Office, Refusal, Shown
from services.office_ports import Deed
from services.outcomes import (
    AccountClosed,
    Granted,
    PinChanged,
    PinRight,
    ResetAtOffice,
    ResetDoubted,
    ResetDue,
    ResetNotAsked,
    StateOnly,
)
from services.pack_values import ServiceConfig
from services.pins import verify_pin
from services.ports import Binding, LinkedBy
from services.records.office_tables import CONFIRMATIONS
from services.records.sign_in_tables import SESSIONS
from services.records.tables import ACCOUNTS, NUMBERS
from services.resets import finish_reset
from services.sign_in_ports import OnDevice, TokenHashes
from services.swap_ports import ToldDay
from storage.tables import AUDIT_LOG
from storage.unit_of_work import Database
from tests.services.conftest import record_store
from tests.services.swap_story import OTHER, PIN, Story, november
from tests.services.town import AID, KAMRAN, LEYLA, Town
from tests.until import until

HERS = Shown(LEYLA, ("7001",))
WHY = "new SIM card, PIN forgotten; identity card seen"
NIGAR, MURAD = "nigar", "murad"


class Counter(Story):
    """The same town, and its office."""

    async def asks(
        self, shown: Shown = HERS, by: str = NIGAR, *, new_pin: bool = True, why: str = WHY
    ) -> Deed | Refusal:
        async with self.town.store.open_office() as book:
            return await Office(book, self.town.clock).ask(shown, by, why, new_pin=new_pin)

    async def approves(self, shown: Shown = HERS, by: str = MURAD) -> Deed | Refusal:
        async with self.town.store.open_office() as book:
            return await Office(book, self.town.clock).approve(shown, by)

    async def waiting(self) -> list[tuple[Msisdn, str, str]]:
        async with self.town.store.open_office() as book:
            found = await Office(book, self.town.clock).waiting()
            return [(each.number, each.deed.asked_by, each.deed.why) for each in found]

    async def tried(self) -> list[tuple[str, str, str]]:
        """What staff did, by the audit log; all of it is about Leyla, by pseudonym, or about nobody."""
        async with self.town.store.database.unit_of_work() as work:
            rows = (await work.execute(select(AUDIT_LOG).order_by(AUDIT_LOG.c.seq))).all()
        mine = [row for row in rows if row.actor.startswith("operator:")]
        assert {row.channel for row in mine} <= {"command"}
        assert not any(LEYLA.e164[4:] in f"{row}" for row in mine)
        return [(row.actor.removeprefix("operator:"), row.act.removeprefix("people.confirm."), row.why) for row in mine]

    async def chooses(self, pin: str) -> type:
        caller, pin_seal = await self.sealed(pin)
        chosen = type(await finish_reset(self.town.desk(), caller, pin, pin_seal))
        await self.town.records.settle()
        return chosen

    async def swapped(self) -> None:
        """She linked her application and opened an account; days later her SIM card is another."""
        await self.known(LEYLA, pin=PIN)
        await self.town.records.links.add((await self.town.caller()).person.id, AID.service, "7001", LinkedBy.FACT)
        await self.town.records.settle()
        self.town.later(days=4)
        self.network.swaps[LEYLA] = november(25)
        await self.round()
        assert await self.binding() is Binding.STALE


@pytest_asyncio.fixture
async def counter(emptied: Database, clock: HandClock) -> AsyncIterator[Counter]:
    town = Town(clock, record_store(emptied, clock))
    yield Counter(town)
    await town.records.settle()
    town.vault.close()


async def test_who_changed_her_card_and_forgot_her_pin_comes_to_the_counter(counter: Counter):
    await counter.swapped()
    assert await counter.reset_is() is ResetDoubted, "she is told to come"
    assert isinstance(await counter.asks(), Deed)
    assert (await counter.binding(), await counter.reset_is()) == (Binding.STALE, ResetDoubted), (
        "one alone does nothing"
    )
    done = await counter.approves()
    assert isinstance(done, Deed) and (done.asked_by, done.approved_by) == (NIGAR, MURAD)
    assert (await counter.binding(), await counter.reset_is()) == (Binding.ACTIVE, ResetDue)
    assert await counter.chooses(OTHER) is PinChanged
    assert not await counter.pin_right(), "the one she forgot opens nothing any more"
    assert isinstance(await verify_pin(counter.town.desk(), await counter.town.caller(), OTHER), PinRight)
    assert await counter.seen(verified=True) is Granted
    assert await counter.tried() == [(NIGAR, "asked", WHY), (MURAD, "approved_with_pin", f"asked by {NIGAR}")]


async def test_the_swap_that_was_cleared_up_is_not_held_against_her_again_and_a_later_one_is(counter: Counter):
    await counter.swapped()
    await counter.asks()
    await counter.approves()
    await counter.chooses(OTHER)
    counter.town.later(days=8)
    counter.network.swaps[LEYLA] = november(27)  # the day of the counter, told late
    assert await counter.round() == [LEYLA]
    assert (await counter.binding(), counter.counted["unchanged"]) == (Binding.ACTIVE, 1)
    counter.network.swaps[LEYLA] = date(2026, 12, 9)
    counter.town.later(days=8)
    assert await counter.round() == [LEYLA]
    assert await counter.binding() is Binding.STALE


async def test_an_answer_that_was_awaited_says_nothing_after_the_counter(counter: Counter):
    counter.network.later = True
    await counter.known(LEYLA, pin=PIN)
    counter.town.later(days=3)
    await counter.round()
    shown = Shown(LEYLA)
    await counter.asks(shown, new_pin=False)
    await counter.approves(shown)
    assert await counter.tells(ToldDay(november(25))) == "unchanged"
    assert await counter.binding() is Binding.ACTIVE


async def test_without_a_new_pin_none_can_be_chosen_and_what_another_asked_for_is_over(counter: Counter):
    await counter.known(LEYLA, pin=PIN)
    await counter.reset_asked()
    counter.town.later(hours=25)
    assert await counter.reset_is() is ResetDue, "whoever has the telephone asked for it"
    # Her application is known by its contact alone: it is named all the same.
    await counter.town.records.links.add((await counter.town.caller()).person.id, AID.service, "7001", LinkedBy.CONTACT)
    await counter.town.records.settle()
    await counter.asks(new_pin=False)
    await counter.approves()
    assert await counter.reset_is() is ResetNotAsked
    assert await counter.chooses(OTHER) is ResetNotAsked
    assert await counter.pin_right()
    assert (MURAD, "approved", f"asked by {NIGAR}") in await counter.tried()


async def test_who_has_no_account_is_shown_what_is_hers_again(counter: Counter):
    await counter.known(LEYLA)
    counter.town.later(days=91)
    assert await counter.seen() is StateOnly, "silent for a season"
    shown = Shown(LEYLA)
    assert await counter.asks(shown) is Refusal.NO_ACCOUNT
    await counter.asks(shown, new_pin=False)
    await counter.approves(shown)
    assert await counter.seen() is Granted


async def test_a_pin_is_chosen_within_the_hour_or_not_at_all(counter: Counter):
    await counter.swapped()
    await counter.asks()
    await counter.approves()
    counter.town.later(seconds=CHOSEN_WITHIN.total_seconds() - 1)
    assert await counter.reset_is() is ResetDue
    counter.town.later(seconds=1)
    assert (await counter.reset_is(), await counter.chooses(OTHER)) == (ResetNotAsked, ResetNotAsked)
    await counter.asks()
    await counter.approves()
    assert await counter.reset_is() is ResetDue, "she comes once more"


async def test_where_no_slip_has_a_number_the_office_opens_the_way_all_the_same(counter: Counter):
    unfiled = {"passport": ServiceConfig("passport", visits=True)}
    counter.town.services = replace(counter.town.services, services=unfiled, references=())
    await counter.known(LEYLA, pin=PIN)
    assert await counter.reset_is() is ResetAtOffice
    shown = Shown(LEYLA)
    await counter.asks(shown)
    await counter.approves(shown)
    assert (await counter.reset_is(), await counter.chooses(OTHER)) == (ResetDue, PinChanged)
    assert await counter.reset_is() is ResetAtOffice


async def test_it_takes_two(counter: Counter):
    await counter.swapped()
    assert await counter.approves() is Refusal.NOT_ASKED
    await counter.asks()
    assert await counter.approves(by=NIGAR) is Refusal.SAME_PERSON
    assert await counter.binding() is Binding.STALE
    assert await counter.tried() == [
        (MURAD, "refused", "not_asked"),
        (NIGAR, "asked", WHY),
        (NIGAR, "refused", "same_person"),
    ]
    with pytest.raises(IntegrityError):
        async with counter.town.store.database.unit_of_work() as work:
            await work.execute(update(CONFIRMATIONS).values(approved_by=NIGAR, approved_at=counter.town.clock.now()))


async def test_what_is_asked_or_approved_twice_is_done_once(counter: Counter):
    await counter.swapped()
    first = await counter.asks()
    counter.town.later(minutes=5)
    assert await counter.asks() == first
    assert await counter.asks(by="aysel") is Refusal.ASKED_BY_ANOTHER
    done = await counter.approves()
    await counter.chooses(OTHER)
    counter.town.later(minutes=1)
    assert (await counter.approves(), await counter.approves(by="aysel")) == (done, done)
    assert await counter.reset_is() is ResetNotAsked, "it opens nothing again"
    acts = [act for _, act, _ in await counter.tried()]
    assert acts == ["asked", "refused", "approved_with_pin"]


async def test_of_two_who_approve_at_once_one_has_done_it(counter: Counter):
    await counter.swapped()
    await counter.asks()
    async with counter.town.store.open_office() as book:
        done = await Office(book, counter.town.clock).approve(HERS, MURAD)
        other = asyncio.create_task(counter.approves(by="aysel"))
        await until(counter.somebody_waits, other)
    assert await other == done, "she is told of what was done"
    assert [by for by, act, _ in await counter.tried() if act == "approved_with_pin"] == [MURAD]


async def test_of_two_who_ask_at_once_one_has_asked(counter: Counter):
    await counter.swapped()
    answers = await asyncio.gather(*(counter.asks(by=by) for by in (NIGAR, MURAD, "aysel")))
    assert sorted(map(str, (type(answer).__name__ for answer in answers))) == ["Deed", "Refusal", "Refusal"]
    assert len(await counter.waiting()) == 1


async def test_who_asked_may_ask_otherwise(counter: Counter):
    await counter.swapped()
    await counter.asks(new_pin=False)
    changed = await counter.asks()
    assert isinstance(changed, Deed) and changed.new_pin
    await counter.approves()
    assert await counter.reset_is() is ResetDue


async def test_what_nobody_approved_while_she_was_there_is_asked_for_anew(counter: Counter):
    await counter.swapped()
    await counter.asks()
    assert await counter.waiting() == [(LEYLA, NIGAR, WHY)]
    counter.town.later(seconds=APPROVED_WITHIN.total_seconds())
    assert await counter.approves() is Refusal.LAPSED
    assert (await counter.binding(), await counter.waiting()) == (Binding.STALE, [])
    assert isinstance(await counter.asks(by=MURAD), Deed)
    assert isinstance(await counter.approves(by=NIGAR), Deed)
    assert (await counter.binding(), await counter.waiting()) == (Binding.ACTIVE, [])


async def test_a_document_is_held_against_an_application_of_hers(counter: Counter):
    """Whoever has her new card has papers too: his own."""
    await counter.swapped()
    assert await counter.asks(Shown(LEYLA)) is Refusal.REFERENCE_NEEDED
    assert await counter.asks(Shown(LEYLA, ("7002",))) is Refusal.NOT_HERS
    await counter.asks()
    assert await counter.approves(Shown(LEYLA)) is Refusal.REFERENCE_NEEDED, "the second looks as well"
    assert await counter.approves(Shown(LEYLA, ("7002",))) is Refusal.NOT_HERS
    assert await counter.binding() is Binding.STALE
    assert [why for _, act, why in await counter.tried() if act == "refused"] == [
        "reference_needed", "not_hers", "reference_needed", "not_hers",
    ]  # fmt: skip


async def test_a_number_that_ended_is_nobodys_to_confirm(counter: Counter):
    await counter.swapped()
    await counter.asks()
    async with counter.town.store.open() as records:
        await records.people.end_number(LEYLA, (await records.people.by_number(LEYLA)).id)
    assert await counter.asks() is Refusal.NOBODY
    assert await counter.approves() is Refusal.NOBODY
    assert await counter.asks(Shown(KAMRAN)) is Refusal.NOBODY
    await counter.known(LEYLA)
    assert await counter.approves(Shown(LEYLA)) is Refusal.NOT_ASKED, "what was asked for was about somebody else"


async def test_a_number_that_ends_while_it_is_approved_is_not_confirmed(counter: Counter):
    await counter.swapped()
    await counter.asks()
    async with counter.town.store.open_office() as book:
        holder = await book.holder(LEYLA)
        async with counter.town.store.open() as others:
            await others.people.end_number(LEYLA, holder.person)
        deed = await book.deed(holder, locked=True)
        done = replace(deed, approved_by=MURAD, approved_at=counter.town.clock.now())
        assert not await book.confirm(done, counter.town.clock.now())
    async with counter.town.store.database.unit_of_work() as work:
        assert (await work.execute(select(NUMBERS.c.state))).scalar_one() == "ended"
        assert (await work.execute(select(ACCOUNTS.c.reset_due))).scalar_one() is None


async def test_an_account_closed_meanwhile_has_no_pin_to_choose(counter: Counter):
    await counter.known(LEYLA, pin=PIN)
    shown = Shown(LEYLA)
    await counter.asks(shown)
    assert isinstance(await close(counter.town.desk(), await counter.town.caller(verified=True)), AccountClosed)
    await counter.town.records.settle()
    await counter.known(LEYLA)
    assert await counter.approves(shown) is Refusal.NOT_ASKED, "it went with her"
    assert await counter.waiting() == []


async def test_who_signed_in_while_he_had_her_card_is_signed_out(counter: Counter):
    await counter.known(LEYLA, KAMRAN, pin=PIN)
    store, clock = counter.town.store, counter.town.clock
    ids = []
    for place, number in enumerate((LEYLA, KAMRAN)):
        person = (await counter.town.caller(number)).person
        hashes = TokenHashes(*(bytes([place + at]) * 32 for at in (1, 11, 21)), clock.now() + timedelta(hours=1))
        async with store.open_sign_ins() as signing:
            ids.append(store.ids.uuid7())
            device = OnDevice("a telephone", bytes([place]) * 32)
            assert await signing.sessions.open(ids[-1], person.id, number, device, hashes, clock.now())
    shown = Shown(LEYLA)
    await counter.asks(shown)
    await counter.approves(shown)
    async with store.database.unit_of_work() as work:
        ended = (await work.execute(select(SESSIONS.c.id).where(SESSIONS.c.ended_at.is_not(None)))).scalars().all()
    assert ended == ids[:1]


async def test_a_reason_names_nobody_and_nothing_is_done_for_one_that_does(counter: Counter):
    await counter.swapped()
    with pytest.raises(InvalidValue):
        await counter.asks(why="she calls from 050 123 45 67")
    assert (await counter.tried(), await counter.waiting()) == ([], [])


async def test_it_is_forgotten_after_a_day_and_the_audit_log_is_not(counter: Counter):
    await counter.swapped()
    await counter.asks()
    counter.town.later(days=1, minutes=1)
    await counter.town.store.sweep()
    async with counter.town.store.database.unit_of_work() as work:
        assert not (await work.execute(select(CONFIRMATIONS.c.id))).all()
    assert await counter.tried() == [(NIGAR, "asked", WHY)]
