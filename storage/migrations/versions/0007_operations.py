"""The operations page: staff and their sessions, what all processes count together, days of screens and of delivery.

`ussd_session_ends` gets two columns without a value; nothing is written anew.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STARTED_IN = "that it began in; null where its start is not known"
_CALLER = "MAC of number and day: tells how many people, of that day alone"
_SEEN = "sessions that saw it"
_GIVEN_UP = "sessions that ended there without success"
_PEOPLE = "how many people these were: under five, it is shown to nobody"


def upgrade() -> None:
    _staff()
    _counted()
    op.add_column("ussd_session_ends", sa.Column("language", sa.String(8), nullable=True, comment=_STARTED_IN))
    op.add_column("ussd_session_ends", sa.Column("caller", sa.LargeBinary(), nullable=True, comment=_CALLER))
    op.create_table(
        "ussd_screen_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("screen", sa.String(100), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("network", sa.String(8), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False, comment=_SEEN),
        sa.Column("given_up", sa.Integer(), nullable=False, comment=_GIVEN_UP),
        sa.Column("people", sa.Integer(), nullable=False, comment=_PEOPLE),
        sa.PrimaryKeyConstraint("day", "screen", "language", "network", name=op.f("pk_ussd_screen_days")),
    )
    op.create_table(
        "sms_delivery_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("undelivered", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "provider", "language", name=op.f("pk_sms_delivery_days")),
    )


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("totp", sa.LargeBinary(), nullable=False),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'suspended')", name=op.f("ck_staff_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_name")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"], unique=False)
    op.create_index("ix_staff_sessions_expires_at", "staff_sessions", ["expires_at"], unique=False)


def _counted() -> None:
    op.create_table(
        "counted_minutes",
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "measure IN ('hops', 'hop_seconds', 'calls', 'call_seconds')", name=op.f("ck_counted_minutes_measure")
        ),
        sa.PrimaryKeyConstraint("minute", "measure", "name", "word", name=op.f("pk_counted_minutes")),
    )
    op.create_table(
        "ministry_breakers",
        sa.Column("process", sa.Uuid(), nullable=False),
        sa.Column("ministry", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('closed', 'open', 'half_open')", name=op.f("ck_ministry_breakers_state")),
        sa.PrimaryKeyConstraint("process", "ministry", name=op.f("pk_ministry_breakers")),
    )


def downgrade() -> None:
    for table in ("sms_delivery_days", "ussd_screen_days", "ministry_breakers", "counted_minutes"):
        op.drop_table(table)
    op.drop_table("staff_sessions")
    op.drop_table("staff")
    op.drop_column("ussd_session_ends", "caller")
    op.drop_column("ussd_session_ends", "language")
