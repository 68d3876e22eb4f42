"""What a ministry tells us unasked: CloudEvents 1.0, structured or binary, read into one frozen value.

Unknown members are let through (a ministry's system grows before ours does); a known one of the wrong type refuses
the event. Pure: signatures and time are the door's.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from urllib.parse import unquote

import msgspec
from msgspec import Meta, Struct

from domain.errors import InvalidValue


class EventType(StrEnum):
    """What an event may be about. `CHANGED` says only that something did: the ministry is asked what."""

    RECEIVED = "application.received"
    IN_REVIEW = "application.in_review"
    ACTION_REQUIRED = "application.action_required"
    GRANTED = "application.granted"
    REFUSED = "application.refused"
    READY_FOR_PICKUP = "application.ready_for_pickup"
    COLLECTED = "application.collected"
    CHANGED = "application.changed"
    APPOINTMENT_BOOKED = "appointment.booked"
    APPOINTMENT_MOVED = "appointment.moved"
    APPOINTMENT_CANCELLED = "appointment.cancelled"
    UNIT_MOVED = "unit.moved"
    TERM_ENDING = "term.ending"


class EventRefused(InvalidValue):
    """It is no event, or one of its members has the wrong type. Says which member, never what stood there."""


_Words = str | dict[str, str]
_Line = Annotated[str, Meta(max_length=500)]


class AmountData(Struct, frozen=True):
    """`value` in major units, as text or number; `currency` in ISO 4217."""

    value: Decimal
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value < 0:
            raise ValueError("not an amount")


class PlaceData(Struct, frozen=True):
    """A place as the ministry words it."""

    name: _Line
    id: _Line = ""
    address: _Line = ""
    hours: _Words = ""


class ContactData(Struct, frozen=True):
    """Who is to be told, where the ministry says so itself."""

    msisdn: Annotated[str, Meta(max_length=32)] = ""
    language: Annotated[str, Meta(max_length=16)] = ""


class EventData(Struct, frozen=True):
    """The facts an event may carry; None or empty where it does not."""

    service: str | None = None
    category: str | None = None
    amount: AmountData | None = None
    reason: _Words | None = None
    needs: tuple[_Words, ...] = ()
    place: PlaceData | None = None
    available_from: date | None = None
    available_until: date | None = None
    term_until: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    by: str | None = None
    participant: str | None = None
    contact: ContactData | None = None
    sequence: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None

    @property
    def is_thin(self) -> bool:
        """It says that something is so, and nothing of what."""
        told = (self.amount, self.reason, self.place, self.available_from, self.available_until, self.term_until)
        return not self.needs and all(fact is None for fact in told)


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `type` is the ministry's own word; `attributes_signed`: the signature covers more than `data`."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime | None
    data: EventData
    sequence: int | None = None
    attributes_signed: bool = True


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """What the door keeps. `source`: our name of the ministry's system; `digest`: SHA-256 of all that came."""

    source: str
    event_id: str
    type: str
    subject: str
    digest: bytes
    body: bytes


class Taken(StrEnum):
    """What keeping an event came to."""

    NEW = "new"
    SAME = "same"
    OTHER_BODY = "other_body"


# Unicode's control characters are in no name, and PostgreSQL keeps no NUL.
_PRINTED = r"^[^\x00-\x1f\x7f-\x9f]*\Z"
_Name = Annotated[str, Meta(min_length=1, max_length=255, pattern=_PRINTED)]


class _Envelope(Struct, frozen=True):
    specversion: str
    id: _Name
    source: _Name
    type: _Name
    # Ours: who would be meant without it?
    subject: Annotated[str, Meta(min_length=1, max_length=128, pattern=_PRINTED)]
    time: datetime | None = None
    datacontenttype: str | None = None
    # The extension `sequence` is a text (CloudEvents, extensions/sequence.md).
    sequence: str | int | None = None
    guichetbinary: bool = False
    data: EventData | None = None


_DECODER = msgspec.json.Decoder(_Envelope)
_CE = "ce-"
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


def parse(body: bytes, zone: tzinfo) -> Event:
    """From the structured form. Times without an offset are the country's. Raises `EventRefused`."""
    try:
        envelope = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise EventRefused(_where(str(wrong))) from None
    if envelope.specversion != "1.0":
        raise EventRefused("specversion is not 1.0")
    data = envelope.data or EventData()
    for moment in ("starts_at", "ends_at"):
        given = getattr(data, moment)
        if given is not None and given.tzinfo is None:
            data = msgspec.structs.replace(data, **{moment: given.replace(tzinfo=zone)})
    time = envelope.time
    return Event(
        id=envelope.id,
        source=envelope.source,
        type=envelope.type,
        subject=envelope.subject,
        time=time.replace(tzinfo=zone) if time is not None and time.tzinfo is None else time,
        data=data,
        sequence=data.sequence if data.sequence is not None else _sequence(envelope.sequence),
        attributes_signed=not envelope.guichetbinary,
    )


def structured(headers: Mapping[str, str], body: bytes) -> bytes:
    """The structured form of a binary event: `ce-*` headers by lower-case name, percent-decoded; the body is `data`.

    It is marked: a signature over the body alone does not cover those headers. Raises `EventRefused`.
    """
    members: dict[str, object] = {
        name.removeprefix(_CE): _decoded(value) for name, value in headers.items() if name.startswith(_CE)
    }
    if body.strip():
        try:
            msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise EventRefused("data is not JSON") from None
        members["data"] = msgspec.Raw(body)
    members["guichetbinary"] = True
    return msgspec.json.encode(members)


def digest(body: bytes) -> bytes:
    """By which the same event is known again."""
    return hashlib.sha256(body).digest()


def _decoded(value: str) -> str:
    """Percent-encoding as the HTTP binding has it (§3.1.3.2); a quoted value loses its quotes first."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict") if _PERCENT.search(value) else value
    except UnicodeDecodeError:
        raise EventRefused("a header is not percent-encoded UTF-8") from None


def _sequence(given: str | int | None) -> int | None:
    """Only whole numbers have an order that we know."""
    if isinstance(given, str):
        given = int(given) if re.fullmatch(r"[0-9]{1,18}", given) else None
    return given if given is not None and 0 <= given < 2**63 else None


def _where(problem: str) -> str:
    """The decoder's sentence without what stood in the event: only its path and the expected type are kept."""
    path = re.search(r"at `(\$[^`]{0,60})`", problem)
    missing = re.search(r"missing required field `([a-z_]+)`", problem)
    if missing:
        return f"{missing[1]} is missing"
    return f"{path[1]} has the wrong type" if path else "not a CloudEvent in JSON"
