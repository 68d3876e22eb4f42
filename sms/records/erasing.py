"""What SMS holds of a person who is erased: messages keep nothing but that they were sent, the rest goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update

from services.records.personal import ERASED, empty_events
from services.records.sealed import Sealed
from services.rights_ports import Subject
from sms.records.indexes import RECIPIENT
from sms.records.lookups import messages_of
from sms.states import MessageState
from sms.tables import INBOUND, LOOKUPS, MENU_SESSIONS, MESSAGES, NUMBER_HEALTH, PARTS, PROMPTS, REPORTS

_NOBODY = b""
# What was not handed over is suppressed; of what was nobody waits for a word any more.
_ENDS = (
    ((MessageState.QUEUED, MessageState.HELD, MessageState.SENDING), MessageState.SUPPRESSED),
    ((MessageState.UNKNOWN, MessageState.SENT), MessageState.EXPIRED),
)


@dataclass(frozen=True, slots=True)
class SmsRoom:
    """`services.records.personal.Room`. That she wants no messages is kept: it must outlive everything else."""

    async def erase(self, sealed: Sealed, subject: Subject) -> None:
        indexes = [index for number in subject.numbers for index in sealed.indexes(number.e164, RECIPIENT)]
        await self._events(sealed, subject.person)
        await self._messages(sealed, subject.person)
        if not indexes:
            return
        await sealed.work.execute(
            update(REPORTS).where(REPORTS.c.recipient_index.in_(indexes)).values(recipient_index=None)
        )
        # That they came stays, so that the same text coming again is known.
        await sealed.work.execute(
            update(INBOUND)
            .where(INBOUND.c.sender_index.in_(indexes))
            .values(sealed=_NOBODY, sender_index=_NOBODY, due_at=None)
        )
        await sealed.work.execute(
            update(INBOUND)
            .where(INBOUND.c.sender_index == _NOBODY, INBOUND.c.state == "received")
            .values(state="ignored", intent=ERASED, ended_at=func.now())
        )
        for table in (PROMPTS, MENU_SESSIONS, NUMBER_HEALTH):
            await sealed.work.execute(delete(table).where(table.c.recipient_index.in_(indexes)))

    async def _events(self, sealed: Sealed, person: UUID) -> None:
        """Those that told her and nobody else."""
        hers, others = MESSAGES.alias(), MESSAGES.alias()
        found = await sealed.work.execute(
            select(hers.c.event_id)
            .where(
                hers.c.id.in_(select(LOOKUPS.c.message_id).where(LOOKUPS.c.person_id == person)),
                hers.c.event_id.is_not(None),
                ~exists().where(others.c.event_id == hers.c.event_id, others.c.person_id != person),
            )
            .distinct()
        )
        events: Sequence[UUID] = list(found.scalars())
        await empty_events(sealed, events)

    async def _messages(self, sealed: Sealed, person: UUID) -> None:
        """Late reports find no part of them, and a worker that has one in hand has lost its claim."""
        hers = messages_of(person)
        ids = select(MESSAGES.c.id).where(hers).scalar_subquery()
        await sealed.work.execute(delete(PARTS).where(PARTS.c.message_id.in_(ids)))
        await sealed.work.execute(
            update(REPORTS).where(REPORTS.c.message_id.in_(ids)).values(recipient_index=None, message_id=None)
        )
        for states, end in _ENDS:
            await sealed.work.execute(
                update(MESSAGES)
                .where(hers, MESSAGES.c.state.in_([state.value for state in states]))
                .values(
                    state=end.value,
                    reason=ERASED,
                    ended_at=func.now(),
                    due_at=None,
                    claim_token=None,
                )
            )
        await sealed.work.execute(
            update(MESSAGES)
            .where(hers)
            .values(
                sealed=None,
                sent_text=None,
                recipient_index=_NOBODY,
                subject_index=None,
                lane=None,
                person_id=None,
            )
        )
