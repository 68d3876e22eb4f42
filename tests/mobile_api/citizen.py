"""A citizen with an app and a telephone, at the whole gateway: she signs in by the code that she was sent."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from services.records.sealed import Sealed
from sms.tables import MESSAGES
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from tests.mobile_api.bench import PREFIX, Reply, assert_as_declared
from tests.phone import AfricasTalkingPhone, request
from tests.whole import KEYS, Whole

PIN = "918273"
DEVICE = "a-phone-of-somebody-1"


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

    async def sign_in(self) -> "Citizen":
        """By a code, as an app does."""
        self.whole.clock.advance(timedelta(seconds=61))  # between two codes to a number
        begun = await self.ask("POST", "/auth/otp", {"number": self.number, "device": DEVICE})
        typed = {"request_id": begun.json["request_id"], "code": await self.code(), "device": DEVICE}
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
