"""A machine loses its power in the middle of everything: what it had confirmed is there once, and the others go on."""

import asyncio
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from services.intents import LEASE_SECONDS
from services.resuming import GRACE
from tests.gateway.walks import intents, pack_with
from tests.machines.conftest import Found
from tests.machines.crowd import Crowd
from tests.machines.processes import PATIENCE
from tests.machines.town import Town

CITIZENS = 10
# A booking takes its time, so that some are under way when it happens.
SLOWLY = {"ministry": "asan", "operation": "appointment.new", "kind": "delay", "value": 0.3}
# Nobody gives a ministry up that a dead gateway left half-way.
LIMITS = {"total": 8.0, "concurrency": 150, "breaker": {"failures": 10_000, "window": 10_000}}


@pytest.mark.long_only
async def test_either_gateway_is_killed_while_citizens_book(found: Found, tmp_path: Path, long: int) -> None:
    """What they were told against the ministry's book. Whom the dead one left waiting is answered by the other."""
    draw = Random(16)
    async with found(runs=True, country=str(pack_with(tmp_path, LIMITS))) as town:
        await town.stand(workers=1)
        crowd, there = Crowd(town), 0
        async with town.front.watching():
            for round in range(2 * (1 if long == 1 else 5)):
                town.world.faults.add(SLOWLY)
                victim, before = town.front.behind[round % 2], times_asked(town)
                people = [
                    asyncio.create_task(crowd.visit(number)) for number in range(there, there + CITIZENS * min(long, 4))
                ]
                there += len(people)
                await under_way(town, before + draw.randint(1, 5), people)
                await town.machines.kill(victim)
                await asyncio.gather(*people)
                town.front.behind[round % 2] = await town.machines.gateway()
                town.world.faults.clear()
        await finished(town)
        await crowd.held_against_the_book()
        assert len(crowd.told) == there
        assert not town.machines.broken()


def times_asked(town: Town) -> int:
    return int(town.world.journal.of("asan", "appointment.new").asked)


async def under_way(town: Town, times: int, people: list[asyncio.Task[None]]) -> None:
    """The ministry has been asked so often to book. It lives in another thread: it is looked at again and again."""
    while times_asked(town) < times and not all(each.done() for each in people):
        await asyncio.sleep(0.01)


async def finished(town: Town) -> None:
    """The worker has brought to an end what died with a gateway, once its lease is over."""
    town.clock.advance(timedelta(seconds=LEASE_SECONDS + 1) + GRACE)
    async with asyncio.timeout(PATIENCE):
        while {row.state for row in await intents(town.behind.parts)} - {"done", "refused"}:
            await asyncio.sleep(0.1)
