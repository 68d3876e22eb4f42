"""Words as a basic keyboard writes them, so that `Gence` finds `Gəncə`, and `ha noi` finds `Hà Nội`. Pure."""

import re
import unicodedata
from functools import lru_cache

from i18n.letters import has_arabic, plain

_BETWEEN = re.compile(r"[\W_]+")
_NO_SLUG = re.compile(r"[^a-z0-9]+")
# Letters of Arabic that people write one for the other, and the mark that only stretches a word.
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": "", "ک": "ك", "ی": "ي"}
)


def folded(words: str) -> str:
    """The words without case, marks and signs, one space between two."""
    apart = unicodedata.normalize("NFKD", plain(words.casefold()).casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    if has_arabic(bare):
        # What stands beside Arabic was left as it is.
        bare = plain_beside(bare.translate(_ARABIC))
    return " ".join(_BETWEEN.sub(" ", bare).split())


def plain_beside(words: str) -> str:
    """Each word by itself: only those in Arabic stay in it."""
    return " ".join(word if has_arabic(word) else plain(word).casefold() for word in words.split())


@lru_cache(maxsize=4096)
def folded_words(words: str) -> tuple[str, ...]:
    """The same as single words."""
    return tuple(folded(words).split())


def slug(words: str) -> str:
    """A part of an id: small Latin letters, digits and dashes."""
    return _NO_SLUG.sub("-", folded(words)).strip("-")
