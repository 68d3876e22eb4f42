"""Visits and pickups: seeing, choosing and changing them, each only for whom they are."""

from dataclasses import replace
from datetime import date, time

import pytest

from domain.errors import InvalidValue, MinistryRefused
from domain.money import Money
from domain.states import ApplicationState
from i18n.text import Word
from services import applications, catalogue, pickups, visits
from services.outcomes import (
    ActionRequired,
    BeingProcessed,
    Booked,
    ChoiceNotAllowed,
    Days,
    InReview,
    Moved,
    NoDays,
    NoPlaces,
    NotFound,
    NoTimes,
    NoVisits,
    PickupMoved,
    PickupNotYet,
    PickupOpen,
    PickupPoints,
    PickupReady,
    PinNeeded,
    Places,
    PointChosen,
    Refused,
    ServiceFree,
    ServiceGone,
    ServiceNeeds,
    ServiceShown,
    SlotChosen,
    SlotTaken,
    StateOnly,
    Times,
    VisitCancelled,
    VisitForApplication,
    VisitGone,
    VisitNeedsApplication,
    VisitRefused,
    VisitRefusedUnsaid,
    VisitShown,
)
from services.resuming import resume_intents
from services.tidings import end_of
from services.values import Pickup, ServiceInfo
from tests.services.town import AID, BANK, CARD, CENTRE, KAMRAN, POST, Town, silence

PASSPORT = Word("service.passport")
DAY, NINE = date(2026, 11, 25), time(9, 0)


async def test_from_service_to_time_to_visit(town: Town):
    desk, caller = town.desk(), await town.known()
    assert [item.id for item in (await visits.services(desk, caller)).services] == ["passport"]
    places = await visits.places(desk, caller, PASSPORT)
    assert isinstance(places, Places) and places.places[0].id == CENTRE.id
    days = await visits.days(desk, caller, PASSPORT, CENTRE.id)
    assert isinstance(days, Days) and [item.id for item in days.days] == ["2026-11-25"]
    times = await visits.times(desk, caller, PASSPORT, CENTRE.id, "2026-11-25")
    assert isinstance(times, Times) and [item.id for item in times.times] == [f"passport/s{n}" for n in range(3)]
    chosen = await visits.hold(desk, caller, PASSPORT, CENTRE.id, "passport/s0")
    assert chosen == SlotChosen(PASSPORT, CENTRE.name, CENTRE.address, DAY, NINE)
    booked = await visits.book(desk, caller, "passport/s0", "t1")
    assert booked == Booked(CENTRE.name, DAY, NINE, "v1")
    assert await visits.hold(desk, caller, PASSPORT, CENTRE.id, "passport/s0") == SlotTaken()
    mine = await visits.mine(desk, caller)
    assert [item.id for item in mine.visits] == ["passport/v1"]
    shown = await visits.open(desk, caller, "passport/v1")
    assert shown == VisitShown(PASSPORT, CENTRE.name, CENTRE.address, DAY, NINE, "v1")
    other = await visits.other_days(desk, caller, "passport/v1")
    assert isinstance(other, Days) and (other.service, other.place_id) == (PASSPORT, CENTRE.id)


async def test_a_first_caller_may_book_and_is_known_by_it(town: Town):
    assert isinstance(await visits.book(town.desk(), await town.caller(), "passport/s0", "t1"), Booked)
    assert type(await visits.mine(town.desk(), await town.caller())) is not NoVisits


