"""Every `ussd_text` and `ussd_form` entry of the catalogue of bad inputs, through the real door: its own `expect`."""

import asyncio
import dataclasses
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest

import gateway.assembly
import gateway.tables
from domain.msisdn import Msisdn
from gateway.app import create_app
from gateway.words import menu_sources
from services.records.operation_tables import BREAKERS, MINUTES
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.redis_client import RedisClient
from storage.session_sealing import SessionSealer
from tests.canaries import everything_logged, hits, in_postgresql, in_redis
from tests.listening import listening
from tests.phone import AfricasTalkingPhone, Answer, Screen, request
from tests.screens import assert_well_formed
from tests.whole import KEYS, MINISTRIES, Stage, Whole, whole
from ussd_menus.records.menu_versions import MenuVersions
from ussd_menus.session import Session, decode
from ussd_menus.session_store import session_keys

ENTRIES: dict[str, dict[str, Any]] = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text("utf-8"))["inputs"]
    if entry["surface"] in ("ussd_text", "ussd_form")
}
GRANTED = "41000019"
# Seconds of this process's own: what a busy machine makes it wait for says nothing of what it was sent.
AT_ONCE = 0.5
PATIENCE = 20.0
# How many hops, and how the ministries are: written in nobody's name, whenever it is time.
COUNTED = (MINUTES.name, BREAKERS.name)
# What is on a screen before the invalid input, and what a right answer there leads to.
PLACES = {
    "home": (("2",), "1", "status_ask"),
    "question": (("2", "1"), GRANTED, "status_state"),
    "list": (("2", "3", "1"), "1", "visit_place"),
}


# --- the bench: one gateway for all entries, a number of its own for each caller ----------------------------


class RawPhone(AfricasTalkingPhone):
    """Types octets: those that are no UTF-8 ride as lone surrogates (`surrogateescape`)."""

    async def post(self, changed: dict[str, str] | None = None) -> Answer:
        form = {
            "sessionId": self.session,
            "serviceCode": "*123#",
            "phoneNumber": self.msisdn,
            "networkCode": self.network,
            "text": self.history,
            **(changed or {}),
        }
        pairs = [f"{name}={quote_from_bytes(value.encode('utf-8', 'surrogateescape'), safe='*')}"
                 for name, value in form.items()]  # fmt: skip
        answer = await post(self.app, "&".join(pairs).encode())
        assert_well_formed(answer, self.network)
        return answer


async def post(app: Any, body: bytes, secret: str = "demo", **more: Any) -> Answer:
    return await request(app, "POST", f"/africastalking/{secret}/ussd", body=body, **more)


@dataclass(repr=False)
class Bench:
    """The gateway, and what it holds."""

    whole: Whole
    url: str
    redis: RedisClient
    dialled: int = 0

    def phone(self, msisdn: str = "") -> RawPhone:
        """A number that never called before."""
        self.dialled += 1
        return RawPhone(self.whole.app, msisdn or f"+99450888{self.dialled:04d}")

    async def at(self, place: str) -> tuple[RawPhone, Screen]:
        """A new caller, at one of the places."""
        phone = self.phone()
        screen = await phone.dial()
        for typed in PLACES[place][0]:
            screen = await phone.answer(typed)
        return phone, screen

    async def session_of(self, phone: AfricasTalkingPhone) -> Session | None:
        """What Redis holds of the phone's session."""
        sealer = SessionSealer(KeyRing.parse(KEYS))
        keys = session_keys(sealer, "africastalking", phone.session, Msisdn.parse(phone.msisdn))
        sealed = await self.redis.execute("GET", keys.redis[0])
        return decode(sealer.unseal(bytes(sealed), keys.redis[0].encode())) if sealed else None

    async def rows(self) -> dict[str, int]:
        """The number of rows of each table, but of those a gateway counts into by itself, every few seconds."""
        names = [table.name for table in gateway.tables.METADATA.sorted_tables if table.name not in COUNTED]
        engine = create_engine(self.url, pool_size=1, overflow=0)
        async with engine.connect() as connection:
            counted = await connection.exec_driver_sql(
                " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names)
            )
            rows = {str(row[0]): int(row[1]) for row in counted.all()}
        await engine.dispose()
        return rows

    async def keys(self) -> set[bytes]:
        """All of Redis: some may run out meanwhile, so what comes after is compared by `<=`."""
        return set(await self.redis.execute("KEYS", "*"))

    async def control(self) -> dict[str, Any]:
        """The sandbox's state: what the ministries really hold."""
        found: dict[str, Any] = json.loads((await request(self.whole.sandbox, "GET", "/sandbox/state")).body)
        return found


