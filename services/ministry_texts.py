"""A ministry asks for one of its texts to be sent to a number: GOV.UK Notify's way of sending, in our terms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from domain.errors import InvalidValue
from domain.money import Money
from domain.msisdn import Msisdn, takes_sms
from i18n.slots import Kind, SlotType
from i18n.text import SlotValue, Word
from services.alerts import Alert, AlertKind
from services.ports import Binding, LinkedBy, Person, Records
from services.tellings import CONTENTLESS


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


@dataclass(frozen=True, slots=True)
class Accepted:
    """What will be sent: the message's id, and its words as they stand now."""

    id: UUID
    body: str


# Where on earth a day ends last.
_LATEST_ZONE = timedelta(hours=12)

Worded = Callable[[str, Mapping[str, SlotValue], str], str]
"""Text id, values and language to words. Raises `NotAccepted` where they cannot be said."""


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
    text: MinistryText, given: Mapping[str, object], types: Mapping[str, SlotType], currency: str, now: datetime
) -> dict[str, SlotValue]:
    """The values by slot, typed. Names that the text does not use are ignored, as Notify does. Raises `NotAccepted`;
    so for a day to come that is over everywhere: nobody is told to be there on it."""
    over = (now - _LATEST_ZONE).date()
    missing = [name for name in text.slots if given.get(name) in (None, "")]
    if missing:
        raise NotAccepted(f"Missing personalisation: {', '.join(missing)}")
    values: dict[str, SlotValue] = {}
    for name, slot in text.slots.items():
        try:
            values[slot] = _READERS[types[slot].kind](str(given[name]).strip(), types[slot], currency)
        except (ValueError, InvalidValue):
            raise NotAccepted(f"personalisation {name} must be {_WANTED[types[slot].kind]}") from None
        if types[slot].kind is Kind.DAY and isinstance(day := values[slot], date) and day < over:
            raise NotAccepted(f"personalisation {name} must be a day that has not passed")
    return values


async def send(
    records: Records,
    key: MinistryKey,
    template: str,
    number: Msisdn,
    values: Mapping[str, SlotValue],
    language: str,
    worded: Worded,
    reference: str = "",
    subject: str = "",
) -> Accepted | None:
    """Put the ministry's text with that id; None where the number is known not to be whom the ministry means.

    To a number in doubt goes only that there is a message. `language`: of a number that nobody had. `reference`: the
    ministry's own, given back when it asks; `subject`: what the text is about. Raises `NotAccepted` where it cannot be
    worded: then nothing is stored.
    """
    person = await _holder(records, number, language)
    if person is None:
        return None
    text_id, body = key.texts[template].text_id, worded(key.texts[template].text_id, values, person.language)
    if person.binding is not Binding.ACTIVE:
        text_id, values = CONTENTLESS, {}
        body = worded(text_id, values, person.language)
    tags = {"template": template} | ({"reference": reference} if reference else {})
    alert = Alert(
        person.id, number, AlertKind.NOTIFY, text_id, values, person.language, key.source, subject=subject, tags=tags
    )
    id = await records.outbox.put(alert)
    return Accepted(id, body) if id else None


async def _holder(records: Records, number: Msisdn, language: str) -> Person | None:
    """Whoever has the number. None where it was another's, and nobody since has proved to a ministry who she is: the
    ministry's record of it may be older than that."""
    person = await records.people.by_number(number)
    if person is None:
        return None if await records.people.had_holder(number) else await records.people.meet(number, language)
    if person.former_holder:
        links = await records.links.of(person.id)
        return person if any(link.by is not LinkedBy.CONTACT for link in links) else None
    return person


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
