"""Worst-case samples for the static check of screens: text as long and as costly as a slot allows."""

from collections.abc import Iterable

from i18n.gsm7 import Alphabet, cost, septets
from i18n.letters import Letters, plain

# Longer words are rare in names and addresses; in one unbroken run the fitter would cut where no real text is cut.
_WORD = 12


def of_length(units: int, letter: str) -> str:
    """Words of `letter`, that many units in all; the letter must cost one unit."""
    text = " ".join([letter * _WORD] * (units // _WORD + 1))[:units]
    return text[:-1] + letter if text.endswith(" ") else text


def costliest(texts: Iterable[str], letters: Letters) -> str:
    """The longest of the texts in those letters; where a shorter one needs UCS-2, a letter of it stands in.

    A screen is measured as one whole, so the worst case has both: the most units and the dearer alphabet.
    """
    shown = list(texts) if letters is Letters.FAITHFUL else [plain(text) for text in texts]
    longest = max(shown, key=lambda text: cost(text).units)
    dear = next((text for text in shown if septets(text) is None), "")
    foreign = next((char for char in dear if septets(char) is None), "")
    if not foreign or cost(longest).alphabet is Alphabet.UCS2:
        return longest
    place = next((index for index, char in enumerate(longest) if char.isalpha()), 0)
    return longest[:place] + foreign + longest[place + 1 :]
