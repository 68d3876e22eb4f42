"""Staff of the operations page with a browser and a telephone; sessions that ended, and messages."""

import asyncio
import base64
import io
import json
import re
from typing import Any
from unittest import mock

from sqlalchemy import insert, select

from domain.msisdn import Msisdn
from gateway.cli import main
from services.totp import code, step_of
from storage.tables import AUDIT_LOG
from tests.phone import Answer, request
from tests.whole import Whole
from ussd_menus.session_store import session_keys
from ussd_menus.tables import sessions

PASSWORD = "correct horse battery"
PAGE = {"host": "gateway.example", "origin": "https://gateway.example", "content-type": "application/json"}


class Desk:
    """Somebody of staff with her browser and her telephone."""

    def __init__(self, running: Whole, name: str, key: bytes, address: str = "192.0.2.1") -> None:
        self.running, self.name, self.key, self.address = running, name, key, address
        self.cookie = self.browser = ""

    def code(self) -> str:
        return code(self.key, step_of(self.running.clock.now()))

    async def ask(self, method: str, path: str, query: str = "", body: Any = None, **headers: str) -> Answer:
        cookies = [self.cookie, self.browser if path == "/ops/session" else ""]
        sent = {**PAGE, **headers} | ({"cookie": "; ".join(filter(None, cookies))} if any(cookies) else {})
        octets = json.dumps(body).encode() if body is not None else b""
        return await request(self.running.app, method, path, query, octets, sent, (self.address, 50000))

    async def signs_in(self, password: str = PASSWORD, typed: str = "", **headers: str) -> Answer:
        body = {"name": self.name, "password": password, "code": typed or self.code()}
        answer = await self.ask("POST", "/ops/session", body=body, **headers)
        if answer.status == 200:
            self.browser, self.cookie = (kept.partition(";")[0] for kept in answer.headers["set-cookie"].split("\n"))
        return answer


async def enrolled(running: Whole, name: str, act: str = "add") -> Desk:
    """By the command, as an operator does it."""
    printed = io.StringIO()
    with mock.patch("sys.stdin", io.StringIO(f"{PASSWORD}\n")), mock.patch("sys.stdout", printed):
        assert await asyncio.to_thread(main, ["staff", act, name]) == 0
    found = re.search(r"secret=([A-Z2-7]+)", printed.getvalue())
    assert found
    return Desk(running, name, base64.b32decode(found[1]))


async def acts(running: Whole, name: str) -> list[tuple[str, str]]:
    async with running.parts.database.unit_of_work() as work:
        rows = await work.execute(
            select(AUDIT_LOG.c.act, AUDIT_LOG.c.why)
            .where((AUDIT_LOG.c.actor == f"operator:{name}") | (AUDIT_LOG.c.subject == f"operator:{name}"))
            .order_by(AUDIT_LOG.c.seq)
        )
        return [(row.act, row.why) for row in rows.all()]


async def ended(
    running: Whole, number: int, screens: tuple[str, ...], outcome: str = "incomplete", net: str = "40001"
) -> None:
    """A session of that number, begun in Azerbaijani, that ended."""
    parts, msisdn, session = (
        running.parts,
        Msisdn.parse(f"+99450777{number:04d}"),
        f"s-{number}-{len(screens)}-{screens[-1]}-{outcome}",
    )
    keys = session_keys(parts.session_ends._sealer, "africastalking", session, msisdn)
    async with parts.database.unit_of_work() as work:
        row = {"key": keys.session, "aggregator": "africastalking", "entry": "home", "menu": "m", "language": "az"}
        await work.execute(insert(sessions).values(row))
    await parts.session_ends.keep(
        aggregator="africastalking", session=session, msisdn=msisdn, network=net, outcome=outcome, duration_ms=9000,
        hops=3, cost=None, screens=screens,
    )  # fmt: skip


def message(running: Whole, provider: str, language: str, state: str, number: int) -> dict[str, Any]:
    """A row of the queue; nobody's."""
    texts = ("kind", "text_id", "source", "service", "network", "reason", "provider_mode", "encoding", "cost_currency")
    counts = ("priority", "attempts", "extra_sends", "parts", "cost_millis")
    return {
        **dict.fromkeys(texts, ""), **dict.fromkeys(counts, 0), "id": running.parts.desk.ids.uuid7(),
        "provider": provider, "language": language, "state": state, "recipient_index": b"%d" % number,
        "created_at": running.clock.now(),
    }  # fmt: skip
