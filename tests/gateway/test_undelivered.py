"""What did not arrive is told to the ministry whose event it was: signed, without a number, and not for ever."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway import webhooks
from services.backends.wire import HttpWire
from services.callbacks import PAUSES, CallbackDelivery
from services.polling import poll
from services.records.callbacks import SqlCallbacks
from services.records.tables import CALLBACKS
from services.values import Change
from tests.gateway.test_events import SECRET, Deaf, door, event, post, rows, sign
from tests.services.notice_office import RULES, Office, close, office
from tests.services.town import LEYLA
from tests.whole import served


@pytest.fixture
async def desk(clean_url: str) -> AsyncIterator[Office]:
    opened = office(clean_url)
    yield opened
    await close(opened)


class Listener:
    """A ministry that listens: answers in turn, then 204."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.heard = list(answers), list[tuple[str, dict[str, str], bytes]]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.heard.append((scope["path"], headers, body))
        status = self.answers.pop(0) if self.answers else 204
        found = [(b"location", b"/elsewhere")] if status == 302 else []
        await send({"type": "http.response.start", "status": status, "headers": found})
        await send({"type": "http.response.body", "body": b""})


async def test_a_ministry_is_told_what_did_not_arrive_signed_and_without_a_number(desk: Office) -> None:
    await post(door(desk), event(data={"contact": {"msisdn": LEYLA.e164}}))
    await desk.work()
    kept = SqlCallbacks(desk.store.sealer, desk.clock, desk.store.ids, frozenset({"aid"}))
    (row,) = await rows(desk)
    async with desk.store.database.unit_of_work() as work:
        await kept.undelivered(work, row.id, "blocked")
        await kept.undelivered(work, desk.store.ids.uuid7(), "blocked")  # no ministry's event
    listener = Listener(500, 302)
    with served(listener) as url:
        async with HttpWire() as wire:
            delivery = CallbackDelivery(
                desk.store.database.unit_of_work, kept, {"aid": f"{url}/told"}, sign, wire, desk.clock
            )
            for pause in (*PAUSES[:2], 1.0):
                assert await delivery.deliver() == 1
                assert await delivery.deliver() == 0
                desk.clock.advance(timedelta(seconds=pause))
            assert await delivery.deliver() == 0
    # The redirect was not followed.
    assert [path for path, _, _ in listener.heard] == ["/told"] * 3
    _, headers, body = listener.heard[-1]
    told = json.loads(body)
    assert (told["type"], told["subject"], told["source"]) == ("message.undelivered", "7001", "guichet")
    assert told["data"] == {"event": "evt-1", "reason": "blocked"} and LEYLA.e164.encode() not in body
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert webhooks.verify([("aid", SECRET)], headers, body, at) == {"aid"} and headers["webhook-id"] == told["id"]


async def test_a_ministry_that_is_only_read_is_told_too(desk: Office) -> None:
    """Its event was made from its list of changes: told by its reference, to the address of its own name."""
    source = RULES.sources["slow"]
    await poll(desk.town.desk(), source)
    desk.clock.advance(timedelta(minutes=1))
    desk.town.ministry.changes = [Change("7002", desk.clock.now())]
    assert await poll(desk.town.desk(), source) == 1
    kept = SqlCallbacks(desk.store.sealer, desk.clock, desk.store.ids, frozenset({"slow"}))
    (row,) = await rows(desk)
    async with desk.store.database.unit_of_work() as work:
        await kept.undelivered(work, row.id, "failed")
        (told,) = await kept.claim(work, 10, 60)
    assert told.source == "slow" and json.loads(told.body)["subject"] == "7002"


async def test_a_ministry_that_never_answers_is_given_up(desk: Office) -> None:
    await post(door(desk), event())
    kept = SqlCallbacks(desk.store.sealer, desk.clock, desk.store.ids, frozenset({"aid"}))
    (row,) = await rows(desk)
    async with desk.store.database.unit_of_work() as work:
        await kept.undelivered(work, row.id, "failed")
    wire = Deaf()
    delivery = CallbackDelivery(
        desk.store.database.unit_of_work,
        kept,
        {"aid": "https://aid.example/"},
        sign,
        wire,
        desk.clock,  # type: ignore[arg-type]
    )
    for _ in range(10):
        await delivery.deliver()
        desk.clock.advance(timedelta(hours=2))
    assert len(wire.asked) == len(PAUSES) + 1 == 5
    async with desk.store.database.unit_of_work() as work:
        assert (await work.execute(select(CALLBACKS.c.state))).scalar_one() == "dead"
