"""What a hop began and could not finish: the worker looks at the ministry first, and does nothing twice."""

import asyncio
import importlib
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.errors import StoreUnavailable
from gateway import assembly
from gateway.worker import Chore, Worker
from services.intents import CALL_SECONDS, LEASE_SECONDS
from services.ports import Notice, Records
from services.resuming import GRACE, STALE, resume_intents
from tests.gateway.walks import Seat, confirming, intents, open_seats, pack_with, second_process, stand, walk_to_confirm
from tests.nursery import Nursery, kill, nursery
from tests.phone import AfricasTalkingPhone
from tests.until import until
from tests.whole import NOW, RunningClock, Stage, Whole, settings_for, whole

HERS = "+994501234501"
AFTER_LEASE = timedelta(seconds=LEASE_SECONDS + 1)
AFTER_GRACE = GRACE + timedelta(seconds=1)
# On the busiest machine, and far less than what would be waited for if it went wrong.
LONG_ENOUGH = 15.0


@dataclass
class Told:
    """A channel that remembers what it carried."""

    texts: list[str] = field(default_factory=list)

    def can_send(self) -> bool:
        return True

    async def promise(self, records: Records, person: UUID, notice: Notice) -> bool:
        self.texts.append(notice.text_id)
        return True


@pytest.fixture(scope="module")
def steadfast_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that never leaves a failing ministry alone; made and read once."""
    return pack_with(tmp_path_factory.mktemp("steadfast"), {"breaker": {"failures": 1000, "window": 1000}})


@pytest.fixture
async def hasty(
    clean_url: str, redis_url: str, redis: object, ministries: tuple[Stage, str], steadfast_pack: Path
) -> AsyncIterator[Whole]:
    """A gateway that waits for ministries for half a second."""
    changed = {"ministry_deadline": "0.5", "hop_deadline": "2", "country": str(steadfast_pack)}
    async with whole(clean_url, redis_url, *ministries, **changed) as running:
        yield running


@pytest.fixture
async def patient(
    clean_url: str, redis_url: str, redis: object, ministries: tuple[Stage, str], steadfast_pack: Path
) -> AsyncIterator[Whole]:
    """One that waits for longer than a busy machine takes, where nothing hangs."""
    changed = {"ministry_deadline": "8", "hop_deadline": "9", "country": str(steadfast_pack)}
    async with whole(clean_url, redis_url, *ministries, **changed) as running:
        yield running


def seats(running: Whole, count: int = 1) -> list[Seat]:
    today = running.sandbox.state.world.clock.local().date()
    found = open_seats(running.sandbox.state.world, "asan-05", "passport")
    return [seat for seat in found if seat.starts.date() > today][:count]


def fault(running: Whole, kind: str, **more: Any) -> None:
    running.sandbox.state.world.faults.add({"ministry": "asan", "operation": "appointment.new", "kind": kind, **more})


def booking(running: Whole) -> tuple[int, int]:
    """How often the ministry was asked to book, and how many appointments there are."""
    world = running.sandbox.state.world
    return int(world.journal.of("asan", "appointment.new").asked), len(world.diary.appointments)


async def until_asked(running: Whole, times: int = 1) -> None:
    """The ministry lives in another thread: it is looked at again and again."""
    await until(lambda: booking(running)[0] >= times)


async def states(running: Whole) -> list[str]:
    return [str(row.state) for row in await intents(running.parts)]


async def until_written(running: Whole) -> None:
    """The ministry has done what it was asked, whatever becomes of its answer."""
    await until(lambda: booking(running)[1])


async def cut_short(running: Whole) -> None:
    """The tasks behind the hops die, as with their process."""
    tasks = list(running.parts.desk.background._running.values())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(scope="module")
async def mortals(migrated_url: str, redis_url: str, ministries: tuple[Stage, str]) -> AsyncIterator[Nursery]:
    """Where processes are forked that another gateway would be."""
    _, environment = settings_for(migrated_url, redis_url, ministries[1])
    async with nursery("tests.gateway.dying", environment=environment) as made:
        yield made


async def test_a_process_killed_after_the_ministry_wrote(gateway_whole: Whole, mortals: Nursery) -> None:
    phone = AfricasTalkingPhone(gateway_whole.app, HERS)
    await walk_to_confirm(phone, gateway_whole, seats(gateway_whole)[0])
    fault(gateway_whole, "drop_after_write")
    await killed(phone, mortals, gateway_whole)
    assert booking(gateway_whole) == (1, 1)
    assert await states(gateway_whole) == ["sent"]
    gateway_whole.sandbox.state.world.faults.clear()
    await gateway_whole.parts.worker.round()
    assert await states(gateway_whole) == ["sent"], "its lease is still good: whoever had it may live"
    gateway_whole.clock.advance(AFTER_LEASE)
    assert await gateway_whole.parts.worker.round() == 1
    assert await states(gateway_whole) == ["done"]
    assert booking(gateway_whole) == (1, 1)


async def test_a_process_killed_before_the_ministry_wrote(gateway_whole: Whole, mortals: Nursery) -> None:
    phone = AfricasTalkingPhone(gateway_whole.app, HERS)
    await walk_to_confirm(phone, gateway_whole, seats(gateway_whole)[0])
    fault(gateway_whole, "hang")
    await killed(phone, mortals, gateway_whole)
    gateway_whole.sandbox.state.world.faults.clear()
    gateway_whole.clock.advance(AFTER_LEASE)
    await gateway_whole.parts.worker.round()
    assert booking(gateway_whole) == (1, 0), "what was written may still be on its way: it is not sent again yet"
    assert await states(gateway_whole) == ["unknown"]
    gateway_whole.clock.advance(AFTER_GRACE)
    await gateway_whole.parts.worker.round()
    assert await states(gateway_whole) == ["done"]
    assert booking(gateway_whole) == (2, 1)


async def killed(phone: AfricasTalkingPhone, mortals: Nursery, running: Whole) -> None:
    """Another process takes the confirm hop, and dies by SIGKILL once the ministry has been asked."""
    process = await mortals.born(msisdn=phone.msisdn, session=phone.session, history=f"{phone.history}*1")
    try:
        await until_asked(running)
    finally:
        await kill(process)


@pytest.mark.parametrize("kind", ["drop_after_write", "cut_after_write", "delay"])
async def test_an_answer_that_was_lost_is_looked_up(hasty: Whole, kind: str) -> None:
    phone = AfricasTalkingPhone(hasty.app, HERS)
    await walk_to_confirm(phone, hasty, seats(hasty)[0])
    fault(hasty, kind, value=1.5 if kind == "delay" else None)
    assert (await phone.answer("1")).name == "visit_processing"
    await until_written(hasty)
    await cut_short(hasty)
    hasty.sandbox.state.world.faults.clear()
    hasty.clock.advance(AFTER_LEASE)
    assert await hasty.parts.worker.round() == 1
    assert await states(hasty) == ["done"]
    assert booking(hasty) == (1, 1)


async def test_confirmed_and_never_sent_is_sent_by_the_worker(hasty: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    await only_prepared(hasty, monkeypatch)
    await hasty.parts.worker.round()
    assert booking(hasty) == (0, 0), "left to its hop for a while"
    hasty.clock.advance(AFTER_LEASE)
    assert await hasty.parts.worker.round() == 1
    assert booking(hasty) == (1, 1)


async def test_confirmed_long_ago_and_never_sent_is_not_sent_any_more(
    hasty: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    await only_prepared(hasty, monkeypatch)
    hasty.clock.advance(STALE)
    await hasty.parts.worker.round()
    assert await states(hasty) == ["refused"]
    assert booking(hasty) == (0, 0)


async def only_prepared(running: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between keeping the intent and sending it."""
    phone = AfricasTalkingPhone(running.app, HERS)
    await walk_to_confirm(phone, running, seats(running)[0])
    never = asyncio.get_running_loop().create_future()
    with monkeypatch.context() as patched:
        patched.setattr(type(running.parts.desk.background), "run", lambda self, key, work: never)
        assert (await phone.answer("1")).name == "visit_processing"
    assert await states(running) == ["prepared"]


