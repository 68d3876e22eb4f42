"""The bus comes to the village: whoever asked is told the working day before, once, and once more if it stays away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from domain.position import Position
from services import stops
from services.caller import Caller
from services.coming_stops import AHEAD_DAYS
from services.desk import Desk
from services.listed_places import Calls, ListedPlace, PlaceKind
from services.outcomes import (
    NoPlaceFound,
    NoStops,
    NoStopsAwaited,
    PinNeeded,
    PlaceDistricts,
    PlaceGone,
    PlaceRegions,
    StopAwaited,
    StopAwaitedUnplanned,
    StopPromised,
    StopsAwaited,
    StopsFull,
    StopsListed,
    StopsNearby,
    StopUntold,
    StopWithdrawn,
)
from services.place_book import Book
from services.records.stop_tables import STOP_PROMISES
from services.stop_news import tell_of_stops
from services.values import Place
from tests.services.notice_office import Message, Office
from tests.services.town import KAMRAN, LEYLA, ZONE, Told

# The story begins on Monday 23 November 2026 at ten in Baku.
MONDAY = date(2026, 11, 23)
FRIDAY, NEXT_MONDAY = date(2026, 11, 27), date(2026, 11, 30)


def on(*days: date, opens: int = 11, closes: int = 16) -> tuple[Calls, ...]:
    return tuple(Calls(day, 0, time(opens), time(closes)) for day in days)


def village(id: str, calls: Sequence[Calls], lat: float = 40.5, **more: object) -> ListedPlace:
    where = {"region": "North", "district": id.capitalize()} | more
    return ListedPlace(
        Place(id, id.capitalize(), names={"fr": f"Le {id}"}), PlaceKind.MOBILE_UNIT, ("id_card",), Position(lat, 48.0),
        unit="bus-1", unit_name="Bus 1", calls=tuple(calls), **where,  # type: ignore[arg-type]
    )  # fmt: skip


def office_of(id: str, lat: float, district: str, region: str = "North") -> ListedPlace:
    return ListedPlace(
        Place(id, id.capitalize()), PlaceKind.CENTRE, at=Position(lat, 48.0), region=region, district=district
    )


class NotHeard(Book):
    """Nobody has told its places yet."""

    @property
    def complete(self) -> bool:
        return False


@dataclass
class Depot:
    """A town where buses call. `plan`: the feed has it so from now on."""

    office: Office
    book: Book = field(default_factory=lambda: Book.of([village("oak", on(FRIDAY))]))

    def plan(self, *calls: Calls) -> None:
        self.book = Book.of([village("oak", calls), village("elm", on(NEXT_MONDAY + timedelta(days=40)))])

    def desk(self) -> Desk:
        return replace(self.office.town.desk(), places=self.book, notices=Told(can=True))

    async def caller(self, number: Msisdn = LEYLA) -> Caller:
        return await self.office.town.caller(number)

    async def asks(self, place: str = "oak", number: Msisdn = LEYLA) -> object:
        done = await stops.promise(self.desk(), await self.caller(number), place)
        await self.office.town.records.settle()
        return done

    async def worker(self) -> list[Message]:
        """Two rounds, the second of which must find nothing more to tell; all messages so far."""
        await tell_of_stops(self.desk())
        told = await self.office.messages()
        await self._look_at_once()
        await tell_of_stops(self.desk())
        assert await self.office.messages() == told
        return told

    async def _look_at_once(self) -> None:
        async with self.office.store.database.unit_of_work() as work:
            await work.execute(update(STOP_PROMISES).values(look_at=self.office.clock.now()))

    async def at(self, day: date, hour: int = 10, minute: int = 0) -> list[Message]:
        """The worker's hand at that local time; all that was told so far."""
        then = datetime.combine(day, time(hour, minute), ZONE)
        self.office.clock.advance(then - self.office.clock.now())
        return await self.worker()


@pytest.fixture
async def depot(notices: Office) -> AsyncIterator[Depot]:
    yield Depot(notices)


def texts(messages: Sequence[Message]) -> list[str]:
    return [message.text_id for message in messages]


# --- the promise is kept ----------------------------------------------------------------------------------


