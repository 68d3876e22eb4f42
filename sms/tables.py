"""What SMS keeps in PostgreSQL. The message table is the queue that workers claim from.

Whatever a person could be known by is sealed under her key; blind indexes and keyed MACs find and order rows.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from storage.metadata import METADATA


def _id() -> Column[Any]:
    return Column("id", Uuid, primary_key=True)


def _instant(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


_STATES = (
    "'queued', 'held', 'sending', 'unknown', 'sent', 'delivered', 'undelivered', 'failed', 'expired', 'suppressed'"
)

MESSAGES = Table(
    "sms_messages",
    METADATA,
    # UUIDv7: the order of ids is the order in which messages were put.
    _id(),
    # Erasing a person leaves the row without content, so that the books still balance. A trigger of `people` sees to
    # it, by the lookups (migration 0012): a foreign key would want an index here.
    Column("person_id", Uuid),
    # Not a foreign key: events are swept sooner than messages.
    Column("event_id", Uuid),
    Column("kind", String(24), nullable=False),
    Column("text_id", String(64), nullable=False),
    Column("source", String(32), nullable=False),
    Column("service", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    # {"to", "values", "subject", "link_id", "gist"} as JSON, under the person's key.
    Column("sealed", LargeBinary),
    Column("recipient_index", LargeBinary, nullable=False),
    # Of the subject, for `messages find`; null for none.
    Column("subject_index", LargeBinary),
    # Recipient and subject together: its earliest open message goes first. Null: no order (codes, answers).
    Column("lane", LargeBinary),
    Column("network", String(8), nullable=False),
    Column("state", String(12), nullable=False),
    # What indexes go by instead of the state, so that neither a claim nor the mark before the sending touches one.
    # 0: waits or is being sent; 1: nobody knows whether it was; 2: sent; 3: ended.
    Column(
        "phase",
        SmallInteger,
        Computed(
            "CASE state WHEN 'queued'::text THEN 0 WHEN 'held'::text THEN 0 WHEN 'sending'::text THEN 0 "
            "WHEN 'unknown'::text THEN 1 WHEN 'sent'::text THEN 2 ELSE 3 END",
            persisted=True,
        ),
    ),
    # Why it is held, failed, suppressed or undelivered: a code of ours, never a provider's sentence.
    Column("reason", String(48), nullable=False),
    # When it may be claimed next; while `unknown` or `sent`: when somebody looks at it again.
    _instant("due_at"),
    _instant("expires_at"),
    Column("attempts", SmallInteger, nullable=False),
    # How often it was sent again although an earlier sending may have arrived (never for codes).
    Column("extra_sends", SmallInteger, nullable=False),
    # Fencing: only who holds the token writes what came of a claim (`sms_claims`).
    Column("claim_token", Uuid),
    Column("provider", String(32), nullable=False),
    Column("provider_mode", String(12), nullable=False),
    Column("encoding", String(8), nullable=False),
    Column("parts", SmallInteger, nullable=False),
    # Thousandths of the currency's minor unit: what one part costs is often less than a minor unit.
    Column("cost_millis", BigInteger, nullable=False),
    Column("cost_currency", String(3), nullable=False),
    # What was sent, sealed; kept 7 days.
    Column("sent_text", LargeBinary),
    Column("resend_of", Uuid),
    _instant("created_at", nullable=False),
    _instant("handed_over_at"),
    _instant("ended_at"),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    Index(
        "uq_sms_messages_event_person",
        "event_id",
        "person_id",
        unique=True,
        postgresql_where=text("event_id IS NOT NULL AND resend_of IS NULL"),
    ),
    # The queue: small, however large the table. What is being sent stays in it, and claims step over that.
    Index(
        "ix_sms_messages_waiting",
        "priority",
        "due_at",
        "id",
        postgresql_where=text("phase = 0"),
    ),
    Index(
        "ix_sms_messages_open_lane",
        "lane",
        "id",
        postgresql_where=text("phase IN (0, 1) AND lane IS NOT NULL"),
    ),
    Index("ix_sms_messages_look", "due_at", postgresql_where=text("phase IN (1, 2)")),
    Index("ix_sms_messages_sent_text", "handed_over_at", postgresql_where=text("sent_text IS NOT NULL")),
    # Room on each page for the claim and for the mark, which touch no index: beside the row itself (HOT).
    postgresql_with={"fillfactor": 50},
)

LOOKUPS = Table(
    "sms_lookups",
    METADATA,
    # What a message is looked for by, besides its id: the columns of its row, which triggers keep the same (migration
    # 0012). Nothing else writes here. In a table of its own, since each end of a message writes all indexes of its own
    # row anew, and this one is written once.
    Column("message_id", Uuid, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="SET NULL")),
    Column("recipient_index", LargeBinary, nullable=False),
    Column("subject_index", LargeBinary),
    Index("ix_sms_lookups_recipient", "recipient_index", "message_id"),
    Index("ix_sms_lookups_subject", "subject_index", postgresql_where=text("subject_index IS NOT NULL")),
    Index("ix_sms_lookups_person", "person_id", "message_id"),
)

CLAIMS = Table(
    "sms_claims",
    METADATA,
    # What one worker took at once, and until when it holds that, by the database's clock. Kept until the lease is over,
    # and for as long as somebody has to look after what is left of it.
    Column("token", Uuid, primary_key=True),
    _instant("lease_until", nullable=False),
    Column("messages", ARRAY(Uuid), nullable=False),
    Index("ix_sms_claims_lease", "lease_until"),
)

PARTS = Table(
    "sms_parts",
    METADATA,
    # One row for each id that a provider knows something of ours by: a whole message, or one part of it.
    # No foreign key: whoever adds a part holds the message's lock, and the key would take it once more for each. A
    # trigger lets parts go with their message (migration 0005).
    Column("message_id", Uuid, primary_key=True),
    Column("attempt", SmallInteger, primary_key=True),
    Column("part", SmallInteger, primary_key=True),
    Column("provider", String(32), nullable=False),
    # Normalised as the provider's folder says (hex or decimal, leading zeros).
    Column("provider_id", String(128), nullable=False),
    Column("state", String(12), nullable=False),
    _instant("created_at", nullable=False),
    UniqueConstraint("provider", "provider_id"),
    CheckConstraint("state IN ('sent', 'delivered', 'undelivered')", name="state"),
)

REPORTS = Table(
    "sms_reports",
    METADATA,
    # Every report as it came, once: the trail, and the park of those whose message is not known yet.
    _id(),
    Column("provider", String(32), nullable=False),
    Column("provider_id", String(128), nullable=False),
    Column("word", String(32), nullable=False),
    Column("reason", String(48), nullable=False),
    Column("network", String(8), nullable=False),
    Column("recipient_index", LargeBinary),
    Column("message_id", Uuid),
    # applied: it changed something. noted: late, doubled or interim. contradicted: another final word came first.
    Column("verdict", String(12), nullable=False),
    Column("times", Integer, nullable=False),
    _instant("received_at", nullable=False),
    _instant("parked_until"),
    UniqueConstraint("provider", "provider_id", "word"),
    CheckConstraint(
        "verdict IN ('parked', 'applied', 'noted', 'contradicted', 'unknown_word', 'lost')", name="verdict"
    ),
    Index("ix_sms_reports_parked", "parked_until", postgresql_where=text("verdict = 'parked'")),
    Index("ix_sms_reports_message", "message_id", postgresql_where=text("message_id IS NOT NULL")),
)

INBOUND = Table(
    "sms_inbound",
    METADATA,
    _id(),
    Column("provider", String(32), nullable=False),
    # The provider's id; where it gives none, a MAC of sender, text and a short window of time.
    Column("dedupe", String(128), nullable=False),
    Column("sender_index", LargeBinary, nullable=False),
    # {"from", "to", "text", "link_id", "date"} as JSON, under the ring's column key: the sender may be nobody yet.
    Column("sealed", LargeBinary, nullable=False),
    Column("network", String(8), nullable=False),
    Column("state", String(12), nullable=False),
    Column("intent", String(24), nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    _instant("due_at"),
    _instant("received_at", nullable=False),
    _instant("ended_at"),
    UniqueConstraint("provider", "dedupe"),
    CheckConstraint("state IN ('received', 'answered', 'ignored', 'quarantined', 'failed')", name="state"),
    Index("ix_sms_inbound_due", "due_at", postgresql_where=text("state = 'received'")),
    Index("ix_sms_inbound_sender", "sender_index", "received_at"),
    Index("ix_sms_inbound_received", "received_at"),
)

PROMPTS = Table(
    "sms_prompts",
    METADATA,
    # Questions asked of a number: "1" or "yes" answers the last that reached it.
    _id(),
    Column("recipient_index", LargeBinary, nullable=False),
    Column("kind", String(24), nullable=False),
    # The alert that asks it; until that is handed over nobody was asked. Null: asked in an answer.
    Column("message_id", Uuid),
    # Of what it is about, where a yes is remembered.
    Column("about_index", LargeBinary),
    # "yes" or "no", "" while there is none; an answer may be changed while the question is open. "closed": it was yes.
    Column("answer", String(8), nullable=False, server_default=text("''")),
    Column("sealed", LargeBinary, nullable=False),
    _instant("asked_at", nullable=False),
    _instant("expires_at", nullable=False),
    Index("ix_sms_prompts_recipient", "recipient_index", "asked_at"),
    Index("ix_sms_prompts_message", "message_id", postgresql_where=text("message_id IS NOT NULL")),
    Index("ix_sms_prompts_about", "about_index", postgresql_where=text("about_index IS NOT NULL")),
)

MENU_SESSIONS = Table(
    "sms_menu_sessions",
    METADATA,
    # A menu played by SMS: the session id that the conversation knows this number's game by.
    Column("recipient_index", LargeBinary, primary_key=True),
    Column("session", String(64), nullable=False),
    Column("turns", Integer, nullable=False),
    _instant("expires_at", nullable=False),
)

OPT_OUTS = Table(
    "sms_opt_outs",
    METADATA,
    _id(),
    Column("recipient_index", LargeBinary, nullable=False),
    # Under the column key, so that it is found when keys are rotated: it must outlive them all.
    Column("number", LargeBinary),
    # "" for all senders, else one sender ID.
    Column("sender", String(16), nullable=False),
    # keyword, provider, agent, app.
    Column("how", String(12), nullable=False),
    _instant("since", nullable=False),
    _instant("ended_at"),
    Index("uq_sms_opt_outs_live", "recipient_index", "sender", unique=True, postgresql_where=text("ended_at IS NULL")),
)

SPEND = Table(
    "sms_spend",
    METADATA,
    Column("source", String(32), primary_key=True),
    # A day, or the first day of a month, in the country's zone.
    Column("period", String(5), primary_key=True),
    Column("begins", Date, primary_key=True),
    Column("millis", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
    CheckConstraint("period IN ('day', 'month')", name="period"),
)

NUMBER_HEALTH = Table(
    "sms_number_health",
    METADATA,
    Column("recipient_index", LargeBinary, primary_key=True),
    Column("failures", SmallInteger, nullable=False),
    _instant("cool_until"),
    _instant("failed_at"),
    _instant("delivered_at"),
)

PROVIDER_HEALTH = Table(
    "sms_provider_health",
    METADATA,
    Column("provider", String(32), primary_key=True),
    # 0 to 100; what routes multiply their own weights with.
    Column("weight", SmallInteger, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("reason", String(48), nullable=False),
    # When its weight or its rest was last changed, and when it was last found wanting.
    _instant("changed_at", nullable=False),
    _instant("troubled_at"),
)

PROVIDER_MINUTES = Table(
    "sms_provider_minutes",
    METADATA,
    # What all workers together asked of a provider, and how often nothing or no answer came of it.
    Column("provider", String(32), primary_key=True),
    Column("minute", DateTime(timezone=True), primary_key=True),
    Column("asked", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
)

RATES = Table(
    "sms_rates",
    METADATA,
    # A token bucket a sender, shared by all workers.
    Column("sender", String(48), primary_key=True),
    Column("millitokens", BigInteger, nullable=False),
    _instant("filled_at", nullable=False),
)

FETCHES = Table(
    "sms_fetches",
    METADATA,
    # Up to which inbound message a provider's list has been reconciled.
    Column("provider", String(32), primary_key=True),
    Column("last_id", String(64), nullable=False),
    _instant("fetched_at", nullable=False),
)

DELIVERY_DAYS = Table(
    "sms_delivery_days",
    METADATA,
    # What became of the messages put on a day (UTC). "" for all providers or languages, "-" where none ever had it.
    Column("day", Date, primary_key=True),
    Column("provider", String(32), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("messages", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("undelivered", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    # To how many numbers: under five, it is shown to nobody.
    Column("people", Integer, nullable=False),
)
