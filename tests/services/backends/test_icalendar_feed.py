"""A feed of mobile units: rules, days taken out, changed and cancelled ones; and feeds that would hold everybody up."""

import contextlib
import time as clock_time
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.clock import HandClock
from domain.errors import MinistryContract
from services.backends.icalendar_config import FeedConfig
from services.backends.icalendar_feed import FeedGuide
from services.backends.wire import HttpWire
from services.listed_places import ListedPlace
from tests.services.backends.backends_under_test import Sandbox, no_longer_than, transport
from tests.services.backends.guides_under_test import FEED, feed
from tests.services.backends.test_transport import ScriptedWire, answer

CLOCK = HandClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
AT = "DTSTART:20261124T060000Z"
CALENDAR = {"content-type": "text/calendar; charset=utf-8"}


def event(*lines: str, uid: str = "1", summary: str = "Bus 1", location: str = "Town\\, Square") -> str:
    told = [f"UID:{uid}", f"SUMMARY:{summary}", f"LOCATION:{location}", *lines]
    return "\r\n".join(("BEGIN:VEVENT", *told, "END:VEVENT"))


def told(*events: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *events, "END:VCALENDAR", "")).encode()


def of(body: bytes, config: FeedConfig = FEED) -> FeedGuide:
    wire = ScriptedWire(answer(200, body, CALENDAR))
    return FeedGuide(transport("m", "http://m.test", wire), config, CLOCK)


async def places(*events: str, config: FeedConfig = FEED) -> list[ListedPlace]:
    return list(await of(told(*events), config).places(no_longer_than(30)))


async def days(*events: str) -> list[str]:
    return [f"{call.first:%m-%d}" for place in await places(*events) for call in place.calls]


async def test_the_buses_and_the_train_of_the_demonstration(sandbox: Sandbox, wire: HttpWire) -> None:
    found = {
        each.place.id: each for each in await feed(sandbox.ministry("asan-units"), wire).places(no_longer_than(30))
    }
    assert len(found) == 13
    lerik, train = found["asan-avtobus-3-lerik"], found["train-01-yevlax"]
    assert (lerik.unit_kind, lerik.unit_name, lerik.services) == ("bus", "ASAN avtobus 3 (demo)", ("id_card",))
    assert (lerik.region, lerik.district) == ("Lənkəran-Astara", "Lerik")
    assert (train.unit, train.unit_kind, train.services) == ("train-01", "train", ("passport",))
    assert (train.place.name, train.place.address) == ("Yevlax (demo)", "Dəmir yolu stansiyası, Yevlax")
    assert train.calls and train.at is not None


async def test_a_rule_with_days_taken_out_moved_and_cancelled() -> None:
    weekly = "DTSTART;TZID=Asia/Baku:20261124T100000", "DURATION:PT2H", "RRULE:FREQ=WEEKLY;COUNT=5"
    assert await days(event(*weekly)) == ["11-24", "12-01", "12-08", "12-15", "12-22"]
    assert await days(event(*weekly, "EXDATE;TZID=Asia/Baku:20261201T100000")) == ["11-24", "12-08", "12-15", "12-22"]
    moved = event(
        "RECURRENCE-ID;TZID=Asia/Baku:20261208T100000", "DTSTART;TZID=Asia/Baku:20261209T120000", "DURATION:PT1H"
    )
    assert await days(event(*weekly), moved) == ["11-24", "12-01", "12-09", "12-15", "12-22"]
    gone = event("RECURRENCE-ID:20261208T060000Z", "DTSTART:20261208T060000Z", "STATUS:CANCELLED")
    assert await days(event(*weekly), gone) == ["11-24", "12-01", "12-15", "12-22"], "told in UTC, meant the same"
    assert await days(event(*weekly, "STATUS:CANCELLED"), moved) == []
    newer = event(*weekly[:2], "SEQUENCE:2"), event(*weekly, "SEQUENCE:1")
    assert await days(*newer) == ["11-24"]
    assert await days(event("DTSTART:20261130T060000Z", "RDATE:20261205T060000Z,20261206T060000Z")) == [
        "11-30", "12-05", "12-06",
    ]  # fmt: skip


