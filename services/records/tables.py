"""The tables of what is remembered of persons. Everything personal is sealed; blind indexes find it.

All hang on `people`: deleting that row, and the person's key, forgets her.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.records.columns import instant, of_person, own_id
from storage.metadata import METADATA

PEOPLE = Table(
    "people",
    METADATA,
    own_id(),
    Column("language", Text, nullable=False),
    # She came herself and was spoken to in it; else a ministry's event knows better.
    Column("language_chosen", Boolean, nullable=False, server_default=text("true")),
    # By this pseudonym ministries know her. Random and kept, not derived: it survives every rotation of keys.
    Column("applicant", Text, nullable=False, unique=True),
    instant("created_at"),
)

NUMBERS = Table(
    "numbers",
    METADATA,
    own_id(),
    of_person(index=True),
    Column("msisdn", LargeBinary, nullable=False),
    Column("msisdn_index", LargeBinary, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("former_holder", Boolean, nullable=False),
    # She wants to be reached here; where none is, the number she was last heard from.
    Column("preferred", Boolean, nullable=False, server_default=text("false")),
    instant("last_seen"),
    # When a fact that her ministry checked last woke it; null: not since `created_at`.
    instant("proven_at", nullable=True),
    # The day of the last SIM swap that was found after that.
    Column("swapped_on", Date, nullable=True),
    # When its network was last asked for a swap, and answered, if only that it answers later; and until when nobody
    # asks (somebody does just now, or a question failed).
    instant("swap_asked_at", nullable=True),
    instant("swap_ask_after", nullable=True),
    # While the answer is awaited: the name that the provider gave the question.
    Column("swap_request", Text, nullable=True),
    instant("created_at"),
    CheckConstraint("state IN ('active', 'stale', 'ended')", name="state"),
    # Two first contacts at once make one person.
    Index(
        "uq_numbers_one_holder",
        "msisdn_index",
        unique=True,
        postgresql_where=text("state <> 'ended'"),
    ),
    Index("ix_numbers_proven_at", "proven_at", postgresql_where=text("proven_at IS NOT NULL")),
    Index("ix_numbers_swap_request", "swap_request", postgresql_where=text("swap_request IS NOT NULL")),
    # Those that were never asked after first.
    Index(
        "ix_numbers_swap_turn",
        text("swap_ask_after NULLS FIRST"),
        text("swap_asked_at NULLS FIRST"),
        "id",
        postgresql_where=text("state = 'active'"),
    ),
)

# Numbers of people who were erased, by blind index alone: whoever has one of them now inherits nothing. Whose they
# were, and when they went, is not kept.
FORMER_NUMBERS = Table(
    "former_numbers",
    METADATA,
    Column("number_index", LargeBinary, primary_key=True),
    # Under the column key, so that it is found when keys are rotated.
    Column("number", LargeBinary),
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    of_person(primary_key=True),
    Column("pin_hash", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    instant("locked_until", nullable=True),
    instant("reset_due", nullable=True),
    # When a PIN was last chosen without proving the one before; null: by a release that did not note it, `created_at`.
    instant("pin_since", nullable=True),
    instant("created_at"),
    # Few of them: who is asked after for a SIM swap is found without reading all.
    Index("ix_accounts_reset_due", "reset_due", postgresql_where=text("reset_due IS NOT NULL")),
    Index("ix_accounts_pin_since", "pin_since", postgresql_where=text("pin_since IS NOT NULL")),
)

CONSENTS = Table(
    "consents",
    METADATA,
    own_id(),
    of_person(index=True),
    Column("purpose", Text, nullable=False),
    # Which words were agreed to (message id and version), in which language.
    Column("words", Text, nullable=False),
    Column("language", Text, nullable=False),
    instant("given_at"),
    # Where she agreed, in which session, and beside whom.
    Column("channel", Text, nullable=False, server_default=text("''")),
    Column("proof", Text, nullable=False, server_default=text("''")),
    Column("agent_id", Uuid, nullable=True),
    # A ledger: what is withdrawn stays, and agreeing again is a new row.
    instant("withdrawn_at", nullable=True),
    Index(
        "uq_consents_live",
        "person_id",
        "purpose",
        "words",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)

LINKS = Table(
    "links",
    METADATA,
    own_id(),
    of_person(),
    Column("service", Text, nullable=False),
    Column("reference", LargeBinary, nullable=False),
    Column("reference_index", LargeBinary, nullable=False),
    Column("linked_by", Text, nullable=False),
    instant("created_at"),
    UniqueConstraint("person_id", "service", "reference_index"),
    # Whose a reference is, for what its ministry tells us.
    Index("ix_links_reference", "reference_index"),
    CheckConstraint("linked_by IN ('fact', 'handed_in', 'contact')", name="linked_by"),
)

GUESSES = Table(
    "guess_counters",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("subject_index", LargeBinary, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("tries", Integer, nullable=False),
    Index("ix_guess_counters_day", "day"),
)

DRAFTS = Table(
    "drafts",
    METADATA,
    own_id(),
    of_person(),
    Column("service", Text, nullable=False),
    Column("answers", LargeBinary, nullable=False),
    instant("keep_until"),
    UniqueConstraint("person_id", "service"),
    Index("ix_drafts_keep_until", "keep_until"),
)

INTENTS = Table(
    "intents",
    METADATA,
    own_id(),
    of_person(),
    Column("kind", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("token", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("result", LargeBinary, nullable=True),
    Column("state", Text, nullable=False),
    # Under way, or done so lately that confirming the same again means this one.
    Column("live", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    # A hop left with the promise that its end will be told. The default: a process of the release before knows it not.
    Column("owed", Boolean, nullable=False, server_default=text("false")),
    # When the worker looks next: the end of the lease of whoever has it, or of a pause.
    instant("due_at", nullable=True),
    instant("prepared_at"),
    instant("sent_at", nullable=True),
    instant("ended_at", nullable=True),
    UniqueConstraint("person_id", "kind", "token"),
    Index(
        "uq_intents_live",
        "person_id",
        "kind",
        "digest",
        unique=True,
        postgresql_where=text("live"),
    ),
    Index("ix_intents_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    CheckConstraint("state IN ('prepared', 'sent', 'done', 'refused', 'unknown')", name="state"),
    CheckConstraint("(state IN ('done', 'refused')) = (ended_at IS NOT NULL)", name="ended"),
)

EVENTS = Table(
    "ministry_events",
    METADATA,
    # One insert at the door; the worker does the rest.
    own_id(),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    # SHA-256 of the body: the same id with another body is no repetition.
    Column("digest", LargeBinary, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject_index", LargeBinary, nullable=True),
    # The event as it came, under the ring's column key; emptied when it is swept.
    Column("body", LargeBinary, nullable=True),
    Column("state", Text, nullable=False),
    # told, nobody, stale, ignored, suppressed; or why it is parked or dead (a code of ours).
    Column("outcome", Text, nullable=False),
    # Messages that came of it: the books of `messages find`.
    Column("told", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    instant("due_at", nullable=True),
    Column("claim_token", Uuid, nullable=True),
    instant("lease_until", nullable=True),
    instant("received_at"),
    # When an operator last took it up again.
    instant("replayed_at", nullable=True),
    instant("ended_at", nullable=True),
    UniqueConstraint("source", "event_id"),
    CheckConstraint("state IN ('received', 'parked', 'handled', 'dead')", name="state"),
    Index("ix_ministry_events_due", "due_at", "id", postgresql_where=text("state IN ('received', 'parked')")),
    Index("ix_ministry_events_subject", "subject_index", postgresql_where=text("subject_index IS NOT NULL")),
    Index("ix_ministry_events_received", "received_at"),
    Index("ix_ministry_events_dead", "received_at", postgresql_where=text("state = 'dead'")),
)

SUBJECTS = Table(
    "event_subjects",
    METADATA,
    # How far each reference has come: what is older than this tells nobody anything.
    Column("source", Text, primary_key=True),
    Column("subject_index", LargeBinary, primary_key=True),
    # The reference under the column key, so that it is found when keys are rotated.
    Column("subject", LargeBinary),
    Column("sequence", BigInteger, nullable=True),
    instant("happened_at", nullable=True),
    # The type last told, with digests of its facts, sealed: the same is not told twice.
    Column("told_type", Text, nullable=False),
    Column("told_digest", LargeBinary, nullable=True),
    instant("changed_at"),
)

TIMERS = Table(
    "timers",
    METADATA,
    own_id(),
    of_person(),
    Column("kind", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("subject_index", LargeBinary, nullable=False),
    # What to look at again when it fires, under the person's key.
    Column("sealed", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    instant("due_at"),
    Column("claim_token", Uuid, nullable=True),
    instant("lease_until", nullable=True),
    instant("created_at"),
    # One of a kind for a subject: setting it again moves it.
    UniqueConstraint("person_id", "kind", "subject_index"),
    CheckConstraint("state IN ('waiting', 'fired', 'dropped')", name="state"),
    Index("ix_timers_due", "due_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_timers_subject", "subject_index", postgresql_where=text("state = 'waiting'")),
)

CALLBACKS = Table(
    "ministry_callbacks",
    METADATA,
    # What a ministry is told of its own event: that the message did not arrive. Written with what it tells.
    own_id(),
    Column("source", Text, nullable=False),
    # The CloudEvent to send, under the ring's column key: it names the ministry's reference.
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    instant("due_at"),
    Column("claim_token", Uuid, nullable=True),
    instant("created_at"),
    CheckConstraint("state IN ('waiting', 'taken', 'dead')", name="state"),
    Index("ix_ministry_callbacks_due", "due_at", postgresql_where=text("state = 'waiting'")),
)
