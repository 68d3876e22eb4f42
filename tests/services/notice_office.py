"""An office for stories about events: a town's ministries, real records with the real outbox, and senders that sign."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.clock import HandClock
from domain.ids import Ids
from services.alert_facts import facts_from_json
from services.event_sources import EventRules, Source
from services.events import EventType, KeptEvent, Taken, digest
from services.notices import handle_events
from services.records.sealed import Sealed
from services.records.store import RecordStore
from services.records.tables import EVENTS, TIMERS
from services.reminders import TIMER_HANDLERS
from services.timers import fire_timers
from sms.records.outbox import SqlOutbox
from sms.tables import MESSAGES
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database
from tests.services.town import SERVICES, START, Town

RULES = EventRules(
    sources={
        "aid": Source("aid", "https://aid.example/", ("social_aid", "permit"), {"az.decided": EventType.CHANGED}),
        "asan": Source("asan", "asan", ("passport",)),
        "blind": Source("blind", "blind", ("social_aid",), readable=False),
        "slow": Source("slow", "slow", ("social_aid",), poll_seconds=30.0),
    },
    language="az",
    languages=frozenset({"az", "en", "fr"}),
    region="AZ",
)


@dataclass(frozen=True)
class Message:
    """A row of the outbox, opened."""

    person: UUID
    to: str
    kind: str
    text_id: str
    values: Mapping[str, Any]
    language: str
    source: str
    subject: str
    event: UUID | None
    expires_at: Any


@dataclass(repr=False)
class Office:
    """`send` is the door's insert; `work` one round of the worker."""

    clock: HandClock
    store: RecordStore
    town: Town
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    numbers: int = 0

    async def send(
        self,
        type: str,
        subject: str,
        data: Mapping[str, object] | None = None,
        *,
        source: str = "aid",
        id: str = "",
        **more: object,
    ) -> Taken:
        self.numbers += 1
        event = {
            "specversion": "1.0",
            "id": id or f"e-{self.numbers}",
            "source": RULES.sources[source].source,
            "type": type,
            "subject": subject,
            "time": (self.clock.now() + timedelta(seconds=self.numbers)).isoformat(),
            **({"data": data} if data is not None else {}),
            **more,
        }
        body = json.dumps(event).encode()
        async with self.store.database.unit_of_work() as work:
            kept = KeptEvent(source, str(event["id"]), type, subject, digest(body), body)
            return await self.store.events(work).keep(kept)

    async def work(self, rounds: int = 1) -> int:
        return sum([await handle_events(self.town.desk(), RULES, self._count) for _ in range(rounds)])

    async def fire(self) -> int:
        return await fire_timers(self.town.desk(), TIMER_HANDLERS)

    def _count(self, source: str, word: str) -> None:
        self.counted[source, word] += 1

    async def messages(self) -> list[Message]:
        async with self.store.database.unit_of_work() as work:
            sealed = Sealed(work, self.store.sealer, self.store.keys)
            found = []
            for row in (await work.execute(select(MESSAGES).order_by(MESSAGES.c.id))).all():
                facts = await sealed.open_map(row.person_id, row.sealed, "sms_messages", "sealed", row.id)
                found.append(
                    Message(
                        row.person_id,
                        facts["to"],
                        row.kind,
                        row.text_id,
                        facts_from_json(facts["values"]),
                        row.language,
                        row.source,
                        facts["subject"],
                        row.event_id,
                        row.expires_at,
                    )
                )
            return found

    async def events(self) -> list[tuple[str, str, int]]:
        """State, outcome and how many were told, in the order of coming."""
        async with self.store.database.unit_of_work() as work:
            rows = (await work.execute(select(EVENTS).order_by(EVENTS.c.id))).all()
            return [(row.state, row.outcome, row.told) for row in rows]

    async def waiting(self) -> dict[str, Any]:
        """Timers that wait: kind to when."""
        async with self.store.database.unit_of_work() as work:
            rows = (await work.execute(select(TIMERS).where(TIMERS.c.state == "waiting"))).all()
            return {row.kind: row.due_at for row in rows}


def office(url: str) -> Office:
    """On a migrated, emptied database."""
    clock = HandClock(START)
    ring = KeyRing.of({"k1": b"1" * 32})
    ids = Ids(clock)
    store = RecordStore(
        Database(create_engine(url, pool_size=10)),
        Sealer(ring),
        PersonKeys(ring, clock),
        clock,
        ids,
        outbox=lambda sealed: SqlOutbox(sealed, clock, ids),
        references=SERVICES.references,
    )
    return Office(clock, store, Town(clock, store))


async def close(office: Office) -> None:
    await office.town.background.drain(1.0)
    await office.town.records.settle()
    office.town.vault.close()
    await office.store.database.close()
