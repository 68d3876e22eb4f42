"""What a failure means: the same for every ministry and every standard."""

import asyncio
import gzip
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from domain.clock import Clock, HandClock, SystemClock
from domain.deadline import Deadline
from domain.errors import (
    DeadlineExceeded,
    InvalidValue,
    MinistryAmbiguous,
    MinistryBusy,
    MinistryContract,
    MinistryError,
    MinistryUnavailable,
)
from services.backends.breaker import Breaker
from services.backends.config import BreakerLimits, MinistryAddress, MinistryLimits
from services.backends.transport import Call, Transport
from services.backends.wire import AnswerTooLong, CutOff, NotReached, RawAnswer, WireError
from tests.services.backends.backends_under_test import Noted

READ = Call("thing.get", "GET", ("things", "1"))
WRITE = Call("thing.make", "POST", ("things",), body={"a": 1})
JSON = {"content-type": "application/json"}


def answer(status: int = 200, body: bytes = b"{}", headers: Mapping[str, str] = JSON) -> RawAnswer:
    return RawAnswer(status, headers, body)


class ScriptedWire:
    """Gives these answers and failures in turn, the last one for ever."""

    def __init__(self, *script: RawAnswer | Exception, clock: HandClock | None = None, takes: float = 0.0) -> None:
        self.script, self.clock, self.takes = list(script), clock, takes
        self.sent: list[tuple[str, str]] = []
        self.budgets: list[tuple[float, float]] = []
        self.headers: list[Mapping[str, str]] = []

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None,
        *, connect: float, total: float, cap: int,
    ) -> RawAnswer:  # fmt: skip
        self.sent.append((method, url))
        self.budgets.append((connect, total))
        self.headers.append(headers)
        if self.clock:
            self.clock.advance(timedelta(seconds=self.takes))
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        return step


def hand() -> HandClock:
    return HandClock(datetime(2026, 11, 22, tzinfo=UTC))


def over(wire: ScriptedWire, clock: Clock | None = None, noted: Noted | None = None, **limits: object) -> Transport:
    ours = MinistryLimits(**limits)  # type: ignore[arg-type]
    breaker = Breaker(ours.breaker, clock or SystemClock())
    return Transport(MinistryAddress("vemtas", "http://m.test/api/", {"x-key": "k"}, ours), wire, breaker, noted)


def soon(seconds: float = 20.0, clock: Clock | None = None) -> Deadline:
    return Deadline.after(seconds, clock or SystemClock())


FAILURES: list[tuple[str, RawAnswer | Exception, type[MinistryError], type[MinistryError]]] = [
    ("not reached", NotReached("x"), MinistryUnavailable, MinistryUnavailable),
    ("cut off", CutOff("x"), MinistryUnavailable, MinistryAmbiguous),
    ("too long", AnswerTooLong(200), MinistryContract, MinistryAmbiguous),
    ("too long a refusal", AnswerTooLong(400), MinistryContract, MinistryContract),
    ("not HTTP", WireError("x"), MinistryContract, MinistryAmbiguous),
    ("500", answer(500), MinistryUnavailable, MinistryAmbiguous),
    ("503 HTML", answer(503, b"<html>", {"content-type": "text/html"}), MinistryUnavailable, MinistryAmbiguous),
    ("408", answer(408), MinistryUnavailable, MinistryAmbiguous),
    ("429", answer(429), MinistryBusy, MinistryBusy),
    ("429 till when nobody knows", answer(429, headers={**JSON, "retry-after": "soon"}), MinistryBusy, MinistryBusy),
    ("429 till long ago", answer(429, headers={**JSON, "retry-after": "-9"}), MinistryBusy, MinistryBusy),
    ("302", answer(302, b""), MinistryContract, MinistryContract),
    ("304", answer(304, b""), MinistryContract, MinistryContract),
    ("200 HTML", answer(200, b"<html>", {"content-type": "text/html"}), MinistryContract, MinistryAmbiguous),
    ("404 HTML", answer(404, b"<html>", {"content-type": "text/html"}), MinistryContract, MinistryContract),
    ("no type", answer(200, b"{}", {}), MinistryContract, MinistryAmbiguous),
    ("half JSON", answer(200, b'{"a":'), MinistryContract, MinistryAmbiguous),
    ("two JSON", answer(200, b"{}{}"), MinistryContract, MinistryAmbiguous),
    ("not UTF-8", answer(200, b'"\xff"'), MinistryContract, MinistryAmbiguous),
    ("NaN", answer(200, b"NaN"), MinistryContract, MinistryAmbiguous),
    ("deep", answer(200, b"[" * 33 + b"]" * 33), MinistryContract, MinistryAmbiguous),
    ("very deep", answer(200, b"[" * 50_000 + b"]" * 50_000), MinistryContract, MinistryAmbiguous),
    ("a bomb", answer(200, gzip.compress(b" " * 9999), {**JSON, "content-encoding": "gzip"}),
     MinistryContract, MinistryAmbiguous),
]  # fmt: skip


