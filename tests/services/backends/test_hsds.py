"""A catalogue in HSDS: what a service needs in every language, where it is given, and when it is open."""

import contextlib
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import HandClock
from domain.errors import InvalidValue, MinistryContract
from domain.money import Money
from services.backends.hsds import HsdsGuide
from services.backends.hsds_config import HsdsConfig
from services.backends.hsds_schedules import openings
from services.backends.reading import Misread, zone_of
from services.backends.wire import HttpWire, RawAnswer
from services.listed_places import ListedPlace, Opening, PlaceKind
from services.opening_hours import hours_on
from services.values import Place
from tests.services.backends.backends_under_test import Sandbox, no_longer_than, transport
from tests.services.backends.guides_under_test import HSDS, hsds

BAKU, TODAY = zone_of("Asia/Baku"), date(2026, 11, 23)
CLOCK = HandClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
WEEK = frozenset({1, 2, 3, 4, 5})


class Pages:
    """A server that gives these answers by path and page."""

    def __init__(self, **answers: object) -> None:
        self.answers, self.asked = answers, list[str]()

    async def send(self, method: str, url: str, headers: object, body: object, **bounds: object) -> RawAnswer:
        self.asked.append(url)
        path, _, query = url.removeprefix("http://m.test/").partition("?")
        told = self.answers[path.partition("/")[0]]
        number = int(dict(part.split("=") for part in query.split("&")).get("page", "1")) if "page" in query else 1
        value = told(number) if callable(told) else told
        return RawAnswer(200, {"content-type": "application/json"}, msgspec.json.encode(value))


def guide(config: HsdsConfig = HSDS, **answers: object) -> HsdsGuide:
    return HsdsGuide(transport("m", "http://m.test", Pages(**answers)), config, CLOCK)


def page(*contents: object, last: bool = True) -> dict[str, object]:
    return {"contents": contents, "last_page": last, "empty": not contents}


def entry(service: str = "s-1", place: str = "p-1", **location: Any) -> dict[str, object]:
    told = {"id": place, "location_type": "physical", "name": "Office", **location}
    return {"id": f"{service}-{place}", "service_id": service, "location": told}


async def test_what_a_service_asks_of_people_in_every_language(sandbox: Sandbox, wire: HttpWire) -> None:
    asan = hsds(sandbox.ministry("asan-guide"), wire)
    told = await asan.info("passport", no_longer_than(30))
    assert told is not None
    assert told.documents[1] == {"az": "Foto 3x4", "en": "Photo 3x4"}
    assert (told.fee, told.days) == (Money.parse("40.00", "AZN"), 10)
    assert await asan.info("old_certificate", no_longer_than(30)) is None, "it is given no more"
    assert await asan.info("visa", no_longer_than(30)) is None


async def test_places_with_their_hours_areas_and_services(sandbox: Sandbox, wire: HttpWire) -> None:
    places = {
        each.place.id: each for each in await hsds(sandbox.ministry("asan-guide"), wire).places(no_longer_than(30))
    }
    assert len(places) == 18
    first = places["asan-01"]
    assert (first.region, first.district, first.phone) == ("Bakı", "Nərimanov", "+994120000003")
    assert first.services == ("id_card", "passport"), "those of the pack; what is given no more is not"
    assert first.opening == (Opening(frozenset(range(1, 7)), time(9), time(18)),)
    assert first.at is not None and places["abad-01"].services == ()


@pytest.mark.parametrize(
    ("wait", "days"),
    [
        ("15", 15), ("P15D", 15), ("10-15 working days", 15), ("10 ngày làm việc", 10), ("3 jours ouvrables", 3),
        ("2 weeks", None), ("1 semaine", None), ("PT2H", None), ("soon", None), (None, None),
    ],
)  # fmt: skip
async def test_how_long_it_takes_is_told_in_days_or_not_at_all(wait: str | None, days: int | None) -> None:
    told = await guide(services={"id": HSDS.services["passport"], "wait_time": wait}).info(
        "passport", no_longer_than(30)
    )
    assert told is not None and told.days == days


