"""What a pack says about a feed of mobile units in iCalendar (data, no code)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class FeedUnit(Struct, frozen=True, forbid_unknown_fields=True):
    """What the feed does not tell of one unit. Empty: as the feed or the feed's defaults say."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,40}\Z")] = ""
    kind: Literal["bus", "train", ""] = ""
    services: tuple[str, ...] = ()


class FeedConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """A feed at `path` below the ministry's address. An event's SUMMARY names the unit, its LOCATION the stop.

    `units`: by SUMMARY; one that is not named there is taken as it comes, with `services` and `kind`. Of LOCATION, what
    stands before the first comma is the stop's name, the rest its address. `regions`: stop's name → (region, district).
    `zone`: the country's, in which stops are told; also of times that name no zone. `minutes`: of an event without an
    end. `on_holidays`: whether units also call on public holidays. `days`: how far ahead the feed is read.
    """

    zone: str
    path: tuple[str, ...] = ("units.ics",)
    services: tuple[str, ...] = ()
    kind: Literal["bus", "train"] = "bus"
    units: dict[str, FeedUnit] = {}
    regions: dict[str, tuple[str, str]] = {}
    minutes: Annotated[int, Meta(ge=1, le=1440)] = 60
    on_holidays: bool = False
    days: Annotated[int, Meta(ge=1, le=366)] = 62
    most_events: Annotated[int, Meta(ge=1, le=20_000)] = 2000
    content_type: str = "text/calendar"
