"""One message where a hop's promise and the ministry's own event tell a person the same of one reference or visit.

Whichever is put second finds the first: under a lock of the subject's own, so that of two workers one waits. A promise
waits for no morning and heeds no STOP, so an event's message that still waits becomes the promised one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Row, func, select, update

from domain.clock import Clock
from services.alerts import POLICIES, Alert, AlertKind, Gist, Priority
from services.events import EventType
from services.records.sealed import Sealed
from sms.holding import LIVES, End
from sms.records.indexes import RECIPIENT, SUBJECT
from sms.records.superseding import SUPERSEDED, supersede_waiting
from sms.states import WAITING, MessageState
from sms.tables import MESSAGES
from storage.errors import SealBroken
from storage.unit_of_work import Record, UnitOfWork

Ended: TypeAlias = Callable[[UnitOfWork, Sequence[tuple[UUID | None, End]]], Awaitable[None]]
"""Hears of messages that ended before any provider had them, each with its event (`sms.telling.Ends`)."""

_PROMISED = AlertKind.PROMISED
# She has read nothing of these, and will not.
_CAME_TO_NOTHING = frozenset(
    {MessageState.SUPPRESSED, MessageState.FAILED, MessageState.EXPIRED, MessageState.UNDELIVERED}
)
# It waits; or a provider may have it; or that one will not take it, and it is sent another time.
_MAY_GO = WAITING | {MessageState.SENDING, MessageState.UNKNOWN}
# Says all there is to know of a visit: what still waits is not true any more.
_ALL_THERE_IS = frozenset({EventType.APPOINTMENT_MOVED.value, EventType.APPOINTMENT_CANCELLED.value})
_IN_TURN = "SELECT pg_advisory_xact_lock(place) FROM unnest($1::bigint[]) AS place"
# The newest of a person about one subject: a promise and its event are put within seconds of each other, or days.
# By the subject first: a plan for any values would read all that a person was ever sent.
_OF_SUBJECT = """
WITH named AS MATERIALIZED (
  SELECT m.* FROM sms_messages m JOIN sms_lookups l ON l.message_id = m.id WHERE l.subject_index = ANY($1))
SELECT id, event_id, kind, priority, sealed, created_at FROM named
WHERE service = $2 AND person_id = $3 AND recipient_index = ANY($4) AND resend_of IS NULL AND sealed IS NOT NULL
ORDER BY id DESC LIMIT 50
"""


def gist_to_json(alert: Alert) -> dict[str, object]:
    """What is sealed with a message, for the next one to compare itself with."""
    gist = alert.gist
    if gist is None:
        return {}
    # While this is the row's event, no event of the ministry has told the same.
    promise = alert.event.hex if alert.event and alert.kind is _PROMISED else ""
    return {"gist": {"told": gist.told, "facts": dict(gist.facts), "promise": promise, "bare": gist.bare}}


@dataclass(frozen=True, slots=True)
class Told:
    """It needs no message of its own. `by`: the one that tells it instead; None where its own is there already."""

    by: UUID | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was sealed with a message. `promise`: the write that it was promised for, "" where an event told it."""

    gist: Gist
    promise: str


