"""A SIM card changed after the number was proven hers: networks are asked, and it shows nothing personal any more."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from domain.clock import HandClock
from domain.errors import GuichetError
from domain.msisdn import Msisdn
from services import visits
from services.accounts import create
from services.applications import find
from services.caller import Caller
from services.links import link
from services.outcomes import (
    Granted,
    Linked,
    NoVisits,
    PinAccepted,
    PinChanged,
    PinRight,
    ResetDue,
    ResetNotAsked,
    ResetWaits,
    StateOnly,
)
from services.pins import change_pin, check_new_pin, verify_pin
from services.ports import Binding, LinkedBy
from services.records.tables import NUMBERS
from services.resets import ask_reset, finish_reset, reset_state
from services.sim_swaps import (
    ANSWERS_LIVE,
    AT_ONCE,
    AWAITED,
    PAUSE,
    QUEUED,
    UNASKED,
    SwapAnswers,
    SwapChecks,
    Verdict,
    judge,
)
from services.swap_ports import NotTold, Standing, SwapAnswer, SwapTold, ToldDay, ToldLater
from storage.tables import AUDIT_LOG
from storage.unit_of_work import Database
from tests.services.conftest import record_store
from tests.services.notice_office import Office
from tests.services.town import AID, KAMRAN, LEYLA, ZONE, Town

PIN, OTHER = "482915", "739160"
BORN = "17.05.1980"
MONDAY = date(2026, 11, 23)
"""The day on which the story begins, at ten in the morning in Baku."""


def november(day: int) -> date:
    return date(2026, 11, day)


class Away(GuichetError):
    """The account cannot be asked."""


@dataclass
class Network:
    """Tells when SIM cards were changed. `away`: whose question fails; `waits`: until when it takes its time; `later`:
    it only promises to tell, and names its first question "question-1"."""

    swaps: dict[Msisdn, date] = field(default_factory=dict)
    away: set[Msisdn] = field(default_factory=set)
    asked: list[Msisdn] = field(default_factory=list)
    at_once: int = 0
    waits: asyncio.Event | None = None
    later: bool = False
    _now: int = 0

    async def check(self, number: Msisdn) -> SwapAnswer:
        self.asked.append(number)
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        if self.waits:
            await self.waits.wait()
        await asyncio.sleep(0)
        self._now -= 1
        if number in self.away:
            raise Away
        if self.later:
            return ToldLater(f"question-{len(self.asked)}")
        return ToldDay(self.swaps[number]) if number in self.swaps else NotTold()


@dataclass(repr=False)
class Story:
    """A town on real records, the networks of its numbers, and the worker's round."""

    town: Town
    network: Network = field(default_factory=Network)
    counted: Counter[str] = field(default_factory=Counter)

    async def round(self, most: int = 60, days: int = 7) -> list[Msisdn]:
        """Who was asked for."""
        before = len(self.network.asked)
        store, clock = self.town.store, self.town.clock
        every = timedelta(days=days)
        await SwapChecks(self.network, store.open_swaps, clock, ZONE, every, most, self._count).round()
        return self.network.asked[before:]

    async def tells(self, answer: SwapAnswer | date, question: int = 1) -> str:
        """The network calls back. What it is counted as, "" for nothing."""
        before = self.counted.copy()
        answers = SwapAnswers(self.town.store.open_swaps, self.town.clock, ZONE, self._count)
        await answers.take(SwapTold(f"question-{question}", ToldDay(answer) if isinstance(answer, date) else answer))
        return "".join(self.counted - before)

    async def awaited(self) -> list[str | None]:
        async with self.town.store.database.unit_of_work() as work:
            return list((await work.execute(select(NUMBERS.c.swap_request).order_by(NUMBERS.c.id))).scalars())

    def _count(self, result: str) -> None:
        self.counted[result] += 1

    async def seen(self, number: Msisdn = LEYLA, *, verified: bool = False) -> type:
        """What is seen of Leyla's application."""
        found = await find(self.town.desk(), await self.town.caller(number, verified=verified), AID.reference)
        await self.town.records.settle()
        return type(found)

    async def known(self, *numbers: Msisdn, pin: str = "") -> None:
        for number in numbers:
            await self.town.known(number, pin=pin)

    async def binding(self, number: Msisdn = LEYLA) -> Binding | None:
        person = (await self.town.caller(number)).person
        return person.binding if person else None

    async def audited(self) -> list[tuple[str, str, str]]:
        async with self.town.store.database.unit_of_work() as work:
            rows = await work.execute(select(AUDIT_LOG.c.actor, AUDIT_LOG.c.act, AUDIT_LOG.c.why))
            return [tuple(row) for row in rows.all()]

    async def pin_right(self) -> bool:
        right = isinstance(await verify_pin(self.town.desk(), await self.town.caller(), PIN), PinRight)
        await self.town.records.settle()
        return right

    async def linked(self, number: Msisdn = LEYLA) -> None:
        assert isinstance(await link(self.town.desk(), await self.town.caller(number), "7001", BORN), Linked)
        await self.town.records.settle()

    async def reset_asked(self) -> None:
        waits = await ask_reset(self.town.desk(), await self.town.caller(), "7001", BORN)
        assert isinstance(waits, ResetWaits)
        await self.town.records.settle()

    async def reset_is(self) -> type:
        reached = type(await reset_state(self.town.desk(), await self.town.caller()))
        await self.town.records.settle()
        return reached

    async def sealed(self, pin: str) -> tuple[Caller, str]:
        caller = await self.town.caller()
        accepted = await check_new_pin(self.town.desk(), caller, pin)
        assert isinstance(accepted, PinAccepted)
        return caller, accepted.pin_seal