async def test_an_endless_list_is_a_breach_and_not_read_for_ever() -> None:
    endless = guide(msgspec.structs.replace(HSDS, most_pages=7), services=lambda n: page({"id": f"s-{n}"}, last=False))
    with pytest.raises(MinistryContract, match="more than 7 pages"):
        await endless.places(no_longer_than(30))


async def test_what_nobody_can_walk_to_and_who_serves_nobody_is_left_out() -> None:
    config = HsdsConfig(
        services={"a": "s-1"},
        picks=msgspec.convert({"kind": "location.attributes[0].taxonomy_term.code"}, type(HSDS.picks)),
        kinds={"post": "agent", "depot": "leave_out"},
    )

    def kind(code: str) -> list[object]:
        return [{"taxonomy_term": {"code": code}}]

    served = guide(
        config,
        services=page({"id": "s-1", "status": "active"}, {"id": "s-2", "status": "temporarily closed"}),
        service_at_locations=page(
            entry("s-1", "p-1", attributes=kind("post")),
            entry("s-1", "p-2", attributes=kind("depot")),
            entry("s-1", "p-3", location_type="virtual"),
            entry("s-2", "p-4"),
            entry("s-1", "p-5", attributes=kind("town hall"), latitude=0, longitude=0),
        ),
    )
    found = {each.place.id: each for each in await served.places(no_longer_than(30))}
    assert {id: each.kind for id, each in found.items()} == {"p-1": PlaceKind.AGENT, "p-5": PlaceKind.CENTRE}
    assert found["p-5"].at is None, "nobody measured it"


async def test_a_server_without_that_list_is_read_through_its_services() -> None:
    nested = {"id": "s-1", "status": "active", "service_at_locations": [entry()]}
    found = await guide(HsdsConfig(services={"a": "s-1"}, places="services"), services=page(nested)).places(
        no_longer_than(30)
    )
    assert [(each.place.id, each.services) for each in found] == [("p-1", ("a",))]


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ({"name": ""}, "location name is missing"),
        ({"latitude": 91, "longitude": 4}, "on no map"),
        ({"latitude": "north", "longitude": 4}, "latitude is not a number"),
        ({"place": "../etc"}, "no id"),
        ({"schedules": [{"opens_at": "9 o'clock", "closes_at": "18:00"}]}, "opens_at is not a time"),
        (
            {"schedules": [{"opens_at": "09:00", "closes_at": "18:00", "freq": "HOURLY", "dtstart": "2026-01-01"}]},
            "FREQ",
        ),
    ],
)
async def test_what_does_not_fit_is_told_by_its_name(location: dict[str, Any], says: str) -> None:
    wrong = guide(services=page({"id": "s-1"}), service_at_locations=page(entry(**location)))
    with pytest.raises(MinistryContract, match=says):
        await wrong.places(no_longer_than(30))


def test_a_pick_that_is_none_is_told_at_the_start() -> None:
    with pytest.raises(InvalidValue):
        guide(msgspec.structs.replace(HSDS, picks=msgspec.convert({"region": "[["}, type(HSDS.picks))))
    with pytest.raises(InvalidValue, match="zone"):
        guide(msgspec.structs.replace(HSDS, zone="Asia/Nowhere"))


def schedule(**more: object) -> tuple[Opening, ...]:
    return openings({"opens_at": "09:00", "closes_at": "17:00", **more}, BAKU, TODAY)


def test_weekly_hours_are_a_rule_and_all_others_are_days() -> None:
    assert schedule(freq="WEEKLY", byday="MO,TU,WE,TH,FR") == (Opening(WEEK, time(9), time(17)),)
    # HSDS 3.0 has no single date: it is written so.
    only = schedule(valid_from="2026-12-05", valid_to="2026-12-05")
    assert [each.on(date(2026, 12, day)) for each in only for day in (4, 5, 6)] == [False, True, False]
    every_other = schedule(freq="WEEKLY", interval=2, byday="TU", dtstart="2026-11-24")
    days = sorted(each.first for each in every_other if each.first)
    assert days[:3] == [date(2026, 11, 24), date(2026, 12, 8), date(2026, 12, 22)]
    first_monday = schedule(freq="MONTHLY", byday="1MO", dtstart="2026-01-01")
    assert [each.first for each in first_monday][:2] == [date(2026, 12, 7), date(2027, 1, 4)]
    assert schedule(freq="MONTHLY", bymonthday="-1", dtstart="2026-01-01")[0].first == date(2026, 11, 30)
    assert schedule(valid_to="2026-11-22", byday="MO") == (), "of the past"
    assert openings({"byday": "MO"}, BAKU, TODAY) == (), "no times, no hours"


