"""The dispatcher: claims from the queue, hands over to providers, writes down what came of it. No transaction is open
while a provider is asked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.clock import Clock
from domain.errors import GuichetError, StoreUnavailable
from sms.calls import Calls, ask, event_or_time
from sms.claims import Outcome, Ready
from sms.config import SmsConfig
from sms.preparing import Preparing
from sms.records.claiming import SqlClaims
from sms.records.overdue import SqlOverdue
from sms.records.queue import SqlQueue
from sms.retry import Fate, after_attempt
from sms.share import Share
from sms.states import MessageState
from sms.telling import Telling
from sms.values import NotSent, SendReceipt
from storage.unit_of_work import Database

log = logging.getLogger("guichet.sms")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once. `in_flight`: calls under way; `ahead`: messages begun for calls that will be free next (should
    the worker die, these count as perhaps sent, too); `batch`: rows a claim; `group`: answers a commit, gathered for at
    most `gather` seconds. `idle`: seconds between two looks at an empty queue; `throttled`: at an empty bucket."""

    in_flight: int = 200
    ahead: int = 400
    batch: int = 500
    group: int = 200
    gather: float = 0.05
    idle: float = 0.2
    throttled: float = 0.02
    broken: float = 0.5
    stop: float = 20.0


def _no_fault(point: str) -> None:
    """Where tests kill the worker: claimed, before_connect, after_answer, before_commit."""


