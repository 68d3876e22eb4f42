"""Accounts with their PINs and consents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import ColumnElement, Row, case, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from services.ports import PinRecord, PinRules
from services.records.tables import ACCOUNTS, CONSENTS
from services.rights_ports import Consent
from storage.unit_of_work import UnitOfWork

_ACCOUNT_PURPOSE = "account"
_FRESH: dict[str, Any] = {"tries": 0, "failures": 0, "locked_until": None, "reset_due": None}
_COLUMNS = (
    ACCOUNTS.c.pin_hash,
    ACCOUNTS.c.tries,
    ACCOUNTS.c.failures,
    ACCOUNTS.c.locked_until,
    ACCOUNTS.c.reset_due,
)


@dataclass(frozen=True, slots=True)
class SqlAccounts:
    """`ports.Accounts` in PostgreSQL."""

    work: UnitOfWork
    clock: Clock
    ids: Ids

    async def create(
        self, person: UUID, pin_hash: str, consent: str, language: str, *, channel: str = "", proof: str = ""
    ) -> bool:
        now = self.clock.now()
        made = await self.work.execute(
            insert(ACCOUNTS)
            .values(person_id=person, pin_hash=pin_hash, tries=0, failures=0, pin_since=now, created_at=now)
            .on_conflict_do_nothing()
            .returning(ACCOUNTS.c.person_id)
        )
        if made.first() is None:
            return False
        await self.give_consent(person, _ACCOUNT_PURPOSE, consent, language, channel=channel, proof=proof)
        return True

    async def pin(self, person: UUID) -> PinRecord | None:
        found = await self.work.execute(select(*_COLUMNS).where(ACCOUNTS.c.person_id == person))
        return _record(found.first())

    async def count_try(self, person: UUID, now: datetime, rules: PinRules) -> PinRecord | None:
        # A lock that is over starts the tries anew; the failures go on until a PIN was right.
        tries = case((ACCOUNTS.c.locked_until <= now, 1), else_=ACCOUNTS.c.tries + 1)
        at_rest = ACCOUNTS.c.locked_until > now
        counted = await self.work.execute(
            update(ACCOUNTS)
            .where(
                ACCOUNTS.c.person_id == person,
                ACCOUNTS.c.failures < rules.failures,
                or_(ACCOUNTS.c.locked_until.is_(None), ~at_rest),
                tries <= rules.tries,
            )
            .values(
                tries=tries,
                failures=ACCOUNTS.c.failures + 1,
                locked_until=case((tries >= rules.tries, now + rules.lock), else_=None),
            )
            .returning(*_COLUMNS)
        )
        record = _record(counted.first())
        await self.work.checkpoint()
        return record

    async def pin_was_right(self, person: UUID, fresh_hash: str | None = None) -> None:
        await self._set(person, {"pin_hash": fresh_hash} if fresh_hash else {})

    async def set_pin(self, person: UUID, pin_hash: str) -> None:
        await self._set(person, {"pin_hash": pin_hash})

    async def reset_pin(self, person: UUID, pin_hash: str) -> bool:
        anew = _FRESH | {"pin_hash": pin_hash, "pin_since": self.clock.now()}
        found = await self.work.execute(
            update(ACCOUNTS)
            .where(ACCOUNTS.c.person_id == person, ACCOUNTS.c.reset_due.is_not(None))
            .values(anew)
            .returning(ACCOUNTS.c.person_id)
        )
        return found.first() is not None

    async def ask_reset(self, person: UUID, due: datetime) -> None:
        await self.work.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == person).values(reset_due=due))

    async def give_consent(
        self,
        person: UUID,
        purpose: str,
        text: str,
        language: str,
        *,
        channel: str = "",
        proof: str = "",
        agent: UUID | None = None,
    ) -> None:
        values = {
            "id": self.ids.uuid7(),
            "person_id": person,
            "purpose": purpose,
            "words": text,
            "language": language,
            "given_at": self.clock.now(),
            "channel": channel,
            "proof": proof,
            "agent_id": agent,
        }
        await self.work.execute(
            insert(CONSENTS)
            .values(values)
            .on_conflict_do_nothing(
                index_elements=[CONSENTS.c.person_id, CONSENTS.c.purpose, CONSENTS.c.words],
                index_where=sqlalchemy.text("withdrawn_at IS NULL"),
            )
        )

    async def withdraw_consent(self, person: UUID, purpose: str) -> bool:
        withdrawn = await self.work.execute(
            update(CONSENTS).where(*_standing(person, purpose)).values(withdrawn_at=self.clock.now())
        )
        return withdrawn.rowcount > 0

    async def has_consent(self, person: UUID, purpose: str) -> bool:
        found = await self.work.execute(select(exists().where(*_standing(person, purpose))))
        return bool(found.scalar_one())

    async def consents(self, person: UUID) -> Sequence[Consent]:
        found = await self.work.execute(
            select(CONSENTS)
            .where(CONSENTS.c.person_id == person)
            .order_by(CONSENTS.c.given_at.desc(), CONSENTS.c.id.desc())
        )
        return [
            Consent(
                row.id,
                row.purpose,
                row.words,
                row.language,
                row.given_at,
                row.withdrawn_at,
                row.channel,
                row.proof,
                row.agent_id,
            )
            for row in found.all()
        ]

    async def _set(self, person: UUID, more: dict[str, Any]) -> None:
        await self.work.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == person).values(_FRESH | more))


def _standing(person: UUID, purpose: str) -> tuple[ColumnElement[bool], ...]:
    return CONSENTS.c.person_id == person, CONSENTS.c.purpose == purpose, CONSENTS.c.withdrawn_at.is_(None)


def _record(row: Row[Any] | None) -> PinRecord | None:
    if row is None:
        return None
    return PinRecord(row.pin_hash, row.tries, row.failures, row.locked_until, row.reset_due)
