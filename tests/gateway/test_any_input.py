"""Any text in any order of hops: always a well-formed screen, never a 500, never another's data."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.redis_client import RedisClient
from tests.amounts import amount, turned
from tests.databases import Databases
from tests.phone import request
from tests.screens import assert_well_formed
from tests.whole import Stage, Whole, whole

# What only one of the two may read (sandbox/README.md: whose application is whose).
MARKS = {"+994501234501": ("312.40", "312,40"), "+994501234508": ("420.75", "420,75")}
REFERENCES = {"+994501234501": "41000019", "+994501234508": "41000081"}
STRANGER = "+994501234599"
NETWORKS = ("40001", "40004", "99999", "00000", "")

_sessions = count(1)
SHALLOW = settings(
    max_examples=amount(40, 150),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

keys = st.sampled_from(
    ["1", "2", "3", "4", "5", "6", "0", "00", "98", "99", "", "*", "#", "12051990", "918273", *REFERENCES.values()]
)
texts = st.one_of(
    keys,
    keys,
    st.text(max_size=40),
    st.text(alphabet="*#+0123456789", max_size=30),
    st.text(alphabet="\x00\x07\x1b\r\n\u200b\u202e\u2066\ufeff\ue000\ud7ff{}[]€^əğıÇ١۱１²ⅠＡ😀é", max_size=20),
    st.binary(max_size=12).map(lambda octets: octets.decode("utf-8", "surrogateescape")),
)


@dataclass
class Caller:
    """One telephone: its session, its history and what it is about to send."""

    msisdn: str
    session: str
    network: str
    history: list[str] = field(default_factory=list)

    def body(self, history: str, msisdn: str = "") -> bytes:
        pairs = {
            "sessionId": self.session,
            "serviceCode": "*123#",
            "phoneNumber": msisdn or self.msisdn,
            "networkCode": self.network,
            "text": history,
        }
        return "&".join(
            f"{name}={quote_from_bytes(value.encode('utf-8', 'surrogateescape'))}" for name, value in pairs.items()
        ).encode()


@pytest.fixture(scope="module")
async def running(
    databases: Databases, migrated_url: str, redis_url: str, ministries: tuple[Stage, str]
) -> AsyncIterator[Whole]:
    client = RedisClient(redis_url, timeout=30)
    await client.execute("FLUSHALL")
    await client.close()
    async with whole(await databases.emptied(migrated_url), redis_url, *ministries) as started, known(started):
        yield started


@asynccontextmanager
async def known(started: Whole) -> AsyncIterator[None]:
    """Both have chosen English, and each can read her own amount: the marks are there to be leaked."""
    for msisdn, marks in MARKS.items():
        caller = Caller(msisdn, f"begin-{msisdn}", "40001")
        screen = ""
        for history in ("", "2", "2*1", f"2*1*{REFERENCES[msisdn]}"):
            screen = await hop(started, caller, history)
        assert any(mark in screen for mark in marks), screen
    yield


async def hop(running: Whole, caller: Caller, history: str, msisdn: str = "") -> str:
    path = "/africastalking/demo/ussd"
    answer = await request(running.app, "POST", path, body=caller.body(history, msisdn))
    return assert_well_formed(answer, caller.network)


def shows_nobody_else(screen: str, reader: str) -> None:
    for owner, marks in MARKS.items():
        assert owner == reader or not any(mark in screen for mark in marks), (reader, screen)


@pytest.fixture(autouse=True)
def nothing_breaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A fault of ours is answered with a polite screen too: here it must not hide behind it."""
    yield
    assert not [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]


moves = st.tuples(
    st.integers(0, 1),  # which of the two
    st.sampled_from(["type", "type", "type", "type", "repeat", "shorter", "altered", "anew", "stranger", "swap"]),
    texts,
    st.sampled_from(NETWORKS),  # she may change networks in the middle of a screen's pages
)


