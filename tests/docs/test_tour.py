"""The README's minute: every screen that it shows is the screen that comes, on the day it was written."""

import re
import shlex
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

import gateway.pack
from gateway.words import menu_sources
from sandbox.app import create_app as create_sandbox
from sandbox.ministries.clock import SandboxClock
from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.docs.tables import ROOT
from tests.phone import AfricasTalkingPhone
from tests.whole import Stage, Whole, served, whole
from ussd_menus import player
from ussd_menus.loader import load_sources

WRITTEN = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
README = ROOT / "README.md"


@pytest.fixture(scope="session")
async def tour_url(databases: Databases) -> str:
    return await databases.migrated("tour")


@pytest.fixture
async def gateway_that_day(
    databases: Databases, tour_url: str, redis_url: str, redis: RedisClient
) -> AsyncIterator[Whole]:
    """The whole gateway and its ministries, when the README was written."""
    url = await databases.emptied(tour_url)
    stage = Stage()
    with served(stage) as sandbox_url:
        # As the demonstration has them: what an SMS can bring is offered.
        account = {"africastalking_username": "guichet", "africastalking_api_key": "demo"}
        async with whole(url, redis_url, stage, sandbox_url, africastalking_base_url=sandbox_url, **account) as running:
            running.clock.at = WRITTEN
            stage.app = create_sandbox(SandboxClock(WRITTEN, frozen=True))
            yield running


def console(begins: str) -> str:
    """The console of the README that begins so."""
    found = re.search(rf"```console\n(\$ {re.escape(begins)}.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def compare(request: pytest.FixtureRequest, written: str, came: str) -> None:
    """The console as it came is the console as it is written; with the flag it is written anew."""
    if request.config.getoption("--rewrite-transcripts"):
        README.write_text(README.read_text("utf-8").replace(written, came), "utf-8")
        return
    assert came == written, "run: pytest tests/docs/test_tour.py --rewrite-transcripts"


async def test_the_telephone_in_the_terminal_shows_these_screens(
    gateway_that_day: Whole, request: pytest.FixtureRequest
) -> None:
    written = console(".venv/bin/guichet menus play")
    phone = AfricasTalkingPhone(gateway_that_day.app, "+994501234501")
    screen = await phone.dial()
    came = [written.partition("\n")[0], player.draw(player.Screen(screen.text, screen.goes_on))]
    for typed in re.findall(r"^> (.*)$", written, re.MULTILINE):
        screen = await phone.answer(typed)
        came += [f"> {typed}", player.draw(player.Screen(screen.text, screen.goes_on))]
    compare(request, written, "\n".join([*came, ""]))


async def test_the_posted_hops_give_these_answers(gateway_that_day: Whole, request: pytest.FixtureRequest) -> None:
    written = console("hop()")
    number = re.search(r"phoneNumber=%2B(\d+)", written)
    assert number is not None
    phone = AfricasTalkingPhone(gateway_that_day.app, f"+{number[1]}")
    head, *hops = re.split(r"^(?=\$ hop )", written, flags=re.MULTILINE)
    came = [head]
    for hop in hops:
        command = hop.partition("\n")[0]
        phone.history = shlex.split(command)[2]
        answer = await phone.post()
        came.append(f"{command}\n" if command.endswith("> /dev/null") else f"{command}\n{answer.text}\n")
    compare(request, written, "".join(came))


@pytest.mark.parametrize("page", ["README.md", "countries/README.md"])
def test_the_proof_counts_what_there_is(page: str) -> None:
    pack = gateway.pack.load_pack("azerbaijan")
    screens = len(load_sources(menu_sources()).screens())
    counts = f"{screens} screens x {len(pack.languages)} languages x {len(pack.networks)} networks"
    assert f"0 findings in {counts} x 2 kinds of letters" in (ROOT / page).read_text("utf-8")


def test_the_pack_counts_what_there_is() -> None:
    pack = gateway.pack.load_pack("azerbaijan")
    line = f"azerbaijan: {len(pack.languages)} languages, {len(pack.services.services)} services, no findings"
    assert line in (ROOT / "countries" / "README.md").read_text("utf-8")
