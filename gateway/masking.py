"""Makes a ministry's answers fit to be shown: keys, codes and recent dates stay, all else is its shape.

Pure. `Benali 12` becomes `Xxxxxx 99`: enough to see how something is written, not who it is about.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

from domain.states import ApplicationState
from services.backends.registration_files import STATES
from services.values import DeliveryState, FieldKind, PaymentState

_WORDS = frozenset({*ApplicationState, *DeliveryState, *PaymentState, *FieldKind, "open", "closed", "succ", "rjct"})
_DATE = re.compile(r"[0-9T:./ Z+-]{6,32}").fullmatch
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_YEARS = 6
_OF_BIRTH = re.compile(r"birth|born|naiss|nascim|geburt|dogum|doğum|ngaysinh|dob$", re.IGNORECASE)
# In what we understood: how the ministry words a state.
_OF_MINISTRIES = frozenset({"ministry_word"})
_LONGEST, _MOST = 32, 3
_LONGEST_CODE, _MOST_WORDS = 3, 300
_NUMBER = re.compile(r"[0-9]{4,}")


@dataclass(frozen=True, slots=True)
class Mask:
    """`known`: texts of the pack, which are nobody's. `samples`: values that were given by hand, by their name."""

    known: frozenset[str]
    samples: Mapping[str, str]
    today: date
    clear: bool = field(default=False)
    numbers_only: bool = field(default=False)

    def value(self, value: object, key: str = "") -> object:
        """A copy of a JSON value that may be shown."""
        if self.clear:
            return shortened(value)
        if isinstance(value, dict):
            return {str(name): self.value(item, str(name)) for name, item in value.items()}
        if isinstance(value, list | tuple):
            shown = [self.value(item, key) for item in value[:_MOST]]
            return [*shown, f"… {len(value) - _MOST} more"] if len(value) > _MOST else shown
        if isinstance(value, str):
            return self.text(value, key)
        if isinstance(value, bool) or value is None:
            return value
        return value if isinstance(value, int) and abs(value) < 1000 else self.text(str(value), key)

    def text(self, value: str, key: str = "") -> str:
        """A text as it is where it is a code or a recent date, else its shape."""
        named = next((name for name, sample in self.samples.items() if sample and sample == value), "")
        if named:
            return f"{{{named}}}"
        if key in _OF_MINISTRIES:
            return value[:_LONGEST]
        if self.numbers_only:
            return self.without_numbers(value)
        if not value or value in self.known or value in _WORDS or (self._recent(value) and not _OF_BIRTH.search(key)):
            return value
        shape = "".join(_shape(sign) for sign in value[:_LONGEST])
        return shape + "…" if len(value) > _LONGEST else shape

    def without_numbers(self, value: str) -> str:
        """Words as they are, but for the samples and for numbers that are longer than a code's."""
        for name, sample in self.samples.items():
            value = value.replace(sample, f"{{{name}}}") if len(sample) > _LONGEST_CODE else value
        return _NUMBER.sub(lambda found: "9" * len(found[0]), value)[:_MOST_WORDS]

    def url(self, url: str) -> str:
        """An address whose path and query hold no value of a person."""
        parts = urlsplit(url)
        path = "/".join(self._segment(unquote(segment)) for segment in parts.path.split("/"))
        query = "&".join(f"{name}={self._segment(item)}" for name, item in parse_qsl(parts.query, True))
        return f"{parts.scheme}://{parts.netloc}{path}" + (f"?{query}" if query else "")

    def _segment(self, value: str) -> str:
        for name, sample in self.samples.items():
            if sample and sample in value:
                return value.replace(sample, f"{{{name}}}")
        plain = not any(sign.isdigit() for sign in value) or len(value) <= 3
        return value if plain else self.text(value)

    def _recent(self, value: str) -> bool:
        years = [int(year) for year in _YEAR.findall(value)] if _DATE(value) else []
        return bool(years) and all(abs(year - self.today.year) <= _YEARS for year in years)


def texts_in(settings: object) -> Iterable[str]:
    """All texts and keys of a pack's settings: its codes are no secret, and nobody's."""
    if isinstance(settings, Mapping):
        for name, item in settings.items():
            yield str(name)
            yield from texts_in(item)
    elif isinstance(settings, list):
        for item in settings:
            yield from texts_in(item)
    elif isinstance(settings, str | int | float):
        yield str(settings)


def known_texts(settings: object) -> frozenset[str]:
    """What of a pack may be shown, and the words of the standards."""
    return frozenset({*texts_in(settings), *(part for key in STATES for part in key.split("/"))})


def shortened(value: object) -> object:
    """Long lists cut: for what is public."""
    if isinstance(value, dict):
        return {str(name): shortened(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        shown = [shortened(item) for item in value[:_MOST]]
        return [*shown, f"… {len(value) - _MOST} more"] if len(value) > _MOST else shown
    return value


def _shape(sign: str) -> str:
    if sign.isdigit():
        return "9"
    if sign.isalpha():
        return "X" if sign.isupper() else "x"
    return sign
