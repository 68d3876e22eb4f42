"""A hundred people confirm the same last seat at once: one has it, and the others are shown other times.

In `make test` they are thirty.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from sandbox.ministries.slots import slot
from storage.redis_client import RedisClient
from tests.amounts import amount
from tests.gateway.walks import Seat, confirming, intents, open_seats, pack_with, stand, walk_to_confirm
from tests.phone import AfricasTalkingPhone, Screen
from tests.whole import Stage, Whole, whole

PEOPLE, WALKING, POOL = amount(30, 100), amount(3, 10), amount(20, 60)
# The pack's own cap and line; only times are longer, so that a busy machine is no busy ministry.
LIMITS = {"total": 8.0, "queue_seconds": 8.0}


@pytest.fixture
async def patient(
    clean_url: str, redis_url: str, redis: RedisClient, ministries: tuple[Stage, str], tmp_path: Path
) -> AsyncIterator[Whole]:
    pack = pack_with(tmp_path, LIMITS)
    settings = {
        "country": str(pack),
        "hop_deadline": "9.0",
        "ministry_deadline": "8.0",
        "redis_deadline": "8.0",
        "database_pool": str(POOL),
    }
    async with whole(clean_url, redis_url, *ministries, **settings) as running:
        yield running


@pytest.mark.long
async def test_a_last_seat_goes_to_one_of_a_hundred_and_the_others_see_other_times(
    patient: Whole, caplog: pytest.LogCaptureFixture
) -> None:
    world = patient.sandbox.state.world
    seat = _last_seat(world)
    phones = [AfricasTalkingPhone(patient.app, f"+99450{3_000_000 + number}") for number in range(PEOPLE)]
    await asyncio.gather(*[_at_confirm(patient, phone, seat, number) for number, phone in enumerate(phones)])
    await _connected(patient)

    shown = await asyncio.gather(*[phone.answer("1") for phone in phones])
    shown = [
        await _again(phone) if screen.name == "try_later" else screen
        for phone, screen in zip(phones, shown, strict=True)
    ]
    names = Counter(screen.name for screen in shown)
    assert names["visit_booked"] == 1
    # On a busy machine some are promised their answer: a store did not say in time that their first try was written.
    assert names["visit_taken"] + names["visit_processing"] == PEOPLE - 1 and names["visit_processing"] <= PEOPLE // 5
    assert "MinistryBusy" not in caplog.text, "the cap and the line are wide enough for all of them"
    (visit,) = world.diary.appointments.values()
    assert visit.slot.id == seat.slot

    late = [phone for phone, screen in zip(phones, shown, strict=True) if screen.name == "visit_taken"]
    times = [await phone.answer("1") for phone in late]
    others = {other.starts for other in open_seats(world, seat.place, seat.service)} - {seat.starts}
    that_day = sorted(f"{starts:%H:%M}" for starts in others if starts.date() == seat.starts.date())
    for screen in times:
        assert screen.name == "visit_time"
        assert _offered(screen) == that_day
    done = Counter((row.kind, row.state) for row in await intents(patient.parts))
    assert done["book", "done"] == 1 and done["book", "refused"] >= names["visit_taken"]

    # What she is shown can be had.
    assert (await late[0].answer("1")).name == "visit_confirm"
    assert (await late[0].answer("1")).name == "visit_booked"
    assert len(world.diary.appointments) == 2


def _last_seat(world: object) -> Seat:
    """A time for one visitor, on a day with others."""
    seats = open_seats(world, "asan-01", "passport")
    days = Counter(seat.starts.date() for seat in seats)
    return next(
        seat for seat in seats[1:] if (found := slot(seat.slot)) and found.limit == 1 and days[seat.starts.date()] > 5
    )


async def _at_confirm(patient: Whole, phone: AfricasTalkingPhone, seat: Seat, number: int) -> None:
    """Some walk there from dialling; the others are put where that leads."""
    if number >= WALKING:
        await stand(patient.parts, phone, confirming(seat))
        return
    shown = await walk_to_confirm(phone, patient, seat)
    assert shown.name == "visit_confirm" and f"{seat.starts:%H:%M}" in shown.text


async def _again(phone: AfricasTalkingPhone) -> Screen:
    """On a machine that is busy with other things a store may not answer in its time: then nothing was done, and she is
    told to try again, which she does."""
    assert (await phone.answer("0")).name == "visit_confirm"
    return await phone.answer("1")


async def _connected(patient: Whole) -> None:
    """A gateway that has been running has its connections open; to open them all at once takes longer than a hop."""
    meeting = asyncio.Barrier(POOL)

    async def one() -> None:
        async with patient.parts.database.unit_of_work() as work:
            await work.execute(text("SELECT 1"))
            await meeting.wait()

    await asyncio.gather(*[one() for _ in range(POOL)])


def _offered(screen: Screen) -> list[str]:
    """The times on a screen: a line is a number and a time."""
    return [line.split()[1] for line in screen.text.splitlines() if ":" in line and line[:1].isdigit()]
