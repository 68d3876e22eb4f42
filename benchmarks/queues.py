"""One message over HTTP a job: from our outbox, and from pgqueuer, beside a bare loop of the same client.

    make bench-queue

Same PostgreSQL, same stub of a provider, same HTTP client, as many at once; one process on one core sends, the other
core has the rest. pgqueuer takes a job, posts its payload as it stands and forgets the job. The outbox besides keeps
each person's messages in order, opens seals, asks for opt-outs, caps and rates, words the text, and writes down what
was sent and which id the provider gave. Every message is counted on both sides.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import asyncpg
import uvloop
from sqlalchemy.engine import make_url

from benchmarks.office import CLOCK, Cost, HttpProvider, Office, alert, unhindered
from benchmarks.peers.needs import module
from benchmarks.sms import bare, dispatched, surroundings
from domain.deadline import Deadline
from domain.ids import Ids
from domain.msisdn import Msisdn
from gateway.commands.worker import collect_rarely
from gateway.pack import load_pack
from gateway.words import composer_for, translator_for
from services.backends.wire import HttpWire
from sms.pace import Pace
from sms.values import Accepted, Encoding, Outbound
from storage.engine import create_engine
from storage.migrate import upgrade
from storage.unit_of_work import Database

_ENTRY = "send"


class Peer:
    """pgqueuer, its tables beside ours."""

    def __init__(self, connection: asyncpg.Connection, provider: HttpProvider, in_flight: int) -> None:
        """The connection is kept from round to round: what a process of PostgreSQL spent goes when it ends."""
        self._connection = connection
        self._provider = provider
        self._in_flight = in_flight
        self.sent = 0

    async def install(self) -> None:
        from pgqueuer import AsyncpgDriver, Queries

        await Queries(AsyncpgDriver(self._connection)).install()

    async def fill(self, said: str, count: int) -> None:
        from pgqueuer import AsyncpgDriver, Queries

        await self._connection.execute("TRUNCATE pgqueuer, pgqueuer_log")
        queries = Queries(AsyncpgDriver(self._connection))
        for start in range(0, count, 1000):
            some = range(start, min(count, start + 1000))
            payloads: list[bytes | None] = [json.dumps([f"+99450{1000000 + at}", said]).encode() for at in some]
            await queries.enqueue([_ENTRY] * len(some), payloads, [0] * len(some))
        await self._connection.execute("VACUUM ANALYZE pgqueuer")

    async def drain(self, count: int) -> None:
        from pgqueuer import AsyncpgDriver, Job, QueueManager
        from pgqueuer.domain.types import QueueExecutionMode
        from pgqueuer.queries import Queries

        self.sent = 0
        manager = QueueManager(Queries(AsyncpgDriver(self._connection)))

        @manager.entrypoint(_ENTRY)  # type: ignore[untyped-decorator] # not there to be read, on most machines
        async def send(job: Job) -> None:
            to, said = json.loads(job.payload or b"")
            message = Outbound(job.id, 1, Msisdn(to), "7575", said, Encoding.GSM7, (said,), 3600)
            if not isinstance(await self._provider.send(message, Deadline.after(12, CLOCK)), Accepted):
                raise RuntimeError("the stub is out of order")
            self.sent += 1

        await manager.run(
            batch_size=self._in_flight // 2, max_concurrent_tasks=self._in_flight, mode=QueueExecutionMode.drain
        )
        left = await self._connection.fetchval("SELECT count(*) FROM pgqueuer")
        if (self.sent, left) != (count, 0):
            raise RuntimeError(f"of {count} jobs {self.sent} were sent and {left} are left")


Row = tuple[float, float, float]
"""Messages a second; microseconds of our processor time and of PostgreSQL's a message."""


async def timed(work: Callable[[], Awaitable[object]], count: int) -> Row:
    spent, began = Cost.now(), time.perf_counter()
    await work()
    return (count / (time.perf_counter() - began), *Cost.now().since(spent, count))


async def measure(url: str, port: int, options: argparse.Namespace) -> int:
    await upgrade(url)
    pack = load_pack("azerbaijan")
    database = Database(create_engine(url, statement_timeout=60))
    office = Office(database, composer_for(pack, translator_for(pack)), unhindered(pack.sms))
    said = office.composer.compose("sms.granted_amount_until", alert(Ids(CLOCK).uuid7(), 0).values, "az").text
    rows: dict[str, list[Row]] = {"bare loop": [], "pgqueuer": [], "outbox": []}
    count = options.messages
    async with HttpWire() as wire:
        collect_rarely()
        provider = HttpProvider(wire, port)
        host = str(make_url(url).query["host"])
        connection = await asyncpg.connect(host=host, user="postgres", database="postgres")
        peer = Peer(connection, provider, options.in_flight)
        pace = replace(Pace(), in_flight=options.in_flight)
        await peer.install()
        for _ in range(options.rounds):
            rows["bare loop"].append(await timed(lambda: bare(provider, said, count, options.in_flight), count))
            await peer.fill(said, count)
            rows["pgqueuer"].append(await timed(lambda: peer.drain(count), count))
            await office.clean()
            await office.fill(count)
            await office.analyse()
            rows["outbox"].append(await timed(lambda: dispatched(office, provider, count, pace), count))
            await office.verify(count)
        await connection.close()
    await database.close()
    return _told(rows, options)


def _told(rows: dict[str, list[Row]], options: argparse.Namespace) -> int:
    print(f"{options.messages} messages a round, {options.in_flight} in flight, {options.rounds} rounds, medians\n")
    print("| | messages/s | CPU µs: sending process | PostgreSQL |\n|---|---|---|---|")
    for name, some in rows.items():
        rate, own, server = (statistics.median(each) for each in zip(*some, strict=True))
        print(f"| {name} | {rate:,.0f} | {own:.0f} | {server:.0f} |")
    ratio = statistics.median(us[0] / them[0] for us, them in zip(rows["outbox"], rows["pgqueuer"], strict=True))
    print(f"\noutbox to pgqueuer: {ratio:.2f} (wanted: {options.least:.2f})")
    return 0 if ratio >= options.least else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--in-flight", type=int, default=100)
    parser.add_argument("--least", type=float, default=0.9, help="ratio below which the exit status is 1")
    options = parser.parse_args()
    module("pgqueuer")
    with surroundings() as (url, port):
        return uvloop.run(measure(url, port, options))


if __name__ == "__main__":
    sys.exit(main())
