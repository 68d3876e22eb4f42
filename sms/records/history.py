"""What was sent to a person, read back as the facts it was made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, tuple_

from i18n.text import Text
from services.alert_facts import facts_from_json
from services.alerts import ANSWERS, AlertKind
from services.ports import SentMessage
from services.records.sealed import Sealed
from sms.records.lookups import messages_of
from sms.tables import MESSAGES
from sms.templates import template_of

_COLUMNS = (
    MESSAGES.c.id,
    MESSAGES.c.handed_over_at,
    MESSAGES.c.kind,
    MESSAGES.c.service,
    MESSAGES.c.text_id,
    MESSAGES.c.sealed,
    MESSAGES.c.state,
)


@dataclass(frozen=True, slots=True)
class SqlHistory:
    """`services.ports.SentMessages` in PostgreSQL. `service_code`: what is dialled, which the texts mention."""

    sealed: Sealed
    service_code: str

    async def last(self, person: UUID, limit: int, before: UUID | None = None) -> Sequence[SentMessage]:
        """Those that were handed over, also where nobody knows whether they arrived. Erased ones are left out."""
        at = await self.handed_over(person, before) if before is not None else None
        return await self.older(person, limit, (at, before) if at is not None and before is not None else None)

    async def handed_over(self, person: UUID, message: UUID) -> datetime | None:
        """When this one was; None where it is none of hers."""
        found = await self.sealed.work.execute(
            select(MESSAGES.c.handed_over_at).where(*_hers(person), MESSAGES.c.id == message)
        )
        return found.scalar_one_or_none()

    async def older(self, person: UUID, limit: int, than: tuple[datetime, UUID] | None) -> Sequence[SentMessage]:
        """The newest first, those before that moment and id."""
        wanted = _hers(person)
        if than is not None:
            wanted = (*wanted, tuple_(MESSAGES.c.handed_over_at, MESSAGES.c.id) < than)
        found = await self.sealed.work.execute(
            select(*_COLUMNS)
            .where(*wanted)
            .order_by(MESSAGES.c.handed_over_at.desc(), MESSAGES.c.id.desc())
            .limit(limit)
        )
        return [await self._opened(person, row) for row in found.all()]

    async def one(self, person: UUID, message: UUID) -> SentMessage | None:
        found = await self.sealed.work.execute(select(*_COLUMNS).where(*_hers(person), MESSAGES.c.id == message))
        row = found.first()
        return await self._opened(person, row) if row is not None else None

    async def _opened(self, person: UUID, row: Row[Any]) -> SentMessage:
        facts = await self.sealed.open_map(person, row.sealed, MESSAGES.name, "sealed", row.id)
        values = {"code": self.service_code, **facts_from_json(facts.get("values", {}))}
        return SentMessage(row.id, row.handed_over_at, _about(row), row.service, Text(row.text_id, values), row.state)


def _hers(person: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        messages_of(person),
        MESSAGES.c.handed_over_at.is_not(None),
        MESSAGES.c.sealed.is_not(None),
        MESSAGES.c.kind.not_in(sorted(ANSWERS)),
    )


def _about(row: Row[Any]) -> AlertKind:
    """What it tells of: one that was promised or asked for says more by its text."""
    kind, template = AlertKind(row.kind), template_of(row.text_id)
    if kind is AlertKind.PROMISED and template is not None and len(template.kinds) == 1:
        return next(iter(template.kinds))
    return kind
