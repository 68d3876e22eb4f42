"""The yardstick of `make bench-api`: a bare Starlette route with msgspec that reads the same sealed rows."""

import hashlib
import os
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, exists, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.clock import SystemClock
from services.records.known_tables import KNOWN
from services.records.sign_in_tables import SESSIONS
from services.records.tables import ACCOUNTS, LINKS, NUMBERS, PEOPLE
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database

_ring = KeyRing.parse(os.environ["GUICHET_ENCRYPTION_KEYS"])
_sealer, _keys = Sealer(_ring), PersonKeys(_ring, SystemClock())
_database = Database(create_engine(os.environ["GUICHET_DATABASE_URL"]))
_BY_TOKEN = (
    select(
        SESSIONS.c.person_id,
        SESSIONS.c.proven_until,
        PEOPLE.c.language,
        NUMBERS.c.id.label("number_id"),
        NUMBERS.c.msisdn,
        NUMBERS.c.state,
        exists().where(ACCOUNTS.c.person_id == PEOPLE.c.id).label("account"),
    )
    .join_from(SESSIONS, PEOPLE, PEOPLE.c.id == SESSIONS.c.person_id)
    .join(NUMBERS, NUMBERS.c.id == SESSIONS.c.number_id)
    .where(SESSIONS.c.access_hash == bindparam("token"), SESSIONS.c.access_until > bindparam("now"))
)
_HERS = (
    select(LINKS.c.id, LINKS.c.service, LINKS.c.linked_by, KNOWN.c.sealed, KNOWN.c.as_of)
    .join_from(LINKS, KNOWN, KNOWN.c.id == LINKS.c.id)
    .where(LINKS.c.person_id == bindparam("person"))
    .order_by(LINKS.c.id.desc())
    .limit(51)
)


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


async def applications(request: Request) -> Response:
    token = request.headers["authorization"].removeprefix("Bearer ")
    digest = hashlib.sha256(token.encode()).digest()
    async with _database.unit_of_work() as work:
        who = (await work.execute(_BY_TOKEN, {"token": digest, "now": datetime.now(UTC)})).first()
        if who is None:
            return Response(status_code=401)
        key = await _keys.load(work, who.person_id)
        _sealer.unseal_text(who.msisdn, "numbers", "msisdn", who.number_id, key)
        rows = (await work.execute(_HERS, {"person": who.person_id})).all()
        items = [_entry(row, key) for row in rows]
    return Response(_encode(Listed(items, None)), media_type="application/json")


def _entry(row: Any, key: Any) -> Entry:
    facts = _decode(_sealer.unseal_text(row.sealed, "known_applications", "sealed", row.id, key))
    return Entry(facts.reference, row.service, "Targeted social aid", facts.state, "in review", facts.due_on, row.as_of)


app = Starlette(routes=[Route("/api/v1/applications", applications)])