@pytest.mark.parametrize(("story", "step", "reading", "writing"), FAILURES, ids=[f[0] for f in FAILURES])
async def test_each_failure_has_one_meaning(
    story: str, step: RawAnswer | Exception, reading: type[MinistryError], writing: type[MinistryError]
) -> None:
    for call, expected in ((READ, reading), (WRITE, writing)):
        noted = Noted()
        with pytest.raises(MinistryError) as caught:
            await over(ScriptedWire(step), noted=noted).request(call, soon())
        assert type(caught.value) is expected, call.method
        assert noted.calls == [("vemtas", call.operation, expected.__name__)]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 400, 401, 403, 404, 409, 410, 422])
async def test_answers_that_a_standard_gives_a_meaning_reach_the_adapter(status: int) -> None:
    noted = Noted()
    got = await over(ScriptedWire(answer(status, b'{"a": [1]}')), noted=noted).request(WRITE, soon())
    assert (got.status, got.json, got.ok) == (status, {"a": [1]}, status < 300)
    assert noted.calls == [("vemtas", "thing.make", f"{status // 100}xx")]


@pytest.mark.parametrize("kind", ["json", "application/json; charset=utf-8", "application/problem+json", "TEXT/JSON"])
async def test_the_types_that_json_comes_as(kind: str) -> None:
    got = await over(ScriptedWire(answer(200, b"[32]", {"content-type": kind}))).request(READ, soon())
    assert got.json == [32]


async def test_as_deep_as_the_bound_is_read() -> None:
    body = b"[" * 32 + b"]" * 32
    assert (await over(ScriptedWire(answer(200, body))).request(READ, soon())).json is not None


async def test_a_bare_text_is_taken_only_where_the_standard_gives_one() -> None:
    wire = ScriptedWire(answer(200, b"subscriber_id:12", {"content-type": "json"}))
    got = await over(wire).request(Call("subscriber.new", "POST", ("s",), text_allowed=True), soon())
    assert got.json == "subscriber_id:12"


@pytest.mark.parametrize("first", [NotReached("x"), CutOff("x"), answer(502)])
async def test_a_read_that_failed_fast_is_tried_once_more(first: RawAnswer | Exception) -> None:
    wire = ScriptedWire(first, answer())
    assert (await over(wire).request(READ, soon())).ok
    assert len(wire.sent) == 2
    wire = ScriptedWire(first)
    with pytest.raises(MinistryUnavailable):
        await over(wire).request(READ, soon())
    assert len(wire.sent) == 2, "once, not more"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("first", [NotReached("x"), CutOff("x"), answer(500), answer(429)])
async def test_a_write_is_sent_once(method: str, first: RawAnswer | Exception) -> None:
    wire = ScriptedWire(first, answer())
    with pytest.raises(MinistryError):
        await over(wire).request(Call("thing.write", method, ("things",)), soon())
    assert len(wire.sent) == 1


async def test_busy_is_not_asked_again() -> None:
    wire = ScriptedWire(answer(429), answer())
    with pytest.raises(MinistryBusy):
        await over(wire).request(READ, soon())
    assert len(wire.sent) == 1


@pytest.mark.parametrize(("takes", "given", "sendings"), [(0.1, 2.5, 2), (0.6, 2.5, 1), (0.4, 1.0, 1)])
async def test_a_slow_failure_or_too_little_time_is_not_tried_again(takes: float, given: float, sendings: int) -> None:
    clock = hand()
    wire = ScriptedWire(CutOff("x"), clock=clock, takes=takes)
    with pytest.raises(MinistryUnavailable):
        await over(wire, clock).request(READ, soon(given, clock))
    assert len(wire.sent) == sendings


@pytest.mark.parametrize(("given", "total"), [(4.0, 2.5), (1.2, 1.2)])
async def test_takes_the_earlier_of_the_hops_deadline_and_its_own(given: float, total: float) -> None:
    clock = hand()
    wire = ScriptedWire(CutOff("x"), clock=clock, takes=0.2)
    with pytest.raises(MinistryUnavailable):
        await over(wire, clock).request(READ, soon(given, clock))
    assert [budget[1] for budget in wire.budgets] == pytest.approx([total, total - 0.2])
    # A connect time-out always comes first: then it is certain that nothing was written.
    assert all(connect <= min(1.0, whole / 2) for connect, whole in wire.budgets)


async def test_without_time_nothing_is_sent() -> None:
    clock, noted = hand(), Noted()
    wire = ScriptedWire(answer())
    with pytest.raises(DeadlineExceeded):
        await over(wire, clock, noted).request(WRITE, soon(0.01, clock))
    assert not wire.sent and noted.calls == [("vemtas", "thing.make", "DeadlineExceeded")]


