"""What was mailed to a person, read back as the facts it was made of. Letters with a code are not among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, tuple_

from i18n.text import Text
from mail.states import BOUNCED
from mail.tables import MAILS
from services.alert_facts import facts_from_json
from services.alerts import AlertKind
from services.ports import SentMessage
from services.records.sealed import Sealed

_COLUMNS = (
    MAILS.c.id,
    MAILS.c.handed_over_at,
    MAILS.c.kind,
    MAILS.c.service,
    MAILS.c.text_id,
    MAILS.c.sealed,
    MAILS.c.state,
    MAILS.c.reason,
    MAILS.c.alone,
)
_NOT_ARRIVED = "undelivered"


@dataclass(frozen=True, slots=True)
class SqlMailHistory:
    """Letters that were handed over. `service_code`: what is dialled, which the texts mention."""

    sealed: Sealed
    service_code: str

    async def handed_over(self, person: UUID, letter: UUID) -> datetime | None:
        """When this one was; None where it is none of hers."""
        found = await self.sealed.work.execute(
            select(MAILS.c.handed_over_at).where(*_hers(person), MAILS.c.id == letter)
        )
        return found.scalar_one_or_none()

    async def older(self, person: UUID, limit: int, than: tuple[datetime, UUID] | None) -> Sequence[SentMessage]:
        """The newest first, those before that moment and id."""
        wanted = _hers(person)
        if than is not None:
            wanted = (*wanted, tuple_(MAILS.c.handed_over_at, MAILS.c.id) < than)
        found = await self.sealed.work.execute(
            select(*_COLUMNS).where(*wanted).order_by(MAILS.c.handed_over_at.desc(), MAILS.c.id.desc()).limit(limit)
        )
        return [await self._opened(person, row) for row in found.all()]

    async def one(self, person: UUID, letter: UUID) -> SentMessage | None:
        found = await self.sealed.work.execute(select(*_COLUMNS).where(*_hers(person), MAILS.c.id == letter))
        row = found.first()
        return await self._opened(person, row) if row is not None else None

    async def _opened(self, person: UUID, row: Row[Any]) -> SentMessage:
        facts = await self.sealed.open_map(person, row.sealed, MAILS.name, "sealed", row.id)
        values = {"code": self.service_code, **facts_from_json(facts.get("values", {}))}
        return SentMessage(
            row.id,
            row.handed_over_at,
            AlertKind(row.kind),
            row.service,
            Text(row.text_id, values),
            _NOT_ARRIVED if row.reason == BOUNCED else row.state,
            "email",
            twin=not row.alone,
        )


def _hers(person: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        MAILS.c.person_id == person,
        MAILS.c.handed_over_at.is_not(None),
        MAILS.c.sealed.is_not(None),
        MAILS.c.kind != AlertKind.CODE.value,
    )