@pytest_asyncio.fixture
async def story(emptied: Database, clock: HandClock) -> AsyncIterator[Story]:
    town = Town(clock, record_store(emptied, clock))
    yield Story(town)
    await town.records.settle()
    town.vault.close()


def numbers(count: int) -> list[Msisdn]:
    return [Msisdn.parse(f"+9945012346{place:02}") for place in range(count)]


async def test_a_card_changed_later_hides_what_is_hers_until_a_fact_shows_it_again(story: Story):
    await story.known(LEYLA)
    story.town.later(days=3)
    assert await story.seen() is Granted
    story.network.swaps[LEYLA] = november(25)
    assert await story.round() == [LEYLA]
    assert (await story.binding(), await story.seen()) == (Binding.STALE, StateOnly)
    assert type(await visits.mine(story.town.desk(), await story.town.caller())) is NoVisits
    assert story.counted == {"stale": 1}
    assert await story.audited() == [("system", "numbers.swapped", "stale")]
    await story.linked()
    assert await story.seen() is Granted
    story.town.later(days=8)
    assert await story.round() == [LEYLA]
    assert await story.seen() is Granted, "proven after that swap"


async def test_what_her_ministry_decides_is_told_without_a_word_of_it(notices: Office):
    story = Story(notices.town)
    await story.known(LEYLA)
    notices.town.later(days=3)
    story.network.swaps[LEYLA] = november(25)
    await story.round()
    about = {"contact": {"msisdn": LEYLA.e164}, "amount": {"value": "250.50", "currency": "AZN"}}
    await notices.send("application.granted", "7001", about)
    await notices.work()
    [message] = await notices.messages()
    assert (message.text_id, message.values) == ("sms.stale", {})


@pytest.mark.parametrize("day", [date(1900, 1, 1), november(22), MONDAY])
async def test_a_card_changed_before_or_on_the_day_she_came_changes_nothing(story: Story, day: date):
    await story.known(LEYLA)
    story.town.later(days=3)
    story.network.swaps[LEYLA] = day
    assert await story.round() == [LEYLA]
    assert (await story.binding(), await story.seen()) == (Binding.ACTIVE, Granted)
    assert story.counted == {"unchanged": 1} and await story.audited() == []


