"""Redis away, PostgreSQL away, slow or both: a well-formed screen within four seconds, and nothing done twice."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import StoreUnavailable
from storage.embedded import embedded_redis
from storage.redis_client import RedisClient
from tests.gateway.walks import at_home, open_seats, typed, walk_to_confirm, with_account
from tests.phone import PHONES, AfricasTalkingPhone, Screen
from tests.until import until
from tests.whole import Stage, Whole, whole

HERS = "+994501234501"
GRANTED, PIN = "41000019", "918273"
# A hop may take four; this very process, which measures, may have to wait for its turn.
HOP_SECONDS, SLACK_SECONDS = 4.0, 8.0


@dataclass
class Tap:
    """A pipe before a server's socket that can be cut, or held so that nothing flows."""

    path: Path
    server: str
    flowing: asyncio.Event = field(default_factory=asyncio.Event)
    pipes: set[asyncio.Task[None]] = field(default_factory=set)
    listener: asyncio.Server | None = None

    async def open(self) -> None:
        self.flowing.set()
        if self.listener is None:
            self.listener = await asyncio.start_unix_server(self._joined, str(self.path))

    async def cut(self) -> None:
        if self.listener is not None:
            self.listener.close()
            self.listener = None
            self.path.unlink(missing_ok=True)
        for pipe in list(self.pipes):
            pipe.cancel()
        await asyncio.gather(*self.pipes, return_exceptions=True)

    def hold(self) -> None:
        self.flowing.clear()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self.server)
        for source, target in ((reader, back), (there, writer)):
            pipe = asyncio.create_task(self._flow(source, target))
            self.pipes.add(pipe)
            pipe.add_done_callback(self.pipes.discard)

    async def _flow(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while octets := await source.read(65536):
                await self.flowing.wait()
                target.write(octets)
                await target.drain()
        except ConnectionError:
            pass
        finally:
            target.close()


class OwnRedis:
    """A Redis of this test's own, to be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()

    def start(self) -> str:
        return self._running.enter_context(embedded_redis(self._folder)).url

    def stop(self) -> None:
        self._running.close()


@dataclass(repr=False)
class Stores:
    """A gateway, and the hands on its stores."""

    whole: Whole
    redis: OwnRedis
    postgres: Tap

    def phone(self, msisdn: str = HERS) -> "TimedPhone":
        return TimedPhone(self.whole.app, msisdn)


class TimedPhone(AfricasTalkingPhone):
    """No hop may take longer than a hop may take."""

    async def hop(self, **changed: str) -> Screen:
        began = time.monotonic()
        screen = await super().hop(**changed)
        took = time.monotonic() - began
        assert took < HOP_SECONDS + SLACK_SECONDS, (screen, took)
        assert screen.text
        return screen


@pytest.fixture
async def stores(
    clean_url: str, ministries: tuple[Stage, str], tmp_path: Path, servers_dir: Path
) -> AsyncIterator[Stores]:
    redis = OwnRedis(tmp_path / "redis")
    real = clean_url.partition("?host=")[2]
    tap = Tap(tmp_path / ".s.PGSQL.5432", f"{real}/.s.PGSQL.5432")
    await tap.open()
    try:
        url = clean_url.replace(real, str(tmp_path))
        async with whole(url, redis.start(), *ministries) as running:
            yield Stores(running, redis, tap)
            await tap.open()
    finally:
        await tap.cut()
        redis.stop()


def asked(stores: Stores, operation: str = "applications.get") -> int:
    return int(stores.whole.sandbox.state.world.journal.of("vemtas", operation).asked)


async def known(stores: Stores) -> None:
    """She has called before: her language is known."""
    await at_home(stores.phone())


# --- Redis ------------------------------------------------------------------------------------------------


async def test_without_redis_from_the_first_hop_and_then_with_it(stores: Stores) -> None:
    stores.redis.stop()
    phone = stores.phone()
    await at_home(phone)
    shown = await typed(phone, "1", GRANTED)
    assert "312.40 manat" in shown.text
    assert (await phone.hop()).text == shown.text
    stores.redis.start()
    await asyncio.sleep(0.1)
    assert (await phone.hop()).text == shown.text
    assert (await phone.answer("1")).name.startswith("pickup")
    assert (await phone.answer("0")).text == shown.text


async def test_redis_lost_within_a_session(stores: Stores) -> None:
    await known(stores)
    phone = stores.phone()
    await phone.dial()
    assert (await phone.answer("1")).name == "status_ask"
    stores.redis.stop()
    # What she types is let go with the session: the question is shown again, the ministry not asked.
    assert (await phone.answer(GRANTED)).name == "status_ask"
    assert asked(stores) == 0
    assert "312.40 manat" in (await phone.answer(GRANTED)).text
    assert (await phone.answer("1")).name.startswith("pickup")
    assert (await phone.answer("00")).name == "home"


async def test_redis_lost_between_reading_and_writing(stores: Stores) -> None:
    phone = stores.phone()
    await at_home(phone)
    await phone.answer("1")
    stores.whole.sandbox.state.world.faults.add(
        {"ministry": "vemtas", "operation": "applications.get", "kind": "delay", "value": 0.4}
    )
    hop = asyncio.create_task(phone.answer(GRANTED))
    await until(lambda: asked(stores) == 1, hop)
    await asyncio.to_thread(stores.redis.stop)
    shown = await hop
    assert "312.40 manat" in shown.text
    assert (await phone.hop()).text == shown.text
    assert asked(stores) == 1
    stores.redis.start()
    assert (await phone.hop()).text == shown.text


async def unheard(*_: object) -> object:
    raise StoreUnavailable("away")


async def test_redis_that_comes_back_with_what_it_knew_is_not_believed(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known(stores)
    phone = stores.phone()
    await phone.dial()
    asked_for = await phone.answer("1")
    with monkeypatch.context() as without:
        without.setattr(RedisClient, "_send", unheard)
        assert (await phone.answer(GRANTED)).text == asked_for.text, "replayed up to what calls a ministry"
    # Not both inputs as one, on the session as it was before.
    assert "312.40 manat" in (await phone.answer(GRANTED)).text


async def test_nor_is_it_where_no_history_is_sent(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    await known(stores)
    phone = PHONES["flares"](stores.whole.app, HERS)
    home = await phone.dial()
    account = await phone.answer("6")
    await typed(phone, "0", "1")
    stores.whole.clock.advance(timedelta(seconds=4))
    with monkeypatch.context() as without:
        without.setattr(RedisClient, "_send", unheard)
        assert (await phone.answer("0")).text == home.text, "nobody knows what was typed before"
    # What answers the screen that she sees is no answer to the one before.
    assert (await phone.answer("6")).text == account.text


async def test_a_booking_over_a_restart_of_redis_is_made_once(stores: Stores) -> None:
    world = stores.whole.sandbox.state.world
    seat = open_seats(world, "asan-04", "id_card")[-1]
    phone = stores.phone()
    await walk_to_confirm(phone, stores.whole, seat)
    world.faults.add({"ministry": "asan", "operation": "appointment.new", "kind": "delay", "value": 0.4})
    hop = asyncio.create_task(phone.answer("1"))
    await until(lambda: world.journal.of("asan", "appointment.new").asked == 1, hop)
    await asyncio.to_thread(stores.redis.stop)
    stores.redis.start()
    assert (await hop).name == "visit_booked"
    assert (await phone.hop()).goes_on
    assert (await phone.answer("1")).text
    assert len(world.diary.appointments) == 1


async def test_a_session_without_redis_is_one_at_a_time_too(stores: Stores) -> None:
    stores.redis.stop()
    phone = stores.phone()
    await at_home(phone)
    await phone.answer("1")
    stores.whole.sandbox.state.world.faults.add(
        {"ministry": "vemtas", "operation": "applications.get", "kind": "delay", "value": 0.3}
    )
    first = asyncio.create_task(phone.answer(GRANTED))
    await until(lambda: asked(stores) == 1, first)
    again = await phone.hop()
    assert again.text == (await first).text
    assert asked(stores) == 1


@pytest.fixture
async def performed(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The use cases that were performed."""
    names: list[str] = []
    calls = stores.whole.parts.conversation._dialogue._calls
    perform = calls.perform

    async def noted(use: str, *rest: object) -> object:
        names.append(use)
        return await perform(use, *rest)

    monkeypatch.setattr(calls, "perform", noted)
    return names


@pytest.mark.parametrize(
    ("keys", "last", "shown"),
    [
        # A question, its answer, the call that it would make.
        (("1",), GRANTED, "status_ask"),
        # Pages are turned as they were turned.
        (("98", "0", "1"), GRANTED, "status_ask"),
        (("98", "1"), GRANTED, "status_ask"),
        # A list is alive: it is not crossed.
        (("3", "1", "1"), "1", "visits"),
        (("3", "1", "1", "1", "1", "1"), "1", "visits"),
        (("6",), "2", "home"),
        (("1", GRANTED), PIN, "status_ask"),
        # There and back again.
        (("1", "00", "3", "0", "2"), GRANTED, "pickup_ask"),
    ],
)
async def test_a_session_that_redis_forgot_is_replayed_over_pure_steps(
    stores: Stores, performed: list[str], keys: tuple[str, ...], last: str, shown: str
) -> None:
    first = stores.phone()
    await at_home(first)
    await with_account(first)
    phone = stores.phone()
    await phone.dial()
    await typed(phone, *keys)
    await forget(stores)
    performed.clear()
    replayed = await phone.answer(last)
    assert replayed.name == shown
    assert performed == []
    assert (await phone.hop()).text == replayed.text
    assert (await phone.answer("00")).name == "home"


async def test_a_forgotten_session_that_was_offered_to_go_on(stores: Stores, performed: list[str]) -> None:
    phone = stores.phone()
    await at_home(phone)
    await phone.answer("3")
    for choice, keys, shown in (("2", ("1",), "status_ask"), ("1", (), "home")):
        phone = stores.phone()
        assert (await phone.dial()).name == "resume_offer"
        await typed(phone, choice, *keys)
        await forget(stores)
        performed.clear()
        assert (await phone.answer("7777")).name == shown
        assert performed == []
        await typed(phone, "00", "3")  # something to offer next time


@pytest.mark.parametrize("door", PHONES)
async def test_a_forgotten_new_caller_chooses_her_language_again(stores: Stores, door: str) -> None:
    phone = PHONES[door](stores.whole.app, "+994501234533")
    await at_home(phone)
    await forget(stores)
    assert "2 English" in (await phone.answer("1")).text
    assert "State services" in (await phone.answer("2")).text


async def forget(stores: Stores) -> None:
    client = RedisClient(stores.whole.parts.settings.redis_url, timeout=30)
    await client.execute("FLUSHALL")
    await client.close()


# --- PostgreSQL -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cut", "held"])
async def test_without_postgresql_what_is_open_to_all_can_be_read(stores: Stores, how: str) -> None:
    await away(stores, how)
    phone = stores.phone()
    began = await phone.dial()
    assert began.name == "home"
    shown = await typed(phone, "5", "1")
    assert shown.name.startswith("documents")
    assert "AZN" in shown.text or shown.goes_on
    assert (await typed(phone, "00", "3", "1", "1")).name == "visit_place"
    assert (await phone.answer("1")).name == "visit_day"


@pytest.mark.parametrize("how", ["cut", "held"])
async def test_without_postgresql_nothing_is_written_and_she_is_told(stores: Stores, how: str) -> None:
    world = stores.whole.sandbox.state.world
    phone = stores.phone()
    await walk_to_confirm(phone, stores.whole, open_seats(world, "asan-04", "id_card")[-1])
    await away(stores, how)
    told = await phone.answer("1")
    assert told.name == "try_later"
    assert ("Nothing was saved" if how == "cut" else "It took too long") in told.text
    assert len(world.diary.appointments) == 0
    await stores.postgres.open()
    assert (await phone.answer("0")).name == "visit_confirm"
    assert (await phone.answer("1")).name == "visit_booked"
    assert len(world.diary.appointments) == 1


async def test_without_postgresql_nobody_reads_past_her_pin(stores: Stores) -> None:
    phone = stores.phone()
    await at_home(phone)
    await with_account(phone)
    await stores.postgres.cut()
    phone = stores.phone()
    assert (await phone.dial()).name == "home"
    told = await typed(phone, "1", GRANTED)
    assert told.name == "try_later"
    assert "312" not in told.text


# --- both -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cut", "held"])
async def test_without_any_store_she_is_told_to_call_again(stores: Stores, how: str) -> None:
    phone = stores.phone()
    await at_home(phone)
    stores.redis.stop()
    await away(stores, how)
    for screen in (await phone.answer("1"), await stores.phone().dial(), await stores.phone().dial("*123*1*41#")):
        assert not screen.goes_on
        assert screen.name in ("error.not_saved", "error.slow")
    stores.redis.start()
    await stores.postgres.open()
    phone = stores.phone()
    assert (await phone.dial()).goes_on


async def away(stores: Stores, how: str) -> None:
    """Gone, or there and silent."""
    if how == "cut":
        await stores.postgres.cut()
    else:
        stores.postgres.hold()