async def test_what_no_calendar_lists_is_hers_as_it_was_booked_here(town: Town):
    town.lacks = {"appointments.of_participant"}
    caller = await town.known()
    assert isinstance(await visits.book(town.desk(), caller, "passport/s0", "t1"), Booked)
    mine = await visits.mine(town.desk(), caller)
    assert [item.id for item in mine.visits] == ["passport/v1"]
    assert await visits.open(town.desk(), await town.known(KAMRAN), "passport/v1") == VisitGone()
    moved = await visits.move(town.desk(), caller, "passport/v1", "passport/s1", "t2")
    assert moved == Moved(CENTRE.name, DAY, time(10, 0))
    mine = await visits.mine(town.desk(), caller)
    assert [item.values["time"] for item in mine.visits] == [time(10, 0)]
    assert isinstance(await visits.cancel(town.desk(), caller, "passport/v1", "t3"), VisitCancelled)
    assert await visits.mine(town.desk(), caller) == NoVisits()
    assert not town.calendar.booked


async def test_a_lost_booking_that_no_calendar_lists_is_sent_again_under_its_key(town: Town):
    town.lacks = {"appointments.of_participant"}
    caller = await town.known()
    town.calendar.write_fails = [silence(False)]
    assert await visits.book(town.desk(), caller, "passport/s0", "t1") == BeingProcessed()
    town.later(seconds=70)
    assert await resume_intents(town.desk()) == 1
    assert isinstance(await visits.book(town.desk(), caller, "passport/s0", "t1"), Booked)
    assert len((await visits.mine(town.desk(), caller)).visits) == 1


async def test_where_visits_are_for_an_application_hers_is_named_and_no_other(town: Town):
    town.lacks = {"appointments.book_alone"}
    hers = replace(CARD, reference="9001", service="passport", state=ApplicationState.IN_REVIEW, due_on=DAY)
    town.ministry.files |= {"9001": hers, "9002": replace(hers, reference="9002", contact=KAMRAN)}
    desk, caller = town.desk(), await town.known()
    shown = await applications.find(desk, caller, "9001")
    assert isinstance(shown, InReview) and shown.visited
    assert await visits.services(desk, caller) == VisitNeedsApplication(), "the menu of visits says where"
    assert await visits.begin_for(desk, caller, "9001") == VisitForApplication("passport", "9001")
    assert isinstance(await visits.begin_for(desk, caller, "9002"), StateOnly), "another's"
    for named in ("", "9002", CARD.reference):
        assert await visits.book(desk, caller, "passport/s0", f"t{named}", named) == VisitNeedsApplication()
    assert isinstance(await visits.book(desk, caller, "passport/s0", "t1", "9001"), Booked)
    assert town.calendar.about == ["9001"]
    town.ministry.files["9001"] = replace(hers, state=ApplicationState.REFUSED)
    refused = await applications.find(desk, caller, "9001")
    assert isinstance(refused, Refused), "nothing is left to visit for"
    assert await visits.begin_for(desk, caller, "9001") == VisitNeedsApplication()
    assert isinstance(await visits.book(desk, caller, "passport/s0", "t1", "9001"), Booked), "as it was"
    assert await visits.book(desk, caller, "passport/s1", "t2", "9001") == VisitNeedsApplication(), "nor past the menu"


async def test_the_application_that_was_read_goes_along_however_it_was_typed(town: Town):
    town.lacks = {"appointments.book_alone"}
    hers = replace(CARD, reference="9001", service="passport", state=ApplicationState.IN_REVIEW, due_on=DAY)
    town.ministry.files["9001"] = hers
    assert isinstance(await visits.book(town.desk(), await town.known(), "passport/s0", "t1", " 90-01/"), Booked)
    assert town.calendar.about == ["9001"]


async def test_one_time_for_two_of_her_applications_is_two_visits(town: Town):
    town.lacks = {"appointments.book_alone"}
    hers = replace(CARD, reference="9001", service="passport", state=ApplicationState.IN_REVIEW, due_on=DAY)
    town.ministry.files |= {"9001": hers, "9002": replace(hers, reference="9002")}
    caller, first = await town.known(), town.calendar.free["s0"]
    for token, reference in (("t1", "9001"), ("t2", "9002"), ("t3", "9001"), ("t4", "9002")):
        town.calendar.free["s0"] = first  # of several seats
        assert isinstance(await visits.book(town.desk(), caller, "passport/s0", token, reference), Booked)
    assert town.calendar.about == ["9001", "9002"], "each once: a second press meets its own"
    assert isinstance(await visits.cancel(town.desk(), caller, "passport/v1", "t5"), VisitCancelled)
    assert isinstance(await visits.book(town.desk(), caller, "passport/s0", "t6", "9001"), Booked)
    assert town.calendar.about == ["9001", "9002", "9001"], "what she undid may be confirmed anew"


