"""News that waits for the morning and is not true any more: what goes now instead ends it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.alerts import AlertKind
from sms.holding import End
from sms.states import MessageState
from storage.unit_of_work import UnitOfWork

SUPERSEDED = "superseded"
NEWS = frozenset({AlertKind.APPOINTMENT_MOVED, AlertKind.APPOINTMENT_CANCELLED})
"""Says all there is to know of a visit, at any hour."""

_OLD = [kind.value for kind in AlertKind if kind.value.startswith("appointment_")]
# Of one that a provider may have had, a late report is still believed.
_END = text("""
UPDATE sms_messages SET state = CASE WHEN handed_over_at IS NULL THEN 'suppressed' ELSE 'expired' END,
  reason = :reason, due_at = NULL, ended_at = :now
WHERE id IN (
  SELECT e.id FROM unnest(CAST(:lanes AS bytea[]), CAST(:ids AS uuid[])) AS n(lane, id)
  JOIN sms_messages e ON e.lane = n.lane AND e.id < n.id
  WHERE e.phase IN (0, 1) AND e.state = 'held' AND e.reason IN ('quiet_hours', 'cooling') AND e.due_at > :now
    AND e.kind = ANY(CAST(:kinds AS text[]))
  FOR UPDATE OF e SKIP LOCKED)
RETURNING event_id, state
""")


async def supersede(
    work: UnitOfWork, lanes: Sequence[tuple[bytes, UUID]], now: datetime
) -> list[tuple[UUID | None, End]]:
    """Ends what those messages, each with its lane, overtake while it is held by the hour: otherwise "your visit is
    on Tuesday" would come the morning after "your visit is cancelled"."""
    if not lanes:
        return []
    named, ids = zip(*lanes, strict=True)
    values = {"lanes": list(named), "ids": list(ids), "kinds": _OLD, "reason": SUPERSEDED, "now": now}
    return [(row.event_id, End(MessageState(row.state), SUPERSEDED)) for row in await work.execute(_END, values)]
