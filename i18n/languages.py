"""The languages Guichet can speak: their own names, their direction, and the CLDR locale for formats."""

from dataclasses import dataclass
from functools import cache

from babel import Locale, UnknownLocaleError

from domain.errors import InvalidValue

# How each language calls itself; CLDR has these too, but in lower case and not always as its speakers write it.
_AUTONYMS = {
    "ar": "العربية",
    "ar_Latn": "Al-arabiya",
    "az": "Azərbaycan dili",
    "en": "English",
    "fr": "Français",
    "vi": "Tiếng Việt",
    "wo": "Wolof",
}
# English as the world writes it: day before month. CLDR's plain "en" is that of the United States.
_LOCALES = {"en": "en_001"}
# A letter that GSM-7 lacks, of each language, for worst-case samples.
_COSTLY = {"ar": "م", "ar_Latn": "W", "az": "ə", "fr": "ê", "vi": "ế", "wo": "ŋ"}


# Where a telephone shows no letter of a language, its texts are written in Latin ones: a catalog of its own, with
# dates and amounts as the neighbouring language writes them.
_IN_LATIN = {"ar": "ar_Latn"}
_NEIGHBOURS = {"ar_Latn": ("ar", "fr")}


# Countries whose months have other names than their language's elsewhere. Babel 2.18 gives a country's locale the
# names of its parent once those have been read, so these are read first.
_COUNTRIES = {"ar": ("ar_MA", "ar_DZ", "ar_TN", "ar_MR")}


# Whose marks tell words apart: where not all of them can be shown, none is.
_ALL_OR_NONE = frozenset({"vi"})


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code (ISO 639-1), its own name, and `rtl` for those that run from right to left.

    `locale` gives its formats, `counting` its plural forms. `in_latin`: the catalog that says the same in Latin
    letters; "" where plain letters are the language's own without their marks. `bare`: without any of them.
    """

    code: str
    autonym: str
    rtl: bool
    costly: str
    locale: Locale
    counting: Locale
    in_latin: str = ""
    bare: bool = False


@cache
def language(code: str, territory: str = "") -> Language:
    """The language of that code, with the formats of a country (ISO 3166) where CLDR has them for it: a Moroccan's
    November is not a Syrian's. Raises `InvalidValue` where CLDR does not know the language."""
    counted, shown = _NEIGHBOURS.get(code, (code, code))
    counting = _locale(_LOCALES.get(counted, counted))
    locale = _locale(_LOCALES.get(shown, shown))
    if counting is None or locale is None:
        raise InvalidValue(f"{code!r} is no language that CLDR knows")
    if territory and shown not in _LOCALES:
        locale = _locale(f"{shown}_{territory}") or locale
    name = _AUTONYMS.get(code) or locale.get_display_name() or code
    rtl = locale.text_direction == "rtl"
    return Language(
        code, name, rtl, _COSTLY.get(code, "ə"), locale, counting, _IN_LATIN.get(code, ""), code in _ALL_OR_NONE
    )


def _locale(code: str) -> Locale | None:
    for country in _COUNTRIES.pop(code.split("_")[0], ()):
        Locale.parse(country).months["format"]["abbreviated"]
    try:
        return Locale.parse(code)
    except (UnknownLocaleError, ValueError, TypeError):
        return None
