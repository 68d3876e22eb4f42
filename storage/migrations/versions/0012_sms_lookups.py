"""What a message is looked for by goes to a table of its own, and its three indexes with it.

Each end of a message wrote every index of its table anew, though its number, its reference and its person had not
changed: three of those indexes were two fifths of what PostgreSQL did for a message that is sent. Here the row is
written once, by triggers, so that a process of the release before need not know of it.

One step instead of two: before the first release no table is large. A process of the release before goes on beside,
and reads the whole table where it looks for a number, a person or a reference. `sms_messages` is locked meanwhile.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PUT = """
CREATE FUNCTION sms_lookups_put() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sms_lookups (message_id, person_id, recipient_index, subject_index)
  SELECT id, person_id, recipient_index, subject_index FROM put;
  RETURN NULL;
END $$;
"""
_PUT_TRIGGER = """
CREATE TRIGGER sms_lookups_put AFTER INSERT ON sms_messages
REFERENCING NEW TABLE AS put FOR EACH STATEMENT EXECUTE FUNCTION sms_lookups_put();
"""
_FOLLOW = """
CREATE FUNCTION sms_lookups_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sms_lookups SET person_id = NEW.person_id, recipient_index = NEW.recipient_index,
    subject_index = NEW.subject_index
  WHERE message_id = NEW.id;
  RETURN NULL;
END $$;
"""
_FOLLOW_TRIGGER = """
CREATE TRIGGER sms_lookups_follow AFTER UPDATE OF person_id, recipient_index, subject_index ON sms_messages
FOR EACH ROW EXECUTE FUNCTION sms_lookups_follow();
"""
_GO = """
CREATE FUNCTION sms_lookups_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM sms_lookups l USING gone WHERE l.message_id = gone.id;
  RETURN NULL;
END $$;
"""
_GO_TRIGGER = """
CREATE TRIGGER sms_lookups_go AFTER DELETE ON sms_messages
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION sms_lookups_go();
"""
# As the foreign key did that is dropped here, which would read the whole table for each person.
_NOBODYS = """
CREATE FUNCTION sms_messages_are_nobodys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sms_messages SET person_id = NULL
  WHERE id = ANY(ARRAY(SELECT message_id FROM sms_lookups WHERE person_id = OLD.id));
  RETURN OLD;
END $$;
"""
_NOBODYS_TRIGGER = """
CREATE TRIGGER sms_messages_are_nobodys BEFORE DELETE ON people
FOR EACH ROW EXECUTE FUNCTION sms_messages_are_nobodys();
"""
_SUBJECT = sa.text("subject_index IS NOT NULL")
_PERSON_KEY = "fk_sms_messages_person_id_people"


def upgrade() -> None:
    op.create_table(
        "sms_lookups",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_index", sa.LargeBinary(), nullable=False),
        sa.Column("subject_index", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_sms_lookups_person_id_people"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_sms_lookups")),
    )
    op.execute("LOCK TABLE sms_messages IN ACCESS EXCLUSIVE MODE")
    op.execute(
        "INSERT INTO sms_lookups (message_id, person_id, recipient_index, subject_index) "
        "SELECT id, person_id, recipient_index, subject_index FROM sms_messages"
    )
    op.create_index("ix_sms_lookups_recipient", "sms_lookups", ["recipient_index", "message_id"])
    op.create_index("ix_sms_lookups_subject", "sms_lookups", ["subject_index"], postgresql_where=_SUBJECT)
    op.create_index("ix_sms_lookups_person", "sms_lookups", ["person_id", "message_id"])
    for statement in (_PUT, _FOLLOW, _GO, _NOBODYS, _PUT_TRIGGER, _FOLLOW_TRIGGER, _GO_TRIGGER, _NOBODYS_TRIGGER):
        op.execute(statement)
    op.drop_constraint(_PERSON_KEY, "sms_messages", type_="foreignkey")
    for name in ("recipient", "subject", "person"):
        op.drop_index(f"ix_sms_messages_{name}", table_name="sms_messages")


def downgrade() -> None:
    op.execute("LOCK TABLE sms_messages IN ACCESS EXCLUSIVE MODE")
    op.execute("DROP TRIGGER sms_messages_are_nobodys ON people")
    op.execute("DROP FUNCTION sms_messages_are_nobodys()")
    for name in ("put", "follow", "go"):
        op.execute(f"DROP TRIGGER sms_lookups_{name} ON sms_messages")
        op.execute(f"DROP FUNCTION sms_lookups_{name}()")
    op.create_index("ix_sms_messages_recipient", "sms_messages", ["recipient_index", "id"])
    op.create_index("ix_sms_messages_subject", "sms_messages", ["subject_index"], postgresql_where=_SUBJECT)
    op.create_index("ix_sms_messages_person", "sms_messages", ["person_id", "id"])
    op.execute("UPDATE sms_messages SET person_id = NULL WHERE person_id NOT IN (SELECT id FROM people)")
    op.create_foreign_key(_PERSON_KEY, "sms_messages", "people", ["person_id"], ["id"], ondelete="SET NULL")
    op.drop_table("sms_lookups")
