"""Every delivery report that is written down as bad, through the door and into the database: what it did there."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert
from starlette.applications import Starlette

from gateway.doors.asgi import Gatekeeper
from gateway.doors.sms import sms_routes
from gateway.metrics import Metrics
from gateway.sms_intake import Intake
from sms.states import MessageState
from sms.tables import INBOUND
from storage.unit_of_work import Database, UnitOfWork
from tests.phone import request
from tests.sms.post_office import EVENT, PostOffice

AT = "africastalking"
DATA = json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text("utf-8"))["inputs"]
ENTRIES = {entry["id"]: entry for entry in DATA if entry["surface"] == "delivery_report"}


class Desk(PostOffice):
    """A post office behind the real door."""

    def __post_init__(self) -> None:
        super().__post_init__()

        async def nothing(work: UnitOfWork, told: object) -> None:
            raise AssertionError("only reports come here")

        intake = Intake(self.database.unit_of_work, nothing, self.reports.take, nothing)
        self.app = Starlette(routes=sms_routes(intake, Gatekeeper(("key",), (), ()), Metrics()))

    async def comes(self, id: str, status: str) -> None:
        form = urlencode({"id": id, "status": status, "phoneNumber": "+994501234567"}).encode()
        answer = await request(self.app, "POST", f"/{AT}/key/delivery-reports", body=form)
        assert answer.status == 200

    async def sent(self, state: MessageState = MessageState.SENT, **columns: object):
        ids = ("X",) if state is MessageState.SENT else ()
        return await self.message(state, provider=AT, ids=ids, **columns)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def unknown_word(desk: Desk, entry: dict) -> None:
    """200, no change, counted"""
    message = await desk.sent()
    await desk.comes("X", entry["form"]["status"])
    assert await desk.state(message) == "sent"
    assert desk.counted.of("report") == [(AT, "unknown_word")]
    assert await desk.kept() == [("X", "?Borked", "unknown_word", 1)]


async def sloppy(desk: Desk, entry: dict) -> None:
    """accepted or unknown; not 5xx"""
    message = await desk.sent()
    await desk.comes("X", entry["form"]["status"])
    assert await desk.state(message) == "delivered"


async def late_interim(desk: Desk, entry: dict) -> None:
    """stays delivered"""
    message = await desk.sent()
    for word in entry["seq"]:
        await desk.comes("X", word)
    assert await desk.state(message) == "delivered"


async def ten_times(desk: Desk, entry: dict) -> None:
    """one transition, one callback to backend"""
    message = await desk.sent()
    word, times = entry["seq"][0].split(" x")
    for _ in range(int(times)):
        await desk.comes("X", word)
    assert await desk.state(message) == "delivered"
    assert desk.counted.of("ended") == [(AT, MessageState.DELIVERED)]
    # A ministry hears of those that did not arrive: once, too.
    other = await desk.message(MessageState.SENT, provider=AT, ids=("Y",), event_id=EVENT)
    for _ in range(int(times)):
        await desk.comes("Y", "Failed")
    assert await desk.state(other) == "undelivered" and desk.told == [(EVENT, "not_delivered")]


async def of_an_inbound(desk: Desk, entry: dict) -> None:
    """no change"""
    message = await desk.sent(MessageState.UNKNOWN)
    row = {
        "id": desk.ids.uuid7(),
        "provider": AT,
        "dedupe": "in-1",
        "sender_index": b"s",
        "sealed": b"s",
        "network": "",
        "state": "received",
        "intent": "",
        "attempts": 0,
        "received_at": desk.clock.now(),
    }
    async with desk.database.unit_of_work() as work:
        await work.execute(insert(INBOUND).values(row))
    await desk.comes("in-1", entry["form"]["status"])
    assert await desk.state(message) == "unknown"


CASES: dict[str, Callable[[Desk, dict], Awaitable[None]]] = {
    "delivery_report-002": unknown_word,
    "delivery_report-004": sloppy,
    "delivery_report-005": late_interim,
    "delivery_report-008": ten_times,
    "delivery_report-009": of_an_inbound,
}


def test_all_of_them_are_served() -> None:
    assert CASES.keys() == ENTRIES.keys()
    print(f"delivery_report: {len(CASES)} of {len(ENTRIES)} entries")


@pytest.mark.parametrize("id", CASES)
async def test_what_is_expected_of_it_holds(desk: Desk, id: str) -> None:
    assert CASES[id].__doc__ == ENTRIES[id]["expect"]
    await CASES[id](desk, ENTRIES[id])