async def test_days_are_the_countrys(story: Story):
    story.town.later(hours=13)  # seven in the evening in London's time, eleven in Baku
    await story.known(LEYLA)
    story.town.later(hours=2)
    assert await story.round() == [LEYLA], "it is Tuesday in Baku"
    story.town.later(days=2)
    story.network.swaps[LEYLA] = november(24)
    await story.round()
    assert await story.binding() is Binding.STALE


@pytest.mark.parametrize("day", [None, november(29)])
async def test_what_is_not_told_or_has_not_been_is_unknown_and_asked_again(story: Story, day: date | None):
    await story.known(LEYLA)
    story.town.later(days=5)
    if day:
        story.network.swaps[LEYLA] = day
    assert await story.round() == [LEYLA]
    assert (await story.seen(), story.counted) == (Granted, {"untold": 1})
    story.town.later(days=6)
    assert await story.round() == [], "its turn is every seven days"
    story.town.later(days=1)
    assert await story.round() == [LEYLA]


async def test_only_active_numbers_are_asked_for_and_none_before_it_could_matter(story: Story):
    stale, ended, silent = numbers(3)
    await story.known(silent)
    story.town.later(days=91)
    await story.known(LEYLA, stale, ended)
    people = story.town.records.people
    await people.doubt_number(stale)
    await people.end_number(ended, (await story.town.caller(ended)).person.id)
    await story.town.records.settle()
    assert await story.round() == [], "no swap can be of a later day than today"
    story.town.later(days=1)
    assert await story.round() == [LEYLA]
    async with story.town.store.database.unit_of_work() as work:
        states = list((await work.execute(select(NUMBERS.c.state).order_by(NUMBERS.c.id))).scalars())
    assert states == ["stale", "active", "stale", "ended"], "the silent one is noted as such, and not read again"


async def test_what_was_made_lately_is_asked_for_daily_and_before_the_others(story: Story):
    old, linked, opened = numbers(3)
    await story.known(old, linked, opened)
    story.town.later(days=4)
    assert set(await story.round()) == {old, linked, opened}
    story.town.later(days=1)
    assert await story.round() == []
    person = (await story.town.caller(linked)).person
    await story.town.records.links.add(person.id, AID.service, AID.reference, LinkedBy.FACT)
    await story.town.known(opened, pin=PIN)
    assert set(await story.round()) == {linked, opened}
    assert await story.round() == []
    story.town.later(days=1)
    assert set(await story.round()) == {linked, opened}
    story.town.later(days=3)
    assert await story.round() == [], "no longer fresh"
    story.town.later(days=2)
    assert await story.round() == [old], "a week after it was asked for"


async def test_a_round_asks_for_so_many_and_the_next_goes_on(story: Story):
    everybody = numbers(11)
    await story.known(*everybody)
    story.town.later(days=4)
    rounds = [await story.round(most=5) for _ in range(4)]
    assert [len(asked) for asked in rounds] == [5, 5, 1, 0]
    assert Counter([each for asked in rounds for each in asked]) == Counter(everybody)
    assert story.network.at_once == AT_ONCE


async def test_whose_question_fails_holds_up_nobody_and_rests_before_its_next(story: Story):
    failing, *others = numbers(AT_ONCE + 2)
    await story.known(failing, *others)
    story.town.later(days=4)
    story.network.away = {failing}
    assert Counter(await story.round()) == Counter([failing, *others])
    assert story.counted == {"failed": 1, "untold": len(others)}
    assert await story.round() == [], "it rests"
    story.town.later(seconds=PAUSE.total_seconds())
    story.network.away = set()
    assert await story.round() == [failing]
    assert await story.round() == []


