"""The ministries' door: signatures, forms and limits; strangers' SDKs; every `webhook` entry."""

import asyncio
import base64
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from standardwebhooks import Webhook
from starlette.applications import Starlette

from gateway import webhooks
from gateway.doors.events import EventsDoor, events_routes
from gateway.settings import SettingsError
from services.backends.wire import NotReached, RawAnswer
from services.callbacks import CallbackDelivery
from services.records.callbacks import SqlCallbacks
from services.records.tables import EVENTS
from sms.templates import Composer
from storage.engine import create_engine
from storage.unit_of_work import Database
from tests.phone import Answer, request
from tests.read_once import load_pack, translator_for
from tests.services.notice_office import RULES, Office, close, office
from tests.services.town import LEYLA, START
from tests.whole import served

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
FORMER = "whsec_" + base64.b64encode(b"f" * 24).decode()
OTHERS = "whsec_" + base64.b64encode(b"o" * 32).decode()
SECRETS = (("aid", SECRET), ("aid", FORMER), ("asan", OTHERS))
SOURCE = RULES.sources["aid"].source
JSON = "application/cloudevents+json; charset=utf-8"
ENTRIES = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text("utf-8"))["inputs"]
    if entry["surface"] == "webhook"
}


@pytest.fixture
async def desk(clean_url: str) -> AsyncIterator[Office]:
    opened = office(clean_url)
    yield opened
    await close(opened)


def door(desk: Office, **more: Any) -> Starlette:
    made = EventsDoor(desk.store, RULES, SECRETS, desk.clock, **more)
    return Starlette(routes=events_routes(made))


def event(**changed: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "specversion": "1.0",
        "id": "evt-1",
        "source": SOURCE,
        "type": "application.granted",
        "subject": "7001",
        "time": "2026-11-23T06:00:00Z",
    }
    return {name: value for name, value in (base | changed).items() if value is not None}


def signed(body: bytes, id: str = "msg-1", secret: str = SECRET, at: datetime = START) -> dict[str, str]:
    """As an independent library signs it."""
    signature = Webhook(secret).sign(id, at, body.decode())
    stamp = str(int(at.timestamp()))
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature, "content-type": JSON}


def sign(source: str, message_id: str, at: datetime, body: bytes) -> dict[str, str] | None:
    """As we do."""
    return webhooks.sign([SECRET], message_id, at, body) if source == "aid" else None


async def post(app: Any, what: dict[str, Any] | bytes, **headers: str) -> Answer:
    body = what if isinstance(what, bytes) else json.dumps(what).encode()
    return await request(app, "POST", "/events", body=body, headers=signed(body) | headers)


def code(answer: Answer) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert problem["status"] == answer.status and problem["title"]
    return answer.status, problem["code"]


async def rows(desk: Office) -> list[Any]:
    async with desk.store.database.unit_of_work() as work:
        return list((await work.execute(select(EVENTS).order_by(EVENTS.c.id))).all())


# --- the journey ----------------------------------------------------------------------------------------


async def test_a_signed_event_is_202_and_becomes_one_message_to_the_right_person(desk: Office) -> None:
    woken: list[int] = []
    data = {
        "amount": {"value": "312.40", "currency": "AZN"},
        "contact": {"msisdn": LEYLA.e164, "language": "en"},
        "sequence": 3,
    }
    answer = await post(door(desk, wake=lambda: woken.append(1)), event(data=data))
    assert (answer.status, answer.body, woken) == (202, b"", [1])
    await desk.work()
    (message,) = await desk.messages()
    pack = load_pack("azerbaijan")
    composer = Composer(translator_for(pack), pack.sms.letters, pack.service_code)
    text = composer.compose(message.text_id, message.values, message.language).text
    assert message.to == LEYLA.e164 and "312.40" in text and "7001" in text
    (row,) = await rows(desk)
    assert message.event == row.id
    # Nothing of it stands in clear.
    assert b"7001" not in row.body and LEYLA.e164.encode() not in row.body


