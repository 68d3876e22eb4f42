"""An invented day of a country, as all processes counted it: what the operations page shows in its tests."""

import math
import random
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from services.records.operation_tables import BREAKERS, MINUTES
from services.records.satisfaction_tables import SURVEY_ANSWERS, SURVEYS_ASKED
from services.records.tables import EVENTS
from services.satisfaction import month_of
from sms.tables import DELIVERY_DAYS, SPEND
from tests.whole import Whole
from ussd_menus.tables import screen_days

_BUCKETS = (("0.005", 3), ("0.01", 40), ("0.025", 38), ("0.05", 10), ("0.1", 6), ("0.5", 2), ("1.0", 1))
_SCREENS = (
    ("status_ask", 5200, 730), ("visit_service", 2410, 640), ("pin", 1900, 412), ("visit_day", 1204, 240),
    ("apply_form", 640, 233), ("link_fact", 803, 190), ("home", 14800, 175), ("places_region", 700, 60),
    ("rare", 90, 30),
)  # fmt: skip
_DELIVERED = (
    ("africastalking", "az", 9120, 8702, 210, 40), ("africastalking", "en", 410, 396, 5, 5),
    ("africastalking", "fr", 60, 45, 10, 0), ("kannel", "az", 2105, 1705, 300, 60), ("kannel", "en", 4, 1, 3, 0),
)  # fmt: skip


async def lived(running: Whole) -> None:
    """A day with a morning, a ministry that was away for ten minutes, and one that is left alone now."""
    now = running.clock.now()
    async with running.parts.database.unit_of_work() as work:
        await work.execute(insert(MINUTES), list(_minutes(now)))
        process = [running.parts.desk.ids.uuid7() for _ in range(3)]
        states = [("vemtas", "open", process[0]), *(("vemtas", "closed", each) for each in process[1:])]
        states += [(name, "closed", each) for name in ("asan", "visa") for each in process]
        await work.execute(
            insert(BREAKERS).values(
                [{"process": each, "ministry": name, "state": state, "seen_at": now} for name, state, each in states]
            )
        )
        await work.execute(insert(screen_days).values(_screen_days(now.date())))
        await work.execute(insert(DELIVERY_DAYS).values(list(_deliveries(now.date()))))
        today = now.astimezone(running.parts.pack.zone).date()
        spent = [
            ("vemtas", 412_000_000, 6_930_000_000),
            ("asan", 88_450_000, 1_204_000_000),
            ("answers", 9_120_000, 40_000_000),
        ]
        for source, day, month in spent:
            rows = [("day", today, day), ("month", month_of(today), month)]
            await work.execute(
                insert(SPEND).values(
                    [
                        {"source": source, "period": kind, "begins": at, "millis": sum, "parts": 1}
                        for kind, at, sum in rows
                    ]
                )
            )
        for source, why, count in (
            ("vemtas", "no_recipient", 14),
            ("asan", "conflict", 3),
            ("vemtas", "unknown_reference", 1),
        ):
            await work.execute(insert(EVENTS).values([_event(running, source, why, at, now) for at in range(count)]))
        await _surveys(running, work, month_of(today))


def _minutes(now: datetime) -> Any:
    dice = random.Random(8)
    # The last hour by the minute; what was before it every twentieth, twenty times as much.
    for ago in (*range(70), *range(80, 24 * 60, 20)):
        at = now.replace(second=0, microsecond=0) - timedelta(minutes=ago)
        hour = at.hour + at.minute / 60
        hops = (20 if ago > 70 else 1) * int(
            900 * (0.15 + math.exp(-((hour - 6.5) ** 2) / 14)) * dice.uniform(0.9, 1.1)
        )
        bad = 120 if 20 < ago < 31 else dice.randrange(4)
        slow = 6 if 20 < ago < 31 else 0
        counted = {("hops", "africastalking", "answered"): hops - bad, ("hops", "africastalking", "failed"): bad}
        for bound, share in _BUCKETS:
            counted["hop_seconds", "africastalking", bound] = hops * share // (100 + slow)
        counted["hop_seconds", "africastalking", "2.5"] = hops * slow // 100
        for ministry, share in (("vemtas", 0.3), ("asan", 0.2), ("visa", 0.02)):
            calls = int(hops * share * dice.uniform(0.7, 1.2))
            failed = int(calls * 0.7) if ministry == "vemtas" and 20 < ago < 31 else 0
            counted["calls", ministry, "2xx"] = calls - failed
            counted["calls", ministry, "MinistryUnavailable"] = failed
            counted["call_seconds", ministry, "0.25"] = calls
        for (measure, name, word), count in counted.items():
            yield {"minute": at, "measure": measure, "name": name, "word": word, "count": count}


def _screen_days(day: date) -> list[dict[str, Any]]:
    shares = (("", "", 1), ("az", "", 2), ("fr", "", 40), ("", "40001", 3), ("az", "40001", 5))
    return [
        {"day": day, "screen": screen, "language": language, "network": network, "seen": seen // share,
         "given_up": left // share, "people": 3 if screen == "rare" else left // share}
        for screen, seen, left in _SCREENS
        for language, network, share in shares
    ]  # fmt: skip


def _deliveries(day: date) -> Any:
    cells: dict[tuple[str, str], list[int]] = {}
    for provider, language, *counts in _DELIVERED:
        for key in ((provider, language), (provider, ""), ("", language)):
            cells[key] = [one + more for one, more in zip(cells.get(key, [0] * 4), counts, strict=True)]
    for (provider, language), (messages, delivered, undelivered, failed) in cells.items():
        yield {
            "day": day, "provider": provider, "language": language, "messages": messages, "delivered": delivered,
            "undelivered": undelivered, "failed": failed, "people": messages,
        }  # fmt: skip


def _event(running: Whole, source: str, why: str, at: int, now: datetime) -> dict[str, Any]:
    return {
        "id": running.parts.desk.ids.uuid7(), "source": source, "event_id": f"{why}-{at}", "digest": b"", "type": "t",
        "state": "dead", "outcome": why, "told": 0, "attempts": 1, "received_at": now - timedelta(hours=at),
    }  # fmt: skip


async def _surveys(running: Whole, work: Any, this: date) -> None:
    dice, month = random.Random(3), this
    for ago in range(6):
        month = month_of(month - timedelta(days=1))
        for kind, service in (("visit", "passport"), ("decision", "social_aid")):
            cell = {"month": month, "kind": kind, "service": service, "place": "", "language": "az"}
            few = ago == 3 and kind == "decision"
            await work.execute(insert(SURVEYS_ASKED).values(asked=4 if few else 900, **cell))
            for first in (3,) if few else (2, 3, 4, 5):
                count = 2 if few else dice.randrange(20, 60) * first + (5 - ago) * (30 if kind == "visit" else 5)
                await work.execute(
                    insert(SURVEY_ANSWERS).values(first=first, second=max(1, first - 1), count=count, **cell)
                )
