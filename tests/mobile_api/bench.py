"""The pipeline with a few operations made for tests, on real stores, asked over ASGI."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import jsonschema
import msgspec
from starlette.applications import Starlette

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from mobile_api.api import api_routes
from mobile_api.languages import LanguageChoice
from mobile_api.operations import APP, Answer, Asked, Cache, Input, Op, Output, Security, SignedIn
from mobile_api.problems import Problem
from mobile_api.quotas import RequestQuota
from mobile_api.records.idempotency import SqlIdempotency
from mobile_api.resources import places, services
from mobile_api.serving import Bounds, Pipeline
from services.caller import Caller
from services.desk import Desk
from services.records.store import RecordStore
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork
from tests.phone import request
from tests.read_once import translator_for
from tests.whole import KEYS, Whole

PREFIX = "/api/v1"
GREETED = Msisdn.parse("+994501234567")


class Wish(Input, frozen=True):
    """What the tests' write takes: one field of each kind that the catalogue of bad inputs breaks."""

    phone: str = ""
    amount: float = 0
    code: str = ""
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = "A"
    n: int = 0
    birth_date: date | None = None
    pickup_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    lines: tuple[str, ...] = ()


class Granted(Output, frozen=True):
    """What the tests' operations answer."""

    id: str
    words: str = ""


@dataclass
class Effects:
    """What the tests' operations did."""

    done: list[Any] = field(default_factory=list)
    refuse: str = ""
    slow: float = 0.0

    async def wish(self, asked: Asked) -> Answer:
        if self.slow:
            await asyncio.sleep(self.slow)
        person = await asked.desk.records.people.greet(GREETED, "az")
        self.done.append((asked.body, person.id, asked.key))
        if self.refuse:
            raise Problem(self.refuse)
        return Answer(Granted(str(uuid4()), "x" * 10), 201)

    async def forget(self, asked: Asked) -> Answer:
        assert asked.caller.person is not None
        await asked.desk.records.people.forget(asked.caller.person.id)
        self.done.append("forgotten")
        return Answer(status=204)

    async def mine(self, asked: Asked) -> Answer:
        assert asked.caller.person is not None
        return Answer(Granted(asked.path["id"], str(asked.caller.person.id)))

    async def versioned(self, asked: Asked) -> Answer:
        return Answer(Granted("v", "y" * 3000), etag="v7")

    async def break_(self, asked: Asked) -> Answer:
        raise RuntimeError("a secret 0501234567 in an error's text")

    async def upload(self, asked: Asked) -> Answer:
        self.done.append(len(asked.body))
        return Answer(Granted("up"), 201)

    def ops(self) -> tuple[Op, ...]:
        return (
            Op(id="wish", method="POST", path="/wishes", summary="w", tag="test", act=self.wish, body=Wish,
               answers={201: Granted}, security=Security.PERSON, write=True, problems=("changed_meanwhile",)),
            Op(id="say_openly", method="POST", path="/open", summary="o", tag="test", act=self.wish, body=Wish,
               answers={201: Granted}, write=True),
            Op(id="forget", method="POST", path="/forget", summary="f", tag="test", act=self.forget,
               answers={204: None}, security=Security.PERSON, write=True),
            Op(id="mine", method="GET", path="/wishes/{id}", summary="m", tag="test", act=self.mine,
               answers={200: Granted}, security=Security.PERSON, assisted=True, cache=Cache.PRIVATE),
            Op(id="versioned", method="GET", path="/versioned", summary="v", tag="test", act=self.versioned,
               answers={200: Granted}, cache=Cache.PUBLIC),
            Op(id="break", method="GET", path="/break", summary="b", tag="test", act=self.break_,
               answers={200: Granted}),
            Op(id="agents", method="GET", path="/agents", summary="a", tag="test", act=self.break_,
               answers={200: Granted}, security=Security.AGENT),
            Op(id="upload", method="POST", path="/upload", summary="u", tag="test", act=self.upload,
               answers={201: Granted}, security=Security.PERSON, write=True, upload=("image/jpeg",)),
        )  # fmt: skip


