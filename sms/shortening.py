"""What was written elsewhere, cut until a text in a script of its own fits its parts."""

from collections.abc import Callable, Mapping

from i18n.letters import slot_units
from i18n.slots import Kind, SlotType
from i18n.text import SlotValue

LEAST = 12
"""Units that are left of each value, however little room there is: enough for a word or two."""


def spare(slots: Mapping[str, SlotType]) -> int:
    """Units by which a text can be made shorter when each of its slots is at its longest."""
    return sum(max(0, slot.longest - LEAST) for slot in slots.values() if slot.kind is Kind.TEXT)


def shortened(
    values: Mapping[str, SlotValue], slots: Mapping[str, SlotType], excess: int, cut: Callable[[str, int], str]
) -> dict[str, SlotValue]:
    """The values with so many units fewer, or as many fewer as can be. `cut`: a text at most so many units long.

    What may be longest gives way first: of a place, its address before its hours, and its name last. Codes, dates
    and words of the catalogs stay whole.
    """
    kept = dict(values)
    texts = [name for name, slot in slots.items() if slot.kind is Kind.TEXT and type(values.get(name)) is str]
    for name in sorted(texts, key=lambda name: -slots[name].longest):
        text = str(values[name])
        units = slot_units(text)
        if excess > 0 and units > LEAST:
            kept[name] = shorter = cut(text, max(LEAST, units - excess))
            excess -= units - slot_units(shorter)
    return kept
