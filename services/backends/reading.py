"""Takes values out of a ministry's JSON: right, or absent, or `Misread`, never half of each."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jmespath
from jmespath.exceptions import JMESPathError

from domain.errors import InvalidValue
from domain.money import Money
from domain.msisdn import Msisdn
from services.values import Delivery, DeliveryState, FeeDue, Localised, Pickup, Place

# Longer texts are no label or reason for a phone's screen; the slots of the texts cut to what fits there.
_LONGEST = 2000
_MOST_ITEMS = 200


class Misread(Exception):
    """A value is not what it should be. Names the field, never the value."""


class Pick:
    """One JMESPath expression, compiled at start; raises `InvalidValue` for one that is none."""

    def __init__(self, expression: str) -> None:
        try:
            self._compiled: Any = jmespath.compile(expression)
        except (JMESPathError, ValueError) as fault:
            raise InvalidValue(f"not a JMESPath expression: {expression!r} ({type(fault).__name__})") from None
        self._expression = expression

    def __call__(self, document: object) -> object:
        try:
            return self._compiled.search(document)
        except (JMESPathError, ValueError, TypeError, ArithmeticError, AttributeError, RecursionError):
            raise Misread(f"pick {self._expression}") from None


def record(value: object, what: str) -> Mapping[str, object]:
    """An object; anything else is misread."""
    if not isinstance(value, dict):
        raise Misread(f"{what} is not an object")
    return value


def records(value: object, what: str) -> list[Mapping[str, object]]:
    """The objects of a list. GovStack's Scheduler puts lists into lists: those are flattened."""
    if not isinstance(value, list):
        raise Misread(f"{what} is not a list")
    found: list[Mapping[str, object]] = []
    for item in value:
        if isinstance(item, list):
            found.extend(record(inner, what) for inner in item)
        else:
            found.append(record(item, what))
    return found


def text(value: object, what: str) -> str:
    """A text; numbers become their digits, since ids come as either. Absent: empty."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Misread(f"{what} is not a text")
    return str(value).strip()[:_LONGEST]


def needed(value: object, what: str) -> str:
    """A text that may not be absent or empty."""
    found = text(value, what)
    if not found:
        raise Misread(f"{what} is missing")
    return found


def whole(value: object, what: str) -> int | None:
    """A whole number, or digits: GovStack writes numbers as texts. Absent or empty: None."""
    written = text(value, what)
    if not written:
        return None
    if not (written.isascii() and written.isdigit()) or len(written) > 15:
        raise Misread(f"{what} is not a number")
    return int(written)


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; raises `InvalidValue`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidValue(f"zone: there is no {name!r}") from None


def moment(value: object, what: str, zone: ZoneInfo) -> datetime | None:
    """An ISO 8601 date and time in `zone`; one without a zone is meant in it. Absent or empty: None."""
    written = text(value, what)
    if not written:
        return None
    try:
        read = datetime.fromisoformat(written)
        return read.astimezone(zone) if read.tzinfo else read.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise Misread(f"{what} is not a date and time") from None


def day(value: object, what: str, zone: ZoneInfo) -> date | None:
    """An ISO 8601 date, or the day of a moment as it falls in `zone`. Absent or empty: None."""
    read = moment(value, what, zone)
    return read.date() if read else None


def money(value: object, currency: object, what: str) -> Money | None:
    """An amount exactly as the ministry says it (never rounded). Absent or empty: None."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise Misread(f"{what} is not an amount")
    try:
        return Money.parse(text(value, what), text(currency, what))
    except InvalidValue:
        raise Misread(f"{what} is not an amount") from None


def words(value: object, what: str) -> Localised:
    """A text, or an object of texts by language. Absent: empty."""
    if isinstance(value, dict):
        return {language: said for language, item in value.items() if (said := text(item, what))}
    plain = text(value, what)
    return {"": plain} if plain else {}


def many_words(value: object, what: str) -> tuple[Localised, ...]:
    """A list of what `words` reads, or a single one. Absent: none."""
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    return tuple(said for item in items[:_MOST_ITEMS] if (said := words(item, what)))


def contact(value: object, region: str) -> Msisdn | None:
    """The number on the application. One that is none is as good as absent: nobody is then told by it."""
    if not isinstance(value, str | int) or isinstance(value, bool) or not value:
        return None
    try:
        return Msisdn.parse(str(value), region or None)
    except InvalidValue:
        return None


def place(value: object, what: str) -> Place:
    """`{id, name, address?, hours?}`."""
    given = record(value, what)
    return Place(
        id=needed(given.get("id"), f"{what} id"),
        name=needed(given.get("name"), f"{what} name"),
        address=text(given.get("address"), f"{what} address"),
        hours=words(given.get("hours"), f"{what} hours"),
    )


def pickup(value: object, zone: ZoneInfo) -> Pickup | None:
    """`{id, name, address?, hours?, availableFrom?, availableUntil?}`. Absent: None."""
    if value is None:
        return None
    given = record(value, "pickup")
    return Pickup(
        place(given, "pickup"),
        day(given.get("availableFrom"), "pickup availableFrom", zone),
        day(given.get("availableUntil"), "pickup availableUntil", zone),
    )


def places(value: object) -> tuple[Place, ...]:
    """A list of what `place` reads. Absent: none."""
    if value is None:
        return ()
    return tuple(place(item, "pickup choice") for item in records(value, "pickup choices"))


def delivery(value: object, zone: ZoneInfo) -> Delivery | None:
    """`{state, tracking?, carrier?, day?, lastSeen?}`. Absent: None."""
    if value is None:
        return None
    given = record(value, "delivery")
    told = needed(given.get("state"), "delivery state")
    if told not in set(DeliveryState):
        raise Misread("delivery state is not one of ours")
    return Delivery(
        DeliveryState(told),
        text(given.get("tracking"), "delivery tracking"),
        text(given.get("carrier"), "delivery carrier"),
        day(given.get("day"), "delivery day", zone),
        text(given.get("lastSeen"), "delivery lastSeen"),
    )


def fee(value: object, currency: str, zone: ZoneInfo) -> FeeDue | None:
    """`{amount, currency?, reference?, paid?, until?}`. Absent, or without an amount: None."""
    if value is None:
        return None
    given = record(value, "fee")
    amount = money(given.get("amount"), given.get("currency") or currency, "fee amount")
    paid = given.get("paid", False)
    if not isinstance(paid, bool):
        raise Misread("fee paid is neither true nor false")
    if amount is None:
        return None
    reference = text(given.get("reference"), "fee reference")
    return FeeDue(amount, reference, paid, day(given.get("until"), "fee until", zone))
