"""What is one person's is nobody else's: every id that is hers, in every place where an operation takes one, tried by
somebody else who is signed in and proved a PIN, by agents, and by nobody. Made of the declarations: complete or red."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from mobile_api.operations import ANY_ID, Op, Security
from tests.amounts import turned
from tests.mobile_api.bench import PREFIX, Reply
from tests.mobile_api.one_of_each import COMPLAINT, HER_SECOND, HERS, NAME, READY, SENT_BACK, OneOfEach
from tests.mobile_api.recipes import PNG, RECIPES
from tests.phone import request
from tests.whole import Whole

# What nobody else may be told: her names, numbers and words, and what her ministries know of her.
CANARIES = (NAME, "Kanarey", COMPLAINT, HERS[-9:], HER_SECOND[-9:], "312.40", "Rashid")
# Paths whose part names something of everybody's, or that each has for herself; and what stands on every slip.
COMMON = {
    "/places/{id}",
    "/units/{id}",
    "/services/{code}",
    "/status/{reference}",
    "/forms/{service}",
    "/drafts/{service}",
    "/me/consents/{purpose}",
}
# Fields of bodies and queries that may hold an id of something of hers; all others hold none.
WITH_IDS = {"application", "reference", "request_id", "subject", "cursor", "since", "slot", "place"}
WITHOUT = {
    "number", "device", "device_name", "code", "pin", "refresh_token", "language", "address", "alerts", "alerts_by",
    "purpose", "witness", "services", "slip", "at_place", "practice", "turn", "run", "input", "agreed", "agrees",
    "drafts", "confirm", "service", "answers", "consent", "fact", "about", "text", "anonymous", "comment",
    "limit", "q", "kind", "near", "within", "region", "district", "month", "day",
}  # fmt: skip
# Ids that are nobody's, of every form that an id of hers has.
NOBODYS = ("f" * 32, "41999992", "passport:99999", "7654321", "nothing")
REFUSED = {403, 404, 409, 410}


@dataclass(frozen=True)
class Try:
    """One request with an id in one place. `like`: the same with an id that is nobody's."""

    op: Op
    path: str
    query: str
    body: Any
    like: "Try | None" = None


def tries(op: Op, ids: Sequence[str]) -> Iterator[Try]:
    """Each place of an operation where an id may stand, with each id that fits its form."""
    body, *others = examples(op)
    for part in re.findall(r"{([a-z_]+)}", op.path):
        fits = re.compile(op.where.get(part, ANY_ID)).fullmatch
        nobodys = Try(op, op.path.replace(f"{{{part}}}", next(filter(fits, NOBODYS))), "", body)
        for id in filter(fits, ids):
            path = op.path.replace(f"{{{part}}}", id)
            yield Try(op, path, "", body, nobodys)
            yield from (Try(op, path, "", other, replace(nobodys, body=other)) for other in others)
    if "{" in op.path:
        return
    for id in ids:
        for field in WITH_IDS & set(fields(op.body)):
            yield Try(op, op.path, "", {**body, field: id})
        for field in WITH_IDS & set(fields(op.query)):
            yield Try(op, op.path, f"{field}={id}", body)


def fields(kind: type[msgspec.Struct] | None) -> tuple[str, ...]:
    return kind.__struct_fields__ if kind is not None else ()


def examples(op: Op) -> list[Any]:
    """The declared one; and with the other answer to each yes or no."""
    if op.body is None:
        return [PNG if op.upload else None]
    body = msgspec.to_builtins(op.examples["body"])
    return [body, *({**body, name: not value} for name, value in body.items() if isinstance(value, bool))]


async def ask(whole: Whole, what: Try, token: str = "") -> Reply:
    headers = {"accept-language": "en", "content-type": what.op.upload[0] if what.op.upload else "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    if what.op.write:
        headers["idempotency-key"] = str(uuid4())
    if what.op.if_match:
        headers["if-match"] = "*"
    octets = what.body if isinstance(what.body, bytes) else b"" if what.body is None else json.dumps(what.body).encode()
    got = await request(whole.app, what.op.method, PREFIX + what.path, what.query, octets, headers)
    return Reply(got.status, got.headers, got.body)


def operations(whole: Whole) -> Sequence[Op]:
    found: Sequence[Op] = whole.parts.api.operations
    return found


def test_every_field_is_known_to_hold_an_id_or_none(whole_api: Whole) -> None:
    named = {name for op in operations(whole_api) for kind in (op.body, op.query) for name in fields(kind)}
    assert named <= WITH_IDS | WITHOUT


@pytest.mark.long
async def test_nobody_is_told_or_moves_anything_of_anothers(everything: OneOfEach) -> None:
    stranger = await everything.office.agent("+994502220009", "P-001", code="post")
    # What was asked for anew behind her back has come before anything is compared.
    await all_of_hers(everything)
    await everything.whole.parts.desk.background.drain(30.0)
    before, asked, nobodys = await all_of_hers(everything), 0, Nobodys(everything.whole)
    ids = tuple(dict.fromkeys([*everything.ids.values(), READY, SENT_BACK]))
    for op in operations(everything.whole):
        own = list(tries(op, ids))
        assert own or "{" not in op.path, f"{op.id}: no id of hers fits; make one in one_of_each"
        for turn, each in enumerate(own):
            if op.security is not Security.NONE:
                assert (await ask(everything.whole, each)).status == 401, op.id
            # In `make test` by one of the others, the next one by another.
            for token in turned(tokens(everything, op, stranger), turn, 2):
                asked += 1
                await is_told_nothing(everything.whole, each, token, nobodys)
    assert await all_of_hers(everything) == before
    print(f"{asked} requests for what is another's, {len(ids)} ids of hers")


def tokens(everything: OneOfEach, op: Op, stranger: str) -> tuple[str, ...]:
    """Everybody else who may perform the operation at all."""
    if op.security is Security.AGENT:
        return (stranger,)
    return (everything.other.token, everything.beside) if op.assisted else (everything.other.token,)


class Nobodys:
    """What is answered about an id that is nobody's: the same to whichever id it is compared with."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self._answers: dict[str, Reply] = {}

    async def answer(self, like: Try, token: str) -> Reply:
        known = repr((like.op.id, like.path, like.body, token))
        if known not in self._answers:
            self._answers[known] = await ask(self._whole, like, token)
        return self._answers[known]


async def is_told_nothing(whole: Whole, tried: Try, token: str, nobodys: Nobodys) -> None:
    reply = await ask(whole, tried, token)
    said = reply.body.decode()
    assert not [canary for canary in CANARIES if canary in said], (tried, said)
    if tried.like is None or tried.op.path in COMMON:
        return
    assert reply.status in REFUSED, (tried.op.id, tried.path, reply.status, said)
    same = await nobodys.answer(tried.like, token)
    assert (reply.status, reply.body) == (same.status, same.body), (tried.op.id, tried.path, said, same.body)


async def all_of_hers(everything: OneOfEach) -> Mapping[str, Any]:
    """Everything that she sees."""
    seen = {}
    for op in operations(everything.whole):
        if op.method == "GET" and op.security is Security.PERSON and op.id != "list_changes":
            recipe = await RECIPES[op.id](everything)
            path = op.path
            for part, id in recipe.path.items():
                path = path.replace(f"{{{part}}}", id)
            query = "&".join(f"{name}={value}" for name, value in recipe.query.items())
            seen[op.id] = (await ask(everything.whole, Try(op, path, query, None), everything.her.token)).body
    return seen
