"""The tables of what ministries last told of a person's applications, of what changed for her, and her documents."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from storage.metadata import METADATA

KNOWN = Table(
    "known_applications",
    METADATA,
    # One for each link, which says whose it is and of which service.
    Column("id", ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    # Reference, state and its history, dates, amount, pickup: under the person's key.
    Column("sealed", LargeBinary, nullable=False),
    # When the ministry was last heard of it; and when it last told something new.
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

CHANGES = Table(
    "person_changes",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    # Which of her things: its id under her key, and the blind index that keeps it to one row.
    Column("subject", LargeBinary, nullable=False),
    Column("subject_index", LargeBinary, nullable=False),
    Column("gone", Boolean, nullable=False),
    # Of the transaction that wrote it: what was still open when somebody read is read next time.
    Column("xid", BigInteger, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Index("uq_person_changes_subject", "person_id", "kind", "subject_index", unique=True),
    Index("ix_person_changes_xid", "person_id", "xid", "id"),
    Index("ix_person_changes_changed_at", "changed_at"),
)

DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    # To which application: its link.
    Column("link_id", ForeignKey("links.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("media", Text, nullable=False),
    # The file's octets under the person's key, and how many there are.
    Column("sealed", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    # Blind index of the file: the same one twice is one document.
    Column("digest_index", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    # How often its ministry was tried, and when it is next; null once it waits no longer.
    Column("attempts", SmallInteger, nullable=False),
    Column("due_at", DateTime(timezone=True), index=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("uq_documents_same", "person_id", "link_id", "digest_index", unique=True),
)
