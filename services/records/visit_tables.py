"""The table of what ministries last told of a person's visits."""

from sqlalchemy import Column, DateTime, ForeignKey, Index, LargeBinary, Table, Uuid

from storage.metadata import METADATA

KNOWN_VISITS = Table(
    "known_visits",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    # Blind index of service and number, which keeps each to one row.
    Column("visit_index", LargeBinary, nullable=False),
    # Service, number, slot, place and time: under the person's key.
    Column("sealed", LargeBinary, nullable=False),
    # The day after it: then it is forgotten.
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("uq_known_visits_visit", "person_id", "visit_index", unique=True),
    Index("ix_known_visits_expires_at", "expires_at"),
)
