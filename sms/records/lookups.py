"""Messages by whom or what they are for: found in a table of its own (`sms.tables.LOOKUPS`), where the indexes are."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, select

from sms.tables import LOOKUPS, MESSAGES


def messages_of(person: UUID) -> ColumnElement[bool]:
    """Those that are a person's."""
    return _found(LOOKUPS.c.person_id == person)


def messages_to(numbers: Collection[bytes]) -> ColumnElement[bool]:
    """Those to a number. `numbers`: its blind indexes, under each key."""
    return _found(LOOKUPS.c.recipient_index.in_(numbers))


def messages_about(subjects: Collection[bytes]) -> ColumnElement[bool]:
    """Those about a reference. `subjects`: its blind indexes, of each spelling and under each key."""
    return _found(LOOKUPS.c.subject_index.in_(subjects))


def _found(by: ColumnElement[bool]) -> ColumnElement[bool]:
    return MESSAGES.c.id.in_(select(LOOKUPS.c.message_id).where(by))
