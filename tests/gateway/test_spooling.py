"""Callbacks while PostgreSQL is away: on the spool's volume before they are acknowledged, handed in as they came."""

import asyncio
import fcntl
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from domain.clock import HandClock
from domain.errors import StoreUnavailable
from domain.ids import Ids, made_at
from domain.msisdn import Msisdn
from gateway.cli import main
from gateway.doors.asgi import Gatekeeper
from gateway.doors.sms import sms_routes
from gateway.metrics import Metrics
from gateway.sms_intake import Intake
from gateway.spooling import Spooling, Told, _read, _written
from sms.values import DeliveryReport, InboundSms, OptOutNotice, ReportWord
from storage.keys import KeyRing
from storage.sealing import Sealer
from storage.spool import Spool
from tests.phone import Answer, request
from tests.until import until
from tests.whole import KEYS, NOW

SECRET = "s3cret-of-the-path"
SEALER = Sealer(KeyRing.parse(KEYS))
LEYLA = Msisdn.parse("+994501234501")


class Unit:
    """A unit of work of a store that may be away."""

    def __init__(self, store: "Store") -> None:
        self.store = store

    async def __aenter__(self) -> "Unit":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def read(self, sql: str) -> None:
        self.store.asked += 1
        if self.store.away:
            raise StoreUnavailable("away")


@dataclass
class Store:
    """`kept` in the order in which it was; `asked`: how often anybody tried. `poison`: what breaks it; `read_only`: it
    answers, and takes nothing."""

    away: bool = False
    read_only: bool = False
    asked: int = 0
    poison: Callable[[Told], bool] = lambda told: False
    kept: list[Told] = field(default_factory=list)

    async def take(self, work: Any, told: Told) -> None:
        await work.read("INSERT")
        if self.read_only:
            raise StoreUnavailable("25006")
        if self.poison(told):
            raise RuntimeError("a fault of ours, that quotes +994501234501")
        # Who comes later is quicker.
        for _ in range(9 - self.asked % 8):
            await asyncio.sleep(0)
        self.kept.append(told)


class Office:
    """The doors of a process, its store and its spool."""

    def __init__(self, folder: Path, store: Store | None = None, most: int = 1000) -> None:
        self.store, self.metrics, self.clock = store or Store(), Metrics(), HandClock(NOW)
        self.spool = Spool(folder, SEALER)
        self.spooling = Spooling(self.spool, most, self.clock, Ids(self.clock), self.metrics.spool)
        take: Any = self.store.take
        unit: Any = lambda: Unit(self.store)  # noqa: E731
        self.intake = Intake(unit, take, take, take, None, self.spooling)
        keeper = Gatekeeper((SECRET,), (), ())
        self.app = Starlette(routes=sms_routes(self.intake, keeper, self.metrics))

    async def text(self, id: str, words: str = "STATUT 41000019", sender: str = LEYLA.e164) -> Answer:
        return await self._post("sms", {"from": sender, "to": "7575", "text": words, "id": id})

    async def report(self, id: str, status: str = "Success") -> Answer:
        return await self._post("delivery-reports", {"id": id, "status": status, "phoneNumber": LEYLA.e164})

    async def opt_out(self) -> Answer:
        return await self._post("opt-outs", {"senderId": "7575", "phoneNumber": LEYLA.e164})

    async def round(self) -> None:
        await self.spooling.round(self.intake._stored, self.intake._ping)

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"guichet_spool_{name}", labels) or 0.0

    async def _post(self, kind: str, form: dict[str, str]) -> Answer:
        return await request(self.app, "POST", f"/africastalking/{SECRET}/{kind}", body=urlencode(form).encode())


def ids_of(kept: list[Told]) -> list[str]:
    return [told.provider_id for told in kept if not isinstance(told, OptOutNotice)]