@pytest.mark.long
@SHALLOW
@given(
    st.lists(moves, min_size=1, max_size=10),
    st.booleans(),
    # Whether each stands at her own amount already, when it begins.
    st.tuples(st.booleans(), st.booleans()),
)
async def test_any_order_of_hops_of_two_callers_and_a_stranger(
    running: Whole, script: list[tuple[int, str, str, str]], same_session: bool, begun: tuple[bool, bool]
) -> None:
    serial = next(_sessions)
    callers = [
        Caller(msisdn, f"any-{serial}-{0 if same_session else place}", "40001") for place, msisdn in enumerate(MARKS)
    ]
    for caller, leap in zip(callers, begun, strict=True):
        for key in ("", "1", REFERENCES[caller.msisdn]) if leap else ():
            caller.history = [*caller.history, key] if key else []
            await hop(running, caller, "*".join(caller.history))
    for who, move, text, network in script:
        caller, other = callers[who], callers[1 - who]
        caller.network = network
        reader, history = caller.msisdn, caller.history
        match move:
            case "type":
                history = caller.history = [*history, text]
                sent = "*".join(history)
            case "repeat":
                sent = "*".join(history)
            case "shorter":
                sent = "*".join(history)[: len("*".join(history)) // 2]
            case "altered":
                sent = "*".join([text, *history])
            case "anew":
                caller.history, sent = [], ""
            case "stranger":
                # Somebody who knows her session id and all that she typed.
                reader, sent = STRANGER, "*".join(history)
            case _:
                # The other one's history, sent on this one's session.
                sent = "*".join(other.history)
        shows_nobody_else(await hop(running, caller, sent, reader), reader)


@pytest.mark.long
@SHALLOW
@given(st.lists(texts, max_size=8), st.sampled_from(NETWORKS))
async def test_any_text_on_any_screen(running: Whole, typed: list[str], network: str) -> None:
    """A deep walk by one caller, each screen within the network's budget."""
    caller = Caller("+994501234508", f"deep-{next(_sessions)}", network)
    shows_nobody_else(await hop(running, caller, ""), caller.msisdn)
    for text in typed:
        caller.history.append(text)
        shows_nobody_else(await hop(running, caller, "*".join(caller.history)), caller.msisdn)


@pytest.mark.long
@SHALLOW
@given(st.lists(texts, min_size=1, max_size=6), st.sampled_from(NETWORKS))
async def test_any_text_through_the_other_door(running: Whole, typed: list[str], network: str) -> None:
    session = f"flares-{next(_sessions)}"
    for text in ["123", *typed]:
        shown = quote_from_bytes(text.encode("utf-8", "surrogateescape"))
        query = f"SessionID={session}&MSISDN={STRANGER[1:]}&MSC={network}&input={shown}"
        answer = await request(running.app, "GET", "/flares/demo/ussd", query)
        assert answer.status == 200
        assert answer.headers["freeflow"] in ("FC", "FB")
        shows_nobody_else(answer.text, STRANGER)


bodies = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.tuples(
            st.sampled_from(["sessionId", "phoneNumber", "serviceCode", "networkCode", "text", "status", "cost",
                             "durationInMillis", "hopsCount", "hopsMetadata", "input", "%00", ""]),
            st.one_of(texts, st.sampled_from(["+994501234599", "%", "%zz", "İ" * 16, "9" * 30, "a|b|" * 100])),
        ),
        max_size=9,
    ).map(lambda pairs: "&".join(
        f"{name}={quote_from_bytes(value.encode('utf-8', 'surrogateescape'))}" for name, value in pairs
    ).encode()),
)  # fmt: skip


@pytest.mark.long
@SHALLOW
@given(bodies)
async def test_any_body_at_every_door(running: Whole, body: bytes) -> None:
    assert_well_formed(await request(running.app, "POST", "/africastalking/demo/ussd", body=body), "")
    ended = await request(running.app, "POST", "/africastalking/demo/ussd-end", body=body)
    assert ended.status in (200, 400), ended
    query = body.decode("latin-1").encode("ascii", "ignore").decode()
    assert (await request(running.app, "GET", "/flares/demo/ussd", query)).status == 200
    assert (await request(running.app, "GET", "/flares/demo/ussd-end", query)).status in (200, 400)


