"""Writes to a ministry: kept before the call, waited for but never cancelled, met again by a second confirm.

    prepared ──claim──▶ sent ──▶ done | refused
                         └─────▶ unknown ──(the worker looks it up)──▶ done | refused

A state never goes back. The hop waits as long as it can; the call has a longer deadline of its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from domain.deadline import Deadline
from domain.errors import (
    DeadlineExceeded,
    MinistryAmbiguous,
    MinistryBusy,
    MinistryContract,
    MinistryRefused,
    MinistryUnavailable,
    StoreUnavailable,
)
from services.caller import Caller
from services.desk import Desk
from services.outcomes import AnswerPromised, BeingProcessed
from services.ports import Intent, IntentState
from services.tidings import end_of

LOG = logging.getLogger(__name__)

# Longer than a call may take, so that whoever takes over a dead lease is alone.
LEASE_SECONDS = 30.0
CALL_SECONDS = 20.0
_POLL_SECONDS = 0.15
_TO_TELL_SECONDS = 0.3
# Nothing was done at the ministry, and the same may go well in a while.
_PASSING = (MinistryUnavailable, MinistryBusy, DeadlineExceeded)
# It may have been done.
_OPEN = (MinistryAmbiguous, MinistryContract)
_FAILURES = {kind.__name__: kind for kind in (MinistryUnavailable, MinistryBusy, MinistryRefused)}


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of an intent, as kept: `result` is plain data. `unknown`: not ended, as far as one can tell."""

    state: IntentState
    result: Mapping[str, object]


# Kept, and the ministry's answer is not known yet: the worker goes on.
PROCESSING = Ended(IntentState.UNKNOWN, {})
# The same, and kept that its end will be told.
PROMISED = Ended(IntentState.UNKNOWN, {"told": True})


def done(**result: object) -> Ended:
    """The ministry did it."""
    return Ended(IntentState.DONE, result)


def refused(**result: object) -> Ended:
    """The ministry will not do it."""
    return Ended(IntentState.REFUSED, result)


def not_ended(ended: Ended) -> BeingProcessed | AnswerPromised:
    """What the citizen is told meanwhile."""
    return AnswerPromised() if ended is PROMISED else BeingProcessed()


async def _nothing_to_keep(desk: Desk, intent: Intent, ended: Ended) -> None:
    """Some writes leave no record of ours besides the intent."""


async def _never_undone(desk: Desk, intent: Intent) -> bool:
    """Some writes cannot be taken back."""
    return False


@dataclass(frozen=True, slots=True)
class Executor:
    """How one kind of write is done, looked up after a lost answer, and remembered in the same transaction.

    `look_up` answers None where the ministry knows nothing of it (yet). `being_undone`: does something that she
    confirmed later, and that has not ended, take it back? Until that has ended it is not repeated.
    """

    kind: str
    run: Callable[[Desk, Intent], Awaitable[Ended]]
    look_up: Callable[[Desk, Intent], Awaitable[Ended | None]]
    keep: Callable[[Desk, Intent, Ended], Awaitable[None]] = _nothing_to_keep
    being_undone: Callable[[Desk, Intent], Awaitable[bool]] = _never_undone


async def met(desk: Desk, caller: Caller, executor: Executor, token: str) -> Ended | None:
    """What this confirmation came to, if it was given before; None when it is new."""
    if caller.person is None:
        return None
    intent = await desk.records.intents.by_token(caller.person.id, executor.kind, token)
    return await _await_end(desk, executor, intent) if intent else None


async def carry_out(
    desk: Desk,
    caller: Caller,
    executor: Executor,
    service: str,
    token: str,
    payload: Mapping[str, object],
    same_by: Mapping[str, object],
) -> Ended:
    """Make or meet the intent and wait for its end; `PROCESSING` when the hop's time is up or nobody can know.

    `same_by`: what makes another confirmation of this person for this service the same one. Raises the
    `MinistryError` with which nothing was done.
    """
    person = await desk.person(caller)
    digest, *older = desk.fingerprints.digests(executor.kind, {"service": service, **same_by})
    intent = await desk.records.intents.prepare(person.id, executor.kind, service, digest, token, payload, older)
    return await _await_end(desk, executor, intent)


async def _await_end(desk: Desk, executor: Executor, intent: Intent) -> Ended:
    if intent.state in (IntentState.DONE, IntentState.REFUSED):
        return _told(Ended(intent.state, intent.result or {}))
    if intent.state is IntentState.UNKNOWN:
        return await _leave(desk, intent)
    await desk.records.settle()
    # Whoever waits to the end of the hop is cut off there, and told to try again what may be done by then.
    deadline = desk.for_ministry().within(desk.deadline.remaining() - _TO_TELL_SECONDS)
    left, cut = asyncio.Event(), asyncio.Event()
    task = desk.background.run(intent.id, lambda: perform(desk, executor, intent, left.is_set, cut.is_set))
    try:
        finished, _ = await asyncio.wait({task}, timeout=deadline.remaining())
    except asyncio.CancelledError:
        left.set()
        cut.set()
        raise
    if not finished:
        left.set()
        return await _leave(desk, intent)
    # Cut short or broken, it is kept and the worker goes on: nobody may be told that nothing was done.
    if task.cancelled() or task.exception() is not None:
        return await _leave(desk, intent)
    ended = task.result() or await _from_elsewhere(desk, intent, deadline)
    return await _leave(desk, intent) if ended is PROCESSING else _told(ended)


