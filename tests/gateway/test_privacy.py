"""Canaries: her PIN, number, name, birth date and the callback secret are planted, and found nowhere."""

import asyncio
import base64
import gc
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from domain.msisdn import Msisdn
from gateway.worker import Chore, Worker
from services.background import Background
from services.use_cases import USE_CASES
from storage.keys import KeyRing
from storage.redis_client import RedisClient
from storage.session_sealing import SessionSealer
from tests.canaries import Recorder, disguises, everything_logged, hits, in_postgresql, in_redis
from tests.listening import listening
from tests.phone import AfricasTalkingPhone, Screen, request
from tests.whole import KEYS, Stage, Whole, whole
from ussd_menus.session_store import session_keys

PIN, WRONG_PIN, NEXT_PIN = "918273", "736455", "364918"
HERS = "+994501234577"
NAME = "Zarqvina Kanarey"
SECRET = "canary-callback-secret-5f0c9a7e"
HER_BIRTH = "1987-05-17"
CANARIES = (
    *(PIN, WRONG_PIN, NEXT_PIN),
    *(HERS, HERS[1:], HERS[4:], HERS[6:]),
    *("Zarqvina", "Kanarey"),
    *(HER_BIRTH, "17051987", "17.05.1987"),
    SECRET,
)
# Another's, that she links to her number by the key on its slip.
REFERENCE, FACT = "41000056", "218360"


class Telephone(AfricasTalkingPhone):
    """Remembers what it showed."""

    seen: list[str]

    async def hop(self, **changed: str) -> Screen:
        screen = await super().hop(**changed)
        self.__dict__.setdefault("seen", []).append(screen.text)
        return screen


@dataclass
class Searched:
    """A gateway in which canaries were planted, and where to look for them."""

    whole: Whole
    url: str
    redis: RedisClient
    log: Recorder
    phones: list[Telephone] = field(default_factory=list)

    def phone(self) -> Telephone:
        self.phones.append(Telephone(self.whole.app, HERS, secret=SECRET))
        return self.phones[-1]

    async def play(self, *typed: str, phone: Telephone | None = None) -> tuple[Telephone, Screen]:
        """Dial (unless under way) and type."""
        screen = Screen("", True)
        if phone is None:
            phone = self.phone()
            screen = await phone.dial()
            if screen.name == "resume_offer":
                screen = await phone.answer("2")
        for key in typed:
            screen = await phone.answer(key)
        return phone, screen

    async def fault(self, **rule: Any) -> None:
        answer = await request(self.whole.sandbox, "POST", "/sandbox/faults", body=json.dumps(rule).encode(),
                               headers={"content-type": "application/json"})  # fmt: skip
        assert answer.status == 201, answer.body

    async def look(self) -> dict[str, list[str]]:
        """Where canaries were found: nothing is the answer."""
        tables = await in_postgresql(self.url)
        assert sum(map(len, tables.values())) > 5, "nothing was stored: the search proves nothing"
        stored = await in_redis(self.redis)
        assert stored
        page = (await request(self.whole.app, "GET", "/metrics")).text
        labels = [
            f"{sample.name} {sample.labels}".encode()
            for family in text_string_to_metric_families(page)
            for sample in family.samples
        ]
        places = {
            "log": [line.encode() for line in self.log.lines],
            "redis": stored,
            "metrics": labels,
            **{f"table {name}": values for name, values in tables.items()},
        }
        found = {place: hits(CANARIES, values) for place, values in places.items()}
        return {place: canaries for place, canaries in found.items() if canaries}

    async def session(self, phone: Telephone) -> bytes:
        """The octets of her session, unsealed."""
        sealer = SessionSealer(KeyRing.parse(KEYS))
        name = session_keys(sealer, "africastalking", phone.session, Msisdn.parse(HERS)).redis[0]
        return sealer.unseal(bytes(await self.redis.execute("GET", name)), name.encode())


@pytest.fixture
def log() -> Iterator[Recorder]:
    with everything_logged() as recorder:
        yield recorder


