"""A ministry asks for one of its texts to be sent to a number: GOV.UK Notify's way of sending, in our terms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from uuid import UUID

from domain.errors import InvalidValue
from domain.money import Money
from domain.msisdn import Msisdn, takes_sms
from i18n.slots import Kind, SlotType
from i18n.text import SlotValue, Word
from services.alerts import Alert, AlertKind
from services.ports import Binding, Records


@dataclass(frozen=True, slots=True)
class MinistryText:
    """A text that a ministry may send. `slots`: the ministry's name of a value to the slot it fills."""

    text_id: str
    slots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MinistryKey:
    """A ministry that sends so: its source (who pays), and its texts by the id it knows them by."""

    source: str
    texts: Mapping[str, MinistryText]


class NotAccepted(InvalidValue):
    """Nothing was stored; `str` says why, for the ministry's engineer, and repeats no value."""


def number_of(raw: object, region: str) -> Msisdn:
    """A number of the country that takes SMS. Raises `NotAccepted`."""
    if not isinstance(raw, str):
        raise NotAccepted("phone_number is not a string")
    try:
        number = Msisdn.parse(raw, region)
    except InvalidValue:
        raise NotAccepted("phone_number Not a valid phone number") from None
    if not takes_sms(number, region):
        raise NotAccepted("phone_number Not a mobile number of this country")
    return number


def values_of(
    text: MinistryText, given: Mapping[str, object], types: Mapping[str, SlotType], currency: str
) -> dict[str, SlotValue]:
    """The values by slot, typed. Names that the text does not use are ignored, as Notify does. Raises `NotAccepted`."""
    missing = [name for name in text.slots if given.get(name) in (None, "")]
    if missing:
        raise NotAccepted(f"Missing personalisation: {', '.join(missing)}")
    values: dict[str, SlotValue] = {}
    for name, slot in text.slots.items():
        try:
            values[slot] = _READERS[types[slot].kind](str(given[name]).strip(), types[slot], currency)
        except (ValueError, InvalidValue):
            raise NotAccepted(f"personalisation {name} must be {_WANTED[types[slot].kind]}") from None
    return values


async def send(
    records: Records,
    key: MinistryKey,
    text: MinistryText,
    number: Msisdn,
    values: Mapping[str, SlotValue],
    language: str,
    reference: str = "",
) -> tuple[UUID, str] | None:
    """The message's id and its language; None where the number is known to be nobody's any more.

    `language`: of a number that nobody had. `reference`: the ministry's own, given back when it asks.
    """
    person = await records.people.meet(number, language)
    if person.binding is Binding.ENDED:
        return None
    alert = Alert(person.id, number, AlertKind.NOTIFY, text.text_id, values, person.language, key.source)
    id = await records.outbox.put(replace(alert, tags={"reference": reference} if reference else {}))
    return (id, person.language) if id else None


def _word(text: str, slot: SlotType, currency: str) -> SlotValue:
    return Word(slot.prefix + text)


def _money(text: str, slot: SlotType, currency: str) -> SlotValue:
    """`350`, `350.00` or `350.00 AZN`."""
    amount, _, named = text.partition(" ")
    return Money.parse(amount, named or currency)


_WANTED: Mapping[Kind, str] = {
    Kind.CODE: "text",
    Kind.TEXT: "text",
    Kind.COUNT: "a whole number",
    Kind.DATE: "a date like 2026-12-01",
    Kind.DAY: "a date like 2026-12-01",
    Kind.TIME: "a time like 14:30",
    Kind.MONEY: "an amount like 350.00 AZN",
    Kind.WORD: "the last part of a message id",
}
_READERS: dict[Kind, Callable[[str, SlotType, str], SlotValue]] = {
    Kind.CODE: lambda text, slot, currency: text,
    Kind.TEXT: lambda text, slot, currency: text,
    Kind.COUNT: lambda text, slot, currency: int(text),
    Kind.DATE: lambda text, slot, currency: date.fromisoformat(text),
    Kind.DAY: lambda text, slot, currency: date.fromisoformat(text),
    Kind.TIME: lambda text, slot, currency: time.fromisoformat(text),
    Kind.MONEY: _money,
    Kind.WORD: _word,
}
