"""What mail keeps in PostgreSQL: whose address is whose, codes that are awaited, and the queue of mails."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Uuid,
    text,
)

from storage.metadata import METADATA


def _instant(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _person(**options: Any) -> Column[Any]:
    return Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, **options)


ADDRESSES = Table(
    "email_addresses",
    METADATA,
    Column("id", Uuid, primary_key=True),
    # One address a person; an address may serve several persons.
    _person(unique=True),
    Column("address", LargeBinary, nullable=False),
    Column("address_index", LargeBinary, nullable=False, index=True),
    Column("alerts_by", String(8), nullable=False),
    _instant("since", nullable=False),
    # A letter came back from there: no more go until she proves it anew.
    _instant("failed_at"),
    CheckConstraint("alerts_by IN ('sms', 'email', 'both')", name="alerts_by"),
)

CODES = Table(
    "email_codes",
    METADATA,
    Column("id", Uuid, primary_key=True),
    _person(unique=True),
    Column("address", LargeBinary, nullable=False),
    Column("code_mac", LargeBinary, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("tries", SmallInteger, nullable=False),
    _instant("expires_at", nullable=False),
)

MAILS = Table(
    "mail_messages",
    METADATA,
    # UUIDv7: the order of ids is the order in which mails were put; it is their Message-ID, too.
    Column("id", Uuid, primary_key=True),
    _person(index=True),
    Column("event_id", Uuid),
    Column("kind", String(24), nullable=False),
    Column("text_id", String(64), nullable=False),
    Column("source", String(32), nullable=False),
    Column("service", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    # {"to", "number", "values", "subject", "network"} as JSON, under the person's key; emptied 7 days after the end.
    Column("sealed", LargeBinary),
    # Address and subject together: its earliest open mail goes first. Null: no order (codes).
    Column("lane", LargeBinary),
    # No SMS tells the same: where it cannot be mailed, one will.
    Column("alone", Boolean, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(48), nullable=False),
    _instant("due_at"),
    _instant("expires_at", nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("extra_sends", SmallInteger, nullable=False),
    # Fencing, as for SMS: only who holds the token writes. The lease runs by the database's clock.
    Column("claim_token", Uuid),
    _instant("lease_until"),
    # Written before the first octet goes out: whoever takes over knows that it may have been sent.
    _instant("begun_at"),
    _instant("created_at", nullable=False),
    _instant("handed_over_at"),
    _instant("ended_at"),
    CheckConstraint(
        "state IN ('queued', 'sending', 'unknown', 'sent', 'failed', 'expired', 'suppressed')", name="state"
    ),
    Index("uq_mail_messages_event_person", "event_id", "person_id", unique=True),
    Index(
        "ix_mail_messages_open",
        "priority",
        "due_at",
        postgresql_where=text("state IN ('queued', 'sending', 'unknown')"),
    ),
    Index(
        "ix_mail_messages_lane",
        "lane",
        "id",
        postgresql_where=text("state IN ('queued', 'sending', 'unknown') AND lane IS NOT NULL"),
    ),
    Index("ix_mail_messages_begun_at", "begun_at"),
    Index("ix_mail_messages_ended_at", "ended_at"),
)
