"""A door lets in as many newcomers as it can answer quickly: fewer while all wait, all of them again afterwards."""

import heapq
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.app import create_app
from gateway.doors import ussd
from gateway.doors.admission import CROWDED, FEWEST, LATE, QUICK, WINDOW, Admission
from storage.redis_client import RedisClient
from tests.phone import PHONES, AfricasTalkingPhone
from tests.screens import assert_well_formed
from tests.whole import Stage, Whole, whole

BUSY, IDLE = 10 * LATE, LATE / 10


class Hours:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def window(door: Admission, hours: Hours, asked: int, seconds: float, late: float = BUSY) -> int:
    """So many come, each answered within `seconds`; how many were let in."""
    inside = sum(door.enter() for _ in range(asked))
    hours.now += max(seconds, WINDOW)
    for _ in range(inside):
        door.leave(seconds, late)
    hours.now += WINDOW
    return inside


def turned_away(
    a_second: float, seconds: Callable[[float], float], late: float, lasting: float = 30.0
) -> tuple[int, Admission]:
    """Newcomers come evenly from rest, each answered after what `seconds` says of the moment it came."""
    door = Admission(256, hours := Hours())
    began, inside, away = hours.now, list[tuple[float, float]](), 0
    for number in range(int(a_second * lasting)):
        came = began + number / a_second
        while inside and inside[0][0] <= came:
            hours.now, entered = heapq.heappop(inside)
            door.leave(hours.now - entered, late)
        hours.now = came
        if door.enter():
            heapq.heappush(inside, (came + seconds(came - began), came))
        else:
            away += 1
    return away, door


def test_while_it_is_quick_everybody_comes_in_up_to_the_cap() -> None:
    door = Admission(50, hours := Hours())
    assert [window(door, hours, 80, 0.1) for _ in range(5)] == [50] * 5


def test_where_even_the_quickest_waits_fewer_come_in_and_never_none() -> None:
    door = Admission(256, hours := Hours())
    seen = [window(door, hours, 300, 3.0) for _ in range(15)]
    assert seen == sorted(seen, reverse=True) and seen[0] == 256
    assert seen[-1] == FEWEST


def test_one_quick_answer_among_slow_ones_shuts_nobody_out() -> None:
    door = Admission(256, hours := Hours())
    assert all(door.enter() for _ in range(100))
    hours.now += WINDOW / 2
    door.leave(0.01, BUSY)
    for _ in range(99):
        hours.now += WINDOW / 200
        door.leave(5.0, BUSY)
    hours.now += WINDOW
    assert door.enter() and door.limit == 256


def test_afterwards_it_is_as_before() -> None:
    door = Admission(256, hours := Hours())
    for _ in range(15):
        window(door, hours, 300, 3.0)
    windows = 0
    while door.limit < 256:
        assert door.enter()
        hours.now += WINDOW
        door.enter()  # somebody is always there
        door.leave(QUICK / 4, BUSY)
        windows += 1
    assert windows * WINDOW < 30


def test_a_few_slow_callers_of_a_quiet_night_are_no_overload() -> None:
    door = Admission(256, hours := Hours())
    for _ in range(20):
        assert window(door, hours, FEWEST, 3.0) == FEWEST
    assert door.limit == 256


@pytest.mark.parametrize("a_second", [28, 60, 100])
def test_a_store_that_is_silent_shuts_nobody_out_while_the_processor_is_idle(a_second: int) -> None:
    assert turned_away(a_second, lambda _: 2.5, IDLE)[0] == 0


def test_but_a_standing_line_of_our_own_does() -> None:
    away, door = turned_away(100, lambda _: 2.5, BUSY)
    assert away and door.limit < 100


def test_answers_just_quick_enough_shut_nobody_out() -> None:
    assert turned_away(100, lambda _: QUICK - 0.05, BUSY)[0] == 0


def test_while_nobody_was_answered_yet_nothing_is_known() -> None:
    """As after a start: the first answer comes late, and those after it at once."""
    assert turned_away(60, lambda came: max(1.5 - came, 0.1), BUSY)[0] == 0
    assert turned_away(60, lambda came: 1.5 if came < 1.5 else 0.1, BUSY)[0] == 0


def test_after_a_quiet_while_nothing_is_left_of_a_rush() -> None:
    door = Admission(256, hours := Hours())
    for _ in range(15):
        window(door, hours, 300, 3.0)
    hours.now += 3 * WINDOW
    assert window(door, hours, 200, 0.1) == 200


def test_beside_a_full_hall_nobody_comes_in_while_the_processor_is_what_all_wait_for() -> None:
    door = Admission(512, hours := Hours())
    window(door, hours, 1, 0.1, BUSY)
    assert door.enter(CROWDED - 1) and not door.enter(CROWDED)


def test_a_full_hall_that_waits_for_a_ministry_shuts_nobody_out() -> None:
    door = Admission(512, hours := Hours())
    window(door, hours, 1, 0.1, IDLE)
    assert door.enter(CROWDED)


def test_half_of_all_places_are_for_those_inside() -> None:
    door = Admission(512, Hours())
    assert door.enter(255) and not door.enter(256)
    assert Admission(1, Hours()).enter(0)


def test_where_nobody_was_let_in_for_a_while_one_is_to_see_whether_all_wait_still() -> None:
    door = Admission(512, hours := Hours())
    for _ in range(10):
        window(door, hours, 100, 0.1, BUSY)
    hours.now += 5
    assert door.enter(CROWDED) and not door.enter(CROWDED)
    door.leave(0.1, IDLE)
    assert door.enter(CROWDED) and door.enter(CROWDED)


def test_a_moment_of_waiting_is_forgotten_after_a_few_who_did_not() -> None:
    door = Admission(512, hours := Hours())
    for _ in range(10):
        window(door, hours, 100, 0.1, BUSY)
    window(door, hours, 33, 0.1, IDLE)
    assert door.enter(CROWDED)


# --- at the doors -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def running(migrated_url: str, redis_url: str, ministries: tuple[Stage, str]) -> AsyncIterator[Whole]:
    client = RedisClient(redis_url, timeout=30)
    await client.execute("FLUSHALL")
    await client.close()
    async with whole(migrated_url, redis_url, *ministries) as started:
        yield started


@pytest.mark.parametrize("name", PHONES)
async def test_a_newcomer_is_turned_away_and_one_inside_goes_on(
    running: Whole, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    class Full(Admission):
        def enter(self, hops: int = 0) -> bool:
            return not full and super().enter(hops)

    full = False
    monkeypatch.setattr(ussd, "Admission", Full)
    app = create_app(running.parts.settings, running.parts)
    inside = PHONES[name](app, "+994507770001")
    assert (await inside.dial()).goes_on
    full = True
    newcomer = PHONES[name](app, "+994507770002")
    refused = await newcomer.dial()
    assert (refused.goes_on, refused.text) == (False, running.parts.conversation.sorry("limit.busy").text)
    if isinstance(newcomer, AfricasTalkingPhone):
        assert_well_formed(await newcomer.post())
    assert (await inside.answer("2")).goes_on
