"""What a rule of retention is, and how much would go by it now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Table, func, select

from storage.tables import AUDIT_LOG, AUDIT_SEALS, ERASED_PEOPLE
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Rule:
    """One class of data. `old`: which rows have had their time, at an instant; `what`: what goes of them."""

    name: str
    kept: timedelta
    table: Table
    old: Callable[[datetime], ColumnElement[bool]]
    what: str = "rows"


async def due(work: UnitOfWork, rules: Sequence[Rule], now: datetime) -> Mapping[Rule, int]:
    """How much would go of each at this moment; nothing is deleted. Reads whole tables: for operators and tests."""
    found = {}
    for rule in rules:
        counted = await work.execute(select(func.count()).select_from(rule.table).where(rule.old(now)))
        found[rule] = int(counted.scalar_one())
    return found


def sealed_before(before: datetime) -> ColumnElement[bool]:
    """The rows of the audit log whose batch was sealed before then."""
    old = select(AUDIT_SEALS.c.batch).where(AUDIT_SEALS.c.sealed_at < before, AUDIT_SEALS.c.forgotten_at.is_(None))
    return AUDIT_LOG.c.batch.in_(old)


async def erased_people(work: UnitOfWork) -> Sequence[UUID]:
    """Whom we forgot, the first first."""
    found = await work.execute(select(ERASED_PEOPLE.c.person_id).order_by(ERASED_PEOPLE.c.erased_at))
    return list(found.scalars())