async def test_she_is_told_the_working_day_before_and_never_twice(depot: Depot) -> None:
    assert await depot.asks() == StopPromised("Oak", "Bus 1")
    assert await depot.at(date(2026, 11, 26), 9, 59) == []
    [told] = await depot.at(date(2026, 11, 26), 10)
    assert (told.to, told.kind, told.text_id) == (LEYLA.e164, "unit_coming", "sms.unit_coming")
    assert told.values["place"] == "Oak" and told.values["closes"] == datetime(2026, 11, 27, 16, tzinfo=ZONE)
    assert len(await depot.at(FRIDAY, 9)) == len(await depot.at(FRIDAY, 12)) == 1


async def test_workers_side_by_side_tell_once(depot: Depot) -> None:
    await depot.asks()
    depot.office.clock.advance(timedelta(days=3))
    await asyncio.gather(*(tell_of_stops(depot.desk()) for _ in range(5)))
    assert texts(await depot.office.messages()) == ["sms.unit_coming"]


async def test_each_stop_is_told_of(depot: Depot) -> None:
    depot.plan(Calls(NEXT_MONDAY, 1, time(10), time(16)))
    await depot.asks()
    assert len(await depot.at(FRIDAY)) == 1, "the weekend is between"
    assert len(await depot.at(date(2026, 12, 3))) == 1
    [_, second] = await depot.at(date(2026, 12, 4))
    assert second.values["day"] == datetime(2026, 12, 7, 10, tzinfo=ZONE)


async def test_who_asks_when_it_is_near_is_told_at_once(depot: Depot) -> None:
    depot.plan(*on(MONDAY))
    await depot.asks()
    assert texts(await depot.worker()) == ["sms.unit_coming"]


async def test_the_hours_of_a_day_with_a_break_are_one_stop(depot: Depot) -> None:
    depot.plan(*on(FRIDAY, opens=9, closes=12), *on(FRIDAY, opens=13, closes=17))
    await depot.asks()
    [told] = await depot.at(date(2026, 11, 26))
    assert (told.values["opens"], told.values["closes"]) == (
        datetime(2026, 11, 27, 9, tzinfo=ZONE), datetime(2026, 11, 27, 17, tzinfo=ZONE),
    )  # fmt: skip
    assert len(await depot.at(FRIDAY, 12, 30)) == 1, "the afternoon is no other stop"


async def test_in_her_language_and_to_nobody_else(depot: Depot) -> None:
    async with depot.office.store.open() as records:
        await records.people.greet(KAMRAN, "fr")
    await depot.asks(number=KAMRAN)
    await depot.caller(LEYLA)
    [told] = await depot.at(date(2026, 11, 26))
    assert (told.to, told.language, told.values["place"]) == (KAMRAN.e164, "fr", "Le oak")


# --- it stays away ----------------------------------------------------------------------------------------


async def test_a_stop_that_moves_after_she_was_told_is_told_once_more(depot: Depot) -> None:
    await depot.asks()
    await depot.at(date(2026, 11, 26))
    depot.plan(*on(date(2026, 12, 8)))
    [_, changed] = await depot.at(date(2026, 11, 26), 15)
    assert changed.text_id == "sms.unit_changed"
    assert changed.values["was"] == datetime(2026, 11, 27, 11, tzinfo=ZONE)
    assert changed.values["day"] == datetime(2026, 12, 8, 11, tzinfo=ZONE)
    assert len(await depot.at(date(2026, 12, 6))) == 2
    assert texts(await depot.at(date(2026, 12, 7)))[2:] == ["sms.unit_coming"], "ten days later she needs a word again"


async def test_other_hours_told_the_day_before_are_the_word_itself(depot: Depot) -> None:
    await depot.asks()
    await depot.at(date(2026, 11, 26))
    depot.plan(*on(FRIDAY, opens=13, closes=15))
    assert texts(await depot.at(date(2026, 11, 26), 18)) == ["sms.unit_coming", "sms.unit_changed"]
    assert len(await depot.at(FRIDAY, 9)) == 2


async def test_a_stop_that_moves_before_she_was_told_is_no_news(depot: Depot) -> None:
    await depot.asks()
    await depot.worker()
    depot.plan(*on(NEXT_MONDAY))
    assert await depot.at(date(2026, 11, 26)) == []
    assert texts(await depot.at(FRIDAY)) == ["sms.unit_coming"]