@pytest.fixture(scope="module")
async def bench(migrated_url: str, redis_url: str, ministries: tuple[Stage, str]) -> AsyncIterator[Bench]:
    client = RedisClient(redis_url, timeout=30)
    await client.execute("FLUSHALL")
    async with whole(migrated_url, redis_url, *ministries) as running:
        yield Bench(running, migrated_url, client)
    await client.close()


# --- the table: entry to assertion ----------------------------------------------------------------------------

Assertion = Callable[[Bench, dict[str, Any]], Awaitable[None]]
ASSERTIONS: dict[str, Assertion] = {}


def asserts(*numbers: str) -> Callable[[Assertion], Assertion]:
    def known(assertion: Assertion) -> Assertion:
        for number in numbers:
            assert f"ussd_{number}" not in ASSERTIONS
            ASSERTIONS[f"ussd_{number}"] = assertion
        return assertion

    return known


def typed_of(entry: dict[str, Any]) -> str:
    if "hex" in entry:
        return bytes.fromhex(entry["hex"]).decode("utf-8", "surrogateescape")
    return str(entry["value"])


async def reprompts(bench: Bench, typed: str, place: str) -> tuple[RawPhone, Screen]:
    """The same screen again, one error more, no row more; and a right answer then goes on as if nothing was."""
    phone, before = await bench.at(place)
    rows = await bench.rows()
    after = await phone.answer(typed)
    assert after.goes_on
    assert after.name == before.name
    assert before.text.split("\n")[0] in after.text
    assert after.text != before.text, "nothing says that it was not understood"
    session = await bench.session_of(phone)
    assert session is not None
    assert session.state.errors == 1
    assert await bench.rows() == rows
    _, right, leads_to = PLACES[place]
    assert (await phone.answer(right)).name == leads_to
    return phone, after


@asserts("text-003", "text-004", "text-009", "text-011", "text-013", "text-017", "text-020", "text-021", "text-037")
async def asked_again(bench: Bench, entry: dict[str, Any]) -> None:
    for place in PLACES:
        await reprompts(bench, typed_of(entry), place)


@asserts("text-023")
async def asked_again_at_once(bench: Bench, entry: dict[str, Any]) -> None:
    for place in PLACES:
        phone, _ = await bench.at(place)
        began = time.process_time()
        assert (await phone.answer(typed_of(entry))).goes_on
        assert time.process_time() - began < AT_ONCE


@asserts("text-006")
async def a_star_in_front_skips_nothing(bench: Bench, entry: dict[str, Any]) -> None:
    for place in PLACES:
        await reprompts(bench, "*1", place)
    known, _ = await bench.at("home")
    dialled = bench.phone(known.msisdn)
    await dialled.dial()
    dialled.session, dialled.history = dialled.session + "b", "*1"
    # Dialled ahead: an empty answer that is asked again; what follows it was meant for another screen.
    assert (await dialled.hop()).name == "home"


@asserts("text-019", "text-022", "text-026", "text-035")
async def one_or_asked_again(bench: Bench, entry: dict[str, Any]) -> None:
    """Digits of another script, and a 1 with invisible company, are a 1."""
    for place in ("home", "list"):
        phone, _ = await bench.at(place)
        assert (await phone.answer(typed_of(entry))).name == PLACES[place][2]
    await reprompts(bench, typed_of(entry), "question")


@asserts("text-024")
async def a_long_history_is_capped(bench: Bench, entry: dict[str, Any]) -> None:
    history = "*".join(["1"] * 2000)
    known, _ = await bench.at("home")
    dialled = bench.phone(known.msisdn)
    dialled.history = history
    began = time.process_time()
    assert (await dialled.hop()).name == "status_ask"
    assert time.process_time() - began < AT_ONCE
    for place in PLACES:
        phone, _ = await bench.at(place)
        began = time.process_time()
        await phone.answer(history)
        assert time.process_time() - began < AT_ONCE


