"""The tables of storage itself: the sealed key of each person."""

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text, Uuid

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
