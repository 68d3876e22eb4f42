"""The version before and this one serve side by side on one schema, while it is brought on and after."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from storage.migrate import up_to_date, upgrade
from tests.databases import Databases
from tests.machines.conftest import Found
from tests.machines.crowd import Crowd
from tests.machines.landed import Landed, before, works_on
from tests.machines.processes import PATIENCE
from tests.machines.test_killed_workers import PHASES, decided, laid_in
from tests.machines.town import Town

CITIZENS = 8


@pytest.mark.long_only
async def test_old_and_new_code_serve_side_by_side(
    found: Found, databases: Databases, tmp_path: Path, long: int
) -> None:
    """Sessions change between them at every hop, decisions are told by workers of both, and then the old ones go."""
    landed = before()
    if landed is None:
        lacks("history", "old and new code side by side is not shown: git clone, without --depth")
    code = landed.export(tmp_path)
    url = await databases.created("beside")
    if not landed.steps_on:
        await upgrade(url)
        if not await works_on(code, url):
            # Nothing that a machine lacks: there is no older code that this schema could serve.
            pytest.skip(
                "old and new code side by side is not shown: migrations that nobody has yet were edited since "
                f"{landed.revision[:7]}, whose code cannot work on today's schema"
            )
    async with found(database=url, empty=landed.steps_on, runs=True, sends=True, at=datetime.now(UTC)) as town:
        await _beside(town, landed, code, url, min(long, 10))


def lacks(what: str, how: str) -> NoReturn:
    """Skips, and says why; fails where `GUICHET_TEST_REQUIRE` names it."""
    if what in os.environ.get("GUICHET_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here: {how}")
    pytest.skip(f"needs {what}: {how}")


async def _beside(town: Town, landed: Landed, code: Path, url: str, times: int) -> None:
    crowd = Crowd(town)
    if landed.steps_on:
        await town.machines.done(code, "migrate")
    old, old_worker = await town.machines.older(code, "serve"), await town.machines.older(code, "worker")
    town.front.behind = town.callbacks.behind = [old]
    looking = [asyncio.create_task(crowd.look(number)) for number in range(2)]
    if landed.steps_on:
        await some_calls(crowd, looking)
        await upgrade(url)
        assert await up_to_date(url)
    await some_calls(crowd, looking)
    new, _ = await town.machines.gateway(), await town.machines.worker()
    town.front.behind = town.callbacks.behind = [old, new]
    await asyncio.gather(*(crowd.visit(number) for number in range(CITIZENS * times)))
    numbers = [f"+9945079{number:05}" for number in range(4 * times)]
    references = await laid_in(town, numbers)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(decided(town, *each) for each in zip(numbers, references, strict=True)))
    town.front.behind = town.callbacks.behind = [new]
    await asyncio.gather(town.machines.end(old), town.machines.end(old_worker))
    await some_calls(crowd, looking)
    crowd.over = True
    await asyncio.gather(*looking)
    await crowd.held_against_the_book()
    assert {len(town.arrived(number)) for number in numbers} == {len(PHASES)}
    assert crowd.again["session.changed"] <= crowd.calls // 100, "menus of the other version are read, but for a few"
    assert crowd.lost == 0 and all(town.front.counts[each.url] > 20 for each in (old, new))
    assert not town.machines.broken(), os.linesep.join(town.machines.broken())


async def some_calls(crowd: Crowd, looking: Sequence[asyncio.Task[None]], many: int = 30) -> None:
    """Until there were so many more; raises what ended somebody of those who are looking."""
    until = crowd.calls + many
    async with asyncio.timeout(PATIENCE):
        while crowd.calls < until:
            await asyncio.sleep(0.05)
            for ended in filter(asyncio.Task.done, looking):
                ended.result()
