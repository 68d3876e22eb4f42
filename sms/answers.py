"""What providers answered, until it is worth a commit; and what each answer means for its message."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from domain.clock import Clock
from sms.claims import Heard, Outcome
from sms.config import Waits
from sms.pace import Pace
from sms.retry import Fate, after_acceptance, after_attempt
from sms.telling import Telling
from sms.values import Accepted


class Answers:
    """`stir` is set when there is something to write, or to wait a moment for."""

    def __init__(self, pace: Pace, waits: Waits, clock: Clock, telling: Telling, stir: asyncio.Event) -> None:
        self._pace = pace
        self._waits = waits
        self._clock = clock
        self._telling = telling
        self._stir = stir
        self._kept: list[Heard | Outcome] = []
        self._write_by = 0.0
        self._enough = 1

    def __len__(self) -> int:
        return len(self._kept)

    def heard(self, heard: Heard) -> None:
        """A provider answered. All else that is to be known about it is found out for many at once."""
        self._kept.append(heard)
        count = len(self._kept)
        if count == 1:
            self._write_by = self._clock.monotonic() + self._pace.gather
            self._stir.set()
        elif count >= self._enough:
            self._stir.set()

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """What came of messages for which no provider was asked."""
        self._kept.extend(outcomes)

    def put_back(self, outcomes: list[Outcome]) -> None:
        """It could not be written yet."""
        self._kept[:0] = outcomes

    def reckon(self, begun: int) -> None:
        """How many are worth a commit, with so many calls begun: fewer where few could bring more."""
        self._enough = min(self._pace.group, (begun + len(self._kept)) // 2)

    def worth_writing(self) -> bool:
        """Enough was answered, or it has waited long enough for more."""
        return bool(self._kept) and (len(self._kept) >= self._enough or self.wait() <= 0)

    def wait(self) -> float:
        """Seconds until what there is has waited long enough."""
        return self._write_by - self._clock.monotonic()

    def take(self) -> list[Outcome]:
        """All there are, to be written."""
        now = self._clock.now()
        taken = after_acceptance(self._waits, now)
        kept, self._kept = self._kept, []
        return [self._outcome(one, taken, now) if isinstance(one, Heard) else one for one in kept]

    def _outcome(self, heard: Heard, taken: Fate, now: datetime) -> Outcome:
        ready, receipt = heard.ready, heard.receipt
        claim = ready.claim
        self._telling.saw(ready.provider.name, receipt)
        if isinstance(receipt, Accepted):
            fate = taken
        else:
            fate = after_attempt(claim.policy, receipt, claim.attempts + 1, claim.extra_sends, self._waits, now)
        return Outcome(claim, fate, ready, receipt, heard.handed_over_at)
