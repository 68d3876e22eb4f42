"""A SIM card changed after the number was proven hers: it shows nothing personal any more, and who wakes it."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from services import visits
from services.accounts import create
from services.links import link
from services.outcomes import (
    Granted,
    Linked,
    NoVisits,
    PinChanged,
    StateOnly,
)
from services.pins import change_pin, check_new_pin
from services.ports import Binding, LinkedBy
from services.resets import finish_reset
from services.sim_swaps import (
    Verdict,
    judge,
)
from services.swap_ports import Standing
from tests.services.notice_office import Office
from tests.services.swap_story import BORN, MONDAY, OTHER, PIN, Story, asked_later, november
from tests.services.town import AID, KAMRAN, LEYLA, ZONE
from tests.until import until


async def test_a_card_changed_later_hides_what_is_hers_until_a_fact_shows_it_again(story: Story):
    await story.known(LEYLA)
    story.town.later(days=3)
    assert await story.seen() is Granted
    story.network.swaps[LEYLA] = november(25)
    assert await story.round() == [LEYLA]
    assert (await story.binding(), await story.seen()) == (Binding.STALE, StateOnly)
    assert type(await visits.mine(story.town.desk(), await story.town.caller())) is NoVisits
    assert story.counted == {"stale": 1}
    assert await story.audited() == [("system", "numbers.swapped", "stale", "worker")]
    await story.linked()
    assert await story.seen() is Granted
    story.town.later(days=8)
    assert await story.round() == [LEYLA]
    assert await story.seen() is Granted, "proven after that swap"


async def test_what_her_ministry_decides_is_told_without_a_word_of_it(notices: Office):
    story = Story(notices.town)
    await story.known(LEYLA)
    notices.town.later(days=3)
    story.network.swaps[LEYLA] = november(25)
    await story.round()
    about = {"contact": {"msisdn": LEYLA.e164}, "amount": {"value": "250.50", "currency": "AZN"}}
    await notices.send("application.granted", "7001", about)
    await notices.work()
    [message] = await notices.messages()
    assert (message.text_id, message.values) == ("sms.stale", {})


@pytest.mark.parametrize("day", [date(1900, 1, 1), november(22), MONDAY])
async def test_a_card_changed_before_or_on_the_day_she_came_changes_nothing(story: Story, day: date):
    await story.known(LEYLA)
    story.town.later(days=3)
    story.network.swaps[LEYLA] = day
    assert await story.round() == [LEYLA]
    assert (await story.binding(), await story.seen()) == (Binding.ACTIVE, Granted)
    assert story.counted == {"unchanged": 1} and await story.audited() == []


async def test_days_are_the_countrys(story: Story):
    story.town.later(hours=13)  # seven in the evening in London's time, eleven in Baku
    await story.known(LEYLA)
    story.town.later(hours=2)
    assert await story.round() == [LEYLA], "it is Tuesday in Baku"
    story.town.later(days=2)
    story.network.swaps[LEYLA] = november(24)
    await story.round()
    assert await story.binding() is Binding.STALE


@pytest.mark.parametrize("day", [None, november(29)])
async def test_what_is_not_told_or_has_not_been_is_unknown_and_asked_again(story: Story, day: date | None):
    await story.known(LEYLA)
    story.town.later(days=5)
    if day:
        story.network.swaps[LEYLA] = day
    assert await story.round() == [LEYLA]
    assert (await story.seen(), story.counted) == (Granted, {"untold": 1})
    story.town.later(days=6)
    assert await story.round() == [], "its turn is every seven days"
    story.town.later(days=1)
    assert await story.round() == [LEYLA]


async def test_who_has_proven_herself_while_she_was_asked_for_stays_so(story: Story):
    await story.known(LEYLA)
    await story.linked()
    story.town.later(days=4)
    story.network.swaps[LEYLA] = november(25)
    async with story.asking(), story.town.store.open() as records:
        person = await records.people.by_number(LEYLA)
        await records.people.confirm_number(LEYLA, person.id, by_fact=True)
    assert (await story.binding(), story.counted) == (Binding.ACTIVE, {"unchanged": 1})


async def test_an_older_pin_wakes_the_number_and_the_same_swap_is_not_held_against_her_twice(story: Story):
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=4)
    story.network.swaps[LEYLA] = november(25)
    await story.round()
    assert (await story.binding(), await story.seen(verified=True)) == (Binding.STALE, StateOnly)
    assert await story.pin_right()
    assert (await story.binding(), await story.seen(verified=True)) == (Binding.ACTIVE, Granted)
    story.town.later(days=8)
    assert await story.round() == [LEYLA]
    assert await story.binding() is Binding.ACTIVE
    story.network.swaps[LEYLA] = november(30)
    story.town.later(days=8)
    await story.round()
    assert await story.binding() is Binding.STALE, "another swap"


async def test_a_pin_typed_after_the_swap_does_not_hide_it(story: Story):
    """It is asked for anyway; and whose it is can be told only once the day of the swap is known."""
    await story.known(LEYLA, pin=PIN)
    story.town.later(days=3)
    assert await story.pin_right()
    story.town.later(days=2)
    story.network.swaps[LEYLA] = november(25)
    await story.round()
    assert await story.binding() is Binding.STALE


async def test_an_account_opened_after_the_swap_wakes_nothing(story: Story):
    """Whoever has the new card opens one, before the network tells."""
    await story.known(LEYLA)
    story.town.later(days=3)
    caller, pin_seal = await story.sealed(PIN)
    await create(story.town.desk(), caller, PIN, pin_seal)
    await story.town.records.settle()
    story.network.swaps[LEYLA] = november(26)
    assert await story.round() == [LEYLA]
    assert (await story.binding(), story.counted) == (None, {"ended": 1})
    assert await story.audited() == [("system", "numbers.swapped", "ended", "worker")]
    assert not await story.pin_right()
    await story.known(LEYLA)
    assert await story.seen() is StateOnly, "somebody new, of whom nothing is known"
    await story.linked()
    assert await story.seen() is Granted, "if it is she, the fact shows it"


async def test_an_account_opened_while_the_number_is_doubted_is_nobodys_who_had_it(story: Story):
    """The doubt comes while the PIN is hashed: the hop read the number before. That PIN must not wake what was hers."""
    await story.known(LEYLA)
    hers = (await story.town.caller()).person
    story.town.later(days=3)
    caller, pin_seal = await story.sealed(PIN)
    hashed = story.town.vault.hash

    async def while_it_is_hashed(pin: str, deadline: Deadline) -> str:
        async with story.town.store.open() as others:
            await others.people.doubt_number(LEYLA)
        return await hashed(pin, deadline)

    desk = story.town.desk()
    await create(replace(desk, pins=_Hashing(while_it_is_hashed)), caller, PIN, pin_seal)
    await story.town.records.settle()
    now = (await story.town.caller()).person
    assert now is not None and now.id != hers.id and now.has_account, "somebody new has the account"
    assert await story.pin_right()
    assert await story.seen(verified=True) is StateOnly


async def test_an_account_opened_before_the_doubt_is_written_is_seen_by_it(story: Story):
    """The answer is weighed while it is being opened: it waits, and finds the newer PIN, which wakes nothing."""
    await asked_later(story)
    person = (await story.town.caller()).person
    async with story.town.store.open() as records:
        await records.people.hold(LEYLA)
        weighing = asyncio.create_task(story.tells(november(25)))
        await until(story.somebody_waits, weighing)
        await records.accounts.create(person.id, "a hash", "account.consent@1", "en")
    assert await weighing == "ended"
    assert await story.binding() is None


@dataclass
class _Hashing:
    hash: object


async def test_what_a_stranger_linked_after_the_swap_wakes_nothing_of_hers(story: Story):
    await story.known(LEYLA)
    story.town.later(days=3)
    theirs = (await story.town.caller()).person
    await story.town.records.links.add(theirs.id, AID.service, "7002", LinkedBy.FACT)
    await story.town.records.settle()
    story.network.swaps[LEYLA] = november(26)
    await story.round()
    linked = await link(story.town.desk(), await story.town.caller(), "7002", BORN)
    await story.town.records.settle()
    assert isinstance(linked, Linked)
    now = (await story.town.caller()).person
    assert now is not None and now.id != theirs.id and await story.seen() is StateOnly


async def test_a_pin_that_was_reset_after_the_swap_wakes_nothing_and_one_that_was_changed_does(story: Story):
    await story.known(LEYLA, KAMRAN, pin=PIN)
    story.town.later(days=3)
    await story.reset_asked()
    story.town.later(hours=25)
    caller, pin_seal = await story.sealed(OTHER)
    assert isinstance(await finish_reset(story.town.desk(), caller, OTHER, pin_seal), PinChanged)
    his = await story.town.caller(KAMRAN, verified=True)
    accepted = await check_new_pin(story.town.desk(), his, OTHER)
    assert isinstance(await change_pin(story.town.desk(), his, OTHER, accepted.pin_seal), PinChanged)
    await story.town.records.settle()
    story.network.swaps = {LEYLA: november(26), KAMRAN: november(26)}
    await story.round()
    assert (await story.binding(LEYLA), await story.binding(KAMRAN)) == (None, Binding.STALE)


async def test_nobody_who_greets_undoes_a_doubt(story: Story):
    """A hop that read the number before it was doubted, and writes after."""
    await story.known(LEYLA)
    async with story.town.store.open() as records:
        before = await records.people.by_number(LEYLA)
        async with story.town.store.open() as others:
            await others.people.doubt_number(LEYLA)
        assert before.binding is Binding.ACTIVE
        await _reading(records.people, before).greet(LEYLA, "en")
    assert await story.binding() is Binding.STALE


def _reading(people, person):
    class Late(type(people)):
        async def by_number(self, number: Msisdn) -> object:
            return person

    return Late(people.sealed, people.clock, people.ids)


MADE = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "key_since", "judged", "verdict"),
    [
        (None, None, None, Verdict.UNTOLD),
        (november(28), None, None, Verdict.UNTOLD),
        (november(23), None, None, Verdict.UNCHANGED),
        (november(24), None, None, Verdict.STALE),
        (november(27), None, None, Verdict.STALE),
        (november(24), None, november(24), Verdict.UNCHANGED),
        (november(25), None, november(24), Verdict.STALE),
        (november(24), MADE, None, Verdict.STALE),
        (november(24), MADE + timedelta(days=1), None, Verdict.ENDED),
        (november(24), MADE + timedelta(days=3), None, Verdict.ENDED),
        (november(23), MADE + timedelta(days=3), None, Verdict.UNCHANGED),
        (november(24), MADE + timedelta(days=31), None, Verdict.ENDED),
        (november(24), MADE + timedelta(days=32), None, Verdict.STALE),
    ],
)
def test_how_a_swap_is_weighed(day: date | None, key_since: datetime | None, judged: date | None, verdict: Verdict):
    assert judge(Standing(MADE, key_since, judged), day, november(27), ZONE) is verdict
