"""The simulated aggregator: what it posts, what it understands, and how loudly it complains."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.aggregator import routes
from sandbox.air import carry, costs
from sandbox.calls import parts_dialled
from sandbox.countries import NETWORKS
from sandbox.networks import Network
from sandbox.switch import Limits, Switch
from sandbox.wire import Wire
from tests.serving import serving
from tests.until import until

SECRET = "kept-to-ourselves"
AZERCELL = NETWORKS["40001"]
CALLER = "+994501234501"


@dataclass(slots=True)
class Gateway:
    """A gateway that records what it is sent and says what the test tells it to."""

    url: str = ""
    seen: list[tuple[str, str, str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    says: Callable[[int], Response] = lambda turn: PlainTextResponse(f"CON screen {turn}")

    @property
    def hops(self) -> list[dict[str, str]]:
        return [fields for _, path, _, fields, _ in self.seen if path.endswith("/ussd")]

    @property
    def ends(self) -> list[dict[str, str]]:
        return [fields for _, path, _, fields, _ in self.seen if path.endswith("/ussd-end")]

    async def take(self, request: Request) -> Response:
        raw = (await request.body()).decode() if request.method == "POST" else request.url.query
        fields = dict(parse_qsl(raw, keep_blank_values=True))
        self.seen.append((request.method, request.url.path, raw, fields, dict(request.headers)))
        return Response() if request.url.path.endswith("-end") else self.says(len(self.hops))


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = Starlette(routes=[Route("/{rest:path}", gateway.take, methods=["GET", "POST"])])
    async with serving(app) as gateway.url:
        yield gateway


def switch_to(gateway: Gateway, limits: Limits | None = None) -> Switch:
    return Switch(Wire(gateway.url, SECRET, seconds=1.0), limits=limits or Limits())


def named(name: str, text: str) -> Response:
    return PlainTextResponse(text, headers={"at-ussd-hop-metadata": name})


async def test_hops_are_posted_as_africas_talking_posts_them(gateway: Gateway) -> None:
    screens = {1: ("home", "CON Home"), 2: ("ask", "CON Number?"), 3: ("done", "END Granted")}
    gateway.says = lambda turn: named(*screens[turn])
    switch = switch_to(gateway)
    turn = await switch.dial(CALLER, "*123#", AZERCELL, "africastalking", "none")
    await switch.answer(turn.call.session, "1")
    turn = await switch.answer(turn.call.session, "41*00")
    assert [hop["text"] for hop in gateway.hops] == ["", "1", "1*41*00"]
    method, path, raw, fields, _ = gateway.seen[0]
    assert (method, path) == ("POST", f"/africastalking/{SECRET}/ussd")
    assert list(fields) == ["sessionId", "serviceCode", "phoneNumber", "networkCode", "text"]
    assert "phoneNumber=%2B994501234501" in raw
    assert "serviceCode=%2A123%23" in raw
    assert fields["sessionId"].startswith("ATUid_")
    assert len(fields["sessionId"]) >= 32
    assert [headers.get("at-ussd-hop-metadata") for *_, headers in gateway.seen[:3]] == [None, "home", "ask"]
    assert (turn.screen.text, turn.goes_on) == ("Granted", False)


async def test_the_end_of_a_session_is_told_with_every_documented_field(gateway: Gateway) -> None:
    gateway.says = lambda turn: named(f"s{turn}", "END Bye" if turn == 2 else "CON Home")
    switch = switch_to(gateway)
    turn = await switch.dial(CALLER, "*123#", AZERCELL, "africastalking", "none")
    await switch.answer(turn.call.session, "1")
    [end] = gateway.ends
    assert set(end) == {
        "date", "sessionId", "serviceCode", "networkCode", "phoneNumber", "status", "cost",
        "durationInMillis", "hopsCount", "hopsMetadata", "input", "lastAppResponse",
    }  # fmt: skip
    assert (end["status"], end["hopsCount"], end["hopsMetadata"], end["input"]) == ("Success", "2", "s1|s2", "1")
    assert end["lastAppResponse"] == "END Bye"


async def test_direct_dial_arrives_as_text_typed_before(gateway: Gateway) -> None:
    switch = switch_to(gateway)
    await switch.dial(CALLER, "*123*1*41000018#", AZERCELL, "africastalking", "none")
    await switch.dial(CALLER, "*123*1*41000018#", AZERCELL, "flares", "none")
    assert gateway.hops[0]["text"] == "1*41000018"
    assert gateway.hops[0]["serviceCode"] == "*123#"
    assert gateway.hops[1]["input"] == "123*1*41000018"


async def test_the_flares_door_sends_the_latest_input_only(gateway: Gateway) -> None:
    gateway.says = lambda turn: PlainTextResponse(f"screen {turn}", headers={"Freeflow": "FC"})
    switch = switch_to(gateway)
    turn = await switch.dial(CALLER, "*123#", AZERCELL, "flares", "none")
    for typed in ("1", "41000018"):
        turn = await switch.answer(turn.call.session, typed)
    assert [hop["input"] for hop in gateway.hops] == ["123", "1", "41000018"]
    assert list(gateway.hops[0]) == ["SessionID", "MSISDN", "MSC", "input"]
    assert gateway.hops[0]["MSISDN"] == "994501234501"
    assert (turn.screen.text, turn.goes_on) == ("screen 3", True)
    await switch.hang_up(turn.call.session)
    assert list(gateway.ends[0]) == ["SessionID", "msisdn", "clean", "error"]


async def test_a_flares_session_that_ends_well_needs_no_cleaning(gateway: Gateway) -> None:
    gateway.says = lambda turn: PlainTextResponse("Bye", headers={"Freeflow": "FB"})
    turn = await switch_to(gateway).dial(CALLER, "*123#", AZERCELL, "flares", "none")
    assert (turn.goes_on, gateway.ends) == (False, [])


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (PlainTextResponse("CON x", 404), "HTTP 404"),
        (PlainTextResponse("con x"), "does not begin"),
        (PlainTextResponse(" CON x"), "does not begin"),
        (PlainTextResponse("\ufeffCON x"), "does not begin"),
        (PlainTextResponse("END "), "empty"),
    ],
)
async def test_an_answer_that_is_no_screen_loses_the_session(
    gateway: Gateway, answer: Response, complaint: str
) -> None:
    gateway.says = lambda turn: answer
    turn = await switch_to(gateway).dial(CALLER, "*123#", AZERCELL, "africastalking", "none")
    assert not turn.goes_on
    assert complaint in turn.warnings[0]
    assert gateway.ends[0]["status"] == "Failed"
    assert complaint in gateway.ends[0]["errorMessage"]


async def test_a_gateway_that_is_away_or_slow_is_said_without_its_address(gateway: Gateway) -> None:
    away = Switch(Wire("http://127.0.0.1:1", SECRET, seconds=1.0))
    turn = await away.dial(CALLER, "*123#", AZERCELL, "africastalking", "none")
    assert "cannot be reached" in turn.warnings[0]
    assert SECRET not in repr([hop.shown() for hop in turn.hops])
    impatient = Switch(Wire(gateway.url, SECRET, seconds=0.0001))
    turn = await impatient.dial(CALLER, "*123#", AZERCELL, "africastalking", "none")
    assert "no answer within" in turn.warnings[0]


@pytest.mark.parametrize("fault", ["double", "repeat"])
async def test_a_hop_sent_twice_is_the_same_hop(gateway: Gateway, fault: str) -> None:
    gateway.says = lambda turn: PlainTextResponse("CON same")
    turn = await switch_to(gateway).dial(CALLER, "*123#", AZERCELL, "africastalking", fault)  # type: ignore[arg-type]
    assert gateway.hops[0] == gateway.hops[1]
    assert (len(turn.hops), turn.warnings) == (2, ())


async def test_two_answers_to_one_hop_are_reported(gateway: Gateway) -> None:
    turn = await switch_to(gateway).dial(CALLER, "*123#", AZERCELL, "africastalking", "repeat")
    assert turn.warnings == ("the same hop, sent twice, gave two different answers",)
    assert turn.screen.text == "screen 2"


async def test_a_dropped_session_is_incomplete_and_its_screen_never_seen(gateway: Gateway) -> None:
    switch = switch_to(gateway)
    turn = await switch.dial(CALLER, "*123#", AZERCELL, "africastalking", "drop")
    assert turn.goes_on
    turn = await switch.answer(turn.call.session, "1")
    assert (turn.screen.text, turn.goes_on) == ("Connection lost.", False)
    assert gateway.ends[0]["status"] == "Incomplete"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [(Limits(idle=0.05), "nothing typed"), (Limits(session=0.05), "the session's time is over")],
)
async def test_a_network_does_not_wait_for_ever(gateway: Gateway, limits: Limits, reason: str) -> None:
    switch = switch_to(gateway, limits)
    turn = await switch.dial(CALLER, "*123#", AZERCELL, "africastalking", "none")
    await until(lambda: gateway.ends)
    assert gateway.ends[0]["status"] == "Incomplete"
    assert reason in switch.over(turn.call.session)


async def test_another_code_never_leaves_the_network(gateway: Gateway) -> None:
    turn = await switch_to(gateway).dial(CALLER, "*1234#", AZERCELL, "africastalking", "none")
    assert (turn.goes_on, gateway.seen) == (False, [])


async def test_old_sessions_are_forgotten_before_memory_is(gateway: Gateway) -> None:
    switch = switch_to(gateway, Limits(calls=3))
    for _ in range(5):
        await switch.dial(CALLER, "*123#", AZERCELL, "africastalking", "none")
    assert len(switch.calls) == len(switch.timers) == 3


# The JSON API -----------------------------------------------------------------------------------------


async def call(gateway: Gateway, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, object]]:
    """One request to the API, straight into the ASGI application: no port needed."""
    app = Starlette(routes=routes(gateway.url, SECRET))
    return await ask(app, method, path, body)


async def ask(app: Starlette, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, object]]:
    sent: list[dict[str, object]] = []
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "headers": [], "scheme": "http", "server": ("sandbox", 80),
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    content = b"".join(message.get("body", b"") for message in sent)  # type: ignore[misc]
    return sent[0]["status"], json.loads(content)  # type: ignore[return-value]


async def test_a_script_dials_answers_and_hangs_up_over_json(gateway: Gateway) -> None:
    app = Starlette(routes=routes(gateway.url, SECRET))
    body = json.dumps({"msisdn": CALLER, "code": "*123#", "network": "40001", "door": "africastalking"}).encode()
    status, dialled = await ask(app, "POST", "/handset/api/dial", body)
    assert status == 200
    assert dialled["screen"] == {
        "text": "screen 1", "goes_on": True, "alphabet": "GSM-7", "units": 8, "budget": 182,
        "forced_by": "", "cut": False, "name": "",
    }  # fmt: skip
    assert SECRET not in json.dumps(dialled)
    assert "/africastalking/•••/ussd" in json.dumps(dialled, ensure_ascii=False)
    session = str(dialled["session"])
    assert await ask(app, "GET", f"/handset/api/session?id={session}") == (200, {"live": True, "over": ""})
    status, answered = await ask(
        app, "POST", "/handset/api/answer", json.dumps({"session": session, "input": "1"}).encode()
    )
    assert (status, answered["screen"]["text"]) == (200, "screen 2")  # type: ignore[index]
    assert (await ask(app, "POST", "/handset/api/hangup", json.dumps({"session": session}).encode()))[0] == 200
    status, gone = await ask(
        app, "POST", "/handset/api/answer", json.dumps({"session": session, "input": "1"}).encode()
    )
    assert (status, gone["over"]) == (410, "the citizen hung up")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'{"msisdn": 7}', b"\xff", b"[" * 4000, b'"' + b"x" * 9000 + b'"',
        b'{"msisdn": "994501234501"}', b'{"msisdn": "+994501234501", "code": "*12 3#"}',
        b'{"msisdn": "+994501234501", "network": "1"}', b'{"msisdn": "+994501234501", "fault": "all"}',
    ],
)  # fmt: skip
async def test_a_senseless_dial_is_refused_with_a_reason(gateway: Gateway, body: bytes) -> None:
    status, told = await call(gateway, "POST", "/handset/api/dial", body)
    assert (status, list(told)) == (400, ["error"])
    assert gateway.seen == []


async def test_the_page_is_told_what_it_may_offer(gateway: Gateway) -> None:
    _, offered = await call(gateway, "GET", "/handset/api/networks")
    assert [network["code"] for network in offered["networks"]] == ["40001", "40002", "40004", "99999"]
    assert offered["service_code"] == "*123#"
    assert offered["numbers"]
    assert await call(gateway, "GET", "/handset/api/inbox?msisdn=%2B994501234501") == (
        200,
        {"msisdn": CALLER, "messages": []},
    )
    assert (await call(gateway, "GET", "/handset/api/inbox?msisdn=x"))[0] == 400


# What the air carries ---------------------------------------------------------------------------------


def test_the_cost_of_a_screen_is_counted_by_a_stranger() -> None:
    assert costs("a€[") == ("GSM-7", [1, 2, 2], "")
    assert costs("əa😀") == ("UCS-2", [1, 1, 2], "ə😀")
    assert costs("Çç")[0] == "UCS-2"
    assert carry("a" * 182, AZERCELL).warnings == ()
    cut = carry("a" * 181 + "€", AZERCELL)
    assert (cut.text, cut.units, cut.cut) == ("a" * 181, 183, True)
    assert carry("ş" * 81, AZERCELL).text == "ş" * 80
    assert carry("Xoş", Network("1", "Old", ucs2="no")).text == "Xo?"


@given(st.text(max_size=300))
def test_what_arrives_always_fits_and_is_the_beginning_of_what_was_sent(text: str) -> None:
    carried = carry(text, AZERCELL)
    assert text.startswith(carried.text)
    alphabet, prices, _ = costs(text)
    assert sum(prices[: len(carried.text)]) <= carried.budget
    assert (alphabet == "GSM-7") == (carried.budget == 182)


@pytest.mark.parametrize(
    ("dialled", "parts"),
    [("*123#", []), ("*123*1#", ["1"]), ("*123*1*REF#", ["1", "REF"]), ("*1234#", None), ("*12#", None)],
)
def test_a_direct_dial_is_the_parts_after_the_service_code(dialled: str, parts: list[str] | None) -> None:
    assert parts_dialled(dialled, "*123#") == parts