@pytest.fixture
async def searched(
    clean_url: str, redis_url: str, redis: RedisClient, ministries: tuple[Stage, str], log: Recorder
) -> AsyncIterator[Searched]:
    async with whole(clean_url, redis_url, *ministries, callback_secrets=SECRET) as running:
        yield Searched(running, clean_url, redis, log)


CONSENT = ("98", "98", "98", "1")
FORM = (NAME, "17051987", "1", "1", "100", "2")


async def opened_account(searched: Searched) -> None:
    """English, an account, a PIN that is typed twice, and wrong once before."""
    phone, screen = await searched.play("2", "6", "3", "1", PIN)
    assert screen.name == "create_again"
    for octets in (await searched.session(phone), *await in_redis(searched.redis)):
        assert not hits([PIN], [octets]), "the PIN lies in the session, unsealed"
    _, screen = await searched.play(WRONG_PIN, PIN, PIN, phone=phone)
    assert screen.name == "account_created"
    assert await searched.look() == {}


async def test_a_pin_is_found_nowhere(searched: Searched) -> None:
    await opened_account(searched)
    phone, screen = await searched.play("6", "1")
    assert screen.name == "pin"
    _, screen = await searched.play(WRONG_PIN, PIN, phone=phone)
    assert screen.name == "mine_none"
    assert not hits(CANARIES, [await searched.session(phone)])
    # Changed, and every hop after it repeats both in its history.
    _, screen = await searched.play("00", "6", "3", PIN, NEXT_PIN, NEXT_PIN, "00", "5", "1", phone=phone)
    assert screen.name.startswith("documents")
    assert NEXT_PIN in phone.history
    assert not hits(CANARIES, [await searched.session(phone)])
    assert await searched.look() == {}


async def test_form_link_and_visit_leave_nothing_in_clear(searched: Searched) -> None:
    await opened_account(searched)
    phone, screen = await searched.play("4", "1", PIN, *CONSENT, *FORM)
    assert screen.name == "apply_form"
    assert await searched.look() == {}, "half way: the draft"
    # What she answered is read back on two pages.
    _, screen = await searched.play("2", "1", "1", phone=phone)
    assert screen.name == "apply_submitted"
    assert await searched.look() == {}
    _, screen = await searched.play("00", "3", "1", "1", "2", "3", "2", "1", phone=phone)
    assert screen.name == "visit_booked"
    assert await searched.look() == {}
    other, screen = await searched.play("1", REFERENCE)
    if screen.name == "pin":
        _, screen = await searched.play(PIN, phone=other)
    assert screen.name == "status_state"
    _, screen = await searched.play("1", PIN, phone=other)
    assert screen.name == "link_key"
    _, screen = await searched.play(FACT, phone=other)
    assert screen.name == "status_action_required", screen
    assert await searched.look() == {}
    facts = [REFERENCE, FACT, "1995-09-08", "Səbinə"]
    stored = [value for values in (await in_postgresql(searched.url)).values() for value in values]
    said = [line.encode() for line in searched.log.lines]
    assert not hits(facts, [*stored, *said, *await in_redis(searched.redis)])