ENDS = {"sessionId": "s", "phoneNumber": "+994501234599", "status": "Success", "hopsMetadata": "home"}


@pytest.mark.long
@SHALLOW
@given(st.sampled_from([*ENDS, "cost", "networkCode", "durationInMillis", "hopsCount"]), st.one_of(texts, st.text()))
async def test_any_field_of_an_end_of_session(running: Whole, name: str, value: str) -> None:
    pairs = {**ENDS, "sessionId": f"end-{next(_sessions)}", name: value}
    body = "&".join(f"{n}={quote_from_bytes(v.encode('utf-8', 'surrogateescape'))}" for n, v in pairs.items())
    answer: Any = await request(running.app, "POST", "/africastalking/demo/ussd-end", body=body.encode())
    assert answer.status in (200, 400), answer


async def test_an_outcome_that_grows_in_small_letters_is_stored(running: Whole) -> None:
    body = "sessionId=grown&phoneNumber=%2B994501234599&status=" + quote_from_bytes(("İ" * 16).encode())
    answer = await request(running.app, "POST", "/africastalking/demo/ussd-end", body=body.encode())
    assert answer.status == 200


# What a ministry may answer at its worst; hanging ones cost seconds and are tried elsewhere.
FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "value": 500},
    {"kind": "status", "value": 404},
    {"kind": "status", "value": 429},
    {"kind": "cut"},
    {"kind": "cut", "value": 20},
    {"kind": "cut_after_write"},
    {"kind": "html"},
    {"kind": "wrong_type"},
    {"kind": "truncated_json"},
    {"kind": "huge", "value": 3_000_000},
    {"kind": "deep"},
    {"kind": "redirect", "value": "http://127.0.0.1:9/"},
    {"kind": "empty"},
    {"kind": "double"},
]
WALKS = (
    ("1", "41000019", "1", "1", "1", "1"),
    ("2", "41000019", "1", "1", "1"),
    ("3", "1", "1", "1", "1", "1", "1"),
    ("3", "2", "1", "1", "1"),
    ("4", "1", "98", "98", "98", "1", "Ada Lovelace", "12051990", "1", "1", "100", "2", "2", "1", "1", "1"),
    ("5", "1"),
    ("6", "1", "1"),
)

# Of 404 the ministry's own meaning is told.
TOLD = ("ry again", "few minutes", "We find no application")


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values()))[:24])
async def test_any_broken_answer_of_a_ministry_is_a_screen(running: Whole, fault: dict[str, Any]) -> None:
    """The fault strikes the first, the second, … call of each walk; the screens stay screens."""
    told, turn = 0, FAULTS.index(fault)
    for number, walk in enumerate(WALKS):
        for spared in turned(range(3), number + turn, 3):
            caller = Caller("+994501234501", f"fault-{next(_sessions)}", "40004")
            # The ministries' breakers close again; the day goes on.
            running.clock.advance(timedelta(minutes=2))
            if "1 Continue" in await hop(running, caller, ""):
                caller.history = ["2"]
                await hop(running, caller, "2")
            for place, typed in enumerate(walk):
                caller.history.append(typed)
                if place == spared:
                    await control(running, "POST", fault | {"ministry": "*"})
                screen = await hop(running, caller, "*".join(caller.history))
                told += any(words in screen for words in TOLD)
            await control(running, "DELETE", {})
    assert told, "no fault was met: the walks prove nothing"


async def control(running: Whole, method: str, rule: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    answer = await request(running.sandbox, method, "/sandbox/faults", body=json.dumps(rule).encode(), headers=headers)
    assert answer.status < 300, answer.body
