"""Applications move with the clock, in a hurry or by the calendar, and by the strings behind the scene."""

from datetime import date, timedelta
from typing import Any

import aiohttp
import pytest

from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.dossier import two_years_after
from sandbox.ministries.workdays import working_days_after
from tests.sandbox.ministry_calls import MONDAY, VEMTAS, Hands, application, details, get, submit

CONTROL = "/sandbox"


async def turn(client: aiohttp.ClientSession, **by: float) -> Any:
    async with client.post(f"{CONTROL}/clock", json=by) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def phase(client: aiohttp.ClientSession, reference: str) -> Any:
    return details(await get(client, f"{VEMTAS}/applications/{reference}")).get("phase")


async def test_an_application_goes_all_the_way_in_a_hurry(client: aiohttp.ClientSession, hands: Hands) -> None:
    reference = (await submit(client, application()))["fileId"]
    seen = []
    for _ in range(90):
        now = await phase(client, reference)
        if not seen or seen[-1] != now:
            seen.append(now)
        hands.seconds += 1
    assert seen == ["received", "in_review", "granted", "card_ready", "collected"]


async def test_what_is_read_never_lies_in_the_future(client: aiohttp.ClientSession, hands: Hands) -> None:
    reference = (await submit(client, application()))["fileId"]
    hands.seconds += 22
    data = details(await get(client, f"{VEMTAS}/applications/{reference}"))
    assert (data["phase"], data["amount"]) == ("card_ready", "540.00")
    assert (data["decidedAt"], data["pickup"]["availableFrom"]) == ("2026-11-23", "2026-11-23")


async def test_too_much_income_is_refused(client: aiohttp.ClientSession, hands: Hands) -> None:
    reference = (await submit(client, application(monthlyIncome=900)))["fileId"]
    hands.seconds += 20
    file = await get(client, f"{VEMTAS}/applications/{reference}")
    assert (file["status"]["code"], file["ended"]) == ("REJECTED", True)
    assert "income" in details(file)["refusalReason"]["en"]


async def test_a_missing_spouse_sends_it_back(client: aiohttp.ClientSession, hands: Hands) -> None:
    reference = (await submit(client, application(maritalStatus="married")))["fileId"]
    hands.seconds += 20
    file = await get(client, f"{VEMTAS}/applications/{reference}")
    assert file["status"]["code"] == "SENDBACK"
    assert details(file)["needs"][0]["en"] == "Details of your spouse"


async def test_demonstration_data_keeps_to_the_calendar(client: aiohttp.ClientSession, hands: Hands) -> None:
    hands.seconds += 3600
    assert await phase(client, "41000035") == "in_review"
    assert (await turn(client, advance_working_days=6))["local"] == "2026-12-01T11:00:00"
    assert await phase(client, "41000035") == "granted"
    await turn(client, advance_days=7)
    assert await phase(client, "41000035") == "card_ready"


@pytest.mark.parametrize("by", [{"advance_days": -1}, {"advance_days": "soon"}, {"advance_days": 1e12}])
async def test_the_clock_turns_forward_only(client: aiohttp.ClientSession, by: object) -> None:
    async with client.post(f"{CONTROL}/clock", json=by) as answer:
        assert answer.status == 400


async def put_state(client: aiohttp.ClientSession, reference: str, state: object, status: int = 200) -> Any:
    async with client.post(f"{CONTROL}/applications/{reference}/state", json=state) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_a_state_is_put_by_hand(client: aiohttp.ClientSession) -> None:
    await put_state(client, "41000043", {"phase": "card_ready", "amount": "99.90", "pickup": "branch-02",
                                         "availableFrom": "2026-12-01"})  # fmt: skip
    data = details(await get(client, f"{VEMTAS}/applications/41000043"))
    assert (data["amount"], data["pickup"]["id"]) == ("99.90", "branch-02")
    assert data["pickup"]["availableFrom"] == "2026-12-01"
    await put_state(client, "41000043", {"phase": "sent_back", "needs": [{"en": "A photo"}]})
    assert details(await get(client, f"{VEMTAS}/applications/41000043"))["needs"] == [{"en": "A photo"}]
    await put_state(client, "41000043", {"code": "ARCHIVED", "title": "In the archive"})
    file = await get(client, f"{VEMTAS}/applications/41000043")
    assert file["status"] == {"code": "ARCHIVED", "title": "In the archive"}


@pytest.mark.parametrize(
    "state", [{"phase": "lost"}, {"amount": "much"}, {"pickup": "moon"}, {"reason": "no"}, {"availableFrom": "x"}]
)
async def test_a_state_that_makes_no_sense_is_refused(client: aiohttp.ClientSession, state: object) -> None:
    await put_state(client, "41000043", state, 400)
    await put_state(client, "41999999", {"phase": "granted"}, 404)


async def test_a_reset_brings_back_the_first_day(client: aiohttp.ClientSession) -> None:
    await submit(client, application())
    await put_state(client, "41000043", {"phase": "refused"})
    assert len((await get(client, f"{CONTROL}/state"))["applications"]) == 21
    async with client.post(f"{CONTROL}/reset") as answer:
        assert answer.status == 200
    state = await get(client, f"{CONTROL}/state")
    assert len(state["applications"]) == 20
    assert await phase(client, "41000043") == "received"
    assert await get(client, f"{CONTROL}/log") == {
        "vemtas.applications.get": {"asked": 1, "carried_out": 1, "statuses": {"200": 1}, "faults": {}}
    }


async def test_the_state_hides_whom_it_did_not_invent(client: aiohttp.ClientSession) -> None:
    await submit(client, application())
    state = await get(client, f"{CONTROL}/state")
    assert {shown["phone"] for shown in state["applications"] if not shown["demo"]} == {None}


def test_a_clock_can_stand_still() -> None:
    hands = Hands()
    clock = SandboxClock(MONDAY, speed=100, ticks=hands, frozen=True)
    hands.seconds = 500
    assert clock.now() == MONDAY
    clock.turn(timedelta(days=1))
    assert clock.now() == MONDAY + timedelta(days=1)


def test_the_clock_knows_when_work_was_done_however_it_was_turned() -> None:
    hands = Hands()
    clock = SandboxClock(MONDAY, speed=100, ticks=hands)
    clock.turn(timedelta(hours=1))
    mark, began = clock.mark(), clock.now()
    hands.seconds = 10  # 1000 seconds of work
    clock.turn(timedelta(seconds=500))
    hands.seconds = 20
    for work, came in ((0, 0), (500, 5), (1000, 10), (1200, 210), (1500, 510), (2500, 520)):
        done = timedelta(seconds=work)
        assert clock.worked_by(mark, done, hurried=True) == began + timedelta(seconds=came), work
    assert clock.worked_since(mark, hurried=True) == timedelta(seconds=2500)
    assert clock.worked_by(mark, timedelta(seconds=505), hurried=False) == began + timedelta(seconds=505)


def test_working_days_leave_out_holidays() -> None:
    assert working_days_after(date(2026, 11, 6), 1) == date(2026, 11, 11)  # 8, 9 and 10 November are holidays
    assert working_days_after(date(2026, 11, 11), -1) == date(2026, 11, 6)


def test_a_term_of_two_years_ends_the_day_before() -> None:
    assert two_years_after(date(2026, 11, 16)) == date(2028, 11, 15)
    assert two_years_after(date(2028, 2, 29)) == date(2030, 2, 28)