async def test_elsewhere_no_application_goes_along(town: Town):
    assert isinstance(await visits.book(town.desk(), await town.known(), "passport/s0", "t1", "9001"), Booked)
    assert town.calendar.about == [""]


async def test_where_there_is_nothing(town: Town):
    desk, caller = town.desk(), await town.known()
    assert await visits.places(desk, caller, "social_aid") == NoPlaces()
    assert await visits.times(desk, caller, PASSPORT, CENTRE.id, "2026-11-26") == NoTimes()
    assert await visits.mine(desk, caller) == NoVisits()
    town.later(days=3)
    assert await visits.days(town.desk(), caller, PASSPORT, CENTRE.id) == NoDays(), "times gone by"
    with pytest.raises(InvalidValue):
        await visits.book(desk, caller, "junk", "t1")


async def test_another_persons_visit_is_as_gone(town: Town):
    await visits.book(town.desk(), await town.known(), "passport/s0", "t1")
    stranger = await town.known(KAMRAN)
    for visit in ("passport/v1", "passport/v9"):
        assert await visits.open(town.desk(), stranger, visit) == VisitGone()
        assert await visits.other_days(town.desk(), stranger, visit) == VisitGone()
        assert await visits.move(town.desk(), stranger, visit, "passport/s1", visit) == VisitGone()
        assert await visits.cancel(town.desk(), stranger, visit, visit) == VisitGone()
    assert "v1" in town.calendar.booked


async def test_visits_of_an_account_are_behind_its_pin(town: Town):
    caller = await town.known(pin="482915")
    desk, visit = town.desk(), "passport/v1"
    assert await visits.book(desk, caller, "passport/s0", "t1") == PinNeeded()
    assert isinstance(await visits.book(desk, replace(caller, verified=True), "passport/s0", "t1"), Booked)
    assert await visits.mine(desk, caller) == PinNeeded()
    assert await visits.open(desk, caller, visit) == PinNeeded()
    assert await visits.other_days(desk, caller, visit) == PinNeeded()
    assert await visits.move(desk, caller, visit, "passport/s1", "t2") == PinNeeded()
    assert await visits.cancel(desk, caller, visit, "t3") == PinNeeded()
    assert type(await visits.open(desk, replace(caller, verified=True), visit)) is VisitShown


async def test_a_visit_for_a_sensitive_service_needs_the_pin_at_every_step(town: Town):
    passport = replace(town.services.services["passport"], sensitive=True)
    town.services = replace(town.services, services={**town.services.services, "passport": passport})
    for caller in (await town.caller(KAMRAN), await town.known(), await town.known(pin="482915")):
        desk, visit = town.desk(), "passport/v1"
        assert await visits.hold(desk, caller, PASSPORT, CENTRE.id, "passport/s0") == PinNeeded()
        assert await visits.book(desk, caller, "passport/s0", "t1") == PinNeeded()
        assert await visits.move(desk, caller, visit, "passport/s1", "t2") == PinNeeded()
        assert await visits.cancel(desk, caller, visit, "t3") == PinNeeded()
    assert "book" not in town.calendar.calls
    proven = await town.caller(verified=True)
    assert isinstance(await visits.hold(town.desk(), proven, PASSPORT, CENTRE.id, "passport/s0"), SlotChosen)
    assert isinstance(await visits.book(town.desk(), proven, "passport/s0", "t1"), Booked)


