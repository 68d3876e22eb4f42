"""What was written elsewhere, cut until a text in a script of its own fits its parts."""

from collections.abc import Callable, Mapping

from i18n.letters import slot_units
from i18n.slots import Kind, SlotType
from i18n.text import SlotValue

LEAST = 12
"""Units that are left of each value, however little room there is: enough for a word or two."""
NAME = 18
"""Units that are left of a place's name for as long as anything else can give way: enough to find it by."""
DOTS = "..."


def spare(slots: Mapping[str, SlotType]) -> int:
    """Units by which a text can be made shorter when each of its slots is at its longest."""
    return sum(max(0, slot.longest - LEAST) for slot in slots.values() if slot.kind is Kind.TEXT)


def shortened(
    values: Mapping[str, SlotValue], slots: Mapping[str, SlotType], excess: int, cut: Callable[[str, int], str]
) -> dict[str, SlotValue]:
    """The values with so many units fewer, or as many fewer as can be. `cut`: one word at most so many units long.

    What may be longest gives way first: of a place, its address before the end of its name. Hours that are cut say
    nothing, so they come after; then what is left of the name. Codes, dates and words of the catalogs stay whole.
    """
    kept = dict(values)
    texts = [name for name, slot in slots.items() if slot.kind is Kind.TEXT and type(values.get(name)) is str]
    texts.sort(key=lambda name: (slots[name].name == "hours", -slots[name].longest))
    for name_keeps in (NAME, LEAST):
        for name in texts:
            least = name_keeps if slots[name].name == "place_name" else LEAST
            text = str(kept[name])
            units = slot_units(text)
            if excess > 0 and units > least:
                kept[name] = shorter = _at_a_word(text, max(least, units - excess), cut)
                excess -= units - slot_units(shorter)
    return kept


def _at_a_word(text: str, most: int, cut: Callable[[str, int], str]) -> str:
    """Its first words, as many as go into so many units with the dots; of a first word that is too long, its start."""
    kept = ""
    for word in text.split():
        longer = f"{kept} {word}" if kept else word
        if slot_units(longer) > most - len(DOTS):
            break
        kept = longer
    kept = kept.rstrip(" ,.;:-،؛")
    return kept + DOTS if kept else cut(text, most)


def single_dots(text: str) -> str:
    """The text without a full stop after the dots of something cut."""
    return text.replace(DOTS + ".", DOTS) if DOTS + "." in text else text
