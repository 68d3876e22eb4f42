"""A sender of SMS proves nothing: one word, whosever the application is, and nothing of a sensitive service."""

from dataclasses import replace

import pytest

from i18n.text import Word
from services import pickups
from services.applications import find
from services.caller import SMS, Caller
from services.outcomes import NotFound, PinNeeded, ReferenceMalformed, StateOnly, TooManyTries
from services.ports import LinkedBy
from services.reading import may_be_sent
from tests.services.town import AID, CARD, KAMRAN, LEYLA, PERMIT, Town

GRANTED = StateOnly(Word("state.granted"))


async def texting(town: Town, number=LEYLA, **known) -> Caller:
    return replace(await town.known(number, **known), channel=SMS, session="")


@pytest.mark.parametrize("number", [LEYLA, KAMRAN])
@pytest.mark.parametrize("pin", ["", "482915"])
@pytest.mark.parametrize("verified", [False, True])
async def test_one_word_whosever_it_is(town: Town, number, pin, verified):
    caller = await texting(town, number, pin=pin, verified=verified)
    assert await find(town.desk(), caller, AID.reference) == GRANTED
    ready = StateOnly(Word("state.ready_for_pickup"))
    assert await pickups.find(town.desk(), caller, CARD.reference) == ready
    assert isinstance(await find(town.desk(), caller, PERMIT.reference), PinNeeded)
    assert isinstance(await find(town.desk(), caller, "7999"), NotFound)
    assert isinstance(await find(town.desk(), caller, "12"), ReferenceMalformed)
    assert not may_be_sent(town.desk(), caller)


async def test_a_linked_one_is_a_word_too_and_no_guess(town: Town):
    caller = await texting(town, KAMRAN)
    assert caller.person
    await town.records.links.add(caller.person.id, AID.service, AID.reference, LinkedBy.FACT)
    await town.records.settle()
    for _ in range(town.services.guesses_per_day + 2):
        assert await find(town.desk(), caller, AID.reference) == GRANTED


async def test_her_own_cost_no_guess_and_others_share_the_days_guesses(town: Town):
    hers, his = await texting(town, LEYLA), await texting(town, KAMRAN)
    for _ in range(town.services.guesses_per_day):
        assert await find(town.desk(), hers, AID.reference) == GRANTED
        assert await find(town.desk(), his, AID.reference) == GRANTED
    assert await find(town.desk(), hers, AID.reference) == GRANTED
    assert isinstance(await find(town.desk(), his, AID.reference), TooManyTries)
    assert isinstance(await find(town.desk(), await town.caller(KAMRAN), AID.reference), TooManyTries)


async def test_nothing_is_remembered_of_who_only_texted(town: Town):
    caller = await texting(town)
    assert caller.person
    await find(town.desk(), caller, AID.reference)
    assert await town.records.links.of(caller.person.id) == []
