"""Which tables hold what of a person, as the catalogue says: for what is shown to her, and for erasing her."""

from functools import cache

import gateway.tables  # noqa: F401  # every room's tables, on one MetaData
from gateway.data_catalogue import catalogue
from mail.records.erasing import MailRoom
from services.alerts import AlertKind
from services.records.personal import HeldTable, Room
from sms.records.books import told_by_sms
from sms.records.erasing import SmsRoom
from sms.records.lookups import messages_of
from sms.tables import MESSAGES
from storage.metadata import METADATA

CODES = frozenset({AlertKind.CODE.value, AlertKind.CONSENT.value})
"""Kinds of messages with a code: not even she reads it anywhere but on the telephone it was sent to."""
ROOMS: tuple[Room, ...] = (MailRoom(told_by_sms), SmsRoom())
"""Rooms whose rows do not simply go with the person's. A room with such rows is named here."""


@cache
def held_tables() -> tuple[HeldTable, ...]:
    """Every table of the catalogue with a section, in its order."""
    return tuple(
        HeldTable(
            METADATA.tables[entry.name],
            entry.by,
            entry.purpose,
            tuple(name for name, column in entry.columns.items() if column.shown and not column.sealed),
            {
                name: column.sealed == "person"
                for name, column in entry.columns.items()
                if column.shown and column.sealed
            },
            entry.bound,
            CODES if entry.name == MESSAGES.name else frozenset(),
            messages_of if entry.name == MESSAGES.name else None,
        )
        for entry in catalogue().values()
        if entry.section and entry.by
    )


def sections() -> dict[str, str]:
    """Under which heading each table is shown."""
    return {entry.name: entry.section for entry in catalogue().values() if entry.section}