async def test_a_thousand_doubles_at_once_are_one_row_and_one_message(desk: Office) -> None:
    app = door(desk)
    answers = await asyncio.gather(*(post(app, event()) for _ in range(1000)))
    statuses = {answer.status for answer in answers}
    assert 202 in statuses and statuses <= {202, 429, 503}
    assert len(await rows(desk)) == 1
    await desk.work(2)
    assert len(await desk.messages()) == 1


# --- strangers that send --------------------------------------------------------------------------------


def stranger(**more: Any) -> CloudEvent:
    attributes = {"id": "evt-1", "source": SOURCE, "type": "application.granted", "subject": "7001"}
    return CloudEvent(attributes={**attributes, "time": START, **more}, data={"contact": {"msisdn": LEYLA.e164}})


async def test_the_sdks_of_others_send_structured_and_binary(desk: Office) -> None:
    app = door(desk)
    for number, write in enumerate((to_structured, to_binary)):
        message = write(stranger(id=f"sdk-{number}", sequence=str(number)), JSONFormat())
        body = message.body if isinstance(message.body, bytes) else message.body.encode()
        headers = signed(body, f"sdk-{number}") | {"content-type": ""}
        headers |= {name.lower(): value for name, value in message.headers.items()}
        answer = await request(app, "POST", "/events", body=body, headers=headers)
        assert answer.status == 202, answer.body
    first, second = await rows(desk)
    assert (first.source, first.event_id, second.event_id) == ("aid", "sdk-0", "sdk-1")
    await desk.work()
    assert len(await desk.messages()) == 1
    assert sorted(outcome for _, outcome, _ in await desk.events()) == ["stale", "told"]


async def test_binary_headers_are_percent_decoded_and_the_id_must_be_the_signed_one(desk: Office) -> None:
    app = door(desk)
    ce = {"ce-specversion": "1.0", "ce-source": SOURCE, "ce-type": "application.granted", "content-type": ""}
    ce |= {"ce-subject": "7001%20", "ce-id": "b-1"}
    thin = await request(app, "POST", "/events", headers=signed(b"", "b-1") | ce)
    assert thin.status == 202
    nul = await request(app, "POST", "/events", headers=signed(b"", "b-1") | ce | {"ce-subject": "70%0001"})
    assert code(nul) == (400, "malformed")
    other = await request(app, "POST", "/events", headers=signed(b"", "b-2") | ce)
    assert code(other) == (401, "signature")
    await desk.work()
    assert [message.subject for message in await desk.messages()] == ["7001"]


async def test_what_we_sign_others_verify() -> None:
    body = b'{"a": 1}'
    now = datetime.now(UTC)
    headers = webhooks.sign([SECRET, FORMER], "m-1", now, body)
    for secret in (SECRET, FORMER):
        Webhook(secret).verify(body.decode(), headers)
    assert webhooks.verify(SECRETS, headers, body, now) == {"aid"}


@given(
    st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()), st.binary()
)
def test_no_header_and_no_body_raises_anything_else(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(webhooks.SignatureRefused):
        webhooks.verify(SECRETS, headers, body, START)


@given(st.text(), st.text(alphabet="v1a,AZ= é"), st.binary(max_size=50))
def test_a_malformed_signature_is_only_refused(secret: str, signature: str, body: bytes) -> None:
    headers = {"webhook-id": "m", "webhook-timestamp": str(int(START.timestamp())), "webhook-signature": signature}
    with pytest.raises(webhooks.SignatureRefused):
        webhooks.verify([("aid", secret), ("aid", SECRET)], headers, body, START)


# --- what the door refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"id": None}, 400),
        ({"subject": None}, 400),
        ({"specversion": "0.3"}, 400),
        ({"type": 7}, 400),
        ({"data": []}, 400),
        ({"data": {"needs": "a"}}, 400),
        ({"data": {"amount": {"value": -1, "currency": "AZN"}}}, 400),
        ({"data": {"amount": {"value": "NaN", "currency": "AZN"}}}, 400),
        ({"data": {"available_from": "soon"}}, 400),
        ({"data": {"sequence": 2**63}}, 400),
        ({"id": "x" * 256}, 400),
        ({"id": "evt\0"}, 400),
        ({"type": "application.granted\0"}, 400),
        ({"type": "application\u0085granted"}, 400),
        ({"subject": "70\n01"}, 400),
        ({"source": SOURCE + "\x7f"}, 400),
        ({"source": "https://other.example/"}, 401),
    ],
)
async def test_malformed(desk: Office, changed: dict[str, Any], status: int) -> None:
    assert (await post(door(desk), event(**changed))).status == status
    assert await rows(desk) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 60_000, b'{"a":' * 9000])
