"""What a citizen typed, made plain: digits of any script, no control or direction marks."""

import unicodedata

_JOINERS = {"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"}


def fold(typed: str) -> str:
    """The text as meant: NFKC-free, decimal digits of every script as ASCII, invisible marks dropped.

    Only characters of category Nd are digits here: "²" and "Ⅰ" say `isnumeric()` but are no key presses.
    Control characters become spaces, so that no line break survives; ends are trimmed.
    """
    if typed.isascii() and typed.isprintable():
        return typed.strip()
    kept = []
    for char in typed:
        category = unicodedata.category(char)
        if category == "Nd":
            kept.append(str(unicodedata.decimal(char)))
        elif category == "Cc":
            kept.append(" ")
        elif category not in ("Cf", "Cs", "Co", "Cn") and char not in _JOINERS:
            kept.append(char)
    return " ".join("".join(kept).split())


def is_digits(text: str) -> bool:
    """True for one or more ASCII digits and nothing else."""
    return text.isascii() and text.isdigit()
