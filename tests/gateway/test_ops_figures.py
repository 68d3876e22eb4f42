"""The operations page's arithmetic by tables: what is counted, in steps; how long things took; and whom nobody sees."""

from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.metrics import Metrics
from gateway.ops_page import figures
from gateway.ops_page.counting import since, totals
from gateway.ops_page.reading import spends
from services.records.operations import BreakerSeen, Counted
from sms.config import Caps, SmsConfig
from sms.records.delivery_days import DeliveryCell, Spent
from ussd_menus.records.giving_up import ScreenCell

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INF = float("inf")


def test_counters_are_read_as_they_stand_and_buckets_taken_apart() -> None:
    metrics = Metrics()
    hops = metrics.hops("africastalking")
    for seconds in (0.003, 0.3, 0.4, 20):
        hops.seen("answered", seconds)
    metrics.ministry_call("vemtas", "status", "2xx", 0.2)
    metrics.ministry_call("vemtas", "book", "2xx", 0.2)
    metrics.ministry_call("vemtas", "book", "MinistryBusy", 5.0)
    metrics.mail_ended("sent")
    found = totals(metrics.registry.collect())
    assert {key: count for key, count in found.items() if count} == {
        ("hops", "africastalking", "answered"): 4,
        ("hop_seconds", "africastalking", "0.005"): 1,
        ("hop_seconds", "africastalking", "0.5"): 2,
        ("hop_seconds", "africastalking", "+Inf"): 1,
        ("calls", "vemtas", "2xx"): 2,
        ("calls", "vemtas", "MinistryBusy"): 1,
        ("call_seconds", "vemtas", "0.25"): 2,
        ("call_seconds", "vemtas", "8.0"): 1,
    }


def test_only_what_came_to_it_is_handed_in() -> None:
    one, two, three = ("hops", "x", "answered"), ("hops", "x", "busy"), ("hops", "x", "failed")
    assert since({one: 3, two: 1}, {one: 5, two: 1, three: 2}) == {one: 2, three: 2}
    assert since({one: 3}, {one: 3}) == {}


@pytest.mark.parametrize(
    ("buckets", "share", "value"),
    [
        ({}, 0.5, None),
        ({0.1: 0}, 0.5, None),
        ({0.1: 10}, 0.5, 0.05),
        ({0.1: 10}, 1.0, 0.1),
        ({0.1: 5, 0.5: 5}, 0.5, 0.1),
        ({0.1: 5, 0.5: 5}, 0.75, 0.3),
        ({0.1: 0, 0.5: 4}, 0.5, 0.3),
        # Beyond the last bound nobody knows how long: at least that.
        ({8.0: 1, INF: 99}, 0.5, 8.0),
        ({INF: 3}, 0.99, 0.0),
    ],
)
def test_quantiles_lie_where_a_bucket_is_even(buckets: dict[float, int], share: float, value: float | None) -> None:
    found = figures.quantile(buckets, share)
    assert found == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (AT + timedelta(seconds=14), AT - 2 * MINUTE),
        (AT + timedelta(seconds=15), AT - MINUTE),
        (AT + timedelta(seconds=59), AT - MINUTE),
        (AT + timedelta(seconds=75), AT),
    ],
)
def test_a_step_is_shown_when_everybody_has_handed_in(now: datetime, last: datetime) -> None:
    steps = figures.steps_between(now, timedelta(hours=1), MINUTE, timedelta(seconds=15))
    assert (len(steps), steps[-1]) == (60, last)
    assert steps[0] == last - 59 * MINUTE


def test_hops_of_all_aggregators_are_one_line_and_a_quiet_minute_is_nought() -> None:
    counted = [
        Counted(AT, "hops", "africastalking", "answered", 10),
        Counted(AT, "hops", "flares", "answered", 5),
        Counted(AT, "hops", "flares", "failed", 1),
        Counted(AT, "hop_seconds", "africastalking", "0.1", 10),
        Counted(AT, "hop_seconds", "flares", "0.5", 6),
        Counted(AT, "calls", "vemtas", "2xx", 3),
    ]
    quiet, busy = figures.hop_steps(counted, [AT - MINUTE, AT])
    assert (quiet.hops, quiet.results, quiet.p50, quiet.p99) == (0, {}, None, None)
    assert (busy.hops, busy.results) == (16, {"answered": 15, "failed": 1})
    assert busy.p50 == 0.08 and busy.p95 is not None and 0.4 < busy.p95 < 0.5


def test_a_ministry_is_well_when_it_answers_and_rests_where_breakers_are_open() -> None:
    counted = [
        Counted(AT, "calls", "vemtas", "2xx", 6),
        Counted(AT, "calls", "vemtas", "4xx", 2),
        Counted(AT, "calls", "vemtas", "MinistryUnavailable", 2),
        Counted(AT, "call_seconds", "vemtas", "1.0", 10),
        Counted(AT, "hops", "vemtas", "answered", 99),
    ]
    states = [
        BreakerSeen("vemtas", "closed", 2),
        BreakerSeen("vemtas", "open", 1),
        BreakerSeen("vemtas", "half_open", 1),
    ]
    asan, vemtas = figures.ministry_health(counted, states, ["asan", "vemtas"], [AT])
    assert (asan.resting, asan.processes, asan.steps[0].calls) == (0, 0, 0)
    assert (vemtas.resting, vemtas.processes) == (2, 4)
    assert (vemtas.steps[0].calls, vemtas.steps[0].failed) == (10, 2)


def test_fewer_than_five_people_are_nobody_and_counts_are_whole_fives() -> None:
    cells = [
        ScreenCell("rare", 900, 40, 4),
        ScreenCell("status_reference", 1003, 17, 9),
        ScreenCell("visit_day", 51, 49, 49),
        ScreenCell("home", 8, 5, 5),
    ]
    assert [(each.screen, each.seen, each.given_up) for each in figures.screens(cells)] == [
        ("visit_day", 50, 45),
        ("status_reference", 1000, 15),
        ("home", 5, 5),
    ]
    mail = [
        DeliveryCell("kannel", "fr", 4, 4, 0, 0, 4),
        DeliveryCell("kannel", "az", 108, 99, 6, 3, 50),
    ]
    (told,) = figures.deliveries(mail)
    assert (told.language, told.messages, told.delivered) == ("az", 105, 95)
    assert (told.under_way, told.undelivered, told.failed) == (0, 5, 0)


def test_what_is_spent_stands_beside_what_may_be() -> None:
    today = date(2026, 11, 23)
    config = SmsConfig(
        UTC, "AZN", "*123#", None, (), {}, caps={"vemtas": Caps(100, 2000)}, default_caps=Caps(50, 1000)  # type: ignore[arg-type]
    )  # fmt: skip
    spent = [
        Spent("asan", "day", today, 9_999),
        Spent("asan", "month", date(2026, 11, 1), 30_500),
        Spent("asan", "day", date(2026, 11, 22), 50_000),
    ]
    asan, vemtas = spends(spent, config, today)
    assert (asan.source, asan.day, asan.day_cap, asan.month, asan.month_cap) == ("asan", 9, 50, 30, 1000)
    assert (vemtas.source, vemtas.day, vemtas.day_cap, vemtas.month_cap) == ("vemtas", 0, 100, 2000)