async def test_a_hostile_value_sends_nothing() -> None:
    wire = ScriptedWire(answer())
    with pytest.raises(InvalidValue):
        await over(wire).request(Call("thing.get", "GET", ("things", "../admin")), soon())
    assert not wire.sent


async def test_what_goes_out() -> None:
    wire = ScriptedWire(answer())
    await over(wire).request(Call("thing.make", "POST", ("a b",), (("q", "é&"),), {"x-more": "1"}, {}), soon())
    assert wire.sent == [("POST", "http://m.test/api/a%20b?q=%C3%A9%26")]
    assert wire.headers[0]["accept-encoding"] == "identity"
    assert {"x-key": "k", "x-more": "1", "content-type": "application/json"}.items() <= wire.headers[0].items()


async def test_an_open_breaker_answers_at_once_and_one_probe_closes_it() -> None:
    clock = hand()
    wire = ScriptedWire(*[CutOff("x")] * 4, answer())
    transport = over(wire, clock, breaker=BreakerLimits(failures=4, open_seconds=10))
    for _ in range(2):
        with pytest.raises(MinistryUnavailable):
            await transport.request(READ, soon(2, clock))
    assert len(wire.sent) == 4
    for call in (READ, WRITE):
        with pytest.raises(MinistryUnavailable, match="left alone"):
            await transport.request(call, soon(2, clock))
    assert len(wire.sent) == 4
    clock.advance(timedelta(seconds=10))
    assert (await transport.request(READ, soon(2, clock))).ok


@pytest.mark.parametrize("harmless", [answer(404), answer(429), answer(409)])
async def test_answers_however_unwelcome_do_not_open_the_breaker(harmless: RawAnswer) -> None:
    wire = ScriptedWire(harmless)
    transport = over(wire, breaker=BreakerLimits(failures=2))
    for _ in range(10):
        try:
            await transport.request(READ, soon())
        except MinistryBusy:
            continue
    assert len(wire.sent) == 10


async def test_nonsense_opens_the_breaker() -> None:
    wire = ScriptedWire(answer(200, b"<html>", {"content-type": "text/html"}))
    transport = over(wire, breaker=BreakerLimits(failures=3))
    for _ in range(10):
        with pytest.raises((MinistryContract, MinistryUnavailable)):
            await transport.request(READ, soon())
    assert len(wire.sent) == 3


@pytest.mark.parametrize(("given", "opens"), [(0.3, False), (2.5, True)])
async def test_a_hop_with_hardly_any_time_left_does_not_blame_the_ministry(given: float, opens: bool) -> None:
    clock = hand()
    wire = ScriptedWire(CutOff("TimeoutError"), clock=clock, takes=given + 0.01)
    transport = over(wire, clock, breaker=BreakerLimits(failures=2))
    for _ in range(6):
        with pytest.raises(MinistryUnavailable):
            await transport.request(READ, soon(given, clock))
    assert len(wire.sent) == (2 if opens else 6)


class HangingWire(ScriptedWire):
    """Answers when `go` is set."""

    def __init__(self) -> None:
        super().__init__(answer())
        self.go = asyncio.Event()
        self.inside = self.most = 0

    async def send(self, *args: object, **more: object) -> RawAnswer:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.go.wait()
        finally:
            self.inside -= 1
        return answer()


async def test_a_full_ministry_refuses_at_once_and_another_is_not_touched() -> None:
    wire = HangingWire()
    slow = over(wire, concurrency=3, queue=2, queue_seconds=60)
    quick = over(ScriptedWire(answer()), concurrency=3, queue=2)
    under_way = [asyncio.create_task(slow.request(READ, soon())) for _ in range(5)]
    await asyncio.sleep(0.01)
    for _ in range(20):
        refused = asyncio.create_task(slow.request(WRITE, soon()))
        await asyncio.sleep(0.001)
        assert refused.done(), "at once"
        with pytest.raises(MinistryBusy):
            await refused
    assert wire.most == 3
    assert (await quick.request(READ, soon())).ok
    wire.go.set()
    assert all(got.ok for got in await asyncio.gather(*under_way))


async def test_a_cancelled_call_gives_back_its_place_and_judges_nothing() -> None:
    wire = HangingWire()
    transport = over(wire, concurrency=1, queue=0, breaker=BreakerLimits(failures=1))
    task = asyncio.create_task(transport.request(WRITE, soon()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    wire.go.set()
    assert (await transport.request(READ, soon())).ok


async def test_logs_and_errors_carry_no_personal_data(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    call = Call("thing.get", "GET", ("canary",), (("phone", "canary"),), {"x": "canary"})
    for step in (answer(200, b'{"name": "canary"}'), answer(500, b'"canary"'), answer(200, b"canary"), CutOff("reset")):
        try:
            await over(ScriptedWire(step)).request(call, soon())
        except MinistryError as error:
            assert "canary" not in f"{error!r}{error.__cause__!r}"
    assert "canary" not in caplog.text
    assert "ministry=vemtas operation=thing.get result=2xx" in caplog.text
