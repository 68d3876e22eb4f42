"""A door lets in as many newcomers as it can answer quickly: fewer while all wait, all of them again afterwards."""

from gateway.doors.admission import FEWEST, QUICK, WINDOW, Admission


class Hours:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def window(door: Admission, hours: Hours, asked: int, seconds: float) -> int:
    """So many come, each answered within `seconds`; how many were let in."""
    inside = sum(door.enter() for _ in range(asked))
    hours.now += max(seconds, WINDOW)
    for _ in range(inside):
        door.leave(seconds)
    return inside


def test_while_it_is_quick_everybody_comes_in_up_to_the_cap():
    door = Admission(50, hours := Hours())
    assert [window(door, hours, 80, 0.1) for _ in range(5)] == [50] * 5


def test_where_even_the_quickest_waits_fewer_come_in_and_never_none():
    door = Admission(256, hours := Hours())
    seen = [window(door, hours, 300, 3.0) for _ in range(15)]
    assert seen == sorted(seen, reverse=True) and seen[0] == 256
    assert seen[-1] == FEWEST


def test_one_quick_answer_among_slow_ones_shuts_nobody_out():
    door = Admission(256, hours := Hours())
    assert all(door.enter() for _ in range(100))
    hours.now += WINDOW / 2
    door.leave(0.01)
    for _ in range(99):
        hours.now += WINDOW / 200
        door.leave(5.0)
    assert door.limit == 256


def test_afterwards_it_is_as_before():
    door = Admission(256, hours := Hours())
    for _ in range(15):
        window(door, hours, 300, 3.0)
    windows = 0
    while door.limit < 256:
        window(door, hours, 1, QUICK / 4)
        windows += 1
    assert windows * WINDOW < 30


def test_a_few_slow_callers_of_a_quiet_night_are_no_overload():
    door = Admission(256, hours := Hours())
    for _ in range(20):
        assert window(door, hours, FEWEST, 3.0) == FEWEST
    assert door.limit == 256


def test_a_window_in_which_nobody_was_answered_counts_as_slow():
    door = Admission(256, hours := Hours())
    assert all(door.enter() for _ in range(40))
    hours.now += WINDOW
    assert not door.enter()
    assert door.limit < 40


def test_after_a_quiet_while_nothing_is_left_of_a_rush():
    door = Admission(256, hours := Hours())
    for _ in range(15):
        window(door, hours, 300, 3.0)
    hours.now += 3 * WINDOW
    assert window(door, hours, 200, 0.1) == 200
