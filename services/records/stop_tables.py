"""The table of promises to tell of a mobile unit's stops."""

from sqlalchemy import Column, Index, LargeBinary, Table

from services.records.columns import instant, of_person, own_id
from storage.metadata import METADATA

STOP_PROMISES = Table(
    "stop_promises",
    METADATA,
    own_id(),
    of_person(index=True),
    # Which unit, which place, and of which stop she was told: under her key, for they say where she lives.
    Column("sealed", LargeBinary, nullable=False),
    instant("look_at"),
    # Promised, or told something, last: long after that it is forgotten.
    instant("renewed_at"),
    Index("ix_stop_promises_look_at", "look_at"),
    Index("ix_stop_promises_renewed_at", "renewed_at"),
)
