"""What volunteers, people's rights and the app need beside the first tables of the API."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Half of each page is left free, for a message is written anew four times: the mark before it is sent then stays on
    # its page and touches no index (HOT).
    op.execute("ALTER TABLE sms_messages SET (fillfactor = 50)")
    op.create_table(
        "known_applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["links.id"], name=op.f("fk_known_applications_id_links"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_known_applications_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_applications")),
    )
    op.create_index(op.f("ix_known_applications_person_id"), "known_applications", ["person_id"], unique=False)
    op.create_table(
        "person_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("subject_index", sa.LargeBinary(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_person_changes_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_changes")),
    )
    op.create_index("uq_person_changes_subject", "person_changes", ["person_id", "kind", "subject_index"], unique=True)
    op.create_index("ix_person_changes_xid", "person_changes", ["person_id", "xid", "id"], unique=False)
    op.create_index("ix_person_changes_changed_at", "person_changes", ["changed_at"], unique=False)
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest_index", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_documents_link_id_links"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_documents_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index("uq_documents_same", "documents", ["person_id", "link_id", "digest_index"], unique=True)
    op.create_index(op.f("ix_documents_link_id"), "documents", ["link_id"], unique=False)
    op.create_index(op.f("ix_documents_due_at"), "documents", ["due_at"], unique=False)
    _audit()
    _rights()
    _questions()
    _feedback()
    _assisted_mode()
    _visits()
    _mail()


def downgrade() -> None:
    op.execute("ALTER TABLE sms_messages RESET (fillfactor)")
    for table in ("mail_messages", "email_codes", "email_addresses"):
        op.drop_table(table)
    op.drop_table("known_visits")
    _no_assisted_mode()
    _no_feedback()
    _no_questions()
    op.drop_table("documents")
    op.drop_table("person_changes")
    op.drop_table("known_applications")
    op.drop_column("numbers", "preferred")
    op.drop_column("api_sessions", "device_hash")
    op.drop_index(op.f("ix_consents_person_id"), table_name="consents")
    op.drop_index("uq_consents_live", table_name="consents")
    # What was withdrawn had never been heard of before.
    op.execute("DELETE FROM consents WHERE withdrawn_at IS NOT NULL")
    op.create_unique_constraint(
        op.f("uq_consents_person_id_purpose_words"), "consents", ["person_id", "purpose", "words"]
    )
    for column in ("withdrawn_at", "agent_id", "proof", "channel"):
        op.drop_column("consents", column)
    op.drop_column("sms_opt_outs", "number")
    op.drop_column("event_subjects", "subject")
    op.drop_table("erased_people")
    op.drop_table("former_numbers")
    op.execute("DROP FUNCTION audit_forget(timestamptz)")
    for table in ("audit_log", "audit_seals", "audit_head"):
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_guard()")


# --- data protection --------------------------------------------------------------------------------------

# A row may only be put into its batch, once; a seal may only note that its rows were forgotten; the head moves, and is signed. What the one door
# below does goes through, and what a session does that says so itself: of that the chain tells.
_GUARD = """
CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('guichet.audit_log', true) = 'open' THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_log' THEN
    IF OLD.batch IS NULL AND NEW.batch IS NOT NULL
       AND to_jsonb(OLD) - 'batch' = to_jsonb(NEW) - 'batch' THEN
      RETURN NEW;
    END IF;
  END IF;
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_head' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""

# Whole batches at a time and from the first on, so that one entry of the log tells how far; nothing of the last month,
# whatever is asked. Gives how many rows went, and the last batch of those. The word that opens the log is set within: in
# the function's head it would be for superusers to write.
_FORGET = """
CREATE FUNCTION audit_forget(before timestamptz, OUT gone bigint, OUT last bigint) LANGUAGE plpgsql AS $$
DECLARE
  was text := coalesce(current_setting('guichet.audit_log', true), '');
  until timestamptz := least(before, now() - interval '30 days');
  young bigint := (SELECT min(batch) FROM audit_seals WHERE sealed_at >= until);
BEGIN
  PERFORM set_config('guichet.audit_log', 'open', true);
  last := (SELECT max(batch) FROM audit_seals WHERE forgotten_at IS NULL AND (young IS NULL OR batch < young));
  DELETE FROM audit_log WHERE batch <= last;
  GET DIAGNOSTICS gone = ROW_COUNT;
  UPDATE audit_seals SET forgotten_at = now() WHERE batch <= last AND forgotten_at IS NULL;
  PERFORM set_config('guichet.audit_log', was, true);
END $$
"""


