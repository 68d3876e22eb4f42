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
)
from services.caller import Caller
from services.desk import Desk
from services.ports import Intent, IntentState

LOG = logging.getLogger(__name__)

# Longer than a call may take, so that whoever takes over a dead lease is alone.
LEASE_SECONDS = 30.0
CALL_SECONDS = 20.0
_POLL_SECONDS = 0.15
# Ended: nothing was done at the ministry, and the citizen was told so.
_HARMLESS = (MinistryUnavailable, MinistryBusy, MinistryRefused, DeadlineExceeded)
_FAILURES = {kind.__name__: kind for kind in (MinistryUnavailable, MinistryBusy, MinistryRefused)}


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of an intent, as kept: `result` is plain data. `unknown`: not ended, as far as one can tell."""

    state: IntentState
    result: Mapping[str, object]


# Kept, and the ministry's answer is not known yet: the worker goes on.
PROCESSING = Ended(IntentState.UNKNOWN, {})


def done(**result: object) -> Ended:
    """The ministry did it."""
    return Ended(IntentState.DONE, result)


def refused(**result: object) -> Ended:
    """The ministry will not do it."""
    return Ended(IntentState.REFUSED, result)


async def _nothing_to_keep(desk: Desk, intent: Intent, ended: Ended) -> None:
    """Some writes leave no record of ours besides the intent."""


@dataclass(frozen=True, slots=True)
class Executor:
    """How one kind of write is done, looked up after a lost answer, and remembered in the same transaction.

    `look_up` answers None where the ministry knows nothing of it (yet).
    """

    kind: str
    run: Callable[[Desk, Intent], Awaitable[Ended]]
    look_up: Callable[[Desk, Intent], Awaitable[Ended | None]]
    keep: Callable[[Desk, Intent, Ended], Awaitable[None]] = _nothing_to_keep


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

    `same_by`: what makes another confirmation of this person the same one. Raises the `MinistryError` with which
    nothing was done.
    """
    person = await desk.person(caller)
    digest = sameness(desk, executor.kind, service, same_by)
    intent = await desk.records.intents.prepare(person.id, executor.kind, service, digest, token, payload)
    return await _await_end(desk, executor, intent)


def sameness(desk: Desk, kind: str, service: str, same_by: Mapping[str, object]) -> bytes:
    """By this a second door or a second press is known to mean the same."""
    return desk.fingerprints.digest(kind, {"service": service, **same_by})


async def _await_end(desk: Desk, executor: Executor, intent: Intent) -> Ended:
    if intent.state in (IntentState.DONE, IntentState.REFUSED):
        return _told(Ended(intent.state, intent.result or {}))
    if intent.state is IntentState.UNKNOWN:
        return PROCESSING
    await desk.records.settle()
    deadline = desk.for_ministry()
    left = asyncio.Event()
    task = desk.background.run(intent.id, lambda: _perform_and_tell(desk, executor, intent, left))
    finished, _ = await asyncio.wait({task}, timeout=deadline.remaining())
    if not finished:
        left.set()
        return PROCESSING
    # Cut short or broken, it is kept and the worker goes on: nobody may be told that nothing was done.
    if task.cancelled() or task.exception() is not None:
        return PROCESSING
    ended = task.result()
    return _told(ended or await _from_elsewhere(desk, intent, deadline))


async def _perform_and_tell(desk: Desk, executor: Executor, intent: Intent, left: asyncio.Event) -> Ended | None:
    """Once its hop has `left` without an answer, the end is told as the worker would tell it."""
    ended = await perform(desk, executor, intent)
    if left.is_set() and ended is not None and ended is not PROCESSING:
        await tell(desk, intent, ended)
    return ended


async def tell(desk: Desk, intent: Intent, ended: Ended) -> None:
    """To the person, on whatever channel can carry it: what her confirmation came to."""
    await desk.notices.promise(intent.person, f"notice.{intent.kind}_{ended.state.value}", ended.result)


async def perform(desk: Desk, executor: Executor, intent: Intent) -> Ended | None:
    """The first attempt, with units of work and a deadline of its own; None if another has it.

    Never a second one: only the worker repeats, after it has looked at the ministry.
    """
    if intent.state is not IntentState.PREPARED:
        return None
    async with desk.open_records() as records:
        claimed = await records.intents.claim(intent.id, LEASE_SECONDS)
    if claimed is None or claimed.attempts > 1:
        return None
    try:
        return await attempt(desk, executor, claimed)
    except Exception as error:
        LOG.error("intent %s (%s) broke off: %s", claimed.id, claimed.kind, type(error).__name__)
        raise


async def attempt(desk: Desk, executor: Executor, claimed: Intent) -> Ended:
    """Ask the ministry, and keep what it said."""
    async with desk.open_records() as records:
        detached = desk.at(records, Deadline.after(CALL_SECONDS, desk.clock))
        try:
            ended = await executor.run(detached, claimed)
        except _HARMLESS as error:
            ended = refused(failed=type(error).__name__, ministry=getattr(error, "ministry", ""))
        except (MinistryAmbiguous, MinistryContract) as error:
            LOG.warning("intent %s (%s): %s, to be looked up", claimed.id, claimed.kind, type(error).__name__)
            await records.intents.finish(claimed.id, IntentState.UNKNOWN, None)
            return PROCESSING
    await conclude(desk, executor, claimed, ended)
    return ended


async def conclude(desk: Desk, executor: Executor, intent: Intent, ended: Ended) -> None:
    """The end and what it leaves in our records, in one transaction."""
    try:
        async with desk.open_records() as records:
            if ended.state is IntentState.DONE:
                await executor.keep(desk.at(records, desk.deadline), intent, ended)
            await records.intents.finish(intent.id, ended.state, ended.result)
    except Exception as error:
        # The citizen still hears what the ministry said; the worker finds it `sent` and looks it up.
        LOG.warning("intent %s (%s): its end was not kept: %s", intent.id, intent.kind, type(error).__name__)


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