async def test_a_failed_question_comes_after_all_others_that_are_due(story: Story):
    failing, *others = numbers(6)
    await story.known(failing, *others)
    story.town.later(days=4)
    story.network.away = {failing}
    await story.round()
    late = numbers(10)[6:]
    await story.known(*late)
    story.town.later(days=4)
    rest = others + late
    assert Counter(await story.round(most=len(late), days=1)) == Counter(late), "never asked for"
    assert Counter(await story.round(most=len(others), days=1)) == Counter(others)
    with pytest.raises(Away):
        await story.round(days=1)
    assert story.counted["failed"] == 2 and len(story.network.asked) == len(rest) + len(others) + 2


async def test_an_account_that_is_away_is_asked_no_more_than_a_handful(story: Story):
    everybody = numbers(20)
    await story.known(*everybody)
    story.town.later(days=4)
    story.network.away = set(everybody)
    with pytest.raises(Away):
        await story.round()
    assert len(story.network.asked) == AT_ONCE
    assert story.counted == {"failed": AT_ONCE}
    story.network.away = set()
    assert len(await story.round()) == len(everybody) - AT_ONCE, "the others' turn is not lost"


async def test_two_workers_ask_for_nobody_twice(story: Story):
    everybody = numbers(10)
    await story.known(*everybody)
    story.town.later(days=4)
    await asyncio.gather(*(story.round() for _ in range(3)))
    assert Counter(story.network.asked) == Counter(everybody)


async def test_no_transaction_stands_open_while_a_network_takes_its_time(story: Story):
    await story.known(LEYLA)
    story.town.later(days=4)
    story.network.waits = asyncio.Event()
    working = asyncio.create_task(story.round())
    while not story.network.asked:
        await asyncio.sleep(0.01)
    try:
        assert story.town.store.database.engine.pool.checkedout() == 0
        assert await story.round() == [], "another worker leaves it alone"
        async with story.town.store.database.unit_of_work() as work:
            row = (await work.execute(select(NUMBERS.c.swap_ask_after, NUMBERS.c.swap_asked_at))).one()
        assert row == (story.town.clock.now() + PAUSE, None), "marked before it is asked for"
    finally:
        story.network.waits.set()
        await working


async def test_a_worker_that_died_while_asking_leaves_the_number_to_another(story: Story):
    await story.known(LEYLA)
    story.town.later(days=4)
    story.network.waits = asyncio.Event()
    working = asyncio.create_task(story.round())
    while not story.network.asked:
        await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    story.network.waits = None
    assert await story.round() == []
    story.town.later(seconds=PAUSE.total_seconds())
    assert await story.round() == [LEYLA]


async def test_who_has_proven_herself_while_she_was_asked_for_stays_so(story: Story):
    await story.known(LEYLA)
    await story.linked()
    story.town.later(days=4)
    story.network.swaps[LEYLA] = november(25)
    story.network.waits = asyncio.Event()
    working = asyncio.create_task(story.round())
    while not story.network.asked:
        await asyncio.sleep(0.01)
    async with story.town.store.open() as records:
        person = await records.people.by_number(LEYLA)
        await records.people.confirm_number(LEYLA, person.id, by_fact=True)
    story.network.waits.set()
    await working
    assert (await story.binding(), story.counted) == (Binding.ACTIVE, {"unchanged": 1})


async def test_an_older_pin_wakes_the_number_and_the_same_swap_is_not_held_against_her_twice(story: Story):
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=4)
    story.network.swaps[LEYLA] = november(25)
    await story.round()
    assert (await story.binding(), await story.seen(verified=True)) == (Binding.STALE, StateOnly)
    assert await story.pin_right()
    assert (await story.binding(), await story.seen(verified=True)) == (Binding.ACTIVE, Granted)
    story.town.later(days=8)
    assert await story.round() == [LEYLA]
    assert await story.binding() is Binding.ACTIVE
    story.network.swaps[LEYLA] = november(30)
    story.town.later(days=8)
    await story.round()
    assert await story.binding() is Binding.STALE, "another swap"


