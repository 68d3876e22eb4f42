"""What a thief of logs or stores would find: everything that a gateway left behind, and a search for canaries."""

import base64
import logging
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import gateway.tables
from gateway.logs import set_up
from storage.engine import create_engine
from storage.redis_client import RedisClient

_NOT_SAID = {"args", "created", "msecs", "relativeCreated", "thread", "process", "exc_info", "lineno", "taskName"}


class Recorder(logging.Handler):
    """Keeps every record as text: its line, its fields, and the whole traceback with the exception's own words."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.heard: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] == "sandbox":
            return  # a stranger's log: in life, another process
        self.heard.add(record.name)
        said = {name: value for name, value in vars(record).items() if name not in _NOT_SAID}
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.lines.append(f"{record.getMessage()} {said!r} {trace}")


@contextmanager
def everything_logged() -> Iterator[Recorder]:
    """The gateway's own logs at their most talkative, heard by a recorder."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    recorder = Recorder()
    for handler in before:
        root.removeHandler(handler)  # `set_up` would close them
    set_up("debug")
    root.addHandler(recorder)
    try:
        yield recorder
    finally:
        root.handlers[:] = before
        root.setLevel(level)


async def in_redis(client: RedisClient) -> list[bytes]:
    """Every key and every value, of whatever kind."""
    found: list[bytes] = []
    cursor = b"0"
    while True:
        cursor, keys = await client.execute("SCAN", cursor, "COUNT", 1000)
        for key in keys:
            found += [bytes(key), bytes(await client.execute("DUMP", key) or b"")]
            if await client.execute("TYPE", key) in (b"string", "string"):
                found.append(bytes(await client.execute("GET", key) or b""))
        if int(cursor) == 0:
            return found


async def in_postgresql(url: str) -> dict[str, list[bytes]]:
    """Every value of every table, by table: text as UTF-8, octets as they are, JSON as text."""
    found: dict[str, list[bytes]] = {}
    engine = create_engine(url, pool_size=1, overflow=0)
    async with engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for (name,) in rows.all():
            table = (await connection.exec_driver_sql(f'SELECT * FROM "{name}"')).all()
            found[name] = [octets for row in table for value in row for octets in _octets(value)]
    await engine.dispose()
    assert {table.name for table in gateway.tables.METADATA.sorted_tables} <= set(found)
    return found


def _octets(value: Any) -> Iterator[bytes]:
    match value:
        case None | bool() | datetime() | date():
            return
        case bytes() | memoryview():
            yield bytes(value)
        case UUID():
            yield value.bytes
        case list() | tuple():
            for each in value:
                yield from _octets(each)
        case _:
            yield str(value).encode()


def disguises(canary: str) -> set[bytes]:
    """The canary in clear, hex and base64 (at each of the three places it may have in a longer text)."""
    clear = canary.encode()
    found = {clear, clear.hex().encode(), clear.hex().upper().encode(), canary.encode("utf-16-le")}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + clear).rstrip(b"=")
        # The first and last characters mix with their neighbours.
        whole = encoded[(shift * 8 + 5) // 6 :]
        core = whole if (shift + len(clear)) % 3 == 0 else whole[:-1]
        found |= {core, core.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def hits(canaries: Iterable[str], places: Iterable[bytes]) -> list[str]:
    """The canaries that are found, in whatever disguise."""
    heap = list(places)
    return [canary for canary in canaries if any(form in place for form in disguises(canary) for place in heap)]