async def test_no_body_whatever_breaks_the_door(desk: Office, body: bytes) -> None:
    headers = {"content-type": JSON, **webhooks.sign([SECRET], "m", START, body)}
    assert code(await request(door(desk), "POST", "/events", body=body, headers=headers))[0] == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/cloudevents-batch+json"},
        {"content-type": "application/json"},
        {"content-type": "text/plain"},
        {"content-type": "application/cloudevents+json; charset=latin-1"},
        {"content-encoding": "gzip"},
        {"content-type": "application/xml", "ce-specversion": "1.0"},
    ],
)
async def test_other_kinds_of_body(desk: Office, headers: dict[str, str]) -> None:
    assert code(await post(door(desk), event(), **headers))[0] == 415


async def test_the_handshake_of_cloudevents(desk: Office) -> None:
    headers = {"webhook-request-origin": "aid.example", "webhook-request-rate": "120"}
    answer = await request(door(desk), "OPTIONS", "/events", headers=headers)
    assert (answer.status, answer.headers["webhook-allowed-origin"]) == (200, "aid.example")
    assert answer.headers["webhook-allowed-rate"] == "*"


async def test_without_postgresql_the_sender_is_asked_to_come_again(desk: Office) -> None:
    nowhere = Database(create_engine("postgresql+asyncpg://nobody@127.0.0.1:9/none", pool_size=1))
    app = door(replace(desk, store=replace(desk.store, database=nowhere)))
    answer = await post(app, event())
    assert code(answer) == (503, "not_stored") and answer.headers["retry-after"] == "5"
    await nowhere.close()


async def test_a_body_that_never_ends_is_not_waited_for(desk: Office) -> None:
    answer = await request(door(desk), "POST", "/events", headers={"content-type": JSON}, chunks=[])
    assert answer.status in (400, 401, 408)


# --- every `webhook` entry, its own expectation ---------------------------------------------------------


@pytest.fixture(scope="module")
def asserted() -> Iterator[set[str]]:
    seen: set[str] = set()
    yield seen
    if len(seen) > 1:
        assert seen == set(ENTRIES)
        print(f"\nbad inputs: {len(seen)} of {len(ENTRIES)} webhook asserted")


def body_of(entry_id: str, **changed: Any) -> bytes:
    """The entry's own members over a well-formed event."""
    given_members = json.loads(ENTRIES[entry_id].get("json_text", "{}"))
    return json.dumps({**event(**changed), **given_members}).encode()


async def send(app: Any, body: bytes, **headers: str) -> int:
    return (await request(app, "POST", "/events", body=body, headers=signed(body) | headers)).status


async def test_webhook_signatures(desk: Office, asserted: set[str]) -> None:
    app, body = door(desk), body_of("webhook-001")
    unsigned = {"content-type": JSON}
    assert (await request(app, "POST", "/events", body=body, headers=unsigned)).status == 401  # 001
    assert await send(app, body, **ENTRIES["webhook-002"]["headers"]) == 401
    assert await send(app, body, **signed(body, secret=OTHERS)) == 401  # another ministry's secret
    for headers in (
        signed(body, at=START + timedelta(seconds=301)),  # 006
        signed(body, at=START - timedelta(seconds=301)),
        ENTRIES["webhook-007"]["headers"],
        signed(body, id=ENTRIES["webhook-008"]["headers"]["webhook-id"]),
    ):
        assert await send(app, body, **headers) == 401
    assert await rows(desk) == []
    good = signed(body)["webhook-signature"]
    many = ENTRIES["webhook-003"]["headers"]["webhook-signature"].replace("v1,<good>", good)
    assert await send(app, body, **{"webhook-signature": many}) == 202
    assert await send(app, body, **signed(body, secret=FORMER)) == 202
    assert await send(app, body, **signed(body, at=START + timedelta(seconds=300))) == 202
    assert len(await rows(desk)) == 1
    asserted |= {f"webhook-00{number}" for number in (1, 2, 3, 6, 7, 8)}


