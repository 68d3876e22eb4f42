"""The tables of signing in: requests for codes, counters of what was sent, and signed-in devices."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text, Uuid

from storage.metadata import METADATA

REQUESTS = Table(
    "sign_in_requests",
    METADATA,
    Column("id", Uuid, primary_key=True),
    # Under the ring's column key: there may be no person yet.
    Column("number", LargeBinary, nullable=False),
    # An HMAC over request, device and code, and the id of the key that made it.
    Column("code_mac", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Index("ix_sign_in_requests_expires_at", "expires_at"),
)

COUNTERS = Table(
    "sign_in_counters",
    METADATA,
    Column("kind", Text, primary_key=True),
    # Blind index of a number, the beginning of one, or an address.
    Column("subject_index", LargeBinary, primary_key=True),
    # The window runs from its first use.
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("used", BigInteger, nullable=False),
    Index("ix_sign_in_counters_begun_at", "begun_at"),
)

SESSIONS = Table(
    "api_sessions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    # Good only while this number stands for this person.
    Column("number_id", ForeignKey("numbers.id", ondelete="CASCADE"), nullable=False, index=True),
    # SHA-256 of tokens of 256 random bits.
    Column("access_hash", LargeBinary, nullable=False, unique=True),
    Column("family_hash", LargeBinary, nullable=False, unique=True),
    Column("turn_hash", LargeBinary, nullable=False),
    # As the app calls the device, under the person's key.
    Column("device", LargeBinary, nullable=False),
    # SHA-256 of the person and of the random name by which the app knows the device: whoever signs in anew on it
    # leaves no older session behind.
    Column("device_hash", LargeBinary),
    Column("access_until", DateTime(timezone=True), nullable=False),
    Column("proven_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    # Signed out, or a used refresh token came back.
    Column("ended_at", DateTime(timezone=True)),
    Index("ix_api_sessions_expires_at", "expires_at"),
)