async def test_what_comes_while_the_store_is_away_is_acknowledged_and_handed_in_once(tmp_path: Path) -> None:
    office = Office(tmp_path, Store(away=True))
    assert [(await office.text("t1")).status, (await office.report("r1")).status] == [200, 200]
    assert (await office.opt_out()).status == 200
    assert office.store.kept == []
    assert (office.counted("waiting"), office.counted("kept_total")) == (3, 3)
    await office.round()
    assert (office.store.kept, len(office.spool.waiting())) == ([], 3), "still away"
    office.store.away = False
    for _ in range(2):
        await office.round()
    assert sorted(ids_of(office.store.kept)) == ["r1", "t1"] and len(office.store.kept) == 3
    assert OptOutNotice("africastalking", "7575", LEYLA) in office.store.kept
    assert (office.spool.waiting(), office.counted("waiting"), office.counted("handed_in_total")) == ([], 0, 3)
    assert (await office.text("t2")).status == 200
    assert ids_of(office.store.kept)[-1] == "t2" and office.counted("kept_total") == 3, "straight to the store again"


async def test_they_carry_when_they_came(tmp_path: Path) -> None:
    office = Office(tmp_path, Store(away=True))
    await office.text("t1")
    await office.report("r1")
    office.clock.advance(timedelta(hours=1))
    assert office.counted("oldest_seconds") == 3600
    office.store.away = False
    await office.round()
    assert len(office.store.kept) == 2
    for told in office.store.kept:
        assert not isinstance(told, OptOutNotice) and told.spooled
        assert made_at(told.spooled) == NOW
        assert not isinstance(told, InboundSms) or told.sent_at == NOW, "its provider named no time"


async def test_once_it_is_known_to_be_away_nobody_waits_for_it(tmp_path: Path) -> None:
    office = Office(tmp_path, Store(away=True))
    for number in range(20):
        assert (await office.text(f"t{number}")).status == 200
    assert office.store.asked == 1


async def test_texts_of_one_number_and_reports_of_one_message_keep_their_order(tmp_path: Path) -> None:
    office = Office(tmp_path, Store(away=True))
    for number in range(40):
        await office.text(f"t{number}", sender=f"+99450123450{number % 3}")
        await office.report("r", status="Sent" if number % 2 else "Success")
    office.store.away = False
    await office.round()
    kept = office.store.kept
    for each in range(3):
        texts = [t.provider_id for t in kept if isinstance(t, InboundSms) and t.sender.endswith(str(each))]
        assert texts == [f"t{number}" for number in range(40) if number % 3 == each]
    words = [told.word for told in kept if isinstance(told, DeliveryReport)]
    assert words == [ReportWord.DELIVERED, ReportWord.INTERIM] * 20


async def test_what_is_damaged_is_put_aside_and_told_and_the_others_go_on(tmp_path: Path) -> None:
    office = Office(tmp_path, Store(away=True))
    for number in range(5):
        await office.text(f"t{number}")
    torn, flipped, *_ = waiting = office.spool.waiting()
    (tmp_path / torn.hex).write_bytes((tmp_path / torn.hex).read_bytes()[:40])
    octets = bytearray((tmp_path / flipped.hex).read_bytes())
    octets[-1] ^= 1
    (tmp_path / flipped.hex).write_bytes(octets)
    office.store.away = False
    await office.round()
    assert ids_of(office.store.kept) == ["t2", "t3", "t4"] and len(waiting) == 5
    assert (office.counted("put_aside_total", why="damaged"), office.spool.aside()) == (2, 2)
    assert office.spool.waiting() == []