async def test_a_pin_typed_after_the_swap_does_not_hide_it(story: Story):
    """It is asked for anyway; and whose it is can be told only once the day of the swap is known."""
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=3)
    assert await story.pin_right()
    story.town.later(days=2)
    story.network.swaps[LEYLA] = november(25)
    await story.round()
    assert await story.binding() is Binding.STALE


async def test_an_account_opened_after_the_swap_wakes_nothing(story: Story):
    """Whoever has the new card opens one, before the network tells."""
    await story.known(LEYLA)
    story.town.later(days=3)
    caller, pin_seal = await story.sealed(PIN)
    await create(story.town.desk(), caller, PIN, pin_seal)
    await story.town.records.settle()
    story.network.swaps[LEYLA] = november(26)
    assert await story.round() == [LEYLA]
    assert (await story.binding(), story.counted) == (None, {"ended": 1})
    assert await story.audited() == [("system", "numbers.swapped", "ended")]
    assert not await story.pin_right()
    await story.known(LEYLA)
    assert await story.seen() is StateOnly, "somebody new, of whom nothing is known"
    await story.linked()
    assert await story.seen() is Granted, "if it is she, the fact shows it"


async def test_what_a_stranger_linked_after_the_swap_wakes_nothing_of_hers(story: Story):
    await story.known(LEYLA)
    story.town.later(days=3)
    theirs = (await story.town.caller()).person
    await story.town.records.links.add(theirs.id, AID.service, "7002", LinkedBy.FACT)
    await story.town.records.settle()
    story.network.swaps[LEYLA] = november(26)
    await story.round()
    linked = await link(story.town.desk(), await story.town.caller(), "7002", BORN)
    await story.town.records.settle()
    assert isinstance(linked, Linked)
    now = (await story.town.caller()).person
    assert now is not None and now.id != theirs.id and await story.seen() is StateOnly


async def test_a_pending_reset_is_over_when_the_card_was_changed(story: Story):
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=10)
    await story.round()
    story.town.later(hours=1)
    story.network.swaps[LEYLA] = november(28)
    await story.reset_asked()
    assert await story.round() == [LEYLA], "asked for as soon as it has begun, though the week is not over"
    assert await story.reset_is() is ResetNotAsked
    story.town.later(hours=25)
    caller, pin_seal = await story.sealed(OTHER)
    assert isinstance(await finish_reset(story.town.desk(), caller, OTHER, pin_seal), ResetNotAsked)
    await story.town.records.settle()
    assert await story.pin_right(), "she who knows the PIN goes on"
    assert await story.reset_is() is ResetNotAsked


async def test_a_reset_is_over_on_each_of_her_numbers(story: Story):
    """From which of them it was asked for is not kept."""
    await story.known(LEYLA, pin=PIN)
    person = (await story.town.caller()).person
    await story.town.records.numbers.add(person.id, KAMRAN)
    await story.town.records.settle()
    story.town.later(days=10)
    await story.reset_asked()
    story.network.swaps[LEYLA] = november(28)
    assert Counter(await story.round()) == Counter([LEYLA, KAMRAN])
    story.town.later(hours=25)
    assert (await story.binding(LEYLA), await story.binding(KAMRAN)) == (Binding.STALE, Binding.ACTIVE)
    assert type(await reset_state(story.town.desk(), await story.town.caller(KAMRAN))) is ResetNotAsked


async def test_a_pending_reset_is_asked_for_again_before_the_new_pin_counts(story: Story):
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=10)
    await story.reset_asked()
    assert await story.round() == [LEYLA]
    story.town.later(hours=21)
    assert await story.round() == []
    story.network.swaps[LEYLA] = november(28)  # told late
    story.town.later(hours=1)
    assert await story.round() == [LEYLA]
    story.town.later(hours=3)
    assert await story.reset_is() is ResetNotAsked


