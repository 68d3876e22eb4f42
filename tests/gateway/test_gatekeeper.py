"""Who may call, how much, how often; and the end-of-session event, kept once and without words."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from domain.errors import StoreUnavailable
from domain.msisdn import Msisdn
from gateway.app import create_app
from gateway.doors.asgi import Gatekeeper
from gateway.settings import Settings
from storage.redis_client import RedisClient
from tests.phone import AfricasTalkingPhone, Answer, request
from tests.screens import assert_well_formed
from tests.until import until
from tests.whole import Stage, Whole, whole
from ussd_menus.session_store import session_keys
from ussd_menus.tables import session_ends, sessions

# Seconds of this process's own, for a refusal that asks no store: how busy the machine is does not count.
AT_ONCE = 0.1
AT, PROXY, INNER_PROXY, ELSEWHERE = "192.0.2.7", "10.0.0.1", "10.0.0.2", "203.0.113.9"
_numbers = iter(range(10_000))


def new_number() -> str:
    return f"+99450777{next(_numbers):04d}"


@pytest.fixture(scope="module")
async def running(migrated_url: str, redis_url: str, ministries: tuple[Stage, str]) -> AsyncIterator[Whole]:
    client = RedisClient(redis_url, timeout=30)
    await client.execute("FLUSHALL")
    await client.close()
    async with whole(migrated_url, redis_url, *ministries) as started:
        yield started


def changed(running: Whole, **settings: Any) -> Starlette:
    """The same parts behind doors with other settings."""
    return create_app(dataclasses.replace(running.parts.settings, **settings), running.parts)


class Bomb:
    """Whoever touches it fails the test."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"touched: {name}")