async def test_what_cannot_be_handed_in_stands_in_nobodys_way(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    poison: Callable[[Told], bool] = lambda told: "t1" in ids_of([told])  # noqa: E731
    office = Office(tmp_path, Store(away=True, poison=poison))
    for number in range(4):
        await office.text(f"t{number}", sender=f"+9945012345{number:02}")
    office.store.away = False
    await office.round()
    assert sorted(ids_of(office.store.kept)) == ["t0", "t2", "t3"]
    assert (len(office.spool.waiting()), office.spool.aside()) == (1, 0), "it may have been the hour"
    for _ in range(9):
        await office.round()
    assert (office.spool.waiting(), office.spool.aside()) == ([], 1)
    assert office.counted("put_aside_total", why="refused") == 1
    assert "994501234501" not in caplog.text


@pytest.mark.parametrize(
    "text", ["{}", "[]", "[1", '{"kind": "later", "told": {}}', '{"kind": "report", "told": {"provider": 1}}']
)
async def test_what_this_version_cannot_read_stands_in_nobodys_way(tmp_path: Path, text: str) -> None:
    """It is left for a newer one for a while, which may share the volume during a deploy."""
    office = Office(tmp_path, Store(away=True))
    office.spool.put([(Ids(office.clock).uuid7(), text)])
    await office.text("t1")
    office.store.away = False
    await office.round()
    assert ids_of(office.store.kept) == ["t1"]
    assert (len(office.spool.waiting()), office.spool.aside()) == (1, 0)
    for _ in range(9):
        await office.round()
    assert (office.spool.waiting(), office.spool.aside()) == ([], 1)


async def test_a_store_that_goes_away_again_costs_no_entry_a_try(tmp_path: Path) -> None:
    office = Office(tmp_path, Store(away=True))
    await office.text("t1")
    for _ in range(30):
        office.spooling.away = False  # as in a process that has just begun
        await office.round()
    assert (len(office.spool.waiting()), office.spool.aside()) == (1, 0)


async def test_nor_does_one_that_answers_and_takes_nothing(tmp_path: Path) -> None:
    """As after a fail-over to a server that is read-only yet, or where its disk is full."""
    office = Office(tmp_path, Store(read_only=True))
    assert [(await office.text(id)).status for id in ("t1", "t2")] == [200, 200]
    for _ in range(30):
        await office.round()
    assert (len(office.spool.waiting()), office.spool.aside()) == (2, 0)
    office.store.read_only = False
    await office.round()
    assert ids_of(office.store.kept) == ["t1", "t2"]


async def test_a_full_spool_is_try_again(tmp_path: Path) -> None:
    office = Office(tmp_path, Store(away=True), most=3)
    answers = [await office.text(f"t{number}") for number in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 503, 503]
    assert int(answers[-1].headers["retry-after"]) > 0
    office.store.away = False
    await office.round()
    assert ids_of(office.store.kept) == ["t0", "t1", "t2"]
    office.store.away = office.spooling.away = True
    assert (await office.text("t9")).status == 200


async def test_where_nothing_could_be_kept_nothing_waits(tmp_path: Path) -> None:
    office = Office(tmp_path / "gone", Store(away=True))
    assert (await office.text("t1")).status == 503
    office.clock.advance(timedelta(hours=1))
    assert (office.counted("waiting"), office.counted("oldest_seconds")) == (0, 0)


async def test_many_at_once_never_pass_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those count that a slow disk is being waited for."""
    office, busy, put = Office(tmp_path, Store(away=True), most=10), threading.Event(), Spool.put

    def slowly(spool: Spool, entries: Any) -> set[Any]:
        busy.wait(10)
        return put(spool, entries)

    monkeypatch.setattr(Spool, "put", slowly)
    first = [asyncio.create_task(office.text(f"t{number}")) for number in range(8)]
    await until(lambda: office.spooling.away and not office.spooling._batch)
    others = [asyncio.create_task(office.text(f"t{number}")) for number in range(8, 50)]
    await asyncio.sleep(0.05)
    busy.set()
    answers = await asyncio.gather(*first, *others)
    assert sum(answer.status == 200 for answer in answers) == len(office.spool.waiting()) == 10


async def test_without_durability_nothing_is_acknowledged(tmp_path: Path) -> None:
    """F13: the disk takes nothing more; once it does, it goes on by itself."""
    volume = tmp_path / "volume"
    volume.mkdir()
    office = Office(volume, Store(away=True))
    assert (await office.text("t0")).status == 200
    shutil.move(volume, tmp_path / "gone")
    assert [(await office.text("t1")).status, (await office.report("r1")).status] == [503, 503]
    assert office.counted("waiting") == 1
    await office.round()
    shutil.move(tmp_path / "gone", volume)
    assert (await office.text("t2")).status == 200
    office.store.away = False
    await office.round()
    assert ids_of(office.store.kept) == ["t0", "t2"], "what was acknowledged, and nothing else"


async def test_what_a_process_left_another_hands_in_and_both_at_once_once(tmp_path: Path) -> None:
    died = Office(tmp_path, Store(away=True))
    for number in range(30):
        await died.text(f"t{number}")
    store = Store()
    one, other = Office(tmp_path, store), Office(tmp_path, store)
    await asyncio.gather(one.round(), other.round())
    assert ids_of(store.kept) == [f"t{number}" for number in range(30)]
    assert one.counted("handed_in_total") + other.counted("handed_in_total") == 30


async def test_what_many_processes_keep_counts_for_the_bound_of_each(tmp_path: Path) -> None:
    """Within ten seconds: a folder with many entries is not read each second."""
    one, other = Office(tmp_path, Store(away=True), most=5), Office(tmp_path, Store(away=True), most=5)
    await other.round()
    assert [(await one.text(f"t{number}")).status for number in range(4)] == [200] * 4
    other.clock.advance(timedelta(seconds=10))
    await other.round()
    assert other.counted("waiting") == 4 and other.spooling.away
    assert [(await other.text(id)).status for id in ("u1", "u2")] == [200, 503]


async def test_who_does_not_hand_in_reads_the_folder_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It held up eight workers of nine for as long as the ninth handed in."""
    looks, look = [0], Spool.look

    def counted(spool: Spool, *asked: Any) -> Any:
        looks[0] += 1
        return look(spool, *asked)

    monkeypatch.setattr(Spool, "look", counted)
    office = Office(tmp_path)
    with Spool(tmp_path, SEALER).claimed():
        for _ in range(30):
            office.clock.advance(timedelta(seconds=1))
            await office.round()
    assert looks == [3]


async def test_page_by_page_everything_is_handed_in_once_in_its_order_and_what_fails_still_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.spooling._PAGE", 16)
    poison: Callable[[Told], bool] = lambda told: "t3" in ids_of([told])  # noqa: E731
    office = Office(tmp_path, Store(away=True, poison=poison))
    for number in range(50):
        await office.text(f"t{number}", sender=f"+9945012345{number % 40:02}")
        office.clock.advance(timedelta(seconds=1))
    office.store.away = False
    await office.round()
    kept = ids_of(office.store.kept)
    assert sorted(kept) == sorted(f"t{number}" for number in range(50) if number != 3)
    assert all(kept.index(f"t{number}") < kept.index(f"t{number + 40}") for number in range(10) if number != 3)
    assert (office.counted("waiting"), office.counted("oldest_seconds")) == (1, 47)


async def test_nobody_waits_for_the_disk_on_the_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it hangs, citizens' calls go on."""
    here, asked = threading.get_ident(), set()

    def watched(module: Any, name: str) -> None:
        call = getattr(module, name)

        def asks(*given: Any, **named: Any) -> Any:
            if str(tmp_path) in str(given[0]):
                asked.add((name, threading.get_ident() == here))
            return call(*given, **named)

        monkeypatch.setattr(module, name, asks)

    for name in ("open", "listdir", "scandir", "unlink", "rename", "stat"):
        watched(os, name)
    monkeypatch.setattr(fcntl, "flock", lambda *_: asked.add(("flock", threading.get_ident() == here)))
    office = Office(tmp_path, Store(away=True))
    await office.text("t1")
    office.store.away = False
    await office.round()
    assert ids_of(office.store.kept) == ["t1"]
    assert {(name, False) for name in ("open", "listdir", "flock", "unlink", "rename")} == asked


async def test_who_is_stopped_while_he_claims_the_folder_does_not_keep_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, flock = Office(tmp_path), fcntl.flock
    began, goes_on, has_it = threading.Event(), threading.Event(), threading.Event()

    def slowly(*given: Any) -> None:
        began.set()
        goes_on.wait(10)
        flock(*given)
        has_it.set()

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", slowly)
        claiming = asyncio.create_task(office.round())
        await until(began.is_set)
        claiming.cancel()
        with suppress(asyncio.CancelledError):
            await claiming
        goes_on.set()
        await until(has_it.is_set)

    def free() -> bool:
        with Spool(tmp_path, SEALER).claimed() as ours:
            return ours

    await until(free)


async def test_a_folder_that_is_gone_keeps_nobody_from_the_store(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    office = Office(volume, Store(away=True))
    assert (await office.text("t0")).status == 200
    shutil.rmtree(volume)
    office.clock.advance(timedelta(minutes=1))
    await office.round()
    assert (await office.text("t1")).status == 503
    office.store.away = False
    await office.round()
    assert (await office.text("t2")).status == 200 and ids_of(office.store.kept) == ["t2"]


async def test_it_stops_after_a_last_round(tmp_path: Path) -> None:
    office, stopped = Office(tmp_path, Store(away=True)), asyncio.Event()
    await office.text("t1")
    flushing = asyncio.create_task(office.intake.flush(stopped))
    await asyncio.sleep(0.05)
    office.store.away = False
    stopped.set()
    await asyncio.wait_for(flushing, 10)
    assert ids_of(office.store.kept) == ["t1"]


texts = st.text(st.characters(), max_size=60)
numbers = st.sampled_from([LEYLA, Msisdn.parse("+212661234567")])
times = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
told = st.one_of(
    st.builds(InboundSms, texts, texts, texts, texts, st.text(max_size=80) | st.just("\ud83d half"), times, texts),
    st.builds(DeliveryReport, texts, texts, st.sampled_from(ReportWord), texts, texts, st.none() | numbers, texts),
    st.builds(OptOutNotice, texts, texts, numbers, st.booleans()),
)


@given(told)
def test_whatever_is_told_is_read_as_it_was_written(said: Told) -> None:
    id = Ids(HandClock(NOW)).uuid7()
    read = _read(_written(said, id))
    match said:
        case InboundSms():
            assert read == replace(said, spooled=id, sent_at=said.sent_at or NOW)
        case DeliveryReport():
            assert read == replace(said, spooled=id)
        case OptOutNotice():
            assert read == said


@pytest.mark.parametrize("command", [["serve"], ["worker", "--once"]])
@pytest.mark.parametrize("folder", ["not-mounted", "relative"])
def test_a_process_does_not_start_without_the_folder_it_was_promised(
    command: list[str],
    folder: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(f"GUICHET_{name}", value)
    monkeypatch.setenv("GUICHET_SPOOL", "spool" if folder == "relative" else str(tmp_path / folder))
    assert main(command) != 0
    told = capsys.readouterr().err
    assert "GUICHET_SPOOL" in told and ("absolute path" if folder == "relative" else "No such file") in told
    assert not (tmp_path / folder).exists()


_ENVIRONMENT = {
    "DATABASE_URL": "postgresql://nobody@/none?host=/nowhere",
    "REDIS_URL": "unix:///nowhere",
    "CALLBACK_SECRETS": "s" * 20,
    "ENCRYPTION_KEYS": "2026:" + "bm5u" * 10 + "bm4=",
    "COUNTRY": "senegal",
    **{f"MINISTRY_ESS_{name}_URL": "http://127.0.0.1:9" for name in ("GUIDE", "VISITS", "VOICE")},
    "ESS_VOICE_KEY": "x" * 20,
}
