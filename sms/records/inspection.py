"""What operators and ministries ask about messages: find, why, resend, pause, cancel. Numbers stay masked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Row, Select, case, delete, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from i18n.text import SlotValue
from services.alert_facts import facts_from_json
from services.alerts import AlertKind
from services.ports import Binding
from services.records.operation_tables import SUSPENSIONS
from services.records.people import SqlPeople
from services.records.sealed import Sealed
from services.records.suspensions import of
from services.tellings import CONTENTLESS
from sms.holding import LIVES
from sms.records.indexes import RECIPIENT, SUBJECT
from sms.records.lookups import messages_about, messages_to
from sms.records.suppressing import UNDER_WAY, WAITS, taken_back
from sms.states import FINAL, MessageState
from sms.tables import MESSAGES, PROMPTS, REPORTS
from storage.chosen_rows import chosen_once
from storage.errors import KeyMissing, SealBroken
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

RESEND_REASON = "resend"
"""The tag under which an operator's reason is kept with what she sent again."""
_BATCH = 10_000
"""Rows cancelled by one statement: a hundred thousand take seconds, and no lock is held for long."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as an operator may see it. `to` and `values` are empty where the person was erased."""

    id: UUID
    event: UUID | None
    kind: str
    text_id: str
    source: str
    language: str
    state: MessageState
    reason: str
    provider: str
    parts: int
    cost_millis: int
    attempts: int
    extra_sends: int
    created_at: datetime
    due_at: datetime | None
    handed_over_at: datetime | None
    ended_at: datetime | None
    to: Msisdn | None = None
    values: Mapping[str, SlotValue] = field(default_factory=dict, repr=False)
    tags: Mapping[str, str] = field(default_factory=dict, repr=False)
    resend_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """A provider's word on a message, as it came."""

    provider: str
    word: str
    reason: str
    verdict: str
    times: int
    received_at: datetime


class NotResent(StrEnum):
    """Why a message is not sent again; the words for an operator."""

    UNKNOWN = "no such message, or its person was erased"
    UNDER_WAY = "it is still on its way: it is sent once by itself"
    NOT_AGAIN = "codes and answers are never sent again: she asks anew"
    NOT_HERS = "the number is another's by now, or in doubt: it must be confirmed first"


# What was good for one moment of hers.
_OF_THE_MOMENT = frozenset(
    {AlertKind.CODE.value, AlertKind.CONSENT.value, AlertKind.REPLY.value, AlertKind.OPT_OUT.value}
)
_HELD_BY_IT = (MESSAGES.c.state == MessageState.HELD.value) & (MESSAGES.c.reason == "paused")
# A worker that took it just now may have seen the pause still, and would hold it for another hour: it is taken away
# from that one (the token fences).
_CLAIMED = (MESSAGES.c.state == MessageState.SENDING.value) & (MESSAGES.c.provider == "")
# Of one that is `sent` a last word may still come, but a provider that loses messages never says it.
_GONE = FINAL | {MessageState.SENT}


