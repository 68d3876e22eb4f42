"""Signing in over the API: a code, tokens, devices and the PIN, each answer as the document declares it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain.msisdn import Msisdn
from gateway.words import composer_for
from mobile_api.resources.auth import auth_ops
from mobile_api.signed_in import TokenSignIns
from services.alert_facts import facts_from_json
from services.background import Background
from services.records.sealed import Sealed
from services.records.store import RecordStore
from services.sign_in import SignIn
from services.sign_in_codes import SignInCodes
from sms.records.outbox import SqlOutbox
from sms.tables import MESSAGES
from tests.mobile_api.bench import Bench, Reply, assert_as_declared, open_bench
from tests.read_once import translator_for
from tests.whole import Whole

LEYLA = "+994501234567"
DEVICE = "a-phone-of-somebody-1"


@dataclass(repr=False)
class App:
    """An app on a telephone, and the telephone's inbox."""

    bench: Bench
    store: RecordStore
    background: Background
    document: Any
    device: str = DEVICE

    async def ask(self, method: str, path: str, *, declared: str = "", key: str | None = None, **more: Any) -> Reply:
        reply = await self.bench.ask(method, path, key=key or (str(uuid4()) if method != "GET" else None), **more)
        assert_as_declared(self.document, method, declared or path, reply)
        return reply

    async def inbox(self) -> list[str]:
        """What was sent, in words."""
        await self.background.drain(30.0)
        composer = composer_for(self.bench.whole.parts.pack, translator_for(self.bench.whole.parts.pack))
        async with self.store.database.unit_of_work() as work:
            sealed = Sealed(work, self.store.sealer, self.store.keys)
            said = []
            for row in (await work.execute(select(MESSAGES).order_by(MESSAGES.c.id))).all():
                facts = await sealed.open_map(row.person_id, row.sealed, "sms_messages", "sealed", row.id)
                composed = composer.compose(row.text_id, facts_from_json(facts["values"]), row.language)
                assert len(composed.parts) == 1
                said.append(composed.text)
            return said

    async def code(self, number: str = LEYLA, **headers: str) -> dict[str, str]:
        """Asks for a code; gives what goes into the body that verifies it, as the telephone fills it in."""
        started = await self.ask("POST", "/auth/otp", body={"number": number, "device": self.device}, **headers)
        assert started.status == 202, started.body
        last = (await self.inbox())[-1].split("\n")[-1]
        assert last.startswith("@app.example #")
        return {"request_id": started.json["request_id"], "code": last[-6:], "device": self.device}

    async def sign_in(self, number: str = LEYLA, name: str = "A phone") -> dict[str, Any]:
        """On a device of that name."""
        self.bench.whole.clock.advance(timedelta(seconds=61))
        self.device = f"device-{name.encode().hex()[:40]:0>16}"
        typed = await self.code(number) | {"device_name": name}
        got = await self.ask("POST", "/auth/otp/verify", body=typed)
        assert got.status == 200, got.body
        return got.json


@pytest.fixture
async def app(whole_api: Whole) -> AsyncIterator[App]:
    clock, ids, background = whole_api.clock, whole_api.parts.desk.ids, Background()
    outlet = open_bench(whole_api)
    store = replace(outlet.store, outbox=lambda sealed: SqlOutbox(sealed, clock, ids))
    codes = SignInCodes({"k1": b"p" * 32})
    sign_in = SignIn(store.open_sign_ins, codes, whole_api.parts.pack.country, clock, ids, background)
    bench = open_bench(whole_api, more=auth_ops(sign_in, store.sign_ins))
    bench.tokens.signed_in = TokenSignIns(store.sessions).signed_in  # type: ignore[method-assign]
    yield App(bench, store, background, await bench.document())
    await background.drain(30.0)


async def test_signing_in_to_signing_out(app: App) -> None:
    tokens = await app.sign_in(name="Leyla's\u202e phone\n")
    assert (tokens["token_type"], tokens["expires_in"], tokens["refresh_expires_in"]) == ("Bearer", 900, 5184000)
    [device] = (await app.ask("GET", "/auth/sessions", token=tokens["access_token"])).json["items"]
    assert (device["name"], device["current"], device["id"]) == ("Leyla's phone", True, tokens["device_id"])
    turned = (await app.ask("POST", "/auth/refresh", body={"refresh_token": tokens["refresh_token"]})).json
    assert (await app.ask("GET", "/auth/sessions", token=tokens["access_token"])).status == 401
    assert (await app.ask("POST", "/auth/sign-out", token=turned["access_token"])).status == 204
    assert (await app.ask("GET", "/auth/sessions", token=turned["access_token"])).status == 401


async def test_the_message_is_one_that_telephones_type_by_themselves(app: App) -> None:
    await app.ask("POST", "/auth/otp", body={"number": LEYLA, "device": DEVICE}, accept_language="fr")
    [said] = await app.inbox()
    code = said[-6:]
    assert said == (
        f"Services publics: votre code est {code}, valable 5 minutes. Ne le dites à personne, ni à nous.\n"
        f"@app.example #{code}"
    )


