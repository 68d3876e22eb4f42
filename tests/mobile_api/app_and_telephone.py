"""Somebody with an app and a telephone: what she starts on one she goes on with on the other."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from domain.msisdn import Msisdn
from gateway.app_api import CHANGES
from mobile_api.operations import SignedIn
from mobile_api.resources import applications, documents, forms
from mobile_api.resources.changes import changes_ops
from services.caller import Caller
from storage.unit_of_work import UnitOfWork
from tests.mobile_api.bench import Bench, Reply, assert_as_declared, open_bench
from tests.phone import AfricasTalkingPhone, Screen, request
from tests.whole import Whole

OPS = (*applications.OPS, *forms.OPS, *documents.OPS, *changes_ops(CHANGES))


@dataclass(repr=False)
class Citizen:
    """`ask` holds every answer against the document."""

    bench: Bench
    document: Any
    number: str
    token: str

    async def ask(self, method: str, path: str, *, declared: str = "", key: str | None = None, **more: Any) -> Reply:
        key = key or (str(uuid4()) if method != "GET" else None)
        reply = await self.bench.ask(method, path, key=key, token=self.token, accept_language="en", **more)
        assert_as_declared(self.document, method, declared or path, reply)
        return reply

    async def get(self, path: str, declared: str = "", *, status: int = 200, query: str = "") -> Any:
        reply = await self.ask("GET", path, declared=declared, query=query)
        assert reply.status == status, reply.body
        return reply.json

    async def dial(self, *typed: str) -> Screen:
        """From a fresh session, without going on with the one before; the last screen, in English."""
        phone = AfricasTalkingPhone(self.bench.whole.app, self.number)
        screen = await phone.dial()
        for text in ("2", *typed) if screen.name in ("language_choose", "resume_offer") else typed:
            screen = await phone.answer(text)
        return screen

    async def quiet(self) -> None:
        """Until nothing goes on behind her back."""
        await self.bench.whole.parts.desk.background.drain(10.0)

    async def sandbox(self, method: str, path: str, **body: Any) -> None:
        """The strings behind the ministries."""
        octets = json.dumps(body).encode()
        kind = {"content-type": "application/json"}
        answer = await request(self.bench.whole.sandbox, method, path, body=octets, headers=kind)
        assert answer.status < 300, answer.body

    async def ministries_away(self, ministry: str = "vemtas") -> None:
        await self.sandbox("POST", "/sandbox/faults", ministry=ministry, kind="status", value=503)


async def citizen(whole: Whole, number: str) -> Citizen:
    """Signed in with her number."""
    bench = open_bench(whole, more=OPS)
    return Citizen(bench, await bench.document(), number, await bench.person(number, "en"))


def without_pin(her: Citizen) -> None:
    """Her device has not proven the PIN."""
    bench = her.bench

    async def signed_in(work: UnitOfWork, token: str, language: str) -> SignedIn | None:
        number, session, _ = bench.tokens.known[token]
        person = await bench.store.over(work).people.by_number(number)
        return SignedIn(session, Caller(number, person, language, False, "app", session.hex)) if person else None

    bench.tokens.signed_in = signed_in  # type: ignore[method-assign]


async def open_account(her: Citizen) -> None:
    """She has an account with a PIN."""
    async with her.bench.whole.parts.database.unit_of_work() as work:
        records = her.bench.store.over(work)
        person = await records.people.by_number(Msisdn.parse(her.number))
        assert person is not None
        await records.accounts.create(person.id, "hash", "account.consent@1", "en")
