"""How long each kind of data is kept: every sweep of the gateway by name, with what would go now.

The times are those that the sweeps themselves work with: they are written where the sweep is, or in the pack.
"""

from datetime import UTC, timedelta

from gateway.pack import Pack
from mail.records import queue as mails
from mail.tables import CODES, MAILS
from mobile_api.tables import IDEMPOTENCY
from services.document_ports import WAITS, DocumentState
from services.records import api_sessions, changes, operations, sign_in, stops, store
from services.records.agent_tables import ASKED, ASSISTED_SESSIONS
from services.records.assisted_work import unclaimed
from services.records.known_tables import CHANGES, DOCUMENTS
from services.records.office_tables import CONFIRMATIONS
from services.records.operation_tables import BREAKERS, MINUTES
from services.records.satisfaction_tables import ANSWER_CLOCKS, SURVEYS
from services.records.sign_in_tables import COUNTERS, REQUESTS, SESSIONS
from services.records.staff_tables import STAFF_SESSIONS
from services.records.stop_tables import STOP_PROMISES
from services.records.tables import CALLBACKS, DRAFTS, EVENTS, GUESSES, INTENTS, TIMERS
from services.staff_sign_in import IDLE
from sms.records import delivery_days, inbound, prompts, report_chores
from sms.tables import DELIVERY_DAYS, INBOUND, MESSAGES, PROMPTS, REPORTS
from storage.retention import Rule, sealed_before
from storage.tables import AUDIT_LOG
from ussd_menus.records import giving_up
from ussd_menus.records import session_ends as ends
from ussd_menus.records import snapshots as starts
from ussd_menus.tables import screen_days, session_ends, sessions, snapshots

AUDIT_KEPT = timedelta(days=3 * 365)
CALLBACKS_KEPT = timedelta(days=30)
DRAFTS_KEPT = timedelta(days=7)
REPEATED_KEPT = timedelta(days=1)


def rules(pack: Pack) -> tuple[Rule, ...]:
    """Every rule, with the pack's own times."""
    return (
        *_writes_and_events(),
        *_the_app(),
        *_assisted(),
        *_documents_and_opinions(),
        *_sms(pack.sms.waits.text_kept),
        *_mail(),
        *_ussd(),
        *_operations(),
        Rule("audit log", AUDIT_KEPT, AUDIT_LOG, lambda now: sealed_before(now - AUDIT_KEPT)),
    )


def _writes_and_events() -> tuple[Rule, ...]:
    return (
        Rule("drafts", DRAFTS_KEPT, DRAFTS, lambda now: DRAFTS.c.keep_until <= now),
        Rule("guesses", store.COUNTERS_LIVE, GUESSES, lambda now: GUESSES.c.day < (now - store.COUNTERS_LIVE).date()),
        Rule(
            "confirmed writes", store.INTENTS_LIVE, INTENTS, lambda now: INTENTS.c.ended_at < now - store.INTENTS_LIVE
        ),
        Rule(
            "timers",
            store.INTENTS_LIVE,
            TIMERS,
            lambda now: (TIMERS.c.state != "waiting") & (TIMERS.c.due_at < now - store.INTENTS_LIVE),
        ),
        Rule(
            "event bodies",
            store.EVENT_BODIES_LIVE,
            EVENTS,
            lambda now: (
                EVENTS.c.body.is_not(None)
                & (
                    ((EVENTS.c.state == "handled") & (EVENTS.c.ended_at < now - store.EVENT_BODIES_LIVE))
                    | (EVENTS.c.ended_at < now - store.DEAD_LETTERS_LIVE)
                )
            ),
            "bodies",
        ),
        Rule("events", store.EVENTS_LIVE, EVENTS, lambda now: EVENTS.c.ended_at < now - store.EVENTS_LIVE),
        Rule(
            "ministry callbacks",
            CALLBACKS_KEPT,
            CALLBACKS,
            lambda now: (CALLBACKS.c.state != "waiting") & (CALLBACKS.c.created_at < now - CALLBACKS_KEPT),
        ),
    )


def _the_app() -> tuple[Rule, ...]:
    return (
        Rule("codes", sign_in.REQUESTS_LIVE, REQUESTS, lambda now: REQUESTS.c.expires_at < now - sign_in.REQUESTS_LIVE),
        Rule(
            "code counters",
            sign_in.SEND_COUNTERS_LIVE,
            COUNTERS,
            lambda now: COUNTERS.c.begun_at < now - sign_in.SEND_COUNTERS_LIVE,
        ),
        Rule(
            "signed-in devices",
            api_sessions.LIVES,
            SESSIONS,
            lambda now: (
                (SESSIONS.c.expires_at < now - api_sessions.LIVES) | (SESSIONS.c.ended_at < now - api_sessions.LIVES)
            ),
        ),
        Rule("repeated writes", REPEATED_KEPT, IDEMPOTENCY, lambda now: IDEMPOTENCY.c.expires_at < now),
        Rule(
            "changes",
            changes.KEPT,
            CHANGES,
            lambda now: CHANGES.c.changed_at < now - changes.KEPT - timedelta(days=1),
        ),
    )


