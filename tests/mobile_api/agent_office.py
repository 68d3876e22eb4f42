"""An organisation with its agents, citizens with telephones, and what was sent to them."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from gateway.words import composer_for
from services.agent_values import OrganisationKind
from services.alert_facts import facts_from_json
from services.records.sealed import Sealed
from services.records.store import RecordStore
from services.sign_in_codes import RefreshToken, make_token, token_hash
from services.sign_in_ports import OnDevice, TokenHashes
from sms.records.outbox import SqlOutbox
from sms.tables import MESSAGES
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from tests.mobile_api.bench import Reply
from tests.phone import request
from tests.read_once import translator_for
from tests.whole import KEYS, Whole

PIN = "284913"
AYGUN, RASHAD, LEYLA = "+994502220001", "+994502220002", "+994501234567"
DEVICE = "a-tablet-of-somebody-1"


@dataclass(repr=False)
class Office:
    """The gateway as it runs, asked as the volunteers' page asks it."""

    whole: Whole
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> RecordStore:
        whole, ring = self.whole, KeyRing.parse(KEYS)
        clock, ids = whole.clock, whole.parts.desk.ids
        return RecordStore(
            whole.parts.database,
            Sealer(ring),
            PersonKeys(ring, clock),
            clock,
            ids,
            outbox=lambda sealed: SqlOutbox(sealed, clock, ids, True),
        )

    async def agent(self, number: str = AYGUN, badge: str = "V-014", practice: bool = False, code: str = "red") -> str:
        """Enrolled, with a PIN, signed in for the day on a device of her own: her agent token."""
        await self.enrol(number, badge, practice, code)
        token = await self.person(number)
        device = DEVICE if number == AYGUN else f"a-tablet-of-{number[1:]}"
        reply = await self.ask("POST", "/agent/sign-in", token=token, body={"pin": PIN, "device": device})
        assert reply.status == 200, reply.body
        return str(reply.json["access_token"])

    async def enrol(self, number: str, badge: str, practice: bool = False, code: str = "red") -> UUID:
        async with self.store.open() as records:
            agents = records.assisted().agents
            organisation = await agents.organisation(code, "Red Crescent", OrganisationKind.VOLUNTEERS)
            person = await records.people.greet(Msisdn.parse(number), "en")
            id = await agents.enrol(organisation.id, person.id, f"Aygun {badge}", badge, practice)
            assert id is not None
            if not person.has_account:
                await records.accounts.create(person.id, await self.pin(), "account.consent@1", "en")
            return id

    async def pin(self) -> str:
        return await self.whole.parts.desk.pins.hash(PIN, Deadline.after(5.0, self.whole.clock))

    async def person(self, number: str) -> str:
        """A citizen, or an agent as a citizen, signed in on a device of her own: her access token."""
        async with self.store.database.unit_of_work() as work:
            records = self.store.sign_ins(work)
            person = await records.people.greet(Msisdn.parse(number), "en")
            access, family = self._token(), RefreshToken(self._token(), self._token())
            now = self.whole.clock.now()
            hashes = TokenHashes(
                token_hash(access), token_hash(family.family), token_hash(family.turn), now + timedelta(minutes=15)
            )
            opened = await records.sessions.open(
                uuid4(), person.id, Msisdn.parse(number), OnDevice("", uuid4().bytes), hashes, now + timedelta(days=60)
            )
            assert opened
            return access

    def _token(self) -> str:
        import secrets

        return make_token(secrets.token_bytes)

    async def ask(self, method: str, path: str, *, token: str = "", body: Any = None, key: str = "") -> Reply:
        given = {"accept-language": "en"}
        if token:
            given["authorization"] = f"Bearer {token}"
        if method != "GET":
            given["idempotency-key"] = key or str(uuid4())
        octets = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            given["content-type"] = "application/json"
        got = await request(self.whole.app, method, f"/api/v1{path}", body=octets, headers=given)
        return Reply(got.status, got.headers, got.body)

    async def inbox(self, number: str = LEYLA) -> list[tuple[str, str]]:
        """What she was sent: the text's id, and its words."""
        composer = composer_for(self.whole.parts.pack, translator_for(self.whole.parts.pack))
        said = []
        async with self.store.database.unit_of_work() as work:
            sealed = Sealed(work, self.store.sealer, self.store.keys)
            for row in (await work.execute(select(MESSAGES).order_by(MESSAGES.c.id))).all():
                kept = await sealed.open_map(row.person_id, row.sealed, "sms_messages", "sealed", row.id)
                if kept["to"] != number:
                    continue
                composed = composer.compose(row.text_id, facts_from_json(kept["values"]), "en")
                assert len(composed.parts) <= 2
                said.append((row.text_id, composed.text))
        return said

    async def code(self, number: str = LEYLA) -> str:
        """The consent code that she was sent last."""
        last = [text for id, text in await self.inbox(number) if id == "sms.assist_code"][-1]
        return last.split("code: ")[1][:6]

    async def asked(self, agent: str, number: str = LEYLA, purpose: str = "apply") -> str:
        """A citizen who was asked: the session's id."""
        self.whole.clock.advance(timedelta(minutes=3))
        reply = await self.ask("POST", "/agent/citizens", token=agent, body={"number": number, "purpose": purpose})
        assert reply.status == 202, reply.body
        return str(reply.json["id"])

    async def helped(self, agent: str, number: str = LEYLA, purpose: str = "apply") -> tuple[str, str]:
        """A citizen who agreed: the session's id, and the token for her things."""
        id = await self.asked(agent, number, purpose)
        reply = await self.ask(
            "POST", f"/agent/citizens/{id}/consent", token=agent, body={"code": await self.code(number)}
        )
        assert reply.status == 200, reply.body
        return id, str(reply.json["access_token"])

    async def menu(self, agent: str, id: str, *typed: str, run: int = 1, first: int = 1) -> str:
        """Her menus at the agent's hands: what the last screen says."""
        text = ""
        for turn, each in enumerate(typed, first):
            body = {"run": run, "turn": turn, "input": each}
            reply = await self.ask("POST", f"/agent/citizens/{id}/menu", token=agent, body=body)
            assert reply.status == 200, reply.body
            text = reply.json["text"]
        return text