@asserts("text-027")
async def control_characters_are_stripped(bench: Bench, entry: dict[str, Any]) -> None:
    with everything_logged() as log:
        for place in PLACES:
            await reprompts(bench, typed_of(entry), place)
        await echoed(bench, typed_of(entry))
    assert not [line for line in log.lines if "\x1b" in line or "\x07" in line]
    assert not hits(["[31m"], [line.encode() for line in log.lines])


async def echoed(bench: Bench, typed: str) -> str:
    """The screen that repeats a form's answer: the name, after going back to it; "" where it was refused."""
    phone = bench.phone()
    await phone.dial()
    for key in ("2", "4", "1", "98", "98", "98"):
        await phone.answer(key)
    assert "1 of 7" in (await phone.answer("1")).text
    screen = await phone.answer(typed)
    if "2 of 7" not in screen.text:
        assert "1 of 7" in screen.text
        assert screen.goes_on
        return ""
    shown = await phone.answer("0")
    assert "Your answer" in shown.text or "98 More" in shown.text
    return shown.text


@asserts("text-028")
async def an_echo_has_no_line_break(bench: Bench, entry: dict[str, Any]) -> None:
    for place in PLACES:
        await reprompts(bench, typed_of(entry), place)
    text = await echoed(bench, typed_of(entry))
    assert "1 END hacked" in text
    assert not [line for line in text.split("\n") if line.startswith("END")]


@asserts("text-029")
async def our_prefix_stays_first(bench: Bench, entry: dict[str, Any]) -> None:
    for place in PLACES:
        await reprompts(bench, typed_of(entry), place)
    text = await echoed(bench, typed_of(entry))
    assert "CON hacked" in text
    assert not text.startswith("CON")


@asserts("text-030")
async def no_attribute_is_reached(bench: Bench, entry: dict[str, Any]) -> None:
    for place in PLACES:
        await reprompts(bench, typed_of(entry), place)
    assert await echoed(bench, typed_of(entry)) == "", "40 letters are more than the form's 30"
    assert "{citizen.pin} %s %(x)s" in await echoed(bench, "{citizen.pin} %s %(x)s")
    assert "${jndi:ldap://x}" in await echoed(bench, "${jndi:ldap://x}")


@asserts("text-031")
async def templates_stay_literal(bench: Bench, entry: dict[str, Any]) -> None:
    for place in PLACES:
        _, after = await reprompts(bench, typed_of(entry), place)
        assert "49" not in after.text
    assert "49" not in await echoed(bench, typed_of(entry))
    shown = await echoed(bench, "Ada {{7*7}}")
    assert "Ada {{7*7}}" in shown


@asserts("text-032", "text-033")
async def literal(bench: Bench, entry: dict[str, Any]) -> None:
    for place in PLACES:
        await reprompts(bench, typed_of(entry), place)
    assert typed_of(entry) in await echoed(bench, typed_of(entry))
    assert await bench.rows(), "the tables stand"


@asserts("text-034")
async def direction_marks_are_removed(bench: Bench, entry: dict[str, Any]) -> None:
    await reprompts(bench, typed_of(entry), "home")
    shown = await echoed(bench, "\u202eAda\u2066 Lovelace")
    assert "Ada Lovelace" in shown  # `assert_well_formed` has looked for the marks


@asserts("text-038", "text-039", "text-040")
async def broken_octets_are_asked_again(bench: Bench, entry: dict[str, Any]) -> None:
    for place in PLACES:
        await reprompts(bench, typed_of(entry), place)
    # Echoed, they are what stands for the undecodable; the hop after it still fits its history.
    assert "2 of 7" not in await echoed(bench, typed_of(entry))


@asserts("text-041")
async def a_pin_in_the_history_stays_nowhere(bench: Bench, entry: dict[str, Any]) -> None:
    with everything_logged() as log:
        phone = bench.phone()
        phone.history = entry["value"]
        await phone.hop()
        await phone.answer("1")
        await phone.hop(text="1*4*9999*1")
    said = [line.encode() for line in log.lines]
    stored = [value for values in (await in_postgresql(bench.url)).values() for value in values]
    assert not hits(["1*4*1234", "4*1234"], [*said, *stored, *await in_redis(bench.redis)])
    assert not [line for line in said if b"1234" in line]


