"""Confirmed once, done once: presses, doors, lost answers and crashes, with records of both kinds."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.errors import MinistryBusy, MinistryUnavailable
from domain.outcomes import Outcome
from services.background import Background
from services.bookings import BOOK
from services.caller import Caller
from services.intents import PROCESSING, perform
from services.outcomes import BeingProcessed, Booked, Moved, SlotTaken, VisitCancelled, VisitGone
from services.ports import Intent, IntentState
from services.resuming import EXECUTORS, resume_intents
from services.visits import book, cancel, move
from tests.services.town import LEYLA, Town, silence


async def confirm(town: Town, token: str = "t1", slot: str = "passport/s0", seconds: float = 2.0) -> Outcome:
    async with town.store.open() as records:
        return await book(town.desk(seconds, records), await town_caller(town, records), slot, token)


async def town_caller(town: Town, records):
    return Caller(LEYLA, await records.people.by_number(LEYLA), "en", False, "ussd", "session-1")


async def intents_of(town: Town, *tokens: str) -> Sequence[Intent | None]:
    async with town.store.open() as records:
        person = await records.people.by_number(LEYLA)
        return [await records.intents.by_token(person.id, "book", token) for token in tokens]


async def work(town: Town) -> int:
    return await resume_intents(town.desk())


def calls(town: Town, kind: str = "book") -> int:
    return town.calendar.calls.count(kind)


async def test_a_booking_is_told_and_told_again_the_same(either_town: Town):
    town = either_town
    await town.known()
    first = await confirm(town)
    assert isinstance(first, Booked) and (first.place, first.number) == ("Service Centre 1", "v1")
    assert await confirm(town) == first
    assert await confirm(town, token="t2") == first, "a second door"
    assert calls(town) == 1


async def test_a_hundred_confirms_at_once_are_one_call(either_town: Town):
    town = either_town
    await town.known()
    town.calendar.delay = 0.05
    seen = await asyncio.gather(*(confirm(town, token=f"t{n % 4}") for n in range(100)))
    assert calls(town) == 1
    assert {type(outcome) for outcome in seen} == {Booked} and len(set(seen)) == 1


async def test_when_time_runs_out_the_call_goes_on(either_town: Town):
    town = either_town
    await town.known()
    town.calendar.delay = 0.1
    assert await confirm(town, seconds=0.02) == BeingProcessed()
    assert len(town.background) == 1
    assert await town.background.drain(1.0) == 0
    assert isinstance(await confirm(town), Booked)
    assert calls(town) == 1


async def test_a_hop_that_is_cancelled_takes_nothing_back(either_town: Town):
    town = either_town
    await town.known()
    town.calendar.delay = 0.1
    hop = asyncio.create_task(confirm(town))
    await town.calendar.called.wait()
    hop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hop
    await town.background.drain(1.0)
    assert isinstance(await confirm(town), Booked)
    assert calls(town) == 1


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lost_answer_is_looked_up_before_anything_is_repeated(either_town: Town, carried_out: bool):
    town = either_town
    await town.known()
    town.calendar.write_fails = [silence(carried_out)]
    assert await confirm(town) == BeingProcessed()
    assert await confirm(town, token="t2") == BeingProcessed(), "nobody can know yet"
    assert await work(town) == 0
    town.later(seconds=15)
    assert await work(town) == (1 if carried_out else 0)
    assert calls(town) == 1, "it may still be on its way"
    town.later(seconds=60)
    await work(town)
    assert calls(town) == (1 if carried_out else 2)
    assert isinstance(await confirm(town), Booked)
    assert town.told.notices == ["sms.visit_booked"]
    assert await work(town) == 0


async def test_a_crash_between_the_call_and_its_end_is_mended_by_the_worker(either_town: Town):
    town = either_town
    await town.known()

    async def crashing(desk, intent):
        await EXECUTORS["book"].run(desk, intent)
        raise RuntimeError("the process died")

    first = await prepared(town)
    with pytest.raises(RuntimeError):
        await perform(town.desk(), replace(BOOK, run=crashing), first)
    assert (await intents_of(town, "t1"))[0].state is IntentState.SENT
    assert await confirm(town, seconds=0.05) == BeingProcessed()
    town.later(seconds=31)
    assert await confirm(town, seconds=0.05) == BeingProcessed(), "a hop never repeats"
    assert await work(town) == 1
    assert calls(town) == 1 and isinstance(await confirm(town), Booked)


async def prepared(town: Town, token: str = "t1") -> Intent:
    async with town.store.open() as records:
        person = await records.people.by_number(LEYLA)
        payload = {"slot": "s0", "participant": person.applicant, "contact": LEYLA.e164}
        return await records.intents.prepare(person.id, "book", "passport", b"d", token, payload)


async def test_a_crash_before_the_call_is_done_by_the_worker(either_town: Town):
    town = either_town
    await town.known()
    await prepared(town)
    assert await work(town) == 0, "its hop still has it"
    town.later(seconds=31)
    assert await work(town) == 1
    assert calls(town) == 1 and calls(town, "of_participant") == 0
    assert isinstance(await confirm(town), Booked)


async def test_what_was_confirmed_long_ago_is_not_done_unasked(either_town: Town):
    town = either_town
    await town.known()
    await prepared(town)
    town.later(hours=2)
    assert await work(town) == 1 and calls(town) == 0
    assert (await intents_of(town, "t1"))[0].state is IntentState.REFUSED
    assert town.told.notices == ["notice.book_refused"]


@pytest.mark.parametrize("failure", [MinistryUnavailable("asan"), MinistryBusy("asan")])
async def test_a_failure_that_did_nothing_is_told_and_may_be_confirmed_anew(either_town: Town, failure):
    town = either_town
    await town.known()
    town.calendar.write_fails = [(failure, False)]
    for _ in range(2):
        with pytest.raises(type(failure)):
            await confirm(town)
    assert calls(town) == 1
    assert isinstance(await confirm(town, token="t2"), Booked)
    town.later(hours=1)
    assert await work(town) == 0


async def test_the_worker_keeps_trying_while_the_ministry_is_down_then_gives_up(either_town: Town):
    town = either_town
    await town.known()
    town.calendar.write_fails = [silence(False)] + [(MinistryUnavailable("asan"), False)] * 200
    assert await confirm(town) == BeingProcessed()
    for _ in range(60):
        town.later(hours=1)
        await work(town)
    assert (await intents_of(town, "t1"))[0].state is IntentState.REFUSED
    assert calls(town) < 60
    with pytest.raises(MinistryUnavailable):
        await confirm(town)


async def test_the_last_seat_went_to_another(either_town: Town):
    town = either_town
    await town.known()
    del town.calendar.free["s0"]
    assert await confirm(town) == SlotTaken()
    assert await confirm(town) == SlotTaken()
    assert calls(town) == 1


async def test_two_workers_finish_it_once(either_town: Town):
    town = either_town
    await town.known()
    await prepared(town)
    town.later(seconds=31)
    ended = await asyncio.gather(*(work(town) for _ in range(5)))
    assert sum(ended) == 1 and calls(town) == 1


async def test_moving_there_and_back_and_there_again_is_three_moves(either_town: Town):
    town = either_town
    await town.known()
    await confirm(town)

    async def go(slot, token):
        async with town.store.open() as records:
            return await move(town.desk(records=records), await town_caller(town, records), "passport/v1", slot, token)

    for slot, token in (("passport/s1", "m1"), ("passport/s0", "m2"), ("passport/s1", "m3")):
        moved = await go(slot, token)
        assert isinstance(moved, Moved)
        assert await go(slot, token) == moved
    assert calls(town, "move") == 3
    assert town.calendar.booked["v1"][1].slot.id == "s1"
    assert isinstance(await confirm(town, token="t9"), Booked), "the time it left may be booked"


async def test_a_cancelled_time_may_be_booked_again(either_town: Town):
    town = either_town
    await town.known()
    await confirm(town)

    async def away(token):
        async with town.store.open() as records:
            return await cancel(town.desk(records=records), await town_caller(town, records), "passport/v1", token)

    gone = await away("c1")
    assert isinstance(gone, VisitCancelled) and gone.place == "Service Centre 1"
    assert await away("c1") == gone
    assert await away("c2") == VisitGone()
    assert calls(town, "cancel") == 1
    again = await confirm(town, token="t2")
    assert isinstance(again, Booked) and calls(town) == 2


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lost_cancelling_is_looked_up(either_town: Town, carried_out: bool):
    town = either_town
    await town.known()
    await confirm(town)
    town.calendar.write_fails = [silence(carried_out)]
    async with town.store.open() as records:
        caller = await town_caller(town, records)
        assert await cancel(town.desk(records=records), caller, "passport/v1", "c1") == BeingProcessed()
    town.later(seconds=70)
    assert await work(town) == 1
    assert town.calendar.booked == {}
    async with town.store.open() as records:
        caller = await town_caller(town, records)
        told = await cancel(town.desk(records=records), caller, "passport/v1", "c1")
    assert isinstance(told, VisitCancelled)
    assert calls(town, "cancel") == (1 if carried_out else 2)


async def test_another_process_has_it_and_its_end_is_waited_for(either_town: Town):
    town = either_town
    await town.known()
    town.calendar.delay = 0.1
    first = asyncio.create_task(confirm(town))
    await town.calendar.called.wait()
    town.background = Background()
    assert isinstance(await confirm(town), Booked)
    assert isinstance(await first, Booked) and calls(town) == 1


async def test_a_call_that_breaks_is_never_told_as_undone(either_town: Town):
    town = either_town
    await town.known()
    town.calendar.write_fails = [(ValueError("a fault of ours"), True)]
    assert await confirm(town) == BeingProcessed()
    town.later(seconds=31)
    assert await work(town) == 1 and calls(town) == 1
    assert isinstance(await confirm(town), Booked)


def test_every_kind_has_its_executor():
    assert set(EXECUTORS) == {"book", "move", "cancel", "submit", "amend", "choose_pickup"}
    assert all(name == executor.kind for name, executor in EXECUTORS.items())
    assert PROCESSING.state is IntentState.UNKNOWN
