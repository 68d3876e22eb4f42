"""Our gateway and its stores, as the benchmarks over HTTP start them."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import gateway.tables  # noqa: F401
from storage.embedded import embedded_postgres, embedded_redis
from storage.migrate import upgrade

SECRET = "a-secret-for-the-benchmark"
_MINISTRIES = ("VEMTAS", "ASAN", "ASAN_VISA", "ASAN_GUIDE", "ASAN_UNITS", "SECURITY_SERVER")
# As `guichet serve` has it (`gateway.commands.serve.UVICORN`); a bare route has the same.
UVICORN = [
    "--host=127.0.0.1",
    "--loop=uvloop",
    "--http=httptools",
    "--no-access-log",
    "--log-level=warning",
    "--no-proxy-headers",
    "--no-server-header",
    "--no-date-header",
]


@contextmanager
def stores() -> Iterator[tuple[str, str]]:
    """Where an embedded PostgreSQL, brought to the newest shape, and an embedded Redis are, for as long as it runs."""
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        folder = Path(name)
        # PostgreSQL may run as another user than we.
        folder.chmod(0o755)
        with embedded_postgres(folder / "pg") as postgres, embedded_redis(folder / "redis") as redis:
            asyncio.run(upgrade(postgres.url))
            yield postgres.url, redis.url


def settings_for(postgres: str, redis: str) -> dict[str, str]:
    """The environment of the gateway on those stores; of its ministries none answers."""
    return {
        "GUICHET_DATABASE_URL": postgres,
        "GUICHET_REDIS_URL": redis,
        "GUICHET_CALLBACK_SECRETS": SECRET,
        "GUICHET_ENCRYPTION_KEYS": "bench:YmVuY2htYXJrLWJlbmNobWFyay1iZW5jaG1hcmshISE=",
        "GUICHET_LOG_LEVEL": "error",
        # No load balancer has to notice that it ends.
        "GUICHET_STOP_DELAY": "0",
        **{f"GUICHET_MINISTRY_{name}_URL": "http://127.0.0.1:9/none" for name in _MINISTRIES},
    }


def serve(port: int, options: Sequence[str] = UVICORN) -> list[str]:
    """The module, and what it is given, that serves the gateway at that port."""
    return ["uvicorn", "--factory", "gateway.commands.serve:from_environment", *options, "--port", str(port)]