@asserts("text-044")
async def going_back_does_nothing_again(bench: Bench, entry: dict[str, Any]) -> None:
    longer, shorter = entry["seq"]
    known = bench.phone()
    await known.dial()
    for typed in longer.split("*"):
        last = await known.answer(typed)
    state = await bench.session_of(known)
    assert await known.hop(text=shorter) == last
    after = await bench.session_of(known)
    assert state is not None
    assert after is not None
    assert after.state == state.state
    # The same after a confirmed booking: its screen, and one booking.
    booked, _ = await at_booking(bench)
    told = await booked.answer("1")
    assert told.name == "visit_booked"
    held = len((await bench.control())["appointments"])
    whole_history = booked.history
    assert await booked.hop(text=whole_history.rpartition("*")[0]) == told
    assert await booked.hop(text=whole_history) == told
    assert len((await bench.control())["appointments"]) == held


async def at_booking(bench: Bench, phone: RawPhone | None = None) -> tuple[RawPhone, Screen]:
    """At the question whether to book."""
    phone = phone or bench.phone()
    screen = await phone.dial()
    for typed in (("2",) if screen.name == "language_choose" else ()) + ("3", "1", "1", "2", "3", "2"):
        screen = await phone.answer(typed)
    assert screen.name == "visit_confirm", screen
    return phone, screen


@asserts("text-045")
async def a_changed_past_ends_the_session(bench: Bench, entry: dict[str, Any]) -> None:
    phone = bench.phone()
    await phone.dial()
    for typed in entry["seq"][0].split("*"):
        await phone.answer(typed)
    before = await bench.session_of(phone)
    rows = await bench.rows()
    ended = await phone.hop(text=entry["seq"][1] + "*1")
    assert not ended.goes_on
    assert ended.name == "session.changed"
    # Nothing of it was taken: neither store holds anything new.
    assert await bench.session_of(phone) == before
    assert await bench.rows() == rows


@asserts("text-046")
async def twice_at_once_is_once(bench: Bench, entry: dict[str, Any]) -> None:
    phone = bench.phone()
    await phone.dial()
    for typed in ("2", "4", "1", "98", "98", "98", "1", "Marker Name", "12051990", "1", "1", "100", "2", "2", "98"):
        screen = await phone.answer(typed)
    assert screen.name == "apply_confirm"
    before, rows = await bench.control(), await bench.rows()
    phone.history += "*1"
    bodies = await asyncio.gather(*(phone.post() for _ in range(4)))
    assert len({answer.body for answer in bodies}) == 1
    assert bodies[0].text.startswith("CON Your application was received")
    after = await bench.control()
    assert len(after["applications"]) == len(before["applications"]) + 1
    now = await bench.rows()
    assert now["intents"] == rows["intents"] + 1
    # A wrong PIN that is delivered four times was typed once: the session's lock lets one hop act.
    owner = bench.phone()
    await owner.dial()
    for typed in ("2", "6", "3", "1", "918273", "918273"):
        screen = await owner.answer(typed)
    assert screen.name == "account_created"
    await owner.dial()
    assert (await owner.answer("6")).name == "account_menu"
    assert (await owner.answer("1")).name == "pin"
    owner.history += "*736455"
    bodies = await asyncio.gather(*(owner.post() for _ in range(4)))
    assert len({answer.body for answer in bodies}) == 1
    assert "4" in bodies[0].text, "one of five tries is gone"
    assert bodies[0].headers["at-ussd-hop-metadata"] == "pin"


@asserts("text-047")
async def a_new_start_is_the_main_menu(bench: Bench, entry: dict[str, Any]) -> None:
    known, _ = await bench.at("home")
    phone = bench.phone(known.msisdn)
    held = len((await bench.control())["appointments"])
    names = [(await phone.hop(text=text)).name for text in entry["seq"]]
    assert names == ["home", "status_ask", "home"]
    assert len((await bench.control())["appointments"]) == held
    # At a confirmation too: nothing is confirmed by starting anew.
    booking, _ = await at_booking(bench)
    assert (await booking.hop(text="")).name == "home"
    assert len((await bench.control())["appointments"]) == held


# --- forms --------------------------------------------------------------------------------------------------


