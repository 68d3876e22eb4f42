"""Trust in providers: the decision as a table, and several workers sharing one set of rows."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from sms.config import Route
from sms.health import OPERATOR, Health, Seen, Standing, Tolerance, review
from sms.records.health import SqlProviderHealth
from sms.states import MessageState
from sms.tables import PROVIDER_HEALTH, PROVIDER_MINUTES
from storage.unit_of_work import Database
from tests.sms.post_office import CONFIG, START, PostOffice

MINUTE = timedelta(minutes=1)
LONG_AGO = START - timedelta(days=1)
JUST_NOW = START - timedelta(seconds=30)
FAILING = Seen(asked=50, failed=10)
SLOW = Seen(known=100, slow=15)
FINE = Seen(asked=1000, failed=9, known=1000, slow=149)
RESTING = Standing(Health(80, paused=True), START - 5 * MINUTE, LONG_AGO, "account")


def at(weight: int, changed=LONG_AGO, troubled=None) -> Standing:
    return Standing(Health(weight), changed, troubled)


TABLE = [
    # how it stands, what was seen of it, and of the other (who stands at 100): its weight then
    (at(100), FINE, FINE, 100),
    (at(100), FAILING, FINE, 90),
    (at(100), SLOW, FINE, 90),
    (at(100), Seen(asked=49, failed=9), FINE, 100),
    (at(100), Seen(asked=1000, failed=50), FINE, 100),
    (at(100), Seen(known=19, slow=19), FINE, 100),
    (at(0), FAILING, FINE, 0),
    (at(5), FAILING, FINE, 0),
    # At most once a minute.
    (at(90, JUST_NOW, JUST_NOW), FAILING, FINE, 90),
    (at(90, START - MINUTE, START - MINUTE), FAILING, FINE, 80),
    # Where all are alike it is none of theirs.
    (at(100), FAILING, FAILING, 100),
    (at(100), SLOW, SLOW, 100),
    # While another is wanting, those that are well carry more.
    (at(70, START - MINUTE, START - 2 * MINUTE), FINE, FAILING, 80),
    (at(70, JUST_NOW, START - 2 * MINUTE), FINE, FAILING, 70),
    # Back again: ten every five minutes, once it was quiet for fifteen.
    (at(70, START - 5 * MINUTE, START - 15 * MINUTE), FINE, FINE, 80),
    (at(70, START - 4 * MINUTE, START - 20 * MINUTE), FINE, FINE, 70),
    (at(70, START - 14 * MINUTE, START - 14 * MINUTE), FINE, FINE, 70),
    (at(95, START - 5 * MINUTE, START - 15 * MINUTE), FINE, FINE, 100),
    # Nothing asked of it: that is quiet too.
    (at(0, LONG_AGO, LONG_AGO), Seen(), FINE, 10),
]


@pytest.mark.parametrize(("standing", "seen", "of_other", "weight"), TABLE)
def test_a_weight(standing, seen, of_other, weight):
    after = review({"it": standing, "other": at(100)}, {"it": seen, "other": of_other}, START, Tolerance())
    assert after["it"].health == Health(weight)
    moved = weight != standing.health.weight
    assert after["it"].changed_at == (START if moved else standing.changed_at)
    assert not after["other"].health.paused


def test_a_refused_account_is_tried_again_with_little_and_an_operators_word_stays():
    early = replace(RESTING, changed_at=START - 4 * MINUTE)
    stopped = replace(RESTING, changed_at=LONG_AGO, reason=OPERATOR)
    after = review({"it": RESTING, "early": early, "stopped": stopped}, {}, START, Tolerance())
    assert after["it"].health == Health(10) and after["it"].troubled_at == START
    assert after["early"] is early and after["stopped"] is stopped


def test_one_that_rests_is_not_the_one_that_is_well():
    after = review({"only": at(100), "rests": RESTING}, {"only": FAILING}, RESTING.changed_at, Tolerance())
    assert after["only"].health.weight == 100


SEEN = st.builds(Seen, st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))


@given(st.lists(st.dictionaries(st.sampled_from("abc"), SEEN), max_size=60), st.integers(5, 120))
def test_all_at_once_never_lose_trust(minutes, seconds):
    standings = {name: at(100) for name in "abc"}
    now = START
    for seen in minutes:
        before, now = standings, now + timedelta(seconds=seconds)
        standings = review(standings, seen, now, Tolerance())
        steps = [standings[name].health.weight - before[name].health.weight for name in "abc"]
        assert all(
            abs(step) <= 10 and 0 <= standings[name].health.weight <= 100
            for name, step in zip("abc", steps, strict=True)
        )
        assert not all(step < 0 for step in steps)


TWO = replace(CONFIG, routes=(Route({"at": 50, "kannel": 50}),))


@pytest.fixture
def office(database: Database) -> PostOffice:
    return PostOffice(database)


def worker(office: PostOffice) -> SqlProviderHealth:
    return SqlProviderHealth(office.clock, TWO, office.counted)


async def look(office: PostOffice, health: SqlProviderHealth) -> int:
    async with office.database.unit_of_work() as work:
        await health.refresh(work)
        return await health.review(work)


async def test_four_workers_count_together_and_lower_once_a_minute(office: PostOffice):
    """None of them saw enough alone."""
    workers = [worker(office) for _ in range(4)]
    for expected in (100, 90, 90, 80):
        for health in workers:
            for call in range(20):
                health.saw("at", failed=call < 4)
                health.saw("kannel", failed=False)
            async with office.database.unit_of_work() as work:
                await health.refresh(work)
        await asyncio.gather(*(look(office, health) for health in workers))
        assert await weights(office) == {"at": expected, "kannel": 100}
        office.clock.advance(timedelta(seconds=60 if expected == 100 else 31))
    async with office.database.unit_of_work() as work:
        await workers[0].refresh(work)
    assert workers[0].snapshot == {"at": Health(80), "kannel": Health(100)}
    assert ("at", 80, False) in office.counted.of("weighed")


async def test_quiet_brings_trust_back(office: PostOffice):
    health = worker(office)
    await look(office, health)
    office.clock.advance(MINUTE)
    for _ in range(10):
        health.saw("at", failed=True)
    await look(office, health)
    minutes = 0
    while (await weights(office))["at"] < 100:
        office.clock.advance(MINUTE)
        await look(office, health)
        minutes += 1
    # Lowered twice until the errors are out of sight; fifteen minutes of quiet; and five between two steps.
    assert office.counted.of("weighed").count(("at", 80, False)) > 0
    assert 20 <= minutes <= 23


async def test_slow_arrivals_cost_trust(office: PostOffice):
    health = worker(office)
    await look(office, health)
    for number in range(20):
        late, never = number < 2, number == 2
        ended = None if never else office.clock.now() + timedelta(minutes=6 if late else 0, seconds=3)
        await office.message(MessageState.SENT if never else MessageState.DELIVERED, sent_text=b"s", ended_at=ended)
        await office.message(
            MessageState.DELIVERED,
            provider="kannel",
            sent_text=b"s",
            ended_at=office.clock.now() + timedelta(seconds=3),
        )
    office.clock.advance(4 * MINUTE)
    await look(office, health)
    assert await weights(office) == {"at": 100, "kannel": 100}
    office.clock.advance(3 * MINUTE)
    await look(office, health)
    assert await weights(office) == {"at": 90, "kannel": 100}


async def test_a_refused_key_rests_for_all_workers_and_is_probed(office: PostOffice):
    mine, other = worker(office), worker(office)
    async with office.database.unit_of_work() as work:
        await mine.rest(work, "at", "account")
    assert mine.snapshot["at"].paused
    await look(office, other)
    assert other.snapshot["at"] == Health(100, paused=True)
    office.clock.advance(timedelta(seconds=200))
    async with office.database.unit_of_work() as work:
        await other.rest(work, "at", "account")
    office.clock.advance(timedelta(seconds=101))
    await look(office, other)
    assert other.snapshot["at"] == Health(10)


async def test_what_an_operator_stops_only_an_operator_starts(office: PostOffice):
    health = worker(office)
    async with office.database.unit_of_work() as work:
        await health.rest(work, "at", OPERATOR)
        await health.rest(work, "at", "account")
    office.clock.advance(timedelta(days=1))
    await look(office, health)
    assert health.snapshot["at"].paused
    async with office.database.unit_of_work() as work:
        await health.resume(work, "at")
        await health.refresh(work)
    assert not health.snapshot["at"].paused


async def test_counts_survive_a_store_that_is_away_and_old_ones_go(office: PostOffice):
    health = worker(office)
    health.saw("at", failed=True)
    work = office.database.unit_of_work()
    with pytest.raises(ZeroDivisionError):
        await health.refresh(Broken())
    async with work:
        await health.refresh(work)
    assert await office.count(PROVIDER_MINUTES) == 1
    office.clock.advance(timedelta(hours=2))
    await look(office, health)
    assert await office.count(PROVIDER_MINUTES) == 0


class Broken:
    async def execute(self, statement: object) -> None:
        raise ZeroDivisionError


async def weights(office: PostOffice) -> dict[str, int]:
    async with office.database.unit_of_work() as work:
        rows = await work.execute(select(PROVIDER_HEALTH.c.provider, PROVIDER_HEALTH.c.weight))
        return {row.provider: row.weight for row in rows.all()}
