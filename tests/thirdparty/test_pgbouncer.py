"""A real PgBouncer before PostgreSQL, one transaction after another on three server connections for everybody."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from domain.errors import StoreUnavailable
from gateway.operations import open_operations
from storage.child_servers import answers, unprivileged
from storage.engine import create_engine
from storage.migrate import up_to_date, upgrade
from storage.redis_client import RedisClient
from storage.unit_of_work import Database
from tests.databases import Databases
from tests.gateway.conftest import ministries  # noqa: F401 - a fixture
from tests.gateway.walks import at_home
from tests.phone import AfricasTalkingPhone
from tests.thirdparty.conftest import required
from tests.whole import Stage, whole

UNPACKED = Path(__file__).parents[2] / ".guichet" / "pgbouncer" / "pgbouncer"
ROLE = "bounced_role"
SERVER_CONNECTIONS = 3


@pytest.fixture(scope="module")
async def bounced(databases: Databases, postgres_url: str, servers_dir: Path) -> AsyncIterator[str]:
    """The URL of an empty database behind PgBouncer, as a role that carries the time-out."""
    program = str(UNPACKED) if UNPACKED.exists() else shutil.which("pgbouncer")
    if program is None:
        required("pgbouncer", "on Debian run `tests/thirdparty/get_pgbouncer.sh .guichet/pgbouncer`")
    url = await databases.created("bounced")
    server = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    await server.execute(
        f"CREATE ROLE {ROLE} LOGIN; ALTER ROLE {ROLE} SET statement_timeout = '5s';"
        f"ALTER DATABASE bounced OWNER TO {ROLE}"
    )
    await server.close()
    # A program of root's is not for `nobody`, nor is a folder of root's.
    folder = servers_dir / "pgbouncer"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    ours = Path(shutil.copy(str(program), folder / "pgbouncer"))
    (folder / "pgbouncer.ini").write_text(_config(url.partition("host=")[2], folder))
    process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
        [str(ours), "-q", str(folder / "pgbouncer.ini")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **unprivileged(),
    )  # type: ignore[call-overload]  # fmt: skip
    try:
        async with asyncio.timeout(30):
            while not answers(folder / ".s.PGSQL.6432"):
                assert process.poll() is None, (folder / "log").read_text()
                await asyncio.sleep(0.02)
        yield f"postgresql+asyncpg://{ROLE}@/bounced?host={folder}&port=6432"
    finally:
        process.kill()
        process.wait()


def _config(postgres: str, folder: Path) -> str:
    """As in `deploy/`, but for who may connect."""
    return f"""
[databases]
* = host={postgres} user={ROLE}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
max_prepared_statements = 200
default_pool_size = {SERVER_CONNECTIONS}
max_client_conn = 500
logfile = {folder}/log
"""


async def test_migrations_run_through_it(bounced: str) -> None:
    assert await upgrade(bounced)
    assert await up_to_date(bounced)


async def test_without_the_setting_it_refuses_and_with_it_the_role_keeps_the_time(bounced: str) -> None:
    refused = Database(create_engine(bounced, pool_size=1))
    with pytest.raises(StoreUnavailable):
        await refused.ping()
    await refused.close()
    database = Database(create_engine(bounced, pool_size=1, pgbouncer=True))
    async with database.unit_of_work() as work:
        [row] = await work.fetch("SELECT current_setting('statement_timeout') AS limit")
    assert row["limit"] == "5s"
    await database.close()


async def test_prepared_statements_of_many_connections_do_not_meet(bounced: str) -> None:
    """Twenty connections of ours on three of PostgreSQL's: each statement's name means another to each of ours."""
    database = Database(create_engine(bounced, pool_size=20, connect_timeout=30, pgbouncer=True))

    async def ask(who: int) -> None:
        async with database.unit_of_work() as work:
            for step in range(4):
                [row] = await work.fetch(f"SELECT $1::int + {who * step} AS sum, {step} AS step", who)
                assert (row["sum"], row["step"]) == (who + who * step, step)
                await work.checkpoint()

    await asyncio.gather(*(ask(who) for who in range(60)))
    await database.close()


async def test_the_gateway_the_worker_and_the_commands_stand_behind_it(
    bounced: str,
    redis_url: str,
    redis: RedisClient,
    ministries: tuple[Stage, str],  # noqa: F811
) -> None:
    await upgrade(bounced)
    slow = {"hop_deadline": "9", "ministry_deadline": "8", "redis_deadline": "8"}
    async with whole(bounced, redis_url, *ministries, pgbouncer="yes", **slow) as running:

        async def status(number: int) -> str:
            phone = AfricasTalkingPhone(running.app, f"+9945012345{number:02}")
            await at_home(phone)
            await phone.answer("1")
            return (await phone.answer("41000019")).text

        shown = await asyncio.gather(*(status(number) for number in range(1, 11)))
        assert "312.40" in shown[0]  # it is hers; of another's nothing but the word is told
        assert [text for text in shown[1:] if "ready to collect" not in text or "312.40" in text] == []
        await running.parts.worker.round()
        async with open_operations(running.parts.settings) as operations, operations.database.unit_of_work() as work:
            [row] = await work.fetch("SELECT count(*) AS starts FROM ussd_sessions")
        assert row["starts"] == 10
