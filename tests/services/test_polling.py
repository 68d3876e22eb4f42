"""A list of changes of any length is worked through, and told once: however many changed at once, whatever changes
meanwhile, however often the reading is cut."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from sqlalchemy import func, select

from domain.errors import MinistryContract, MinistryRefused, MinistryUnavailable
from services import polling
from services.desk import Desk
from services.event_sources import Source
from services.polling import poll
from services.records.tables import EVENTS
from services.values import Change, ChangePage
from tests.services.backends.backends_under_test import registration
from tests.services.backends.mapped_under_test import applications
from tests.services.backends.test_transport import answer
from tests.services.notice_office import RULES, Office

SLOW = RULES.sources["slow"]
VISA = Source("visa", "visa", ("visa",), poll_seconds=30.0)
BATCH = 2500


class Register:
    """A ministry's answers, as a wire. `changed`: reference to instant, in the order of filing."""

    def __init__(self) -> None:
        self.changed: dict[str, datetime] = {}
        self.asked: list[Mapping[str, str]] = []
        self.refuses: Callable[[Mapping[str, str]], bool] = lambda asked: False
        self.refusal = 400
        self.knows_pages = True

    async def send(self, method: str, url: str, headers: object, body: object, **limits: object) -> Any:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.asked.append(asked)
        if self.refuses(asked):
            return answer(self.refusal)
        return answer(200, msgspec.json.encode(self.listed(asked)))

    def listed(self, asked: Mapping[str, str]) -> object:
        """GovStack's: sorted as it is asked, which it may be by the day of filing and not by that of the change."""
        since = datetime.fromisoformat(asked["changedSince"])
        found = [(reference, at) for reference, at in self.changed.items() if at >= since]
        if asked.get("sortBy") != "created":
            found.sort(key=lambda pair: pair[1])
        first, most = int(asked["firstResult"]), int(asked["maxResult"])
        found = found[first : first + most] if self.knows_pages else found[:most]
        return [{"fileId": reference, "additionalMeta": {"changed": at.isoformat()}} for reference, at in found]


class Visas(Register):
    """By an API of its own: ten at a time, from a cursor on; the last that changed is the first."""

    def listed(self, asked: Mapping[str, str]) -> object:
        since, first = int(asked["after"]), int(asked.get("cursor", "c0")[1:])
        found = [(reference, int(at.timestamp() * 1000)) for reference, at in self.changed.items()]
        found = sorted((pair for pair in found if pair[1] >= since), key=lambda pair: -pair[1])
        following = f"c{first + 10}" if first + 10 < len(found) else None
        items = [{"visaNo": reference, "at": at} for reference, at in found[first : first + 10]]
        return {"items": items, "cursor": {"next": following}}


def asking(notices: Office, ministry: object) -> Desk:
    class Routes:
        def applications(self, service: str) -> object:
            return ministry

    return replace(notices.town.desk(), ministries=Routes())  # type: ignore[arg-type]


def decided(register: Register, start: datetime, seconds: float, count: int = BATCH) -> None:
    """A batch: that many decisions, spread over so many seconds."""
    step = timedelta(seconds=seconds) / count
    # Evenly, but not in the order of filing.
    for number in range(count):
        register.changed[f"7{number:05d}"] = start + step * (number * 7 % count)


async def kept(notices: Office) -> int:
    async with notices.store.database.unit_of_work() as work:
        return int((await work.execute(select(func.count()).select_from(EVENTS))).scalar_one())


@pytest.mark.parametrize("seconds", [50, 0])
async def test_a_batch_longer_than_one_look_is_worked_through(
    notices: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, seconds: float
) -> None:
    """2,500 decisions within fifty seconds, or of the very same instant; and what changes while they are read."""
    monkeypatch.setattr(polling, "MOST_PAGES", 20, raising=False)
    register = Register()
    desk = asking(notices, registration("http://m.test", register))
    await poll(desk, SLOW)
    notices.town.later(minutes=1)
    decided(register, notices.clock.now(), seconds)
    notices.town.later(minutes=1)
    assert await poll(desk, SLOW) == 2000
    # Of those that were read already one changes again, and one that had not changed.
    notices.town.later(seconds=30)
    register.changed["700001"] = notices.clock.now()
    register.changed = {"600000": notices.clock.now(), **register.changed}
    assert await poll(desk, SLOW) >= BATCH - 2000
    notices.town.later(seconds=30)
    await poll(desk, SLOW)
    register.changed["800000"] = notices.clock.now()
    for _ in range(2):
        notices.town.later(seconds=30)
        await poll(desk, SLOW)
    assert await kept(notices) == BATCH + 3, "each once"
    assert "slow (social_aid): more than one look reads" in caplog.text


