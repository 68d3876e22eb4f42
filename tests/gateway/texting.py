"""A telephone that texts: what it sends is taken and answered by the real inbox, and what it gets is read."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update

from domain.deadline import Deadline
from domain.ids import Ids
from gateway.menu_by_sms import menu_by_sms
from gateway.text_inbox import inbox_for
from gateway.words import composer_for
from services.alert_facts import facts_from_json
from services.desk import Desk
from services.records.store import RecordStore
from sms.inbox import Inbox
from sms.records.inbound import SqlInbox
from sms.records.outbox import SqlOutbox
from sms.tables import INBOUND, MESSAGES
from sms.templates import Composed
from sms.values import InboundSms
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork
from tests.read_once import translator_for
from tests.whole import KEYS, Whole

_ids = itertools.count(1)


@dataclass
class Exchange:
    """The inbox over a whole gateway, and the eyes of every telephone."""

    whole: Whole
    inbox: Inbox = field(init=False)
    woken: int = 0

    def __post_init__(self) -> None:
        parts: Any = self.whole.parts
        ring, clock, ids = KeyRing.parse(KEYS), self.whole.clock, Ids(self.whole.clock)
        self.sealer, self.keys = Sealer(ring), PersonKeys(ring, clock)
        self.keeper = RecordStore(
            parts.database,
            self.sealer,
            self.keys,
            clock,
            ids,
            outbox=lambda sealed: SqlOutbox(sealed, clock, ids, two_way=True),
        )
        translator = translator_for(parts.pack)
        self.composer = composer_for(parts.pack, translator)
        conversation: Any = parts.conversation
        turns = menu_by_sms(
            parts.library,
            translator,
            parts.pack.languages,
            parts.redis,
            conversation._store._snapshots,
            conversation._starts,
            conversation._dialogue._calls,
            conversation._sealer,
            clock,
            ids,
            conversation._rules,
            parts.pack.service_code,
        )
        self.received = SqlInbox(self.sealer, clock, ids)
        self.inbox = inbox_for(
            parts.pack, parts.database.unit_of_work, self.desk_for, self.sealer, clock, ids, turns, self._wake
        )

    def desk_for(self, work: UnitOfWork, deadline: Deadline) -> Desk:
        return self.whole.parts.desk.at(self.keeper.over(work), deadline)

    def _wake(self) -> None:
        self.woken += 1

    async def take(self, sender: str, text: str, id: str | None = None, **more: Any) -> bool:
        """What a door does with it. `id`: the provider's; "" for none."""
        given = f"in-{next(_ids)}" if id is None else id
        sms = InboundSms("africastalking", given, sender, "7575", text, **more)
        async with self.whole.parts.database.unit_of_work() as work:
            return await self.received.take(work, sms)

    async def handle(self) -> None:
        while await self.inbox.handle():
            pass

    async def text(self, sender: str, text: str, id: str | None = None) -> list[str]:
        """Send it; the texts that come back."""
        before = len(await self.messages(sender))
        await self.take(sender, text, id)
        await self.handle()
        return [composed.text for composed in (await self.messages(sender))[before:]]

    async def one(self, sender: str, text: str) -> str:
        """Send it; the one text that comes back."""
        (reply,) = await self.text(sender, text)
        return reply

    async def messages(self, sender: str) -> list[Composed]:
        """Everything put for that number, rendered as it will be sent."""
        async with self.whole.parts.database.unit_of_work() as work:
            rows = (await work.execute(select(MESSAGES).order_by(MESSAGES.c.id))).all()
            found = []
            for row in rows:
                key = await self.keys.load(work, row.person_id)
                facts = json.loads(self.sealer.unseal(row.sealed, "sms_messages", "sealed", row.id, key))
                if facts["to"] == sender:
                    found.append(self.composer.compose(row.text_id, facts_from_json(facts["values"]), row.language))
            return found

    async def hand_over(self) -> None:
        """Everything that waits is on its way to its telephone."""
        gone = {"state": "sent", "handed_over_at": self.whole.clock.now()}
        async with self.whole.parts.database.unit_of_work() as work:
            await work.execute(update(MESSAGES).where(MESSAGES.c.state == "queued").values(state="sending"))
            await work.execute(update(MESSAGES).where(MESSAGES.c.state == "sending").values(gone))

    async def rows(self, *columns: Any, order: Any = INBOUND.c.id) -> list[Any]:
        """The columns of every message received, in the order received; `order`: of another table."""
        async with self.whole.parts.database.unit_of_work() as work:
            found = await work.execute(select(*columns or (INBOUND.c.state, INBOUND.c.intent)).order_by(order))
            return list(map(tuple, found.all()))