def form(**fields: str) -> bytes:
    return "&".join(f"{name}={quote_from_bytes(value.encode(), safe='*')}" for name, value in fields.items()).encode()


async def refused_without_state(bench: Bench, body: bytes, **more: Any) -> str:
    """An END, and neither a row nor a key more."""
    rows, keys = await bench.rows(), await bench.keys()
    answer = await post(bench.whole.app, body, **more)
    screen = assert_well_formed(answer, "")
    assert answer.text.startswith("END ")
    assert await bench.rows() == rows
    assert await bench.keys() <= keys
    return screen


@asserts("form-001", "form-002", "form-008")
async def ends_without_state(bench: Bench, entry: dict[str, Any]) -> None:
    await refused_without_state(bench, form(**entry["form"]))
    # Our own service code and a number of the country, so that the twist alone is what is refused.
    ours = entry["form"] | {"serviceCode": "*123#"}
    for number in ("+994508880001", "+994508880002"):
        named = ours if entry["id"].endswith("008") else ours | {"phoneNumber": number}
        await refused_without_state(bench, form(**named))


@asserts("form-004")
async def a_long_session_id_is_refused(bench: Bench, entry: dict[str, Any]) -> None:
    def body(length: int) -> bytes:
        return form(sessionId="S" * length, phoneNumber="+994508880001", serviceCode="*123#", text="")

    rows, keys = await bench.rows(), await bench.keys()
    assert (await post(bench.whole.app, body(10_240))).status == 413
    assert await bench.rows() == rows
    assert await bench.keys() <= keys
    await refused_without_state(bench, body(4096))
    await refused_without_state(bench, body(129))
    assert (await post(bench.whole.app, body(128))).text.startswith("CON ")


@asserts("form-006")
async def two_sessions_of_one_phone(bench: Bench, entry: dict[str, Any]) -> None:
    first, _ = await at_booking(bench)
    second = bench.phone(first.msisdn)
    screen = await second.dial()
    assert screen.name == "resume_offer"
    await second.answer("2")
    for typed in ("3", "1", "1", "2", "3", "2"):
        screen = await second.answer(typed)
    assert screen.name == "visit_confirm"
    held = len((await bench.control())["appointments"])
    told = await asyncio.gather(first.answer("1"), second.answer("1"))
    assert all(screen.goes_on for screen in told)
    assert len((await bench.control())["appointments"]) == held + 1, [screen.name for screen in told]


@asserts("form-010")
async def an_unknown_code_has_no_state(bench: Bench, entry: dict[str, Any]) -> None:
    await refused_without_state(bench, form(**entry["form"]))
    ours = entry["form"] | {"phoneNumber": "+994508880001"}
    await refused_without_state(bench, form(**ours))
    assert (await post(bench.whole.app, form(**ours | {"serviceCode": "*123#"}))).text.startswith("CON ")


@asserts("form-011")
async def a_field_given_twice_is_refused(bench: Bench, entry: dict[str, Any]) -> None:
    await refused_without_state(bench, entry["value"].encode())
    number = form(phoneNumber="+994508880001")
    for twice in (b"sessionId=t", number, b"serviceCode=*123%23", b"text=1", b"networkCode=40001"):
        whole_body = b"sessionId=t&serviceCode=*123%23&text=1&networkCode=40001&" + number
        await refused_without_state(bench, whole_body + b"&" + twice)
    # A field that nobody reads may come as often as it likes.
    assert (await post(bench.whole.app, whole_body + b"&other=1&other=2")).text.startswith("CON ")


@asserts("form-015")
async def another_method_is_405(bench: Bench, entry: dict[str, Any]) -> None:
    rows, keys = await bench.rows(), await bench.keys()
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        answer = await request(bench.whole.app, method, "/africastalking/demo/ussd", "sessionId=x&text=")
        assert answer.status == 405
    assert (await request(bench.whole.app, "POST", "/flares/demo/ussd")).status == 405
    assert await bench.rows() == rows
    assert await bench.keys() <= keys


