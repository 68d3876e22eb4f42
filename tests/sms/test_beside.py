"""A process beside the worker claims while the queue is long; without it, or with it gone, the worker does."""

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.msisdn import Msisdn
from services.alerts import POLICIES, AlertKind
from sms import beside
from sms.beside import LONG, REST_SECONDS, Beside, BesideGone, Launch
from sms.claims import Claimed, Written
from sms.dispatch import Dispatcher
from sms.pace import Pace
from sms.records.claiming import SqlClaims
from sms.values import Encoding
from storage.unit_of_work import Database
from tests.sms.claimer import launched
from tests.sms.queueing import NOW, Post
from tests.until import until

FEW = Pace(in_flight=4, ahead=2, batch=3, group=2, idle=0.02, broken=0.05)


@asynccontextmanager
async def kept_up(dispatcher: Dispatcher) -> AsyncIterator[None]:
    """Its loops run meanwhile, and have ended afterwards."""
    stopped = asyncio.Event()
    running = asyncio.create_task(dispatcher.run(stopped))
    try:
        yield
    finally:
        stopped.set()
        await running


def with_one(post: Post, launch: Launch, pace: Pace = FEW) -> tuple[Dispatcher, Beside]:
    dispatcher = post.dispatcher(pace=pace)
    dispatcher._beside = found = Beside(launch, post.clock)
    return dispatcher, found


async def filled(post: Post, count: int) -> list[UUID]:
    return [id for _ in range(count) if (id := await post.put(await post.person(), subject=""))]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_running(pid: int) -> bool:
    """Also said of who is nobody's child here, and may stay as a zombie where nobody asks how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_what_it_claims_is_sent_as_if_the_worker_had(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(database)
    by_hand = await filled(post, 2)
    assert await post.dispatcher().once() == 2
    ids = await filled(post, 7)
    dispatcher, found = with_one(post, launched(post))
    await found.start()
    pid = found.pid
    assert pid
    monkeypatch.delattr(SqlClaims, "claim")  # here nobody claims
    async with kept_up(dispatcher):
        await until(lambda: len(post.provider.seen) == 9)
    assert [message.id for message in post.provider.seen] == by_hand + ids
    [alike] = {message.text for message in post.provider.seen}
    assert alike and await post.states() == ["sent"] * 9
    rows = await post.rows()
    assert len({(row.attempts, row.parts, row.cost_millis, row.encoding, row.claim_token) for row in rows}) == 1
    for row in rows:
        assert row.sent_text is not None
    # The worker has ended, and so has it.
    assert not found.up and not is_alive(pid)


async def test_what_may_not_go_is_put_aside_and_counted_there_too(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    await post.put(person, expires_at=NOW - timedelta(seconds=1))
    sent = await post.put(person, subject="")
    dispatcher, found = with_one(post, launched(post))
    await found.start()
    assert await dispatcher.once() == 1
    await found.stop()
    assert [message.id for message in post.provider.seen] == [sent]
    assert await post.states() == ["expired too_late", "sent"]
    assert ("ended", "", "expired") in post.counted.events


async def test_what_cannot_be_said_fails_and_keeps_nothing_back(database: Database) -> None:
    post = Post(database)
    await post.put(await post.person(), text_id="sms.unsayable", subject="")
    await filled(post, 1)
    dispatcher, found = with_one(post, launched(post))
    await found.start()
    assert await dispatcher.once() == 1
    await found.stop()
    assert await post.states() == ["failed cannot_be_worded", "sent"]


@pytest.mark.parametrize("at", ["before", "between"])
async def test_killed_it_loses_nothing_and_the_worker_goes_on(database: Database, at: str) -> None:
    post = Post(database)
    dispatcher, found = with_one(post, launched(post, "late" if at == "between" else ""))
    await found.start()
    ids = await filled(post, 5)
    pid = found.pid
    assert pid
    async with kept_up(dispatcher):
        if at == "between":
            # It has claimed, and dies before it says so.
            await until_states(post, "sending")
        os.kill(pid, signal.SIGKILL)
        await until(lambda: len(post.provider.seen) == len(ids))
    assert not found.up
    assert sorted(message.id for message in post.provider.seen) == sorted(ids)
    assert await post.states() == ["sent"] * len(ids)


async def until_states(post: Post, state: str) -> None:
    async with asyncio.timeout(60):
        while state not in await post.states():
            await asyncio.sleep(0.02)


async def test_one_that_does_not_answer_is_ended(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(database)
    dispatcher, found = with_one(post, launched(post))
    await found.start()
    ids = await filled(post, 4)
    pid = found.pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(beside, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(beside, "_END_SECONDS", 0.1)
    async with kept_up(dispatcher):
        await until(lambda: len(post.provider.seen) == len(ids))
    assert not found.up and not is_alive(pid)
    assert await post.states() == ["sent"] * len(ids)


async def test_a_worker_that_stops_still_writes_what_providers_say(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while it waits for one that hangs."""
    post = Post(database)
    dispatcher, found = with_one(post, launched(post))
    await filled(post, 3)
    await found.start()
    assert found.pid
    post.provider.gate = asyncio.Event()
    stopped = asyncio.Event()
    running = asyncio.create_task(dispatcher.run(stopped))
    await until(lambda: len(post.provider.seen) == 3)
    os.kill(found.pid, signal.SIGSTOP)
    dispatcher.wake()
    await asyncio.sleep(0.1)  # it asks it
    stopped.set()
    post.provider.gate.set()
    await until_states(post, "sent")
    assert not running.done() and found.pid
    os.kill(found.pid, signal.SIGCONT)
    await running
    assert await post.states() == ["sent"] * 3


