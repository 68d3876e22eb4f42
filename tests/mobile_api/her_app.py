"""Somebody with an app and a keypad telephone: what she starts on one she goes on with on the other."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from domain.msisdn import Msisdn
from gateway.app_api import CHANGES
from mobile_api.operations import SignedIn
from mobile_api.resources import appointments, open_times, pickups
from mobile_api.resources.changes import changes_ops
from services.caller import Caller
from services.ports import LinkedBy
from storage.unit_of_work import UnitOfWork
from tests.mobile_api.bench import Bench, Reply, assert_as_declared, open_bench
from tests.phone import AfricasTalkingPhone, Screen, request
from tests.whole import Whole

OPS = (*open_times.OPS, *appointments.OPS, *pickups.OPS, *changes_ops(CHANGES))


@dataclass(repr=False)
class HerApp:
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

    async def get(self, path: str, declared: str = "", *, query: str = "") -> Any:
        reply = await self.ask("GET", path, declared=declared, query=query)
        assert reply.status == 200, reply.body
        return reply.json

    async def dial(self, *typed: str) -> Screen:
        """From a fresh session; the last screen. English is chosen where she is asked."""
        phone = AfricasTalkingPhone(self.bench.whole.app, self.number)
        screen = await phone.dial()
        for text in ("2", *typed) if screen.name == "language_choose" else typed:
            screen = await phone.answer(text)
        return screen

    async def quiet(self) -> None:
        """Until nothing goes on behind her back."""
        await self.bench.whole.parts.desk.background.drain(10.0)

    async def sandbox(self, method: str, path: str, **body: Any) -> None:
        """The strings behind the ministries."""
        octets, kind = json.dumps(body).encode(), {"content-type": "application/json"}
        answer = await request(self.bench.whole.sandbox, method, path, body=octets, headers=kind)
        assert answer.status < 300, answer.body

    async def ministry_away(self, ministry: str) -> None:
        await self.sandbox("POST", "/sandbox/faults", ministry=ministry, kind="status", value=503)

    async def linked(self, service: str, reference: str) -> None:
        """She proved that the application is hers."""
        async with self.bench.whole.parts.database.unit_of_work() as work:
            records = self.bench.store.over(work)
            person = await records.people.by_number(Msisdn.parse(self.number))
            assert person is not None
            await records.links.add(person.id, service, reference, LinkedBy.FACT)

    async def open_account(self) -> None:
        """She has an account with a PIN, which her device has not proven."""
        bench = self.bench
        async with bench.whole.parts.database.unit_of_work() as work:
            records = bench.store.over(work)
            person = await records.people.by_number(Msisdn.parse(self.number))
            assert person is not None
            await records.accounts.create(person.id, "hash", "account.consent@1", "en")

        async def signed_in(work: UnitOfWork, token: str, language: str) -> SignedIn | None:
            number, session, _ = bench.tokens.known[token]
            found = await bench.store.over(work).people.by_number(number)
            return SignedIn(session, Caller(number, found, language, False, "app", session.hex)) if found else None

        bench.tokens.signed_in = signed_in  # type: ignore[method-assign]


async def her_app(whole: Whole, number: str) -> HerApp:
    """Signed in with her number."""
    bench = open_bench(whole, more=OPS)
    return HerApp(bench, await bench.document(), number, await bench.person(number, "en"))


async def another(her: HerApp, number: str) -> HerApp:
    """Somebody else at the same gateway."""
    return HerApp(her.bench, her.document, number, await her.bench.person(number, "en"))