@pytest.mark.parametrize("carried_out", [True, False])
async def test_three_workers_at_once_do_each_thing_once(
    patient: Whole, clean_url: str, redis_url: str, ministries: tuple[Stage, str], carried_out: bool
) -> None:
    wanted = seats(patient, 12)
    phones = [AfricasTalkingPhone(patient.app, f"+9945071100{number:02d}") for number in range(len(wanted))]
    for phone, seat in zip(phones, wanted, strict=True):
        await stand(patient.parts, phone, confirming(seat))
    fault(patient, "cut_after_write" if carried_out else "cut")
    await asyncio.gather(*[phone.answer("1") for phone in phones])
    await patient.parts.desk.background.drain(30)
    assert set(await states(patient)) == {"unknown"}
    patient.sandbox.state.world.faults.clear()
    fault(patient, "delay", value=0.05)
    patient.clock.advance(AFTER_GRACE)
    told = Told()
    async with AsyncExitStack() as processes:
        _, environment = settings_for(clean_url, redis_url, ministries[1])
        others = [await processes.enter_async_context(second_process(patient, environment)) for _ in range(2)]
        desks = [replace(each.parts.desk, notices=told) for each in (patient, *others)]
        ended = await asyncio.gather(*[resume_intents(desk) for desk in desks])
    assert sum(ended) == len(wanted)
    assert set(await states(patient)) == {"done"}
    assert booking(patient) == (len(wanted) * (1 if carried_out else 2), len(wanted))
    assert told.texts == ["sms.visit_booked"] * len(wanted), "each citizen is told once"


