"""An invented month of messages: how many parts each text needs on average, by language, faithful and plain."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cache

from domain.money import Money
from gateway.pack import Pack
from gateway.words import composer_for
from i18n.letters import Letters
from i18n.slots import Kind, SlotType
from i18n.text import SlotValue, Word
from services.values import Place
from sms.template_check import rows
from tests.docs.message_words import AGENTS, BANKS, OFFICES, SAID, SCREEN, SCREENS
from tests.read_once import load_pack, translator_for

# Messages drawn for each in a thousand of the month.
_DRAWS = 6
# How often each is sent, in about a thousand; a guess. Those that are not here count as one.
_OFTEN = {
    "sms.received": 120,
    "sms.in_review": 100,
    "sms.action_required": 60,
    "sms.granted_amount_until": 80,
    "sms.granted": 30,
    "sms.refused_reason": 50,
    "sms.ready_until": 70,
    "sms.ready_from": 20,
    "sms.not_collected_until": 25,
    "sms.visit_booked": 110,
    "sms.visit_moved": 20,
    "sms.visit_cancelled": 20,
    "sms.visit_reminder_ask": 100,
    "sms.visit_reminder": 20,
    "sms.unit_coming_at": 15,
    "sms.days_passed": 20,
    "sms.term_ending": 25,
    "sms.account_created": 15,
    "sms.code": 60,
}
PACKS = ("azerbaijan", "morocco", "senegal", "vietnam")
_LETTERS = (Letters.PLAIN, Letters.FAITHFUL)


@dataclass
class Mean:
    """How many messages and how many parts they took."""

    messages: int = 0
    parts: int = 0

    def __str__(self) -> str:
        return f"{self.parts / self.messages:.2f}"


@dataclass
class Month:
    """By (language, letters): each text's mean, and that of all."""

    by_text: dict[tuple[str, str, Letters], Mean] = field(default_factory=dict)
    total: dict[tuple[str, Letters], Mean] = field(default_factory=dict)


def columns(pack: Pack) -> list[tuple[str, Letters]]:
    """The pack's languages, each in its own letters and in plain ones; Arabic is never sent in others than its own."""
    words = translator_for(pack)
    return [
        (language, letters)
        for language in pack.languages
        for letters in _LETTERS
        if letters is Letters.FAITHFUL or not words.language(language).rtl
    ]


@cache
def month(country: str = PACKS[0]) -> Month:
    """The same month whenever it is asked for: each message in every language of the pack and in both kinds of
    letters."""
    pack = load_pack(country)
    translator = translator_for(pack)
    composer = composer_for(pack, translator)
    came, shown = Month(), columns(pack)
    for row in rows(translator):
        # A die of its own: another text in the table changes no other line.
        dice, slots = random.Random(row.text_id), translator.slots_of(row.text_id)
        for _ in range(_OFTEN.get(row.text_id, 1) * _DRAWS):
            choice = dice.random()
            drawn = {spoken: _values(slots, spoken, pack, random.Random(choice)) for spoken in pack.languages}
            for language, letters in shown:
                parts = len(composer.compose(row.text_id, drawn[language], language, letters).parts)
                _count(came.by_text, (row.text_id, language, letters), parts)
                _count(came.total, (language, letters), parts)
    return came


def month_table(country: str = PACKS[0]) -> str:
    """A pack's table in docs/messages.md."""
    pack = load_pack(country)
    translator = translator_for(pack)
    composer = composer_for(pack, translator)
    shown = columns(pack)
    came = month(country)
    lines = [
        "| text | how often | " + " | ".join(f"{language} {letters}" for language, letters in shown) + " | at most |",
        "|---|--:|" + "--:|" * (len(shown) + 1),
    ]
    for row in rows(translator):
        means = [came.by_text[row.text_id, language, letters] for language, letters in shown]
        most = max(
            len(composer.at_most(row.text_id, language, letters).parts)
            for language, letters in pack.sms.letters.items()
        )
        lines.append(f"| `{row.text_id}` | {means[0].messages // _DRAWS} | {' | '.join(map(str, means))} | {most} |")
    totals = " | ".join(f"**{came.total[column]}**" for column in shown)
    often = came.total[shown[0]].messages // _DRAWS
    return "\n".join([*lines, f"| **the month** | {often} | {totals} | |", ""])


def _count(means: dict[tuple[str, ...], Mean], key: tuple[str, ...], parts: int) -> None:
    mean = means.setdefault(key, Mean())
    mean.messages += 1
    mean.parts += parts


def _values(slots: Mapping[str, SlotType], language: str, pack: Pack, dice: random.Random) -> dict[str, SlotValue]:
    banks = [Place(name, name, address) for name, address in BANKS] if pack.name == PACKS[0] else []
    place = dice.choice(banks + list(pack.places.by_id.values()))
    return dict(_drawn(slots, language, pack, place, dice))


def _drawn(
    slots: Mapping[str, SlotType], language: str, pack: Pack, place: Place, dice: random.Random
) -> Iterator[tuple[str, SlotValue]]:
    services = [f"service.{code}" for code in pack.services.services]
    day = date(2026, 11, 1) + timedelta(days=dice.randrange(30))
    for name, slot in slots.items():
        drawn: SlotValue
        match slot.kind:
            case Kind.TEXT:
                drawn = _written(name, slot, language, pack, place, dice)
            case Kind.CODE if slot.name == "shortcode":
                drawn = pack.sms.service_code
            case Kind.CODE if name == "one_time":
                drawn = str(dice.randrange(10**5, 10**6))
            case Kind.CODE:
                drawn = str(dice.randrange(10**7, 10**9))
            case Kind.WORD if slot.prefix == "service.":
                drawn = Word(dice.choice(services))
            case Kind.WORD if slot.prefix == "question.":
                rules = pack.services.satisfaction.rules.values()
                drawn = dice.choice([question.word for rule in rules for question in rule.questions])
            case Kind.WORD if slot.prefix == "purpose.":
                drawn = "apply"
            case Kind.WORD:
                drawn = "in_review"
            case Kind.MONEY:
                drawn = Money(dice.randrange(40_00, 900_00), pack.currency)
            case Kind.DATE | Kind.DAY:
                drawn = day + timedelta(days=dice.randrange(60))
            case Kind.TIME:
                drawn = time(dice.randrange(9, 18), dice.choice((0, 15, 30, 45)))
            case Kind.COUNT:
                drawn = dice.randrange(1, 25)
            case Kind.LINES:
                drawn = SCREENS.get(language, SCREEN)
        yield name, drawn


def _written(name: str, slot: SlotType, language: str, pack: Pack, place: Place, dice: random.Random) -> str:
    match slot.name:
        case "place_name":
            return place.called(language)
        case "address":
            return place.located(language)
        case "hours":
            return place.hours.get(language) or dice.choice(("09:00-18:00", "09:00-13:00, 14:00-18:00"))
        case "person_name":
            return dice.choice(AGENTS.get(language) or AGENTS[pack.name])
        case "label":
            return dice.choice(OFFICES.get(language) or OFFICES[pack.name])
    if name == "places":
        first = list(pack.places.by_id.values())[:3]
        return ", ".join(f"{number} {each.called(language)}" for number, each in enumerate(first, 1))
    return dice.choice(SAID.get(name, SAID["needs"])[language])
