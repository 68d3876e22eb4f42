"""What a newer version left in the stores: older code serves on it, reads what it can, and leaves the rest alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from domain.msisdn import Msisdn
from gateway.tables import METADATA
from storage.engine import create_engine
from storage.migrate import standing, upgrade
from storage.server_facts import Schema
from storage.unit_of_work import Database
from tests.databases import Databases
from tests.machines.conftest import Found
from tests.machines.crowd import Crowd
from tests.machines.processes import PATIENCE
from tests.machines.test_moving import as_written
from tests.machines.town import SECRET, Town
from tests.phone import AfricasTalkingPhone
from tests.transcripts.doors import DOORS
from tests.transcripts.walk import FOLDER
from ussd_menus.session_store import SessionKeys, session_keys

HERS = "+994501234502"
CONVERSATIONS = ("az/account", "en/visit_change", "fr/apply", "az/complaint")
NEWER = "9999"


@pytest.fixture
async def newer_url(databases: Databases) -> AsyncIterator[str]:
    """A database as the next version's migrations would leave it: every table has a column more, with an index on it,
    there is a table more, and the revision is one that nobody here knows."""
    url = await databases.migrated("newer")
    opened = Database(create_engine(url, pool_size=1))
    async with opened.unit_of_work() as work:
        for name in METADATA.tables:
            await work.execute(text(f'ALTER TABLE "{name}" ADD COLUMN of_tomorrow text'))
            await work.execute(text(f'CREATE INDEX ON "{name}" (of_tomorrow)'))
        await work.execute(text("CREATE TABLE things_of_tomorrow (id uuid PRIMARY KEY)"))
        await work.execute(text(f"UPDATE alembic_version SET version_num = '{NEWER}'"))
    await opened.close()
    yield url
    await databases.dropped("newer")


async def test_older_code_serves_on_a_newer_schema(found: Found, newer_url: str, long: int) -> None:
    """Conversations that read and write, an SMS and its report, and `migrate`, which brings nothing back."""
    async with found(database=newer_url, sends=True) as town:
        await town.stand(gateways=1, workers=1)
        await town.texts(HERS, "HELP")
        async with asyncio.timeout(PATIENCE):
            while not town.arrived(HERS):
                await asyncio.sleep(0.05)
        assert await upgrade(newer_url) == NEWER and await standing(newer_url) is Schema.AHEAD
        assert not town.machines.broken()
    async with found(database=newer_url) as town:
        await town.stand(gateways=1)
        for at, name in enumerate(CONVERSATIONS):
            town.begin_anew()
            await as_written(town, FOLDER / f"{name}.txt", DOORS[at % 2])
        assert not town.machines.broken()


async def test_a_session_that_newer_code_wrote_is_read_or_rebuilt(found: Found) -> None:
    """With fields more: read. With a kind of value that is not known here, or in another form: rebuilt from its
    history. With menus that do not load here: she is told to dial again."""
    async with found() as town:
        await town.stand(gateways=1)
        await town.behind.parts.library.publish()
        for at, rewritten in enumerate((_with_fields_more, _with_a_new_kind, _in_another_form)):
            phone = AfricasTalkingPhone(town.front, f"+99450123451{at}", secret=SECRET)
            await phone.dial()
            await phone.answer("2")
            home = await phone.dial()
            assert (await phone.answer("1")).name == "status_ask"
            await _rewrite(town, phone, rewritten)
            assert (await phone.answer("0")).text == home.text, rewritten.__name__
        phone = AfricasTalkingPhone(town.front, HERS, secret=SECRET)
        await phone.dial()
        await _rewrite(town, phone, _with_unknown_menus)
        told = await phone.answer("1")
        assert (told.name, told.goes_on) == ("session.changed", False)
        assert not town.machines.broken()


def _with_fields_more(session: list[Any]) -> object:
    return [*session, "a field of tomorrow", {"and": "another"}]


def _with_a_new_kind(session: list[Any]) -> object:
    node, kept, *rest = session[2]
    return [*session[:2], [node, {**kept, "tomorrow": ["zz", 1]}, *rest], *session[3:]]


def _in_another_form(session: list[Any]) -> object:
    return {"version": 2, "session": session}


def _with_unknown_menus(session: list[Any]) -> object:
    return ["f" * 64, *session[1:]]


async def _rewrite(town: Town, phone: AfricasTalkingPhone, how: Any) -> None:
    """What stands in Redis of her session, as newer code would have written it."""
    parts: Any = town.behind.parts
    sealer = parts.conversation._sealer
    keys: SessionKeys = session_keys(sealer, "africastalking", phone.session, Msisdn.parse(phone.msisdn))
    name = keys.redis[0]
    session = msgspec.msgpack.decode(sealer.unseal(await parts.redis.execute("GET", name), name.encode()))
    sealed = sealer.seal(msgspec.msgpack.encode(how(session)), name.encode())
    await parts.redis.execute("SET", name, sealed, "EX", 600)


@pytest.mark.long_only
async def test_what_newer_code_promised_is_left_to_it(found: Found) -> None:
    """A confirmed write and timers of kinds that are not known here: an older worker takes none of them. A timer that
    nobody knew for a day is given up, where it is seen."""
    async with found(runs=True) as town:
        await town.stand(gateways=1, workers=1)
        crowd = Crowd(town)
        await crowd.visit(1)
        async with town.behind.parts.database.unit_of_work() as work:
            for statement in (
                "UPDATE intents SET kind = 'of_tomorrow', state = 'sent', ended_at = NULL, due_at = :at",
                "UPDATE timers SET kind = 'of_tomorrow', due_at = :at",
            ):
                await work.execute(text(statement), {"at": town.clock.now()})
        before = await _left(town)
        assert before == [("of_tomorrow", "sent", 1), ("of_tomorrow", "waiting", 0)]
        await _rounds(town, 3)
        assert await _left(town) == before
        assert not town.machines.broken()
        town.clock.advance(timedelta(days=1, minutes=1))
        async with asyncio.timeout(PATIENCE):
            while ("of_tomorrow", "fired", 1) not in await _left(town):
                await asyncio.sleep(0.1)


async def _left(town: Town) -> list[tuple[str, str, int]]:
    asked = "SELECT kind, state, attempts FROM intents UNION ALL SELECT kind, state, attempts FROM timers ORDER BY 2"
    async with town.behind.parts.database.unit_of_work() as work:
        return [(row.kind, row.state, row.attempts) for row in await work.execute(text(asked))]


async def _rounds(town: Town, many: int) -> None:
    """The worker has looked at both so often more, by its own count."""
    [worker] = [machine for machine in town.machines.all if machine.what == "worker"]

    async def looked() -> list[float]:
        async with town.front.http.get(f"{worker.url}/metrics") as answer:
            page = await answer.text()
        counted = [line.rsplit(" ", 1) for line in page.splitlines() if line.startswith("guichet_worker_chores_total")]
        return [float(count) for name, count in counted if 'chore="timers"' in name or 'chore="confirmed' in name]

    async with asyncio.timeout(PATIENCE):
        first = await looked()
        while len(now := await looked()) < 2 or min(now) < max(first, default=0) + many:
            await asyncio.sleep(0.2)