@pytest.mark.parametrize("fault", ["away", "elsewhere"])
async def test_where_postgresql_is_away_for_it_the_worker_claims(database: Database, fault: str) -> None:
    """It lost PostgreSQL, or PostgreSQL has no connection for one more: the worker may have one all the same."""
    post = Post(database)
    ids = await filled(post, 2)
    dispatcher, found = with_one(post, launched(post, fault))
    await found.start()
    assert not await dispatcher._safely(dispatcher._claim)
    assert not found.up and await post.states() == ["queued"] * len(ids)
    assert await dispatcher.once() == len(ids)


@pytest.mark.parametrize("fault", ["broken", "unheard of"])
async def test_a_claim_that_breaks_there_is_let_go(database: Database, fault: str) -> None:
    post = Post(database)
    await filled(post, 2)
    dispatcher, found = with_one(post, launched(post, fault))
    await found.start()
    assert not await dispatcher._safely(dispatcher._claim)
    assert await post.states() == ["queued"] * 2
    # What breaks there may break here, too, but another time it is the worker that tries.
    assert not found.up
    assert await dispatcher.once() == 2
    # Nor is it started at once to break again.
    for _ in range(LONG):
        found.saw(full=True)
    assert found._starting is None
    post.clock.advance(timedelta(seconds=REST_SECONDS))
    found.saw(full=True)
    assert found._starting
    await found.stop()


async def test_one_of_another_release_is_not_asked(database: Database) -> None:
    """The code on the disk was replaced while the worker ran: it goes on with the old, by itself."""
    post = Post(database)
    _, found = with_one(post, launched(post, "another"))
    with pytest.raises(BesideGone):
        await found.start()
    assert not found.up and found.pid is None


async def test_whether_it_is_up_is_told(database: Database) -> None:
    post, told = Post(database), list[bool]()
    found = Beside(launched(post), post.clock, told.append)
    await found.stop()
    await found.start()
    assert told == [True]
    assert found.pid
    os.kill(found.pid, signal.SIGKILL)
    with pytest.raises(BesideGone):
        await found.claim(UUID(int=1), 1)
    assert told == [True, False]


async def test_a_long_queue_starts_it_and_a_short_one_ends_it(database: Database) -> None:
    post = Post(database)
    dispatcher, found = with_one(post, launched(post))
    await filled(post, FEW.batch * LONG + 1)
    post.provider.gate = asyncio.Event()
    for number in range(LONG):
        assert found.pid is None and found._starting is None, number
        await dispatcher._claim()
    await until(lambda: found.up)
    pid = found.pid
    assert pid
    post.provider.gate.set()
    async with kept_up(dispatcher):
        await until(lambda: len(post.provider.seen) == FEW.batch * LONG + 1)
        post.clock.advance(timedelta(seconds=REST_SECONDS))
        await until(lambda: not found.up and not is_alive(pid))
        await filled(post, 1)
        dispatcher.wake()
        await until(lambda: len(post.provider.seen) == FEW.batch * LONG + 2)
    assert set(await post.states()) == {"sent"}


async def test_where_it_does_not_start_it_is_tried_again_a_minute_later(database: Database) -> None:
    post, tried = Post(database), []

    async def refused(*_: object) -> asyncio.subprocess.Process:
        tried.append(post.clock.now())
        raise OSError("no more processes")

    found = Beside(refused, post.clock)
    for _ in range(3):
        for _ in range(LONG):
            found.saw(full=True)
        await until(lambda: found._starting is None)
    assert len(tried) == 1 and not found.up
    post.clock.advance(timedelta(seconds=REST_SECONDS))
    found.saw(full=False)
    for _ in range(LONG):
        found.saw(full=True)
    await until(lambda: len(tried) == 2)
    await found.stop()


