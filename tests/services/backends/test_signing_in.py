"""Ways to sign in: what goes along, how a token lives, and that no secret is ever written anywhere."""

import asyncio
import base64
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import InvalidValue, MinistryUnavailable
from domain.ids import Ids
from services.backends.breaker import Breaker
from services.backends.config import MinistryAddress
from services.backends.spdci import SpdciRegistry
from services.backends.transport import Transport
from services.backends.way import way_to
from services.backends.way_config import ApiKey, Basic, Bearer, OAuth2, SignIn
from services.backends.wire import CutOff, HttpWire, NotReached, RawAnswer
from services.values import Payment
from tests.services.backends.backends_under_test import LIMITS, REGISTRY, Sandbox, no_longer_than, social_registry
from tests.services.backends.test_transport import READ, WRITE, ScriptedWire, answer

SECRET = "s3cret:+/ä"
CREDENTIALS = OAuth2("https://id.test/token", "gui:chet", SECRET, scope="read write", audience="aid")


class Ministry:
    """A ministry and its token endpoint. `refuses`: the tokens that it takes no longer; `endpoint`: its answers."""

    def __init__(self, *endpoint: RawAnswer | Exception, slow: bool = False) -> None:
        self.endpoint = list(endpoint)
        self.refuses: set[str] = set()
        self.asked: list[tuple[Mapping[str, str], bytes]] = []
        self.calls: list[tuple[str, str]] = []
        self.go = asyncio.Event()
        if not slow:
            self.go.set()

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None,
        *, connect: float, total: float, cap: int,
    ) -> RawAnswer:  # fmt: skip
        if url.endswith("/token"):
            self.asked.append((headers, body or b""))
            await self.go.wait()
            step = self.endpoint.pop(0) if self.endpoint else token(f"t{len(self.asked)}")
            if isinstance(step, Exception):
                raise step
            return step
        given = headers.get("authorization", "")
        self.calls.append((method, given))
        return answer(401 if given.removeprefix("Bearer ") in self.refuses else 200)


def token(value: object, seconds: object = 3600, **more: object) -> RawAnswer:
    given = {"access_token": value, "token_type": "bearer", "expires_in": seconds, **more}
    return answer(200, msgspec.json.encode(given))


class Line:
    """A transport to it, with a clock turned by hand."""

    def __init__(self, ministry: Ministry | ScriptedWire, auth: SignIn = CREDENTIALS, **more: object) -> None:
        self.clock = HandClock(datetime(2026, 11, 23, tzinfo=UTC))
        address = msgspec.convert({"name": "aid", "base_url": "https://aid.test/api", **more}, MinistryAddress)
        address, way = way_to(msgspec.structs.replace(address, auth=auth), ministry, self.clock)
        self.transport = Transport(address, way, Breaker(address.limits.breaker, self.clock))

    async def ask(self, writes: bool = False, seconds: float = 2) -> int:
        deadline = Deadline.after(seconds, self.clock)
        return (await self.transport.request(WRITE if writes else READ, deadline)).status


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (Bearer("abc"), "authorization", "Bearer abc"),
        (ApiKey("abc"), "X-API-Key", "abc"),
        (ApiKey("abc", "Ocp-Key"), "Ocp-Key", "abc"),
        (Basic("me", "pä:"), "authorization", "Basic " + base64.b64encode("me:pä:".encode()).decode()),
    ],
)
async def test_what_never_changes_goes_with_each_call(auth: SignIn, header: str, value: str) -> None:
    wire = ScriptedWire(answer())
    await Line(wire, auth).ask()
    assert wire.headers[0][header] == value


@pytest.mark.parametrize("auth", [Bearer("a\nb"), ApiKey("ключ")])
def test_a_secret_that_no_header_can_hold_stops_the_start(auth: SignIn) -> None:
    with pytest.raises(InvalidValue) as caught:
        Line(Ministry(), auth)
    assert "a\nb" not in str(caught.value)


def test_signed_in_twice_is_a_mistake() -> None:
    with pytest.raises(InvalidValue, match="twice"):
        Line(Ministry(), Bearer("x"), headers={"Authorization": "y"})


