"""A ministry that already speaks GOV.UK Notify's API keeps its client: the official one, over real HTTP, unchanged."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
import pytest
import uvicorn
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from sqlalchemy import select, update
from starlette.applications import Starlette

from domain.clock import SystemClock
from domain.ids import Ids
from gateway.doors.notify import NotifyDoor
from gateway.notify_keys import notify_keys
from gateway.notify_tokens import TokenRefused, service_of
from gateway.pack import load_pack
from gateway.settings import SettingsError
from gateway.words import composer_for, translator_for
from services.records.store import RecordStore
from sms.records.inspection import Inspection
from sms.records.outbox import SqlOutbox
from sms.tables import MESSAGES
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database

SERVICE = "6f2d8a10-4c3b-4e5f-9a71-0b1c2d3e4f50"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"vemtas_live-{SERVICE}-{SECRET}"
HOME_VISIT = "0b8e7c54-1d2a-4f39-8e61-7a9b0c1d2e30"
NUMBER = "+994501234567"
VALUES = {"number": "40000014", "day": "2026-12-01"}


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """The application over HTTP, in this very loop: its database connections are closed here too."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error", access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await running


@pytest.fixture
async def door_url(clean_url: str) -> AsyncIterator[str]:
    pack = load_pack("azerbaijan")
    translator = translator_for(pack)
    clock = SystemClock()
    ring = KeyRing.parse("test:" + base64.b64encode(bytes(32)).decode())
    ids, sealer, keys = Ids(clock), Sealer(ring), PersonKeys(ring, clock)
    database = Database(create_engine(clean_url))
    store = RecordStore(database, sealer, keys, clock, ids, lambda sealed: SqlOutbox(sealed, clock, ids))
    door = NotifyDoor(
        notify_keys(pack, {"GUICHET_NOTIFY_VEMTAS_KEY": KEY}),
        database,
        store.over,
        Inspection(sealer, keys, clock, ids),
        composer_for(pack, translator),
        translator,
        clock,
        region="AZ",
        currency="AZN",
        language="az",
        sender="7575",
    )
    async with serving(Starlette(routes=door.routes())) as url:
        yield url
    await database.close()


@pytest.fixture
def client(door_url: str) -> NotificationsAPIClient:
    return NotificationsAPIClient(KEY, base_url=door_url)


async def send(client: NotificationsAPIClient, **changed: Any) -> Any:
    asked = {"phone_number": NUMBER, "template_id": HOME_VISIT, "personalisation": VALUES} | changed
    return await asyncio.to_thread(lambda: client.send_sms_notification(**asked))


async def refusal(client: NotificationsAPIClient, **changed: Any) -> HTTPError:
    with pytest.raises(HTTPError) as refused:
        await send(client, **changed)
    return refused.value


async def test_a_text_is_sent_and_looked_up(client: NotificationsAPIClient, clean_url: str) -> None:
    answer = await send(client, reference="ours-17")
    assert answer["reference"] == "ours-17"
    assert answer["content"]["from_number"] == "7575"
    assert "40000014" in answer["content"]["body"]
    assert answer["template"]["id"] == HOME_VISIT
    assert answer["uri"].endswith(f"/v2/notifications/{answer['id']}")

    seen = await asyncio.to_thread(client.get_notification_by_id, answer["id"])
    assert (seen["status"], seen["type"], seen["phone_number"]) == ("created", "sms", NUMBER)
    assert seen["body"] == answer["content"]["body"]
    assert seen["reference"] == "ours-17"
    assert seen["created_at"].endswith("Z") and seen["sent_at"] is None

    engine = create_engine(clean_url)
    async with engine.begin() as connection:
        row = (await connection.execute(select(MESSAGES))).one()
        assert (str(row.id), row.source, row.kind, row.state) == (answer["id"], "vemtas", "notify", "queued")
        assert NUMBER.encode() not in row.sealed and b"40000014" not in row.sealed
        await connection.execute(update(MESSAGES).values(state="sending"))
        await connection.execute(update(MESSAGES).values(state="delivered", ended_at=datetime.now(UTC)))
    await engine.dispose()
    assert (await asyncio.to_thread(client.get_notification_by_id, answer["id"]))["status"] == "delivered"


