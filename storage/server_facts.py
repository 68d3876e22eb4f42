"""What PostgreSQL and Redis say of themselves, as an operator would ask them: read here, judged elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from storage.redis_client import RedisClient
from storage.unit_of_work import UnitOfWork

_POSTGRES = """
SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS called,
  clock_timestamp() AS now, pg_is_in_recovery() AS follows,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS places,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS taken,
  current_setting('statement_timeout') AS statement_timeout,
  current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
    AND current_setting('synchronous_commit') <> 'off' AS durable
"""

# From one id to the next along the index: the table has a row a person.
_KEYS = """
WITH RECURSIVE used AS (
  (SELECT wrapping_key_id AS id FROM person_keys ORDER BY wrapping_key_id LIMIT 1)
  UNION ALL
  SELECT (SELECT wrapping_key_id FROM person_keys WHERE wrapping_key_id > used.id ORDER BY wrapping_key_id LIMIT 1)
  FROM used WHERE used.id IS NOT NULL
)
SELECT id FROM used WHERE id IS NOT NULL
"""


class Schema(Enum):
    """The database's shape beside what this code knows. `AHEAD`: a newer version's, on which this code works too."""

    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    """`places`: connections for others than superusers, of which `taken` are in use by anybody. `durable`: what was
    answered is on a disk. `timeout`: of our statements, as PostgreSQL writes it; "0" for none."""

    version: int
    called: str
    now: datetime
    follows: bool
    places: int
    taken: int
    timeout: str
    durable: bool


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """`most`: octets that it may take, 0 for no bound. `saved`: false where it could not write to its disk, and takes
    no more writes for that (MISCONF)."""

    version: tuple[int, ...]
    called: str
    follows: bool
    used: int
    most: int
    policy: str
    evicted: int
    saved: bool


async def postgres_facts(work: UnitOfWork) -> PostgresFacts:
    """Raises `StoreUnavailable`."""
    [row] = await work.fetch(_POSTGRES)
    return PostgresFacts(
        version=row["version"],
        called=row["called"],
        now=row["now"],
        follows=row["follows"],
        places=row["places"],
        taken=row["taken"],
        timeout=row["statement_timeout"],
        durable=row["durable"],
    )


async def keys_in_use(work: UnitOfWork) -> frozenset[str]:
    """The ids of the ring's keys that persons' keys are wrapped with. Raises `StoreUnavailable`."""
    return frozenset(row["id"] for row in await work.fetch(_KEYS))


async def redis_facts(redis: RedisClient) -> RedisFacts:
    """By INFO alone: where Redis is rented, CONFIG is often shut. Raises `StoreUnavailable`, `RedisRefused`."""
    return parsed((await redis.execute("INFO")).decode())


def parsed(info: str) -> RedisFacts:
    """From the text of INFO; what is not there counts as nothing."""
    said: Mapping[str, str] = dict(line.strip().split(":", 1) for line in info.splitlines() if ":" in line)

    def number(name: str) -> int:
        return int(said.get(name) or 0)

    version = said.get("redis_version", "0")
    valkey = said.get("valkey_version")
    return RedisFacts(
        version=tuple(int(part) for part in version.split(".") if part.isdigit()),
        called=f"Valkey {valkey}" if valkey else f"Redis {version}",
        follows=said.get("role") == "slave",
        used=number("used_memory"),
        most=number("maxmemory"),
        policy=said.get("maxmemory_policy", ""),
        evicted=number("evicted_keys"),
        saved="err" not in (said.get("rdb_last_bgsave_status"), said.get("aof_last_write_status")),
    )
