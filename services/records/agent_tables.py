"""The tables of assisted mode: organisations, their agents, and the sessions in which those help citizens."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from services.records.columns import instant
from storage.metadata import METADATA


def _agent(name: str = "agent_id") -> Column[Any]:
    # An agent may leave and be forgotten; that somebody helped is the citizen's to know.
    return Column(name, ForeignKey("agents.id", ondelete="SET NULL"), nullable=True)


ORGANISATIONS = Table(
    "organisations",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    instant("created_at"),
    CheckConstraint("kind IN ('volunteers', 'post', 'counter')", name="kind"),
)

AGENTS = Table(
    "agents",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", ForeignKey("organisations.id"), nullable=False, index=True),
    # An agent is a person with a number, an account and a PIN like anybody's.
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, unique=True),
    # Printed on what she wears: not personal.
    Column("badge", Text, nullable=False, unique=True),
    # Under the person's key.
    Column("name", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("practice", Boolean, nullable=False),
    instant("created_at"),
    CheckConstraint("state IN ('active', 'suspended', 'left')", name="state"),
)

AGENT_SESSIONS = Table(
    "agent_sessions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    # The signed-in device: signed out there, signed out here.
    Column("api_session_id", ForeignKey("api_sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    # Blind index of what the page calls its device: one device for many agents is seen.
    Column("device_index", LargeBinary, nullable=False),
    instant("created_at"),
    instant("expires_at"),
    instant("ended_at", nullable=True),
)

ASSISTED_SESSIONS = Table(
    "assisted_sessions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    _agent(),
    Column("organisation_id", ForeignKey("organisations.id"), nullable=False),
    # None on USSD, where the telephone is the agent's own.
    Column("device_index", LargeBinary),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    # As it was asked, under the column key: whoever has it now must still be this person.
    Column("number", LargeBinary),
    Column("number_index", LargeBinary),
    Column("mode", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    # Codes of services, with commas.
    Column("services", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("code_mac", LargeBinary),
    Column("key_id", Text),
    Column("tries", SmallInteger, nullable=False),
    Column("token_hash", LargeBinary, unique=True),
    # The agent's own session that the token was given in: signed out there, it opens nothing.
    Column("agent_session_id", ForeignKey("agent_sessions.id", ondelete="SET NULL"), index=True),
    # The witness's name, under the column key.
    Column("witness", LargeBinary),
    # Blind index of the claim code on the slip.
    Column("claim_index", LargeBinary),
    instant("asked_at"),
    instant("ask_until"),
    # Of the code: by the database's clock, which no gateway's can make later. None: asked by older code.
    instant("code_until", nullable=True),
    instant("active_until", nullable=True),
    instant("ended_at", nullable=True),
    Column("ended_by", Text),
    Index("ix_assisted_sessions_agent", "agent_id", "asked_at"),
    Index("ix_assisted_sessions_device", "device_index", "asked_at"),
    Index("ix_assisted_sessions_number", "number_index", "asked_at"),
    Index("ix_assisted_sessions_person", "person_id", "asked_at"),
    Index("ix_assisted_sessions_claim", "claim_index"),
    CheckConstraint("mode IN ('phone', 'witness', 'practice')", name="mode"),
    CheckConstraint("state IN ('asked', 'active', 'ended', 'refused')", name="state"),
)

# That somebody was asked, and nothing of whom: sessions go when citizens are erased, and limits must not go with them.
ASKED = Table(
    "agent_asked",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("device_index", LargeBinary),
    Column("witnessed", Boolean, nullable=False),
    # Where the agent said that she was, to about a kilometre: under the column key.
    Column("place", LargeBinary),
    instant("asked_at"),
    Index("ix_agent_asked_agent", "agent_id", "asked_at"),
    Index("ix_agent_asked_device", "device_index", "asked_at"),
)

HELD = Table(
    "assisted_held",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("assisted_id", ForeignKey("assisted_sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    _agent(),
    Column("service", Text, nullable=False),
    # The form's id and the answers, under the person's key; emptied once it is decided.
    Column("answers", LargeBinary),
    Column("state", Text, nullable=False),
    instant("held_at"),
    instant("decided_at", nullable=True),
    _agent("decided_by"),
    CheckConstraint("state IN ('waiting', 'handed_in', 'refused')", name="state"),
)

FLAGS = Table(
    "agent_flags",
    METADATA,
    Column("id", Uuid, primary_key=True),
    _agent(),
    Column("organisation_id", ForeignKey("organisations.id"), nullable=False),
    Column("kind", Text, nullable=False),
    instant("raised_at"),
    Index("ix_agent_flags_raised_at", "raised_at"),
)

SYNCED = Table(
    "agent_synced",
    METADATA,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    # Made by the device for each draft: the same again is the same.
    Column("client_id", Text, primary_key=True),
    Column("assisted_id", ForeignKey("assisted_sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    instant("synced_at"),
)
