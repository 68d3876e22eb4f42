"""A number whose SIM card was changed after it was proven hers may be another's: networks are asked, and it goes stale.

Entry points: `SwapChecks.round`, once in a while, and `SwapAnswers.take` for what a network tells later. Each question
is paid for, so there are so many a round at most, and none unless the operator wants them. How a swap is weighed:
`judge`.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domain.clock import Clock
from domain.errors import GuichetError
from services.resets import USABLE, WAIT
from services.swap_ports import (
    AskedNumber,
    SimSwap,
    Standing,
    SwapAnswer,
    SwapBook,
    SwapTold,
    ToldDay,
    ToldLater,
    Turns,
)

# A thief links, opens an account or asks for a reset soon after the swap; networks tell of it some hours late.
FRESH = timedelta(days=3)
AGAIN = timedelta(days=1)
NEAR_THE_END = timedelta(hours=2)
# Whoever takes a card over acts soon: what was set later than that is her own, who changed her card long ago.
SOON = timedelta(days=30)
# Longer than a question may take. So long a number rests whose question failed: no round asks for it twice.
PAUSE = timedelta(minutes=15)
# So long nobody asks, and pays, again while an answer is awaited. Shorter than a reset waits: where it got lost, the
# number is asked for once more before the new PIN counts.
AWAITED = timedelta(hours=12)
# An answer that comes later than that says nothing of today, and its question's name may be anybody's by then.
ANSWERS_LIVE = timedelta(days=3)
# As many as the look-up has threads.
AT_ONCE = 4

OpenBook: TypeAlias = Callable[[], AbstractAsyncContextManager[SwapBook]]


class Verdict(StrEnum):
    """What came of an answer."""

    UNTOLD = "untold"
    UNCHANGED = "unchanged"
    STALE = "stale"
    ENDED = "ended"


FAILED = "failed"
"""Counted where nobody could be asked."""
QUEUED = "queued"
"""Counted where the network will answer later. What comes of that is counted then."""
UNASKED = "unasked"
"""Counted where an answer came that nobody waits for: doubled, late, forged, or sooner than its question was noted."""
RESULTS = (*(verdict.value for verdict in Verdict), FAILED, QUEUED, UNASKED)


@dataclass(frozen=True, slots=True)
class SwapChecks:
    """`every`: how old an answer may grow; `most`: questions of one round; `zone`: the country's, for days; `count` is
    told a word of `RESULTS` for each question, never the number."""

    network: SimSwap
    open_book: OpenBook
    clock: Clock
    zone: tzinfo
    every: timedelta
    most: int
    count: Callable[[str], None] = lambda result: None

    async def round(self) -> None:
        """Ask for those whose turn it is. Any number of workers may: each number is marked before it is asked for.

        Raises a question's `GuichetError` where all asked together failed: the account is away, and the others' turn
        comes at another round. A single one that fails stops nobody.
        """
        began = self.clock.now()
        async with self.open_book() as book:
            due = await book.due(turns(began, self.every, self.zone), self.most)
        for first in range(0, len(due), AT_ONCE):
            await self._together(due[first : first + AT_ONCE], began)

    async def _together(self, few: Sequence[UUID], began: datetime) -> None:
        # Committed before anybody is asked, and no transaction stands open while a network takes its time.
        async with self.open_book() as book:
            asked = await book.claim(few, began, self.clock.now() + PAUSE)
        results = await asyncio.gather(*map(self._ask, asked), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        ours = [failure for failure in failures if not isinstance(failure, GuichetError)]
        if ours or (asked and len(failures) == len(asked)):
            raise (ours or failures)[0]

    async def _ask(self, asked: AskedNumber) -> None:
        at = self.clock.now()
        try:
            answer = await self.network.check(asked.number)
        except GuichetError:
            self.count(FAILED)
            raise
        self.count(await self._noted(asked, at, answer))

    async def _noted(self, asked: AskedNumber, at: datetime, answer: SwapAnswer) -> str:
        async with self.open_book() as book:
            if isinstance(answer, ToldLater):
                await book.answers_later(asked, at, answer.request)
                return QUEUED
            standing = await book.answered(asked, at)
            if standing is None:
                # Ended, doubted or forgotten while its network was asked.
                return Verdict.UNCHANGED
            return await _settle(book, asked, standing, answer, at, self.zone)


@dataclass(frozen=True, slots=True)
class SwapAnswers:
    """What networks tell later, weighed as if they had told it at once."""

    open_book: OpenBook
    clock: Clock
    zone: tzinfo
    count: Callable[[str], None] = lambda result: None

    async def take(self, told: SwapTold) -> None:
        """Settle what was asked. On return it is durable; told again, or by nobody who was asked, it changes nothing.

        Raises what the store raises (`domain.errors.StoreUnavailable`): then it is to be told again.
        """
        if isinstance(told.answer, ToldLater):
            # Not yet: still awaited.
            return
        self.count(await self._settled(told.request, told.answer))

    async def _settled(self, request: str, answer: SwapAnswer) -> str:
        now = self.clock.now()
        async with self.open_book() as book:
            asked = await book.awaits(request, now - ANSWERS_LIVE)
            standing = await book.answered_later(asked, request) if asked else None
            if asked is None or standing is None:
                return UNASKED
            return await _settle(book, asked, standing, answer, now, self.zone)


async def _settle(
    book: SwapBook, asked: AskedNumber, standing: Standing, answer: SwapAnswer, now: datetime, zone: tzinfo
) -> Verdict:
    day = answer.day if isinstance(answer, ToldDay) else None
    verdict = judge(standing, day, now.astimezone(zone).date(), zone)
    if day is not None and verdict is Verdict.STALE:
        await book.doubt(asked, day)
    elif day is not None and verdict is Verdict.ENDED:
        await book.end(asked, day)
    return verdict


def turns(now: datetime, every: timedelta, zone: tzinfo) -> Turns:
    """Whose turn it is now."""
    midnight = datetime.combine(now.astimezone(zone).date(), time(0), zone)
    return Turns(now, midnight, every, AGAIN, now - FRESH, WAIT, NEAR_THE_END, USABLE, now - AWAITED)


def judge(standing: Standing, day: date | None, today: date, zone: tzinfo) -> Verdict:
    """What the day of the last swap says of a number. Days are the country's; networks tell no hours.

    - Not told, or a day that has not been: nothing is known.
    - No later than the day on which the number was last proven hers: it was she who got the new card, or came after.
    - A swap that was weighed before is not weighed again: she has proven herself since, by the PIN.
    - Later: stale (`decisions.md`). The PIN wakes it or, where there is no account, a fact. From a stale number no PIN
      is reset, and a reset that was asked for is over: the notice that was to warn her went to the new card. Who has
      forgotten the PIN too comes to the office (threats-and-faults.md, T3: "second factor (PIN or agent visit)").
    - Later, and what would wake it (the PIN; without an account, an application linked) is of the day of the swap or
      of the `SOON` after it: it may be that of whoever has the new card, and must wake nothing. The number ends; who
      has it now proves an application by a fact, as anybody with a new number.
    """
    if day is None or day > today:
        return Verdict.UNTOLD
    if day <= standing.since.astimezone(zone).date() or (standing.judged is not None and day <= standing.judged):
        return Verdict.UNCHANGED
    key = standing.key_since.astimezone(zone).date() if standing.key_since is not None else date.min
    if day <= key <= day + SOON:
        return Verdict.ENDED
    return Verdict.STALE