async def _leave(desk: Desk, intent: Intent) -> Ended:
    """Without an answer. With the promise of one where that can be kept; and if it came in this moment, with it."""
    if not desk.notices.can_send():
        return PROCESSING
    try:
        await desk.records.settle()
        async with desk.open_records() as records:
            if await records.intents.owe(intent.id):
                return PROMISED
            seen = await records.intents.get(intent.id)
    except StoreUnavailable:
        return PROCESSING
    return _told(Ended(seen.state, seen.result or {})) if seen else PROCESSING


def judged(error: Exception, goes_on: bool) -> Ended | None:
    """What an attempt came to that raised this; None where nobody can say (a fault of ours).

    `goes_on`: she was told that it is being processed, so that a passing failure is no end: the worker tries again.
    """
    if isinstance(error, _OPEN) or (goes_on and isinstance(error, _PASSING)):
        return PROCESSING
    if isinstance(error, (MinistryRefused, *_PASSING)):
        return refused(failed=type(error).__name__, ministry=getattr(error, "ministry", ""))
    return None


async def perform(
    desk: Desk,
    executor: Executor,
    intent: Intent,
    goes_on: Callable[[], bool] = lambda: False,
    cut: Callable[[], bool] = lambda: False,
) -> Ended | None:
    """The first attempt, with units of work and a deadline of its own; None if another has it.

    Never a second one: only the worker repeats, after it has looked at the ministry. `goes_on`: see `judged`.
    `cut`: her hop was cut off, so that she saw no screen.
    """
    if intent.state is not IntentState.PREPARED:
        return None
    async with desk.open_records() as records:
        claimed = await records.intents.claim(intent.id, LEASE_SECONDS)
    if claimed is None or claimed.attempts > 1:
        return None
    try:
        return await _attempt(desk, executor, claimed, goes_on, cut)
    except Exception as error:
        LOG.error("intent %s (%s) broke off: %s", claimed.id, claimed.kind, type(error).__name__)
        raise


async def _attempt(
    desk: Desk, executor: Executor, claimed: Intent, goes_on: Callable[[], bool], cut: Callable[[], bool]
) -> Ended:
    """Ask the ministry, and keep what it said."""
    async with desk.open_records() as records:
        detached = desk.at(records, Deadline.after(CALL_SECONDS, desk.clock))
        try:
            ended = await executor.run(detached, claimed)
        except Exception as error:
            verdict = judged(error, goes_on())
            if verdict is None:
                raise
            ended = verdict
            if ended is PROCESSING:
                LOG.warning("intent %s (%s): %s, to be looked up", claimed.id, claimed.kind, type(error).__name__)
                await records.intents.finish(claimed.id, IntentState.UNKNOWN, None)
                return ended
    await conclude(desk, executor, claimed, ended, cut)
    return ended


async def conclude(
    desk: Desk, executor: Executor, intent: Intent, ended: Ended, unseen: Callable[[], bool] = lambda: True
) -> bool:
    """The end, what it leaves in our records, and the notice of it, in one transaction. False where it had ended.

    She is told where her hop left with the promise of it, or where it is `unseen`: no hop is there to show it.
    """
    try:
        async with desk.open_records() as records:
            own = desk.at(records, desk.deadline)
            if ended.state is IntentState.DONE:
                await executor.keep(own, intent, ended)
            if not await records.intents.finish(intent.id, ended.state, ended.result):
                return False
            if unseen() or await _is_owed(own, intent):
                await desk.notices.promise(records, intent.person, end_of(own, intent, ended.state, ended.result))
        return True
    except Exception as error:
        # The citizen still hears what the ministry said; the worker finds it `sent` and looks it up.
        LOG.warning("intent %s (%s): its end was not kept: %s", intent.id, intent.kind, type(error).__name__)
        return True


async def _is_owed(desk: Desk, intent: Intent) -> bool:
    kept = await desk.records.intents.get(intent.id)
    return kept is not None and kept.owed


async def _from_elsewhere(desk: Desk, intent: Intent, deadline: Deadline) -> Ended:
    """Another process has it: its end as the records show it, within the hop's time."""
    clock = asyncio.get_running_loop().time
    until = clock() + deadline.remaining()
    while clock() < until:
        async with desk.open_records() as records:
            seen = await records.intents.get(intent.id)
        if seen is None or seen.state is IntentState.UNKNOWN:
            return PROCESSING
        if seen.state in (IntentState.DONE, IntentState.REFUSED):
            return Ended(seen.state, seen.result or {})
        await asyncio.sleep(_POLL_SECONDS)
    return PROCESSING


def _told(ended: Ended) -> Ended:
    """The end, or the failure that it was."""
    failure = ended.result.get("failed")
    if failure is None:
        return ended
    ministry = str(ended.result.get("ministry", ""))
    raise _FAILURES.get(str(failure), MinistryUnavailable)(ministry)
