"""The dispatcher: claims from the queue, hands over to providers, writes down what came of it. No transaction is open
while a provider is asked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import GuichetError, StoreUnavailable
from sms.answers import Answers
from sms.beside import Beside, BesideGone
from sms.calls import Calls, event_or_time
from sms.claims import Heard, Outcome, Ready, Written
from sms.config import SmsConfig
from sms.pace import USUAL, Pace
from sms.preparing import Preparing, Writing
from sms.records.beginning import Begun
from sms.records.claiming import Claim, SqlClaims
from sms.records.overdue import SqlOverdue
from sms.records.queue import SqlQueue
from sms.retry import Fate
from sms.share import Share
from sms.states import MessageState
from sms.telling import Telling
from sms.values import NotSent, Unanswered
from storage.unit_of_work import Database, UnitOfWork

log = logging.getLogger("guichet.sms")


def _no_fault(point: str) -> None:
    """Where tests kill the worker: claimed, before_connect, after_answer, written."""


class Dispatcher:
    """One a process; any number of processes. `beside`: claims for it while the queue is long (`sms.beside`)."""

    def __init__(
        self,
        database: Database,
        claims: SqlClaims,
        queue: SqlQueue,
        preparing: Preparing,
        overdue: SqlOverdue,
        telling: Telling,
        pace: Pace = USUAL,
        fault: Callable[[str], None] = _no_fault,
        beside: Beside | None = None,
    ) -> None:
        self._database = database
        self._claims = claims
        self._queue = queue
        self._preparing = preparing
        self._writing = Writing(preparing.compose, queue.seal)
        self._beside = beside
        self._overdue = overdue
        self._telling = telling
        self._fault = fault
        self._pace = pace
        self._clock: Clock = queue.clock
        self._config: SmsConfig = queue.config
        # No more at once than goes out in a second: what waits here, two claims of that at most, no other worker sends.
        self._share = Share(max(1, min(pace.batch, self._config.sender.per_second)), self._clock)
        self._ready: list[Ready] = []
        self._calls = Calls(pace.in_flight, self._config.waits.call.total_seconds(), self._clock, self._send)
        self._credit = 0
        self._throttled = False
        self._claim_at = 0.0
        self._woken = False
        # At how many calls that are begun there is room for more.
        self._roomy_at = 0
        # Wake the loops that finish, begin and claim.
        self._stir = asyncio.Event()
        self._roomy = asyncio.Event()
        self._hungry = asyncio.Event()
        self._answered = Answers(pace, self._config.waits, self._clock, telling, self._stir)
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
        for loop in loops:
            loop.add_done_callback(lambda _: self._stir.set())
        watching = asyncio.create_task(self._watch(stopped))
        try:
            await self._keep_finishing(loops)
            await asyncio.gather(*loops)
            await self._wind_up()
        finally:
            self._calls.rest()
            for task in (watching, *loops):
                task.cancel()
            if self._beside:
                await self._beside.stop()

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
        self._calls.rest()
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
            if len(self._ready) <= self._low() and wait <= 0:
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

    async def _keep_finishing(self, others: Sequence[asyncio.Task[None]]) -> None:
        """Writes what was answered, once it is worth a commit; for as long as the others run, which may be a
        while after they were stopped: a claim is waited for."""
        while not all(other.done() for other in others):
            self._stir.clear()
            if self._answered.worth_writing():
                await self._safely(self._finish)
            else:
                await event_or_time(self._stir, self._answered.wait() if self._answered else self._pace.idle)
            self._calls.end_late()

    def _room(self) -> int:
        """How many may be begun: for each call that is free, and a few so that none waits for a commit."""
        return self._calls.free + self._pace.ahead

    def _may_begin(self) -> bool:
        """Is there room for all that is ready, or for so many that a commit is worth it?"""
        return bool(self._ready) and self._calls.begun <= self._roomy_at

    def _low(self) -> int:
        """So few are ready that more are claimed beside them: as many as one claim brings, or half where the rate
        limits those."""
        most = self._share.most
        return most if most == self._pace.batch else most // 2

    def _reckon(self) -> None:
        """Once it is other messages that wait: what is looked at after each call is reckoned before."""
        pace = self._pace
        self._answered.reckon(self._calls.begun)
        self._roomy_at = pace.in_flight + pace.ahead - max(1, min(len(self._ready), pace.ahead // 2))
        if self._ready and _is_last_chance(self._ready[0]):
            self._roomy_at = min(self._roomy_at, pace.in_flight - 1)

    async def _claim(self) -> None:
        self._woken = False
        most, token = self._share.most, self._claims.token()
        try:
            async with self._database.unit_of_work() as work:
                claim = await self._written(work, token, most)
                await self._telling.ended(work, claim.ended)
        except (StoreUnavailable, BesideGone):
            await self._at_best(lambda work: self._claims.let_go(work, token))
            raise
        # On any other failure its lease has to end: given back at once, the same would be met again and again, before
        # all that comes after it.
        if claim.seen:
            self._fault("claimed")
        again = claim.seen >= most or self._woken  # put while we looked
        self._claim_at = 0.0 if again else self._clock.monotonic() + self._pace.idle
        made = [self._preparing.carried(written) for written in claim.taken]
        self._ready.extend(one for one in made if isinstance(one, Ready))
        self._answered.add(one for one in made if isinstance(one, Outcome))
        self._ready.sort(key=lambda ready: ready.claim.policy.priority)
        self._reckon()

    async def _written(self, work: UnitOfWork, token: UUID, most: int) -> Claim[Written]:
        """By the process beside where one is up, else here."""
        if self._beside and self._beside.up:
            return await self._beside.claim(token, most)
        claim = await self._claims.claim(work, token, most, self._writing.written)
        if self._beside:
            self._beside.saw(full=claim.seen >= self._pace.batch)
        return claim

    async def _finish(self) -> None:
        """Writes what was answered, and tells whoever hears of it: together, but for what providers took, which is
        written by itself first (`SqlQueue.finish`)."""
        if not self._answered:
            return
        answered = self._answered.take()
        self._reckon()
        try:
            async with self._database.unit_of_work() as work:
                ours = await self._queue.finish(work, answered)
                self._fault("written")
                await self._telling.finished(work, ours)
        except StoreUnavailable:
            self._answered.put_back(answered)
            raise
        except Exception:
            await self._one_by_one(answered)
            raise

    async def _begin(self) -> None:
        """The mark on what goes out next; then that goes out."""
        group, self._throttled = self._next(), False
        # Also where there is no group, and before anything can fail: `_may_begin` says no until something changes.
        self._reckon()
        if not group:
            return
        try:
            async with self._database.unit_of_work() as work:
                begun = await self._queue.begin(work, group, self._credit, self._preparing.names_parts)
        except StoreUnavailable:
            self._ready[:0] = group
            self._reckon()
            raise
        # On any other failure the group is let go: nothing of it was begun, so it comes back when its lease ends.
        self._start(begun)
        if begun.lost:
            # What the lease of is nearly over, or what may not go any more, is looked at again at once.
            await self._at_best(lambda work: self._claims.give_back(work, [ready.claim for ready in begun.lost]))

    def _start(self, begun: Begun) -> None:
        """What is marked and charged goes out, whatever else fails."""
        self._credit = begun.credit
        self._throttled = bool(begun.wait)
        self._share.saw(len(begun.go), self._throttled)
        self._ready[:0] = begun.wait
        if begun.held:
            self._answered.add(begun.held)
            self._stir.set()
        self._calls.start(begun.go)
        self._reckon()

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
        if len(self._ready) <= self._low():
            self._hungry.set()
        return group

    async def _one_by_one(self, answered: Sequence[Outcome]) -> None:
        """One result that cannot be written must not keep the others from it; its lease will end."""
        for outcome in answered:
            try:
                async with self._database.unit_of_work() as work:
                    await self._telling.finished(work, await self._queue.finish(work, [outcome]))
            except StoreUnavailable:
                self._answered.add([outcome])
            except Exception as failure:
                log.error("a result cannot be written: %s", type(failure).__name__)

    async def _send(self, ready: Ready, deadline: Deadline) -> None:
        self._fault("before_connect")
        handed_over_at = self._clock.now()
        try:
            receipt = await ready.provider.send(self._preparing.outbound(ready, handed_over_at), deadline)
        except asyncio.CancelledError:
            receipt = Unanswered("late")  # `Calls.end_late`, or the process ends
        except Exception as failure:
            # A fault of its adapter leaves unknown how far it came.
            log.error("%s broke: %s", ready.provider.name, type(failure).__name__)
            receipt = Unanswered("broke")
        self._fault("after_answer")
        self.handed_over += 1
        self._answered.heard(Heard(ready, receipt, handed_over_at))
        if self._calls.begun <= self._roomy_at:
            self._roomy.set()

    async def _wind_up(self) -> None:
        # What was begun ahead goes back into the queue, its charge taken back: no provider has seen it.
        self._answered.add(self._not_offered(ready) for ready in self._calls.take_waiting())
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

    async def _at_best(self, give_back: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        """What this worker holds for nothing goes back in a unit of its own; where that fails too, its lease ends."""
        try:
            async with self._database.unit_of_work() as work:
                await give_back(work)
        except Exception as failure:
            log.warning("not given back: %s", type(failure).__name__)

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
        self._roomy.set()
        self._hungry.set()


def _is_last_chance(ready: Ready) -> bool:
    return ready.claim.extra_sends > 0 or ready.claim.policy.once_only
