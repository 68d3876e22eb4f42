"""News that waits and is not true any more: what goes now instead ends it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.alerts import AlertKind
from sms.holding import End
from sms.states import MessageState
from storage.unit_of_work import Record, UnitOfWork

SUPERSEDED = "superseded"
NEWS = frozenset({AlertKind.APPOINTMENT_MOVED, AlertKind.APPOINTMENT_CANCELLED})
"""Says all there is to know of a visit, at any hour."""

_OLD = [kind.value for kind in AlertKind if kind.value.startswith("appointment_")]
# Of one that a provider may have had, a late report is still believed. Two ministries may give the same number to two
# visits: neither ends what is said of the other's.
_END = text("""
UPDATE sms_messages SET state = CASE WHEN handed_over_at IS NULL THEN 'suppressed' ELSE 'expired' END,
  reason = :reason, due_at = NULL, ended_at = :now
WHERE id IN (
  SELECT e.id FROM unnest(CAST(:lanes AS bytea[]), CAST(:ids AS uuid[])) AS n(lane, id)
  JOIN sms_messages new ON new.id = n.id
  JOIN sms_messages e ON e.lane = n.lane AND e.id < n.id AND e.service = new.service
  WHERE e.phase IN (0, 1) AND e.state = 'held' AND e.reason IN ('quiet_hours', 'cooling') AND e.due_at > :now
    AND e.kind = ANY(CAST(:kinds AS text[]))
  FOR UPDATE OF e SKIP LOCKED)
RETURNING event_id, state
""")
# A promise has no lane, and so overtakes whatever waits: for a provider too, a pause or a cap. What else its ministry
# has told since she confirmed it is as true as the promise. Chosen by the subject first: of its number and its person
# there may be thousands.
_END_WAITING = """
UPDATE sms_messages SET state = CASE WHEN handed_over_at IS NULL THEN 'suppressed' ELSE 'expired' END,
  reason = $1, due_at = NULL, ended_at = $2
WHERE id = ANY(ARRAY(
  WITH named AS MATERIALIZED (
    SELECT old.id, old.service, old.recipient_index
    FROM sms_messages old JOIN sms_lookups l ON l.message_id = old.id WHERE l.subject_index = ANY($3))
  SELECT m.id FROM sms_messages m JOIN named ON named.id = m.id
  WHERE named.recipient_index = ANY($4) AND named.service = $5 AND m.id < $6
    AND m.state IN ('queued', 'held') AND m.kind = ANY($7)
    AND (m.created_at < $8 OR m.text_id = 'sms.visit_booked'
      OR m.kind IN ('appointment_booked', 'appointment_reminder'))
  FOR UPDATE OF m SKIP LOCKED))
RETURNING event_id, state
"""
# Nor has a promise that waits a lane in which its ministry's news would wait for it. Of two moves nobody knows which is
# the later one.
_END_PROMISES = """
UPDATE sms_messages SET state = CASE WHEN handed_over_at IS NULL THEN 'suppressed' ELSE 'expired' END,
  reason = $1, due_at = NULL, ended_at = $2
WHERE id = ANY(ARRAY(
  WITH named AS MATERIALIZED (
    SELECT old.id, old.service = new.service AND old.recipient_index = new.recipient_index AS same, new.id AS newer
    FROM sms_messages new JOIN sms_lookups l ON l.subject_index = new.subject_index
    JOIN sms_messages old ON old.id = l.message_id
    WHERE new.id = ANY($3) AND old.kind = 'promised'
      AND (new.kind = 'appointment_cancelled' OR old.text_id = 'sms.visit_booked'))
  SELECT m.id FROM sms_messages m JOIN named ON named.id = m.id
  WHERE named.same AND m.id < named.newer AND m.state IN ('queued', 'held')
  FOR UPDATE OF m SKIP LOCKED))
RETURNING event_id, state
"""
_OLD_OR_PROMISED = [*_OLD, AlertKind.PROMISED.value]


async def supersede(
    work: UnitOfWork, lanes: Sequence[tuple[bytes, UUID]], now: datetime
) -> list[tuple[UUID | None, End]]:
    """Ends what those messages, each with its lane, overtake while it is held by the hour: otherwise "your visit is
    on Tuesday" would come the morning after "your visit is cancelled"."""
    if not lanes:
        return []
    named, ids = zip(*lanes, strict=True)
    values = {"lanes": list(named), "ids": list(ids), "kinds": _OLD, "reason": SUPERSEDED, "now": now}
    ended = [(row.event_id, End(MessageState(row.state), SUPERSEDED)) for row in await work.execute(_END, values)]
    return ended + _ends(await work.fetch(_END_PROMISES, SUPERSEDED, now, values["ids"]))


async def supersede_waiting(
    work: UnitOfWork,
    subjects: Sequence[bytes],
    numbers: Sequence[bytes],
    service: str,
    message: UUID,
    since: datetime | None,
    now: datetime,
) -> list[tuple[UUID | None, End]]:
    """Ends what was put of a visit before that promise, and waits. `since`: when she confirmed what it tells of. The
    indexes of subject and number are under each key."""
    told_of = subjects, numbers, service, message, _OLD_OR_PROMISED, since
    return _ends(await work.fetch(_END_WAITING, SUPERSEDED, now, *told_of))


def _ends(rows: Sequence[Record]) -> list[tuple[UUID | None, End]]:
    return [(row["event_id"], End(MessageState(row["state"]), SUPERSEDED)) for row in rows]
