"""What becomes of each column under an older key: brought over, or gone by itself before that key may be dropped.

Columns are those of the data catalogue: blind indexes and MACs ("pseudonym, hidden"), and what is sealed with the ring.
A column that stands nowhere here fails a test: forgotten, it would strand its rows at the next rotation.
"""

from collections.abc import Mapping
from datetime import timedelta

from gateway.data_catalogue import DataClass, catalogue
from gateway.pack import Pack
from gateway.retention import rules
from mail.records.reindexing import reindex_person
from services.records.answer_times import CLOCK_TWIN
from services.records.assisted import NUMBER_TWIN
from services.records.events import SUBJECT_TWIN
from services.records.people import FORMER_TWIN
from services.records.reindexed_rows import Twin
from services.records.reindexing import Reindexing
from sms.records.opt_outs import OPT_OUT_TWIN
from sms.records.reindexing import reindex_number
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database

OLD_KEY_LISTED = timedelta(days=100)
"""For so long an older key stays listed after the newest has begun to seal."""

TWINS: tuple[Twin, ...] = (FORMER_TWIN, SUBJECT_TWIN, CLOCK_TWIN, NUMBER_TWIN, OPT_OUT_TWIN)

MOVED = frozenset(
    {
        "numbers.msisdn_index",
        "links.reference_index",
        "known_visits.visit_index",
        "surveys.subject_index",
        "timers.subject_index",
        "person_changes.subject_index",
        "email_addresses.address_index",
        "ministry_events.subject_index",
        "sms_messages.recipient_index",
        "sms_lookups.recipient_index",
        "sms_reports.recipient_index",
        "sms_inbound.sender_index",
        "sms_number_health.recipient_index",
        # As the device signs in: nobody else knows what it calls itself.
        "agent_sessions.device_index",
        "agent_asked.device_index",
        "assisted_sessions.device_index",
        # By the operations page's own chore: staff are few.
        "staff.totp",
        *(f"{twin.table.name}.{column}" for twin in TWINS for column in (twin.index, twin.sealed, *twin.along)),
    }
)
"""What the worker brings to the newest key (`services.records.reindexing`, `sms.records.reindexing`)."""

BY_ITSELF: Mapping[str, str] = {
    "assisted_sessions.claim_index": "a slip is good for 90 days",
    "assisted_sessions.witness": "a witness's name goes after 90 days",
    "documents.digest_index": "a file waits for seven days; once handed over, the same one again is another",
    "ministry_events.digest": "of no key of ours; rows go after 90 days",
    "sms_menu_sessions.recipient_index": "ten minutes",
    "ussd_sessions.key": "a day",
    "ussd_snapshots.key": "as long as a session lives",
    "ussd_snapshots.sealed": "as long as a session lives",
}
"""What goes by itself, and when. Others do by the rule of retention that the catalogue names for their table."""


def fates(pack: Pack) -> Mapping[str, str]:
    """What becomes of every column of the kind, "" for one that was forgotten."""
    days = {f"rule: {rule.name}": rule.kept for rule in rules(pack)}
    told = {}
    for table in catalogue().values():
        by_rule = table.kept if days.get(table.kept, timedelta.max) <= OLD_KEY_LISTED else ""
        for column, entry in table.columns.items():
            if entry.sealed == "ring" or (entry.hidden and entry.kind is DataClass.PSEUDONYM):
                name = f"{table.name}.{column}"
                told[name] = "moved" if name in MOVED else BY_ITSELF.get(name, by_rule)
    return told


def reindexing_of(database: Database, sealer: Sealer, keys: PersonKeys) -> Reindexing:
    """The worker's chore, for every room."""
    return Reindexing(database, sealer, keys, (reindex_number,), (reindex_person,), TWINS)
