"""The tables of staff who may open the operations page, and of their sessions there."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text

from services.records.columns import instant, own_id
from storage.metadata import METADATA

STAFF = Table(
    "staff",
    METADATA,
    own_id(),
    # As the audit log names her: `operator:<name>`.
    Column("name", Text, nullable=False, unique=True),
    # Argon2id over an HMAC with a pepper that is not in the database, the pepper's id in front.
    Column("password", Text, nullable=False),
    # The key of her second factor, under the column key.
    Column("totp", LargeBinary, nullable=False),
    # The step of the last code that signed her in: no code is good twice.
    Column("totp_step", BigInteger, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    instant("locked_until", nullable=True),
    Column("state", Text, nullable=False),
    instant("created_at"),
    CheckConstraint("state IN ('active', 'suspended')", name="state"),
)

STAFF_SESSIONS = Table(
    "staff_sessions",
    METADATA,
    own_id(),
    # SHA-256 of a token of 256 random bits.
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    instant("created_at"),
    # When somebody last touched the page: that it asks for figures by itself does not count.
    instant("used_at"),
    instant("expires_at"),
    Index("ix_staff_sessions_expires_at", "expires_at"),
)