@dataclass(frozen=True, slots=True)
class Inspection:
    """Made once; works within whoever's unit of work."""

    sealer: Sealer
    keys: PersonKeys
    clock: Clock
    ids: Ids

    async def message(self, work: UnitOfWork, id: UUID) -> Seen | None:
        """One message by its id."""
        row = (await work.execute(select(MESSAGES).where(MESSAGES.c.id == id))).first()
        return await self._seen(work, row) if row else None

    async def of_subject(self, work: UnitOfWork, *spelt: str, limit: int = 50) -> Sequence[Seen]:
        """The messages about a reference, in any of its spellings (`domain.reference.spellings`), newest first."""
        indexes = [index for reference in spelt for index in self.sealer.blind_indexes(reference, SUBJECT)]
        return await self._all(work, select(MESSAGES).where(messages_about(indexes)), limit)

    async def to_number(self, work: UnitOfWork, number: Msisdn, limit: int = 50) -> Sequence[Seen]:
        """The messages to a number, newest first."""
        indexes = self.sealer.blind_indexes(number.e164, RECIPIENT)
        return await self._all(work, select(MESSAGES).where(messages_to(indexes)), limit)

    async def reports(self, work: UnitOfWork, id: UUID) -> Sequence[Reported]:
        """What providers said of a message, in the order in which it came."""
        found = await work.execute(
            select(REPORTS).where(REPORTS.c.message_id == id).order_by(REPORTS.c.received_at, REPORTS.c.id)
        )
        return [Reported(row.provider, row.word, row.reason, row.verdict, row.times, row.received_at) for row in found]

    async def resend(self, work: UnitOfWork, id: UUID, reason: str) -> UUID | NotResent:
        """Put the same facts again as a new message, where the number is still hers.

        The first stays as it is: both are in the books, the second names the first.
        """
        row = (await work.execute(select(MESSAGES).where(MESSAGES.c.id == id).with_for_update())).first()
        if row is None or row.person_id is None or row.sealed is None:
            return NotResent.UNKNOWN
        if row.kind in _OF_THE_MOMENT:
            return NotResent.NOT_AGAIN
        if MessageState(row.state) not in _GONE:
            return NotResent.UNDER_WAY
        try:
            key = await self.keys.load(work, row.person_id)
            facts = json.loads(self.sealer.unseal(row.sealed, "sms_messages", "sealed", row.id, key))
        except SealBroken:  # or her key is destroyed
            return NotResent.UNKNOWN
        if not await self._still_hers(work, row.person_id, Msisdn.parse(facts["to"]), row.text_id):
            return NotResent.NOT_HERS
        new, now = self.ids.uuid7(), self.clock.now()
        # Kept there: the row's own reason makes way for what becomes of it.
        facts["tags"] = {**facts.get("tags", {}), RESEND_REASON: reason[:200]}
        again = {column.name: getattr(row, column.name) for column in MESSAGES.columns if column.computed is None}
        again |= {
            "id": new,
            "sealed": self.sealer.seal(json.dumps(facts), "sms_messages", "sealed", new, key),
            "state": MessageState.QUEUED.value,
            "reason": f"resend: {reason}"[:48],
            "due_at": now,
            "expires_at": now + LIVES[AlertKind(row.kind)],
            "attempts": 0,
            "extra_sends": 0,
            "claim_token": None,
            "provider": "",
            "provider_mode": "",
            "encoding": "",
            "parts": 0,
            "cost_millis": 0,
            "sent_text": None,
            "resend_of": row.id,
            "created_at": now,
            "handed_over_at": None,
            "ended_at": None,
        }
        await work.execute(insert(MESSAGES).values(again))
        # What it asks, it asks anew.
        await work.execute(update(PROMPTS).where(PROMPTS.c.message_id == row.id).values(message_id=new))
        return new

    async def pause(self, work: UnitOfWork, source: str, text_id: str, reason: str) -> None:
        """Claim nothing more of this source and text (`services.records.suspensions`), letters neither, until `go_on`,
        which names the same."""
        values = {"source": source, "text_id": text_id, "reason": reason[:200], "since": self.clock.now()}
        statement = insert(SUSPENSIONS).values(values)
        await work.execute(
            statement.on_conflict_do_update(
                index_elements=[SUSPENSIONS.c.source, SUSPENSIONS.c.text_id], set_={"reason": values["reason"]}
            )
        )

    async def go_on(self, work: UnitOfWork, source: str, text_id: str) -> bool:
        """End a pause; False where there was none. What it held goes out at once; `release` once more after the commit,
        for what was held by it until then."""
        ended = await work.execute(
            delete(SUSPENSIONS).where(SUSPENSIONS.c.source == source, SUSPENSIONS.c.text_id == text_id)
        )
        if ended.rowcount:
            await self.release(work, source, text_id)
        return bool(ended.rowcount)

    async def release(self, work: UnitOfWork, source: str, text_id: str) -> None:
        """What a pause of these holds, or is about to hold, is looked at again at once."""
        now = self.clock.now()
        held = _HELD_BY_IT & (MESSAGES.c.due_at > now)
        state = case((_CLAIMED, MessageState.QUEUED.value), else_=MESSAGES.c.state)
        await work.execute(
            update(MESSAGES)
            .where(held | _CLAIMED, of(MESSAGES, source, text_id))
            .values(state=state, claim_token=None, due_at=now)
        )

    async def pauses(self, work: UnitOfWork) -> Sequence[tuple[str, str, str, datetime]]:
        """What is paused: source, text, why, since when."""
        found = await work.execute(select(SUSPENSIONS).order_by(SUSPENSIONS.c.since))
        return [(row.source, row.text_id, row.reason, row.since) for row in found]

    async def waiting(self, work: UnitOfWork, source: str, text_id: str) -> int:
        """How many messages of this source and text wait."""
        waits = select(func.count()).where(text("phase = 0"), WAITS, of(MESSAGES, source, text_id))
        return int((await work.execute(waits)).scalar_one())

    async def cancel(self, work: UnitOfWork, source: str, text_id: str, reason: str) -> int:
        """Suppress what waits of this source and text, up to 10,000: call it until it gives 0, a commit each.

        What is with a provider, or may be, is not sent another time; it is counted too, once.
        """
        now = self.clock.now()
        goes_on = UNDER_WAY & func.coalesce(MESSAGES.c.expires_at > now, true())
        chosen = select(MESSAGES.c.id).where(WAITS | goes_on, of(MESSAGES, source, text_id)).limit(_BATCH)
        values = taken_back(f"cancelled: {reason}"[:48], now)
        # What workers have locked is waited for only once nothing else is left, and by who holds no lock yet.
        for skips in (True, False):
            free = chosen_once(chosen.with_for_update(skip_locked=skips))
            done = await work.execute(update(MESSAGES).where(MESSAGES.c.id.in_(free)).values(values))
            if done.rowcount:
                return done.rowcount
        return 0

    async def _still_hers(self, work: UnitOfWork, person: UUID, number: Msisdn, text_id: str) -> bool:
        people = SqlPeople(Sealed(work, self.sealer, self.keys), self.clock, self.ids)
        holder = await people.by_number(number)
        if holder is None or holder.id != person:
            return False
        return holder.binding is Binding.ACTIVE or text_id == CONTENTLESS

    async def _all(self, work: UnitOfWork, statement: Select[*tuple[object, ...]], limit: int) -> Sequence[Seen]:
        found = (await work.execute(statement.order_by(MESSAGES.c.id.desc()).limit(limit))).all()
        return [await self._seen(work, row) for row in found]

    async def _seen(self, work: UnitOfWork, row: Row[*tuple[object, ...]]) -> Seen:
        to, values, tags = None, {}, {}
        if row.person_id is not None and row.sealed is not None:
            try:
                key = await self.keys.load(work, row.person_id)
                facts = json.loads(self.sealer.unseal(row.sealed, "sms_messages", "sealed", row.id, key))
                to, values = Msisdn.parse(facts["to"]), facts_from_json(facts["values"])
                tags = facts.get("tags", {})
            except (KeyMissing, SealBroken):
                pass  # erased, or sealed under a key that is listed no more: the row itself is still in the books
        same = {name: getattr(row, name) for name in _PLAIN}
        return Seen(event=row.event_id, state=MessageState(row.state), to=to, values=values, tags=tags, **same)


_PLAIN = (
    "id", "kind", "text_id", "source", "language", "reason", "provider", "parts", "cost_millis", "attempts",
    "extra_sends", "created_at", "due_at", "handed_over_at", "ended_at", "resend_of",
)  # fmt: skip
