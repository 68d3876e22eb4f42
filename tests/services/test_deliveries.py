"""What is brought to her, and what it costs: a screen for each way it may stand, and only for her."""

from dataclasses import replace
from datetime import date

import pytest

from domain.money import Money
from domain.states import ApplicationState
from i18n.text import Word
from services import deliveries, pickups
from services.applications import details
from services.known_facts import application_of, completed, facts_of
from services.outcomes import (
    Closed,
    DocumentComing,
    DocumentDelivered,
    DocumentNotMet,
    DocumentOnTheWay,
    DocumentPrepared,
    DocumentReturned,
    FeeOwed,
    FeeOwedUndated,
    FeePaid,
    NoFeeAsked,
    PickupOpen,
    StateKnown,
    StateOnly,
)
from services.values import Application, Delivery, DeliveryState, FeeDue, Pickup
from tests.services.town import AID, BANK, KAMRAN, Town

D, S, WORD = DeliveryState, ApplicationState, Word("service.social_aid")
CODE, DAY, SUM = "EC100000017VN", date(2026, 11, 25), Money(200000, "VND")
WAYS = [
    (Delivery(D.PREPARED, CODE), DocumentPrepared(WORD, "7001", CODE)),
    (Delivery(D.PREPARED), DocumentPrepared(WORD, "7001", "-")),
    (Delivery(D.ON_THE_WAY, CODE, on=DAY), DocumentComing(WORD, "7001", CODE, DAY)),
    (Delivery(D.ON_THE_WAY, CODE), DocumentOnTheWay(WORD, "7001", CODE)),
    (Delivery(D.NOT_MET, CODE, on=DAY), DocumentNotMet(WORD, "7001", CODE)),
    (Delivery(D.DELIVERED, CODE, on=DAY), DocumentDelivered(WORD, "7001", CODE, DAY)),
    (Delivery(D.DELIVERED, CODE), Closed(WORD, "7001")),
    (Delivery(D.RETURNED, CODE), DocumentReturned(WORD, "7001", CODE)),
]


def application(**told: object) -> Application:
    return replace(AID, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(("told", "shown"), WAYS)
async def test_how_far_it_has_come(town: Town, told: Delivery, shown: object) -> None:
    assert details(town.desk(), "en", application(state=ApplicationState.CLOSED, delivery=told)) == shown


@pytest.mark.parametrize("state", [S.GRANTED, S.CLOSED, S.READY_FOR_PICKUP])
@pytest.mark.parametrize(("told", "shown"), [way for way in WAYS if not isinstance(way[1], Closed)])
async def test_who_asks_where_to_collect_it_reads_the_same(
    town: Town, state: ApplicationState, told: Delivery, shown: object
) -> None:
    town.ministry.files["7001"] = application(state=state, delivery=told)
    assert await pickups.find(town.desk(), await town.known(), "7001") == shown


async def test_what_was_handed_over_some_day_is_not_still_to_come(town: Town) -> None:
    handed_over = application(delivery=Delivery(D.DELIVERED, CODE), fee=FeeDue(SUM))
    town.ministry.files["7001"] = handed_over
    told = await pickups.find(town.desk(), await town.known(), "7001")
    assert told == StateKnown(WORD, "7001", Word("state.granted"), billed=True)


async def test_what_waits_at_a_place_after_all_is_said_with_the_place(town: Town) -> None:
    waits = application(state=ApplicationState.READY_FOR_PICKUP, delivery=Delivery(D.RETURNED), pickup=Pickup(BANK))
    town.ministry.files["7001"] = waits
    assert isinstance(await pickups.find(town.desk(), await town.known(), "7001"), PickupOpen)


async def test_what_it_costs_is_offered_beside_where_it_stands(town: Town) -> None:
    told = application(delivery=Delivery(D.PREPARED, CODE), fee=FeeDue(SUM))
    assert details(town.desk(), "en", told) == DocumentPrepared(WORD, "7001", CODE, billed=True)
    assert getattr(details(town.desk(), "en", application(fee=FeeDue(SUM))), "billed", False)


@pytest.mark.parametrize(
    ("fee", "shown"),
    [
        (FeeDue(SUM, "LP26", until=DAY), FeeOwed(SUM, "LP26", DAY)),
        (FeeDue(SUM), FeeOwedUndated(SUM, "-")),
        (FeeDue(SUM, "LP26", paid=True, until=DAY), FeePaid(SUM)),
        (None, NoFeeAsked()),
    ],
)
async def test_the_fee_and_its_number(town: Town, fee: FeeDue | None, shown: object) -> None:
    town.ministry.files["7001"] = application(fee=fee)
    assert await deliveries.fee(town.desk(), await town.known(), "7001") == shown


async def test_another_learns_nothing_of_the_fee(town: Town) -> None:
    town.ministry.files["7001"] = application(fee=FeeDue(SUM))
    found = await deliveries.fee(town.desk(), await town.known(KAMRAN), "7001")
    assert found == StateOnly(Word("state.granted"))


def test_both_are_kept_for_when_the_ministry_is_away() -> None:
    told = application(delivery=Delivery(D.ON_THE_WAY, CODE, "VNPost", DAY, "Ba Dinh"), fee=FeeDue(SUM, "LP26"))
    kept = facts_of(told, None, DAY)
    again = application_of(kept)
    assert (again.delivery, again.fee) == (told.delivery, told.fee)
    event = completed(application(state=told.state), kept, DAY)
    assert (event.delivery, event.fee) == (kept.delivery, kept.fee)
    moved = completed(application(state=ApplicationState.COLLECTED), kept, DAY)
    assert (moved.delivery, moved.fee) == (None, kept.fee)
