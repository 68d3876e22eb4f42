"""The tables of what all processes count together, by minute, and of how they find ministries. Nobody is in them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Table, Text, Uuid

from services.records.columns import instant
from storage.metadata import METADATA

MINUTES = Table(
    "counted_minutes",
    METADATA,
    # Each process adds what it counted, every few seconds: never a row or an update a hop.
    Column("minute", DateTime(timezone=True), primary_key=True),
    Column("measure", Text, primary_key=True),
    # An aggregator or a ministry.
    Column("name", Text, primary_key=True),
    # A result, or the upper bound of a bucket in seconds.
    Column("word", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    CheckConstraint("measure IN ('hops', 'hop_seconds', 'calls', 'call_seconds')", name="measure"),
)

BREAKERS = Table(
    "ministry_breakers",
    METADATA,
    # Each process has breakers of its own.
    Column("process", Uuid, primary_key=True),
    Column("ministry", Text, primary_key=True),
    Column("state", Text, nullable=False),
    instant("seen_at"),
    CheckConstraint("state IN ('closed', 'open', 'half_open')", name="state"),
)
