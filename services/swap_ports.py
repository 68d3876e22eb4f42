"""What asking after SIM swaps needs: somebody who knows of them, what they answer, and the book of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeAlias
from uuid import UUID

from domain.msisdn import Msisdn


@dataclass(frozen=True, slots=True)
class ToldDay:
    """The last new card was of this day; of 1900 for "long ago"."""

    day: date


@dataclass(frozen=True, slots=True)
class ToldLater:
    """The network will answer later, under this name of the question."""

    request: str


@dataclass(frozen=True, slots=True)
class NotTold:
    """The network does not tell, which is not "never"."""


SwapAnswer: TypeAlias = ToldDay | ToldLater | NotTold


@dataclass(frozen=True, slots=True)
class SwapTold:
    """What came later: `request` is the name under which the answer was promised."""

    request: str
    answer: SwapAnswer


class SimSwap(Protocol):
    """Knows when a number last got a new SIM card."""

    async def check(self, number: Msisdn) -> SwapAnswer:
        """What is known at once. Raises a `GuichetError` where nobody could be asked, or the answer was not
        understood."""
        ...


@dataclass(frozen=True, slots=True)
class Turns:
    """Whose turn it is at `now`. All are asked whose last answer is older than `every`.

    Sooner, each `again` at the latest, where something weighty hangs on the number: a PIN, a link or the binding itself
    is newer than `fresh_since`; or a PIN reset is open, which is asked for when it has begun (`wait` before it is due)
    and once more `near` before it is due, until it has been `usable` for so long. `today_began`: what was proven since
    then is not asked for today, for no swap can be of a later day. None is asked for whose answer has been awaited
    since later than `awaited_since`.
    """

    now: datetime
    today_began: datetime
    every: timedelta
    again: timedelta
    fresh_since: datetime
    wait: timedelta
    near: timedelta
    usable: timedelta
    awaited_since: datetime


@dataclass(frozen=True, slots=True)
class AskedNumber:
    """An active number that one worker asks for. `id`: of the binding."""

    id: UUID
    person: UUID
    number: Msisdn


@dataclass(frozen=True, slots=True)
class Standing:
    """What a swap is weighed against. `since`: when the number was made hers, or last proven so by a fact that her
    ministry checked; `key_since`: since when there is what would wake it, a PIN that was not chosen by proving the one
    before or, without an account, the newest application proven or handed in, None without any; `judged`: the swap that
    was found last."""

    since: datetime
    key_since: datetime | None = None
    judged: date | None = None


class SwapBook(Protocol):
    """Whom to ask for, within one unit of work. Nothing here commits."""

    async def due(self, turns: Turns, most: int) -> Sequence[UUID]:
        """The bindings whose turn it is: open resets, then what is fresh, then the rest by their last answer.

        Who has been silent too long is not among them, and noted to be stale."""
        ...

    async def claim(self, numbers: Sequence[UUID], began: datetime, until: datetime) -> Sequence[AskedNumber]:
        """Those of them that nobody else asks for, or has asked for since `began`. They stay ours, and rest after a
        question that failed, `until` then."""
        ...

    async def answered(self, asked: AskedNumber, at: datetime) -> Standing | None:
        """Note that its network answered, and hold binding and account until the unit of work ends. None where it is
        not an active binding of hers any more."""
        ...

    async def answers_later(self, asked: AskedNumber, at: datetime, request: str) -> None:
        """Note that it was asked for, and under which name its network will answer. One promised before counts no
        more."""
        ...

    async def awaits(self, request: str, since: datetime) -> AskedNumber | None:
        """Whose answer was promised by that name, not before `since`. Nothing is held yet."""
        ...

    async def answered_later(self, asked: AskedNumber, request: str) -> Standing | None:
        """As `answered`; and the name of the question is forgotten. None, too, where somebody was sooner."""
        ...

    async def doubt(self, asked: AskedNumber, swapped_on: date) -> None:
        """It may be another's by now: stale until it is proven anew. A reset that was asked for is over."""
        ...

    async def end(self, asked: AskedNumber, swapped_on: date) -> None:
        """It counts as another's: whoever has it now inherits nothing. A reset that was asked for is over."""
        ...
