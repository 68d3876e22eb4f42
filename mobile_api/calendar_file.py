"""One appointment as a calendar file (RFC 5545) that a telephone's own calendar takes. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.position import Position

MEDIA = "text/calendar"
_PRODUCT = "-//Guichet//Appointments//EN"
# A line has at most so many octets, its line break not counted (§3.1).
_LONGEST = 75


@dataclass(frozen=True, slots=True)
class Entry:
    """`uid` stays through every change, of which `sequence` is never less than it was. Times carry a zone.

    No end: no ministry tells one, and none is made up.
    """

    uid: str
    made: datetime
    sequence: int
    starts: datetime
    summary: str
    location: str
    description: str
    language: str
    at: Position | None = None


def calendar_file(entry: Entry) -> bytes:
    """The file: CRLF, folded lines, escaped text, times in UTC."""
    return b"".join(folded for line in _lines(entry) for folded in _folded(line))


def _lines(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield f"PRODID:{_PRODUCT}"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}"
    yield f"DTSTAMP:{_moment(entry.made)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTART:{_moment(entry.starts)}"
    yield f"SUMMARY;LANGUAGE={entry.language}:{_escaped(entry.summary)}"
    if entry.location:
        yield f"LOCATION:{_escaped(entry.location)}"
    if entry.at is not None:
        yield f"GEO:{entry.at.lat:f};{entry.at.lon:f}"
    if entry.description:
        yield f"DESCRIPTION;LANGUAGE={entry.language}:{_escaped(entry.description)}"
    yield "STATUS:CONFIRMED"
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """§3.3.11. A line break is the one control character that means something."""
    lines = (
        "".join(" " if ord(char) < 0x20 or ord(char) == 0x7F else char for char in line) for line in text.splitlines()
    )
    escaped = "\n".join(lines).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _folded(line: str) -> Iterator[bytes]:
    """§3.1: what is too long goes on in a line that begins with a space. No letter is cut in two."""
    part = b""
    for char in line:
        octets = char.encode()
        if len(part) + len(octets) > _LONGEST:
            yield part + b"\r\n"
            part = b" "
        part += octets
    yield part + b"\r\n"