@pytest.mark.parametrize("words", ["Bring your card first ", ""])
async def test_a_no_of_the_ministry_is_told_in_its_own_words_or_as_said_without_any(town: Town, words: str):
    caller = await town.known()
    said = VisitRefused("Bring your card first") if words else VisitRefusedUnsaid()

    def no() -> None:
        town.calendar.write_fails = [(MinistryRefused("m", "422", words), False)]

    no()
    assert await visits.book(town.desk(), caller, "passport/s0", "t1") == said
    assert await visits.book(town.desk(), caller, "passport/s0", "t1") == said, "met again it is the same"
    [intent] = [kept.intent for kept in town.store.confirmed.values()]
    told = end_of(town.desk(), intent, intent.state, intent.result or {})
    assert told.text_id == ("notice.book_refused_reason" if words else "notice.book_refused")
    assert told.values.get("reason", "") == words.strip()
    assert isinstance(await visits.book(town.desk(), caller, "passport/s0", "t2"), Booked), "she may try again"
    no()
    assert await visits.move(town.desk(), caller, "passport/v1", "passport/s1", "t3") == said
    no()
    assert await visits.cancel(town.desk(), caller, "passport/v1", "t4") == said
    assert isinstance(await visits.open(town.desk(), caller, "passport/v1"), VisitShown), "it stands"


async def test_a_long_visit_id_is_shortened_to_be_said():
    from services.bookings import visit_number

    assert visit_number("v1") == "v1"
    assert visit_number("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b") == "2E3F4A5B"


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lost_move_is_looked_up(town: Town, carried_out):
    caller = await town.known()
    await visits.book(town.desk(), caller, "passport/s0", "t1")
    town.calendar.write_fails = [silence(carried_out)]
    told = await visits.move(town.desk(), caller, "passport/v1", "passport/s1", "t2")
    assert told == BeingProcessed()
    town.later(seconds=70)
    assert await resume_intents(town.desk()) == 1
    assert town.calendar.booked["v1"][1].slot.id == "s1"
    assert town.calendar.calls.count("move") == (1 if carried_out else 2)


async def test_where_and_when_it_waits(town: Town):
    desk, caller = town.desk(), await town.known()
    place = (BANK.name, BANK.address, "9-17")
    assert await pickups.find(desk, caller, "7002") == PickupOpen(*place, date(2026, 12, 1), movable=True)
    until = replace(CARD, pickup=Pickup(BANK, date(2026, 12, 1), date(2027, 1, 15)))
    town.ministry.files["7002"] = until
    days = date(2026, 12, 1), date(2027, 1, 15)
    assert await pickups.find(desk, caller, "7002") == PickupReady(*place, *days, movable=True)
    # Another place is not offered where the ministry has none for this one.
    town.ministry.files["7002"] = replace(until, pickup_choices=())
    assert await pickups.find(desk, caller, "7002") == PickupReady(*place, *days)
    assert await pickups.find(desk, caller, "7001") == PickupNotYet(Word("state.granted"))
    assert await pickups.find(desk, caller, "7999") == NotFound()
    for state, told in ((ApplicationState.REFUSED, Refused), (ApplicationState.ACTION_REQUIRED, ActionRequired)):
        town.ministry.files["7001"] = replace(AID, state=state)
        assert isinstance(await pickups.find(desk, caller, "7001"), told), "how it stands, and what is to be done"
    assert await pickups.find(desk, await town.known(KAMRAN), "7002") == StateOnly(Word("state.ready_for_pickup"))


