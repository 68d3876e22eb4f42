"""A new SIM card in somebody's hands: the simulated aggregator is asked over HTTP, and the screen says one word."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import select

from domain.clock import HandClock
from gateway.settings import Settings, SettingsError
from services.records.tables import NUMBERS
from storage.redis_client import RedisClient
from storage.tables import AUDIT_LOG
from tests.phone import PHONES, request
from tests.read_once import assembled
from tests.serving import serving
from tests.whole import NOW, SECRET, Stage, Whole, settings_for, whole

HERS, GRANTED, CODE = "+994501234501", "41000019", "482913"
TOLD = "312.40 manat"


@pytest.fixture
async def asking(
    clean_url: str, redis_url: str, redis: RedisClient, ministries: tuple[Stage, str]
) -> AsyncIterator[Whole]:
    """A gateway that asks networks, through the simulated Africa's Talking."""
    account = {"africastalking_username": "guichet", "africastalking_api_key": "k3y", "sim_swap_days": "7"}
    there = {"africastalking_base_url": ministries[1]}
    async with whole(clean_url, redis_url, *ministries, told_before=True, **account, **there) as running:
        await told(ministries[1], "/sandbox/sms/swaps", later=False)
        yield running


async def told(url: str, path: str, **asked: object) -> None:
    async with aiohttp.ClientSession(url) as client, client.post(path, json=asked) as answer:
        assert answer.status == 201, await answer.text()


async def round_of(running: Whole) -> None:
    [chore] = [chore for chore in running.parts.sms.chores if chore.name == "SIM swaps"]
    await chore.do()


async def screen(running: Whole) -> str:
    return (await PHONES["africastalking"](running.app, HERS).dial(f"*123*1*{GRANTED}#")).text


async def test_she_proves_herself_anew_after_her_card_was_changed(asking: Whole, ministries: tuple[Stage, str]) -> None:
    phone = PHONES["africastalking"](asking.app, HERS)
    await phone.dial()
    await phone.answer("2")
    await round_of(asking)
    assert asking.sandbox.state.exchange.counts["swap_questions"] == 0, "nothing can have changed since today"
    asking.clock.advance(timedelta(days=3))
    await round_of(asking)
    assert TOLD in await screen(asking)

    await told(ministries[1], "/sandbox/sms/swaps", msisdn=HERS, day="2026-11-25")
    await round_of(asking)
    assert TOLD in await screen(asking), "asked for today already"
    asking.clock.advance(timedelta(days=7))
    await round_of(asking)
    hidden = await screen(asking)
    assert TOLD not in hidden and "Demo Bank" not in hidden and "not linked" in hidden

    phone = PHONES["africastalking"](asking.app, HERS)
    await phone.dial(f"*123*1*{GRANTED}#")
    await phone.answer("1")
    await phone.answer(CODE)
    assert TOLD in await screen(asking)
    page = asking.parts.metrics.page().decode()
    assert 'guichet_sim_swap_questions_total{result="unchanged"} 1.0' in page
    assert 'guichet_sim_swap_questions_total{result="stale"} 1.0' in page
    assert HERS[1:] not in page


async def test_a_network_that_does_not_tell_and_an_account_that_is_away_change_nothing(
    asking: Whole, ministries: tuple[Stage, str], caplog: pytest.LogCaptureFixture
) -> None:
    phone = PHONES["africastalking"](asking.app, HERS)
    await phone.dial()
    await phone.answer("2")
    asking.clock.advance(timedelta(days=3))
    await told(ministries[1], "/sandbox/sms/swaps", msisdn=HERS, day=None)
    fault = {
        "ministry": "africastalking",
        "operation": "insights.sim_swap",
        "kind": "status",
        "value": 503,
        "times": 1,
    }
    await told(ministries[1], "/sandbox/faults", **fault)
    # By the worker, which hears of a failure and goes on.
    await asking.parts.worker.round()
    await asking.parts.worker.round()
    assert asking.sandbox.state.exchange.counts["swap_questions"] == 0
    asking.clock.advance(timedelta(minutes=15))
    await round_of(asking)
    assert asking.sandbox.state.exchange.counts["swap_questions"] == 1
    assert TOLD in await screen(asking)
    page = asking.parts.metrics.page().decode()
    assert 'guichet_sim_swap_questions_total{result="failed"} 1.0' in page
    assert 'guichet_sim_swap_questions_total{result="untold"} 1.0' in page
    assert HERS[4:] not in caplog.text and "k3y" not in caplog.text


