"""A release whose menus older code does not read, rolled out beside it."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.machines.conftest import Found
from tests.machines.crowd import Crowd
from tests.machines.landed import ROOT
from tests.machines.processes import PATIENCE
from tests.machines.test_old_code import some_calls
from tests.machines.town import Town


@pytest.mark.long_only
async def test_newer_menus_wait_until_everybody_reads_them(found: Found, tmp_path: Path) -> None:
    """Both answer hops in turn and nobody is broken off; sessions begin with the new menus once the old code is gone,
    told to end or killed."""
    newer = _with_a_key_more(tmp_path / "newer")
    async with found(runs=True, at=datetime.now(UTC)) as town:
        crowd = Crowd(town)
        olds = [await town.machines.gateway() for _ in range(2)]
        town.front.behind = list(olds)
        looking = [asyncio.create_task(crowd.look(number)) for number in range(2)]
        await some_calls(crowd, looking)
        [before] = await _begun_with(town)
        new = await town.machines.older(newer, "serve")
        town.front.behind = [*olds, new]
        await some_calls(crowd, looking, 200)
        assert await _begun_with(town) == {before} and town.front.counts[new.url] > 20
        assert crowd.again["session.changed"] == 0 and crowd.lost == 0
        town.front.behind = [new]
        await town.machines.end(olds[0])
        await town.machines.kill(olds[1])
        async with asyncio.timeout(PATIENCE):
            while await _begun_with(town) == {before}:
                await some_calls(crowd, looking, 1)
        crowd.over = True
        await asyncio.gather(*looking)
        assert len(await _begun_with(town)) == 2 and crowd.again["session.changed"] == 0
        assert not town.machines.broken()


def _with_a_key_more(folder: Path) -> Path:
    """Today's code and the next day's: what menus call `past` they may call `settled`, and they do."""
    for room in sorted(path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"):
        shutil.copytree(room, folder / room.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, here, then in (
        ("nodes.py", 'inner.word("past")', 'inner.word("past") or inner.word("settled")'),
        ("menus/apply.yaml", "past: ", "settled: "),
    ):
        path = folder / "ussd_menus" / name
        written = path.read_text("utf-8")
        assert here in written
        path.write_text(written.replace(here, then), "utf-8")
    return folder


async def _begun_with(town: Town) -> set[str]:
    """Versions of menus that sessions began with."""
    async with town.behind.parts.database.unit_of_work() as work:
        return set((await work.execute(text("SELECT DISTINCT menu FROM ussd_sessions"))).scalars())