@asserts("form-017")
async def the_peer_decides(bench: Bench, entry: dict[str, Any]) -> None:
    settings = dataclasses.replace(
        bench.whole.parts.settings,
        callback_networks=(ip_network("192.0.2.0/24"),),
        trusted_proxies=(ip_network("10.0.0.1/32"),),
    )
    app = create_app(settings, bench.whole.parts)
    body = form(sessionId="p", phoneNumber="+994508880001", serviceCode="*123#", text="")
    spoofed = {"X-Forwarded-For": "192.0.2.7"}
    assert (await post(app, body, headers=spoofed, client=("203.0.113.9", 1))).status == 404
    assert (await post(app, body, headers={"X-Forwarded-For": "203.0.113.9"}, client=("192.0.2.7", 1))).status == 200
    assert (await post(app, body, headers=spoofed, client=("10.0.0.1", 1))).status == 200


@asserts("form-018")
async def a_slow_body_is_hung_up_on(bench: Bench, entry: dict[str, Any]) -> None:
    app = create_app(bench.whole.parts.settings, bench.whole.parts, body_seconds=0.15)
    async with listening(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /africastalking/demo/ussd HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n1\r\ns\r\n"
        )
        other = await hop_over(port, form(sessionId="q", phoneNumber="+994508880001", serviceCode="*123#", text=""))
        assert b" 200 " in other.split(b"\r\n", 1)[0], "other callers are unharmed"
        assert b"\r\n\r\nCON " in other
        told = await asyncio.wait_for(reader.read(), PATIENCE)  # to the end: the connection is closed
        assert b" 408 " in told.split(b"\r\n", 1)[0]
        writer.close()


async def hop_over(port: int, body: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /africastalking/demo/ussd HTTP/1.1\r\nHost: g\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    writer.write(head.encode() + b"\r\n" + body)
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    return answer


# --- the tests ----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_breaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A fault of ours is answered with a polite screen too: here it must not hide behind it."""
    yield
    assert not [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("number", ENTRIES)
async def test_the_entry_is_answered_as_it_expects(bench: Bench, number: str) -> None:
    await ASSERTIONS[number](bench, ENTRIES[number])


def test_every_entry_has_its_assertion(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(ENTRIES) == set(ASSERTIONS)
    texts = sum(number.startswith("ussd_text") for number in ENTRIES)
    with capsys.disabled():
        print(f"\nbad inputs: {texts} ussd_text and {len(ENTRIES) - texts} ussd_form entries asserted")


INSERTED = """
      1: {text: home.documents, goto: documents_services}
      2: {text: visit.book, goto: visit_services}
      3: {text: visit.mine, goto: visit_mine}
"""


async def test_a_session_stays_with_the_menus_it_began_with(
    bench: Bench, ministries: tuple[Stage, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`yaml_menu-027`: a new version inserts an option while she looks at the old one."""
    phone = bench.phone()
    await phone.dial()
    await phone.answer("2")
    shown = await phone.answer("3")
    assert "2 See or change my visits" in shown.text
    old = menu_sources()
    lines = "\n      1: {text: visit.book, goto: visit_services}\n      2: {text: visit.mine, goto: visit_mine}\n"
    assert old["visit.yaml"].count(lines) == 1
    new = old | {"visit.yaml": old["visit.yaml"].replace(lines, INSERTED)}
    monkeypatch.setattr(gateway.assembly, "menu_sources", lambda pack: new)
    parts = bench.whole.parts
    environment = {
        f"GUICHET_MINISTRY_{name.upper().replace('-', '_')}_URL": f"{ministries[1]}/ministries/{name}"
        for name in MINISTRIES
    }
    upgraded = gateway.assembly.assemble(parts.settings, environment, clock=bench.whole.clock)
    assert upgraded.library.current.version != parts.library.current.version
    await upgraded.start()
    try:
        phone.app = create_app(parts.settings, upgraded)
        assert await phone.hop() == shown, "the hop again, to a process that only knows of v2"
        assert (await phone.answer("2")).name == "visit_none", "2 still means v1's 2"
        # The process of the old menus ends.
        await MenuVersions(parts.database.unit_of_work).leave(parts.process)
        await upgraded.library.agree(upgraded.process)
        fresh = RawPhone(phone.app, phone.msisdn)
        if (await fresh.dial()).name == "resume_offer":
            await fresh.answer("2")
        assert "2 Book a visit" in (await fresh.answer("3")).text
        assert (await fresh.answer("2")).name == "visit_service", "a new session has v2"
    finally:
        await upgraded.stop()
