"""F2: a gateway loses its power while ministries and aggregators call it: what it took is there, each thing once."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pytest
from sqlalchemy import Select, select
from standardwebhooks import Webhook

from services.records.tables import EVENTS
from sms.tables import INBOUND, REPORTS
from tests.machines.conftest import Found
from tests.machines.processes import PATIENCE
from tests.machines.town import EVENT_SECRET, SECRET, Town
from tests.until import until

STRANGERS = 24
"""Who call, each one thing at a time: so many calls are under way whenever it happens."""
_AGAIN = 0.05
_FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.long
async def test_either_gateway_is_killed_while_it_is_told_things(
    found: Found, long: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Events, delivery reports and texts, as fast as they are taken. What was answered 2xx is told to nobody again."""
    kills, calls = (1, 90) if long == 1 else (6, 500)
    draw, clock = Random(2), asyncio.get_running_loop()
    async with found(sends=True) as town:
        await town.stand()
        strangers, seconds = Strangers(town), 0.0
        async with town.callbacks.watching():
            for kill in range(kills):
                strangers.due = iter(range(kill * calls, (kill + 1) * calls))
                began, reached = clock.time(), kill * calls + draw.randint(calls // 4, calls // 2)
                telling = [asyncio.create_task(strangers.tell()) for _ in range(STRANGERS)]
                await until(lambda reached=reached: len(strangers.taken) >= reached, *telling, seconds=PATIENCE)
                await town.machines.kill(town.callbacks.behind[kill % 2])
                taken = set(strangers.taken)
                assert taken <= set(await rows(town)), "what was taken until now is there, whoever took it"
                await asyncio.gather(*telling)
                seconds += clock.time() - began
                if kill + 1 < kills:
                    town.callbacks.behind[kill % 2] = await town.machines.gateway()
        assert strangers.unanswered >= kills, "nobody was under way when it happened"
        assert len(strangers.taken) == kills * calls
        assert sorted(await rows(town)) == sorted(strangers.taken), "none is missing, none is there twice"
        assert not town.machines.broken()
    if long > 1:
        with capsys.disabled():
            print(
                f"\nF2: {kills * calls:,} callbacks, {kills * calls / seconds:.0f} a second, over {kills} kills: "
                f"{strangers.unanswered} had no answer and were told again; 0 rows missing, 0 doubled"
            )


@dataclass
class Strangers:
    """`due`: numbers of what is to be told, by whoever is free. `taken`: kind and id of what was answered 2xx;
    `unanswered`: how often the gateway died before it said anything."""

    town: Town
    due: Iterator[int] = field(default_factory=lambda: iter(()))
    taken: list[tuple[str, str]] = field(default_factory=list)
    unanswered: int = 0

    async def tell(self) -> None:
        """One thing after the other, each again and again until it is taken."""
        for number in self.due:
            kind, id, path, headers, body = self._said(number)
            async with asyncio.timeout(PATIENCE):
                while not await self._is_taken(path, headers, body):
                    await asyncio.sleep(_AGAIN)
            self.taken.append((kind, id))

    async def _is_taken(self, path: str, headers: dict[str, str], body: bytes) -> bool:
        url = self.town.callback_url + path
        async with self.town.front.http.post(url, data=body, headers=headers) as answer:
            assert answer.status in (200, 202, 429, 502, 503), (path, answer.status)
            # The load balancer's word for whom it has lost.
            self.unanswered += answer.status == 502
            return answer.status < 300

    def _said(self, number: int) -> tuple[str, str, str, dict[str, str], bytes]:
        """Kind, id, and how it is told: path, headers, body."""
        kind, id, at = ("event", "report", "text")[number % 3], f"told-{number}", f"/africastalking/{SECRET}"
        if kind == "report":
            return kind, id, f"{at}/delivery-reports", _FORM, f"id={id}&status=Success".encode()
        if kind == "text":
            text = f"id={id}&from=%2B99450{number:07}&to=7575&text=STATUS"
            return kind, id, f"{at}/sms", _FORM, text.encode()
        now = self.town.clock.now()
        event = {"specversion": "1.0", "id": id, "source": "vemtas", "type": "application.granted",
                 "subject": str(8_000_000 + number), "time": now.isoformat()}  # fmt: skip
        body = json.dumps(event)
        signed = {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())),
                  "webhook-signature": Webhook(EVENT_SECRET).sign(id, now, body)}  # fmt: skip
        return kind, id, "/events", {"content-type": "application/cloudevents+json", **signed}, body.encode()


async def rows(town: Town) -> list[tuple[str, str]]:
    """Kind and id of all that is in the tables, as often as it is there."""
    asked: dict[str, Select[tuple[str]]] = {
        "event": select(EVENTS.c.event_id), "report": select(REPORTS.c.provider_id), "text": select(INBOUND.c.dedupe),
    }  # fmt: skip
    async with town.behind.parts.database.unit_of_work() as work:
        return [
            (kind, id.removeprefix("id:"))
            for kind, ids in asked.items()
            for id in (await work.execute(ids)).scalars().all()
        ]
