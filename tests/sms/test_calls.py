"""Calls to providers side by side: so many, each task one after another, and none that waits for ever."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from domain.clock import HandClock
from domain.deadline import Deadline
from sms.calls import Calls
from sms.claims import Ready
from tests.until import until


class Line:
    """A provider that answers when it is told to."""

    def __init__(self, most: int) -> None:
        self.clock = HandClock(datetime(2026, 11, 23, tzinfo=UTC))
        self.calls = Calls(most, 12.0, self.clock, self.call)
        self.asked: list[str] = []
        self.cut_off: list[str] = []
        self.tasks: set[object] = set()
        self._answers: dict[str, asyncio.Event] = {}

    async def call(self, ready: Ready, deadline: Deadline) -> None:
        name = cast("str", ready)
        self.asked.append(name)
        self.tasks.add(asyncio.current_task())
        self._answers[name] = asyncio.Event()
        try:
            await self._answers[name].wait()
        except asyncio.CancelledError:
            self.cut_off.append(name)

    def start(self, names: str) -> None:
        self.calls.start(cast("Sequence[Ready]", list(names)))

    async def answer(self, names: str) -> None:
        for name in names:
            await until(lambda name=name: name in self._answers)  # type: ignore[misc]
            self._answers[name].set()


async def test_the_next_goes_out_when_one_is_answered() -> None:
    line = Line(most=2)
    line.start("abcd")
    await until(lambda: line.asked == ["a", "b"])
    assert (line.calls.begun, line.calls.free) == (4, -2)
    await line.answer("b")
    await until(lambda: line.asked == ["a", "b", "c"])
    await line.answer("acd")
    await until(lambda: not line.calls)
    assert line.asked == ["a", "b", "c", "d"]
    line.calls.rest()


async def test_tasks_that_are_out_of_messages_take_the_next_ones() -> None:
    line = Line(most=3)
    for names in ("abc", "def", "gh"):
        line.start(names)
        await line.answer(names)
        await until(lambda: not line.calls)
    assert sorted(line.asked) == list("abcdefgh")
    assert len(line.tasks) == 3
    line.calls.rest()


async def test_what_is_over_its_time_is_cut_off_and_another_takes_its_place() -> None:
    line = Line(most=1)
    line.start("ab")
    await until(lambda: line.asked == ["a"])
    line.clock.advance(timedelta(seconds=14))
    line.calls.end_late()
    await until(lambda: line.asked == ["a", "b"])
    assert line.cut_off == ["a"]
    await line.answer("b")
    await until(lambda: not line.calls)
    line.calls.rest()


async def test_at_rest_no_task_is_left() -> None:
    before = asyncio.all_tasks()
    line = Line(most=4)
    line.start("abcd")
    await line.answer("abcd")
    await until(lambda: not line.calls)
    line.calls.rest()
    await until(lambda: asyncio.all_tasks() == before)
    line.start("e")
    await line.answer("e")
    await until(lambda: not line.calls)
    assert line.asked[-1] == "e"
    line.calls.rest()