async def test_a_reading_that_was_cut_goes_on_where_it_was(notices: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker, after the ministry was away: what was read before is not read again."""
    monkeypatch.setattr(polling, "MOST_PAGES", 2)
    register = Register()
    desk = asking(notices, registration("http://m.test", register))
    await poll(desk, SLOW)
    notices.town.later(minutes=1)
    decided(register, notices.clock.now(), 50, 450)
    notices.town.later(minutes=1)
    assert await poll(desk, SLOW) == 200
    away = asking(notices, Away())
    with pytest.raises(MinistryUnavailable):
        await poll(away, SLOW)
    register.asked.clear()
    assert await poll(desk, SLOW) == 200
    assert [asked["firstResult"] for asked in register.asked] == ["200", "300"]
    assert {(asked["sortBy"], asked["sortOrder"]) for asked in register.asked} == {("created", "asc")}
    assert await poll(desk, SLOW) == 50


class Away:
    """A ministry that is not reached."""

    async def changed(self, service: str, since: datetime, deadline: object, place: str = "") -> ChangePage:
        raise MinistryUnavailable(service, "away")


async def test_what_changes_behind_a_long_reading_is_not_passed_over(
    notices: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes longer than the overlap, and something newer stands at the list's end."""
    monkeypatch.setattr(polling, "MOST_PAGES", 1)
    register = Register()
    desk = asking(notices, registration("http://m.test", register))
    await poll(desk, SLOW)
    notices.town.later(minutes=1)
    decided(register, notices.clock.now(), 50, 250)
    notices.town.later(minutes=1)
    assert await poll(desk, SLOW) == 100
    register.changed["700001"] = notices.clock.now()
    notices.town.later(minutes=30)
    assert await poll(desk, SLOW) == 100
    register.changed["800000"] = notices.clock.now()
    assert await poll(desk, SLOW) == 51
    assert await poll(desk, SLOW) == 1


async def test_a_list_of_an_api_of_its_own_has_no_last_page(notices: Office) -> None:
    """Twenty-five pages, where other lists may have twenty; the newest first; and the last page comes to its end."""
    register = Visas()
    desk = asking(notices, applications("asan_visa", "http://m.test", register))
    await poll(desk, VISA)
    notices.town.later(minutes=1)
    decided(register, notices.clock.now(), 0, 245)
    notices.town.later(minutes=1)
    assert await poll(desk, VISA) == 245
    register.changed["800000"] = notices.clock.now()
    assert await poll(desk, VISA) == 1 and await poll(desk, VISA) == 0


@pytest.mark.parametrize("status", [400, 410])
async def test_a_place_that_is_no_longer_known_begins_the_list_anew(
    notices: Office, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(polling, "MOST_PAGES", 2)
    register = Visas()
    desk = asking(notices, applications("asan_visa", "http://m.test", register))
    await poll(desk, VISA)
    notices.town.later(minutes=1)
    decided(register, notices.clock.now(), 0, 35)
    assert await poll(desk, VISA) == 20
    register.refuses, register.refusal = (lambda asked: "cursor" in asked), status
    with pytest.raises((MinistryRefused, MinistryContract)):
        await poll(desk, VISA)
    register.refuses = lambda asked: False
    assert await poll(desk, VISA) == 0 and await poll(desk, VISA) == 15


async def test_a_ministry_that_knows_of_no_pages_is_not_asked_for_ever(
    notices: Office, caplog: pytest.LogCaptureFixture
) -> None:
    register = Register()
    register.knows_pages = False
    desk = asking(notices, registration("http://m.test", register))
    await poll(desk, SLOW)
    notices.town.later(minutes=1)
    decided(register, notices.clock.now(), 50, 150)
    assert await poll(desk, SLOW) == 100
    assert len(register.asked) == 2 and "the next page is this page" in caplog.text


async def test_a_slow_ministry_ends_a_look_not_the_reading(notices: Office) -> None:
    """Each page takes it twenty seconds."""
    start = notices.clock.now() + timedelta(minutes=1)

    class Slow:
        async def changed(self, service: str, since: datetime, deadline: object, place: str = "") -> ChangePage:
            notices.town.later(seconds=20)
            page = int(place or 0)
            return ChangePage((Change(f"70{page}", start),), str(page + 1) if page < 4 else "")

    desk = asking(notices, Slow())
    await poll(desk, SLOW)
    notices.town.later(minutes=2)
    assert [await poll(desk, SLOW) for _ in range(3)] == [2, 2, 1]
