"""A rolling restart under load: one gateway after the other is asked to end, another begun, and no call is lost."""

import asyncio

from tests.machines.conftest import Found
from tests.machines.crowd import Crowd
from tests.machines.processes import PATIENCE, readiness
from tests.nursery import dead

# For so long a gateway that was told to end goes on. In the quick form it is told a second time as soon as the load
# balancer has noticed, however long that takes on a busy machine.
DELAY = 10.0


async def test_a_rolling_restart_loses_no_call(found: Found, long: int) -> None:
    async with found(runs=True, stop_delay=str(DELAY if long > 1 else 60)) as town:
        await town.stand()
        crowd = Crowd(town)
        async with town.front.watching():
            people = [asyncio.create_task(crowd.look(number)) for number in range(3 if long == 1 else 8)]
            for round in range(2 if long == 1 else 2 * min(long, 10)):
                before = crowd.calls
                leaving = town.front.behind[round % 2]
                town.machines.told_to_end(leaving)
                if long == 1:
                    await town.front.without(leaving)
                    town.machines.told_to_end(leaving)
                await dead(leaving.pid)
                town.front.behind[round % 2] = await town.machines.gateway()
                assert crowd.calls > before, "there was nobody to be lost"
            crowd.over = True
            await asyncio.gather(*people)
        assert crowd.lost <= (0 if long == 1 else crowd.calls // 1000), (crowd.lost, crowd.calls, town.front.counts)
        assert not town.machines.broken()


async def test_whoever_is_told_to_end_says_so_first_and_answers_to_the_last(found: Found) -> None:
    """`/readyz` says 503 while hops are still answered, each with the word that no more should come this way."""
    async with found(stop_delay="60") as town:
        await town.stand(gateways=1)
        [gateway] = town.front.behind
        http = town.front.http
        assert await readiness(http, gateway.url) == 200
        town.machines.told_to_end(gateway)
        async with asyncio.timeout(PATIENCE):
            while await readiness(http, gateway.url) != 503:
                await asyncio.sleep(0.05)
        async with http.get(f"{gateway.url}/livez") as answer:
            assert (answer.status, answer.headers["connection"]) == (200, "close")
        # Told once more it ends at once.
        await town.machines.end(gateway)
        assert await readiness(http, gateway.url) == 0
