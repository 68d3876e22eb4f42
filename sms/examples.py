"""An invented value for every slot, so that a text can be looked at before it is ever sent."""

from collections.abc import Mapping
from datetime import date, time

from domain.money import Money
from i18n.slots import Kind, SlotType
from i18n.text import SlotValue, Word

_DAY = date(2026, 12, 12)
_BY_NAME: Mapping[str, SlotValue] = {
    "available_until": date(2027, 1, 12),
    "until": date(2028, 12, 12),
    "opens": time(9, 0),
    "closes": time(17, 0),
    "days": 15,
    "hours": 24,
    "one_time": "284913",
    "reference": "41000019",
}
# What a ministry writes is in the reader's language; the source language stands in for those that are not here.
_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "needs": {
        "az": "Ailə tərkibi haqqında arayış",
        "en": "A certificate of who lives in your household",
        "fr": "Un certificat de composition de famille",
    },
    "reason": {
        "az": "Ailənin adambaşına gəliri ehtiyac meyarından yuxarıdır",
        "en": "The income of the family is above the limit",
        "fr": "Le revenu de la famille est au-dessus du plafond",
    },
    "places": {"en": "1 Demo Bank Yasamal, 2 Demo Bank Sumqayıt, 3 Demo Bank Gəncə"},
}
# Of the words that a slot takes, one.
_WORDS = {"state.": "received", "question.": "received", "purpose.": "apply"}
_BY_TYPE: Mapping[str, str] = {"hours": "09:00-18:00"}


def example(
    slots: Mapping[str, SlotType], language: str, currency: str, service: Word, place: tuple[str, str]
) -> dict[str, SlotValue]:
    """A value for each slot. `place`: the name and the address of a place of the pack; `service`: one of its services.

    Slots named `code` are the composer's to fill.
    """
    return {
        name: _value(name, slot, language, currency, service, place) for name, slot in slots.items() if name != "code"
    }


def _value(name: str, slot: SlotType, language: str, currency: str, service: Word, place: tuple[str, str]) -> SlotValue:
    if name in _BY_NAME and slot.kind is not Kind.TEXT:
        return _BY_NAME[name]
    if slot.kind is Kind.TEXT:
        by_type = {"place_name": place[0], "address": place[1], **_BY_TYPE}
        sentence = _SENTENCES.get(name, _SENTENCES["reason"])
        return by_type.get(slot.name) or sentence.get(language, sentence["en"])
    if slot.kind is Kind.WORD and slot.prefix != "service.":
        return _WORDS[slot.prefix]
    by_kind: Mapping[Kind, SlotValue] = {
        Kind.CODE: "41000019",
        Kind.COUNT: 10,
        Kind.DATE: _DAY,
        Kind.DAY: _DAY,
        Kind.LINES: "1 OK\n0 -",
        Kind.MONEY: Money(312_40, currency),
        Kind.TIME: time(10, 30),
        Kind.WORD: service,
    }
    return by_kind[slot.kind]