async def test_a_pending_reset_comes_before_all_others(story: Story):
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=9)
    await story.known(*numbers(5))
    story.town.later(days=1)
    await story.reset_asked()
    assert await story.round(most=1) == [LEYLA]


async def test_a_reset_of_her_own_is_asked_for_twice_and_goes_through(story: Story):
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=10)
    await story.reset_asked()
    asked = []
    for _ in range(25):
        asked += await story.round()
        story.town.later(hours=1)
    assert asked == [LEYLA, LEYLA]
    assert await story.reset_is() is ResetDue
    caller, pin_seal = await story.sealed(OTHER)
    assert isinstance(await finish_reset(story.town.desk(), caller, OTHER, pin_seal), PinChanged)


async def test_a_failed_question_before_a_reset_ends_is_asked_again_and_again(story: Story):
    await story.known(LEYLA, KAMRAN, pin=PIN)
    story.town.later(days=10)
    await story.round()
    story.town.later(hours=1)
    await story.reset_asked()
    story.network.away = {LEYLA}
    asked = 0
    for _ in range(24 * 4):
        try:
            asked += len(await story.round())
        except Away:
            asked += 1
        story.town.later(seconds=PAUSE.total_seconds())
    assert asked == 24 * 4, "every quarter of an hour, and no oftener"


async def test_a_pin_that_was_reset_after_the_swap_wakes_nothing_and_one_that_was_changed_does(story: Story):
    await story.known(LEYLA, KAMRAN, pin=PIN)
    story.town.later(days=3)
    await story.reset_asked()
    story.town.later(hours=25)
    caller, pin_seal = await story.sealed(OTHER)
    assert isinstance(await finish_reset(story.town.desk(), caller, OTHER, pin_seal), PinChanged)
    his = await story.town.caller(KAMRAN, verified=True)
    accepted = await check_new_pin(story.town.desk(), his, OTHER)
    assert isinstance(await change_pin(story.town.desk(), his, OTHER, accepted.pin_seal), PinChanged)
    await story.town.records.settle()
    story.network.swaps = {LEYLA: november(26), KAMRAN: november(26)}
    await story.round()
    assert (await story.binding(LEYLA), await story.binding(KAMRAN)) == (None, Binding.STALE)


async def test_nobody_who_greets_undoes_a_doubt(story: Story):
    """A hop that read the number before it was doubted, and writes after."""
    await story.known(LEYLA)
    async with story.town.store.open() as records:
        before = await records.people.by_number(LEYLA)
        async with story.town.store.open() as others:
            await others.people.doubt_number(LEYLA)
        assert before.binding is Binding.ACTIVE
        await _reading(records.people, before).greet(LEYLA, "en")
    assert await story.binding() is Binding.STALE


def _reading(people, person):
    class Late(type(people)):
        async def by_number(self, number: Msisdn) -> object:
            return person

    return Late(people.sealed, people.clock, people.ids)


async def asked_later(story: Story, *whom: Msisdn, pin: str = "") -> None:
    """Whose network promised to tell, on the third day."""
    story.network.later = True
    await story.known(*(whom or (LEYLA,)), pin=pin)
    story.town.later(days=3)
    await story.round()


async def test_what_is_told_later_counts_as_if_it_were_told_at_once(story: Story):
    await asked_later(story)
    assert (await story.seen(), story.counted) == (Granted, {QUEUED: 1})
    assert await story.awaited() == ["question-1"]
    story.town.later(hours=2)
    assert await story.tells(november(25)) == "stale"
    assert (await story.binding(), await story.seen()) == (Binding.STALE, StateOnly)
    assert await story.audited() == [("system", "numbers.swapped", "stale")]
    assert await story.awaited() == [None]


