"""Dead letters have an index of their own: the operations page asks for those of a month, among all events of a month.

The index holds few rows, and reads the table once while it is made: nothing is written there meanwhile.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_ministry_events_dead",
        "ministry_events",
        ["received_at"],
        postgresql_where=sa.text("state = 'dead'"),
    )


def downgrade() -> None:
    op.drop_index("ix_ministry_events_dead", table_name="ministry_events", postgresql_where=sa.text("state = 'dead'"))
