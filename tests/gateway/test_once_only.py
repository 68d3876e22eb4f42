"""Confirmed twice, after a time-out, after the loss of Redis, from two doors at once: one booking, always."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.resuming import GRACE
from storage.redis_client import RedisClient
from tests.amounts import amount
from tests.gateway.walks import (
    CATEGORIES,
    Phone,
    Seat,
    confirming,
    intents,
    open_seats,
    pack_with,
    second_process,
    stand,
    walk_to_confirm,
)
from tests.phone import AfricasTalkingPhone, FlaresPhone
from tests.whole import Stage, Whole, settings_for, whole
from ussd_menus.session_values import State

# At length, and a tenth of it: one batch for each fault.
CASES, WALKED, BATCH = amount(110, 1000), amount(8, 60), amount(10, 25)
# Connections for all of a batch: what flows over the pool is closed and opened anew each time.
POOL = "40"
SCENARIOS = ("twice", "after a time-out", "after the loss of Redis", "from two doors")
# What happens to four in five of the answers to "book it".
FAULTS: tuple[dict[str, Any], ...] = (
    {},
    {"kind": "delay", "value": 0.6},
    {"kind": "delay", "value": 0.6, "before_write": True},
    {"kind": "cut_after_write"},
    {"kind": "cut"},
    {"kind": "drop_after_write"},
    {"kind": "truncated_json"},
    {"kind": "cut_after_write", "value": 10},
    {"kind": "status", "value": 503},
    {"kind": "status", "value": 503, "before_write": False},
    {"kind": "empty"},
)
# The screen that says so.
NOTHING_DONE = "try_later"
SLOW = "error.slow"
LIMITS = {"total": 1.0, "concurrency": 150, "breaker": {"failures": 10_000, "window": 10_000}}


@dataclass
class Case:
    """One citizen who wants one seat."""

    msisdn: str
    seat: Seat
    scenario: str
    walked: bool
    seen: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def hurried_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_with(tmp_path_factory.mktemp("hurried"), LIMITS)


@pytest.fixture
async def hurried(
    clean_url: str, redis_url: str, redis: RedisClient, ministries: tuple[Stage, str], hurried_pack: Path
) -> AsyncIterator[Whole]:
    """A gateway that waits for ministries for a third of a second only."""
    settings = {
        "country": str(hurried_pack),
        "hop_deadline": "9.0",
        "ministry_deadline": "0.4",
        "redis_deadline": "8.0",
        "database_pool": POOL,
    }
    async with whole(clean_url, redis_url, *ministries, **settings) as running:
        yield running


@pytest.fixture
async def patient(
    hurried: Whole, clean_url: str, redis_url: str, ministries: tuple[Stage, str], tmp_path: Path
) -> AsyncIterator[Whole]:
    """Another process of it, in which people walk and look: to it a ministry that is well never seems late, however
    busy the machine that all of them share."""
    folder = tmp_path / "patient"
    folder.mkdir()
    _, environment = settings_for(clean_url, redis_url, ministries[1])
    environment |= {
        "GUICHET_COUNTRY": str(pack_with(folder, {**LIMITS, "total": 8.0})),
        "GUICHET_HOP_DEADLINE": "9.0",
        "GUICHET_MINISTRY_DEADLINE": "8.0",
        "GUICHET_DATABASE_POOL": POOL,
    }
    async with second_process(hurried, environment) as running:
        yield running


@pytest.mark.long
async def test_a_thousand_confirmations_make_a_thousand_bookings(
    hurried: Whole, patient: Whole, redis: RedisClient, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    world, random = hurried.sandbox.state.world, Random(20161)
    cases = _cases(world, random)
    batches = [cases[at : at + BATCH] for at in range(0, len(cases), BATCH)]
    for number, batch in enumerate(batches):
        await _pressed(hurried, patient, redis, batch, FAULTS[number % len(FAULTS)], calm=number % 2 == 0)
        await _worked_off(hurried, patient)
        # A ministry that failed so often is left alone for a while, and then one caller tries it first.
        hurried.clock.advance(GRACE)
        await _until_booked(patient, batch[0])
        await asyncio.gather(*[_until_booked(patient, case) for case in batch[1:]])

    booked = list(world.diary.appointments.values())
    per_visit = Counter((seat.participant_id, seat.slot.id) for seat in booked)
    tally = world.journal.of("asan", "appointment.new")
    assert len(booked) == CASES
    assert set(per_visit.values()) == {1}
    assert len({participant for participant, _ in per_visit}) == CASES
    assert {slot for _, slot in per_visit} == {case.seat.slot for case in cases}
    # The ministry was never asked again for what it had done already: it would have said 409.
    assert tally.carried_out == CASES
    assert set(tally.statuses) == {"200"}, tally.statuses
    done = Counter((row.kind, row.state) for row in await intents(hurried.parts))
    assert done["book", "done"] == CASES
    assert set(done) <= {("book", "done"), ("book", "refused")}
    seen = Counter(word for case in cases for word in case.seen)
    assert seen["one visit of hers"] == CASES
    assert seen["had to press once more"] <= sum(_told_of_nothing(case) for case in cases)
    with capsys.disabled():
        _tell(cases, seen, tally, time.monotonic() - began)


async def test_a_seat_that_is_taken_leads_to_other_times(patient: Whole) -> None:
    seat = _seats(patient.sandbox.state.world)[0]
    phone = AfricasTalkingPhone(patient.app, "+994507000001")
    await walk_to_confirm(phone, patient, seat)
    await _fill(patient, seat)
    taken = await phone.answer("1")
    assert taken.name == "visit_taken"
    assert "Somebody has just taken this time" in taken.text
    times = await phone.answer("1")
    assert times.name == "visit_time"
    assert f"{seat.starts:%H:%M}" not in times.text
    assert (await phone.answer("1")).name == "visit_confirm"
    assert (await phone.answer("1")).name == "visit_booked"


async def test_a_ministry_that_failed_can_be_asked_again_at_once(patient: Whole) -> None:
    world = patient.sandbox.state.world
    phone = AfricasTalkingPhone(patient.app, "+994507000002")
    await walk_to_confirm(phone, patient, _seats(world)[0])
    world.faults.add({"ministry": "asan", "operation": "event.list_details", "kind": "status", "value": 503})
    assert (await phone.answer("1")).name == "try_later"
    world.faults.clear()
    assert (await phone.answer("0")).name == "visit_confirm"
    assert (await phone.answer("1")).name == "visit_booked"
    assert len(world.diary.appointments) == 1


async def test_two_visits_that_she_wants_are_two(patient: Whole) -> None:
    """Once only is about one visit, not about one person."""
    first, *_, second = _seats(patient.sandbox.state.world)
    phone = AfricasTalkingPhone(patient.app, "+994507000003")
    for seat in (first, second):
        await walk_to_confirm(phone, patient, seat)
        assert (await phone.answer("1")).name == "visit_booked"
    assert len(patient.sandbox.state.world.diary.appointments) == 2


# --- the thousand -----------------------------------------------------------------------------------------


def _cases(world: Any, random: Random) -> list[Case]:
    """The walked ones have a day of a centre for themselves, so that nobody renumbers their list of times."""
    by_day: dict[tuple[str, str, Any], list[Seat]] = {}
    for seat in _seats(world):
        by_day.setdefault((seat.place, seat.service, seat.starts.date()), []).append(seat)
    days = list(by_day.values())
    random.shuffle(days)
    seats = [random.choice(day) for day in days[:WALKED]]
    rest = [seat for day in days[WALKED:] for seat in day]
    seats += random.sample(rest, CASES - WALKED)
    places = list(range(CASES))
    random.shuffle(places)
    cases = [
        Case(f"+99450{2_000_000 + number}", seat, SCENARIOS[number % len(SCENARIOS)], number < WALKED)
        for number, seat in enumerate(seats)
    ]
    return [cases[place] for place in places]


def _seats(world: Any) -> list[Seat]:
    """All seats from tomorrow on."""
    today = world.clock.local().date()
    centres = [f"asan-{number:02d}" for number in range(1, 16)]
    found = (seat for place in centres for service in CATEGORIES for seat in open_seats(world, place, service))
    return [seat for seat in found if seat.starts.date() > today]


@dataclass
class Forgetting:
    """The moment in which Redis forgets everything: between two presses (`calm`), or in the middle of the first."""

    redis: RedisClient
    calm: bool
    between: asyncio.Barrier
    flushed: asyncio.Event = field(default_factory=asyncio.Event)

    async def passes(self) -> None:
        if self.calm and await self.between.wait() == 0:
            await self.forget()
        await self.flushed.wait()

    async def forget(self) -> None:
        await self.redis.execute("FLUSHALL")
        self.flushed.set()


async def _pressed(
    hurried: Whole, patient: Whole, redis: RedisClient, batch: Sequence[Case], fault: dict[str, Any], calm: bool
) -> None:
    """All of a batch confirm while the ministry misbehaves."""
    phones = await asyncio.gather(*[_at_confirm(patient, case) for case in batch])
    for phone, _ in phones:
        phone.app = hurried.app
    faults = hurried.sandbox.state.world.faults
    if fault:
        faults.add({"ministry": "asan", "operation": "appointment.new", "probability": 0.8, **fault})
        faults.add({"ministry": "asan", "operation": "appointment.list_details", "probability": 0.05, "kind": "cut"})
    moment = Forgetting(redis, calm, asyncio.Barrier(len(batch)))
    presses = [
        asyncio.create_task(_press(hurried, case, phone, moment)) for case, phone in zip(batch, phones, strict=True)
    ]
    if not calm:
        await asyncio.sleep(0.2)
        await moment.forget()
    await asyncio.gather(*presses)


async def _at_confirm(patient: Whole, case: Case) -> tuple[Phone, State]:
    phone = AfricasTalkingPhone(patient.app, case.msisdn)
    state = confirming(case.seat)
    if case.walked:
        shown = await walk_to_confirm(phone, patient, case.seat)
        assert shown.name == "visit_confirm", shown
        assert f"{case.seat.starts:%H:%M}" in shown.text
    else:
        await stand(patient.parts, phone, state)
    return phone, state


async def _press(hurried: Whole, case: Case, at: tuple[Phone, State], moment: Forgetting) -> None:
    phone, state = at
    assert isinstance(phone, AfricasTalkingPhone)
    match case.scenario:
        case "twice":
            first, again = await asyncio.gather(phone.answer("1"), phone.hop())
            case.seen += [first.name, again.name]
            # A machine so busy that a hop's whole time went by waiting for the other press says so, in any language.
            assert first.text == again.text or not moment.calm or SLOW in case.seen
            await moment.passes()
            # What the first press came to never reached the session: the same question, the same key.
            await stand(hurried.parts, phone, state)
        case "after a time-out":
            case.seen.append((await phone.answer("1")).name)
            await moment.passes()
            await stand(hurried.parts, phone, confirming(case.seat))
        case "after the loss of Redis":
            case.seen.append((await phone.answer("1")).name)
            await moment.passes()
            case.seen.append(f"replayed to {(await phone.hop()).name}")
            await stand(hurried.parts, phone, confirming(case.seat))
        case "from two doors":
            other = FlaresPhone(hurried.app, case.msisdn)
            await stand(hurried.parts, other, confirming(case.seat))
            first, second = await asyncio.gather(phone.answer("1"), other.answer("1"))
            case.seen += [first.name, _named(second.text)]
            await moment.passes()
            return
    case.seen.append((await phone.answer("1")).name)


async def _worked_off(hurried: Whole, patient: Whole) -> None:
    """The ministry is well again, and a worker does its rounds until nothing is open."""
    hurried.sandbox.state.world.faults.clear()
    await hurried.parts.desk.background.drain(5)
    for _ in range(20):
        if not any(row.due_at for row in await intents(hurried.parts)):
            return
        hurried.clock.advance(GRACE + timedelta(seconds=1))
        await patient.parts.worker.round()
    raise AssertionError("intents stay open")


async def _until_booked(patient: Whole, case: Case) -> None:
    """Who was told that nothing was done presses once more, and nobody else need; then she looks at her visits."""
    phone = AfricasTalkingPhone(patient.app, case.msisdn)
    visits = State("visits", {}, back=("home",))
    await stand(patient.parts, phone, visits, "3")
    mine = await phone.answer("2")
    if mine.name == "visit_none":
        # Who read "booked" has her seat, and who read "being booked" gets it from the worker: all it needs is time.
        assert _told_of_nothing(case), case
        assert "visit_booked" not in case.seen, case
        await stand(patient.parts, phone, confirming(case.seat))
        again = await phone.answer("1")
        assert again.name in ("visit_booked", "visit_processing"), (again, case)
        await patient.parts.desk.background.drain(5)
        case.seen.append("had to press once more")
        await stand(patient.parts, phone, visits, "3")
        mine = await phone.answer("2")
    assert mine.name == "visit_list", (mine, case)
    assert mine.text.count(f"{case.seat.starts:%H:%M}") == 1
    assert "\n2 " not in mine.text
    case.seen.append("one visit of hers")


def _told_of_nothing(case: Case) -> bool:
    """She read that nothing was done; or, on a very busy machine, that the hop's whole time was over before it was."""
    return NOTHING_DONE in case.seen or SLOW in case.seen


def _named(text: str) -> str:
    """This door's wire does not name its screens."""
    if text.startswith("Booked: "):
        return "visit_booked"
    if "try again" in text.lower():
        return NOTHING_DONE
    return "visit_processing" if "is being booked" in text else "another screen at the other door"


async def _fill(patient: Whole, seat: Seat) -> None:
    """Others take every place that the seat has."""
    for number in range(3):
        phone = FlaresPhone(patient.app, f"+99450710000{number}")
        await stand(patient.parts, phone, confirming(seat))
        await phone.answer("1")


def _tell(cases: Sequence[Case], seen: Counter[str], tally: Any, seconds: float) -> None:
    scenarios = Counter(case.scenario for case in cases)
    walked = sum(case.walked for case in cases)
    print(f"\n{CASES:,} of {CASES:,} confirmations made one booking each, in {seconds:.0f} s")
    print(f"  {dict(scenarios)}; {walked} walked through every menu from dialling")
    print(f"  faults met: {dict(tally.faults)}")
    print(f"  told: {dict(seen.most_common())}")
