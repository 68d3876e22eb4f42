"""What people text us, once each: taken at the door, claimed in order per sender, and finished with its answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.errors import InvalidValue
from domain.ids import Ids
from domain.msisdn import Msisdn
from sms.records.indexes import RECIPIENT
from sms.tables import INBOUND
from sms.values import InboundSms, came_at
from storage.chosen_rows import chosen_once
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

LEASE = timedelta(seconds=60)
KEPT = timedelta(days=7)
WINDOW = timedelta(seconds=4)
"""Without a provider's id, the same text from the same sender within this time is the same message, until we answer."""

LISTED_WINDOW = timedelta(minutes=2)
"""A provider's list and its callback tell of one message with times no further apart."""

_MOST_LOOKED_AT = 50
_LONGEST_ID = 100
_NO_ID = "text:"


@dataclass(frozen=True, slots=True)
class Received:
    """A claimed message. `sent_at`: as its provider said it; `received_at`: when it came to us. `attempts` is also the
    fencing token: whoever claims it later holds a higher one."""

    id: UUID
    sender: Msisdn
    to: str
    text: str
    link_id: str
    network: str
    attempts: int
    received_at: datetime
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lately:
    """What a number wrote in the last minutes: how often it was answered, and to which texts."""

    answered: int
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class SqlInbox:
    """Rows of `sms_inbound`; commits nothing."""

    sealer: Sealer
    clock: Clock
    ids: Ids

    async def take(self, work: UnitOfWork, sms: InboundSms) -> bool:
        """Keep it; False where it was kept before. A sender that is no telephone number is kept and never answered.

        One from the spool is kept under its id there: it stands where it came among its sender's others, and handed in
        twice it is one row, also where its provider gives no ids.
        """
        now, id = came_at(sms, self.clock.now()), sms.spooled or self.ids.uuid7()
        try:
            sender, state = Msisdn.parse(sms.sender).e164, "received"
        except InvalidValue:
            sender, state = sms.sender, "quarantined"
        dedupe = self._named(sms.provider_id) if sms.provider_id else await self._unnamed(work, sms, sender, id, now)
        if dedupe is None:
            return False
        row = {
            "id": id,
            "provider": sms.provider,
            "dedupe": dedupe,
            "sender_index": self._index(sender),
            "sealed": self.sealer.seal(_facts(sms, sender), INBOUND.name, "sealed", id),
            "network": sms.network[:8],
            "state": state,
            "intent": "",
            "attempts": 0,
            "due_at": now if state == "received" else None,
            "received_at": now,
            "ended_at": None if state == "received" else now,
        }
        taken = await work.execute(insert(INBOUND).values(row).on_conflict_do_nothing().returning(INBOUND.c.id))
        return taken.first() is not None

    async def take_listed(self, work: UnitOfWork, page: Sequence[InboundSms]) -> int:
        """Keep what a provider's list holds and no callback brought; how many.

        Nothing proves that both give a message the same id. So the same text from the same sender at about the same
        time (`LISTED_WINDOW`; without a time in the list, now) is taken for the same, unless the list names both.
        """
        named = [self._named(sms.provider_id) for sms in page]
        taken = 0
        for sms in page:
            taken += not await self._came_otherwise(work, sms, named) and await self.take(work, sms)
        return taken

    async def claim(self, work: UnitOfWork, limit: int) -> Sequence[Received]:
        """Messages to answer, the earliest of each sender only: "1" and "2" are understood in the order typed."""
        now, earlier = self.clock.now(), INBOUND.alias()
        before = exists().where(
            earlier.c.state == "received",
            earlier.c.sender_index == INBOUND.c.sender_index,
            earlier.c.id < INBOUND.c.id,
        )
        due = (
            select(INBOUND.c.id)
            .where(INBOUND.c.state == "received", INBOUND.c.due_at <= now, ~before)
            .order_by(INBOUND.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = await work.execute(
            update(INBOUND)
            .where(INBOUND.c.id.in_(chosen_once(due)))
            .values(due_at=now + LEASE, attempts=INBOUND.c.attempts + 1)
            .returning(INBOUND.c.id, INBOUND.c.sealed, INBOUND.c.network, INBOUND.c.attempts, INBOUND.c.received_at)
        )
        rows = []
        for row in sorted(claimed.all(), key=lambda row: row.id):
            facts = self._open(row.id, row.sealed)
            sender = Msisdn.parse(facts["from"])
            to, text, link_id = facts["to"], facts["text"], facts["link_id"]
            sent_at = datetime.fromisoformat(facts["date"]) if facts["date"] else None
            came = row.received_at
            rows.append(Received(row.id, sender, to, text, link_id, row.network, row.attempts, came, sent_at))
        return rows

    async def finish(self, work: UnitOfWork, row: Received, state: str, intent: str) -> bool:
        """Its end, with the transaction that holds the answer; False where somebody else claimed it meanwhile."""
        ended = await work.execute(
            update(INBOUND)
            .where(INBOUND.c.id == row.id, INBOUND.c.state == "received", INBOUND.c.attempts == row.attempts)
            .values(state=state, intent=intent, ended_at=self.clock.now(), due_at=None)
            .returning(INBOUND.c.id)
        )
        return ended.first() is not None

    async def lately(self, work: UnitOfWork, number: Msisdn, since: datetime, limit: int) -> Lately:
        """What was answered to the number since then, at most `limit` of it."""
        found = await work.execute(
            select(INBOUND.c.id, INBOUND.c.sealed)
            .where(
                INBOUND.c.sender_index.in_(self.sealer.blind_indexes(number.e164, RECIPIENT)),
                INBOUND.c.received_at > since,
                INBOUND.c.state == "answered",
            )
            .order_by(INBOUND.c.received_at.desc())
            .limit(limit)
        )
        texts = [self._open(row.id, row.sealed)["text"] for row in found.all()]
        return Lately(len(texts), texts)

    async def answered(self, work: UnitOfWork, number: Msisdn, since: datetime, intent: str = "") -> int:
        """How often the number was answered since then; `intent`: what was understood so."""
        found = await work.execute(
            select(func.count()).where(
                INBOUND.c.sender_index.in_(self.sealer.blind_indexes(number.e164, RECIPIENT)),
                INBOUND.c.received_at > since,
                INBOUND.c.state == "answered",
                INBOUND.c.intent == intent if intent else true(),
            )
        )
        return int(found.scalar_one())

    async def sweep(self, work: UnitOfWork) -> int:
        """Forget what was written long ago; how many."""
        old = await work.execute(
            delete(INBOUND).where(INBOUND.c.received_at < self.clock.now() - KEPT, INBOUND.c.state != "received")
        )
        return old.rowcount

    def _named(self, provider_id: str) -> str:
        if len(provider_id) <= _LONGEST_ID and provider_id.isprintable():
            return f"id:{provider_id}"
        return f"id-mac:{self.sealer.blind_index(provider_id, 'sms_inbound.id').hex()}"

    async def _unnamed(self, work: UnitOfWork, sms: InboundSms, sender: str, id: UUID, now: datetime) -> str | None:
        """A name made of sender, text and row; None where the same text stands there unanswered, come about `now`."""
        mac = self.sealer.blind_index(f"{sms.provider}\0{sender}\0{sms.text}", "sms_inbound.text").hex()
        # Two copies at the same moment: the second waits here until the first is there to be seen.
        await work.execute(select(func.pg_advisory_xact_lock(int(mac[:15], 16))))
        same = await work.execute(
            select(INBOUND.c.id)
            .where(
                INBOUND.c.sender_index == self._index(sender),
                INBOUND.c.received_at > now - WINDOW,
                INBOUND.c.received_at < now + WINDOW,
                INBOUND.c.provider == sms.provider,
                INBOUND.c.state != "answered",
                func.left(INBOUND.c.dedupe, len(_NO_ID) + len(mac)) == _NO_ID + mac,
            )
            .limit(1)
        )
        return None if same.first() is not None else f"{_NO_ID}{mac}:{id.hex[-24:]}"

    async def _came_otherwise(self, work: UnitOfWork, sms: InboundSms, named: Sequence[str]) -> bool:
        """Whether the same message is here under an id that is none of those."""
        when = sms.sent_at or self.clock.now()
        kept = await work.execute(
            select(INBOUND.c.id, INBOUND.c.sealed, INBOUND.c.received_at)
            .where(
                INBOUND.c.sender_index.in_(self.sealer.blind_indexes(sms.sender, RECIPIENT)),
                INBOUND.c.received_at > when - LISTED_WINDOW,
                INBOUND.c.provider == sms.provider,
                INBOUND.c.dedupe.not_in(named),
            )
            .order_by(INBOUND.c.received_at)
            .limit(_MOST_LOOKED_AT)
        )
        for row in kept.all():
            facts = self._open(row.id, row.sealed)
            told = datetime.fromisoformat(facts["date"]) if facts["date"] else row.received_at
            if facts["text"] == sms.text and abs(told - when) <= LISTED_WINDOW:
                return True
        return False

    def _index(self, sender: str) -> bytes:
        return self.sealer.blind_index(sender, RECIPIENT)

    def _open(self, id: UUID, sealed: bytes) -> dict[str, str]:
        facts: dict[str, str] = json.loads(self.sealer.unseal(sealed, INBOUND.name, "sealed", id))
        return facts


def _facts(sms: InboundSms, sender: str) -> str:
    """As JSON of ASCII only, so that half a surrogate pair is no trouble."""
    sent_at = sms.sent_at.isoformat() if sms.sent_at else ""
    return json.dumps({"from": sender, "to": sms.to, "text": sms.text, "link_id": sms.link_id, "date": sent_at})
