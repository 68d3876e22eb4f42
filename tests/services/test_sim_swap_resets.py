"""A PIN reset that waits is asked after when it has begun and before it counts, and a changed card ends it."""

from collections import Counter

from services.outcomes import (
    PinChanged,
    ResetDoubted,
    ResetDue,
    ResetNotAsked,
)
from services.ports import Binding
from services.resets import finish_reset, reset_state
from services.sim_swaps import (
    PAUSE,
)
from tests.services.swap_story import OTHER, PIN, Away, Story, november, numbers
from tests.services.town import KAMRAN, LEYLA


async def test_a_pending_reset_is_over_when_the_card_was_changed(story: Story):
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=10)
    await story.round()
    story.town.later(hours=1)
    story.network.swaps[LEYLA] = november(28)
    await story.reset_asked()
    assert await story.round() == [LEYLA], "asked for as soon as it has begun, though the week is not over"
    assert await story.reset_is() is ResetDoubted
    story.town.later(hours=25)
    caller, pin_seal = await story.sealed(OTHER)
    assert isinstance(await finish_reset(story.town.desk(), caller, OTHER, pin_seal), ResetDoubted)
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
    assert await story.reset_is() is ResetDoubted


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
