"""The yardsticks of `make bench-api`: bare Starlette routes with msgspec that read the same sealed rows.

`/api/v1/applications` reads them as SQLAlchemy's pages say, with a connection of the engine and `text`. `/driver` reads
them by what our own list uses, past SQLAlchemy and without a transaction.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.clock import SystemClock
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer, SealingKey
from storage.unit_of_work import Database

_ring = KeyRing.parse(os.environ["GUICHET_ENCRYPTION_KEYS"])
_sealer, _keys = Sealer(_ring), PersonKeys(_ring, SystemClock())
_database = Database(create_engine(os.environ["GUICHET_DATABASE_URL"]))
_BY_TOKEN = """
SELECT s.person_id, s.proven_until, p.language, n.id AS number_id, n.msisdn, n.state,
       EXISTS (SELECT FROM accounts a WHERE a.person_id = p.id) AS account
FROM api_sessions s JOIN people p ON p.id = s.person_id JOIN numbers n ON n.id = s.number_id
WHERE s.access_hash = {} AND s.access_until > {}
"""
_HERS = """
SELECT l.id, l.service, l.linked_by, k.sealed, k.as_of
FROM links l JOIN known_applications k ON k.id = l.id
WHERE l.person_id = {} ORDER BY l.id DESC LIMIT 51
"""
_CORE = text(_BY_TOKEN.format(":token", ":now")), text(_HERS.format(":person"))
_DRIVER = _BY_TOKEN.format("$1", "$2"), _HERS.format("$1")


class Row(Protocol):
    """A row by the names of its columns, as SQLAlchemy and the driver give it."""

    def __getitem__(self, column: str, /) -> Any: ...


class Facts(msgspec.Struct):
    """What is read of the sealed text."""

    reference: str
    state: str
    due_on: date | None = None


class Entry(msgspec.Struct):
    """An entry as the API shows it."""

    reference: str
    service: str
    service_name: str
    state: str
    state_name: str
    due_on: date | None
    as_of: datetime


class Listed(msgspec.Struct):
    """The list."""

    items: list[Entry]
    next: str | None


_decode = msgspec.json.Decoder(Facts).decode
_encode = msgspec.json.Encoder().encode


async def with_sqlalchemy(request: Request) -> Response:
    async with _database.engine.connect() as connection:
        found = await connection.execute(_CORE[0], {"token": _digest(request), "now": datetime.now(UTC)})
        who = found.mappings().first()
        if who is None:
            return Response(status_code=401)
        rows = await connection.execute(_CORE[1], {"person": who["person_id"]})
        return await _answer(who, rows.mappings().all())


async def with_the_driver(request: Request) -> Response:
    async with _database.unit_of_work() as work:
        found = await work.read(_DRIVER[0], _digest(request), datetime.now(UTC))
        if not found:
            return Response(status_code=401)
        return await _answer(found[0], await work.read(_DRIVER[1], found[0]["person_id"]))


def _digest(request: Request) -> bytes:
    token = request.headers["authorization"].removeprefix("Bearer ")
    return hashlib.sha256(token.encode()).digest()


async def _answer(who: Row, rows: Sequence[Row]) -> Response:
    async with _database.unit_of_work() as work:  # asks nothing where the key is cached
        key = await _keys.load(work, who["person_id"])
    _sealer.unseal(who["msisdn"], "numbers", "msisdn", who["number_id"], key)
    return Response(_encode(Listed([_entry(row, key) for row in rows], None)), media_type="application/json")


def _entry(row: Row, key: SealingKey) -> Entry:
    facts = _decode(_sealer.unseal(row["sealed"], "known_applications", "sealed", row["id"], key))
    return Entry(
        facts.reference, row["service"], "Targeted social aid", facts.state, "in review", facts.due_on, row["as_of"]
    )


app = Starlette(routes=[Route("/api/v1/applications", with_sqlalchemy), Route("/driver", with_the_driver)])