class Tokens:
    """Sign-ins of the tests: a token is known when it was given out here."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[Msisdn, UUID, UUID | None]] = {}
        self.store: RecordStore | None = None

    async def signed_in(self, work: UnitOfWork, token: str, language: str) -> SignedIn | None:
        found = self.known.get(token)
        if found is None:
            return None
        assert self.store is not None
        number, session, agent = found
        person = await self.store.over(work).people.by_number(number)
        if person is None:
            return None
        return SignedIn(session, Caller(number, person, person.language, True, APP, session.hex), agent)


@dataclass
class Reply:
    """An answer, with its JSON read."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(repr=False)
class Bench:
    """The application, and what tests look at."""

    app: Any
    effects: Effects
    tokens: Tokens
    store: RecordStore
    idempotency: SqlIdempotency
    whole: Whole

    async def person(self, number: str = "+994507770001", language: str = "az", agent: UUID | None = None) -> str:
        """A signed-in person's token."""
        parsed = Msisdn.parse(number)
        async with self.whole.parts.database.unit_of_work() as work:
            await self.store.over(work).people.greet(parsed, language)
        token = f"token-{len(self.tokens.known)}"
        self.tokens.known[token] = (parsed, uuid4(), agent)
        return token

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes | dict[str, Any] | None = None,
        token: str = "",
        key: str | None = None,
        **headers: str,
    ) -> Reply:
        """One request. Names of headers with `_` for `-`."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            given["authorization"] = f"Bearer {token}"
        if key is not None:
            given["idempotency-key"] = key
        octets = json.dumps(body).encode() if isinstance(body, dict) else body or b""
        if body is not None:
            given.setdefault("content-type", "application/json")
        got = await request(self.app, method, PREFIX + path, query=query, body=octets, headers=given)
        return Reply(got.status, got.headers, got.body)

    async def document(self) -> Any:
        return (await self.ask("GET", "/openapi.json")).json


def open_bench(whole: Whole, *, quota: int = 100_000, more: Sequence[Op] = (), seconds: float = 15.0) -> Bench:
    """A pipeline over the gateway's own stores, with the tests' operations and the real ones."""
    parts = whole.parts
    ring = KeyRing.parse(KEYS)
    sealer, keys = Sealer(ring), PersonKeys(ring, whole.clock)
    store = parts.api.store

    def desk_for(work: UnitOfWork, deadline: Deadline) -> Desk:
        return parts.desk.at(store.over(work), deadline)

    tokens, effects = Tokens(), Effects()
    tokens.store = store
    languages = LanguageChoice(tuple(parts.pack.languages), parts.pack.default_language)
    idempotency = SqlIdempotency(sealer, keys, whole.clock, parts.desk.ids)
    pipeline = Pipeline(
        parts.database,
        desk_for,
        whole.clock,
        parts.desk.ids,
        translator_for(parts.pack),
        languages,
        tokens,
        idempotency,
        RequestQuota(whole.clock, quota),
        bounds=Bounds(seconds=seconds),
    )
    ops = (*effects.ops(), *services.OPS, *places.OPS, *more)
    app = Starlette(routes=api_routes(ops, pipeline, languages.languages))
    return Bench(app, effects, tokens, store, idempotency, whole)


def assert_as_declared(document: Any, method: str, path: str, reply: Reply) -> None:
    """The answer is one that the document declares for the operation, body and all."""
    responses = document["paths"][path][method.lower()]["responses"]
    assert str(reply.status) in responses, (path, reply.status, reply.body)
    content = responses[str(reply.status)].get("content")
    if content is None:
        assert reply.body == b""
        return
    ((media, described),) = content.items()
    assert reply.headers["content-type"] == media
    if not media.endswith("json"):
        return
    schema = {**described["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(reply.json)
