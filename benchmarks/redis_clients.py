"""What one GET and one SET of a session cost with each way to speak to Redis, and what sealing costs beside it.

    python benchmarks/redis_clients.py [seconds a run]

CPU µs of this process for one GET and one SET of 600 octets on an embedded Redis, by how many hops are in flight.
Compare within a table only.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import redis.asyncio
import uvloop

from storage.embedded import embedded_redis
from storage.keys import KeyRing
from storage.redis_client import RedisClient
from storage.session_sealing import SessionSealer

VALUE = b"v" * 600
Execute = Callable[..., Awaitable[Any]]


class Gathered:
    """redis-py, with the commands of one loop turn sent as one pipeline: what was measured against."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[Any]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def execute(self, *command: Any) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._start)
        future = loop.create_future()
        self._waiting.append((command, future))
        return future

    def _start(self) -> None:
        waiting, self._waiting = self._waiting, []
        task = asyncio.ensure_future(self._run(waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, waiting: list[tuple[tuple[Any, ...], asyncio.Future[Any]]]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for command, _ in waiting:
            pipeline.execute_command(*command)
        try:
            replies = await pipeline.execute(raise_on_error=False)
        except Exception as error:
            replies = [error] * len(waiting)
        for (_, future), reply in zip(waiting, replies, strict=True):
            if isinstance(reply, Exception):
                future.set_exception(reply)
            else:
                future.set_result(reply)


async def cost(execute: Execute, in_flight: int, seconds: float) -> float:
    """CPU µs of one GET and one SET, as a hop does them: one after the other."""
    done = 0
    until = time.perf_counter() + seconds

    async def hops(number: int) -> None:
        nonlocal done
        name = f"session:{number}"
        while time.perf_counter() < until:
            await execute("GET", name)
            await execute("SET", name, VALUE, "EX", 600)
            done += 1

    begun = time.process_time()
    await asyncio.gather(*(hops(number) for number in range(in_flight)))
    return (time.process_time() - begun) / done * 1e6


async def compare(url: str, seconds: float) -> None:
    plain = redis.asyncio.from_url(url, socket_timeout=0.5, max_connections=64)
    ours = RedisClient(url)
    clients: dict[str, Execute] = {
        "redis-py": plain.execute_command,
        "redis-py, gathered a loop turn": Gathered(plain).execute,
        "one shared connection (ours)": ours.execute,
    }
    print(f"{'in flight':32}{'32':>8}{'4':>8}{'1':>8}   CPU µs a GET + SET")
    for name, execute in clients.items():
        figures = [await cost(execute, in_flight, seconds) for in_flight in (32, 4, 1)]
        print(f"{name:32}" + "".join(f"{figure:8.0f}" for figure in figures))
    await ours.close()
    await plain.aclose()


def sealing() -> None:
    sealer = SessionSealer(KeyRing.of({"k": b"k" * 32}))
    count = 20_000
    begun = time.process_time()
    names = [b"session:%d" % number for number in range(4096)]  # more than its cache of keys holds
    for number in range(count):
        name = names[number % 4096]
        sealer.unseal(sealer.seal(VALUE, name), name)
    print(f"seal and unseal 600 octets: {(time.process_time() - begun) / count * 1e6:.1f} µs")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory, embedded_redis(Path(directory)) as server:
        uvloop.run(compare(server.url, float(sys.argv[1]) if len(sys.argv) > 1 else 2.0))
    sealing()