async def known_for_three_days(running: Whole) -> None:
    phone = PHONES["africastalking"](running.app, HERS)
    await phone.dial()
    await phone.answer("2")
    running.clock.advance(timedelta(days=3))


async def awaited(running: Whole) -> str | None:
    async with running.parts.database.unit_of_work() as work:
        name: str | None = (await work.execute(select(NUMBERS.c.swap_request))).scalar_one()
        return name


async def calls_back(running: Whole, body: object, secret: str = SECRET, method: str = "POST") -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (await request(running.app, method, f"/africastalking/{secret}/sim-swaps", body=raw)).status


def counted(running: Whole, result: str) -> float:
    found = running.parts.metrics.registry.get_sample_value("guichet_sim_swap_questions_total", {"result": result})
    return found or 0.0


async def test_what_a_network_tells_later_comes_by_its_callback(
    asking: Whole, ministries: tuple[Stage, str], caplog: pytest.LogCaptureFixture
) -> None:
    await known_for_three_days(asking)
    await told(ministries[1], "/sandbox/sms/swaps", later=True)
    await told(ministries[1], "/sandbox/sms/swaps", msisdn=HERS, day="2026-11-25")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    # Nobody listens there yet: the callback is tried again, and comes after its question was noted.
    asking.sandbox.state.exchange.postman.gateway_url = f"http://127.0.0.1:{port}"
    await round_of(asking)
    assert TOLD in await screen(asking) and counted(asking, "queued") == 1
    name = await awaited(asking)
    assert name is not None and name.startswith("ATSwpid_")
    async with serving(asking.app, port=port, lifespan="off"), asyncio.timeout(20):
        while not counted(asking, "stale"):
            await asyncio.sleep(0.02)
    hidden = await screen(asking)
    assert TOLD not in hidden and "not linked" in hidden
    assert await awaited(asking) is None

    again = {"requestId": name, "status": "Swapped", "lastSimSwapDate": "25-11-2026"}
    assert await calls_back(asking, again) == 200
    assert counted(asking, "unasked") == 1 and counted(asking, "stale") == 1
    assert HERS[4:] not in caplog.text and name not in caplog.text


async def test_only_who_knows_the_secret_tells_and_only_of_what_was_asked(
    asking: Whole, ministries: tuple[Stage, str]
) -> None:
    await known_for_three_days(asking)
    await told(ministries[1], "/sandbox/sms/swaps", later=True)
    await round_of(asking)
    swapped = {"requestId": await awaited(asking), "status": "Swapped", "lastSimSwapDate": "25-11-2026"}
    assert await calls_back(asking, swapped, secret="wrong") == 404
    assert await calls_back(asking, swapped, method="GET") == 405
    assert await calls_back(asking, swapped | {"requestId": "ATSwpid_forged"}) == 200
    assert counted(asking, "unasked") == 1
    assert TOLD in await screen(asking)
    assert await calls_back(asking, swapped | {"status": "Failed"}) == 200, "its date is not believed"
    assert counted(asking, "untold") == 1 and TOLD in await screen(asking)


async def test_nobody_is_asked_unless_the_operator_wants_it(gateway_whole: Whole) -> None:
    assert not [chore for chore in gateway_whole.parts.sms.chores if chore.name == "SIM swaps"]


async def test_where_nobody_is_asked_any_more_what_was_asked_before_still_has_its_door(gateway_whole: Whole) -> None:
    late = {"requestId": "ATSwpid_1", "status": "Swapped", "lastSimSwapDate": "25-11-2026"}
    assert await calls_back(gateway_whole, late) == 200
    assert counted(gateway_whole, "unasked") == 1


