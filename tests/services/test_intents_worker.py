"""The worker's judgement: what ends an intent, what is tried again, for how long, and how much at once."""

import asyncio
from datetime import timedelta

import pytest

from domain.errors import (
    DeadlineExceeded,
    InvalidValue,
    MinistryAmbiguous,
    MinistryBusy,
    MinistryContract,
    MinistryRefused,
    MinistryUnavailable,
    StoreUnavailable,
)
from services import visits
from services.intents import PROCESSING, judged
from services.outcomes import BeingProcessed, Booked, VisitCancelled, VisitRefusedUnsaid
from services.ports import IntentState
from services.resuming import resume_intents
from tests.services.test_intents import calls, confirm, intents_of, work
from tests.services.town import LEYLA, Town, silence


async def booking(town: Town, token: str = "t1"):
    return (await intents_of(town, token))[0]


@pytest.mark.parametrize("failure", [MinistryUnavailable("m"), MinistryBusy("m"), DeadlineExceeded()])
def test_a_passing_failure_ends_it_only_where_nobody_goes_on(failure: Exception):
    ended = judged(failure, goes_on=False)
    assert ended is not None and ended.state is IntentState.REFUSED
    assert judged(failure, goes_on=True) is PROCESSING


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_refusal_ends_it_and_an_open_end_does_not(goes_on: bool):
    ended = judged(MinistryRefused("m"), goes_on)
    assert ended is not None and ended.state is IntentState.REFUSED
    assert judged(MinistryAmbiguous("m"), goes_on) is judged(MinistryContract("m"), goes_on) is PROCESSING
    assert judged(StoreUnavailable(), goes_on) is judged(ValueError(), goes_on) is None


async def test_a_refusal_is_not_repeated_by_the_worker(either_town: Town):
    town = either_town
    await town.known()
    town.calendar.write_fails = [silence(False), (MinistryRefused("asan"), False)]
    assert await confirm(town) == BeingProcessed()
    town.later(seconds=70)
    assert await work(town) == 1
    assert (await booking(town)).state is IntentState.REFUSED
    assert town.told.notices == ["notice.book_refused"]
    town.later(hours=3)
    assert await work(town) == 0 and calls(town) == 2
    assert await confirm(town) == VisitRefusedUnsaid() and calls(town) == 2


async def test_a_refused_look_ends_nothing(either_town: Town, monkeypatch: pytest.MonkeyPatch):
    town = either_town
    await town.known()
    town.calendar.write_fails = [silence(True)]
    assert await confirm(town) == BeingProcessed()

    async def refuses(participant, deadline):
        raise MinistryRefused("asan")

    with monkeypatch.context() as patched:
        patched.setattr(town.calendar, "of_participant", refuses)
        town.later(seconds=70)
        assert await work(town) == 0
    assert (await booking(town)).state is IntentState.UNKNOWN
    town.later(seconds=70)
    assert await work(town) == 1 and isinstance(await confirm(town), Booked)


@pytest.mark.parametrize("failure", [InvalidValue("no"), DeadlineExceeded("late"), ValueError("a fault of ours")])
async def test_whatever_fails_is_given_up_in_the_end(either_town: Town, failure: Exception):
    town = either_town
    await town.known()
    town.calendar.write_fails = [silence(False)] + [(failure, False)] * 200
    assert await confirm(town) == BeingProcessed()
    for _ in range(60):
        town.later(hours=1)
        await work(town)
    assert (await booking(town)).state is IntentState.REFUSED
    assert calls(town) < 60
    assert town.told.notices == ["notice.given_up"], "it may have been done"


async def test_who_was_told_that_it_goes_on_has_it_tried_again(either_town: Town):
    """Her hop had left when the ministry turned out to be down: the worker tries again, she need not."""
    town = either_town
    await town.known()
    town.calendar.delay = 0.1
    town.calendar.write_fails = [(MinistryUnavailable("asan"), False)]
    assert await confirm(town, seconds=0.02) == BeingProcessed()
    await town.background.drain(1.0)
    assert (await booking(town)).state is IntentState.UNKNOWN and town.told.notices == []
    town.later(seconds=70)
    assert await work(town) == 1
    assert isinstance(await confirm(town), Booked) and town.told.notices == ["sms.visit_booked"]


async def test_a_confirmation_is_met_after_the_keys_were_changed(either_town: Town):
    town = either_town
    await town.known()
    first = await confirm(town)
    town.mac_keys = (b"n" * 32, *town.mac_keys)
    assert await confirm(town, token="t2") == first, "a second door, after a newer key was listed"
    assert calls(town) == 1


async def test_what_was_cancelled_after_the_keys_were_changed_may_be_booked_anew(either_town: Town):
    town = either_town
    await town.known()
    await confirm(town)
    town.mac_keys = (b"n" * 32, *town.mac_keys)
    assert isinstance(await visits.cancel(town.desk(), await town.known(), "passport/v1", "c1"), VisitCancelled)
    assert isinstance(await confirm(town, token="t2"), Booked) and calls(town) == 2


async def many(town: Town, *services: str) -> None:
    """So many that were never sent, one for each service named."""
    async with town.store.open() as records:
        person = await records.people.by_number(LEYLA)
        for number, service in enumerate(services):
            payload = {"slot": f"n{number}", "participant": person.applicant, "contact": LEYLA.e164}
            await records.intents.prepare(person.id, "book", service, b"%d" % number, f"n{number}", payload)
    for number in range(len(services)):
        town.calendar.offer(f"n{number}", town.clock.now() + timedelta(days=1))
    town.later(seconds=31)


async def test_a_ministry_that_hangs_leaves_room_for_others(either_town: Town, monkeypatch: pytest.MonkeyPatch):
    town = either_town
    await town.known()
    await many(town, *["permit"] * 10, "passport", "passport", "social_aid")
    answered, hangs, book = asyncio.Event(), asyncio.Event(), town.calendar.book
    others, waiting, most = [], 0, 0

    async def hanging_or_not(slot_id, *more):
        nonlocal waiting, most
        if int(slot_id[1:]) >= 10:
            others.append(slot_id)
            if len(others) == 3:
                answered.set()
            return await book(slot_id, *more)
        waiting += 1
        most = max(most, waiting)
        await hangs.wait()
        waiting -= 1
        return await book(slot_id, *more)

    monkeypatch.setattr(town.calendar, "book", hanging_or_not)
    working = asyncio.create_task(work(town))
    async with asyncio.timeout(60):
        await answered.wait()
    assert sorted(others) == ["n10", "n11", "n12"]
    hangs.set()
    assert await working == 13
    assert 1 < most <= 3


async def test_a_round_comes_to_its_end(town: Town, monkeypatch: pytest.MonkeyPatch):
    """Once its time is over it begins nothing more: a hanging ministry does not make a round of minutes."""
    await town.known()
    await many(town, *["permit"] * 10)
    book = town.calendar.book

    async def slow(*asked):
        town.later(seconds=21)
        return await book(*asked)

    monkeypatch.setattr(town.calendar, "book", slow)
    assert 0 < await work(town) <= 3
    assert await resume_intents(town.desk(), limit=1) == 1