async def test_failures_tell_no_more_than_their_kind(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    await opened_account(searched)
    words = f"{PIN} of {HERS}, {NAME}, {HER_BIRTH}, {SECRET}"

    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError(words)

    # A ministry that fails while the form is on its way; then one that answers nonsense.
    for kind in ({"kind": "status", "value": 500}, {"kind": "cut_after_write"}, {"kind": "truncated_json"}):
        await searched.fault(ministry="vemtas", times=1, **kind)
        phone, screen = await searched.play("4", "1", PIN)
        assert screen.goes_on
        await request(searched.whole.sandbox, "DELETE", "/sandbox/faults")
    phone, screen = await searched.play("4", "1", PIN, *CONSENT, *FORM, "2")
    assert screen.name == "apply_confirm", screen
    await searched.fault(ministry="vemtas", kind="cut_after_write", times=1)
    await searched.play("98", "1", phone=phone)
    # A fault of ours in a use case: here its words and its locals are full of her.
    broken = dict(USE_CASES)
    for name in ("applications.find", "accounts.verify_pin"):
        monkeypatch.setitem(USE_CASES, name, breaks)
    phone, screen = await searched.play("1", REFERENCE)
    assert screen.name == "try_later"
    _, screen = await searched.play("00", "6", "1", PIN, phone=phone)
    assert screen.name == "try_later"
    for name in ("applications.find", "accounts.verify_pin"):
        monkeypatch.setitem(USE_CASES, name, broken[name])
    # A fault of ours in the shell itself, at both doors.
    monkeypatch.setattr(searched.whole.parts.conversation, "_go_on", breaks)
    _, screen = await searched.play(PIN, phone=phone)
    assert not screen.goes_on
    monkeypatch.setattr(searched.whole.parts.session_ends, "keep", breaks)
    answer = await end_of(searched, phone)
    assert answer == 503
    # And in the worker, and in a task that nobody waits for any more.
    assert await Worker([Chore("confirmed writes", breaks, 0.0)], lambda: 0.0).round() == 0
    background = Background()
    background.run(uuid4(), breaks)
    await background.drain(1)
    del background
    gc.collect()
    told = [line for line in searched.log.lines if "RuntimeError" in line]
    assert len(told) == 5, "each failure itself is told"
    assert await searched.look() == {}


async def end_of(searched: Searched, phone: Telephone) -> int:
    event = {
        "date": "2026-11-23",
        "sessionId": phone.session,
        "serviceCode": "*123#",
        "networkCode": "40001",
        "phoneNumber": HERS,
        "status": "Success",
        "cost": "AZN 0.0300",
        "durationInMillis": "15000",
        "hopsCount": "7",
        "input": phone.history,
        "lastAppResponse": f"END {NAME} {PIN}",
        "errorMessage": f"{HERS} {PIN}",
        "hopsMetadata": "home|status_ask",
    }
    path = f"/africastalking/{SECRET}/ussd-end"
    return (await request(searched.whole.app, "POST", path, body=urlencode(event).encode())).status


async def test_the_end_of_a_session_keeps_no_word_of_it(searched: Searched) -> None:
    await opened_account(searched)
    assert await end_of(searched, searched.phones[-1]) == 200
    tables = await in_postgresql(searched.url)
    assert b"AZN 0.0300" in tables["ussd_session_ends"]
    assert await searched.look() == {}


async def test_no_screen_repeats_a_pin_or_a_number(searched: Searched) -> None:
    await opened_account(searched)
    await searched.play("4", "1", PIN, *CONSENT, *FORM, "2", "1")
    shown = [text.encode() for phone in searched.phones for text in phone.seen]
    assert not hits([PIN, WRONG_PIN, *CANARIES[3:7], SECRET], shown)


async def test_a_real_server_logs_no_path(searched: Searched) -> None:
    """The access log is off, and at `debug` nothing else tells the path with its secret."""
    async with listening(searched.whole.app) as port:
        for path, body in ((f"/africastalking/{SECRET}/ussd", b"sessionId=%ff"), (f"/x/{SECRET}", b"")):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"POST {path} HTTP/1.1\r\nHost: g\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await asyncio.wait_for(reader.read(), 30)
            writer.close()
        # And what is no HTTP at all.
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST /africastalking/{SECRET}/ussd HTTP/9.9\r\nbad header {PIN}\r\n\r\n".encode())
        await asyncio.wait_for(reader.read(), 30)
        writer.close()
    assert not hits(CANARIES, [line.encode() for line in searched.log.lines])


def test_the_search_finds_what_is_there(log: Recorder) -> None:
    """The searcher itself: each canary, in each disguise, at each offset."""
    for canary in CANARIES:
        for before in (b"", b"a", b"ab"):
            octets = before + canary.encode() + b"\x00z"
            for shape in (octets, octets.hex().encode(), base64.b64encode(octets), base64.urlsafe_b64encode(octets)):
                assert hits([canary], [b"\x01\x02" + shape]) == [canary], (canary, before, shape)
        assert len(min(disguises(canary), key=len)) >= 6
    logging.getLogger("guichet.ussd").debug("called from %s", HERS)
    try:
        raise ValueError(PIN)
    except ValueError:
        logging.getLogger("guichet").exception("broke")
    assert set(hits(CANARIES, [line.encode() for line in log.lines])) >= {HERS, PIN}