async def test_a_worker_and_a_second_confirm_at_once(patient: Whole) -> None:
    seat = seats(patient)[0]
    phone = AfricasTalkingPhone(patient.app, HERS)
    await walk_to_confirm(phone, patient, seat)
    fault(patient, "cut", times=1)
    assert (await phone.answer("1")).name == "visit_processing"
    await patient.parts.desk.background.drain(30)
    await stand(patient.parts, phone, confirming(seat))
    patient.clock.advance(AFTER_GRACE)
    _, screen = await asyncio.gather(patient.parts.worker.round(), phone.answer("1"))
    assert screen.name in ("visit_booked", "visit_processing")
    assert booking(patient) == (2, 1)


async def test_who_was_told_that_it_goes_on_hears_its_end(hasty: Whole) -> None:
    told = Told()
    calls = hasty.parts.conversation._dialogue._calls
    desk_for = calls.desk_for
    calls.desk_for = lambda work, deadline: replace(desk_for(work, deadline), notices=told)
    phone = AfricasTalkingPhone(hasty.app, HERS)
    await walk_to_confirm(phone, hasty, seats(hasty)[0])
    fault(hasty, "delay", value=1.0)
    assert (await phone.answer("1")).name == "promised"
    await hasty.parts.desk.background.drain(5)
    assert told.texts == ["sms.visit_booked"]
    assert await hasty.parts.worker.round() == 0


def test_without_the_quicker_loop_a_worker_runs_on_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    monkeypatch.delitem(sys.modules, "gateway.commands.worker", raising=False)
    worker, loops = importlib.import_module("gateway.commands.worker"), []

    async def works() -> None:
        loops.append(type(asyncio.get_running_loop()).__module__)

    worker.run_quickly(works())
    assert loops and loops[0].startswith("asyncio.")


# --- the rounds themselves --------------------------------------------------------------------------------


async def test_a_chore_that_fails_stops_no_other() -> None:
    done: list[str] = []

    async def unlucky() -> int:
        raise StoreUnavailable("away")

    async def broken() -> int:
        raise ValueError("words that may be personal")

    async def works() -> int:
        done.append("worked")
        return 3

    chores = [Chore("unlucky", unlucky, 1.0), Chore("broken", broken, 1.0), Chore("works", works, 1.0)]
    assert await Worker(chores, time.monotonic).round() == 3
    assert done == ["worked"]