async def test_a_key_that_is_newer_than_the_swap_ends_the_number_then_too(story: Story):
    story.network.later = True
    await story.known(LEYLA)
    story.town.later(days=3)
    caller, pin_seal = await story.sealed(PIN)
    await create(story.town.desk(), caller, PIN, pin_seal)
    await story.town.records.settle()
    await story.round()
    assert await story.tells(november(26)) == "ended"
    assert await story.binding() is None


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (ToldDay(date(1900, 1, 1)), "unchanged"),
        (ToldDay(MONDAY), "unchanged"),
        (ToldDay(november(27)), "untold"),
        (NotTold(), "untold"),
    ],
)
async def test_what_says_nothing_of_her_card_is_over_with_the_answer(story: Story, answer: SwapAnswer, counted: str):
    await asked_later(story)
    assert await story.tells(answer) == counted
    assert (await story.seen(), await story.awaited()) == (Granted, [None])
    assert await story.tells(november(25)) == UNASKED, "it was answered"
    assert await story.binding() is Binding.ACTIVE


async def test_no_day_is_in_the_future_of_the_day_on_which_it_is_told(story: Story):
    """Asked on Thursday, told on Friday of a card of that Friday: it is no day that has not been."""
    await asked_later(story)
    story.town.later(days=1)
    assert await story.tells(november(27)) == "stale"


async def test_not_yet_leaves_the_answer_awaited(story: Story):
    await asked_later(story)
    assert await story.tells(ToldLater("question-1")) == ""
    assert await story.tells(november(25)) == "stale"


async def test_an_answer_that_comes_twice_counts_once_also_at_once(story: Story):
    await asked_later(story, pin=PIN)
    await asyncio.gather(*(story.tells(november(25)) for _ in range(4)))
    assert story.counted == {QUEUED: 1, "stale": 1, UNASKED: 3}
    assert len(await story.audited()) == 1
    assert await story.pin_right()
    assert await story.tells(november(25)) == UNASKED
    assert await story.binding() is Binding.ACTIVE


async def test_an_answer_that_nobody_waits_for_changes_nothing(story: Story):
    await asked_later(story)
    assert await story.tells(november(25), question=7) == UNASKED, "never asked"
    story.town.later(seconds=ANSWERS_LIVE.total_seconds() + 1)
    assert await story.tells(november(25)) == UNASKED, "too late"
    assert await story.binding() is Binding.ACTIVE


async def test_an_answer_sooner_than_its_question_is_noted_is_lost_and_the_next_turn_asks_again(story: Story):
    story.network.later, story.network.waits = True, asyncio.Event()
    await story.known(LEYLA)
    story.town.later(days=4)
    working = asyncio.create_task(story.round())
    while not story.network.asked:
        await asyncio.sleep(0.01)
    assert await story.tells(november(25)) == UNASKED
    story.network.waits.set()
    await working
    assert await story.awaited() == ["question-1"]
    story.town.later(days=6)
    assert await story.round() == [], "its turn is every seven days"
    story.town.later(days=1)
    assert await story.round() == [LEYLA]
    assert await story.tells(november(25), question=1) == UNASKED, "another question is open"
    assert await story.tells(november(25), question=2) == "stale"


async def test_who_has_proven_herself_before_the_answer_came_stays_so(story: Story):
    await asked_later(story)
    await story.linked()
    story.town.later(days=1)
    await story.linked()
    async with story.town.store.open() as records:
        person = await records.people.by_number(LEYLA)
        await records.people.doubt_number(LEYLA)
        await records.people.confirm_number(LEYLA, person.id, by_fact=True)
    assert await story.tells(november(25)) == "unchanged"
    assert (await story.binding(), await story.seen()) == (Binding.ACTIVE, Granted)


async def test_whose_number_went_stale_or_ended_meanwhile_is_left_alone(story: Story):
    await asked_later(story, LEYLA, KAMRAN)
    people = story.town.records.people
    await people.doubt_number(LEYLA)
    await people.end_number(KAMRAN, (await story.town.caller(KAMRAN)).person.id)
    await story.town.records.settle()
    assert [await story.tells(november(25), question) for question in (1, 2)] == [UNASKED, UNASKED]
    assert await story.audited() == []