async def test_a_lost_answer_is_given_again_and_nothing_is_done_twice(app: App) -> None:
    key, body = str(uuid4()), {"number": LEYLA, "device": DEVICE}
    first = await app.ask("POST", "/auth/otp", key=key, body=body)
    assert (await app.ask("POST", "/auth/otp", key=key, body=body)).json == first.json
    [said] = await app.inbox()
    typed = {"request_id": first.json["request_id"], "code": said[-6:], "device": DEVICE}
    got = await app.ask("POST", "/auth/otp/verify", key=key, body=typed)
    assert (await app.ask("POST", "/auth/otp/verify", key=key, body=typed)).json == got.json
    refresh, key = {"refresh_token": got.json["refresh_token"]}, str(uuid4())
    turned = await app.ask("POST", "/auth/refresh", key=key, body=refresh)
    assert (await app.ask("POST", "/auth/refresh", key=key, body=refresh)).json == turned.json
    assert (await app.ask("GET", "/auth/sessions", token=turned.json["access_token"])).status == 200
    # The same token as a request of its own is a thief's, and that it ended the session outlives the refusal.
    again = await app.ask("POST", "/auth/refresh", body=refresh)
    assert (again.status, again.json["code"]) == (401, "session_ended")
    assert (await app.ask("GET", "/auth/sessions", token=turned.json["access_token"])).status == 401


async def test_wrong_and_dead_codes(app: App) -> None:
    typed = await app.code()
    wrong = typed | {"code": f"{(int(typed['code']) + 1) % 1_000_000:06d}"}
    for _ in range(5):
        got = await app.ask("POST", "/auth/otp/verify", body=wrong)
        assert (got.status, got.json["code"]) == (422, "code_wrong")
    got = await app.ask("POST", "/auth/otp/verify", body=typed)
    assert (got.status, got.json["code"]) == (410, "code_dead")
    assert typed["code"] not in got.body.decode()


@pytest.mark.parametrize("number", ["+1234", "079OO900123", "2.12661e11", "", "+994501234567;ext=5"])
async def test_no_number(app: App, number: str) -> None:
    got = await app.ask("POST", "/auth/otp", body={"number": number, "device": DEVICE})
    assert (got.status, got.json["code"], got.json["errors"][0]["pointer"]) == (422, "invalid_fields", "/number")


async def test_every_way_to_write_a_number_is_answered_alike(app: App) -> None:
    written = ("050 123 45 67", "00994501234567", "+٩٩٤٥٠١٢٣٤٥٦٧", "+881612345678", "+212522123456", "+994124980000")
    for number in written:
        got = await app.ask("POST", "/auth/otp", body={"number": number, "device": DEVICE})
        assert got.status in (202, 422)
        if got.status == 202:
            assert set(got.json) == {"request_id", "expires_in", "resend_after"}
    assert len(await app.inbox()) == 1  # three were hers, within a minute; the others are never written to


async def test_devices_are_hers_alone(app: App) -> None:
    phone, tablet = await app.sign_in(name="Phone"), await app.sign_in(name="Tablet")
    other = await app.sign_in("+994557654321", "Another's")

    async def delete(device: dict[str, Any], by: dict[str, Any]) -> int:
        path = f"/auth/sessions/{device['device_id']}"
        got = await app.ask("DELETE", path, declared="/auth/sessions/{id}", token=by["access_token"])
        return got.status

    assert await delete(phone, other) == 404
    assert await delete(tablet, phone) == 204
    assert await delete(tablet, phone) == 404
    await app.sign_in()
    assert (await app.ask("POST", "/auth/sign-out-everywhere", token=phone["access_token"])).status == 204
    assert (await app.ask("GET", "/auth/sessions", token=phone["access_token"])).status == 401
    [device] = (await app.ask("GET", "/auth/sessions", token=other["access_token"])).json["items"]
    assert device["name"] == "Another's"


async def test_the_pin_on_a_device(app: App) -> None:
    tokens = await app.sign_in()

    async def prove(pin: str) -> tuple[int, str]:
        got = await app.ask("POST", "/auth/pin", body={"pin": pin}, token=tokens["access_token"])
        return got.status, got.json["code"] if got.body else ""

    assert await prove("284913") == (409, "no_account")
    desk = app.bench.whole.parts.desk
    async with app.store.open() as records:
        person = await records.people.by_number(Msisdn(LEYLA))
        assert person is not None
        kept = await desk.pins.hash("284913", desk.at(records, desk.deadline.after(10, desk.clock)).deadline)
        await records.accounts.create(person.id, kept, "account.consent@1", "az")
    signed = TokenSignIns(app.store.sessions)
    for pin, expected, proven in (("111111", (422, "pin_wrong"), False), ("284913", (204, ""), True)):
        assert await prove(pin) == expected
        async with app.store.database.unit_of_work() as work:
            found = await signed.signed_in(work, tokens["access_token"], "en")
        assert found is not None and found.caller is not None and found.caller.proven is proven
    for _ in range(4):
        assert await prove("111111") == (422, "pin_wrong")
    assert await prove("111111") == (429, "pin_locked")
