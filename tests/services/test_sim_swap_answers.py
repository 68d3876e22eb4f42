"""What a network tells later counts as if it were told at once, once, and only where it is awaited."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import update

from services.accounts import create
from services.outcomes import (
    Granted,
    ResetDoubted,
    StateOnly,
)
from services.ports import Binding
from services.records.tables import NUMBERS
from services.sim_swaps import (
    ANSWERS_LIVE,
    AWAITED,
    QUEUED,
    UNASKED,
)
from services.swap_ports import NotTold, SwapAnswer, ToldDay, ToldLater
from tests.services.swap_story import MONDAY, PIN, Story, asked_later, november
from tests.services.town import KAMRAN, LEYLA


async def test_what_is_told_later_counts_as_if_it_were_told_at_once(story: Story):
    await asked_later(story)
    assert (await story.seen(), story.counted) == (Granted, {QUEUED: 1})
    assert await story.awaited() == ["question-1"]
    story.town.later(hours=2)
    assert await story.tells(november(25)) == "stale"
    assert (await story.binding(), await story.seen()) == (Binding.STALE, StateOnly)
    assert await story.audited() == [("system", "numbers.swapped", "stale", "callback")]
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
    story.network.later = True
    await story.known(LEYLA)
    story.town.later(days=4)
    async with story.asking():
        assert await story.tells(november(25)) == UNASKED
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
    assert await story.reset_is() is ResetDoubted


async def test_an_answer_leaves_the_mark_of_a_worker_that_asks_anew(story: Story):
    await asked_later(story)
    await story.linked()
    story.town.later(days=1)
    async with story.asking():
        assert await story.tells(NotTold()) == "untold"
        assert await story.round() == [], "another worker leaves it alone"
    assert await story.awaited() == ["question-2"]


async def test_a_day_that_is_told_at_once_ends_what_was_awaited(story: Story):
    await asked_later(story)
    story.network.later = False
    story.network.swaps[LEYLA] = date(1900, 1, 1)
    story.town.later(days=7)
    assert await story.round() == [LEYLA]
    assert await story.awaited() == [None]
