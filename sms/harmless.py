"""What others wrote, made harmless before it stands in an SMS: one line, in its letters, without links."""

from functools import lru_cache

from domain.digits import fold
from i18n.letters import Letters, clean, plain
from i18n.links import unlink
from i18n.slots import fit


def harmless(value: str, longest: int, letters: Letters, ascii_only: bool) -> str:
    """The value as it will be shown, without links, without the full stop that the text itself has.

    Once more for as long as it changes: cutting and spelling out in plain letters may join what was apart.
    """
    if len(value) <= longest and value.isascii() and value.isdigit():
        return value
    shown = value[: longest * 8].rstrip(" .")
    for _ in range(4):
        before = shown
        if ascii_only:
            shown = "".join(char for char in plain(fold(shown)) if char.isascii())
        shown = fit(unlink(_lettered(fit(shown, longest), letters)), longest)
        if shown == before:
            break
    return shown or "-"


def harmless_lines(value: str, letters: Letters) -> str:
    """A screen's lines without links; cleaned first, because what is taken out may join what was apart."""
    shown = value
    for _ in range(4):
        before = shown
        shown = "\n".join(unlink(clean(_lettered(line, letters))) for line in shown.split("\n"))
        if shown == before:
            break
    return shown


harmless_place = lru_cache(maxsize=4096)(harmless)


def _lettered(text: str, letters: Letters) -> str:
    return plain(text) if letters is Letters.PLAIN else text
