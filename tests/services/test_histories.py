"""What became of an application: told as its ministry keeps it, to whom its details are told."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import MinistryContract
from domain.states import ApplicationState
from i18n.text import Word
from services.applications import find, history
from services.known_facts import facts_of
from services.outcomes import Granted, GrantedNoAmount, HistoryListed, PinNeeded, StateOnly
from services.values import HistoryStep
from tests.services.town import AID, KAMRAN, PERMIT, Town

STEPS = (
    HistoryStep(date(2026, 11, 2), ApplicationState.RECEIVED),
    HistoryStep(date(2026, 11, 4), ApplicationState.IN_REVIEW, {"en": "with the prefecture", "": "à la préfecture"}),
    HistoryStep(date(2026, 11, 5), ApplicationState.IN_REVIEW, {"en": "with the prefecture"}),
    HistoryStep(date(2026, 11, 20), ApplicationState.GRANTED, {"fr": "accordée"}),
)


@pytest.fixture
def town(town: Town) -> Town:
    town.ministry.files["7001"] = replace(AID, history=STEPS)
    return town


async def test_the_latest_first_and_what_says_the_same_only_once(town: Town) -> None:
    found = await history(town.desk(), await town.known(), "7001")
    assert isinstance(found, HistoryListed)
    assert [(item.values["day"], item.values["step"]) for item in found.steps] == [
        (date(2026, 11, 20), Word("state.granted")),  # no word of the ministry's in her language
        (date(2026, 11, 4), "with the prefecture"),
        (date(2026, 11, 2), Word("state.received")),
    ]


async def test_the_last_five(town: Town) -> None:
    states = (ApplicationState.RECEIVED, ApplicationState.IN_REVIEW)
    many = tuple(HistoryStep(date(2026, 11, day), states[day % 2]) for day in range(1, 10))
    town.ministry.files["7001"] = replace(AID, history=many)
    found = await history(town.desk(), await town.known(), "7001")
    assert isinstance(found, HistoryListed)
    assert [item.values["day"] for item in found.steps] == [date(2026, 11, day) for day in (9, 8, 7, 6, 5)]


async def test_details_say_whether_there_is_more_to_tell(town: Town) -> None:
    her = await town.known()
    told = await find(town.desk(), her, "7001")
    assert isinstance(told, Granted) and told.history
    town.ministry.files["7001"] = replace(AID, amount=None, history=STEPS[:1])
    alone = await history(town.desk(), her, "7001")
    assert isinstance(alone, GrantedNoAmount) and not alone.history


async def test_whoever_may_not_read_details_reads_no_history(town: Town) -> None:
    assert await history(town.desk(), await town.known(KAMRAN), "7001") == StateOnly(Word("state.granted"))
    assert await history(town.desk(), await town.known(KAMRAN), "8001") == PinNeeded()


async def test_a_number_whose_ministry_says_that_it_is_of_something_sensitive_is_not_read(town: Town) -> None:
    town.ministry.files["7001"] = replace(PERMIT, reference="7001")
    with pytest.raises(MinistryContract):
        await find(town.desk(), await town.known(), "7001")


def test_what_the_ministry_kept_is_kept_rather_than_what_we_saw() -> None:
    kept = facts_of(replace(AID, history=STEPS), None, date(2026, 11, 23)).history
    assert [(seen.state, seen.day) for seen in kept] == [(step.state, step.on) for step in STEPS]
