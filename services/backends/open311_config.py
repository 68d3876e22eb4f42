"""What a pack says about a ministry that speaks Open311 GeoReport v2 (data, no code)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.backends.hsds_config import LanguageIn


class Open311Config(Struct, frozen=True, forbid_unknown_fields=True):
    """`kinds`: its service codes that people choose from, in this order; none: all of its list but `leave_out`.

    `language_in`: how it is asked for another language; the standard has no word for it. `places`: our place id → its
    `address_id`; `address`: where a report is about no place, for it must have one. `zone`: of times without an offset.
    `share_contact`: whether it is given the citizen's number. `closed`: states beside `closed` that end a report.
    `asked`: how several are asked about, in one `list` or `each`. `lists_all`: what was handed in stands in its list at
    once, so that what is not there may be sent again. `page_size`: asked for where its lists come in pages; 0: they do
    not.
    """

    jurisdiction_id: str = ""
    kinds: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    language_in: LanguageIn = LanguageIn.HEADER
    language_name: str = "locale"
    places: dict[str, str] = {}
    address: str = ""
    zone: str = "UTC"
    share_contact: bool = False
    closed: tuple[str, ...] = ("fixed", "resolved", "done", "completed")
    asked: Literal["list", "each"] = "list"
    lists_all: bool = False
    page_size: Annotated[int, Meta(ge=0, le=1000)] = 0
    most_pages: Annotated[int, Meta(ge=1, le=50)] = 10
