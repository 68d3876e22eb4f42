"""Which menus running processes read, so that sessions begin with some that all of them do.

A table of its own and nothing else: a process of the release before goes on beside, and does not say what it reads.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ussd_menu_readers",
        sa.Column("process", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False, comment="of the menus that came with its code"),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_ussd_menu_readers")),
    )


def downgrade() -> None:
    op.drop_table("ussd_menu_readers")
