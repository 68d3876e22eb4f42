"""A client that a public generator made of the API's document: it type-checks, and does end to end what an app does."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.msisdn import Msisdn
from sandbox.ministries.demo_data import DEMOS
from services.ports import LinkedBy
from tests.databases import Databases
from tests.listening import listening
from tests.mobile_api.bench import PREFIX
from tests.mobile_api.citizen import Citizen
from tests.phone import request
from tests.thirdparty.conftest import required
from tests.whole import Stage, Whole, served, whole

CLIENT = Path(__file__).parent / "client"
HERS, READY = "+994501234567", DEMOS[0].file_id
SECONDS = 60.0

pytestmark = pytest.mark.client


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if found is None or not (CLIENT / "node_modules" / "openapi-typescript").is_dir():
        required("client", "install node and run `npm ci --prefix tests/thirdparty/client`")
    assert found
    return found


@pytest.fixture
def ministries() -> Iterator[tuple[Stage, str]]:
    stage = Stage()
    with served(stage) as url:
        yield stage, url


@pytest.fixture
async def gateway(
    node: str, databases: Databases, redis_url: str, ministries: tuple[Stage, str]
) -> AsyncIterator[Whole]:
    async with whole(await databases.migrated("client"), redis_url, *ministries) as running:
        yield running


async def ran(folder: Path, *command: str) -> None:
    """To its end, which must be a good one."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0, said.decode()


@pytest.fixture
async def program(node: str, gateway: Whole, tmp_path: Path) -> Path:
    """The client, compiled on types that were made of the document as it is served."""
    (tmp_path / "openapi.json").write_bytes((await request(gateway.app, "GET", f"{PREFIX}/openapi.json")).body)
    for name in ("client.ts", "tsconfig.json", "package.json"):
        shutil.copy(CLIENT / name, tmp_path)
    tools = tmp_path / "node_modules"
    tools.symlink_to(CLIENT / "node_modules")
    await ran(tmp_path, node, str(tools / "openapi-typescript" / "bin" / "cli.js"), "openapi.json", "-o", "schema.ts")
    await ran(tmp_path, node, str(tools / "typescript" / "bin" / "tsc"))
    return tmp_path / "client.js"


async def test_a_generated_client_signs_in_looks_books_and_hears_what_changed(
    node: str, gateway: Whole, program: Path
) -> None:
    async with gateway.parts.desk.open_records() as records:
        person = await records.people.greet(Msisdn.parse(HERS), "en")
        await records.links.add(person.id, "social_aid", READY, LinkedBy.FACT)
    async with listening(gateway.app) as port:
        process = await asyncio.create_subprocess_exec(
            node, str(program), f"http://127.0.0.1:{port}", HERS,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin and process.stdout and process.stderr
        try:
            async with asyncio.timeout(SECONDS):
                await process.stdout.readline()
                process.stdin.write(f"{await Citizen(gateway, HERS).code()}\n".encode())
                came, wrong = await process.stdout.read(), await process.stderr.read()
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, wrong.decode()
    told: dict[str, Any] = json.loads(came)
    visit = told["visit"]
    assert visit.startswith("passport:")
    assert told == {
        "whole": True,
        "references": [READY],
        "visit": visit,
        "booked": [visit],
        "calendar": "BEGIN:VCALENDAR",
        "gone": [visit],
        "problem": "not_found",
    }