async def test_whatever_keeps_it_from_starting_is_no_matter(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even a socket is left, or a fault of ours: it is not tried again at once, and the worker hears nothing."""
    post, tried = Post(database), []

    def refused() -> tuple[socket.socket, socket.socket]:
        tried.append(1)
        raise OSError(errno.EMFILE, "Too many open files")

    async def broken(_: socket.socket) -> asyncio.subprocess.Process:
        tried.append(1)
        raise KeyError("ours")

    found, other = Beside(launched(post), post.clock), Beside(broken, post.clock)
    for _ in range(3 * LONG):
        other.saw(full=True)
    await until(lambda: other._starting is None)
    monkeypatch.setattr(socket, "socketpair", refused)
    for _ in range(3 * LONG):
        found.saw(full=True)
    await until(lambda: found._starting is None)
    assert len(tried) == 2 and not found.up and not other.up
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2


async def test_started_twice_there_is_one(database: Database) -> None:
    found = Beside(launched(Post(database)), Post(database).clock)
    await found.start()
    pid = found.pid
    await found.start()
    assert found.pid == pid
    await found.stop()


SAYS = """import socket, sys, time
it = socket.socket(fileno=int(sys.argv[1]))
it.sendall(bytes.fromhex(sys.argv[2]))
it.recv(1000)
it.sendall(bytes.fromhex(sys.argv[3]))
time.sleep(float(sys.argv[4]))
"""


@pytest.mark.parametrize("stays", [0, 60])
@pytest.mark.parametrize("said", ["", "00000005 94", "00000001 c1", "00000003 91a161", "ffffffff"])
async def test_half_an_answer_or_none_is_the_end_of_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, said: str, stays: int
) -> None:
    """Nothing, a part of a frame, no MessagePack, another frame, one of four gigabytes."""
    monkeypatch.setattr(beside, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(beside, "_END_SECONDS", 0.1)
    hello = beside._encode(beside._Hello(beside.FORM))
    opening = (len(hello).to_bytes(4, "big") + hello).hex()

    async def launch(its: socket.socket) -> asyncio.subprocess.Process:
        orders = (str(its.fileno()), opening, said, str(stays))
        return await asyncio.create_subprocess_exec(sys.executable, "-c", SAYS, *orders, pass_fds=[its.fileno()])

    found = Beside(launch, Post(database).clock)
    await found.start()
    pid = found.pid
    assert pid
    with pytest.raises(BesideGone):
        await found.claim(UUID(int=1), 1)
    assert not found.up and not is_alive(pid)


async def test_it_ends_with_the_worker_however_that_ends(database: Database) -> None:
    """Nothing but the socket ties it to the worker: the end of that is the end of it."""
    found = Beside(launched(Post(database)), Post(database).clock)
    await found.start()
    process = found._process
    assert process and found._link
    found._link[1].transport.abort()
    async with asyncio.timeout(60):
        assert await process.wait() == 0
    await found.stop()


async def test_a_worker_that_is_killed_takes_it_along(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sms.claimer", "worker", url, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout
    pid = int(await worker.stdout.readline())
    assert is_running(pid)
    worker.kill()
    await worker.wait()
    await until(lambda: not is_running(pid))


async def test_who_is_not_up_cannot_be_asked(database: Database) -> None:
    with pytest.raises(BesideGone):
        await Beside(launched(Post(database)), Post(database).clock).claim(UUID(int=1), 5)


# --- the wire -----------------------------------------------------------------------------------------------


class Words(msgspec.Struct, frozen=True):
    text: str
    encoding: Encoding
    parts: tuple[str, ...]


WORDS = st.builds(Words, st.text(), st.sampled_from(Encoding), st.lists(st.text(), max_size=3).map(tuple))
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@st.composite
def writings(draw: st.DrawFn) -> Written:
    kind = draw(st.sampled_from(AlertKind))
    claim = Claimed(
        draw(st.uuids()),
        UUID(int=7),
        draw(st.none() | st.uuids()),
        POLICIES[kind],
        draw(st.text()),
        draw(st.sampled_from(["az", "ar_Latn"])),
        Msisdn("+994501234567"),
        draw(st.none() | TIMES),
        draw(st.integers(0, 9)),
        draw(st.integers(0, 1)),
        draw(st.text()),
    )
    return Written(claim, kind, draw(st.text()), draw(st.text()), draw(st.none() | WORDS), draw(st.binary()))


@given(writings())
def test_what_is_written_there_is_read_as_it_was(one: Written) -> None:
    [row] = beside._answer.decode(beside._encode(beside._Answer(1, [beside._row(one)]))).rows
    read = beside._written(row, UUID(int=7))
    assert read.claim == one.claim
    assert (read.kind, read.network, read.avoid, read.sealed) == (one.kind, one.network, one.avoid, one.sealed)
    if one.worded is None:
        assert read.worded is None
    else:
        assert read.worded and (read.worded.text, read.worded.encoding) == (one.worded.text, one.worded.encoding)
        assert read.worded.parts == one.worded.parts