async def test_a_callback_that_comes_many_times_at_once_counts_once(
    asking: Whole, ministries: tuple[Stage, str]
) -> None:
    await known_for_three_days(asking)
    await told(ministries[1], "/sandbox/sms/swaps", later=True)
    await round_of(asking)
    name = await awaited(asking)
    assert await calls_back(asking, {"requestId": name, "status": "Pending"}) == 200
    assert await awaited(asking) == name, "not yet is no answer"
    swapped = {"requestId": name, "status": "Swapped", "lastSimSwapDate": "25-11-2026"}
    assert await asyncio.gather(*(calls_back(asking, swapped) for _ in range(5))) == [200] * 5
    assert (counted(asking, "stale"), counted(asking, "unasked")) == (1, 4)
    async with asking.parts.database.unit_of_work() as work:
        swapped_by = select(AUDIT_LOG.c.channel).where(AUDIT_LOG.c.act == "numbers.swapped")
        assert list((await work.execute(swapped_by)).scalars()) == ["callback"]


async def test_a_day_that_has_not_been_says_nothing(asking: Whole, ministries: tuple[Stage, str]) -> None:
    await known_for_three_days(asking)
    await told(ministries[1], "/sandbox/sms/swaps", later=True)
    await round_of(asking)
    tomorrow = {"requestId": await awaited(asking), "status": "Swapped", "lastSimSwapDate": "27-11-2026"}
    assert await calls_back(asking, tomorrow) == 200
    assert counted(asking, "untold") == 1 and TOLD in await screen(asking)


async def test_who_wants_it_needs_somebody_to_ask(clean_url: str, redis_url: str) -> None:
    _, environment = settings_for(clean_url, redis_url, "http://127.0.0.1:1")
    environment["GUICHET_SIM_SWAP_DAYS"] = "7"
    settings, _ = Settings.read(environment, tuple(environment))
    with pytest.raises(SettingsError, match="GUICHET_AFRICASTALKING_USERNAME"):
        assembled(settings, environment, clock=HandClock(NOW))


async def test_what_the_simulated_check_says(gateway_whole: Whole, ministries: tuple[Stage, str]) -> None:
    asked = {"username": "guichet", "phoneNumbers": [HERS]}
    key = {"apiKey": "k"}
    async with aiohttp.ClientSession(ministries[1]) as client:

        async def check(**more: object) -> tuple[int, str]:
            async with client.post("/v1/sim-swap", json=asked | more, headers=key) as answer:
                return answer.status, await answer.text()

        status, body = await check()
        [later] = json.loads(body)["responses"]
        assert (later["status"], "lastSimSwapDate" in later) == ("Queued", False) and later["requestId"]
        await told(ministries[1], "/sandbox/sms/swaps", later=False)
        status, body = await check()
        assert status == 200 and json.loads(body)["responses"][0]["lastSimSwapDate"] == "01-01-1900"
        await told(ministries[1], "/sandbox/sms/swaps", msisdn=HERS, day="2026-11-25")
        assert json.loads((await check())[1])["responses"][0]["lastSimSwapDate"] == "25-11-2026"
        await told(ministries[1], "/sandbox/sms/swaps", msisdn=HERS, day=None)
        assert "lastSimSwapDate" not in (await check())[1]
        assert (await check(phoneNumbers=["994"]))[0] == 400
        assert (await check(username=""))[0] == 401
        for wrong in ({"msisdn": "994"}, {"msisdn": HERS, "day": "soon"}, {"later": "no"}):
            async with client.post("/sandbox/sms/swaps", json=wrong) as answer:
                assert answer.status == 400
        async with client.get("/sandbox/sms/swaps") as answer:
            assert await answer.json() == {HERS: None}
        async with client.delete("/sandbox/sms/swaps", params={"msisdn": HERS}) as answer:
            assert await answer.json() == {}
