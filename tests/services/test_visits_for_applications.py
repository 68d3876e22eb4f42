"""One time for two of her applications is two visits, also after lost answers and when one of them is undone."""

from dataclasses import replace

import pytest

from domain.outcomes import Outcome
from domain.states import ApplicationState
from services.outcomes import BeingProcessed, Booked, VisitCancelled
from services.ports import IntentState
from services.values import Visit
from services.visits import book
from tests.services.test_intents import calls, intents_of, town_caller, work
from tests.services.test_intents_undone import cancelled, days_of_work, moved, states
from tests.services.town import CARD, LEYLA, Town, silence


async def two_applications(town: Town) -> None:
    town.lacks = {"appointments.book_alone"}
    hers = replace(CARD, reference="9001", service="passport", state=ApplicationState.IN_REVIEW, pickup=None)
    town.ministry.files |= {"9001": hers, "9002": replace(hers, reference="9002")}
    await town.known()


async def confirm(town: Town, reference: str, token: str, slot: str = "s0") -> Outcome:
    if slot not in town.calendar.free:  # of several seats
        [seat] = {visit.slot for _, visit in town.calendar.booked.values() if visit.slot.id == slot}
        town.calendar.free[slot] = seat
    async with town.store.open() as records:
        caller = await town_caller(town, records)
        return await book(town.desk(records=records), caller, f"passport/{slot}", token, reference)


async def lost(town: Town, reference: str, token: str, carried_out: bool) -> None:
    town.calendar.write_fails = [silence(carried_out)]
    assert await confirm(town, reference, token) == BeingProcessed()


async def numbers(town: Town, *tokens: str) -> list[object]:
    return [(intent.result or {}).get("visit") for intent in await intents_of(town, *tokens) if intent]


@pytest.mark.parametrize("minutes", [0, 60])
async def test_a_request_that_never_arrived_is_not_told_as_the_others_visit(either_town: Town, minutes: int):
    town = either_town
    await two_applications(town)
    assert isinstance(await confirm(town, "9001", "t1"), Booked)
    town.later(minutes=minutes)
    await lost(town, "9002", "t2", carried_out=False)
    town.later(seconds=15)
    assert await work(town) == 0 and town.told.notices == []
    town.later(seconds=70)
    assert await work(town) == 1
    assert await numbers(town, "t1", "t2") == ["v1", "v2"], "asked for again, and got"
    assert town.calendar.about == ["9001", "9002", "9002"]


async def test_one_that_was_carried_out_is_found_beside_the_other(either_town: Town):
    town = either_town
    await two_applications(town)
    assert isinstance(await confirm(town, "9001", "t1"), Booked)
    await lost(town, "9002", "t2", carried_out=True)
    town.later(seconds=15)
    assert await work(town) == 1 and calls(town) == 2
    assert await numbers(town, "t1", "t2") == ["v1", "v2"]


async def test_a_visit_that_was_moved_to_the_time_is_not_taken_for_the_other(either_town: Town):
    town = either_town
    await two_applications(town)
    await confirm(town, "9001", "t1", "s1")
    await moved(town, "passport/s0", "m1")
    await lost(town, "9002", "t2", carried_out=False)
    town.later(seconds=70)
    await work(town)
    assert await numbers(town, "t2") == ["v2"] and calls(town) == 3


async def test_cancelling_one_leaves_the_other_confirmed(either_town: Town):
    town = either_town
    await two_applications(town)
    await confirm(town, "9001", "t1")
    second = await confirm(town, "9002", "t2")
    assert isinstance(await cancelled(town), VisitCancelled)
    assert await confirm(town, "9002", "t3") == second and calls(town) == 2, "met, and no second write"
    assert isinstance(await confirm(town, "9001", "t4"), Booked) and calls(town) == 3


async def test_cancelling_one_leaves_the_others_lost_answer_to_be_found(either_town: Town):
    town = either_town
    await two_applications(town)
    await confirm(town, "9001", "t1")
    await lost(town, "9002", "t2", carried_out=True)
    assert isinstance(await cancelled(town), VisitCancelled)
    await days_of_work(town)
    assert await states(town, "book", "t2") == [IntentState.DONE] and await numbers(town, "t2") == ["v2"]
    assert town.told.notices == ["sms.visit_booked"] and calls(town) == 2


async def test_both_answers_lost_and_both_carried_out_are_two_visits(either_town: Town):
    town = either_town
    await two_applications(town)
    await lost(town, "9001", "t1", carried_out=True)
    await lost(town, "9002", "t2", carried_out=True)
    town.later(seconds=70)
    assert await work(town) == 2 and calls(town) == 2
    assert await numbers(town, "t1", "t2") == ["v1", "v2"]