async def test_a_chore_waits_for_its_time() -> None:
    clock, done = RunningClock(NOW), []

    async def works() -> int:
        done.append(1)
        return 0

    worker = Worker([Chore("works", works, 300.0)], clock.monotonic)
    for _ in range(3):
        await worker.round(all_of_them=False)
    assert len(done) == 1
    clock.advance(timedelta(seconds=301))
    await worker.round(all_of_them=False)
    assert len(done) == 2


async def test_a_chore_that_hangs_delays_no_other() -> None:
    swept, stopped = asyncio.Event(), asyncio.Event()

    async def hangs() -> int:
        await stopped.wait()
        return 0

    async def sweeps() -> int:
        swept.set()
        return 0

    worker = Worker([Chore("hangs", hangs, 0.0), Chore("sweeps", sweeps, 300.0)], time.monotonic)
    running = asyncio.create_task(worker.run(stopped))
    async with asyncio.timeout(LONG_ENOUGH):
        await swept.wait()
        stopped.set()
        await running


async def test_a_chore_with_much_to_do_goes_on_at_once() -> None:
    left, stopped = [3, 2, 1, 0], asyncio.Event()

    async def works() -> int:
        if len(left) == 1:
            stopped.set()
        return left.pop(0)

    async with asyncio.timeout(LONG_ENOUGH):
        await Worker([Chore("works", works, 300.0)], time.monotonic).run(stopped)
    assert left == []


async def test_sweeps_go_on_while_a_ministry_hangs(hasty: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway's own chores: what is confirmed waits for the ministry, what has expired goes."""
    await only_prepared(hasty, monkeypatch)
    hasty.clock.advance(AFTER_LEASE)
    hasty.sandbox.state.world.faults.add({"ministry": "asan", "operation": "*", "kind": "hang"})
    swept, stopped = asyncio.Event(), asyncio.Event()

    async def sweeps() -> int:
        swept.set()
        return 0

    own = hasty.parts.worker._chores
    assert "confirmed writes" in {chore.name for chore in own}
    worker = Worker([*own, Chore("one more sweep", sweeps, 300.0)], time.monotonic)
    running = asyncio.create_task(worker.run(stopped))
    async with asyncio.timeout(LONG_ENOUGH):
        await swept.wait()
    assert await states(hasty) != ["done"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_gateway_stops_even_when_its_worker_waits_for_a_ministry(
    hasty: Whole,
    clean_url: str,
    redis_url: str,
    ministries: tuple[Stage, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(assembly, "DRAIN_SECONDS", 0.2)
    phone = AfricasTalkingPhone(hasty.app, HERS)
    await walk_to_confirm(phone, hasty, seats(hasty)[0])
    fault(hasty, "cut_after_write")
    await phone.answer("1")
    await hasty.parts.desk.background.drain(5)
    hasty.sandbox.state.world.faults.clear()
    world = hasty.sandbox.state.world
    world.faults.add({"ministry": "asan", "operation": "subscriber.list_details", "kind": "hang"})
    asked = world.journal.of("asan", "subscriber.list_details").asked
    hasty.clock.advance(AFTER_GRACE)
    _, environment = settings_for(clean_url, redis_url, ministries[1])
    environment["GUICHET_COUNTRY"] = str(pack_with(tmp_path, {"total": CALL_SECONDS}))
    async with second_process(hasty, environment) as other:
        other.parts._working = asyncio.create_task(other.parts.worker.run(other.parts._stopped))
        await until(lambda: world.journal.of("asan", "subscriber.list_details").asked > asked, other.parts._working)
        began = time.monotonic()
    assert time.monotonic() - began < LONG_ENOUGH < CALL_SECONDS
    assert await states(hasty) == ["unknown"]