class Dispatcher:
    """One a process; any number of processes."""

    def __init__(
        self,
        database: Database,
        claims: SqlClaims,
        queue: SqlQueue,
        preparing: Preparing,
        overdue: SqlOverdue,
        telling: Telling,
        pace: Pace = Pace(),
        fault: Callable[[str], None] = _no_fault,
    ) -> None:
        self._database = database
        self._claims = claims
        self._queue = queue
        self._preparing = preparing
        self._overdue = overdue
        self._telling = telling
        self._fault = fault
        self._pace = pace
        self._clock: Clock = queue.clock
        self._config: SmsConfig = queue.config
        # No more than goes out in a second, so that nothing waits here while another worker could send it.
        self._share = Share(max(1, min(pace.batch, self._config.sender.per_second)), self._clock)
        self._ready: list[Ready] = []
        self._answered: list[Outcome] = []
        self._calls = Calls(pace.in_flight, self._config.waits.call.total_seconds(), self._clock, self._send)
        self._credit = 0
        self._throttled = False
        self._claim_at = 0.0
        self._woken = False
        self._write_by = 0.0
        # Wake the loops that finish, begin and claim.
        self._stir = asyncio.Event()
        self._roomy = asyncio.Event()
        self._hungry = asyncio.Event()
        self.handed_over = 0

    def wake(self) -> None:
        """Something was put just now."""
        self._woken = True
        self._claim_at = 0.0
        self._hungry.set()

    async def run(self, stopped: asyncio.Event) -> None:
        """Until stopped; then what is in flight is finished and written, and the rest is given back.

        Three loops side by side, each with its own transactions: none waits for what another has to ask.
        """
        loops = [asyncio.create_task(loop(stopped)) for loop in (self._feed, self._keep_beginning)]
        watching = asyncio.create_task(self._watch(stopped))
        try:
            await self._keep_finishing(stopped)
            await asyncio.gather(*loops)
            await self._wind_up()
        finally:
            for task in (watching, *loops):
                task.cancel()

    async def once(self) -> int:
        """One claim, sent and written to its end; gives how many a provider was asked for."""
        before = self.handed_over
        await self._claim()
        while True:
            await self._finish()
            await self._begin()
            if not self._calls and not self._answered and (self._throttled or not self._ready):
                break
            if self._calls and not self._answered:
                await self._calls.any_ended(1)
        await self._give_back()
        return self.handed_over - before

    async def sweep(self) -> int:
        """A chore: takes over from workers that died, ends waits that are over, forgets texts; gives how many."""
        async with self._database.unit_of_work() as work:
            moved = [*await self._overdue.take_over(work), *await self._overdue.look_again(work)]
            for one in moved:
                await self._telling.moved(work, one)
        async with self._database.unit_of_work() as work:
            forgotten = await self._overdue.forget_texts(work)
        if moved:
            self.wake()
        return len(moved) + forgotten

    async def _feed(self, stopped: asyncio.Event) -> None:
        """Claims beside the sending, so that there is always something to begin."""
        while not stopped.is_set():
            wait = self._claim_at - self._clock.monotonic()
            if len(self._ready) <= self._share.most // 2 and wait <= 0:
                await self._safely(self._claim)
                self._stir.set()
                self._roomy.set()
                continue
            self._hungry.clear()
            await event_or_time(self._hungry, wait if wait > 0 else self._pace.idle)

    async def _keep_beginning(self, stopped: asyncio.Event) -> None:
        """Marks and sends whatever there is room for."""
        while not stopped.is_set():
            if self._may_begin() and await self._safely(self._begin):
                if self._throttled:
                    await asyncio.sleep(self._pace.throttled)
                continue
            self._roomy.clear()
            await event_or_time(self._roomy, self._pace.idle)

    async def _keep_finishing(self, stopped: asyncio.Event) -> None:
        """Writes what was answered, once it is worth a commit."""
        while not stopped.is_set():
            self._stir.clear()
            if self._worth_writing():
                await self._safely(self._finish)
            else:
                wait = self._write_by - self._clock.monotonic() if self._answered else self._pace.idle
                await event_or_time(self._stir, wait)
            self._calls.end_late()

    def _room(self) -> int:
        """How many may be begun: for each call that is free, and a few so that none waits for a commit."""
        return self._calls.free + self._pace.ahead

    def _may_begin(self) -> bool:
        """Is there room for all that is ready, or for so many that a commit is worth it?"""
        if not self._ready or self._room() < max(1, min(len(self._ready), self._pace.ahead // 2)):
            return False
        return self._calls.free > 0 or not _is_last_chance(self._ready[0])

    def _worth_writing(self) -> bool:
        """Enough was answered, or it has waited long enough for more."""
        if not self._answered:
            return False
        return len(self._answered) >= self._enough() or self._clock.monotonic() >= self._write_by

    def _enough(self) -> int:
        """As many answers as are worth a commit; fewer where there are few calls that could bring more."""
        return min(self._pace.group, (self._calls.begun + len(self._answered)) // 2)

    async def _claim(self) -> None:
        self._woken = False
        async with self._database.unit_of_work() as work:
            most = self._share.most
            claim = await self._claims.claim(work, most)
            await self._telling.ended(work, claim.ended)
        if claim.seen:
            self._fault("claimed")
        again = claim.seen >= most or self._woken  # put while we looked
        self._claim_at = 0.0 if again else self._clock.monotonic() + self._pace.idle
        for unworded in claim.taken:
            made = self._preparing.ready(unworded, self._queue.seal)
            if isinstance(made, Ready):
                self._ready.append(made)
            else:
                self._answered.append(made)
        self._ready.sort(key=lambda ready: ready.claim.policy.priority)

    async def _finish(self) -> None:
        """One transaction: what was answered, and whoever hears of it."""
        if not self._answered:
            return
        answered, self._answered = self._answered, []
        try:
            async with self._database.unit_of_work() as work:
                await self._telling.finished(work, await self._queue.finish(work, answered))
                self._fault("before_commit")
        except StoreUnavailable:
            self._answered[:0] = answered
            raise
        except Exception:
            await self._one_by_one(answered)
            raise

    async def _begin(self) -> None:
        """One transaction: the mark on what goes out next; then that goes out."""
        group, self._throttled = self._next(), False
        if not group:
            return
        try:
            async with self._database.unit_of_work() as work:
                begun = await self._queue.begin(work, group, self._credit, self._preparing.names_parts)
                if begun.lost:
                    # What the lease of is nearly over, or what may not go any more, is looked at again at once.
                    await self._claims.give_back(work, [ready.claim for ready in begun.lost])
        except StoreUnavailable:
            self._ready[:0] = group
            raise
        # On any other failure the group is let go: nothing of it was begun, so it comes back when its lease ends.
        self._credit = begun.credit
        self._throttled = bool(begun.wait)
        self._share.saw(len(begun.go), self._throttled)
        self._ready[:0] = begun.wait
        if begun.held:
            self._answered.extend(begun.held)
            self._stir.set()
        self._calls.start(begun.go)

    def _next(self) -> list[Ready]:
        """The next to begin. What may not be sent another time waits for a free call, and an alert that is sent again
        goes alone: then there is the least time in which this worker could die between the mark and the sending."""
        group: list[Ready] = []
        for ready in self._ready[: max(0, self._room())]:
            if _is_last_chance(ready) and len(group) >= self._calls.free:
                break
            if ready.claim.extra_sends:
                group = group or [ready]
                break
            group.append(ready)
        del self._ready[: len(group)]
        if len(self._ready) <= self._share.most // 2:
            self._hungry.set()
        return group

    async def _one_by_one(self, answered: Sequence[Outcome]) -> None:
        """One result that cannot be written must not keep the others from it; its lease will end."""
        for outcome in answered:
            try:
                async with self._database.unit_of_work() as work:
                    await self._telling.finished(work, await self._queue.finish(work, [outcome]))
            except StoreUnavailable:
                self._answered.append(outcome)
            except Exception as failure:
                log.error("a result cannot be written: %s", type(failure).__name__)

    async def _send(self, ready: Ready) -> None:
        self._fault("before_connect")
        handed_over_at = self._clock.now()
        outbound = self._preparing.outbound(ready, handed_over_at)
        receipt = await ask(ready.provider, outbound, self._calls.deadline())
        self._fault("after_answer")
        self.handed_over += 1
        self._answered.append(self._outcome(ready, receipt, handed_over_at))
        answered = len(self._answered)
        if answered == 1:
            self._write_by = self._clock.monotonic() + self._pace.gather
            self._stir.set()
        elif answered >= self._enough():
            self._stir.set()
        if not self._roomy.is_set() and self._may_begin():
            self._roomy.set()

    def _outcome(self, ready: Ready, receipt: SendReceipt, handed_over_at: datetime) -> Outcome:
        claim = ready.claim
        fate = after_attempt(
            claim.policy, receipt, claim.attempts + 1, claim.extra_sends, self._config.waits, self._clock.now()
        )
        self._telling.saw(ready.provider.name, receipt)
        return Outcome(claim, fate, ready, receipt, handed_over_at)

    async def _wind_up(self) -> None:
        # What was begun ahead goes back into the queue, its charge taken back: no provider has seen it.
        self._answered.extend(self._not_offered(ready) for ready in self._calls.take_waiting())
        try:
            async with asyncio.timeout(self._pace.stop):
                await self._safely(self._give_back)
                while self._calls or self._answered:
                    await self._calls.any_ended(0.1)
                    if self._answered and not await self._safely(self._finish):
                        await asyncio.sleep(self._pace.broken)
        except TimeoutError:
            log.warning("stopped with %d calls in flight", len(self._calls))

    def _not_offered(self, ready: Ready) -> Outcome:
        fate = Fate(MessageState.QUEUED, self._clock.now(), counts=False)
        return Outcome(ready.claim, fate, ready, NotSent("stopped"))

    async def _give_back(self) -> None:
        if self._ready:
            async with self._database.unit_of_work() as work:
                await self._claims.give_back(work, [ready.claim for ready in self._ready])
            self._ready = []

    async def _safely(self, do: Callable[[], Awaitable[None]]) -> bool:
        """Nothing that one round meets ends the dispatcher."""
        try:
            await do()
        except GuichetError as failure:
            log.warning("dispatch: %s", type(failure).__name__)
        except Exception as failure:
            log.error("dispatch broke: %s", type(failure).__name__)
        else:
            return True
        await asyncio.sleep(self._pace.broken)
        return False

    async def _watch(self, stopped: asyncio.Event) -> None:
        await stopped.wait()
        self._stir.set()
        self._roomy.set()
        self._hungry.set()


def _is_last_chance(ready: Ready) -> bool:
    return ready.claim.extra_sends > 0 or ready.claim.policy.once_only
