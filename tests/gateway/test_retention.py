"""The rules of retention are the sweeps' own: what the dry run counts is gone after the worker's round."""

from datetime import timedelta

from gateway.retention import rules
from storage.retention import due
from tests.mobile_api.test_data import lived
from tests.whole import Whole

# Their sweeps go by the database's clock, which no test can turn.
BY_THE_DATABASE = {"starts of sessions", "ends of sessions", "snapshots", "audit log", "codes"}


async def counted(whole: Whole) -> dict[str, int]:
    async with whole.parts.database.unit_of_work() as work:
        found = await due(work, rules(whole.parts.pack), whole.clock.now())
    return {rule.name: count for rule, count in found.items()}


async def test_what_would_go_goes_and_nothing_else(gateway_whole: Whole) -> None:
    await lived(gateway_whole)
    await gateway_whole.parts.worker.round()
    gateway_whole.clock.advance(timedelta(days=1))
    early = await counted(gateway_whole)
    assert early["messages"] == early["drafts"] == early["inbound texts"] == 0
    gateway_whole.clock.advance(timedelta(days=400))
    before = await counted(gateway_whole)
    assert before["drafts"] == before["inbound texts"] == 1
    assert before["code counters"] > 3 and before["signed-in devices"] == 1
    # What is open first comes to its end, then to its time.
    for days in (0, 100, 1200):
        gateway_whole.clock.advance(timedelta(days=days))
        await gateway_whole.parts.worker.round()
        after = await counted(gateway_whole)
        assert {name: count for name, count in after.items() if count and name not in BY_THE_DATABASE} == {}


def test_every_rule_has_a_name_of_its_own(gateway_whole: Whole) -> None:
    names = [rule.name for rule in rules(gateway_whole.parts.pack)]
    assert len(names) == len(set(names))
