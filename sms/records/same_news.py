"""One message where a hop's promise and the ministry's own event tell a person the same of one reference or visit.

Whichever is put second finds the first: under a lock of the subject's own, so that of two workers one waits. A promise
waits for no morning and heeds no STOP, so an event's message that still waits becomes the promised one.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from domain.clock import Clock
from services.alerts import POLICIES, Alert, AlertKind, Gist
from services.events import EventType
from services.records.sealed import Sealed
from sms.records.indexes import LANE, RECIPIENT, SUBJECT, lane
from sms.records.superseding import supersede
from sms.states import WAITING, MessageState
from sms.tables import MESSAGES
from storage.errors import SealBroken

_PROMISED = AlertKind.PROMISED
# She has read nothing of these, and will not.
_CAME_TO_NOTHING = frozenset(
    {MessageState.SUPPRESSED, MessageState.FAILED, MessageState.EXPIRED, MessageState.UNDELIVERED}
)
# Says all there is to know of a visit: what waits for the morning is not true any more.
_ALL_THERE_IS = frozenset({EventType.APPOINTMENT_MOVED.value, EventType.APPOINTMENT_CANCELLED.value})
# The newest of a person about one subject: a promise and its event are put within seconds of each other, or days.
_LOOKED_AT = 50


def gist_to_json(alert: Alert) -> dict[str, object]:
    """What is sealed with a message, for the next one to compare itself with."""
    if alert.gist is None:
        return {}
    # While this is the row's event, no event of the ministry has told the same.
    promise = alert.event.hex if alert.event and alert.kind is _PROMISED else ""
    return {"gist": {"told": alert.gist.told, "facts": dict(alert.gist.facts), "promise": promise}}


@dataclass(frozen=True, slots=True)
class Told:
    """It needs no message of its own. `by`: the one that tells it instead; None where its own is there already."""

    by: UUID | None


@dataclass(frozen=True, slots=True)
class SameNews:
    """Within one unit of work."""

    sealed: Sealed
    clock: Clock

    async def told(self, alert: Alert) -> Told | None:
        """Whether another message tells her this already, so that none is to be put."""
        if alert.gist is None or alert.event is None or not alert.subject:
            return None
        await self._in_turn(alert.subject)
        rows = await self._of_subject(alert)
        if any(row.event_id == alert.event for row in rows):
            return Told(None)
        for row in rows:
            if await self._says_the_same(row, alert, alert.gist):
                stands = self._hasten(row.id) if alert.kind is _PROMISED else self._join(row.id, alert.event)
                return await self._instead(alert, row.id) if await stands else None
        return None

    async def end_older(self, alert: Alert, message: UUID) -> None:
        """What of that visit waits for the morning is ended by a promise, which waits for none and has no lane."""
        if alert.gist is not None and alert.gist.told in _ALL_THERE_IS:
            hers = self.sealed.index(lane(alert.to, alert.subject), LANE)
            await supersede(self.sealed.work, [(hers, message)], self.clock.now())

    async def _instead(self, alert: Alert, message: UUID) -> Told:
        await self.end_older(alert, message)
        return Told(message)

    async def _in_turn(self, subject: str) -> None:
        """Nobody else puts anything of this subject until the unit of work ends."""
        place = int.from_bytes(self.sealed.index(subject, SUBJECT)[:8], "big") >> 1
        await self.sealed.work.execute(select(func.pg_advisory_xact_lock(place)))

    async def _of_subject(self, alert: Alert) -> list[Row[Any]]:
        columns = MESSAGES.c
        found = await self.sealed.work.execute(
            select(columns.id, columns.event_id, columns.kind, columns.sealed, columns.created_at)
            .where(
                columns.subject_index.in_(self.sealed.indexes(alert.subject, SUBJECT)),
                columns.person_id == alert.person,
                columns.recipient_index.in_(self.sealed.indexes(alert.to.e164, RECIPIENT)),
                columns.resend_of.is_(None),
                columns.sealed.is_not(None),
            )
            .order_by(columns.id.desc())
            .limit(_LOOKED_AT)
        )
        return list(found.all())

    async def _says_the_same(self, row: Row[Any], alert: Alert, gist: Gist) -> bool:
        """A promise answers one write: an event's message from before it tells of an earlier one. An event is of one
        write, too: a promise whose event has come is of another."""
        promises = row.kind == _PROMISED.value
        if promises == (alert.kind is _PROMISED) or (gist.since and row.created_at < gist.since):
            return False
        try:
            facts = await self.sealed.open_map(alert.person, row.sealed, MESSAGES.name, "sealed", row.id)
        except SealBroken:
            return False
        kept = facts.get("gist")
        if not kept or not gist.same_as(Gist(kept["told"], kept["facts"])):
            return False
        return not promises or (row.event_id is not None and row.event_id.hex == kept["promise"])

    async def _hasten(self, message: UUID) -> bool:
        """An event has told it: by a message that is with a provider, or that goes now, as what was promised does."""
        row = await self._locked(message)
        state = MessageState(row.state)
        # Claimed and not begun: it might be put aside for the morning, or for a STOP. The token fences its worker.
        if state in WAITING or (state is MessageState.SENDING and not row.provider):
            promised = {"kind": _PROMISED.value, "priority": POLICIES[_PROMISED].priority.value, "lane": None}
            now = {"state": MessageState.QUEUED.value, "reason": "", "claim_token": None, "due_at": self.clock.now()}
            await self.sealed.work.execute(update(MESSAGES).where(MESSAGES.c.id == message).values(promised | now))
            return True
        return state not in _CAME_TO_NOTHING

    async def _join(self, message: UUID, event: UUID) -> bool:
        """A promise has told it: its message stands for the event, too, whose ministry hears if it does not arrive."""
        row = await self._locked(message)
        if MessageState(row.state) in _CAME_TO_NOTHING:
            return False
        await self.sealed.work.execute(update(MESSAGES).where(MESSAGES.c.id == message).values(event_id=event))
        return True

    async def _locked(self, message: UUID) -> Row[Any]:
        found = await self.sealed.work.execute(
            select(MESSAGES.c.state, MESSAGES.c.provider).where(MESSAGES.c.id == message).with_for_update()
        )
        return found.one()
