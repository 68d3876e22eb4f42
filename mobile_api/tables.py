"""What the app's channel keeps in PostgreSQL."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from storage.metadata import METADATA

IDEMPOTENCY = Table(
    "api_idempotency",
    METADATA,
    # Blind index of who, which operation and the key that she chose.
    Column("key_digest", LargeBinary, primary_key=True),
    # Made anew by each attempt: fences off an earlier one, and the sealed answer is bound to it.
    Column("token", Uuid, nullable=False),
    # Null where nobody is signed in. When she is erased, what she was answered is too.
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), index=True),
    Column("operation", String(64), nullable=False),
    # Blind index of the request: another one under the same key is refused.
    Column("fingerprint", LargeBinary, nullable=False),
    Column("state", String(8), nullable=False),
    Column("lease_until", DateTime(timezone=True), nullable=False),
    # Status, headers and body of the answer; null while it is running.
    Column("sealed", LargeBinary),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    CheckConstraint("state IN ('running', 'done')", name="state"),
)