async def test_a_token_is_asked_for_as_the_standard_says_and_kept_until_shortly_before_its_end() -> None:
    ministry = Ministry()
    line = Line(ministry)
    for _ in range(3):
        assert await line.ask() == 200
    (headers, body) = ministry.asked[0]
    assert parse_qs(body.decode()) == {
        "grant_type": ["client_credentials"], "scope": ["read write"], "audience": ["aid"],
    }  # fmt: skip
    # RFC 6749 §2.3.1: both are form-encoded before they become a name and a password.
    named = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode()
    assert named == "gui%3Achet:s3cret%3A%2B%2F%C3%A4"
    assert len(ministry.asked) == 1
    line.clock.advance(timedelta(seconds=3569))
    await line.ask()
    assert len(ministry.asked) == 1
    line.clock.advance(timedelta(seconds=2))
    await line.ask(writes=True)
    assert len(ministry.asked) == 2 and ministry.calls[-1] == ("POST", "Bearer t2")


async def test_client_in_the_body_and_an_address_beside_the_ministrys() -> None:
    ministry = Ministry()
    await Line(ministry, OAuth2("/token", "me", SECRET, send_as="body")).ask()
    headers, body = ministry.asked[0]
    assert "authorization" not in headers
    assert parse_qs(body.decode())["client_secret"] == [SECRET]


@pytest.mark.parametrize(("said", "kept"), [("60", 53), (None, 269), (-5, 269), ("soon", 269), (0, 0)])
async def test_how_long_a_token_lives(said: object, kept: int) -> None:
    ministry = Ministry(token("a", said))
    line = Line(ministry)
    await line.ask()
    line.clock.advance(timedelta(seconds=kept))
    await line.ask()
    assert len(ministry.asked) == (1 if kept else 2)
    line.clock.advance(timedelta(seconds=2))
    await line.ask()
    assert len(ministry.asked) == 2


async def test_many_at_once_ask_for_one_token() -> None:
    ministry = Ministry(slow=True)
    line = Line(ministry)
    waiting = [asyncio.ensure_future(line.ask()) for _ in range(20)]
    await asyncio.sleep(0)
    ministry.go.set()
    assert await asyncio.gather(*waiting) == [200] * 20
    assert len(ministry.asked) == 1


async def test_one_that_gives_up_does_not_take_the_others_token_along() -> None:
    ministry = Ministry(slow=True)
    line = Line(ministry)
    first, second = asyncio.ensure_future(line.ask()), asyncio.ensure_future(line.ask())
    await asyncio.sleep(0)
    first.cancel()
    ministry.go.set()
    assert await second == 200
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_token_no_longer_taken_is_renewed_once_for_a_read() -> None:
    ministry = Ministry()
    line = Line(ministry)
    await line.ask()
    ministry.refuses = {"t1"}
    assert await line.ask() == 200
    assert (len(ministry.asked), ministry.calls[-1][1]) == (2, "Bearer t2")
    # Nor is the new one taken: that is the ministry's answer, and no third is asked for.
    ministry.refuses = {"t2", "t3"}
    assert await line.ask() == 401
    assert len(ministry.asked) == 3


async def test_a_write_with_such_a_token_was_not_done_and_is_sent_once() -> None:
    ministry = Ministry()
    line = Line(ministry)
    await line.ask()
    ministry.refuses = {"t1"}
    sent = len(ministry.calls)
    with pytest.raises(MinistryUnavailable, match="token no longer taken"):
        await line.ask(writes=True)
    assert len(ministry.calls) == sent + 1
    assert await line.ask(writes=True) == 200


