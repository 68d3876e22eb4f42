"""The real servers of the tests: one embedded PostgreSQL and one Redis a session, both on fresh directories."""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from storage.embedded import embedded_postgres, embedded_redis
from storage.engine import create_engine
from storage.redis_client import RedisClient
from storage.unit_of_work import Database
from tests import amounts
from tests.databases import Databases
from tests.ports import Port, held_port


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-transcripts",
        action="store_true",
        help="write the screens that come into tests/transcripts instead of comparing them (docs/transcripts.md)",
    )
    parser.addoption(
        "--one-language",
        action="store_true",
        help="play each conversation of tests/transcripts in one of its languages only, as `make test` does",
    )
    parser.addoption(
        "--long",
        nargs="?",
        type=int,
        const=20,
        default=1,
        help="so many times as much of each fault as in `make test` (tests/faults, tests/machines); without a number "
        "20. Elsewhere: all of what `make test` takes a sample of (tests/README.md)",
    )
    parser.addoption(
        "--explore",
        action="store_true",
        help="let Hypothesis draw other examples than ever before (`make explore`)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long_only: takes more time or room than `make test` has")
    amounts.begin(all_of_it=config.getoption("--long") > 1)
    # How long an example takes says how busy the machine is. And the same examples each time: what others would find is
    # found by `make explore`, and turns away no change that has nothing to do with it.
    hypothesis.settings.register_profile(
        "guichet",
        deadline=None,
        derandomize=not config.getoption("--explore"),
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("guichet")


# Files whose stories take long, the longest first: begun last, one of them would keep a worker busy while the others
# have nothing left to do.
LONG = (
    "transcripts/test_transcripts.py",
    "machines/test_rolling.py",
    "machines/test_killed.py",
    "machines/test_killed_workers.py",
    "machines/test_killed_doors.py",
    "benchmarks/test_programs.py",
    "web/test_volunteer.py",
    "web/test_volunteer_device.py",
    "gateway/test_worker.py",
    "gateway/test_degraded.py",
    "gateway/test_once_only.py",
    "sms/test_kill.py",
    "services/backends/test_contract.py",
    "handset/test_inbox.py",
    "handset/test_handset.py",
    "machines/test_old_code.py",
    "machines/test_side_by_side.py",
    "machines/test_moving_apps.py",
    "machines/test_moving.py",
    "gateway/test_answers_to_questions.py",
    "gateway/test_answers_by_sms.py",
    "web/test_kiosk.py",
    "gateway/test_ops_page.py",
    "gateway/test_the_phone_rings.py",
    "gateway/test_bad_inputs.py",
    "mobile_api/test_as_declared.py",
    "mail/test_journey.py",
    "mobile_api/test_pipeline.py",
    "mobile_api/test_agents.py",
    "mobile_api/test_bad_inputs.py",
    "mobile_api/test_agents_second_look.py",
    "services/test_sign_in.py",
    "storage/test_redis_sentinel.py",
    "faults/test_queue.py",
    "faults/test_network.py",
    "gateway/test_sms_providers.py",
    "services/test_notices.py",
    "gateway/test_sessions.py",
    "sandbox/test_messaging.py",
    "web/test_kiosk_morocco.py",
    "gateway/test_any_input.py",
    "docs/test_docs.py",
    "mobile_api/test_of_another.py",
    "gateway/test_pack_live_countries.py",
    "mobile_api/test_data.py",
    "faults/test_commit.py",
    "web/test_ops.py",
)


# What collecting makes lives until the end: the collector would walk over it again and again, a quarter of the time.
gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long") == 1:
        left_out = [item for item in items if item.get_closest_marker("long_only")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(LONG)))


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> int:
    """How much longer than in `make test`: 1, or what `--long` says."""
    return int(request.config.getoption("--long"))


@pytest.fixture
def port() -> Iterator[Port]:
    """Gives ports for servers that are told where to listen, or for nobody."""
    with ExitStack() as held:
        yield lambda: held.enter_context(held_port())


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    """A directory that `nobody` can enter too: as root, PostgreSQL runs as that user."""
    with tempfile.TemporaryDirectory(prefix="guichet-tests-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def postgres_url(servers_dir: Path) -> Iterator[str]:
    """A PostgreSQL server with an empty database."""
    with embedded_postgres(servers_dir / "postgres") as server:
        # Tests empty tables that nothing may empty in life.
        asyncio.run(_open_audit_log(server.url))
        yield server.url


async def _open_audit_log(url: str) -> None:
    engine = create_engine(url, pool_size=1, overflow=0)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("ALTER ROLE CURRENT_USER SET guichet.audit_log = 'open'")
    await engine.dispose()


@pytest.fixture(scope="session")
async def databases(postgres_url: str) -> AsyncIterator[Databases]:
    """Makes further databases on it, and empties them."""
    made = Databases(postgres_url)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def redis_url(servers_dir: Path) -> Iterator[str]:
    """An empty Redis server."""
    with embedded_redis(servers_dir / "redis") as server:
        yield server.url


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """A pool on the session's database; tables are made by whoever needs them."""
    database = Database(create_engine(postgres_url, pool_size=5))
    yield database
    await database.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClient]:
    """A client of an emptied Redis."""
    client = RedisClient(redis_url, timeout=30)  # a test's own questions are not what may come too late
    await client.execute("FLUSHALL")
    yield client
    await client.close()
