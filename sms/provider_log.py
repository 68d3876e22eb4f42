"""A provider's own list of what it sent, as it can be downloaded: read from CSV, and held against what waits here."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from domain.errors import InvalidValue
from domain.msisdn import Msisdn

# As providers call these columns; letters alone count.
_COLUMNS: Mapping[str, frozenset[str]] = {
    "id": frozenset({"id", "messageid", "smsid", "msgid"}),
    "number": frozenset({"number", "phonenumber", "phone", "recipient", "to", "msisdn", "destination"}),
    "time": frozenset({"time", "date", "datetime", "sentat", "sent", "created", "createdat"}),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that the provider says it took. `id`: the provider's; `at`: an instant, UTC."""

    provider: str
    id: str
    to: Msisdn
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message of ours that would be sent."""

    id: UUID
    to: Msisdn
    text_id: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a provider took and we do not know of, against what waits to be sent.

    `gone`: waits here, and its number's entries suffice for all that waits for that number: it went. `unclear`: there
    are fewer entries than messages, so that any of them may be the one that went. `unknown`: nothing waits for them.
    """

    gone: Sequence[tuple[Entry, Waiting]] = ()
    unclear: Sequence[Waiting] = ()
    unknown: Sequence[Entry] = ()

    def __bool__(self) -> bool:
        return bool(self.gone or self.unclear or self.unknown)


def read_log(lines: Iterable[str], provider: str, region: str) -> tuple[list[Entry], list[int]]:
    """Entries, and the numbers of lines that cannot be read. `region`: whose national numbers are meant (ISO 3166).

    The first line names the columns; a time without a zone is UTC. Raises `InvalidValue` where a column is missing.
    """
    rows = csv.reader(lines)
    columns = _columns(next(rows, []))
    entries, unread = [], []
    for row in rows:
        if not any(row):
            continue
        try:
            id, number, time = (row[columns[name]].strip() for name in ("id", "number", "time"))
            entries.append(Entry(provider, id, Msisdn.parse(number, region), _instant(time)))
        except (InvalidValue, ValueError, IndexError):
            unread.append(rows.line_num)
    return entries, unread


def reconcile(entries: Iterable[Entry], waiting: Iterable[Waiting]) -> Reconciled:
    """`entries`: those that no message of ours is known by; `waiting`: oldest first. By number, the earliest to the
    oldest: a number's messages go out in the order in which they were put."""
    taken, held = defaultdict[str, list[Entry]](list), defaultdict[str, list[Waiting]](list)
    for entry in sorted(entries, key=lambda entry: entry.at):
        taken[entry.to.e164].append(entry)
    for message in waiting:
        held[message.to.e164].append(message)
    gone: list[tuple[Entry, Waiting]] = []
    unclear: list[Waiting] = []
    unknown: list[Entry] = []
    for number, sent in taken.items():
        here = held[number]
        if len(sent) < len(here):
            unclear += here
            continue
        gone += zip(sent, here, strict=False)
        unknown += sent[len(here) :]
    return Reconciled(gone, unclear, unknown)


def _columns(header: Sequence[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        letters = "".join(char for char in title.casefold() if char.isalnum())
        for name, called in _COLUMNS.items():
            if letters in called:
                found.setdefault(name, place)
    if missing := [name for name in _COLUMNS if name not in found]:
        raise InvalidValue(f"the log's first line names no column for {', '.join(missing)}")
    return found


def _instant(text: str) -> datetime:
    said = datetime.fromisoformat(text)
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