@dataclass(frozen=True, slots=True)
class SameNews:
    """Within one unit of work."""

    sealed: Sealed
    clock: Clock
    ended: Ended | None = None

    async def told(self, alert: Alert) -> Told | None:
        """Whether another message tells her this already, so that none is to be put."""
        if alert.gist is None or alert.event is None or not alert.subject:
            return None
        await self._in_turn(alert.subject)
        rows = await self._of_subject(alert)
        if any(row["event_id"] == alert.event for row in rows):
            return Told(None)
        if alert.kind is _PROMISED:
            return await self._by_an_event(alert, alert.gist, alert.event, rows)
        return await self._by_a_promise(alert, alert.gist, alert.event, rows)

    async def end_older(self, alert: Alert, message: UUID) -> None:
        """What of that visit still waits is ended by a promise, which waits for no morning and has no lane."""
        if alert.gist is None or alert.gist.told not in _ALL_THERE_IS:
            return
        work, hers, now = self.sealed.work, self._indexes(alert), self.clock.now()
        ended = await supersede_waiting(work, *hers, alert.service, message, alert.gist.since, now)
        if self.ended is not None and ended:
            await self.ended(self.sealed.work, ended)

    async def _by_an_event(self, alert: Alert, gist: Gist, write: UUID, rows: Sequence[Record]) -> Told | None:
        """A promise answers one write: an event's message from before it tells of an earlier one."""
        for row in rows:
            kept = await self._kept(row, alert.person)
            if kept is None:
                continue
            if kept.promise == write.hex:
                return Told(None)  # its own, which stands for an event by now
            before = gist.since is not None and row["created_at"] < gist.since
            if row["kind"] != _PROMISED.value and not before and gist.told_by(kept.gist):
                return await self._instead(alert, row["id"]) if await self._hasten(row["id"]) else None
        return None

    async def _by_a_promise(self, alert: Alert, gist: Gist, event: UUID, rows: Sequence[Record]) -> Told | None:
        """An event is of one write, too: a promise whose event has come is of another. So is one from before her
        last write of the kind, or before other news of the ministry's, whichever message stands for that: what was so
        then may have become so again."""
        for row in rows:
            if row["kind"] != _PROMISED.value:
                if row["priority"] == Priority.ALERT.value:
                    return None
                continue  # a reminder is no news
            kept = await self._kept(row, alert.person)
            if kept is None:
                continue
            still_open = row["event_id"] is not None and row["event_id"].hex == kept.promise
            if not still_open or (gist.since is not None and row["created_at"] < gist.since):
                return None
            if gist.told_by(kept.gist):
                return await self._instead(alert, row["id"]) if await self._join(row["id"], event, alert) else None
        return None

    async def _instead(self, alert: Alert, message: UUID) -> Told:
        await self.end_older(alert, message)
        return Told(message)

    async def _in_turn(self, subject: str) -> None:
        """Nobody else puts anything of this subject until the unit of work ends. While keys are rotated by all that
        are listed: another worker's newest may not be ours yet."""
        places = sorted(int.from_bytes(it[:8], "big") >> 1 for it in self.sealed.indexes(subject, SUBJECT))
        await self.sealed.work.fetch(_IN_TURN, places)

    async def _of_subject(self, alert: Alert) -> Sequence[Record]:
        """Hers of that subject, newest first. Two ministries may give the same number to different things."""
        subjects, numbers = self._indexes(alert)
        return await self.sealed.work.fetch(_OF_SUBJECT, subjects, alert.service, alert.person, numbers)

    def _indexes(self, alert: Alert) -> tuple[Sequence[bytes], Sequence[bytes]]:
        """Of its subject and of its number, under each key that is listed."""
        return self.sealed.indexes(alert.subject, SUBJECT), self.sealed.indexes(alert.to.e164, RECIPIENT)

    async def _kept(self, row: Record, person: UUID) -> _Kept | None:
        """None where it tells nothing that could be told twice."""
        try:
            facts = await self.sealed.open_map(person, row["sealed"], MESSAGES.name, "sealed", row["id"])
        except SealBroken:
            return None
        kept = facts.get("gist")
        if not kept:
            return None
        return _Kept(Gist(kept["told"], kept["facts"], bare=kept.get("bare", False)), kept["promise"])

    async def _hasten(self, message: UUID) -> bool:
        """An event has told it: by a message that is with a provider, or that goes now, as what was promised does."""
        row = await self._locked(message)
        if _is_lost(row, self.clock.now()):
            return False
        promised: dict[str, Any] = {"kind": _PROMISED.value, "priority": POLICIES[_PROMISED].priority.value}
        if MessageState(row.state) in _MAY_GO:
            promised |= self._lives(self.clock.now() + LIVES[_PROMISED])
            promised |= self._at_once() | {"lane": None} if _is_to_go(row) else {}
            await self._write(message, promised)
        return True

    async def _join(self, message: UUID, event: UUID, alert: Alert) -> bool:
        """A promise has told it: its message stands for the event, too, whose ministry hears if it does not arrive."""
        row, now = await self._locked(message), self.clock.now()
        if _is_lost(row, now):
            return False
        values: dict[str, Any] = {"event_id": event}
        if (state := MessageState(row.state)) in _MAY_GO:
            values |= self._lives(alert.expires_at or now + LIVES[alert.kind])
            # Whoever has claimed it and not begun knows it by another event: it is taken from that worker.
            values |= self._at_once() if _is_to_go(row) and state not in WAITING else {}
        await self._write(message, values)
        return True

    def _lives(self, until: datetime) -> dict[str, Any]:
        return {"expires_at": func.greatest(MESSAGES.c.expires_at, until)}

    def _at_once(self) -> dict[str, Any]:
        """The token fences the worker that has claimed it, which might put it aside for the morning, or for a STOP."""
        return {"state": MessageState.QUEUED.value, "reason": "", "claim_token": None, "due_at": self.clock.now()}

    async def _write(self, message: UUID, values: dict[str, Any]) -> None:
        await self.sealed.work.execute(update(MESSAGES).where(MESSAGES.c.id == message).values(values))

    async def _locked(self, message: UUID) -> Row[Any]:
        found = await self.sealed.work.execute(
            select(MESSAGES.c.state, MESSAGES.c.reason, MESSAGES.c.provider, MESSAGES.c.expires_at)
            .where(MESSAGES.c.id == message)
            .with_for_update()
        )
        return found.one()


def _is_to_go(row: Row[Any]) -> bool:
    """It waits, or is claimed and not begun."""
    state = MessageState(row.state)
    return state in WAITING or (state is MessageState.SENDING and not row.provider)


def _is_lost(row: Row[Any], now: datetime) -> bool:
    """It came to nothing, or will: its time is over, or it was taken back. Where later news of the visit went instead,
    nothing is lost: told now it would come after that."""
    state, over = MessageState(row.state), row.expires_at is not None and row.expires_at <= now
    return (state in _CAME_TO_NOTHING and row.reason != SUPERSEDED) or (over and state in _MAY_GO)