async def test_another_place_is_chosen_where_the_ministry_allows_it(town: Town):
    desk, caller = town.desk(), await town.known()
    points = await pickups.choices(desk, caller, "7002")
    assert isinstance(points, PickupPoints) and [item.id for item in points.points] == [BANK.id, POST.id]
    post = (POST.name, POST.address, "10-16")
    assert await pickups.point(desk, caller, "7002", POST.id) == PointChosen(*post)
    assert await pickups.point(desk, caller, "7002", "nowhere") == ChoiceNotAllowed()
    assert await pickups.choose(desk, caller, "7002", POST.id, "p1") == PickupMoved(*post)
    assert await pickups.choose(desk, caller, "7002", POST.id, "p1") == PickupMoved(*post)
    assert town.ministry.asked.count("choose_pickup") == 1
    assert town.ministry.files["7002"].pickup.place == POST
    stranger = await town.known(KAMRAN)
    for reference in ("7001", "7999", "junk"):
        assert await pickups.choices(desk, caller, reference) == ChoiceNotAllowed()
        assert await pickups.choose(desk, stranger, "7002", BANK.id, "p2") == ChoiceNotAllowed()


async def test_a_place_that_she_left_may_be_chosen_anew(either_town: Town):
    town = either_town
    caller = await town.known()
    for token, place in (("p1", POST), ("p2", BANK), ("p3", POST), ("p4", BANK)):
        async with town.store.open() as records:
            moved = await pickups.choose(town.desk(records=records), caller, "7002", place.id, token)
        assert isinstance(moved, PickupMoved) and moved.place == place.name
        assert town.ministry.files["7002"].pickup.place == place


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lost_choice_does_not_follow_a_later_one(either_town: Town, carried_out: bool):
    town = either_town
    caller = await town.known()
    town.ministry.write_fails = [silence(carried_out)]
    for token, place, said in (("p1", POST, BeingProcessed), ("p2", BANK, PickupMoved)):
        async with town.store.open() as records:
            answer = await pickups.choose(town.desk(records=records), caller, "7002", place.id, token)
        assert isinstance(answer, said)
    for _ in range(3):
        town.later(seconds=70)
        await resume_intents(town.desk())
    assert town.ministry.files["7002"].pickup.place == BANK
    assert town.ministry.asked.count("choose_pickup") == 2


async def test_a_pickup_of_an_account_moves_only_with_its_pin(town: Town):
    caller = await town.known(pin="482915")
    assert await pickups.choices(town.desk(), caller, "7002") == PinNeeded()
    assert await pickups.point(town.desk(), caller, "7002", POST.id) == PinNeeded()
    assert await pickups.choose(town.desk(), caller, "7002", POST.id, "p1") == PinNeeded()


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lost_choice_is_looked_up(town: Town, carried_out):
    caller = await town.known()
    town.ministry.write_fails = [silence(carried_out)]
    assert await pickups.choose(town.desk(), caller, "7002", POST.id, "p1") == BeingProcessed()
    town.later(seconds=70)
    assert await resume_intents(town.desk()) == 1
    assert type(await pickups.choose(town.desk(), caller, "7002", POST.id, "p1")) is PickupMoved


async def test_what_a_service_needs_costs_and_takes(town: Town):
    desk, caller, word = town.desk(), await town.known(), Word("service.social_aid")
    assert await catalogue.open(desk, caller, word) == ServiceGone()
    assert await catalogue.open(desk, caller, "nothing") == ServiceGone()
    documents = ({"en": "ID card"}, {"en": "Proof of income", "az": "x"})
    fee = Money(500, "AZN")
    town.ministry.details = ServiceInfo("social_aid", documents, fee, 10)
    needs = "ID card; Proof of income"
    assert await catalogue.open(desk, caller, word) == ServiceShown(word, needs, fee, 10)
    town.ministry.details = ServiceInfo("social_aid", documents, Money(0, "AZN"))
    assert await catalogue.open(desk, caller, word) == ServiceFree(word, needs, 15)
    town.ministry.details = ServiceInfo("social_aid")
    assert await catalogue.open(desk, caller, word) == ServiceNeeds(word, "-")
    listed = await catalogue.services(desk, caller)
    assert [item.id for item in listed.services] == ["social_aid", "permit", "passport"]
