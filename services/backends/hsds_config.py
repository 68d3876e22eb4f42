"""What a pack says about a ministry that speaks Open Referral HSDS 3.0 (data, no code)."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.backends.config import Path


class LanguageIn(StrEnum):
    """How such a server is asked for another language: the standard has no word for it."""

    QUERY = "query"
    HEADER = "header"


class HsdsPicks(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a place's facts stand: JMESPath over `{location, address, service, entry}`, `address` being the first
    physical one and `entry` the service at that location. What gives nothing stays empty."""

    id: Path = "location.external_identifier || location.id"
    name: Path = "location.name"
    region: Path = "address.state_province"
    district: Path = "address.city"
    kind: Path = ""


class HsdsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`services`: our code → its service id. `languages`: those it tells its texts in; none: one text for all.

    `places`: from which list its places are read; "" where it tells none. `kind`: what they are; where they differ,
    `kinds` says it for what `picks.kind` gives, and `leave_out` skips a place. `zone`: of hours that name no offset.
    `day_words`: beginnings of words by which the free text `wait_time` counts in days, and not in weeks. `page_size`
    is asked for, `most_pages` bounds how many are read.
    """

    services: dict[str, str] = {}
    languages: tuple[str, ...] = ()
    language_in: LanguageIn = LanguageIn.QUERY
    language_name: str = "language"
    currency: str = ""
    zone: str = "UTC"
    places: Literal["service_at_locations", "services", ""] = "service_at_locations"
    kind: Literal["centre", "agent"] = "centre"
    kinds: dict[str, Literal["centre", "agent", "leave_out"]] = {}
    picks: HsdsPicks = HsdsPicks()
    day_words: tuple[str, ...] = ("day", "jour", "gün", "ngày", "يوم", "أيام")
    page_size: Annotated[int, Meta(ge=1, le=1000)] = 100
    most_pages: Annotated[int, Meta(ge=1, le=2000)] = 400