async def test_webhook_011_same_id_other_body(desk: Office, asserted: set[str]) -> None:
    counted: list[tuple[str, str]] = []
    app = door(desk, count=lambda *seen: counted.append(seen))
    assert (await post(app, event(data={"sequence": 1}))).status == 202
    changed = await post(app, event(type="application.refused", data={"sequence": 1}))
    assert code(changed) == (409, "event_changed") and counted[-1] == ("aid", "other_body")
    await desk.work()
    assert [message.kind for message in await desk.messages()] == ["granted"]
    asserted.add("webhook-011")


async def test_webhook_014_granted_and_refused(desk: Office, asserted: set[str]) -> None:
    app, told = door(desk), {"contact": {"msisdn": LEYLA.e164}, "sequence": 2}
    granted = {**told, "amount": {"value": 100, "currency": "AZN"}}
    assert (await post(app, event(data=granted))).status == 202
    assert (await post(app, event(id="evt-2", type="application.refused", data={**told, "reason": "no"}))).status == 202
    await desk.work(2)
    assert [message.kind for message in await desk.messages()] == ["granted"]
    assert desk.counted["aid", "conflict"] == 1 and (await desk.events())[1][:2] == ("dead", "conflict")
    asserted.add("webhook-014")


async def test_webhook_015_and_016_forward_compatible(desk: Office, asserted: set[str]) -> None:
    app = door(desk)
    assert await send(app, body_of("webhook-015")) == 202
    assert await send(app, body_of("webhook-016", id="evt-2")) == 202
    await desk.work()
    assert [outcome for _, outcome, _ in await desk.events()] == ["ignored", "told"]
    assert desk.counted["aid", "ignored"] == 1
    asserted |= {"webhook-015", "webhook-016"}


async def test_webhook_018_to_021_facts(desk: Office, asserted: set[str]) -> None:
    app = door(desk)
    answer = await request(app, "POST", "/events", body=body_of("webhook-018"), headers=signed(body_of("webhook-018")))
    assert code(answer) == (400, "malformed") and b"http" not in answer.body
    # Its `pickup_date` is our `available_from`.
    past = json.loads(ENTRIES["webhook-019"]["json_text"])["data"]["pickup_date"]
    facts = {"available_from": past, "place": {"name": "B"}, "contact": {"msisdn": LEYLA.e164}, "sequence": 1}
    assert (await post(app, event(id="19", type="application.ready_for_pickup", data=facts))).status == 202
    unknown = json.loads(ENTRIES["webhook-020"]["json_text"])["data"]["application"]
    assert (await post(app, event(id="20", subject=unknown, data={"service": "social_aid"}))).status == 202
    await desk.work()
    assert await desk.messages() == []
    # A number of the event itself comes first (decisions), but only one of this country: of the two rules both hold.
    given_number = json.loads(ENTRIES["webhook-021"]["json_text"])["data"]["phone"]
    for id, data in (("21a", {"phone": given_number}), ("21b", {"contact": {"msisdn": given_number}})):
        assert (await post(app, event(id=id, data=data))).status == 202
    await desk.work()
    assert [message.to for message in await desk.messages()] == [LEYLA.e164]
    assert [row[:2] for row in await desk.events()][:2] == [("dead", "implausible_date"), ("parked", "unknown_subject")]
    for _ in range(40):
        desk.town.later(minutes=50)
        await desk.work()
    assert (await desk.events())[1][:2] == ("dead", "unknown_subject")
    asserted |= {f"webhook-0{number}" for number in (18, 19, 20, 21)}