async def test_times_are_told_by_the_clock_on_the_countrys_wall() -> None:
    [utc] = await places(event("DTSTART:20261124T060000Z", "DTEND:20261124T120000Z"))
    assert [(call.opens, call.closes) for call in utc.calls] == [(time(10), time(16))]
    [paris] = await places(event("DTSTART;TZID=Europe/Paris:20261124T060000", "DURATION:PT1H"))
    assert [call.opens for call in paris.calls] == [time(9)]
    [floating] = await places(event("DTSTART:20261124T060000"))
    assert [(call.opens, call.closes) for call in floating.calls] == [(time(6), time(7))]
    [overnight] = await places(event("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126"))
    assert [call.first for call in overnight.calls] == [date(2026, 11, 24), date(2026, 11, 25)]


async def test_two_events_at_one_place_are_one_place() -> None:
    found = await places(
        event("DTSTART:20261124T060000Z"), event("DTSTART:20261126T060000Z", uid="2"),
        event("DTSTART:20261126T060000Z", uid="3", summary="Train", location="Station"),
    )  # fmt: skip
    assert [(each.place.id, len(each.calls)) for each in found] == [("bus-1-town", 2), ("train-station", 1)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=1000000", "FREQ=HOURLY", "FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2",
        "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=YEARLY;BYEASTER=1", "FREQ=DAILY;INTERVAL=0", "FREQ=NEVER",
    ],
)  # fmt: skip
async def test_a_rule_that_is_no_timetable_is_a_breach(rule: str) -> None:
    with pytest.raises(MinistryContract):
        await places(event("DTSTART:20261124T060000Z", f"RRULE:{rule}"))


@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY;COUNT=1000000", "FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;INTERVAL=99999999"],
)
async def test_a_rule_without_an_end_ends_with_the_window(rule: str) -> None:
    began = clock_time.process_time()
    found = await places(event("DTSTART:19700101T060000Z", "DURATION:PT1H", f"RRULE:{rule}"))
    assert all(len(each.calls) <= FEED.days + 1 for each in found)
    # Far more than it takes anywhere, and far less than to count out a rule's million.
    assert clock_time.process_time() - began < 30


async def test_a_zone_that_counts_seconds_is_not_counted_out() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Trap\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0400\r\n"
        "TZOFFSETTO:+0400\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\nEND:VTIM\r\n EZONE"
    )
    with pytest.raises(MinistryContract, match="zone that nobody knows"):
        await places(zone, event("DTSTART;TZID=Trap:20261124T060000"))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"hello", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR", b"\xff\xfe", b"BEGIN:VTODO\r\nEND:VTODO",
        told(event("DTSTART:tomorrow")), told(event("RRULE:FREQ=DAILY")), told(event("DTSTART:20261124T06", "GEO:x")),
        told(event(AT, "DTEND:20261123T060000Z")), told(event(AT, summary="")), told(event(AT, "GEO:91;4")),
        told(event(AT, AT)), told(event(AT, "RECURRENCE-ID;RANGE=THISANDFUTURE:20261124T060000Z")),
    ],
)  # fmt: skip
async def test_a_malformed_feed_is_a_breach(body: bytes) -> None:
    with pytest.raises(MinistryContract):
        await of(body).places(no_longer_than(30))


async def test_more_events_than_a_timetable_has_are_not_read() -> None:
    with pytest.raises(MinistryContract, match="more than 3 events"):
        await places(
            *[event("DTSTART:20261124T060000Z", uid=str(n)) for n in range(4)], config=replace(FEED, most_events=3)
        )


NAMES = "DTSTART DTEND DURATION RRULE RDATE EXDATE RECURRENCE-ID GEO STATUS UID SEQUENCE CATEGORIES BEGIN END"
VALUES = """20261124T100000Z 20261124 99991231T235959Z 00010101T000000 PT1H -PT1H FREQ=WEEKLY FREQ=MONTHLY;BYDAY=-1FR
1;2 VEVENT VCALENDAR VALARM FREQ=DAILY;UNTIL=20261201 FREQ=YEARLY;COUNT=3 CANCELLED"""
LINE = st.builds(
    "{}:{}".format,
    st.sampled_from(NAMES.split()),
    st.text(alphabet="0123456789TZ;:=,.PHFREQWKLYUNTBDAMO-é", max_size=20)
    | st.sampled_from(VALUES.split()),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(LINE, max_size=8), st.booleans())
async def test_any_feed_is_places_or_a_breach(lines: list[str], proper: bool) -> None:
    begin = ["DTSTART:20261124T100000Z"] if proper else []
    with contextlib.suppress(MinistryContract):
        await places(event(*begin, *lines))
