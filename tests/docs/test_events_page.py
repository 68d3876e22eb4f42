"""The example for ministries' engineers runs as it stands, against the real door."""

import asyncio
import os
import re
import sys
from pathlib import Path

from starlette.applications import Starlette

from domain.clock import SystemClock
from gateway.doors.events import EventsDoor, events_routes
from gateway.settings import DEMO_CALLBACK_SECRET, DEMO_EVENT_SECRET
from services.events import EventType
from services.notices import handle_events
from tests.databases import Databases
from tests.docs.tables import ROOT
from tests.read_once import load_pack
from tests.services.notice_office import close, office
from tests.serving import serving

PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
SECRET = DEMO_EVENT_SECRET


async def test_the_example_is_taken_and_told(databases: Databases, tmp_path: Path) -> None:
    url = await databases.migrated("events_page")
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    script = tmp_path / "send.py"
    script.write_text(example, "utf-8")
    opened, pack = office(url), load_pack("azerbaijan")
    door = EventsDoor(opened.store, pack.events, (("vemtas", SECRET),), SystemClock())
    async with serving(Starlette(routes=events_routes(door))) as gateway:
        sender = await asyncio.create_subprocess_exec(
            sys.executable,
            script,
            env={**os.environ, "GATEWAY": gateway, "SECRET": SECRET},
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await sender.communicate()
    assert told.strip() == b"202"
    opened.town.services = pack.services
    await handle_events(opened.town.desk(), pack.events, lambda source, word: None)
    (message,) = await opened.messages()
    assert (message.to, message.text_id, message.language) == ("+994501234504", "sms.granted_amount", "az")
    await close(opened)


def test_the_secret_is_the_demonstrations() -> None:
    assert DEMO_EVENT_SECRET in PAGE and f"callback paths is `{DEMO_CALLBACK_SECRET}`" in PAGE


def test_every_type_stands_on_the_page_and_no_other() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    named = {word for line in rows for word in re.findall(r"`((?:application|appointment|unit|term)\.[a-z_]+)`", line)}
    assert named == {type.value for type in EventType}
