"""What the USSD channel keeps in PostgreSQL: starts, snapshots while Redis is away, ends, menu versions."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, Integer, LargeBinary, String, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY

from storage.metadata import METADATA

# `key` is everywhere the keyed MAC of aggregator, session id and MSISDN: it says nothing by itself.

sessions = Table(
    "ussd_sessions",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    Column("aggregator", String(32), nullable=False),
    Column("network", String(8)),
    Column("entry", String(64), nullable=False, comment="the node that the session began at"),
    Column("menu", String(64), nullable=False, comment="version of the menus it is pinned to"),
    Column("language", String(8), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_ussd_sessions_started_at", "started_at"),
)

snapshots = Table(
    "ussd_snapshots",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False, comment="the session, sealed; empty while it is only locked"),
    Column("lock_token", String(32)),
    Column("locked_until", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_ussd_snapshots_expires_at", "expires_at"),
)

session_ends = Table(
    "ussd_session_ends",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    Column("aggregator", String(32), nullable=False),
    Column("network", String(8)),
    Column("outcome", String(16), nullable=False),
    Column("duration_ms", Integer),
    Column("hops", Integer),
    Column("cost", String(32), comment="as the aggregator writes it, currency included"),
    Column("screens", ARRAY(String(100)), nullable=False, comment="names of the screens seen, in order"),
    Column("language", String(8), comment="that it began in; null where its start is not known"),
    Column("caller", LargeBinary, comment="MAC of number and day: tells how many people, of that day alone"),
    Column("ended_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("doubles", BigInteger, nullable=False, server_default="0", comment="times the event came again"),
    Index("ix_ussd_session_ends_ended_at", "ended_at"),
)

screen_days = Table(
    "ussd_screen_days",
    METADATA,
    # Where people gave up, of a day (UTC). Language and network: "" for all of them, "-" for none that we know.
    Column("day", Date, primary_key=True),
    Column("screen", String(100), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("network", String(8), primary_key=True),
    Column("seen", Integer, nullable=False, comment="sessions that saw it"),
    Column("given_up", Integer, nullable=False, comment="sessions that ended there without success"),
    Column("people", Integer, nullable=False, comment="how many people these were: under five, it is shown to nobody"),
)

menu_versions = Table(
    "ussd_menu_versions",
    METADATA,
    Column("version", String(64), primary_key=True),
    Column("sources", Text, nullable=False, comment="JSON: file name to YAML text"),
    Column("first_used_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

menu_readers = Table(
    "ussd_menu_readers",
    METADATA,
    Column("process", Uuid, primary_key=True),
    Column("version", String(64), nullable=False, comment="of the menus that came with its code"),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)