@pytest.mark.parametrize("gone", [False, True])
async def test_a_stop_that_is_called_off_is_told_once(depot: Depot, gone: bool) -> None:
    """Nothing is planned there, or the feed knows the place no more."""
    await depot.asks()
    await depot.at(date(2026, 11, 26))
    depot.book = Book.of([] if gone else [village("oak", ())])
    [_, off] = await depot.at(date(2026, 11, 26), 12)
    assert off.text_id == "sms.unit_cancelled"
    assert (off.values["place"], off.values["day"]) == ("Oak", datetime(2026, 11, 27, 11, tzinfo=ZONE))
    depot.plan(*on(FRIDAY))
    assert len(await depot.at(date(2026, 11, 26), 13)) == 2, "a feed that wavers does not make her telephone ring"


async def test_while_the_feed_is_away_nothing_is_called_off(depot: Depot) -> None:
    """A process has just begun, and its book is what the pack says."""
    await depot.asks()
    await depot.at(date(2026, 11, 26))
    depot.book = NotHeard.of([])
    assert len(await depot.at(date(2026, 11, 26), 12)) == 1
    depot.plan(*on(FRIDAY))
    assert len(await depot.at(date(2026, 11, 26), 13)) == 1


# --- who is told ------------------------------------------------------------------------------------------


async def test_withdrawn_is_withdrawn(depot: Depot) -> None:
    await depot.asks()
    [item] = (await stops.mine(depot.desk(), await depot.caller())).promises  # type: ignore[union-attr]
    opened = await stops.open(depot.desk(), await depot.caller(), item.id)
    assert opened == StopAwaited(item.id, "Oak", "Bus 1", FRIDAY, "11:00-16:00")
    assert await stops.withdraw(depot.desk(), await depot.caller(KAMRAN), item.id) == NoStopsAwaited()
    assert await stops.withdraw(depot.desk(), await depot.caller(), item.id) == StopWithdrawn()
    assert await stops.withdraw(depot.desk(), await depot.caller(), item.id) == NoStopsAwaited()
    await depot.office.town.records.settle()
    assert await stops.mine(depot.desk(), await depot.caller()) == NoStopsAwaited()
    assert await depot.at(date(2026, 11, 26)) == []


async def test_a_number_that_changed_hands_is_told_nothing_of_hers(depot: Depot) -> None:
    await depot.asks()
    caller = await depot.caller()
    assert caller.person is not None
    async with depot.office.store.open() as records:
        await records.people.end_number(LEYLA, caller.person.id)
        await records.people.greet(LEYLA, "az")
    assert await depot.at(date(2026, 11, 26)) == []
    assert await stops.mine(depot.desk(), await depot.caller()) == NoStopsAwaited()


async def test_a_number_in_doubt_is_told_that_there_is_something(depot: Depot) -> None:
    await depot.asks()
    async with depot.office.store.open() as records:
        await records.people.doubt_number(LEYLA)
    [told] = await depot.at(date(2026, 11, 26))
    assert (told.text_id, told.values) == ("sms.stale", {})


async def test_with_her_goes_the_promise(depot: Depot) -> None:
    await depot.asks()
    caller = await depot.caller()
    assert caller.person is not None
    async with depot.office.store.open() as records:
        assert await records.personal.erase(caller.person.id)
    assert await depot.at(date(2026, 11, 26)) == []