def test_hours_with_an_offset_are_told_in_the_countrys_time() -> None:
    [utc] = openings({"opens_at": "05:00Z", "closes_at": "14:00Z", "byday": "MO"}, BAKU, TODAY)
    assert (utc.opens, utc.closes) == (time(9), time(18))
    [named] = openings({"opens_at": "08:00", "closes_at": "17:00", "timezone": 3, "byday": "MO"}, BAKU, TODAY)
    assert (named.opens, named.closes) == (time(9), time(18))
    late = openings({"opens_at": "22:00", "closes_at": "02:00", "byday": "SU"}, BAKU, TODAY)
    assert [(sorted(each.days), each.opens) for each in late] == [([7], time(22)), ([1], time(0))]


VALUES = "WEEKLY MONTHLY MO,WE 1MO -1FR 2026-11-24 9999-12-31 0001-01-01 09:00 25:00 17:00Z 1,31 active"
LEAF = (
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats() | st.text(max_size=6)
    | st.sampled_from(VALUES.split())
)  # fmt: skip
SCHEDULE = st.dictionaries(
    st.sampled_from(
        [
            "opens_at",
            "closes_at",
            "freq",
            "byday",
            "bymonthday",
            "byweekno",
            "interval",
            "count",
            "dtstart",
            "until",
            "valid_from",
            "valid_to",
            "timezone",
        ]
    ),
    LEAF,
)


@settings(max_examples=150, deadline=None)
@given(SCHEDULE, st.dates(date(2026, 11, 1), date(2027, 2, 1)))
def test_any_schedule_gives_hours_or_is_misread(told: dict[str, object], day: date) -> None:
    try:
        found = openings(told, BAKU, TODAY)
    except Misread:
        return
    for each in found:
        assert each.opens < each.closes
        assert not each.on(day) or (each.first or day) <= day <= (each.last or day)


ANY = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "name",
                    "status",
                    "contents",
                    "last_page",
                    "total_pages",
                    "location",
                    "service_id",
                    "service",
                    "addresses",
                    "phones",
                    "number",
                    "schedules",
                    "latitude",
                    "longitude",
                    "required_documents",
                    "document",
                    "cost_options",
                    "amount",
                    "currency",
                    "wait_time",
                    "location_type",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(ANY, ANY, st.booleans())
async def test_any_answer_is_a_value_or_a_breach_of_contract(first: object, second: object, wrapped: bool) -> None:
    one, two = (page(first), page(second)) if wrapped else (first, second)
    for service in (one, first):
        told = guide(msgspec.structs.replace(HSDS, most_pages=3), services=service, service_at_locations=two)
        with contextlib.suppress(MinistryContract):
            await told.places(no_longer_than(30))
        with contextlib.suppress(MinistryContract):
            await told.info("passport", no_longer_than(30))


@given(st.lists(st.tuples(st.integers(0, 22), st.integers(1, 23)), max_size=4), st.integers(0, 6))
def test_hours_of_a_day_never_overlap_and_are_in_order(spans: list[tuple[int, int]], day: int) -> None:
    opening = tuple(Opening(WEEK, time(a), time(b)) for a, b in spans if a < b)
    listed = ListedPlace(Place("p", "P"), PlaceKind.CENTRE, opening=opening)
    hours = hours_on(listed, date(2026, 11, 23 + day), frozenset())
    assert all(before[1] < after[0] for before, after in pairwise(hours))
    assert bool(hours) == (day < 5 and bool(opening))
    assert hours_on(listed, date(2026, 11, 23 + day), {date(2026, 11, 23 + day)}) == ()
