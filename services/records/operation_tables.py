"""The tables of what all processes count together, by minute, of how they find ministries, and of what operators
stopped. Nobody is in them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, String, Table, Text, Uuid

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

SUSPENSIONS = Table(
    # The name is from when SMS was the only channel.
    "sms_suspensions",
    METADATA,
    # What operators stopped: "" stands for every source or every text (`suspensions.py`).
    Column("source", String(32), primary_key=True),
    Column("text_id", String(64), primary_key=True),
    Column("reason", String(200), nullable=False),
    instant("since"),
)
