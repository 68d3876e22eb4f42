"""Which screen an application gets: every state, also where the ministry leaves something out."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import HandClock
from domain.ids import Ids
from domain.states import ApplicationState
from i18n.text import Word
from services.applications import details
from services.outcomes import (
    ActionRequired,
    Closed,
    Collected,
    Granted,
    GrantedNoAmount,
    InReview,
    OtherState,
    ReadyForPickup,
    ReadyNoAmount,
    Received,
    Refused,
    StateKnown,
)
from services.values import Pickup
from tests.services.remembered import MemoryStore
from tests.services.town import AID, BANK, START, Town

S = ApplicationState
WORD = Word("service.social_aid")

CASES = [
    ({"state": S.RECEIVED}, Received(WORD, "7001", date(2026, 11, 23))),
    ({"state": S.IN_REVIEW, "due_on": date(2026, 11, 30)}, InReview(WORD, "7001", date(2026, 11, 30))),
    # Nobody is promised a day that has gone by; today is not over.
    ({"state": S.IN_REVIEW, "due_on": date(2026, 11, 23)}, InReview(WORD, "7001", date(2026, 11, 23))),
    ({"state": S.IN_REVIEW, "due_on": date(2026, 11, 22)}, StateKnown(WORD, "7001", Word("state.in_review"))),
    ({"state": S.RECEIVED, "due_on": date(2026, 11, 20)}, StateKnown(WORD, "7001", Word("state.received"))),
    (
        {"state": S.RECEIVED, "submitted_on": None, "ministry_word": "PENDING"},
        StateKnown(WORD, "7001", Word("state.received")),
    ),
    (
        {"state": S.ACTION_REQUIRED, "needs": ({"en": "ID card"}, {"": "Proof"})},
        ActionRequired(WORD, "7001", "ID card; Proof"),
    ),
    ({"state": S.ACTION_REQUIRED}, ActionRequired(WORD, "7001", "-")),
    ({"state": S.GRANTED}, Granted(WORD, "7001", AID.amount, AID.until)),
    ({"state": S.GRANTED, "amount": None}, GrantedNoAmount(WORD, "7001")),
    ({"state": S.GRANTED, "until": None}, GrantedNoAmount(WORD, "7001")),
    ({"state": S.REFUSED, "reason": {"az": "x", "en": "Income"}}, Refused(WORD, "7001", "Income")),
    ({"state": S.REFUSED}, Refused(WORD, "7001", "-")),
    (
        {"state": S.READY_FOR_PICKUP, "pickup": Pickup(BANK, date(2026, 12, 1))},
        ReadyForPickup(WORD, "7001", AID.amount, BANK.name, date(2026, 12, 1)),
    ),
    (
        {"state": S.READY_FOR_PICKUP, "pickup": Pickup(BANK), "amount": None},
        ReadyNoAmount(WORD, "7001", BANK.name, date(2026, 11, 23)),
    ),
    (
        {"state": S.READY_FOR_PICKUP, "ministry_word": "CARD"},
        StateKnown(WORD, "7001", Word("state.ready_for_pickup")),
    ),
    ({"state": S.COLLECTED}, Collected(WORD, "7001")),
    ({"state": S.CLOSED}, Closed(WORD, "7001")),
    ({"state": S.UNKNOWN}, OtherState(WORD, "7001", "-")),
]


@pytest.mark.parametrize(("told", "shown"), CASES)
async def test_the_screen_of_a_state(town: Town, told, shown):
    assert details(town.desk(), "en", replace(AID, **told)) == shown


@given(
    state=st.sampled_from(S),
    amount=st.sampled_from([None, AID.amount]),
    until=st.sampled_from([None, AID.until]),
    submitted=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    pickup=st.sampled_from([None, Pickup(BANK), Pickup(BANK, date(2026, 12, 1))]),
)
def test_no_field_of_any_screen_is_ever_missing(state, amount, until, submitted, pickup):
    desk = Town(HandClock(START), MemoryStore(HandClock(START), Ids(HandClock(START)))).desk()
    application = replace(AID, state=state, amount=amount, until=until, submitted_on=submitted, pickup=pickup)
    shown = details(desk, "en", application)
    assert all(value not in (None, "") for value in shown.values().values())
