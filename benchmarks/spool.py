"""What a callback costs that PostgreSQL cannot take: kept on the disk, and handed in later.

    python -m benchmarks.spool --entries 5000 --folder /srv/guichet/spool

`--folder`: on a disk like the volume that is meant; a folder is made there, and removed. Texts are kept; texts, then
delivery reports of messages that nobody knows yet, are handed in to an embedded PostgreSQL on this machine, which waits
for no disk.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domain.clock import SystemClock
from domain.ids import Ids
from domain.msisdn import Msisdn
from gateway import spooling as subject
from gateway.metrics import Metrics
from gateway.pack import load_pack
from gateway.sms_intake import Intake
from gateway.spooling import Spooling, Told
from sms.records.inbound import SqlInbox
from sms.records.reports import SqlReports
from sms.values import DeliveryReport, InboundSms, ReportWord
from storage.embedded import embedded_postgres
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.migrate import upgrade
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.spool import Spool
from storage.unit_of_work import Database

_IN_FLIGHT = (1, 16, 64)
_TOGETHER = (1, 8)
_CLOCK = SystemClock()
_SEALER = Sealer(KeyRing.of({"k": b"k" * 32}))


def spooling(folder: Path) -> Spooling:
    return Spooling(Spool(folder, _SEALER), 10_000_000, _CLOCK, Ids(_CLOCK), Metrics().spool)


def text(number: int) -> Told:
    return InboundSms("africastalking", f"id-{number}", f"+99450{2_000_000 + number}", "7575", "STATUT 41000019")


def report(number: int) -> Told:
    to = Msisdn.parse(f"+99450{2_000_000 + number}")
    return DeliveryReport("africastalking", f"id-{number}", ReportWord.DELIVERED, "Success", to=to)


async def fill(spool: Spooling, entries: int, in_flight: int, told: Callable[[int], Told] = text) -> list[float]:
    """Seconds that each callback waited, in order of length."""
    numbers, took = iter(range(entries)), []

    async def caller() -> None:
        for number in numbers:
            began = time.perf_counter()
            await spool.keep(told(number))
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(caller() for _ in range(in_flight)))
    return sorted(took)


async def kept(entries: int, home: Path) -> None:
    print("| callbacks at once | kept a second | each waits, ms: median | 99th percentile | bytes |")
    print("|---|---|---|---|---|")
    for in_flight in _IN_FLIGHT:
        with tempfile.TemporaryDirectory(dir=home) as folder:
            began = time.perf_counter()
            took = await fill(spooling(Path(folder)), entries, in_flight)
            rate = entries / (time.perf_counter() - began)
            size = _octets(Path(folder)) / entries
            p50, p99 = (took[entries * part // 100] * 1000 for part in (50, 99))
            print(f"| {in_flight} | {rate:.0f} | {p50:.2f} | {p99:.2f} | {size:.0f} |", flush=True)


def _octets(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


async def handed_in(entries: int, home: Path, url: str) -> None:
    await upgrade(url)
    database, ids = Database(create_engine(url)), Ids(_CLOCK)
    keys, observer, config = PersonKeys(_SEALER.ring, _CLOCK), Metrics().sms, load_pack("azerbaijan").sms
    inbox: Any = SqlInbox(_SEALER, _CLOCK, ids)
    reports: Any = SqlReports(_CLOCK, ids, _SEALER, keys, config, observer)
    print("| handed in together | texts a second | reports a second |")
    print("|---|---|---|")
    for together in _TOGETHER:
        subject._TOGETHER = together
        rates = []
        for told in (text, report):
            with tempfile.TemporaryDirectory(dir=home) as folder:
                spool = spooling(Path(folder))
                await fill(spool, entries, 64, told)
                intake = Intake(database.unit_of_work, inbox.take, reports.take, inbox.take, None, spool)
                began = time.perf_counter()
                await spool.round(intake._stored, intake._ping)
                assert not spool.spool.waiting()
                rates.append(entries / (time.perf_counter() - began))
            async with database.unit_of_work() as work:
                await work.fetch("TRUNCATE sms_inbound, sms_reports")
        print(f"| {together} | {rates[0]:.0f} | {rates[1]:.0f} |", flush=True)
    await database.close()


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--entries", type=int, default=5000)
    arguments.add_argument("--folder", type=Path, default=Path.cwd())
    given = arguments.parse_args()
    asyncio.run(kept(given.entries, given.folder))
    with tempfile.TemporaryDirectory() as home, embedded_postgres(Path(home)) as server:
        asyncio.run(handed_in(given.entries, given.folder, server.url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
