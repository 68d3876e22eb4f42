"""The worker's part in intents: finishing what a hop began, looking at the ministry before ever repeating.

Entry points: `resume_intents(desk)` once in a while; `resume_intent(desk, intent)` for one.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta

from domain.deadline import Deadline
from domain.errors import MinistryError
from services.bookings import BOOK, CANCEL, MOVE
from services.desk import Desk
from services.intents import CALL_SECONDS, LEASE_SECONDS, PROCESSING, Ended, Executor, conclude, refused, tell
from services.pickups import CHOOSE_PICKUP
from services.ports import Intent, IntentState
from services.submissions import AMEND, SUBMIT

LOG = logging.getLogger(__name__)

# A request that was written may still be on its way: it is not repeated before it must have arrived.
GRACE = timedelta(seconds=60)
# Confirmed, and never asked for since: too old to be done unasked now.
STALE = timedelta(hours=1)
GIVE_UP = timedelta(days=2)

EXECUTORS: Mapping[str, Executor] = {
    executor.kind: executor for executor in (BOOK, MOVE, CANCEL, SUBMIT, AMEND, CHOOSE_PICKUP)
}


async def resume_intents(desk: Desk, limit: int = 50) -> int:
    """Go on with those that are due; gives how many ended. One that fails stops no other."""
    async with desk.open_records() as records:
        waiting = await records.intents.open_intents(limit)
    ended = 0
    for intent in waiting:
        try:
            ended += await resume_intent(desk, intent) is not PROCESSING
        except Exception as error:
            LOG.error("intent %s (%s): %s", intent.id, intent.kind, type(error).__name__)
    return ended


async def resume_intent(desk: Desk, intent: Intent) -> Ended:
    """Bring one intent as far as it goes now, and tell the person when it ends."""
    async with desk.open_records() as records:
        claimed = await records.intents.claim(intent.id, LEASE_SECONDS)
    if claimed is None:
        return PROCESSING
    executor = EXECUTORS[claimed.kind]
    try:
        ended = await _bring_on(desk, executor, claimed)
    except MinistryError as error:
        LOG.info("intent %s (%s): %s", claimed.id, claimed.kind, type(error).__name__)
        ended = PROCESSING
    if ended is PROCESSING and _too_old(desk, claimed, GIVE_UP):
        ended = refused(failed="MinistryUnavailable", given_up=True)
    if ended is PROCESSING:
        async with desk.open_records() as records:
            await records.intents.finish(claimed.id, IntentState.UNKNOWN, None)
        return ended
    await conclude(desk, executor, claimed, ended)
    await tell(desk, claimed, ended)
    return ended


async def _bring_on(desk: Desk, executor: Executor, intent: Intent) -> Ended:
    async with desk.open_records() as records:
        detached = desk.at(records, Deadline.after(CALL_SECONDS, desk.clock))
        if intent.attempts == 1:  # this claim is the first: no call was ever made
            if _too_old(desk, intent, STALE):
                return refused(failed="MinistryUnavailable", expired=True)
            return await executor.run(detached, intent)
        found = await executor.look_up(detached, intent)
        if found is not None:
            return found
        if intent.sent_at is not None and desk.clock.now() < intent.sent_at + GRACE:
            return PROCESSING
        await records.intents.sent_again(intent.id)
        return await executor.run(detached, intent)


def _too_old(desk: Desk, intent: Intent, age: timedelta) -> bool:
    return desk.clock.now() >= intent.prepared_at + age
