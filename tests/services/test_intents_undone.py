"""What a citizen has undone stays undone, though the answer to her first confirmation was lost."""

import pytest

from domain.outcomes import Outcome
from services.outcomes import BeingProcessed, Booked, Moved, SlotTaken, VisitCancelled
from services.ports import IntentState
from services.resuming import resume_intents
from services.visits import cancel, mine, move
from tests.services.test_intents import calls, confirm, intents_of, town_caller, work
from tests.services.town import LEYLA, Town, silence

LONG = 70  # seconds: past every lease, and past the time that a written request may be on its way


async def moved(town: Town, slot: str, token: str, visit: str = "passport/v1") -> Outcome:
    async with town.store.open() as records:
        return await move(town.desk(records=records), await town_caller(town, records), visit, slot, token)


async def cancelled(town: Town, token: str = "c1", visit: str = "passport/v1") -> Outcome:
    async with town.store.open() as records:
        return await cancel(town.desk(records=records), await town_caller(town, records), visit, token)


async def booked_and_answer_lost(town: Town) -> None:
    await town.known()
    town.calendar.write_fails = [silence(carried_out=True)]
    assert await confirm(town) == BeingProcessed()
    async with town.store.open() as records:
        seen = await mine(town.desk(records=records), await town_caller(town, records))
    assert [visit.id for visit in seen.visits] == ["passport/v1"], "she sees it, for the ministry has it"


async def states(town: Town, kind: str, *tokens: str) -> list[IntentState]:
    async with town.store.open() as records:
        person = await records.people.by_number(LEYLA)
        found = [await records.intents.by_token(person.id, kind, token) for token in tokens]
        return [intent.state for intent in found]


async def days_of_work(town: Town) -> None:
    for _ in range(6):
        town.later(seconds=LONG)
        await work(town)
    town.later(hours=2)
    await work(town)


async def test_a_booking_that_she_cancelled_is_not_booked_again(either_town: Town):
    town = either_town
    await booked_and_answer_lost(town)
    assert isinstance(await cancelled(town), VisitCancelled)
    await days_of_work(town)
    assert town.calendar.booked == {} and calls(town) == 1
    assert (await intents_of(town, "t1"))[0].state is IntentState.REFUSED
    assert town.told.notices == [], "she knows"
    assert await confirm(town) == SlotTaken()
    assert isinstance(await confirm(town, token="t2"), Booked), "but she may want it after all"


async def test_a_booking_that_she_moved_is_not_booked_again(either_town: Town):
    town = either_town
    await booked_and_answer_lost(town)
    assert isinstance(await moved(town, "passport/s1", "m1"), Moved)
    await days_of_work(town)
    assert [visit.slot.id for _, visit in town.calendar.booked.values()] == ["s1"] and calls(town) == 1


@pytest.mark.parametrize("carried_out", [True, False])
async def test_an_earlier_move_does_not_follow_a_later_one(either_town: Town, carried_out: bool):
    town = either_town
    await town.known()
    await confirm(town)
    town.calendar.write_fails = [silence(carried_out)]
    assert await moved(town, "passport/s1", "m1") == BeingProcessed()
    assert isinstance(await moved(town, "passport/s2", "m2"), Moved)
    await days_of_work(town)
    assert [visit.slot.id for _, visit in town.calendar.booked.values()] == ["s2"]
    assert await states(town, "move", "m1", "m2") == [IntentState.REFUSED, IntentState.DONE]
    assert calls(town, "move") == 2


async def test_a_move_does_not_follow_a_cancelling(either_town: Town):
    town = either_town
    await town.known()
    await confirm(town)
    town.calendar.write_fails = [silence(carried_out=True)]
    assert await moved(town, "passport/s1", "m1") == BeingProcessed()
    assert isinstance(await cancelled(town), VisitCancelled)
    await days_of_work(town)
    assert town.calendar.booked == {} and calls(town, "move") == 1


async def test_nothing_is_repeated_while_its_cancelling_is_open(either_town: Town):
    """Both answers were lost: the booking is found neither because it was never made nor because she undid it."""
    town = either_town
    await booked_and_answer_lost(town)
    town.later(seconds=5)
    town.calendar.write_fails = [silence(carried_out=True)]
    assert await cancelled(town) == BeingProcessed()
    town.later(seconds=LONG)
    async with town.store.open() as records:
        first, *_ = await records.intents.open_intents(10)
    assert first.kind == "book"
    await resume_intents(town.desk(), limit=1)
    assert calls(town) == 1 and town.calendar.booked == {}
    await days_of_work(town)
    assert calls(town) == 1 and town.calendar.booked == {}
    assert await states(town, "cancel", "c1") == [IntentState.DONE]


async def test_what_she_wants_after_her_cancelling_is_done(either_town: Town):
    town = either_town
    await town.known()
    await confirm(town)
    town.calendar.write_fails = [silence(carried_out=True)]
    assert await cancelled(town) == BeingProcessed()
    town.later(minutes=16)
    town.calendar.write_fails = [silence(carried_out=False)]
    assert await confirm(town, token="t2") == BeingProcessed()
    await days_of_work(town)
    assert [visit.slot.id for _, visit in town.calendar.booked.values()] == ["s0"] and calls(town) == 3
    assert (await intents_of(town, "t2"))[0].state is IntentState.DONE


async def test_undone_between_the_look_and_the_repeating(either_town: Town, monkeypatch: pytest.MonkeyPatch):
    town = either_town
    await booked_and_answer_lost(town)
    town.later(seconds=LONG)
    looked = town.calendar.of_participant

    async def and_then_she_cancels(participant, deadline):
        monkeypatch.setattr(town.calendar, "of_participant", looked)
        assert isinstance(await cancelled(town), VisitCancelled)
        return await looked(participant, deadline)

    monkeypatch.setattr(town.calendar, "of_participant", and_then_she_cancels)
    assert await work(town) == 0
    assert calls(town) == 1 and town.calendar.booked == {}
    assert town.told.notices == []