async def test_one_that_cannot_be_said_keeps_none_from_being_kept(
    depot: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await depot.asks()
    await depot.asks(number=KAMRAN)
    spoilt = iter([True])

    def said(words: str) -> str:
        if next(spoilt, False):
            raise InvalidValue("no words")
        return words

    monkeypatch.setattr("services.stop_news.said", said)
    depot.office.clock.advance(timedelta(days=3))
    await tell_of_stops(depot.desk())
    assert len(await depot.office.messages()) == 1
    depot.office.clock.advance(timedelta(hours=1))
    await tell_of_stops(depot.desk())
    assert len({told.to for told in await depot.office.messages()}) == 2


# --- asking -----------------------------------------------------------------------------------------------


async def test_one_for_a_unit_and_place_and_five_in_all(depot: Depot) -> None:
    names = ("oak", "elm", "ash", "fir", "yew", "box")
    depot.book = Book.of([village(name, on(FRIDAY)) for name in names])
    for name in (*names[:5], "oak"):
        assert isinstance(await depot.asks(name), StopPromised)
    assert await depot.asks("box") == StopsFull(5)
    mine = await stops.mine(depot.desk(), await depot.caller())
    assert isinstance(mine, StopsAwaited) and {item.values["place"] for item in mine.promises} == {
        name.capitalize() for name in names[:5]
    }
    async with depot.office.store.database.unit_of_work() as work:
        assert len((await work.execute(select(STOP_PROMISES.c.id))).all()) == 5


async def test_what_cannot_be_promised(depot: Depot) -> None:
    depot.book = Book.of([village("oak", ()), office_of("centre", 40.0, "Oak")])
    assert await depot.asks("centre") == await depot.asks("nowhere") == PlaceGone()
    silent = replace(depot.desk(), notices=Told(can=False))
    assert await stops.promise(silent, await depot.caller(), "oak") == StopUntold()
    await depot.asks("oak")
    [item] = (await stops.mine(depot.desk(), await depot.caller())).promises  # type: ignore[union-attr]
    opened = await stops.open(depot.desk(), await depot.caller(), item.id)
    assert opened == StopAwaitedUnplanned(item.id, "Oak", "Bus 1")


async def test_with_an_account_the_pin_comes_first(depot: Depot) -> None:
    caller = await depot.office.town.known(pin="2580")
    assert isinstance(await stops.promise(depot.desk(), caller, "oak"), StopPromised)
    assert await stops.mine(depot.desk(), caller) == PinNeeded()
    assert await stops.open(depot.desk(), caller, "x") == PinNeeded()
    assert await stops.withdraw(depot.desk(), caller, "x") == PinNeeded()


# --- the nearest stop -------------------------------------------------------------------------------------


def ids(found: object) -> list[str]:
    assert isinstance(found, (StopsListed, StopsNearby)), found
    return [item.id for item in found.stops]


async def test_her_district_first_and_else_the_nearest(depot: Depot) -> None:
    depot.book = Book.of(
        [
            village("oak", on(NEXT_MONDAY), 40.5),
            village("elm", on(FRIDAY), 40.9, district="Oak"),
            village("ash", on(FRIDAY), 39.2, region="South"),
            village("fir", on(MONDAY - timedelta(days=1)), 40.0),
            office_of("post", 39.9, "Fir"),
            office_of("bank", 39.1, "Bay", "South"),
        ]
    )
    desk, caller = depot.desk(), await depot.caller()
    regions = await stops.regions(desk, caller)
    assert isinstance(regions, PlaceRegions)
    assert [(item.id, item.values["count"]) for item in regions.regions] == [("North", 3), ("South", 1)]
    districts = await stops.districts(desk, caller, "North")
    assert isinstance(districts, PlaceDistricts) and [item.id for item in districts.districts] == ["Fir", "Oak"]
    here = await stops.near(desk, caller, "North", "Oak")
    assert isinstance(here, StopsListed) and ids(here) == ["elm", "oak"], "the earliest first"
    assert here.stops[0].values == {"place": "Elm", "day": FRIDAY}
    nearby = await stops.near(desk, caller, "North", "Fir")
    assert isinstance(nearby, StopsNearby) and ids(nearby) == ["oak", "ash", "elm"], (
        "what called yesterday calls no more"
    )
    assert ids(await stops.search(desk, caller, "el")) == ["elm"]
    assert ids(await stops.search(desk, caller, "ban")) == ["ash", "oak", "elm"]
    assert await stops.search(desk, caller, "zz") == NoPlaceFound()


async def test_where_nothing_is_planned(depot: Depot) -> None:
    later = MONDAY + timedelta(days=AHEAD_DAYS + 1)
    depot.book = Book.of(
        [village("oak", on(later)), office_of("post", 40.0, "Oak"), office_of("x", 40.0, "Y", "South")]
    )
    desk, caller = depot.desk(), await depot.caller()
    assert await stops.regions(desk, caller) == NoStops()
    assert await stops.near(desk, caller, "North", "Oak") == NoStops()
    assert await stops.search(desk, caller, "post") == NoStops()
