"""Which of the pack's languages an answer is in (RFC 9110 §12.5.4)."""

from collections.abc import Sequence
from functools import lru_cache

_LONGEST = 200


class LanguageChoice:
    """Chooses among `languages`; `default` where nothing is asked for or nothing fits."""

    def __init__(self, languages: Sequence[str], default: str) -> None:
        self.languages, self.default = tuple(languages), default
        self._known = {language.lower(): language for language in languages}
        self.asked = lru_cache(maxsize=1024)(self._asked)

    def known(self, language: str) -> str:
        """The language, if it is one of ours; else the default."""
        return language if language in self.languages else self.default

    def _asked(self, header: str) -> str | None:
        """The language that an Accept-Language asks for; None where it names none of ours."""
        wanted: list[tuple[float, int, str]] = []
        for place, entry in enumerate(header[:_LONGEST].split(",")):
            tag, _, parameters = entry.partition(";")
            quality = _quality(parameters)
            language = self._match(tag.strip().lower())
            if language and quality > 0:
                wanted.append((-quality, place, language))
        return min(wanted)[2] if wanted else None

    def _match(self, tag: str) -> str | None:
        """A language by lookup (RFC 4647 §3.4): `fr-MA` finds `fr`."""
        while tag:
            if tag in self._known:
                return self._known[tag]
            tag = tag.rpartition("-")[0]
        return None


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