async def test_a_name_that_two_questions_have_says_nothing_of_either(story: Story):
    await asked_later(story, LEYLA, KAMRAN)
    async with story.town.store.database.unit_of_work() as work:
        await work.execute(update(NUMBERS).values(swap_request="question-1"))
    assert await story.tells(november(25)) == UNASKED
    assert (await story.binding(LEYLA), await story.binding(KAMRAN)) == (Binding.ACTIVE, Binding.ACTIVE)


async def test_nobody_pays_twice_while_an_answer_is_awaited_unless_a_reset_cannot_wait(story: Story):
    """A reset would be asked for at once; and once more before the new PIN counts."""
    story.network.later = True
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=10)
    assert await story.round() == [LEYLA]
    story.town.later(hours=1)
    await story.reset_asked()
    assert await story.round() == []
    story.town.later(seconds=AWAITED.total_seconds() - 3600)
    assert await story.round() == [LEYLA], "the first is given up"
    assert await story.round() == []
    story.town.later(hours=11)
    assert await story.round() == [], "awaited again"
    assert await story.tells(ToldDay(date(1900, 1, 1)), question=2) == "unchanged"
    assert await story.round() == [LEYLA], "two hours before it is over"
    assert await story.tells(date(2026, 12, 3), question=3) == "stale"
    assert await story.reset_is() is ResetNotAsked


async def test_an_answer_leaves_the_mark_of_a_worker_that_asks_anew(story: Story):
    await asked_later(story)
    await story.linked()
    story.town.later(days=1)
    story.network.waits = asyncio.Event()
    working = asyncio.create_task(story.round())
    while len(story.network.asked) < 2:
        await asyncio.sleep(0.01)
    try:
        assert await story.tells(NotTold()) == "untold"
        assert await story.round() == [], "another worker leaves it alone"
    finally:
        story.network.waits.set()
        await working
    assert await story.awaited() == ["question-2"]


async def test_a_day_that_is_told_at_once_ends_what_was_awaited(story: Story):
    await asked_later(story)
    story.network.later = False
    story.network.swaps[LEYLA] = date(1900, 1, 1)
    story.town.later(days=7)
    assert await story.round() == [LEYLA]
    assert await story.awaited() == [None]


async def test_no_number_is_in_the_log(story: Story, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    await story.known(LEYLA, KAMRAN)
    story.town.later(days=4)
    story.network.away, story.network.swaps = {KAMRAN}, {LEYLA: november(25)}
    await story.round()
    assert not any(number.e164[4:] in caplog.text for number in (LEYLA, KAMRAN))


MADE = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "key_since", "judged", "verdict"),
    [
        (None, None, None, Verdict.UNTOLD),
        (november(28), None, None, Verdict.UNTOLD),
        (november(23), None, None, Verdict.UNCHANGED),
        (november(24), None, None, Verdict.STALE),
        (november(27), None, None, Verdict.STALE),
        (november(24), None, november(24), Verdict.UNCHANGED),
        (november(25), None, november(24), Verdict.STALE),
        (november(24), MADE, None, Verdict.STALE),
        (november(24), MADE + timedelta(days=1), None, Verdict.ENDED),
        (november(24), MADE + timedelta(days=3), None, Verdict.ENDED),
        (november(23), MADE + timedelta(days=3), None, Verdict.UNCHANGED),
        (november(24), MADE + timedelta(days=31), None, Verdict.ENDED),
        (november(24), MADE + timedelta(days=32), None, Verdict.STALE),
    ],
)
def test_how_a_swap_is_weighed(day: date | None, key_since: datetime | None, judged: date | None, verdict: Verdict):
    assert judge(Standing(MADE, key_since, judged), day, november(27), ZONE) is verdict
