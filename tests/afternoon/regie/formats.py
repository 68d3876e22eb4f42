"""Dates, amounts and errors as this API writes them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
CASABLANCA = ZoneInfo("Africa/Casablanca")


class ApiError(Exception):
    """An answer of failure: HTTP status, own code, message and further fields."""

    def __init__(self, status: int, code: str, message: str, **extra: object) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, object] = {"erreur": {"code": code, "message": message, **extra}}


def real_clock() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def local(instant: datetime) -> datetime:
    """Wall time at Casablanca, without zone or fraction; a naive instant is taken as wall time already."""
    if instant.tzinfo is not None:
        instant = instant.astimezone(CASABLANCA).replace(tzinfo=None)
    return instant.replace(microsecond=0)


def iso(moment: datetime) -> str:
    """2026-11-23T10:24:00."""
    return moment.isoformat(timespec="seconds")


def short(day: date) -> str:
    """23/11/2026."""
    return day.strftime("%d/%m/%Y")


def amount(centimes: int | None) -> str:
    """1 250,50; an amount not yet known is an empty text."""
    if centimes is None:
        return ""
    whole, rest = divmod(centimes, 100)
    return f"{whole:,}".replace(",", " ") + f",{rest:02d}"


def read_day(text: str) -> date | None:
    """A day written 2026-11-23 or 23/11/2026."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


def read_moment(text: str) -> datetime | None:
    """A local moment written 2026-11-23T10:24:00, or a day (its midnight)."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        day = read_day(text)
    return datetime(day.year, day.month, day.day) if day else None
