"""What ministries take themselves: complaints on their way to one, and survey answers that one was given; and promises
to tell of a mobile unit's stops.

`complaints` gets columns without a value and an index of few rows; nothing is written anew.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ABOUT = "ck_complaints_about"
_STATES = "report_state IN ('waiting', 'sending', 'unsure', 'followed', 'ours')"


def upgrade() -> None:
    _stop_promises()
    op.add_column("complaints", sa.Column("report_state", sa.Text(), nullable=True))
    op.add_column("complaints", sa.Column("report", sa.LargeBinary(), nullable=True))
    op.add_column("complaints", sa.Column("report_tries", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("complaints", sa.Column("report_sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("complaints", sa.Column("report_due_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f(_ABOUT), "complaints", type_="check")
    op.create_check_constraint(op.f(_ABOUT), "complaints", "about IN ('service', 'place', 'reference', 'kind')")
    op.create_check_constraint(op.f("ck_complaints_report_state"), "complaints", _STATES)
    op.create_index(
        "ix_complaints_report",
        "complaints",
        ["report_due_at"],
        postgresql_where=sa.text("report_due_at IS NOT NULL"),
    )
    op.add_column("survey_answers", sa.Column("handed_in", sa.Integer(), server_default="0", nullable=False))


def _stop_promises() -> None:
    op.create_table(
        "stop_promises",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_stop_promises_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_promises")),
    )
    op.create_index(op.f("ix_stop_promises_person_id"), "stop_promises", ["person_id"], unique=False)
    op.create_index("ix_stop_promises_look_at", "stop_promises", ["look_at"], unique=False)
    op.create_index("ix_stop_promises_renewed_at", "stop_promises", ["renewed_at"], unique=False)


def downgrade() -> None:
    op.drop_table("stop_promises")
    op.drop_column("survey_answers", "handed_in")
    op.drop_index("ix_complaints_report", table_name="complaints")
    op.drop_constraint(op.f("ck_complaints_report_state"), "complaints", type_="check")
    op.drop_constraint(op.f(_ABOUT), "complaints", type_="check")
    op.execute("UPDATE complaints SET about = 'service' WHERE about = 'kind'")
    op.create_check_constraint(op.f(_ABOUT), "complaints", "about IN ('service', 'place', 'reference')")
    for column in ("report_due_at", "report_sent_at", "report_tries", "report", "report_state"):
        op.drop_column("complaints", column)