async def test_what_is_wrong_is_said_as_notify_says_it(client: NotificationsAPIClient) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"phone_number": '07";DROP TABLE;"'}, "phone_number Not a valid phone number"),
        ({"phone_number": "+881612345678"}, "phone_number Not a"),
        ({"phone_number": "+37127000000"}, "phone_number Not a mobile number of this country"),
        ({"template_id": "00000000-0000-0000-0000-000000000000"}, "Template not found"),
        ({"personalisation": {"number": "40000014"}}, "Missing personalisation: day"),
        ({"personalisation": VALUES | {"day": "tomorrow"}}, "personalisation day must be a date"),
    ]
    for changed, said in cases:
        refused = await refusal(client, **changed)
        assert refused.status_code == 400
        assert said in refused.message[0]["message"]


async def test_a_link_in_a_value_never_travels_as_a_link(client: NotificationsAPIClient) -> None:
    answer = await send(client, personalisation=VALUES | {"number": "http://x.example/1"})
    assert "http://" not in answer["content"]["body"]


async def test_only_the_service_itself_is_let_in(door_url: str) -> None:
    other = NotificationsAPIClient(f"x-{SERVICE}-{'0' * 8}-8d35-48ac-975b-e847b4f122b0", base_url=door_url)
    stranger = NotificationsAPIClient(f"x-{'1' * 8}{SERVICE[8:]}-{SECRET}", base_url=door_url)
    for client in (other, stranger):
        assert (await refusal(client)).status_code == 403


async def test_another_services_message_is_not_found(client: NotificationsAPIClient) -> None:
    with pytest.raises(HTTPError) as refused:
        await asyncio.to_thread(client.get_notification_by_id, str(UUID(int=7)))
    assert refused.value.status_code == 404
    assert refused.value.message[0]["error"] == "NoResultFound"


@pytest.mark.parametrize("late", [-31, 31])
def test_a_token_of_another_time_is_refused(late: int) -> None:
    now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    token = jwt.encode({"iss": SERVICE, "iat": now.timestamp() + late}, SECRET, "HS256")
    with pytest.raises(TokenRefused, match="clock"):
        service_of(f"Bearer {token}", {SERVICE: [SECRET]}, now)


@pytest.mark.parametrize(
    "header",
    ["", "Basic x", "Bearer ", "Bearer a.b", "Bearer " + "x" * 3000, "Bearer e30.e30.", f"Bearer {'e30.' * 3}"],
)
def test_no_header_breaks_the_door(header: str) -> None:
    with pytest.raises(TokenRefused):
        service_of(header, {SERVICE: [SECRET]}, datetime(2026, 11, 23, tzinfo=UTC))


def test_an_unsigned_token_is_refused() -> None:
    now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    token = jwt.encode({"iss": SERVICE, "iat": now.timestamp()}, key=None, algorithm="none")
    with pytest.raises(TokenRefused):
        service_of(f"Bearer {token}", {SERVICE: [SECRET]}, now)


def test_two_keys_live_while_one_is_rotated_out() -> None:
    now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    token = jwt.encode({"iss": SERVICE, "iat": now.timestamp()}, SECRET, "HS256")
    assert service_of(f"Bearer {token}", {SERVICE: ["0" * 36, SECRET]}, now) == SERVICE


def test_a_key_of_another_service_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="GUICHET_NOTIFY_VEMTAS_KEY"):
        notify_keys(load_pack("azerbaijan"), {"GUICHET_NOTIFY_VEMTAS_KEY": f"x-{UUID(int=1)}-{SECRET}"})
