"""Numbers are asked after for a SIM swap: when it was asked, what was found, and since when number and PIN are hers.

The columns are nullable, and nothing is written anew: a process of the release before goes on beside. What it
confirms by a fact, or resets, meanwhile counts from `created_at`: such a number may have to be proven once more.
The step holds both tables while its five indexes are made, so that nobody reads them meanwhile either: a second for some
hundred thousand numbers, tens of seconds for ten millions. Nothing is released yet; the first country that has so many
wants the columns and the indexes apart (decision 3).
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FEW = (("numbers", "proven_at"), ("numbers", "swap_request"), ("accounts", "pin_since"), ("accounts", "reset_due"))


def upgrade() -> None:
    op.add_column("numbers", sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("numbers", sa.Column("swapped_on", sa.Date(), nullable=True))
    op.add_column("numbers", sa.Column("swap_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("numbers", sa.Column("swap_ask_after", sa.DateTime(timezone=True), nullable=True))
    op.add_column("numbers", sa.Column("swap_request", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("pin_since", sa.DateTime(timezone=True), nullable=True))
    for table, column in _FEW:
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=there)
    op.create_index(
        "ix_numbers_swap_turn",
        "numbers",
        [sa.text("swap_ask_after NULLS FIRST"), sa.text("swap_asked_at NULLS FIRST"), "id"],
        postgresql_where=sa.text("state = 'active'"),
    )


def downgrade() -> None:
    op.drop_index("ix_numbers_swap_turn", table_name="numbers", postgresql_where=sa.text("state = 'active'"))
    for table, column in _FEW:
        there = sa.text(f"{column} IS NOT NULL")
        op.drop_index(f"ix_{table}_{column}", table_name=table, postgresql_where=there)
    op.drop_column("accounts", "pin_since")
    for column in ("swap_request", "swap_ask_after", "swap_asked_at", "swapped_on", "proven_at"):
        op.drop_column("numbers", column)
