"""The worker's part in intents: finishing what a hop began, looking at the ministry before ever repeating.

Entry points: `resume_intents(desk)` once in a while; `resume_intent(desk, intent)` for one.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from domain.deadline import Deadline
from domain.errors import GuichetError
from services.bookings import BOOK, CANCEL, MOVE
from services.desk import Desk
from services.intents import CALL_SECONDS, LEASE_SECONDS, PROCESSING, Ended, Executor, conclude, judged, refused
from services.pickups import CHOOSE_PICKUP
from services.ports import Intent, IntentState
from services.submissions import AMEND, SUBMIT

LOG = logging.getLogger(__name__)

# A request that was written may still be on its way: it is not repeated before it must have arrived.
GRACE = timedelta(seconds=60)
# Confirmed, and never asked for since: too old to be done unasked now.
STALE = timedelta(hours=1)
GIVE_UP = timedelta(days=2)
# So many ministries' calls are waited for at once, and fewer at one service: one that hangs leaves room for others.
_AT_ONCE = 8
_AT_ONE_SERVICE = 3

EXECUTORS: Mapping[str, Executor] = {
    executor.kind: executor for executor in (BOOK, MOVE, CANCEL, SUBMIT, AMEND, CHOOSE_PICKUP)
}


async def resume_intents(desk: Desk, limit: int = 50) -> int:
    """Go on with those that are due; gives how many ended. One that fails stops no other.

    A round begins nothing more once `CALL_SECONDS` have passed: what is left comes first in the next.
    """
    async with desk.open_records() as records:
        # Another kind is a newer version's, whose workers look after it.
        waiting = await records.intents.open_intents(limit, tuple(EXECUTORS))
    places, begins = asyncio.Semaphore(_AT_ONCE), Deadline.after(CALL_SECONDS, desk.clock)
    at_service: Mapping[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_AT_ONE_SERVICE))

    async def in_turn(intent: Intent) -> bool:
        async with at_service[intent.service], places:
            if begins.remaining() <= 0:
                return False
            try:
                return await resume_intent(desk, intent) is not PROCESSING
            except Exception as error:
                LOG.error("intent %s (%s): %s", intent.id, intent.kind, type(error).__name__)
                return False

    return sum(await asyncio.gather(*[in_turn(intent) for intent in waiting]))


async def resume_intent(desk: Desk, intent: Intent) -> Ended:
    """Bring one intent as far as it goes now, and tell the person when it ends."""
    async with desk.open_records() as records:
        claimed = await records.intents.claim(intent.id, LEASE_SECONDS)
    if claimed is None:
        return PROCESSING
    executor = EXECUTORS[claimed.kind]
    try:
        ended = await _bring_on(desk, executor, claimed)
    except Exception as error:
        # Of whatever kind: what never goes well is given up in the end, and not tried for ever.
        level = logging.INFO if isinstance(error, GuichetError) else logging.ERROR
        LOG.log(level, "intent %s (%s): %s", claimed.id, claimed.kind, type(error).__name__)
        ended = PROCESSING
    if ended is PROCESSING and _too_old(desk, claimed, GIVE_UP):
        LOG.error("intent %s (%s) at %s is given up: ask there", claimed.id, claimed.kind, claimed.service)
        ended = refused(failed="MinistryUnavailable", given_up=True)
    if ended is PROCESSING:
        async with desk.open_records() as records:
            await records.intents.finish(claimed.id, IntentState.UNKNOWN, None)
        return ended
    if not await conclude(desk, executor, claimed, ended):
        return PROCESSING  # undone by herself meanwhile: she need not be told
    return ended


async def _bring_on(desk: Desk, executor: Executor, intent: Intent) -> Ended:
    async with desk.open_records() as records:
        detached = desk.at(records, Deadline.after(CALL_SECONDS, desk.clock))
        if intent.attempts == 1:  # this claim is the first: no call was ever made
            if _too_old(desk, intent, STALE):
                return refused(failed="MinistryUnavailable", expired=True)
            return await _run(detached, executor, intent)
        found = await executor.look_up(detached, intent)
        if found is not None:
            return found
        if intent.sent_at is not None and desk.clock.now() < intent.sent_at + GRACE:
            return PROCESSING
        # What she undid meanwhile was not found either, and must not be done again.
        if await executor.being_undone(detached, intent) or not await records.intents.sent_again(intent.id):
            return PROCESSING
        return await _run(detached, executor, intent)


async def _run(desk: Desk, executor: Executor, intent: Intent) -> Ended:
    """An attempt. A refusal ends it, as in the hop; a refused look at the ministry does not."""
    try:
        return await executor.run(desk, intent)
    except Exception as error:
        verdict = judged(error, goes_on=True)
        if verdict is None:
            raise
        LOG.info("intent %s (%s): %s", intent.id, intent.kind, type(error).__name__)
        return verdict


def _too_old(desk: Desk, intent: Intent, age: timedelta) -> bool:
    return desk.clock.now() >= intent.prepared_at + age
