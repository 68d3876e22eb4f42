"""The Redis client: many share one connection, one's failure is not another's, and it comes back by itself."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from domain.errors import InvalidValue, StoreUnavailable
from storage.embedded import embedded_redis
from storage.errors import RedisRefused
from storage.redis_client import RedisClient
from storage.redis_wire import Address

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def impostor(path: Path, handler: Handler) -> AsyncIterator[str]:
    """A server that speaks as `handler` says."""
    server = await asyncio.start_unix_server(handler, str(path))
    yield f"unix://{path}"
    server.close()
    await server.wait_closed()


def answering(replies: bytes) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            writer.write(replies)
        writer.close()

    return handler


async def test_values_go_in_and_come_out(redis: RedisClient) -> None:
    assert await redis.execute("SET", "session", b"\x00\xff") == b"OK"
    assert await redis.execute("GET", "session") == b"\x00\xff"
    assert await redis.execute("GET", "nothing") is None
    assert await redis.execute("INCRBY", "count", 5) == 5
    assert await redis.execute("MGET", "session", "nothing", "count") == [b"\x00\xff", None, b"5"]


async def test_a_thousand_at_once_get_each_their_own(redis: RedisClient, redis_url: str) -> None:
    patient = RedisClient(redis_url, timeout=30)  # whose answers they are is asked here, not how soon they come
    await asyncio.gather(*(patient.execute("SET", f"k{n}", n) for n in range(1000)))
    replies = await asyncio.gather(*(patient.execute("GET", f"k{n}") for n in range(1000)))
    assert replies == [str(n).encode() for n in range(1000)]
    await patient.close()


async def test_one_failing_command_does_not_fail_its_neighbours(redis: RedisClient) -> None:
    await redis.execute("SET", "text", "abc")
    replies = await asyncio.gather(
        redis.execute("GET", "text"),
        redis.execute("LPUSH", "text", "x"),
        redis.execute("NOSUCH"),
        redis.execute("GET", "text"),
        return_exceptions=True,
    )
    assert [replies[0], replies[3]] == [b"abc", b"abc"]
    assert isinstance(replies[1], RedisRefused)
    assert isinstance(replies[2], RedisRefused)


async def test_one_that_gives_up_does_not_shift_the_replies(redis: RedisClient) -> None:
    await redis.execute("SET", "a", "1")
    await redis.execute("SET", "b", "2")
    first = asyncio.ensure_future(redis.execute("GET", "a"))
    second = asyncio.ensure_future(redis.execute("GET", "b"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == b"2"
    assert await redis.execute("GET", "a") == b"1"


async def test_a_script_is_learnt_once_and_again_after_a_flush(redis: RedisClient) -> None:
    script = redis.script("return {KEYS[1], ARGV[1]}")
    for _ in range(2):
        assert await script.call(["k"], ["v"]) == [b"k", b"v"]
        await redis.execute("SCRIPT", "FLUSH")
    with pytest.raises(RedisRefused):
        await redis.script("return redis.call('LPUSH')").call([])


async def test_a_full_server_cannot_serve_but_still_reads(redis: RedisClient) -> None:
    await redis.execute("SET", "kept", "1")
    await redis.execute("CONFIG", "SET", "maxmemory", "1")
    try:
        with pytest.raises(StoreUnavailable, match="OOM"):
            await redis.execute("SET", "a", "b")
        with pytest.raises(StoreUnavailable, match="OOM"):
            await redis.script("return redis.call('SET', KEYS[1], 'b')").call(["a"])
        assert await redis.execute("GET", "kept") == b"1"
    finally:
        await redis.execute("CONFIG", "SET", "maxmemory", "0")


async def test_a_server_that_was_restarted_is_found_again(tmp_path: Path) -> None:
    with embedded_redis(tmp_path) as server:
        client = RedisClient(server.url, circuit=600)
        await client.ping()
    with pytest.raises(StoreUnavailable):
        await client.ping()
    with embedded_redis(tmp_path):
        outcomes = await asyncio.gather(*(client.ping() for _ in range(50)), return_exceptions=True)
        assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes), "the circuit is open: nobody tries"
        client._closed_until = asyncio.get_running_loop().time()  # its time is over
        await client.ping()
        # A connection cut behind our back: a read is simply made again, and a write is not.
        killed = RedisClient(server.url)
        await killed.execute("CLIENT", "KILL", "TYPE", "normal")
        assert await client.execute("GET", "a") is None
        await killed.execute("CLIENT", "KILL", "TYPE", "normal")
        await killed.close()
    await client.close()


async def test_a_lost_write_is_told_and_a_lost_read_is_repeated(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"+PONG\r\n")
        heard.append(await reader.read(65536))
        writer.close()

    async with impostor(tmp_path / "s", hang_up) as url:
        client = RedisClient(url, circuit=0.0)
        with pytest.raises(StoreUnavailable):
            await client.execute("INCR", "a")
        assert len(heard) == 1
        with pytest.raises(StoreUnavailable, match="twice"):
            await client.execute("GET", "a")
        assert len(heard) == 3
        with pytest.raises(StoreUnavailable):
            await client.execute("SET", "lock", "1", "NX")
        assert len(heard) == 4
        await client.close()


async def test_a_silent_server_costs_one_time_out_and_then_nothing(tmp_path: Path) -> None:
    joined: list[asyncio.StreamReader] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        joined.append(reader)
        while await reader.read(65536):
            pass
        writer.close()

    async with impostor(tmp_path / "s", silent) as url:
        client = RedisClient(url, timeout=0.1, circuit=600)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        outcomes = await asyncio.gather(*(client.ping() for _ in range(20)), return_exceptions=True)
        assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes)
        assert loop.time() - begun > 0.09
        with pytest.raises(StoreUnavailable):
            await client.ping()
        assert len(joined) == 1, "all waited for the same attempt, and the next for none"
        await client.close()


async def test_a_server_that_falls_silent_later_is_noticed(tmp_path: Path) -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"+PONG\r\n")
        while await reader.read(65536):
            pass
        writer.close()

    async with impostor(tmp_path / "s", once) as url:
        client = RedisClient(url, timeout=0.5, circuit=600)
        with pytest.raises(StoreUnavailable, match="in time"):
            await client.execute("GET", "a")
        with pytest.raises(StoreUnavailable, match="away"):
            await client.execute("GET", "a")
        await client.close()


@pytest.mark.parametrize("noise", [b"!!!\r\n", b"*99999999999999\r\n", b"+OK\r\n+OK\r\n+OK\r\n", b"-LOADING x\r\n"])
async def test_noise_instead_of_replies_is_a_store_that_is_away(tmp_path: Path, noise: bytes) -> None:
    async with impostor(tmp_path / "s", answering(noise)) as url:
        client = RedisClient(url, timeout=0.1)
        with pytest.raises(StoreUnavailable):
            for _ in range(2):
                await client.execute("INCR", "a")
        await client.close()


async def test_a_password_and_a_database_are_used(redis: RedisClient, redis_url: str) -> None:
    await redis.execute("ACL", "SETUSER", "guichet", "on", ">p@ss", "~*", "+@all")
    try:
        where = redis_url.removeprefix("unix://")
        client = RedisClient(f"unix://guichet:p%40ss@{where}?db=3")
        await client.execute("SET", "only-in-3", "1")
        assert await redis.execute("GET", "only-in-3") is None
        await client.close()
        stranger = RedisClient(f"unix://guichet:wrong@{where}")
        with pytest.raises(StoreUnavailable):
            await stranger.ping()
        await stranger.close()
    finally:
        await redis.execute("ACL", "DELUSER", "guichet")


def test_addresses() -> None:
    secure = Address.parse("rediss://:secret@redis.example:7000/2")
    assert (secure.host, secure.port) == ("redis.example", 7000)
    assert secure.tls is not None
    assert secure.hello == (("AUTH", "secret"), ("SELECT", 2), ("PING",))
    assert "secret" not in repr(secure)
    assert Address.parse("redis://localhost").port == 6379
    with pytest.raises(InvalidValue):
        Address.parse("http://:secret@x")


async def test_tls_is_spoken_and_its_certificate_is_checked(tmp_path: Path) -> None:
    certificate, context = self_signed(tmp_path)
    server = await asyncio.start_server(answering(b"+PONG\r\n"), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    trusting = RedisClient(f"rediss://localhost:{port}?ssl_ca_certs={certificate}")
    assert await trusting.execute("PING") == b"PONG"
    await trusting.close()
    strict = RedisClient(f"rediss://localhost:{port}")
    with pytest.raises(StoreUnavailable):
        await strict.ping()
    await strict.close()
    server.close()
    await server.wait_closed()


def self_signed(directory: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for `localhost`, and a server's context that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = directory / "server.pem"
    no_password = serialization.NoEncryption()
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    return pem, context
