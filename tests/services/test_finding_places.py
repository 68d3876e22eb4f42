"""The nearest place without a map: areas, first letters in any spelling, hours today; ten places or thousands."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import HandClock
from domain.outcomes import Outcome
from domain.position import Position
from i18n.text import Word
from services import places
from services.backends.reading import zone_of
from services.caller import Caller
from services.desk import Desk
from services.finding_places import MOST_NEAR, Wanted, find
from services.folding import folded, slug
from services.listed_places import Calls, ListedPlace, Opening, PlaceKind
from services.outcomes import (
    NoPlaceFound,
    PlaceClosed,
    PlaceDistricts,
    PlaceGone,
    PlaceHours,
    PlaceOpen,
    PlaceRegions,
    PlaceServices,
    TooManyPlaces,
    UnitComes,
    UnitNotPlanned,
)
from services.pack_values import ServiceConfig, ServicesConfig
from services.place_book import Book
from services.place_index import PlaceIndex
from services.values import Place

BAKU = zone_of("Asia/Baku")
WEEK = frozenset({1, 2, 3, 4, 5})
OFFICE = (Opening(WEEK, time(9), time(13)), Opening(WEEK, time(14), time(18)))
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)  # ten in the morning in Baku


def place(id: str, name: str = "", region: str = "", district: str = "", **more: Any) -> ListedPlace:
    kind = more.pop("kind", PlaceKind.CENTRE)
    address = more.pop("address", "")
    return ListedPlace(Place(id, name or id, address), kind, region=region, district=district, **more)


@dataclass
class Looking:
    """Somebody who looks for a place among these."""

    listed: Iterable[ListedPlace]
    now: datetime = MONDAY
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        services = ServicesConfig({"passport": ServiceConfig("passport")}, (), BAKU, self.holidays)
        here = replace(_empty(), clock=HandClock(self.now), services=services, places=Book.of(self.listed))
        self.desk, self.caller = here, cast("Caller", Anybody())

    async def does(self, use: str, *given: str) -> Outcome:
        outcome: Outcome = await getattr(places, use)(self.desk, self.caller, *given)
        return outcome


@dataclass
class Anybody:
    language: str = "en"


def _empty() -> Desk:
    unused = cast("Any", None)
    return Desk(*[unused] * 12)


def names(outcome: Outcome) -> list[str]:
    [items] = outcome.values().values()
    return [item.id for item in cast("Any", items)]


CITY = [place(f"c-{n}", f"Office {n}", "Capital", f"District {n % 3}") for n in range(9)]
HILLS = [place(f"h-{n}", f"Hut {n}", "Hills", "Valley") for n in range(3)]


async def test_region_district_place_and_no_question_that_is_not_needed() -> None:
    she = Looking([*CITY, *HILLS])
    regions = await she.does("regions", "any")
    assert isinstance(regions, PlaceRegions) and names(regions) == ["Capital", "Hills"]
    assert regions.regions[0].values == {"area": "Capital", "count": 9}
    districts = await she.does("districts", "any", "Capital")
    assert isinstance(districts, PlaceDistricts) and names(districts) == ["District 0", "District 1", "District 2"]
    assert names(await she.does("within", "any", "Capital", "District 1")) == ["c-1", "c-4", "c-7"]
    assert names(await she.does("districts", "any", "Hills")) == ["h-0", "h-1", "h-2"], "one district is no question"
    assert names(await Looking(HILLS).does("regions", "any")) == ["h-0", "h-1", "h-2"], "nor is one region"
    assert await Looking([]).does("regions", "any") == NoPlaceFound()
    assert await she.does("regions", "agent") == NoPlaceFound()


async def test_600_post_offices_in_a_region_are_narrowed_by_letters() -> None:
    many = [place(f"p-{n}", f"Bưu điện {n}", "Hà Nội", "Cầu Giấy", address=f"{n} phố Xuân Thủy") for n in range(600)]
    she = Looking([*many, *HILLS])
    assert await she.does("districts", "any", "Hà Nội") == TooManyPlaces("Hà Nội")
    assert await she.does("within", "any", "Hà Nội", "Cầu Giấy") == TooManyPlaces("Hà Nội", "Cầu Giấy")
    assert await she.does("search_area", "any", "Hà Nội", "Cầu Giấy", "xuan") == TooManyPlaces("Hà Nội", "Cầu Giấy")
    assert names(await she.does("search_area", "any", "Hà Nội", "Cầu Giấy", "buu 599")) == ["p-599"]
    assert await she.does("search_area", "any", "Hà Nội", "Cầu Giấy", "hut") == NoPlaceFound()
    assert names(await she.does("search", "any", "HUT 2")) == ["h-2"]
    assert await she.does("search", "any", "cau giay") == TooManyPlaces()


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Gəncə", "gence"), ("Şəki", "SEKI"), ("İmişli", "imisli"), ("Hà Nội", "ha noi"), ("Đống Đa", "dong da"),
        ("Nguyễn Trãi", "nguyen t"), ("Saint-Louis", "saint lou"), ("Saint-Louis", "louis"), ("Guédiawaye", "guedia"),
        ("بركان", "بركا"), ("الإدارة", "الادارة"), ("مكتب بركان 5", "5"),
        ("Sumqayıt", "sumqayit"), ("N'Diaye", "n diaye"),
    ],
)  # fmt: skip
def test_letters_without_marks_find_those_with_them(name: str, typed: str) -> None:
    index = PlaceIndex([place("other", "Zzz"), place("it", name)])
    assert [each.place.id for each in index.matching(typed)] == ["it"]


def test_what_the_name_says_comes_before_what_the_address_says_and_a_number_is_that_number() -> None:
    index = PlaceIndex([place("1", "Office 1", address="Street 3"), place("30", "Office 30"), place("3", "Office 3")])
    assert [each.place.id for each in index.matching("office 3")] == ["3", "1"]


def test_a_slug_is_letters_digits_and_dashes() -> None:
    assert slug("Xaçmaz, Nümunə küç. 3") == "xacmaz-numune-kuc-3"


async def test_open_today_with_a_break_at_noon() -> None:
    office = place("a", "Office", opening=OFFICE, services=("passport", "unknown"), phone="123", address="Street 1")
    assert await Looking([office]).does("open", "a") == PlaceOpen(
        "Office", "Street 1", "123", "09:00-13:00, 14:00-18:00", True
    )
    at_noon = await Looking([office], MONDAY.replace(hour=9, minute=30)).does("open", "a")
    assert isinstance(at_noon, PlaceOpen), "it opens again today"
    assert names(await Looking([office]).does("services", "a")) == ["passport"]
    assert isinstance(await Looking([office]).does("services", "a"), PlaceServices)
    assert await Looking([]).does("open", "a") == PlaceGone()


@pytest.mark.parametrize(
    ("now", "why", "opens"),
    [
        (datetime(2026, 11, 23, 15, tzinfo=UTC), "over", date(2026, 11, 24)),
        (datetime(2026, 11, 28, 6, tzinfo=UTC), "closed", date(2026, 11, 30)),
        (datetime(2026, 12, 31, 6, tzinfo=UTC), "holiday", date(2027, 1, 4)),
    ],
)
async def test_closed_today_says_why_and_when_it_opens_next(now: datetime, why: str, opens: date) -> None:
    holidays = frozenset({date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)})
    shut = await Looking([place("a", opening=OFFICE)], now, holidays).does("open", "a")
    assert isinstance(shut, PlaceClosed)
    assert (shut.why, shut.day, shut.hours) == (Word(f"place_closed.{why}"), opens, "09:00-13:00, 14:00-18:00")


async def test_hours_told_to_people_alone_or_to_nobody() -> None:
    said = replace(place("a"), place=Place("a", "A", "", {"en": "By appointment"}))
    told = await Looking([said, place("b")]).does("open", "a")
    assert isinstance(told, PlaceHours) and told.hours == "By appointment"
    untold = await Looking([said, place("b")]).does("open", "b")
    assert isinstance(untold, PlaceHours) and (untold.hours, untold.phone, untold.serves) == ("-", "", False)


async def test_a_bus_comes_or_nobody_knows() -> None:
    calls = (Calls(date(2026, 11, 26), 0, time(10), time(16)),)
    stop = place("s", "Town", kind=PlaceKind.MOBILE_UNIT, unit="bus", unit_name="Bus 1", calls=calls)
    assert await Looking([stop]).does("open", "s") == UnitComes(
        "Town", "-", "Bus 1", date(2026, 11, 26), "10:00-16:00", False
    )
    holiday = await Looking([stop], holidays=frozenset({date(2026, 11, 26)})).does("open", "s")
    assert holiday == UnitNotPlanned("Town", "-", "Bus 1", False)
    sure = replace(stop, calls=(replace(calls[0], on_holidays=True),))
    assert isinstance(await Looking([sure], holidays=frozenset({date(2026, 11, 26)})).does("open", "s"), UnitComes)


TOWNS = "Bưu điện Gəncə Şəki Saint-Louis Dakar بركان Hà Nội Đống 12 küç. Oriental"
WORDS = st.sampled_from(TOWNS.split())
LISTED = st.lists(
    st.builds(
        lambda name, address, region, district, at: (" ".join(name), " ".join(address), region, district, at),
        st.lists(WORDS, min_size=1, max_size=3), st.lists(WORDS, max_size=2), st.sampled_from(["", "R1", "R2"]),
        st.sampled_from(["", "D1", "D2"]),
        st.none() | st.builds(Position, st.floats(-90, 90), st.floats(-180, 180)),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(LISTED, st.lists(WORDS, max_size=2), st.sampled_from(["", "R1"]), st.sampled_from(["", "D2"]), st.integers(1, 4))
def test_the_index_finds_what_looking_at_each_would_find(
    told: list[tuple[str, str, str, str, Position | None]], typed: list[str], region: str, district: str, cut: int
) -> None:
    listed = [
        place(str(n), name, where, area, address=address, at=at)
        for n, (name, address, where, area, at) in enumerate(told)
    ]
    index, begins = PlaceIndex(listed), folded(" ".join(word[:cut] for word in typed)).split()

    def fits(one: ListedPlace) -> bool:
        own = folded(f"{one.place.name} {one.place.address} {one.district} {one.region}").split()
        # A place without a region stands under its district's name.
        inside = (not region or (one.region or one.district) == region) and (not district or one.district == district)
        known = bool(one.region or one.district) or not (region or district)
        return inside and known and says(own)

    def says(own: list[str]) -> bool:
        return all(
            any(word == begin or (word.startswith(begin) and not begin.isdigit()) for word in own) for begin in begins
        )

    expected = sorted((one for one in listed if fits(one)), key=lambda one: not says(folded(one.place.name).split()))
    assert index.matching(" ".join(begins), None, region, district) == expected
    assert sum(area.count for area in index.regions()) == sum(bool(one.region or one.district) for one in listed)
    assert len(index.matching(" ".join(begins), 3, region, district)) <= 4


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(Position, st.floats(-90, 90), st.floats(-180, 180)), max_size=40),
       st.builds(Position, st.floats(-90, 90), st.floats(-180, 180)), st.integers(1, 10))  # fmt: skip
def test_the_nearest_are_the_nearest(at: list[Position], near: Position, most: int) -> None:
    index = PlaceIndex([place(str(n), at=where) for n, where in enumerate(at)])
    found = [near.metres_to(one.at) for one in index.nearest(near, most) if one.at]
    best = sorted(near.metres_to(where) for where in at)[:most]
    assert len(found) == len(best)
    # Two places within a metre of each other may change places.
    assert all(abs(mine - theirs) <= 1 for mine, theirs in zip(found, best, strict=True))


def test_the_app_is_told_500_of_the_nearest_and_none_of_the_rest() -> None:
    index = PlaceIndex([place(str(n), at=Position(n / 100, n / 100)) for n in range(MOST_NEAR + 100)])
    found = find(index, Wanted(near=Position(0, 0)))
    assert [each.listed.place.id for each in found] == [str(n) for n in range(MOST_NEAR)]
    assert len(find(index, Wanted(near=Position(0, 0), within=10_000))) == 7


async def test_places_and_areas_are_called_as_her_language_calls_them() -> None:
    """Found by the words of either."""
    office = Place("a5", "5e annexe", "Rue 5", names={"ar": "ملحقة 5"}, addresses={"ar": "زنقة 5"})
    others = [place(f"o{number}", region="Rabat") for number in range(6)]
    index = PlaceIndex(
        [ListedPlace(office, PlaceKind.CENTRE, region="Oriental", district="Berkane"), *others],
        {"Oriental": {"ar": "الشرق"}, "Berkane": {"ar": "بركان"}},
    )
    assert (office.called("ar"), office.located("ar")) == ("ملحقة 5", "زنقة 5")
    assert (office.called("fr"), office.located("fr")) == ("5e annexe", "Rue 5")
    assert [index.area_called("Oriental", code) for code in ("ar", "fr")] == ["الشرق", "Oriental"]
    for words in ("annexe", "ملحق", "berk", "برك", "الشرق"):
        assert [found.place.id for found in index.matching(words)] == ["a5"], words
