"""Every fault as a plain client meets it, and what the ministry has carried out all the same."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from tests.sandbox.ministry_calls import SUBMIT, VEMTAS, application, get, submit
from tests.until import until

FILE = f"{VEMTAS}/applications/41000019"


async def fault(client: aiohttp.ClientSession, **rule: object) -> Any:
    asked = {"ministry": "vemtas", "operation": "applications.get", **rule}
    async with client.post("/sandbox/faults", json=asked) as answer:
        assert answer.status == 201, await answer.text()
        return await answer.json()


async def filed(client: aiohttp.ClientSession) -> int:
    return len(await get(client, f"{VEMTAS}/applications", applicantId="+994501234599"))


SHORT = aiohttp.ClientTimeout(total=0.15)


@pytest.mark.parametrize("before", [True, False])
async def test_delay(client: aiohttp.ClientSession, before: bool) -> None:
    await fault(client, kind="delay", value=0.1, before_write=before)
    begun = time.monotonic()
    assert (await get(client, FILE))["fileId"] == "41000019"
    # A timer of the loop may ring a clock's tick early.
    assert time.monotonic() - begun >= 0.09


async def unanswered(client: aiohttp.ClientSession, written: int) -> None:
    """Sends an application, and gives up once the ministry has done with it what it will do."""

    async def done() -> bool:
        tally = (await get(client, "/sandbox/log")).get("vemtas.applications.submit")
        return bool(tally and tally["faults"] and tally["carried_out"] == written)

    sending = asyncio.create_task(client.post(SUBMIT, json=application()))
    await until(done, sending)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await filed(client) == written


async def test_delay_after_the_write(client: aiohttp.ClientSession) -> None:
    await fault(client, operation="applications.submit", kind="delay", value=5)
    await unanswered(client, 1)


async def test_status(client: aiohttp.ClientSession) -> None:
    await fault(client, operation="applications.submit", kind="status", value=503)
    assert (await submit(client, application(), 503))["code"] == "simulated"
    assert await filed(client) == 0


async def test_status_after_the_write(client: aiohttp.ClientSession) -> None:
    await fault(client, operation="applications.submit", kind="status", value=500, before_write=False)
    await submit(client, application(), 500)
    assert await filed(client) == 1


@pytest.mark.parametrize(("kind", "written"), [("hang", 0), ("drop_after_write", 1)])
async def test_no_answer_ever(client: aiohttp.ClientSession, kind: str, written: int) -> None:
    await fault(client, operation="applications.submit", kind=kind)
    await unanswered(client, written)


@pytest.mark.parametrize(("kind", "written"), [("cut", 0), ("cut_after_write", 1)])
async def test_the_connection_is_reset(client: aiohttp.ClientSession, kind: str, written: int) -> None:
    await fault(client, operation="applications.submit", kind=kind)
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await client.post(SUBMIT, json=application())
    assert await filed(client) == written


async def test_the_connection_is_cut_in_the_middle(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="cut", value=20, before_write=False)
    async with client.get(FILE) as answer:
        assert answer.status == 200
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
            await answer.read()


async def body(client: aiohttp.ClientSession) -> tuple[int, str, bytes]:
    async with client.get(FILE, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("content-type", ""), await answer.read()


async def test_html(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="html")
    status, kind, page = await body(client)
    assert (status, kind, page[:15]) == (200, "text/html; charset=utf-8", b"<!doctype html>")
    await fault_cleared(client)
    await fault(client, kind="html", value=404)
    assert (await body(client))[0] == 404


async def fault_cleared(client: aiohttp.ClientSession) -> None:
    async with client.delete("/sandbox/faults") as answer:
        assert (await answer.json())["deleted"] >= 1


async def test_wrong_type(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="wrong_type", value="application/octet-stream")
    status, kind, raw = await body(client)
    assert (status, kind, json.loads(raw)["fileId"]) == (200, "application/octet-stream", "41000019")


async def test_truncated_json(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="truncated_json")
    status, _, raw = await body(client)
    assert status == 200
    with pytest.raises(ValueError):
        json.loads(raw)


async def test_huge(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="huge", value=3_000_000)
    _, _, raw = await body(client)
    assert len(raw) == 3_000_000
    assert set(json.loads(raw)) == {"filler"}


async def test_deep(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="deep")
    _, kind, raw = await body(client)
    assert kind == "application/json"
    with pytest.raises(RecursionError):
        json.loads(raw)


async def test_drip(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="drip", value=0.01)
    with pytest.raises(TimeoutError):
        async with client.get(FILE, timeout=SHORT) as answer:
            await answer.read()


async def test_redirect(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="redirect", value="http://192.0.2.1/")
    async with client.get(FILE, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"]) == (302, "http://192.0.2.1/")


async def test_empty(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="empty")
    assert await body(client) == (200, "application/json", b"")


async def test_double(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="double")
    _, _, raw = await body(client)
    half = len(raw) // 2
    assert raw[:half] == raw[half:]


async def test_a_fault_strikes_as_often_as_told(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="status", value=500, times=2)
    assert [(await body(client))[0] for _ in range(3)] == [500, 500, 200]
    assert await get(client, "/sandbox/faults") == []


async def test_chance_is_seeded(client: aiohttp.ClientSession) -> None:
    await fault(client, kind="status", value=500, probability=0.5)
    first = [(await body(client))[0] for _ in range(20)]
    await client.post("/sandbox/reset")
    await fault(client, kind="status", value=500, probability=0.5)
    assert [(await body(client))[0] for _ in range(20)] == first
    assert set(first) == {200, 500}


async def test_one_rule_is_dropped_among_others(client: aiohttp.ClientSession) -> None:
    rule = await fault(client, ministry="*", operation="*", kind="status", value=502)
    await fault(client, ministry="asan", operation="*", kind="empty")
    assert (await body(client))[0] == 502
    async with client.delete("/sandbox/faults", params={"id": rule["id"]}) as answer:
        assert await answer.json() == {"deleted": 1}
    assert (await body(client))[0] == 200
    async with client.delete("/sandbox/faults", params={"ministry": "asan"}) as answer:
        assert await answer.json() == {"deleted": 1}


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "earthquake"},
        {"kind": "delay"},
        {"kind": "status", "value": "x"},
        {"kind": "delay", "value": -1},
        {"kind": "hang", "times": 0},
        {"kind": "hang", "probability": 2},
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(client: aiohttp.ClientSession, rule: object) -> None:
    async with client.post("/sandbox/faults", json=rule) as answer:
        assert answer.status == 400


async def test_the_log_counts_and_tells_nothing(client: aiohttp.ClientSession) -> None:
    await submit(client, application())
    await fault(client, operation="applications.submit", kind="cut_after_write", times=1)
    with pytest.raises(aiohttp.ClientError):
        await client.post(SUBMIT, json=application())
    log = await get(client, "/sandbox/log")
    assert log == {
        "vemtas.applications.submit": {
            "asked": 2,
            "carried_out": 2,
            "statuses": {"200": 2},
            "faults": {"cut_after_write": 1},
        }
    }
