"""Reads picked values as the pack says that a ministry writes them: right, absent or Misread."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.errors import InvalidValue
from domain.money import Money
from services.backends.mapped_config import MappedConfig
from services.backends.mapped_picks import MappedPick, read_amount, read_moment
from services.backends.mapped_references import unmasked
from services.backends.reading import Misread, needed, record, text, words
from services.values import Place

State = TypeVar("State", bound=StrEnum)
_MOST = 500


class Picks:
    """The picks of one operation; what is not picked is absent."""

    def __init__(self, written: Mapping[str, str]) -> None:
        self._picks = {name: MappedPick(expression) for name, expression in written.items()}

    def __contains__(self, name: str) -> bool:
        return name in self._picks

    def of(self, document: object) -> "Picked":
        return Picked(self._picks, document)


@dataclass(frozen=True, slots=True)
class Picked:
    """One answer, looked at through the picks. Every failure names the field and where it was looked for."""

    picks: Mapping[str, MappedPick]
    document: object

    def __getitem__(self, name: str) -> object:
        pick = self.picks.get(name)
        return None if pick is None else pick(self.document)

    def where(self, name: str) -> str:
        """For what is told of a misread: the field, and its path in the ministry's answer."""
        pick = self.picks.get(name)
        return f"{name} at `{pick.expression}`" if pick else name

    def text(self, name: str) -> str:
        value = self[name]
        return code(value) if isinstance(value, bool) else text(value, self.where(name))

    def needed(self, name: str) -> str:
        return needed(self[name], self.where(name))

    def records(self, name: str) -> list[Mapping[str, object]]:
        """A list of objects; absent: none. One object alone is a list of one."""
        value = self[name]
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        return [record(item, self.where(name)) for item in items[:_MOST]]

    def group(self, name: str) -> Mapping[str, object] | None:
        """An object of which something is there; one whose values are all absent is absent itself."""
        value = self[name]
        if value is None:
            return None
        found = record(value, self.where(name))
        return found if any(item is not None and item != "" for item in found.values()) else None


@dataclass(frozen=True, slots=True)
class Reader:
    """How this ministry writes things."""

    config: MappedConfig
    zone: ZoneInfo

    def moment(self, value: object, what: str) -> datetime | None:
        """With the ministry's zone, or its own where it carries one. A bare date begins that day."""
        found = self._when(value, what, (self.config.moments, self.config.dates))
        if found is None:
            return None
        if not isinstance(found, datetime):
            return datetime.combine(found, time(), self.zone)
        try:
            return found.astimezone(self.zone) if found.tzinfo else found.replace(tzinfo=self.zone)
        except OverflowError:
            raise Misread(f"{what} lies outside the calendar") from None

    def day(self, value: object, what: str) -> date | None:
        """A date, or the day of a moment as it falls in the ministry's zone."""
        found = self._when(value, what, (self.config.dates, self.config.moments))
        return _day(self.moment(found, what)) if isinstance(found, datetime) else found

    def _when(self, value: object, what: str, styles: tuple[str, str]) -> datetime | date | None:
        if value is None or value == "":
            return None
        if isinstance(value, date):  # `date(…)` of the pick has read it; a datetime is one too
            return value
        written = text(value, what)
        for style in dict.fromkeys(styles):
            try:
                return read_moment(written, style)
            except (ValueError, OverflowError, OSError):
                continue
        raise Misread(f"{what} is not a date as the pack writes them")

    def money(self, value: object, currency: object, what: str) -> Money | None:
        try:
            return read_amount(value, text(currency, what) or self.config.currency, self.config.amounts)
        except InvalidValue:
            raise Misread(f"{what} is not an amount as the pack writes them") from None

    def place(self, value: Mapping[str, object], what: str) -> Place:
        """`{id, name, address?, hours?}`; the id as the pack calls it, where it says so."""
        theirs = needed(value.get("id"), f"{what} id")
        return Place(
            id=self.our_place(theirs),
            name=needed(value.get("name"), f"{what} name"),
            address=text(value.get("address"), f"{what} address"),
            hours=words(value.get("hours"), f"{what} hours"),
        )

    def reference(self, picked: Picked) -> str:
        """An application's number as we keep it."""
        return unmasked(self.config.references, picked.needed("reference"), picked.where("reference"))

    def our_place(self, theirs: str) -> str:
        return next((ours for ours, known in self.config.places.items() if known == theirs), theirs)

    def our_service(self, theirs: str) -> str | None:
        return next((ours for ours, known in self.config.services.items() if (known.code or ours) == theirs), None)


def code(value: object) -> str:
    """A ministry's code as a text: numbers are their digits, a truth is `true` or `false`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return text(value, "code")


def state(value: object, states: Mapping[str, State], what: str) -> State | None:
    """Ours for the ministry's code; None for one that the pack does not know. Raises `Misread` where there is none."""
    raw = code(value)
    if not raw:
        raise Misread(f"{what} is missing")
    return states.get(raw)


def zone_of(name: str) -> ZoneInfo:
    """Raises `InvalidValue`."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise InvalidValue(f"not a time zone: {name!r}") from None


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None