def _assisted() -> tuple[Rule, ...]:
    return (
        Rule(
            "confirmed numbers",
            store.CONFIRMATIONS_LIVE,
            CONFIRMATIONS,
            lambda now: CONFIRMATIONS.c.asked_at < now - store.CONFIRMATIONS_LIVE,
        ),
        Rule(
            "witnessed people",
            store.WITNESSED_LIVE,
            ASSISTED_SESSIONS,
            lambda now: unclaimed(now - store.WITNESSED_LIVE),
            "people",
        ),
        Rule("agents' asking", store.ASKED_LIVE, ASKED, lambda now: ASKED.c.asked_at < now - store.ASKED_LIVE),
        Rule(
            "witnesses' names",
            store.WITNESSED_LIVE,
            ASSISTED_SESSIONS,
            lambda now: (
                ASSISTED_SESSIONS.c.witness.is_not(None) & (ASSISTED_SESSIONS.c.asked_at < now - store.WITNESSED_LIVE)
            ),
            "names",
        ),
    )


def _documents_and_opinions() -> tuple[Rule, ...]:
    return (
        Rule(
            "documents",
            WAITS,
            DOCUMENTS,
            lambda now: (DOCUMENTS.c.state == DocumentState.KEPT.value) & (DOCUMENTS.c.created_at < now - WAITS),
            "files",
        ),
        Rule(
            "surveys",
            store.SURVEYS_LIVE,
            SURVEYS,
            lambda now: (SURVEYS.c.state != "refused") & (SURVEYS.c.asked_at < now - store.SURVEYS_LIVE),
        ),
        Rule(
            "stop promises",
            stops.LIVES,
            STOP_PROMISES,
            lambda now: STOP_PROMISES.c.renewed_at < now - stops.LIVES,
        ),
        Rule(
            "answer clocks",
            store.ANSWER_CLOCKS_LIVE,
            ANSWER_CLOCKS,
            lambda now: ANSWER_CLOCKS.c.changed_at < now - store.ANSWER_CLOCKS_LIVE,
        ),
    )


def _sms(text_kept: timedelta) -> tuple[Rule, ...]:
    return (
        Rule(
            "messages",
            report_chores.KEPT,
            MESSAGES,
            lambda now: (
                (MESSAGES.c.ended_at < now - report_chores.KEPT) & (MESSAGES.c.created_at < now - report_chores.KEPT)
            ),
        ),
        Rule(
            "texts as sent",
            text_kept,
            MESSAGES,
            lambda now: MESSAGES.c.sent_text.is_not(None) & (MESSAGES.c.handed_over_at < now - text_kept),
            "texts",
        ),
        Rule(
            "delivery reports",
            report_chores.KEPT,
            REPORTS,
            lambda now: REPORTS.c.received_at < now - report_chores.KEPT,
        ),
        Rule(
            "inbound texts",
            inbound.KEPT,
            INBOUND,
            lambda now: (INBOUND.c.received_at < now - inbound.KEPT) & (INBOUND.c.state != "received"),
        ),
        Rule("prompts", prompts.REMEMBERED, PROMPTS, lambda now: PROMPTS.c.expires_at <= now - prompts.REMEMBERED),
    )


def _mail() -> tuple[Rule, ...]:
    return (
        Rule("mails", mails.KEPT, MAILS, lambda now: MAILS.c.ended_at < now - mails.KEPT),
        Rule(
            "facts of mails",
            mails.FACTS_KEPT,
            MAILS,
            lambda now: MAILS.c.sealed.is_not(None) & (MAILS.c.ended_at < now - mails.FACTS_KEPT),
            "facts",
        ),
        Rule("codes by mail", mails.CODES_KEPT, CODES, lambda now: CODES.c.expires_at < now - mails.CODES_KEPT),
    )


def _ussd() -> tuple[Rule, ...]:
    return (
        Rule("starts of sessions", starts.KEPT, sessions, lambda now: sessions.c.started_at < now - starts.KEPT),
        Rule("ends of sessions", ends.KEPT, session_ends, lambda now: session_ends.c.ended_at < now - ends.KEPT),
        Rule("snapshots", timedelta(), snapshots, lambda now: snapshots.c.expires_at < now),
    )


def _operations() -> tuple[Rule, ...]:
    return (
        Rule(
            "counted minutes",
            operations.MINUTES_KEPT,
            MINUTES,
            lambda now: MINUTES.c.minute < now - operations.MINUTES_KEPT,
        ),
        Rule(
            "ministry breakers",
            operations.BREAKERS_KEPT,
            BREAKERS,
            lambda now: BREAKERS.c.seen_at < now - operations.BREAKERS_KEPT,
        ),
        Rule(
            "days of screens",
            giving_up.KEPT,
            screen_days,
            lambda now: screen_days.c.day < now.astimezone(UTC).date() - giving_up.KEPT,
        ),
        Rule(
            "days of delivery",
            delivery_days.KEPT,
            DELIVERY_DAYS,
            lambda now: DELIVERY_DAYS.c.day < now.astimezone(UTC).date() - delivery_days.KEPT,
        ),
        Rule(
            "staff sessions",
            IDLE,
            STAFF_SESSIONS,
            lambda now: (STAFF_SESSIONS.c.expires_at <= now) | (STAFF_SESSIONS.c.used_at <= now - IDLE),
        ),
    )