async def test_both_answers_lost_and_one_visit_there_is_told_as_neither(either_town: Town):
    town = either_town
    await two_applications(town)
    await lost(town, "9001", "t1", carried_out=False)
    await lost(town, "9002", "t2", carried_out=True)
    town.later(days=2, seconds=70)
    await work(town)
    assert calls(town) == 2 and town.told.notices == ["notice.given_up"] * 2, "she is asked to look"


async def test_one_of_two_lost_answers_undone_does_neither_again_and_says_so(either_town: Town):
    town = either_town
    await two_applications(town)
    await lost(town, "9001", "t1", carried_out=True)
    await lost(town, "9002", "t2", carried_out=True)
    assert isinstance(await cancelled(town), VisitCancelled)
    assert town.told.notices == ["notice.given_up"] * 2
    await days_of_work(town)
    assert isinstance(await cancelled(town, "c2", "passport/v2"), VisitCancelled)
    await days_of_work(town)
    assert calls(town) == 2 and town.calendar.booked == {}


async def test_the_same_confirmed_an_hour_later_is_the_visit_that_stands(either_town: Town):
    town = either_town
    await two_applications(town)
    first = await confirm(town, "9001", "t1")
    town.later(hours=1)
    assert await confirm(town, "9001", "t2") == first and calls(town) == 1
    town.later(hours=1)
    assert isinstance(await cancelled(town), VisitCancelled)
    assert isinstance(await confirm(town, "9001", "t3"), Booked) and calls(town) == 2


# --- where the list says what a visit is for ------------------------------------------------------------


@pytest.mark.parametrize("first", [True, False])
async def test_two_lost_answers_and_one_visit_are_told_apart(either_town: Town, first: bool):
    """The other one is asked for again."""
    town = either_town
    town.calendar.says_what_for = True
    await two_applications(town)
    await lost(town, "9001", "t1", carried_out=first)
    await lost(town, "9002", "t2", carried_out=not first)
    [(_, visit)] = town.calendar.booked.values()
    town.calendar.free["s0"] = visit.slot  # of several seats
    for _ in range(2):
        town.later(seconds=70)
        await work(town)
    assert sorted(town.told.notices) == ["sms.visit_booked"] * 2 and calls(town) == 3
    hers, theirs = await numbers(town, "t1", "t2")
    assert (town.calendar.booked[str(hers)][1].application, town.calendar.booked[str(theirs)][1].application) == (
        "9001",
        "9002",
    )


async def test_one_of_two_lost_answers_undone_leaves_the_other_to_be_found(either_town: Town):
    town = either_town
    town.calendar.says_what_for = True
    await two_applications(town)
    await lost(town, "9001", "t1", carried_out=True)
    await lost(town, "9002", "t2", carried_out=True)
    assert isinstance(await cancelled(town), VisitCancelled)
    assert town.told.notices == []
    await days_of_work(town)
    assert await states(town, "book", "t1", "t2") == [IntentState.REFUSED, IntentState.DONE]
    assert await numbers(town, "t2") == ["v2"] and calls(town) == 2


async def test_what_is_there_for_the_application_is_not_booked_again(either_town: Town):
    """It was made at the desk."""
    town = either_town
    town.calendar.says_what_for = True
    await two_applications(town)
    async with town.store.open() as records:
        person = await records.people.by_number(LEYLA)
    town.calendar.booked["v7"] = (person.applicant, Visit("v7", town.calendar.free.pop("s0"), "9001"))
    assert isinstance(await confirm(town, "9001", "t1"), Booked)
    assert calls(town) == 0 and await numbers(town, "t1") == ["v7"]


async def test_what_was_made_at_the_desk_for_one_is_not_taken_for_the_others_lost_booking(either_town: Town):
    town = either_town
    town.calendar.says_what_for = True
    await two_applications(town)
    async with town.store.open() as records:
        person = await records.people.by_number(LEYLA)
    slot = town.calendar.free["s0"]
    town.calendar.booked["v7"] = (person.applicant, Visit("v7", slot, "9001"))
    await lost(town, "9002", "t2", carried_out=False)
    town.calendar.free["s0"] = slot  # of several seats
    town.later(seconds=70)
    await work(town)
    [hers] = await numbers(town, "t2")
    assert hers != "v7" and town.calendar.booked[str(hers)][1].application == "9002" and calls(town) == 2
