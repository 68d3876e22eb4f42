"""A claim touches no index of the messages: indexes go by the phase, leases are kept by claim, and parts have no key.

`sms_messages` is locked and written anew (about ten seconds a million rows), and nothing is sent or put meanwhile.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PHASE = (
    "CASE state WHEN 'queued'::text THEN 0 WHEN 'held'::text THEN 0 WHEN 'sending'::text THEN 0 "
    "WHEN 'unknown'::text THEN 1 WHEN 'sent'::text THEN 2 ELSE 3 END"
)
# Statements, not rows: what is old is deleted by the thousand.
_PARTS_GO = """
CREATE FUNCTION sms_parts_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM sms_parts p USING gone WHERE p.message_id = gone.id;
  RETURN NULL;
END $$;
"""
_TRIGGER = """
CREATE TRIGGER sms_parts_go AFTER DELETE ON sms_messages
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION sms_parts_go();
"""
_WAITING, _LANE, _LOOK = "ix_sms_messages_waiting", "ix_sms_messages_open_lane", "ix_sms_messages_look"


def upgrade() -> None:
    op.create_table(
        "sms_claims",
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("messages", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_sms_claims")),
    )
    op.create_index("ix_sms_claims_lease", "sms_claims", ["lease_until"], unique=False)
    op.execute("LOCK TABLE sms_messages IN ACCESS EXCLUSIVE MODE")
    # What workers of the version before have in hand is looked after as ever.
    op.execute(
        "INSERT INTO sms_claims SELECT claim_token, max(lease_until), array_agg(id) FROM sms_messages "
        "WHERE state = 'sending' AND claim_token IS NOT NULL AND lease_until IS NOT NULL GROUP BY claim_token"
    )
    op.drop_constraint("fk_sms_parts_message_id_sms_messages", "sms_parts", type_="foreignkey")
    op.execute(_PARTS_GO)
    op.execute(_TRIGGER)
    op.drop_index("ix_sms_messages_lease", table_name="sms_messages")
    for name in (_WAITING, _LANE, _LOOK):
        op.drop_index(name, table_name="sms_messages")
    op.drop_column("sms_messages", "lease_until")
    op.add_column("sms_messages", sa.Column("phase", sa.SmallInteger(), sa.Computed(_PHASE, persisted=True)))
    _index_by("phase = 0", "phase IN (0, 1)", "phase IN (1, 2)")


def downgrade() -> None:
    op.execute("LOCK TABLE sms_messages IN ACCESS EXCLUSIVE MODE")
    op.execute("DROP TRIGGER sms_parts_go ON sms_messages")
    op.execute("DROP FUNCTION sms_parts_go()")
    op.create_foreign_key(
        "fk_sms_parts_message_id_sms_messages", "sms_parts", "sms_messages", ["message_id"], ["id"], ondelete="CASCADE"
    )
    for name in (_WAITING, _LANE, _LOOK):
        op.drop_index(name, table_name="sms_messages")
    op.drop_column("sms_messages", "phase")
    op.add_column("sms_messages", sa.Column("lease_until", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE sms_messages m SET lease_until = c.lease_until FROM sms_claims c "
        "WHERE c.token = m.claim_token AND m.state = 'sending'"
    )
    _index_by(
        "state IN ('queued', 'held')",
        "state IN ('queued', 'held', 'sending', 'unknown')",
        "state IN ('unknown', 'sent')",
    )
    op.create_index(
        "ix_sms_messages_lease", "sms_messages", ["lease_until"], postgresql_where=sa.text("state = 'sending'")
    )
    op.drop_table("sms_claims")


def _index_by(waiting: str, open_: str, awaited: str) -> None:
    op.create_index(_WAITING, "sms_messages", ["priority", "due_at", "id"], postgresql_where=sa.text(waiting))
    op.create_index(_LANE, "sms_messages", ["lane", "id"], postgresql_where=sa.text(f"{open_} AND lane IS NOT NULL"))
    op.create_index(_LOOK, "sms_messages", ["due_at"], postgresql_where=sa.text(awaited))
