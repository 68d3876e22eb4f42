"""Whom a round asks for, and when: each number in its turn, by one worker, and what fails holds up nobody."""

import asyncio
import logging
from collections import Counter

import pytest
from sqlalchemy import select

from services.ports import LinkedBy
from services.records.tables import NUMBERS
from services.sim_swaps import (
    AT_ONCE,
    PAUSE,
)
from tests.services.swap_story import PIN, Away, Story, november, numbers
from tests.services.town import AID, KAMRAN, LEYLA


async def test_only_active_numbers_are_asked_for_and_none_before_it_could_matter(story: Story):
    stale, ended, silent = numbers(3)
    await story.known(silent)
    story.town.later(days=91)
    await story.known(LEYLA, stale, ended)
    people = story.town.records.people
    await people.doubt_number(stale)
    await people.end_number(ended, (await story.town.caller(ended)).person.id)
    await story.town.records.settle()
    assert await story.round() == [], "no swap can be of a later day than today"
    story.town.later(days=1)
    assert await story.round() == [LEYLA]
    async with story.town.store.database.unit_of_work() as work:
        states = list((await work.execute(select(NUMBERS.c.state).order_by(NUMBERS.c.id))).scalars())
    assert states == ["stale", "active", "stale", "ended"], "the silent one is noted as such, and not read again"


async def test_what_was_made_lately_is_asked_for_daily_and_before_the_others(story: Story):
    old, linked, opened = numbers(3)
    await story.known(old, linked, opened)
    story.town.later(days=4)
    assert set(await story.round()) == {old, linked, opened}
    story.town.later(days=1)
    assert await story.round() == []
    person = (await story.town.caller(linked)).person
    await story.town.records.links.add(person.id, AID.service, AID.reference, LinkedBy.FACT)
    await story.town.known(opened, pin=PIN)
    assert set(await story.round()) == {linked, opened}
    assert await story.round() == []
    story.town.later(days=1)
    assert set(await story.round()) == {linked, opened}
    story.town.later(days=3)
    assert await story.round() == [], "no longer fresh"
    story.town.later(days=2)
    assert await story.round() == [old], "a week after it was asked for"


async def test_a_round_asks_for_so_many_and_the_next_goes_on(story: Story):
    everybody = numbers(11)
    await story.known(*everybody)
    story.town.later(days=4)
    rounds = [await story.round(most=5) for _ in range(4)]
    assert [len(asked) for asked in rounds] == [5, 5, 1, 0]
    assert Counter([each for asked in rounds for each in asked]) == Counter(everybody)
    assert story.network.at_once == AT_ONCE


async def test_whose_question_fails_holds_up_nobody_and_rests_before_its_next(story: Story):
    failing, *others = numbers(AT_ONCE + 2)
    await story.known(failing, *others)
    story.town.later(days=4)
    story.network.away = {failing}
    assert Counter(await story.round()) == Counter([failing, *others])
    assert story.counted == {"failed": 1, "untold": len(others)}
    assert await story.round() == [], "it rests"
    story.town.later(seconds=PAUSE.total_seconds())
    story.network.away = set()
    assert await story.round() == [failing]
    assert await story.round() == []


async def test_a_failed_question_comes_after_all_others_that_are_due(story: Story):
    failing, *others = numbers(6)
    await story.known(failing, *others)
    story.town.later(days=4)
    story.network.away = {failing}
    await story.round()
    late = numbers(10)[6:]
    await story.known(*late)
    story.town.later(days=4)
    rest = others + late
    assert Counter(await story.round(most=len(late), days=1)) == Counter(late), "never asked for"
    assert Counter(await story.round(most=len(others), days=1)) == Counter(others)
    with pytest.raises(Away):
        await story.round(days=1)
    assert story.counted["failed"] == 2 and len(story.network.asked) == len(rest) + len(others) + 2


async def test_an_account_that_is_away_is_asked_no_more_than_a_handful(story: Story):
    everybody = numbers(20)
    await story.known(*everybody)
    story.town.later(days=4)
    story.network.away = set(everybody)
    with pytest.raises(Away):
        await story.round()
    assert len(story.network.asked) == AT_ONCE
    assert story.counted == {"failed": AT_ONCE}
    story.network.away = set()
    assert len(await story.round()) == len(everybody) - AT_ONCE, "the others' turn is not lost"


async def test_two_workers_ask_for_nobody_twice(story: Story):
    everybody = numbers(10)
    await story.known(*everybody)
    story.town.later(days=4)
    await asyncio.gather(*(story.round() for _ in range(3)))
    assert Counter(story.network.asked) == Counter(everybody)


async def test_no_transaction_stands_open_while_a_network_takes_its_time(story: Story):
    await story.known(LEYLA)
    story.town.later(days=4)
    async with story.asking():
        assert story.town.store.database.engine.pool.checkedout() == 0
        assert await story.round() == [], "another worker leaves it alone"
        async with story.town.store.database.unit_of_work() as work:
            row = (await work.execute(select(NUMBERS.c.swap_ask_after, NUMBERS.c.swap_asked_at))).one()
        assert row == (story.town.clock.now() + PAUSE, None), "marked before it is asked for"


async def test_a_worker_that_died_while_asking_leaves_the_number_to_another(story: Story):
    await story.known(LEYLA)
    story.town.later(days=4)
    async with story.asking() as working:
        working.cancel()
    assert await story.round() == []
    story.town.later(seconds=PAUSE.total_seconds())
    assert await story.round() == [LEYLA]


async def test_no_number_is_in_the_log(story: Story, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    await story.known(LEYLA, KAMRAN)
    story.town.later(days=4)
    story.network.away, story.network.swaps = {KAMRAN}, {LEYLA: november(25)}
    await story.round()
    assert not any(number.e164[4:] in caplog.text for number in (LEYLA, KAMRAN))
