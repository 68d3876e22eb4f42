"""What the worker does again and again, whoever talks to whom: what was left is finished, what is old is forgotten."""

from functools import partial

from gateway.key_rotation import reindexing_of
from gateway.retention import AUDIT_KEPT
from gateway.worker import Chore
from services.desk import Desk
from services.records.store import RecordStore
from services.resuming import resume_intents
from ussd_menus.records.session_ends import SessionEnds
from ussd_menus.records.snapshots import PostgresSnapshots, SessionStarts

HOUR = 3600.0


def housekeeping(
    desk: Desk, keeper: RecordStore, snapshots: PostgresSnapshots, starts: SessionStarts, ends: SessionEnds
) -> tuple[Chore, ...]:
    """The chores that belong to no channel."""
    unit = keeper.database.unit_of_work

    async def rewrap() -> int:
        async with unit() as work:
            return await keeper.keys.rewrap(work)

    async def forget_audit() -> None:
        async with unit() as work:
            await keeper.audit.forget(work, keeper.clock.now() - AUDIT_KEPT)

    async def seal_audit() -> int:
        async with unit() as work:
            return await keeper.audit.seal(work)

    reindexing = reindexing_of(keeper.database, keeper.sealer, keeper.keys)
    return (
        Chore("confirmed writes", partial(resume_intents, desk), 2.0),
        Chore("expired snapshots", snapshots.sweep, 300.0),
        Chore("starts of long ago", starts.sweep, HOUR),
        Chore("ends of long ago", ends.sweep, HOUR),
        Chore("expired drafts and counters", keeper.sweep, HOUR),
        Chore("person keys under the newest key", rewrap, 600.0),
        Chore("blind indexes under the newest key", reindexing.step, 600.0),
        Chore("audit log into its chain", seal_audit, 60.0),
        Chore("audit log of long ago", forget_audit, 24 * HOUR),
    )