def mined(running: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to a store is a bomb."""
    for name in ("_store", "_starts", "_dialogue", "_sealer", "_library"):
        monkeypatch.setattr(running.parts.conversation, name, Bomb())
    for name in ("_unit", "_sealer"):
        monkeypatch.setattr(running.parts.session_ends, name, Bomb())


async def hop(app: Any, secret: str = "demo", msisdn: str = "", **more: Any) -> Answer:
    form = {"sessionId": "g", "serviceCode": "*123#", "phoneNumber": msisdn or new_number(), "text": ""}
    return await request(app, "POST", f"/africastalking/{secret}/ussd", body=urlencode(form).encode(), **more)


# --- the secret ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["wrong", "demo2", "dem", "Demo", "demo%20", "d%C3%A9mo", "%00", "demo%2F", "*"])
async def test_a_wrong_secret_is_404_and_touches_no_store(
    running: Whole, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    mined(running, monkeypatch)
    for method, path in (
        ("POST", "/africastalking/{}/ussd"),
        ("POST", "/africastalking/{}/ussd-end"),
        ("GET", "/flares/{}/ussd"),
        ("GET", "/flares/{}/ussd-end"),
    ):
        form = "sessionId=g&phoneNumber=%2B994507770000&text=&SessionID=g&MSISDN=994507770000&msisdn=994507770000"
        answer = await request(running.app, method, path.format(unquote(secret)), form, form.encode())
        assert answer.status == 404
        # Nothing tells a wrong secret from a path that is not there.
        assert answer.body in (b"not found\n", b"Not Found")


async def test_the_bombs_work(running: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    mined(running, monkeypatch)
    assert (await hop(running.app)).text.startswith("END ")  # a fault of ours, told politely


async def test_two_secrets_live_while_one_is_rotated_out(running: Whole) -> None:
    app = changed(running, callback_secrets=("the-new-one-of-today", "the-old-one-of-march"))
    assert (await hop(app, "the-new-one-of-today")).status == 200
    assert (await hop(app, "the-old-one-of-march")).status == 200
    assert (await hop(app, "demo")).status == 404


async def test_without_a_secret_nobody_is_let_in(running: Whole) -> None:
    app = changed(running, callback_secrets=())
    for secret in ("demo", "x"):
        assert (await hop(app, secret)).status == 404


# --- the address --------------------------------------------------------------------------------------------


def admits(
    peer: str | None, forwarded: str | None = None, networks: str = "192.0.2.0/24", proxies: str = PROXY
) -> bool:
    gatekeeper = Gatekeeper(
        ["s"], [ip_network(networks)] if networks else [], [ip_network(p) for p in proxies.split(",") if p]
    )
    headers = [(b"x-forwarded-for", part.encode()) for part in (forwarded or "").split("|") if part]
    client = (peer, 1) if peer is not None else None
    return gatekeeper.admits({"path_params": {"secret": "s"}, "client": client, "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "welcome"),
    [
        (AT, None, True),
        (ELSEWHERE, None, False),
        # Whatever a stranger writes into the header, his own address decides.
        (ELSEWHERE, AT, False),
        (AT, ELSEWHERE, True),
        # Behind the trusted proxy, the last address that it added decides; what stands before it is hearsay.
        (PROXY, AT, True),
        (PROXY, ELSEWHERE, False),
        (PROXY, f"{AT}, {ELSEWHERE}", False),
        (PROXY, f"{ELSEWHERE}, {AT}", True),
        (PROXY, f"{AT}|{ELSEWHERE}", False),
        (PROXY, None, False),
        (PROXY, "unknown", False),
        (PROXY, "", False),
        (PROXY, "192.0.2.7:4711", False),
        (None, AT, False),
        ("", None, False),
        # A listener on `::` writes IPv4 addresses so.
        (f"::ffff:{AT}", None, True),
        (f"::ffff:{PROXY}", AT, True),
        (f"::ffff:{ELSEWHERE}", AT, False),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer: str | None, forwarded: str | None, welcome: bool) -> None:
    assert admits(peer, forwarded) is welcome


def test_a_row_of_proxies_is_walked_from_the_inside() -> None:
    both = f"{PROXY},{INNER_PROXY}"
    assert admits(INNER_PROXY, f"{AT}, {PROXY}", proxies=both)
    assert not admits(INNER_PROXY, f"{AT}, {ELSEWHERE}, {PROXY}", proxies=both)
    assert not admits(INNER_PROXY, f"{AT}, {PROXY}", proxies=INNER_PROXY)


def test_without_listed_networks_any_address_may_call() -> None:
    assert admits(ELSEWHERE, networks="")
    assert admits(None, networks="")


# --- size and number ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["ussd", "ussd-end"])
async def test_a_body_over_8_kib_is_413_and_touches_no_store(
    running: Whole, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    mined(running, monkeypatch)
    url = f"/africastalking/demo/{path}"
    assert (await request(running.app, "POST", url, body=b"x" * 8193)).status == 413
    # In small pieces, and endless: reading stops.
    assert (await request(running.app, "POST", url, chunks=[b"x" * 100] * 100)).status == 413
    exactly = await request(running.app, "POST", url, body=b"x" * 8192)
    assert exactly.status in (200, 400)


async def test_past_the_cap_of_hops_in_flight_it_ends_at_once(running: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    app = changed(running, hops_in_flight=4)  # half of them for those who are inside
    opened, reached = asyncio.Event(), []
    store_open = running.parts.conversation._store.open

    async def slow(*given: Any) -> Any:
        reached.append(given)
        await opened.wait()
        return await store_open(*given)

    monkeypatch.setattr(running.parts.conversation._store, "open", slow)
    waiting = [asyncio.create_task(hop(app)) for _ in range(2)]
    await until(lambda: len(reached) == 2)
    began = time.process_time()
    refused = await asyncio.gather(*(hop(app) for _ in range(20)))
    assert time.process_time() - began < 20 * AT_ONCE
    assert len(reached) == 2, "a refused hop went to the store"
    for answer in refused:
        assert_well_formed(answer)
        assert answer.text.startswith("END ")
        assert answer.headers["at-ussd-hop-metadata"] == "limit.busy"
    # One aggregator's load is not the other's.
    flares = asyncio.create_task(request(app, "GET", "/flares/demo/ussd", "SessionID=f&MSISDN=994507779999&input=123"))
    await until(lambda: len(reached) == 3)
    opened.set()
    assert all(answer.text.startswith("CON ") for answer in await asyncio.gather(*waiting))
    assert (await flares).headers["freeflow"] == "FC"
    # And there is room again.
    assert (await hop(app)).text.startswith("CON ")


async def test_a_number_that_starts_too_often_is_told_so(running: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        running.parts.conversation, "_rules", dataclasses.replace(running.parts.conversation._rules, starts_per_hour=3)
    )
    phone = AfricasTalkingPhone(running.app, new_number())
    for _ in range(3):
        assert (await phone.dial()).goes_on
    last = phone.session
    took = []
    for _ in range(3):
        began = time.process_time()
        refused = await phone.dial()
        took.append(time.process_time() - began)
    assert sorted(took)[1] < AT_ONCE, took
    assert (refused.goes_on, refused.name) == (False, "limit.too_many")
    assert_well_formed(await phone.post())
    # The session that is under way goes on, and other numbers are unharmed.
    phone.session, phone.history = last, ""
    assert (await phone.answer("2")).goes_on
    assert (await AfricasTalkingPhone(running.app, new_number()).dial()).goes_on


# --- the end of a session -----------------------------------------------------------------------------------


def event(session: str, msisdn: str, **more: str) -> bytes:
    return urlencode(
        {
            "date": "2026-11-23 06:00:00",
            "sessionId": session,
            "serviceCode": "*123#",
            "networkCode": "40001",
            "phoneNumber": msisdn,
            "status": "Incomplete",
            "cost": "AZN 0.0300",
            "durationInMillis": "15234",
            "hopsCount": "3",
            "input": "2*1*41000019",
            "lastAppResponse": "CON the last thing that she read",
            "errorMessage": "why it failed",
            "hopsMetadata": "language_choose|home|status_ask",
            **more,
        }
    ).encode()


async def ended(running: Whole, body: bytes) -> Answer:
    return await request(running.app, "POST", "/africastalking/demo/ussd-end", body=body)


async def row_of(running: Whole, session: str, msisdn: str) -> Any:
    keys = session_keys(running.parts.session_ends._sealer, "africastalking", session, Msisdn.parse(msisdn))
    async with running.parts.database.unit_of_work() as work:
        found = (await work.execute(select(session_ends).where(session_ends.c.key == keys.session))).all()
        began = (await work.execute(select(sessions).where(sessions.c.key == keys.session))).all()
    assert len(found) <= 1
    return (found[0] if found else None), began


async def test_the_end_is_kept_once_with_its_figures(running: Whole) -> None:
    phone = AfricasTalkingPhone(running.app, new_number())
    await phone.dial()
    await phone.answer("2")
    for _ in range(3):
        assert (await ended(running, event(phone.session, phone.msisdn))).status == 200
    row, began = await row_of(running, phone.session, phone.msisdn)
    assert len(began) == 1, "the end finds the start that it belongs to"
    assert (row.aggregator, row.network, row.outcome) == ("africastalking", "40001", "incomplete")
    assert (row.duration_ms, row.hops, row.cost) == (15234, 3, "AZN 0.0300")
    assert list(row.screens) == ["language_choose", "home", "status_ask"]
    assert row.doubles == 2
    kept = repr(tuple(row))
    assert "41000019" not in kept
    assert "last thing" not in kept
    assert "why it failed" not in kept
    page = (await request(running.app, "GET", "/metrics")).text
    assert 'outcome="incomplete",screen="status_ask"' in page


async def test_doubles_at_once_are_one_row(running: Whole) -> None:
    msisdn = new_number()
    answers = await asyncio.gather(*(ended(running, event("at-once", msisdn)) for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
    row, _ = await row_of(running, "at-once", msisdn)
    assert row.doubles == 7


async def test_an_end_with_half_its_fields_is_kept(running: Whole) -> None:
    msisdn = new_number()
    body = urlencode({"sessionId": "half", "phoneNumber": msisdn, "hopsCount": "many", "durationInMillis": "-1"})
    assert (await ended(running, body.encode())).status == 200
    row, _ = await row_of(running, "half", msisdn)
    assert (row.outcome, row.duration_ms, row.hops, row.cost) == ("unknown", None, None, None)


@pytest.mark.parametrize("field", ["sessionId", "phoneNumber"])
async def test_an_end_of_nobody_is_400(running: Whole, field: str) -> None:
    assert (await ended(running, event("s", new_number(), **{field: ""}))).status == 400


async def test_screens_from_outside_become_no_labels(running: Whole) -> None:
    assert (await ended(running, event("label", new_number(), hopsMetadata="made up", status="evil"))).status == 200
    page = (await request(running.app, "GET", "/metrics")).text
    assert "made up" not in page
    assert "evil" not in page
    assert 'outcome="other",screen="other"' in page


async def test_without_postgresql_the_aggregator_is_asked_to_come_again(
    running: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise StoreUnavailable("away")

    monkeypatch.setattr(running.parts.session_ends, "_unit", away)
    answer = await ended(running, event("away", new_number()))
    assert answer.status == 503
    assert answer.headers["retry-after"] == "5"


async def test_with_no_postgresql_at_all_hops_and_ends_are_still_answered(
    redis_url: str, ministries: tuple[Stage, str]
) -> None:
    """A gateway whose database never answers: a real refusal, not a made-up one."""
    async with whole("postgresql://nobody@127.0.0.1:9/none", redis_url, *ministries) as running:
        answer = await ended(running, event("none", new_number()))
        assert answer.status == 503
        assert_well_formed(await hop(running.app))
        assert (await request(running.app, "GET", "/readyz")).status == 503


def test_the_settings_reach_the_doors() -> None:
    assert Settings().hops_in_flight == 512
    assert Settings().starts_per_hour == 20


async def test_head_is_no_hop(gateway_whole: Whole) -> None:
    answer = await request(gateway_whole.app, "HEAD", "/flares/demo/ussd", "SessionID=h&MSISDN=994501234501&input=123")
    assert answer.status == 405


@pytest.mark.parametrize("path", ["/ussd", "/africastalking//ussd", "/nobody/demo/ussd", "/x/africastalking/demo/ussd"])
async def test_a_path_that_only_looks_like_a_hop_is_404(gateway_whole: Whole, path: str) -> None:
    assert (await request(gateway_whole.app, "POST", path)).status == 404