def _audit() -> None:
    op.create_table(
        "audit_seals",
        sa.Column("batch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seqs", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_audit_seals")),
    )
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("actor", "act", "subject", "session", "why", "channel")
        ),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["audit_seals.batch"], name=op.f("fk_audit_log_batch_audit_seals")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_log")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_log_id")),
    )
    op.create_table(
        "audit_head",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_audit_head_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audit_head")),
    )
    op.create_index(op.f("ix_audit_log_batch"), "audit_log", ["batch"])
    op.create_index("ix_audit_log_unsealed", "audit_log", ["seq"], postgresql_where=sa.text("batch IS NULL"))
    op.create_index("ix_audit_log_subject", "audit_log", ["subject", "seq"])
    op.execute(_GUARD)
    for table in ("audit_log", "audit_seals", "audit_head"):
        op.execute(
            f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_guard()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_guard()"
        )
    op.execute(_FORGET)


def _rights() -> None:
    op.add_column("event_subjects", sa.Column("subject", sa.LargeBinary(), nullable=True))
    op.add_column("sms_opt_outs", sa.Column("number", sa.LargeBinary(), nullable=True))
    op.create_table(
        "former_numbers",
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("number_index", name=op.f("pk_former_numbers")),
    )
    op.create_table(
        "erased_people",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_erased_people")),
    )
    op.add_column("api_sessions", sa.Column("device_hash", sa.LargeBinary(), nullable=True))
    op.add_column("numbers", sa.Column("preferred", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    for name in ("channel", "proof"):
        op.add_column("consents", sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("consents", sa.Column("agent_id", sa.Uuid(), nullable=True))
    op.add_column("consents", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_consents_person_id_purpose_words"), "consents", type_="unique")
    op.create_index(
        "uq_consents_live",
        "consents",
        ["person_id", "purpose", "words"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index(op.f("ix_consents_person_id"), "consents", ["person_id"])


# --- questions that messages ask --------------------------------------------------------------------------


def _questions() -> None:
    op.drop_constraint(op.f("pk_sms_prompts"), "sms_prompts", type_="primary")
    op.create_primary_key(op.f("pk_sms_prompts"), "sms_prompts", ["id"])
    op.add_column("sms_prompts", sa.Column("message_id", sa.Uuid(), nullable=True))
    op.add_column("sms_prompts", sa.Column("about_index", sa.LargeBinary(), nullable=True))
    op.add_column("sms_prompts", sa.Column("answer", sa.String(length=8), server_default=sa.text("''"), nullable=False))
    op.create_index("ix_sms_prompts_recipient", "sms_prompts", ["recipient_index", "asked_at"])
    for name in ("message", "about"):
        column = "message_id" if name == "message" else "about_index"
        op.create_index(
            f"ix_sms_prompts_{name}", "sms_prompts", [column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )


def _no_questions() -> None:
    # Each is open for two days at most, and the earlier form has room for one a number.
    op.execute("DELETE FROM sms_prompts")
    for name in ("about", "message", "recipient"):
        op.drop_index(f"ix_sms_prompts_{name}", table_name="sms_prompts")
    for column in ("answer", "about_index", "message_id"):
        op.drop_column("sms_prompts", column)
    op.drop_constraint(op.f("pk_sms_prompts"), "sms_prompts", type_="primary")
    op.create_primary_key(op.f("pk_sms_prompts"), "sms_prompts", ["recipient_index"])


def _assisted_mode() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('volunteers', 'post', 'counter')", name=op.f("ck_organisations_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("code", name=op.f("uq_organisations_code")),
    )
    op.create_table(
        "agents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'suspended', 'left')", name=op.f("ck_agents_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_agents_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_agents_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("badge", name=op.f("uq_agents_badge")),
        sa.UniqueConstraint("person_id", name=op.f("uq_agents_person_id")),
    )
    op.create_index(op.f("ix_agents_organisation_id"), "agents", ["organisation_id"], unique=False)
    op.create_table(
        "agent_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("api_session_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("device_index", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_sessions_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["api_session_id"],
            ["api_sessions.id"],
            name=op.f("fk_agent_sessions_api_session_id_api_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_agent_sessions_token_hash")),
    )
    op.create_index(op.f("ix_agent_sessions_agent_id"), "agent_sessions", ["agent_id"], unique=False)
    op.create_index(op.f("ix_agent_sessions_api_session_id"), "agent_sessions", ["api_session_id"], unique=False)
    op.create_table(
        "assisted_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("device_index", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code_mac", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("agent_session_id", sa.Uuid(), nullable=True),
        sa.Column("witness", sa.LargeBinary(), nullable=True),
        sa.Column("claim_index", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("mode IN ('phone', 'witness', 'practice')", name=op.f("ck_assisted_sessions_mode")),
        sa.CheckConstraint("state IN ('asked', 'active', 'ended', 'refused')", name=op.f("ck_assisted_sessions_state")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_assisted_sessions_agent_id_agents"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["agent_session_id"],
            ["agent_sessions.id"],
            name=op.f("fk_assisted_sessions_agent_session_id_agent_sessions"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_assisted_sessions_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_assisted_sessions_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assisted_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_assisted_sessions_token_hash")),
    )
    op.create_index("ix_assisted_sessions_agent", "assisted_sessions", ["agent_id", "asked_at"], unique=False)
    op.create_index(
        op.f("ix_assisted_sessions_agent_session_id"), "assisted_sessions", ["agent_session_id"], unique=False
    )
    op.create_index("ix_assisted_sessions_claim", "assisted_sessions", ["claim_index"], unique=False)
    op.create_index("ix_assisted_sessions_device", "assisted_sessions", ["device_index", "asked_at"], unique=False)
    op.create_index("ix_assisted_sessions_number", "assisted_sessions", ["number_index", "asked_at"], unique=False)
    op.create_index("ix_assisted_sessions_person", "assisted_sessions", ["person_id", "asked_at"], unique=False)
    op.create_table(
        "agent_asked",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("device_index", sa.LargeBinary(), nullable=True),
        sa.Column("witnessed", sa.Boolean(), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_asked_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_asked")),
    )
    op.create_index("ix_agent_asked_agent", "agent_asked", ["agent_id", "asked_at"], unique=False)
    op.create_index("ix_agent_asked_device", "agent_asked", ["device_index", "asked_at"], unique=False)
    op.create_table(
        "assisted_held",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assisted_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'handed_in', 'refused')", name=op.f("ck_assisted_held_state")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_assisted_held_agent_id_agents"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["assisted_id"],
            ["assisted_sessions.id"],
            name=op.f("fk_assisted_held_assisted_id_assisted_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["agents.id"], name=op.f("fk_assisted_held_decided_by_agents"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_assisted_held_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assisted_held")),
    )
    op.create_index(op.f("ix_assisted_held_assisted_id"), "assisted_held", ["assisted_id"], unique=False)
    op.create_index(op.f("ix_assisted_held_person_id"), "assisted_held", ["person_id"], unique=False)
    op.create_table(
        "agent_flags",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_flags_agent_id_agents"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_agent_flags_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_flags")),
    )
    op.create_index("ix_agent_flags_raised_at", "agent_flags", ["raised_at"], unique=False)
    op.create_table(
        "agent_synced",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("assisted_id", sa.Uuid(), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_synced_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assisted_id"],
            ["assisted_sessions.id"],
            name=op.f("fk_agent_synced_assisted_id_assisted_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agent_id", "client_id", name=op.f("pk_agent_synced")),
    )
    op.create_index(op.f("ix_agent_synced_assisted_id"), "agent_synced", ["assisted_id"], unique=False)


def _no_assisted_mode() -> None:
    for table in (
        "agent_synced",
        "agent_flags",
        "assisted_held",
        "agent_asked",
        "assisted_sessions",
        "agent_sessions",
        "agents",
        "organisations",
    ):
        op.drop_table(table)


# --- people's opinions ------------------------------------------------------------------------------------


def _cell() -> "list[sa.Column[Any]]":
    texts = (sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "service", "place", "language"))
    return [sa.Column("month", sa.Date(), nullable=False), *texts]


def _feedback() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("subject_index", sa.LargeBinary(), nullable=True),
        *_cell(),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'over', 'refused')", name=op.f("ck_surveys_state")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_surveys_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("person_id", "kind", "subject_index", name=op.f("uq_surveys_person_id_kind_subject_index")),
    )
    op.create_index("ix_surveys_expires_at", "surveys", ["expires_at"])
    op.create_table(
        "surveys_asked",
        *_cell(),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "kind", "service", "place", "language", name=op.f("pk_surveys_asked")),
    )
    op.create_table(
        "survey_answers",
        *_cell(),
        sa.Column("first", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("second", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "month", "kind", "service", "place", "language", "first", "second", name=op.f("pk_survey_answers")
        ),
    )
    op.create_table(
        "complaints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("number", "token", "about", "service", "place")),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.CheckConstraint("about IN ('service', 'place', 'reference')", name=op.f("ck_complaints_about")),
        sa.CheckConstraint("state IN ('open', 'answered')", name=op.f("ck_complaints_state")),
        sa.CheckConstraint("(state = 'answered') = (answered_on IS NOT NULL)", name=op.f("ck_complaints_answered")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_complaints_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("number", name=op.f("uq_complaints_number")),
        sa.UniqueConstraint("person_id", "token", name=op.f("uq_complaints_person_id_token")),
    )
    op.create_index("ix_complaints_open", "complaints", ["due_on"], postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_complaints_opened_on", "complaints", ["opened_on"])
    op.create_table(
        "answer_clocks",
        sa.Column("reference_index", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference_index", name=op.f("pk_answer_clocks")),
    )
    op.create_index("ix_answer_clocks_changed_at", "answer_clocks", ["changed_at"])
    op.create_table(
        "answer_times",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("days", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service", "month", "days", name=op.f("pk_answer_times")),
    )


def _no_feedback() -> None:
    for table in ("answer_times", "answer_clocks", "complaints", "survey_answers", "surveys_asked", "surveys"):
        op.drop_table(table)


def _visits() -> None:
    op.create_table(
        "known_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("visit_index", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_known_visits_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_visits")),
    )
    op.create_index("uq_known_visits_visit", "known_visits", ["person_id", "visit_index"], unique=True)
    op.create_index("ix_known_visits_expires_at", "known_visits", ["expires_at"], unique=False)


# --- mail -------------------------------------------------------------------------------------------------


def _hers(table: str, *, unique: bool = False) -> "list[Any]":
    keys: list[Any] = [
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
    return [*keys, sa.UniqueConstraint("person_id", name=op.f(f"uq_{table}_person_id"))] if unique else keys


def _mail() -> None:
    op.create_table(
        "email_addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("alerts_by", sa.String(8), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("alerts_by IN ('sms', 'email', 'both')", name=op.f("ck_email_addresses_alerts_by")),
        *_hers("email_addresses", unique=True),
    )
    op.create_index(op.f("ix_email_addresses_address_index"), "email_addresses", ["address_index"])
    op.create_table(
        "email_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("code_mac", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_hers("email_codes", unique=True),
    )
    op.create_table(
        "mail_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("text_id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("lane", sa.LargeBinary(), nullable=True),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(48), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("extra_sends", sa.SmallInteger(), nullable=False),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'unknown', 'sent', 'failed', 'expired', 'suppressed')",
            name=op.f("ck_mail_messages_state"),
        ),
        *_hers("mail_messages"),
    )
    open_ones = "state IN ('queued', 'sending', 'unknown')"
    op.create_index(op.f("ix_mail_messages_person_id"), "mail_messages", ["person_id"])
    op.create_index("uq_mail_messages_event_person", "mail_messages", ["event_id", "person_id"], unique=True)
    op.create_index(
        "ix_mail_messages_open", "mail_messages", ["priority", "due_at"], postgresql_where=sa.text(open_ones)
    )
    op.create_index(
        "ix_mail_messages_lane",
        "mail_messages",
        ["lane", "id"],
        postgresql_where=sa.text(f"{open_ones} AND lane IS NOT NULL"),
    )
    op.create_index("ix_mail_messages_begun_at", "mail_messages", ["begun_at"])
    op.create_index("ix_mail_messages_ended_at", "mail_messages", ["ended_at"])
