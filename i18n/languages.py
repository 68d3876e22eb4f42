"""The languages Guichet can speak: their own names, their direction, and the CLDR locale for formats."""

from dataclasses import dataclass
from functools import cache

from babel import Locale, UnknownLocaleError

from domain.errors import InvalidValue

# How each language calls itself; CLDR has these too, but in lower case and not always as its speakers write it.
_AUTONYMS = {
    "ar": "العربية",
    "az": "Azərbaycan dili",
    "en": "English",
    "fr": "Français",
    "vi": "Tiếng Việt",
    "wo": "Wolof",
}
# English as the world writes it: day before month. CLDR's plain "en" is that of the United States.
_LOCALES = {"en": "en_001"}
# A letter that GSM-7 lacks, of each language, for worst-case samples.
_COSTLY = {"ar": "م", "az": "ə", "fr": "ê", "vi": "ế", "wo": "ŋ"}


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code (ISO 639-1), its own name, and `rtl` for those that run from right to left."""

    code: str
    autonym: str
    rtl: bool
    costly: str
    locale: Locale


@cache
def language(code: str) -> Language:
    """The language of that code; raises `InvalidValue` where CLDR does not know it."""
    try:
        locale = Locale.parse(_LOCALES.get(code, code))
    except (UnknownLocaleError, ValueError, TypeError):
        raise InvalidValue(f"{code!r} is no language that CLDR knows") from None
    name = _AUTONYMS.get(code) or locale.get_display_name() or code
    return Language(code, name, locale.text_direction == "rtl", _COSTLY.get(code, "ə"), locale)
