"""F3, F5, F13: PostgreSQL is away for long, a gateway dies meanwhile, the disk of the spool fills up."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import aiohttp
import pytest
from sqlalchemy import select

from sandbox.app import create_app
from sandbox.ministries.clock import SandboxClock
from sms.tables import INBOUND, OPT_OUTS, REPORTS
from storage.unit_of_work import Database
from tests.canaries import hits
from tests.faults.proxy import Proxy, postgres_through
from tests.phone import request
from tests.ports import held_port
from tests.small_disk import small_disk
from tests.until import PATIENCE, until
from tests.whole import NOW, Stage, Whole, settings_for, whole

SECRET = "s3cret-of-the-spool"
STRANGERS = 12
EMPTY_SECONDS = 60.0
"""F5's own number, from when PostgreSQL answers again."""
CANARY = "kanareyka 41000019 of"


@dataclass
class Told:
    """`taken`: kind and id of what was answered 2xx. `heard`: every status; 0 where nobody answered."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    heard: Counter[int] = field(default_factory=Counter)


def callback(number: int) -> tuple[str, str, dict[str, str]]:
    """Kind, id and form of the number-th thing that an aggregator tells."""
    id, sender = f"spooled-{number}", f"+99450{2_000_000 + number}"
    if number % 10 == 9:
        return "opt-outs", sender, {"senderId": "7575", "phoneNumber": sender}
    if number % 2:
        return "delivery-reports", id, {"id": id, "status": "Success", "phoneNumber": sender}
    return "sms", id, {"id": id, "from": sender, "to": "7575", "text": f"{CANARY} {number}"}


Post = Callable[[str, dict[str, str]], Awaitable[int]]


async def tells(post: Post, numbers: Iterator[int], told: Told) -> None:
    """As an aggregator does: each until it hears 2xx."""
    for number in numbers:
        kind, id, form = callback(number)
        async with asyncio.timeout(PATIENCE):
            while (status := await post(kind, form)) != 200:
                told.heard[status] += 1
                await asyncio.sleep(0.02)
        told.heard[status] += 1
        told.taken.append((kind, id))


async def in_store(database: Database) -> list[tuple[str, str]]:
    """Kind and id of every row, as often as it is there; of opt-outs as many as there are numbers."""
    async with database.unit_of_work() as work:
        texts = (await work.execute(select(INBOUND.c.dedupe))).scalars()
        found = [("sms", id.removeprefix("id:")) for id in texts]
        found += [("delivery-reports", id) for id in (await work.execute(select(REPORTS.c.provider_id))).scalars()]
        return found + [("opt-outs", "") for _ in (await work.execute(select(OPT_OUTS.c.id))).scalars()]


def as_stored(told: Told) -> list[tuple[str, str]]:
    return sorted((kind, "" if kind == "opt-outs" else id) for kind, id in told.taken)


def entries(volume: Path) -> list[Path]:
    return [path for path in volume.iterdir() if len(path.name) == 32]


@dataclass
class Processes:
    """`guichet serve`, as it ships: processes that can be killed."""

    environment: dict[str, str]
    log: Path
    http: aiohttp.ClientSession
    url: str = ""
    process: asyncio.subprocess.Process | None = None
    _ports: ExitStack = field(default_factory=ExitStack)

    async def begin(self) -> None:
        port = self._ports.enter_context(held_port())
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gateway.cli", "serve", "--port", str(port)),
                cwd=Path(__file__).parents[2],
                env={**{k: v for k, v in os.environ.items() if not k.startswith("GUICHET_")}, **self.environment},
                stdout=log,
                stderr=log,
            )
        self.url = f"http://127.0.0.1:{port}"
        await until(self._lives, asyncio.create_task(self.process.wait()), seconds=PATIENCE * 3)

    async def end(self, *, at_once: bool) -> None:
        """Killed, or told to end; waited for."""
        assert self.process
        (self.process.kill if at_once else self.process.terminate)()
        await self.process.wait()
        self.process = None

    async def close(self) -> None:
        if self.process:
            await self.end(at_once=True)
        self._ports.close()

    async def post(self, kind: str, form: dict[str, str]) -> int:
        try:
            async with self.http.post(f"{self.url}/africastalking/{SECRET}/{kind}", data=form) as answer:
                return answer.status
        except (aiohttp.ClientError, OSError):
            return 0

    async def _lives(self) -> bool:
        try:
            async with self.http.get(f"{self.url}/livez") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError):
            return False


@asynccontextmanager
async def processes(url: str, redis_url: str, ministries: tuple[Stage, str], folder: Path) -> AsyncIterator[Processes]:
    stage, sandbox_url = ministries
    stage.app = create_app(SandboxClock(NOW, frozen=True))
    _, environment = settings_for(url, redis_url, sandbox_url)
    environment |= {
        "GUICHET_CALLBACK_SECRETS": SECRET,
        "GUICHET_SPOOL": str(folder / "volume"),
        "GUICHET_STOP_DELAY": "0",
    }
    (folder / "volume").mkdir()
    async with aiohttp.ClientSession() as http:
        gateway = Processes(environment, folder / "serve.log", http)
        try:
            yield gateway
        finally:
            await gateway.close()


async def test_postgresql_is_away_and_the_gateway_is_killed_and_every_callback_has_its_row(
    clean_url: str,
    redis_url: str,
    database: Database,
    postgres: Proxy,
    ministries: tuple[Stage, str],
    tmp_path: Path,
    long: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All of it while the store is away, and one kill -9 in the middle; the next process finds no store either."""
    many, told, volume = 120 * long, Told(), tmp_path / "volume"
    async with processes(postgres_through(postgres, clean_url), redis_url, ministries, tmp_path) as gateway:
        await gateway.begin()
        await postgres.down()
        numbers = iter(range(many))
        killed_after = Random(5).randint(many // 4, many // 2)
        began = time.monotonic()
        telling = [asyncio.create_task(tells(gateway.post, numbers, told)) for _ in range(STRANGERS)]
        await until(lambda: len(told.taken) >= killed_after, *telling)
        await gateway.end(at_once=True)
        assert len(entries(volume)) >= len(told.taken), "what was acknowledged is on the volume"
        await gateway.begin()
        await asyncio.gather(*telling)
        seconds = time.monotonic() - began
        assert set(told.heard) <= {0, 200}, told.heard
        assert told.heard[0] > 0, "it died while somebody called"
        assert await in_store(database) == []
        octets = [path.read_bytes() for path in entries(volume)] + [(tmp_path / "serve.log").read_bytes()]
        assert hits([CANARY, "99450200000"], octets) == [], "I7"
        await postgres.up()
        back = time.monotonic()
        await until(lambda: not entries(volume), seconds=EMPTY_SECONDS)
        took = time.monotonic() - back
        assert sorted(await in_store(database)) == as_stored(told), "I5: each once"
        assert len(told.taken) == many and not list(volume.glob("aside/*"))
        assert await gateway.post("sms", {"id": "after", "from": "+994502999999", "to": "7575", "text": "1"}) == 200
        assert ("sms", "after") in await in_store(database) and not entries(volume), "straight to the store again"
    if long > 1:
        with capsys.disabled():
            print(
                f"\nF5: {many:,} callbacks without PostgreSQL in {seconds:.0f} s, one kill; 0 told to come again, "
                f"{told.heard[0]} calls found nobody until the next process listened; empty {took:.1f} s after it was "
                "back; each has one row"
            )


async def test_a_gateway_that_ends_leaves_what_it_cannot_hand_in_to_the_next(
    clean_url: str,
    redis_url: str,
    database: Database,
    postgres: Proxy,
    ministries: tuple[Stage, str],
    tmp_path: Path,
) -> None:
    """SIGTERM while the store is away: it ends in its time, and loses nothing."""
    told = Told()
    async with processes(postgres_through(postgres, clean_url), redis_url, ministries, tmp_path) as gateway:
        await gateway.begin()
        await postgres.down()
        await tells(gateway.post, iter(range(20)), told)
        await asyncio.wait_for(gateway.end(at_once=False), PATIENCE)
        assert len(entries(tmp_path / "volume")) == 20
        await postgres.up()
        await gateway.begin()
        await until(lambda: not entries(tmp_path / "volume"), seconds=EMPTY_SECONDS)
    assert sorted(await in_store(database)) == as_stored(told)


@pytest.fixture
def little_room(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", kilobytes=128) as folder:
        yield folder


@pytest.fixture
async def with_little_disk(
    clean_url: str, redis_url: str, postgres: Proxy, ministries: tuple[Stage, str], little_room: Path
) -> AsyncIterator[Whole]:
    there = postgres_through(postgres, clean_url)
    async with whole(there, redis_url, *ministries, told_before=True, spool=str(little_room)) as running:
        yield running


async def test_a_full_disk_acknowledges_nothing_and_goes_on_by_itself(
    with_little_disk: Whole, database: Database, postgres: Proxy, little_room: Path
) -> None:
    """F13, twice: what was acknowledged is there, what was not is told to come again, and nobody has to do anything."""
    said: list[tuple[str, str]] = []
    numbers = iter(range(1000))

    async def post(number: int) -> int:
        kind, id, form = callback(number)
        path, body = f"/africastalking/demo/{kind}", urlencode(form).encode()
        answer = await request(with_little_disk.app, "POST", path, body=body)
        if answer.status == 200:
            said.append((kind, "" if kind == "opt-outs" else id))
        return answer.status

    for _ in range(2):
        await postgres.down()
        heard: Counter[int] = Counter()
        while heard[503] < 5:
            heard[await post(next(numbers))] += 1
        assert set(heard) == {200, 503} and heard[200] > 5, heard
        assert len(entries(little_room)) == heard[200]
        await postgres.up()
        await until(lambda: not entries(little_room), seconds=EMPTY_SECONDS)
        assert sorted(await in_store(database)) == sorted(said), "0 acknowledgements without durability"
        assert await post(next(numbers)) == 200
