"""A place book that follows the ministries: new offices appear, and those of a ministry that is away stay."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import MinistryContract, MinistryUnavailable, StoreUnavailable
from domain.position import Position
from services.backends.remembered_guide import RememberedGuide
from services.listed_places import ListedPlace, Opening, PlaceKind
from services.place_book import Book, merged
from services.places_live import AGAIN_SECONDS, LivePlaces
from services.values import Place, ServiceInfo

MINUTES = timedelta(minutes=10)


def place(id: str, name: str = "", **more: object) -> ListedPlace:
    return ListedPlace(Place(id, name or id), PlaceKind.CENTRE, **more)  # type: ignore[arg-type]


class Guide:
    """Tells these, or fails so."""

    def __init__(self, *places: ListedPlace) -> None:
        self.places_told: Sequence[ListedPlace] | Exception = places
        self.info_told: ServiceInfo | Exception | None = ServiceInfo("passport", days=10)
        self.asked = 0

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        self.asked += 1
        await asyncio.sleep(0)
        if isinstance(self.info_told, Exception):
            raise self.info_told
        return self.info_told

    async def places(self, deadline: Deadline) -> Sequence[ListedPlace]:
        self.asked += 1
        await asyncio.sleep(0)
        if isinstance(self.places_told, Exception):
            raise self.places_told
        return self.places_told


class Copies:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False

    async def get(self, ministry: str) -> bytes | None:
        if self.away:
            raise StoreUnavailable("away")
        return self.kept.get(ministry)

    async def put(self, ministry: str, copy: bytes) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.kept[ministry] = copy


def a_morning() -> HandClock:
    return HandClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


def ids(places: LivePlaces) -> list[str]:
    return [listed.place.id for listed in places.all()]


async def test_the_book_follows_the_ministry_and_keeps_what_it_told_last() -> None:
    clock, guide = a_morning(), Guide(place("new"))
    live = LivePlaces(Book.of([place("old")]), {"m": guide}, clock)
    assert ids(live) == ["old"], "nobody waits for a ministry"
    assert await live.refresh()
    assert ids(live) == ["old", "new"]
    assert not await live.refresh() and guide.asked == 1, "not due yet"
    guide.places_told = MinistryUnavailable("m")
    clock.advance(MINUTES)
    assert not await live.refresh()
    assert ids(live) == ["old", "new"] and guide.asked == 2
    guide.places_told = (place("newer"),)
    clock.advance(timedelta(seconds=AGAIN_SECONDS))
    assert await live.refresh(), "soon asked again after a failure"
    assert ids(live) == ["old", "newer"], "what the ministry closed is closed"


async def test_one_ministry_away_takes_no_places_of_another() -> None:
    clock, away, well = a_morning(), Guide(), Guide(place("b"))
    away.places_told = MinistryContract("a", "nonsense")
    live = LivePlaces(Book.of([]), {"a": away, "b": well}, clock)
    assert await live.refresh()
    assert ids(live) == ["b"]
    assert live.ages() == {"a": None, "b": 0}


async def test_a_restart_and_other_processes_begin_with_the_copy() -> None:
    clock, copies, guide = (
        a_morning(),
        Copies(),
        Guide(place("new", opening=(Opening(frozenset({1}), time(9), time(17)),))),
    )
    first = LivePlaces(Book.of([]), {"m": guide}, clock, copies)
    await first.refresh()
    second = LivePlaces(Book.of([]), {"m": guide}, clock, copies)
    assert await second.refresh()
    assert second.all() == first.all() and guide.asked == 1, "asked once for both"
    clock.advance(timedelta(days=2))
    guide.places_told = MinistryUnavailable("m")
    third = LivePlaces(Book.of([]), {"m": guide}, clock, copies)
    assert await third.refresh()
    assert ids(third) == ["new"], "an old copy is better than none"
    copies.kept["m"] = b"of a version that was"
    assert ids(third) == ["new"]
    fourth = LivePlaces(Book.of([]), {"m": guide}, clock, copies)
    assert not await fourth.refresh()
    copies.away = True
    guide.places_told = (place("again"),)
    clock.advance(MINUTES)
    assert await fourth.refresh() and ids(fourth) == ["again"], "without Redis too"


async def test_a_place_that_both_know_is_one_place() -> None:
    pack = place(
        "a", "Pack's name", services=("visa",), at=Position(1, 2), region="North", phone="1",
        opening=(Opening(frozenset({1}), time(9), time(17)),),
    )  # fmt: skip
    [both] = merged([pack], [place("a", "Its name", services=("passport",), phone="2")])
    assert (both.place.name, both.services, both.phone) == ("Its name", ("passport", "visa"), "2")
    assert (both.region, both.at, both.opening) == ("North", Position(1, 2), pack.opening)


async def test_stops_that_a_feed_tells_make_units() -> None:
    clock = a_morning()
    stop = ListedPlace(
        Place("t-1", "Town"), PlaceKind.MOBILE_UNIT, ("passport",), unit="t", unit_kind="train", unit_name="The train"
    )
    live = LivePlaces(Book.of([]), {"m": Guide(stop)}, clock)
    await live.refresh()
    [unit] = live.units()
    assert (unit.id, unit.kind, unit.name, unit.services) == ("t", "train", "The train", ("passport",))
    assert live.get("t-1") is None and not live.offering("passport"), "nobody books a visit at a stop"


async def test_the_nearest_agent_is_the_one_of_the_district() -> None:
    def agent(id: str, region: str, district: str) -> ListedPlace:
        return ListedPlace(Place(id, id), PlaceKind.AGENT, region=region, district=district)

    book = Book.of([agent("a", "North", "Hill"), agent("b", "South", "Hill"), agent("c", "South", "Lake")])
    nearest = {
        area: book.nearest_agent(*area) for area in (("South", "Hill"), ("South", "Sea"), ("", "Lake"), ("", ""))
    }
    assert [each.id if each else None for each in nearest.values()] == ["b", "b", "c", "a"]
    assert Book.of([]).nearest_agent("South") is None


async def test_what_services_need_is_asked_once_and_told_while_the_ministry_is_away() -> None:
    clock, guide = a_morning(), Guide()
    remembered = RememberedGuide("m", guide, 600, clock)
    deadline = Deadline.after(5, clock)
    told = await asyncio.gather(*(remembered.info("passport", deadline) for _ in range(20)))
    assert told == [ServiceInfo("passport", days=10)] * 20 and guide.asked == 1
    clock.advance(MINUTES)
    guide.info_told = MinistryUnavailable("m")
    assert await remembered.info("passport", Deadline.after(5, clock)) == ServiceInfo("passport", days=10)
    guide.info_told = None
    assert await remembered.info("passport", Deadline.after(5, clock)) is None, "given no more"