@pytest.mark.parametrize(
    "step",
    [
        answer(400, b'{"error":"invalid_client"}'), answer(401), answer(500), answer(302), answer(200, b"<html>"),
        answer(200, b"{}"), answer(200, b"[]"), token(""), token(5), token("a b"), token("a\r\nX: y"),
        token("a", token_type="mac"), token("a", token_type=None), NotReached("refused"), CutOff("cut"),
    ],
)  # fmt: skip
async def test_without_a_token_nothing_was_done(step: RawAnswer | Exception) -> None:
    ministry = Ministry(step)
    with pytest.raises(MinistryUnavailable, match="no token") as caught:
        await Line(ministry).ask(writes=True)
    assert ministry.calls == [] and len(ministry.asked) == 1
    assert SECRET not in str(caught.value)


async def test_an_endpoint_that_hangs_leaves_time_to_say_so() -> None:
    auth = msgspec.structs.replace(CREDENTIALS, seconds=0.05)
    ministry = Ministry(slow=True)
    line = Line(ministry, auth)
    with pytest.raises(MinistryUnavailable, match="no token in time"):
        await line.ask(writes=True)
    assert ministry.calls == []


async def test_secrets_are_never_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ministry = Ministry(token("live-token"), answer(401))
    line = Line(ministry)
    await line.ask()
    line.clock.advance(timedelta(hours=2))
    with pytest.raises(MinistryUnavailable):
        await line.ask(writes=True)
    address = MinistryAddress("aid", "https://aid.test", {"X": SECRET}, auth=CREDENTIALS)
    shown = caplog.text + repr(address) + repr(CREDENTIALS) + repr([Bearer(SECRET), Basic("u", SECRET), ApiKey(SECRET)])
    assert SECRET not in shown and "live-token" not in shown


def test_a_token_address_that_is_none_stops_the_start() -> None:
    with pytest.raises(InvalidValue):
        Line(Ministry(), OAuth2("ftp://x", "a", "b"))


async def test_over_the_network_with_tokens_that_end(sandbox: Sandbox, wire: HttpWire) -> None:
    clock = HandClock(datetime(2026, 11, 23, tzinfo=UTC))
    base, collected = sandbox.ministry("vemtas-registry"), await sandbox.reference("collected")

    async def asked(secret: str, within: float = 10) -> Sequence[Payment]:
        auth = OAuth2("/token", "guichet", secret)
        address, way = way_to(MinistryAddress("registry", base, limits=LIMITS, auth=auth), wire, clock)
        transport = Transport(address, way, Breaker(LIMITS.breaker, clock))
        registry = SpdciRegistry(transport, REGISTRY, clock, Ids(clock).uuid7)
        return await registry.of("social_aid", collected, Deadline.after(within, clock)) or ()

    # To whom no sign-in is asked it tells the same; how many sums fell due hangs on the months behind today.
    told = await social_registry(base, wire).of("social_aid", collected, no_longer_than(30)) or ()
    assert len(told) in (3, 4)
    assert await asked("demo") == told
    assert await sandbox.counted("vemtas-registry", "token") == 1, "one token for both of its questions"
    with pytest.raises(MinistryUnavailable, match="no token: 401"):
        await asked("wrong")
    await sandbox.fault("vemtas-registry", "token", "hang")
    with pytest.raises(MinistryUnavailable, match="no token"):
        await asked("demo", within=1)


async def test_a_key_goes_into_each_form_that_is_handed_in_and_nowhere_else() -> None:
    bodies: list[bytes | None] = []

    class Kept(ScriptedWire):
        async def send(self, method: str, url: str, headers: Any, body: bytes | None, **limits: Any) -> Any:
            bodies.append(body)
            return await super().send(method, url, headers, body, **limits)

    clock = HandClock(datetime(2026, 11, 23, tzinfo=UTC))
    address, way = way_to(
        MinistryAddress("m", "http://m.test", auth=ApiKey("k&y", field="api_key")), Kept(answer()), clock
    )
    assert address.headers == {} and "k&y" not in repr(way)
    form = "application/x-www-form-urlencoded; charset=utf-8"
    for kind, body in ((form, b"a=1"), (form, b""), ("application/json", b"{}"), (form, None)):
        await way.send("POST", "http://m.test/x", {"content-type": kind}, body, connect=1, total=2, cap=9)
    assert bodies == [b"a=1&api_key=k%26y", b"api_key=k%26y", b"{}", None]
