"""Plural forms by CLDR: how many a language has for counts, and which form a count takes."""

from functools import cache

from i18n.languages import language

# CLDR's order, which gettext's Plural-Forms headers follow too.
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
# Rules go by the last two digits. Counts in slots end at 9999, so what begins beyond (fr "many") has no form.
_LIMIT = 1_000
_KNOWN = 200


@cache
def forms(code: str) -> tuple[str, ...]:
    """The CLDR categories that counts take, in order: ("one", "other") for English."""
    rule = language(code).counting.plural_form
    met = {rule(count) for count in range(_LIMIT)}
    return tuple(category for category in _CATEGORIES if category in met)


class PluralRule:
    """Which form (index into `forms`) a count takes in one language, with small counts worked out before."""

    def __init__(self, code: str) -> None:
        self._rule = language(code).counting.plural_form
        self._forms = forms(code)
        self._known = tuple(self._find(count) for count in range(_KNOWN))

    def __call__(self, count: int) -> int:
        return self._known[count] if 0 <= count < _KNOWN else self._find(count)

    def _find(self, count: int) -> int:
        category = self._rule(count)
        return self._forms.index(category) if category in self._forms else len(self._forms) - 1
