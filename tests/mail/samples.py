"""Every text that an alert of a mailed kind may have, with a value in each slot."""

from collections.abc import Iterator
from datetime import date

from domain.money import Money
from i18n.slots import Kind
from i18n.text import SlotValue, Word
from mail.letters import KINDS
from services.alerts import AlertKind
from sms.templates import TEMPLATES
from tests.mail.post import NOW, TRANSLATOR

_VALUES: dict[Kind, SlotValue] = {
    Kind.CODE: "41000035",
    Kind.COUNT: 15,
    Kind.DATE: date(2026, 12, 1),
    Kind.DAY: NOW,
    Kind.MONEY: Money(25000, "AZN"),
    Kind.TEXT: "Nəsimi filialı",
    Kind.TIME: NOW,
    Kind.WORD: Word("service.social_aid"),
}


def every_alert(language: str) -> Iterator[tuple[AlertKind, str, dict[str, SlotValue]]]:
    for template in TEMPLATES.values():
        for kind in template.kinds & KINDS:
            slots = TRANSLATOR.slots_of(template.text_id)
            yield kind, template.text_id, {name: _VALUES[slot.kind] for name, slot in slots.items() if name != "code"}
