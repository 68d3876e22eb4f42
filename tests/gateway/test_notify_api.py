"""A ministry that already speaks GOV.UK Notify's API keeps its client: the official one, over real HTTP, unchanged."""

import asyncio
import base64
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
import uvicorn
import yaml
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from sqlalchemy import select, update
from starlette.applications import Starlette

from domain.clock import SystemClock
from domain.ids import Ids
from gateway.doors.notify import STATUS, NotifyDoor, NotifyKeys
from gateway.notify_keys import notify_keys
from gateway.notify_tokens import TokenRefused, service_of
from gateway.settings import DEMO_NOTIFY_SECRET, Settings, SettingsError
from gateway.words import composer_for
from i18n.text import TextError
from services.ministry_texts import MinistryKey
from services.records.store import RecordStore
from services.records.tables import NUMBERS
from sms.records.inspection import Inspection
from sms.records.outbox import SqlOutbox
from sms.tables import MESSAGES
from sms.templates import Composer
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database
from tests.read_once import load_pack, translator_for

SERVICE = "6f2d8a10-4c3b-4e5f-9a71-0b1c2d3e4f50"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"vemtas_live-{SERVICE}-{SECRET}"
OTHER = "7a3e9b21-5d4c-4f60-8b82-1c2d3e4f5061"
HOME_VISIT = "0b8e7c54-1d2a-4f39-8e61-7a9b0c1d2e30"
NUMBER = "+994501234567"
VALUES = {"number": "40000014", "day": "2026-12-01"}
PAGE = (Path(__file__).parents[2] / "docs" / "notify.md").read_text("utf-8")


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
    vemtas = notify_keys(pack, {"GUICHET_NOTIFY_VEMTAS_KEY": KEY})
    another = MinistryKey("asan", vemtas.services[SERVICE].texts)
    door = NotifyDoor(
        NotifyKeys({**vemtas.secrets, OTHER: (SECRET,)}, {**vemtas.services, OTHER: another}),
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
        ({"personalisation": VALUES | {"day": "2020-12-01"}}, "personalisation day must be a day that has not passed"),
        ({"personalisation": VALUES | {"day": "2026-11-21"}}, "personalisation day must be a day that has not passed"),
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


async def not_found(client: NotificationsAPIClient, id: str) -> None:
    with pytest.raises(HTTPError) as refused:
        await asyncio.to_thread(client.get_notification_by_id, id)
    assert refused.value.status_code == 404
    assert refused.value.message[0]["error"] == "NoResultFound"


async def test_another_services_message_is_not_found(client: NotificationsAPIClient, door_url: str) -> None:
    id = (await send(client))["id"]
    other = NotificationsAPIClient(f"asan-{OTHER}-{SECRET}", base_url=door_url)
    await not_found(other, id)
    assert (await asyncio.to_thread(client.get_notification_by_id, id))["id"] == id
    await not_found(client, str(UUID(int=7)))


async def test_what_was_told_of_its_events_is_not_found_either(client: NotificationsAPIClient, clean_url: str) -> None:
    id = (await send(client))["id"]
    engine = create_engine(clean_url)
    async with engine.begin() as connection:
        await connection.execute(update(MESSAGES).values(kind="granted"))
    await engine.dispose()
    await not_found(client, id)


async def test_a_number_that_is_anothers_now_is_refused(client: NotificationsAPIClient, clean_url: str) -> None:
    await send(client)
    engine = create_engine(clean_url)
    async with engine.begin() as connection:
        await connection.execute(update(NUMBERS).values(state="ended"))
    refused = await refusal(client)
    assert refused.status_code == 400 and "still has" in refused.message[0]["message"]
    async with engine.begin() as connection:
        assert len((await connection.execute(select(MESSAGES.c.id))).all()) == 1
    await engine.dispose()


async def test_a_number_in_doubt_gets_no_personal_word(client: NotificationsAPIClient, clean_url: str) -> None:
    await send(client)
    engine = create_engine(clean_url)
    async with engine.begin() as connection:
        await connection.execute(update(NUMBERS).values(state="stale"))
    await engine.dispose()
    answer = await send(client)
    assert "40000014" not in answer["content"]["body"] and "*123#" in answer["content"]["body"]
    seen = await asyncio.to_thread(client.get_notification_by_id, answer["id"])
    assert (seen["body"], seen["template"]["id"]) == (answer["content"]["body"], HOME_VISIT)


async def test_what_cannot_be_worded_is_refused_and_not_stored(
    client: NotificationsAPIClient, clean_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise TextError("sms.notify_home_visit: a value that cannot be said")

    monkeypatch.setattr(Composer, "compose", fails)
    assert (await refusal(client)).status_code == 400
    engine = create_engine(clean_url)
    async with engine.begin() as connection:
        assert (await connection.execute(select(MESSAGES.c.id))).all() == []
    await engine.dispose()


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


def on_page(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


async def test_the_example_of_the_page_sends_and_operators_find_it_by_its_reference(
    door_url: str, clean_url: str, tmp_path: Path
) -> None:
    script = tmp_path / "send.py"
    script.write_text(on_page("python"), "utf-8")
    sender = await asyncio.create_subprocess_exec(
        sys.executable,
        script,
        env={**os.environ, "GATEWAY": door_url, "API_KEY": KEY},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await sender.communicate()
    body, status = said.decode().splitlines()
    assert "41000043" in body and status == "created"
    ring = KeyRing.parse("test:" + base64.b64encode(bytes(32)).decode())
    clock = SystemClock()
    inspection = Inspection(Sealer(ring), PersonKeys(ring, clock), clock, Ids(clock))
    database = Database(create_engine(clean_url))
    async with database.unit_of_work() as work:
        (found,) = await inspection.of_subject(work, "41000043")
    await database.close()
    assert (found.kind, found.text_id) == ("notify", "sms.notify_home_visit")


def test_the_page_says_what_the_door_does() -> None:
    pack = load_pack("azerbaijan")
    (shown,) = yaml.safe_load(on_page("yaml"))["services"].items()
    service = pack.notify[shown[0]]
    assert shown[1]["source"] == service.source
    assert [key["env"] for key in shown[1]["keys"]] == [key.env for key in service.keys]
    for code, text in shown[1]["texts"].items():
        assert (text["text"], text["values"]) == (service.texts[code].text, service.texts[code].values)
    assert set(re.findall(r"^\| `([a-z-]+)` \| (?!`)", PAGE, re.MULTILINE)) - {"status"} == set(STATUS.values())
    key = f"demo-{SERVICE}-{DEMO_NOTIFY_SECRET}"
    assert key in PAGE
    assert notify_keys(pack, {"GUICHET_NOTIFY_VEMTAS_KEY": key}).secrets == {SERVICE: (DEMO_NOTIFY_SECRET,)}


def test_the_demonstrations_key_is_refused_outside_it() -> None:
    settings = Settings(
        database_url="postgresql://x/x", redis_url="redis://x", callback_secrets=("0123456789abcdef",),
        encryption_keys="k:x",
    )  # fmt: skip
    settings.require_real({"GUICHET_NOTIFY_VEMTAS_KEY": KEY})
    with pytest.raises(SettingsError, match="known to everybody"):
        settings.require_real({"GUICHET_NOTIFY_VEMTAS_KEY": DEMO_NOTIFY_SECRET})
