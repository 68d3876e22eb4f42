"""The tables of storage itself: the sealed key of each person, whom we forgot, and the audit log with its seals."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage.metadata import METADATA

# Deleting a row here makes everything that was sealed for that person unreadable, other tables' backups too.
PERSON_KEYS = Table(
    "person_keys",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("wrapping_key_id", Text, nullable=False, index=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

# Who was erased: backups and late reports must not bring her back. The id is all that is left of her.
ERASED_PEOPLE = Table(
    "erased_people",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False),
)

# Each batch's hash covers the hash before it: what is changed, removed or put in later shows.
AUDIT_SEALS = Table(
    "audit_seals",
    METADATA,
    Column("batch", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed_at", DateTime(timezone=True), nullable=False),
    # Which rows it holds, and the SHA-256 of each, one after the other.
    Column("seqs", ARRAY(BigInteger), nullable=False),
    Column("digests", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # Of the hash, with a key that is not in the database.
    Column("mac", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    # When its rows had had their time; the seal itself stays.
    Column("forgotten_at", DateTime(timezone=True)),
)

# One row: the last number that was given out.
AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("one", Boolean, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    CheckConstraint("one", name="one"),
)

# Append-only: triggers of the migration refuse all but a row's way into its batch, once.
AUDIT_LOG = Table(
    "audit_log",
    METADATA,
    # Without gaps: what is missing was removed.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False, unique=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("channel", Text, nullable=False),
    # Of the row as it was written: whoever can only write to the database cannot make one.
    Column("mac", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("batch", ForeignKey("audit_seals.batch"), index=True),
    Index("ix_audit_log_unsealed", "seq", postgresql_where=text("batch IS NULL")),
    Index("ix_audit_log_subject", "subject", "seq"),
)
