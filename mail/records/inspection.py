"""What operators ask about letters: find, why, cancel; and which events were told by one. Addresses stay masked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, null, or_, select, update

from domain.clock import Clock
from domain.email_address import EmailAddress
from domain.ids import Ids
from domain.msisdn import Msisdn
from mail.records.outbox import facts_of
from mail.states import CANCELLED, MailState
from mail.tables import MAILS
from services.records.people import SqlPeople
from services.records.sealed import Sealed
from services.records.suspensions import held, of, suspended
from services.records.tables import LINKS
from storage.chosen_rows import chosen_once
from storage.errors import KeyMissing, SealBroken
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

TELLINGS = select(
    MAILS.c.event_id,
    MAILS.c.person_id,
    MAILS.c.alone,
    MAILS.c.state.in_([state.value for state in (MailState.FAILED, MailState.EXPIRED, MailState.SUPPRESSED)]).label(
        "given_up"
    ),
).where(MAILS.c.event_id.is_not(None))
"""Whom which event told by a letter. `alone`: no SMS told the same; `given_up`: one may have told it afterwards."""

_BATCH = 10_000
_QUEUED = MAILS.c.state == MailState.QUEUED.value
# What a worker has not begun by its mark is not begun any more once this is written.
_WAITS = _QUEUED | ((MAILS.c.state == MailState.SENDING.value) & MAILS.c.begun_at.is_(None))
_UNDER_WAY = MAILS.c.state.in_([MailState.SENDING.value, MailState.UNKNOWN.value]) & MAILS.c.begun_at.is_not(None)


@dataclass(frozen=True, slots=True)
class LetterSeen:
    """One letter as an operator may see it. `to`: None once its facts are emptied. `paused`: waits for `go-on`."""

    id: UUID
    event: UUID | None
    text_id: str
    state: MailState
    reason: str
    alone: bool
    paused: bool
    created_at: datetime
    due_at: datetime | None
    to: EmailAddress | None = None
    subject: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LetterInspection:
    """Made once; works within whoever's unit of work."""

    sealer: Sealer
    keys: PersonKeys
    clock: Clock
    ids: Ids

    async def letter(self, work: UnitOfWork, id: UUID) -> LetterSeen | None:
        """One letter by its id, which is its Message-ID too."""
        found = await self._all(work, MAILS.c.id == id)
        return found[0] if found else None

    async def of_subject(
        self, work: UnitOfWork, events: Collection[UUID], *spelt: str, limit: int = 50
    ) -> Sequence[LetterSeen]:
        """The letters about a reference in any of its spellings, newest first: those that its events told, and of
        whoever has to do with it those that name it, while their facts are kept."""
        sealed = self._sealed(work)
        indexes = [index for reference in spelt for index in sealed.indexes(reference, "reference")]
        theirs = MAILS.c.event_id.in_(events)
        linked = select(LINKS.c.person_id).where(LINKS.c.reference_index.in_(indexes))
        whose = MAILS.c.person_id.in_(linked) | MAILS.c.person_id.in_(select(MAILS.c.person_id).where(theirs))
        found = await self._all(work, or_(theirs, whose & MAILS.c.sealed.is_not(None)))
        return [seen for seen in found if seen.event in events or seen.subject in spelt][:limit]

    async def to_number(self, work: UnitOfWork, number: Msisdn, limit: int = 50) -> Sequence[LetterSeen]:
        """The letters to whoever has the number, newest first."""
        holder = await SqlPeople(self._sealed(work), self.clock, self.ids).by_number(number)
        return (await self._all(work, MAILS.c.person_id == holder.id))[:limit] if holder else []

    async def states(self, work: UnitOfWork) -> Mapping[MailState, int]:
        """How many letters are in which state."""
        found = await work.execute(select(MAILS.c.state, func.count().label("letters")).group_by(MAILS.c.state))
        return {MailState(row.state): row.letters for row in found.all()}

    async def waiting(self, work: UnitOfWork, source: str, text_id: str) -> int:
        """How many letters of this source and text wait."""
        waits = select(func.count()).where(_QUEUED, of(MAILS, source, text_id))
        return int((await work.execute(waits)).scalar_one())

    async def cancel(self, work: UnitOfWork, source: str, text_id: str, reason: str) -> int:
        """Suppress what waits of this source and text, up to 10,000: call it until it gives 0, a commit each. No SMS
        tells it instead.

        What a server has, or may have, is not sent another time; it is counted too, once.
        """
        now = self.clock.now()
        chosen = (
            select(MAILS.c.id)
            .where(_WAITS | (_UNDER_WAY & (MAILS.c.expires_at > now)), of(MAILS, source, text_id))
            .limit(_BATCH)
        )
        ended = {
            "state": MailState.SUPPRESSED.value,
            "ended_at": now,
            "due_at": null(),
            "claim_token": null(),
            "lease_until": null(),
        }
        values = {name: case((_WAITS, value), else_=MAILS.c[name]) for name, value in ended.items()}
        values["expires_at"] = case((_WAITS, MAILS.c.expires_at), else_=now)
        # What workers have locked is waited for only once nothing else is left.
        for skips in (True, False):
            free = chosen_once(chosen.with_for_update(skip_locked=skips))
            done = await work.execute(
                update(MAILS).where(MAILS.c.id.in_(free)).values(**values, reason=f"{CANCELLED}: {reason}"[:48])
            )
            if done.rowcount:
                return done.rowcount
        return 0

    def _sealed(self, work: UnitOfWork) -> Sealed:
        return Sealed(work, self.sealer, self.keys)

    async def _all(self, work: UnitOfWork, where: ColumnElement[bool]) -> Sequence[LetterSeen]:
        sealed = self._sealed(work)
        paused = (_QUEUED & held(MAILS, await suspended(work))).label("paused")
        found = await work.execute(select(MAILS, paused).where(where).order_by(MAILS.c.id.desc()))
        seen = []
        for row in map(dict, found.mappings()):
            to, subject = None, ""
            if row["sealed"] is not None:
                try:
                    facts = await facts_of(sealed, row)
                    to, subject = EmailAddress(facts["to"]), facts.get("subject", "")
                except (KeyMissing, SealBroken):
                    pass  # sealed under a key that is listed no more: the row itself is still in the books
            same = {name: row[name] for name in ("id", "text_id", "reason", "alone", "paused", "created_at", "due_at")}
            seen.append(
                LetterSeen(event=row["event_id"], state=MailState(row["state"]), to=to, subject=subject, **same)
            )
        return seen
