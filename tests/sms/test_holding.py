"""Quiet hours, expiry and the rest of what holds a message, as tables."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.alerts import POLICIES, AlertKind
from sms.holding import (
    LONGEST_ORDER_PAUSE,
    ORDER_PAUSE,
    SUSPENSION_PAUSE,
    Conditions,
    End,
    Go,
    Hold,
    instants,
    is_quiet,
    judge,
    next_day,
    next_month,
    order_pause,
    quiet_ends,
)
from sms.states import MessageState
from tests.sms.queueing import CONFIG, NOW

# Casablanca puts its clocks back for Ramadan at 3:00 on 15 February 2026 and forward again at 2:00 on 22 March.
CASABLANCA, BAKU, DAKAR = ZoneInfo("Africa/Casablanca"), ZoneInfo("Asia/Baku"), ZoneInfo("Africa/Dakar")
EVENING, MORNING = time(20), time(8)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "now", "quiet", "released"),
    [
        (BAKU, EVENING, MORNING, "2026-11-23T06:00", False, "2026-11-23T06:00"),
        (BAKU, EVENING, MORNING, "2026-11-23T15:59:59", False, "2026-11-23T15:59:59"),
        (BAKU, EVENING, MORNING, "2026-11-23T16:00", True, "2026-11-24T04:00"),
        (BAKU, EVENING, MORNING, "2026-11-23T23:00", True, "2026-11-24T04:00"),
        (BAKU, EVENING, MORNING, "2026-11-24T03:59:59", True, "2026-11-24T04:00"),
        (BAKU, EVENING, MORNING, "2026-11-24T04:00", False, "2026-11-24T04:00"),
        (DAKAR, time(12), time(14), "2026-11-24T13:00", True, "2026-11-24T14:00"),
        (DAKAR, time(12), time(14), "2026-11-24T14:00", False, "2026-11-24T14:00"),
        (DAKAR, EVENING, EVENING, "2026-11-24T20:00", False, "2026-11-24T20:00"),
        # Over a whole night with a change of the clock the wall decides.
        (CASABLANCA, EVENING, MORNING, "2026-02-14T22:00", True, "2026-02-15T08:00"),
        (CASABLANCA, EVENING, MORNING, "2026-03-21T22:00", True, "2026-03-22T07:00"),
        # The end falls into the gap (2:00 to 3:00): released the moment the clocks jump over it.
        (CASABLANCA, EVENING, time(2, 30), "2026-03-22T01:00", True, "2026-03-22T02:00"),
        # The end comes twice: after the first one may send, then it is quiet again until the second.
        (CASABLANCA, EVENING, time(2, 30), "2026-02-15T00:00", True, "2026-02-15T01:30"),
        (CASABLANCA, EVENING, time(2, 30), "2026-02-15T01:45", False, "2026-02-15T01:45"),
        (CASABLANCA, EVENING, time(2, 30), "2026-02-15T02:10", True, "2026-02-15T02:30"),
        # They begin in the gap: from the moment after it.
        (CASABLANCA, time(2, 30), MORNING, "2026-03-22T01:59:59", False, "2026-03-22T01:59:59"),
        (CASABLANCA, time(2, 30), MORNING, "2026-03-22T02:00", True, "2026-03-22T07:00"),
    ],
)
def test_quiet_hours(zone: ZoneInfo, starts: time, ends: time, now: str, quiet: bool, released: str) -> None:
    assert is_quiet(utc(now), starts, ends, zone) is quiet
    assert quiet_ends(utc(now), starts, ends, zone) == utc(released)


@pytest.mark.parametrize("zone", [CASABLANCA, BAKU, ZoneInfo("Europe/Paris"), ZoneInfo("Africa/Cairo")])
def test_whenever_it_is_released_it_is_not_quiet_and_was_quiet_until_then(zone: ZoneInfo) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for starts, ends in ((EVENING, MORNING), (time(23), time(2, 30)), (time(1), time(2, 30)), (time(0), time(0, 30))):
        for step in range(0, 366 * 24 * 60, 97):
            now = start + timedelta(minutes=step)
            released = quiet_ends(now, starts, ends, zone)
            assert released >= now and not is_quiet(released, starts, ends, zone)
            if released > now:
                assert is_quiet(released - timedelta(seconds=1), starts, ends, zone)


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        (date(2026, 3, 21), time(2, 30), ["2026-03-21T02:30"]),
        (date(2026, 3, 22), time(2, 30), ["2026-03-22T02:00"]),
        (date(2026, 2, 15), time(2, 30), ["2026-02-15T01:30", "2026-02-15T02:30"]),
        (date(2026, 7, 1), time(2, 30), ["2026-07-01T01:30"]),
    ],
)
def test_a_time_on_the_wall_as_instants(day: date, wall: time, expected: list[str]) -> None:
    assert instants(day, wall, CASABLANCA) == tuple(utc(text) for text in expected)


def test_the_next_day_and_month_begin_on_the_countrys_clock() -> None:
    assert next_day(utc("2026-11-30T21:00"), BAKU) == utc("2026-12-01T20:00")
    assert next_month(utc("2026-11-30T19:00"), BAKU) == utc("2026-11-30T20:00")
    assert next_month(utc("2026-11-30T21:00"), BAKU) == utc("2026-12-31T20:00")
    # Midnight itself is skipped in Cairo on the last Friday of April.
    assert next_day(utc("2026-04-23T12:00"), ZoneInfo("Africa/Cairo")) == utc("2026-04-23T22:00")


NIGHT = utc("2026-11-23T18:00")
LATER = NOW + timedelta(hours=5)


@pytest.mark.parametrize(
    ("kind", "conditions", "now", "expected"),
    [
        (AlertKind.GRANTED, Conditions(), NOW, Go()),
        (AlertKind.GRANTED, Conditions(), NIGHT, Hold(utc("2026-11-24T04:00"), "quiet_hours")),
        (AlertKind.CODE, Conditions(), NIGHT, Go()),
        (AlertKind.REPLY, Conditions(), NIGHT, Go()),
        (AlertKind.APPOINTMENT_CANCELLED, Conditions(), NIGHT, Go()),
        (AlertKind.RECEIVED, Conditions(opted_out=True), NOW, End(MessageState.SUPPRESSED, "opted_out")),
        (AlertKind.GRANTED, Conditions(opted_out=True), NOW, Go()),
        (AlertKind.CODE, Conditions(opted_out=True), NOW, Go()),
        (AlertKind.OPT_OUT, Conditions(opted_out=True), NOW, Go()),
        (AlertKind.GRANTED, Conditions(suspended=True), NOW, Hold(NOW + SUSPENSION_PAUSE, "paused")),
        (AlertKind.CODE, Conditions(suspended=True), NOW, Hold(NOW + SUSPENSION_PAUSE, "paused")),
        (AlertKind.GRANTED, Conditions(cool_until=LATER), NOW, Hold(LATER, "cooling")),
        (AlertKind.GRANTED, Conditions(cool_until=NOW), NOW, Go()),
        (AlertKind.CODE, Conditions(cool_until=LATER), NOW, Go()),
        (AlertKind.PROMISED, Conditions(cool_until=LATER), NOW, Go()),
        (AlertKind.GRANTED, Conditions(spent_out=LATER), NOW, Hold(LATER, "spend_cap")),
        (AlertKind.GRANTED, Conditions(ahead=NOW), NOW, Hold(NOW + ORDER_PAUSE, "order")),
        # What ends it is asked before what holds it, and the long hold before the short one.
        (
            AlertKind.RECEIVED,
            Conditions(True, True, LATER, LATER, NOW),
            NIGHT,
            End(MessageState.SUPPRESSED, "opted_out"),
        ),
        (AlertKind.GRANTED, Conditions(ahead=NIGHT), NIGHT, Hold(utc("2026-11-24T04:00"), "quiet_hours")),
    ],
)
def test_whether_a_message_may_go(kind: AlertKind, conditions: Conditions, now: datetime, expected: object) -> None:
    assert judge(kind, None, conditions, CONFIG, now) == expected


def test_what_is_too_late_ends_whatever_else_holds() -> None:
    conditions = Conditions(True, True, LATER, LATER, NOW)
    for kind in AlertKind:
        assert judge(kind, NOW, conditions, CONFIG, NOW) == End(MessageState.EXPIRED, "too_late")
        assert judge(kind, NOW + timedelta(seconds=1), Conditions(), CONFIG, NOW) == Go()


def test_decisions_stop_too_where_the_pack_says_so() -> None:
    strict = replace(CONFIG, statutory_in_spite_of_stop=False)
    for kind, policy in POLICIES.items():
        judged = judge(kind, None, Conditions(opted_out=True), strict, NOW)
        assert judged == (Go() if policy.always else End(MessageState.SUPPRESSED, "opted_out"))


def test_whoever_waits_for_another_looks_again_when_that_one_is_due_but_once_a_minute_at_least() -> None:
    seconds = {-3600: 60, -90: 60, -10: 10, -0.1: 0.3, 0: 0.3, 1: 0.3, 20: 5, 3600: 60}
    for late, pause in seconds.items():
        assert order_pause(NOW - timedelta(seconds=late), NOW) == timedelta(seconds=pause)
    assert ORDER_PAUSE < LONGEST_ORDER_PAUSE