async def test_webhook_022_is_refused_before_it_is_read(desk: Office, asserted: set[str]) -> None:
    length = 20_000_000
    assert ENTRIES["webhook-022"]["gen"] == f"'x'*{length}"
    with served(door(desk)) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=30) as line:
            head = f"POST /events HTTP/1.1\r\nHost: a\r\nContent-Type: {JSON}\r\nContent-Length: {length}\r\n\r\n"
            # One octet of the body, and it is refused.
            line.sendall(head.encode() + b"x")
            assert (await asyncio.to_thread(line.recv, 4096)).startswith(b"HTTP/1.1 413")
    # Without a length it is read as far as the limit.
    chunks = [b"x" * 60_000, b"x" * 60_000, b"never read"]
    unmeasured = await request(door(desk), "POST", "/events", headers={"content-type": JSON}, chunks=chunks)
    assert code(unmeasured) == (413, "too_large")
    asserted.add("webhook-022")


class Deaf:
    """A wire that remembers where it was asked to go."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def send(self, method: str, url: str, *rest: Any, **more: Any) -> RawAnswer:
        self.asked.append(url)
        raise NotReached("deaf")


async def test_webhook_023_and_024_addresses_in_events_lead_nowhere(desk: Office, asserted: set[str]) -> None:
    app, wire = door(desk), Deaf()
    for number, entry_id in enumerate(("webhook-023", "webhook-024")):
        given_members = json.loads(ENTRIES[entry_id]["json_text"])
        body = json.dumps({**event(id=f"evt-{number}", data=given_members), **given_members}).encode()
        assert await send(app, body) == 202
    await desk.work()
    kept = SqlCallbacks(desk.store.sealer, desk.clock, desk.store.ids, frozenset({"aid"}))
    async with desk.store.database.unit_of_work() as work:
        for row in await rows(desk):
            await kept.undelivered(work, row.id, "blocked")
    ours = "https://aid.example/told"
    delivery = CallbackDelivery(
        desk.store.database.unit_of_work,
        kept,
        {"aid": ours},
        sign,
        wire,
        desk.clock,  # type: ignore[arg-type]
    )
    assert await delivery.deliver() == 2 and set(wire.asked) == {ours}
    # The environment's own address is held to https too.
    pack = load_pack("azerbaijan")
    urls = [json.loads(ENTRIES["webhook-023"]["json_text"])["callback_url"]]
    urls += json.loads(ENTRIES["webhook-024"]["json_text"])["callback_url"][:-1]
    for url in urls:
        with pytest.raises(SettingsError):
            pack.callbacks_for({"GUICHET_CALLBACK_VEMTAS_URL": url})
    asserted |= {"webhook-023", "webhook-024"}


async def test_webhook_025_a_burst_is_kept_or_told_to_wait(desk: Office, asserted: set[str]) -> None:
    """Fewer than on payday; what is asserted is the same: no 202 without its row, and all others may come again."""
    app, burst, cap = door(desk, most_waiting=300), 1200, 300
    statuses: list[int] = []
    for start in range(0, burst, 100):
        answers = await asyncio.gather(*(post(app, event(id=f"b-{start + n}")) for n in range(100)))
        for answer in answers:
            statuses.append(answer.status)
            assert answer.status == 202 or answer.headers["retry-after"] == "5"
        desk.clock.advance(timedelta(seconds=1))
    assert set(statuses) == {202, 429} and statuses.count(202) == len(await rows(desk))
    assert cap <= statuses.count(202) <= cap + 100
    asserted.add("webhook-025")


async def test_the_door_is_quick_enough_to_be_called_in_a_row(desk: Office) -> None:
    """No bound, a figure: one event, one insert, over ASGI."""
    app, started = door(desk), time.perf_counter()
    for number in range(100):
        assert (await post(app, event(id=f"q-{number}"))).status == 202
    print(f"\nevents door: {(time.perf_counter() - started) * 10:.2f} ms an event, one after the other")
