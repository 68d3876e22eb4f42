"""A citizen with an app and a telephone: what she starts on one she goes on with on the other.

`Citizen` is at the whole gateway and signs in by the code that she was sent. `BenchCitizen` is at the bench, where she
is signed in from the first, over what she has at ministries and its changes.
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from gateway.app_api import CHANGES
from mobile_api.operations import SignedIn
from mobile_api.resources import applications, appointments, documents, forms_ops, open_times, payments, pickups
from mobile_api.resources.changes import changes_ops
from services.caller import Caller
from services.ports import LinkedBy
from services.records.sealed import Sealed
from sms.tables import MESSAGES
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork
from tests.mobile_api.bench import PREFIX, Bench, Reply, assert_as_declared, open_bench
from tests.phone import AfricasTalkingPhone, Screen, request
from tests.whole import KEYS, Whole

PIN = "918273"
DEVICE = "a-phone-of-somebody-1"
HERS = (
    *applications.OPS, *forms_ops.OPS, *documents.OPS, *open_times.OPS, *appointments.OPS, *pickups.OPS,
    *payments.OPS, *changes_ops(CHANGES),
)  # fmt: skip


@dataclass(repr=False)
class Citizen:
    """`number`: of her telephone. `token`: of her signed-in device."""

    whole: Whole
    number: str
    token: str = ""
    document: Any = None
    said: list[str] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, body: Any = None, *, query: str = "", language: str = "en", key: str = ""
    ) -> Reply:
        """One request, its answer held against the document."""
        headers = {"accept-language": language, "content-type": "application/json"}
        if method != "GET":
            headers["idempotency-key"] = key or str(uuid4())
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        octets = b"" if body is None else json.dumps(body).encode()
        got = await request(self.whole.app, method, PREFIX + path, query=query, body=octets, headers=headers)
        reply = Reply(got.status, got.headers, got.body)
        self.said.append(got.body.decode())
        if self.document is None:
            self.document = json.loads((await request(self.whole.app, "GET", f"{PREFIX}/openapi.json")).body)
        assert_as_declared(self.document, method, self._declared(path), reply)
        return reply

    def _declared(self, path: str) -> str:
        if path in self.document["paths"]:
            return path
        parts = path.split("/")
        return next(
            str(known)
            for known in self.document["paths"]
            if len(known.split("/")) == len(parts)
            and all(a == b or a.startswith("{") for a, b in zip(known.split("/"), parts, strict=True))
        )

    async def sign_in(self, device: str = DEVICE) -> "Citizen":
        """By a code, as an app does."""
        self.whole.clock.advance(timedelta(seconds=61))  # between two codes to a number
        begun = await self.ask("POST", "/auth/otp", {"number": self.number, "device": device})
        typed = {"request_id": begun.json["request_id"], "code": await self.code(), "device": device}
        got = await self.ask("POST", "/auth/otp/verify", typed)
        self.token = got.json["access_token"]
        return self

    async def prove(self, pin: str = PIN) -> int:
        """The PIN, on this device."""
        return (await self.ask("POST", "/auth/pin", {"pin": pin})).status

    async def open_account(self) -> "Citizen":
        """As by USSD, in English."""
        desk = self.whole.parts.desk
        kept = await desk.pins.hash(PIN, Deadline.after(10, desk.clock))
        async with desk.open_records() as records:
            person = await records.people.greet(Msisdn.parse(self.number), "en")
            consent = desk.services.account_consent
            assert await records.accounts.create(person.id, kept, consent, "en", channel="ussd", proof="s")
        return self

    async def play(self, *typed: str) -> "Playing":
        phone = AfricasTalkingPhone(self.whole.app, self.number)
        screen = await phone.dial()
        if screen.name == "resume_offer":
            screen = await phone.answer("2")
        self.said.append(screen.text)
        for key in typed:
            screen = await phone.answer(key)
            self.said.append(screen.text)
        return Playing(phone, screen)

    async def code(self, number: str = "") -> str:
        """Of the last message with a code to the number (hers)."""
        await self.whole.parts.desk.background.drain(30.0)
        return str((await self.facts("code", number or self.number))[-1]["values"]["one_time"])

    async def facts_of_all(self) -> list[dict[str, Any]]:
        """What all messages were made of, the oldest first."""
        return await self.facts("")

    async def facts(self, kind: str, number: str = "") -> list[dict[str, Any]]:
        """What messages of a kind were made of, the oldest first."""
        ring = KeyRing.parse(KEYS)
        found = []
        async with self.whole.parts.database.unit_of_work() as work:
            sealed = Sealed(work, Sealer(ring), PersonKeys(ring, self.whole.clock))
            rows = await work.execute(select(MESSAGES).where(MESSAGES.c.sealed.is_not(None)).order_by(MESSAGES.c.id))
            for row in rows.all():
                if kind and row.kind != kind:
                    continue
                facts = await sealed.open_map(row.person_id, row.sealed, "sms_messages", "sealed", row.id)
                if not number or facts["to"] == number:
                    found.append({**facts, "text": row.text_id})
        return found


@dataclass(repr=False)
class Playing:
    """A session on the telephone, and the screen that is shown."""

    phone: AfricasTalkingPhone
    screen: Any


@dataclass(repr=False)
class BenchCitizen:
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
        octets, kind = json.dumps(body).encode(), {"content-type": "application/json"}
        answer = await request(self.bench.whole.sandbox, method, path, body=octets, headers=kind)
        assert answer.status < 300, answer.body

    async def ministry_away(self, ministry: str = "vemtas") -> None:
        await self.sandbox("POST", "/sandbox/faults", ministry=ministry, kind="status", value=503)

    async def linked(self, service: str, reference: str) -> None:
        """She proved that the application is hers."""
        async with self.bench.store.open() as records:
            person = await records.people.by_number(Msisdn.parse(self.number))
            assert person is not None
            await records.links.add(person.id, service, reference, LinkedBy.FACT)

    async def open_account(self) -> None:
        """She has an account with a PIN."""
        async with self.bench.store.open() as records:
            person = await records.people.by_number(Msisdn.parse(self.number))
            assert person is not None
            await records.accounts.create(person.id, "hash", "account.consent@1", "en")

    def without_pin(self) -> None:
        """Her device has not proven the PIN."""
        bench = self.bench

        async def signed_in(work: UnitOfWork, token: str, language: str) -> SignedIn | None:
            number, session, _ = bench.tokens.known[token]
            person = await bench.store.over(work).people.by_number(number)
            return SignedIn(session, Caller(number, person, language, False, "app", session.hex)) if person else None

        bench.tokens.signed_in = signed_in  # type: ignore[method-assign]

    async def another(self, number: str) -> "BenchCitizen":
        """Somebody else at the same gateway."""
        return BenchCitizen(self.bench, self.document, number, await self.bench.person(number, "en"))


async def at_the_bench(whole: Whole, number: str) -> BenchCitizen:
    """Signed in with her number."""
    bench = open_bench(whole, more=HERS)
    return BenchCitizen(bench, await bench.document(), number, await bench.person(number, "en"))
