"""A ministry's event becomes a message: who is told, in which words, once, in order; or a dead letter with a reason."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import MinistryUnavailable
from domain.money import Money
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from i18n.text import Word
from services import visits
from services.event_order import News, judge
from services.event_ports import Progress
from services.notices import handle_events
from services.polling import poll
from services.ports import Intent, IntentState, LinkedBy
from services.records.event_inspection import EventInspection
from services.tidings import end_of
from services.values import Change, Place, Slot, Visit
from tests.amounts import amount
from tests.services.notice_office import RULES
from tests.services.town import AID, BANK, CARD, CENTRE, KAMRAN, LEYLA, PERMIT, ZONE, Places

AMOUNT = {"value": "312.40", "currency": "AZN"}
PLACE = {"name": "Bank branch 1", "address": "1 Nizami St"}


def contact(number=LEYLA, language="fr"):
    return {"msisdn": number.e164, "language": language}


async def test_granted_is_told_to_the_contact_of_the_event_in_its_language(notices):
    await notices.send(
        "application.granted", "7001", {"amount": AMOUNT, "contact": contact(KAMRAN), "sequence": 3}, sequence="3"
    )
    assert await notices.work() == 1
    (message,) = await notices.messages()
    assert (message.to, message.language, message.kind) == (KAMRAN.e164, "fr", "granted")
    assert message.text_id == "sms.granted_amount"
    assert message.values == {
        "service": Word("service.social_aid"), "reference": "7001", "amount": Money(31240, "AZN")
    }  # fmt: skip
    assert (message.source, message.subject) == ("aid", "7001")
    assert await notices.events() == [("handled", "told", 1)]
    # It said everything itself, so nobody was asked.
    assert notices.town.ministry.asked == []


@pytest.mark.parametrize(
    "id, told", [("bank-1", ("Banque 1", "1 rue Nizami")), ("x", ("Bank branch 1", "1 Nizami St"))]
)
async def test_a_place_that_the_pack_lists_is_told_in_her_language(notices, monkeypatch, id, told):
    """It is known by its id; of any other, the ministry's own words are told."""
    listed = Place("bank-1", "Bank branch 1", "1 Nizami St", names={"fr": "Banque 1"}, addresses={"fr": "1 rue Nizami"})
    monkeypatch.setattr(Places, "get", lambda self, place_id: listed if place_id == "bank-1" else None)
    data = {"place": {**PLACE, "id": id}, "contact": contact(), "sequence": 1}
    await notices.send("application.ready_for_pickup", "7002", data)
    await notices.work()
    (message,) = await notices.messages()
    assert (message.values["place"], message.values["address"]) == told


async def test_a_thin_event_is_read_from_the_ministry_and_told_to_whom_it_registered(notices):
    await notices.send("application.ready_for_pickup", "7002")
    await notices.work()
    (message,) = await notices.messages()
    assert (message.to, message.language, message.text_id) == (LEYLA.e164, "az", "sms.ready_from")
    assert message.values["place"] == "Bank branch 1" and message.values["available_from"] == date(2026, 12, 1)
    assert notices.town.ministry.asked == ["get"]


async def test_a_ministrys_own_word_that_says_only_that_something_changed(notices):
    await notices.send("az.decided", "70-01")
    await notices.work()
    (message,) = await notices.messages()
    assert message.text_id == "sms.granted_amount_until" and message.subject == "7001"


async def test_without_any_contact_the_linked_accounts_are_told_in_their_own_language(notices):
    notices.town.ministry.files["7001"] = replace(AID, contact=None)
    caller = await notices.town.known(KAMRAN)
    other = await notices.town.known(LEYLA)
    async with notices.store.open() as records:
        await records.links.add(caller.person.id, "social_aid", "7001", LinkedBy.FACT)
        # Only remembered, never proven.
        await records.links.add(other.person.id, "social_aid", "7001", LinkedBy.CONTACT)
    await notices.send("application.granted", "7001")
    await notices.work()
    assert [(message.to, message.language) for message in await notices.messages()] == [(KAMRAN.e164, "en")]


async def test_nobody_to_tell_is_a_dead_letter_that_can_be_replayed(notices):
    notices.town.ministry.files["7001"] = replace(AID, contact=None)
    await notices.send("application.granted", "7001")
    await notices.work()
    assert await notices.events() == [("dead", "no_recipient", 0)]
    desk = EventInspection(notices.store.sealer, notices.clock)
    async with notices.store.database.unit_of_work() as work:
        (dead,) = await desk.dead(work, 10)
        assert (dead.outcome, dead.source, dead.type) == ("no_recipient", "aid", "application.granted")
        assert [seen.id for seen in await desk.of_subject(work, "7001")] == [dead.id]
    notices.town.ministry.files["7001"] = AID
    async with notices.store.database.unit_of_work() as work:
        assert await desk.replay(work, dead.id) == 1
        assert await desk.replay(work, dead.id) == 0
        (again,) = await desk.of_subject(work, "7001")
        assert (again.state, again.received_at) == ("received", dead.received_at)
    await notices.work()
    assert await notices.events() == [("handled", "told", 1)] and len(await notices.messages()) == 1


async def test_a_number_from_the_event_is_of_this_country_and_mobile_or_it_is_not_written_to(notices):
    for strange in ("+37127000000", "+994124980000", "+882161234567", "abc", "+99450"):
        await notices.send("application.granted", "7001", {"contact": {"msisdn": strange}}, id=strange)
    await notices.work()
    full = {"amount": AMOUNT, "contact": contact(Msisdn("+37127000000")), "sequence": 2}
    await notices.send("application.granted", "8001", full)
    await notices.work()
    messages = await notices.messages()
    assert [(message.to, message.subject) for message in messages] == [(LEYLA.e164, "7001"), (LEYLA.e164, "8001")]


async def test_a_ministrys_number_makes_nobody_younger(notices):
    caller = await notices.town.known(LEYLA)
    notices.town.later(days=80)
    await notices.send("application.granted", "7001")
    await notices.work()
    notices.town.later(days=11)
    await notices.send("application.ready_for_pickup", "7002")
    await notices.work()
    granted, ready = await notices.messages()
    assert granted.text_id == "sms.granted_amount_until" and granted.person == ready.person == caller.person.id
    assert (ready.text_id, ready.values) == ("sms.stale", {})


async def test_a_number_that_is_anothers_now_hears_nothing_of_the_one_before(notices):
    before = await notices.town.known(LEYLA)
    async with notices.store.open() as records:
        await records.people.end_number(LEYLA, before.person.id)
    await notices.send("application.granted", "7001")
    await notices.work()
    await notices.town.known(LEYLA)
    await notices.send("application.ready_for_pickup", "7002")
    await notices.work()
    assert await notices.messages() == []
    assert [outcome for _, outcome, _ in await notices.events()] == ["no_recipient", "no_recipient"]


async def test_a_sensitive_service_is_never_named(notices):
    await notices.send("application.granted", "8001")
    await notices.work()
    (message,) = await notices.messages()
    assert (message.text_id, message.values) == ("sms.sensitive_application", {"reference": "8001"})
    assert "permit" not in str(message.values) and notices.town.ministry.files["8001"] == PERMIT


async def test_a_source_speaks_of_its_own_services_only(notices):
    await notices.send("application.granted", "7001", source="asan")
    await notices.work()
    assert await notices.events() == [("dead", "not_theirs", 0)]


async def test_unknown_types_are_kept_and_ignored(notices):
    await notices.send("x.y", "7001", {"zzz": 1})
    await notices.work()
    assert await notices.events() == [("handled", "ignored", 0)] and notices.counted["aid", "ignored"] == 1


async def test_an_unknown_application_is_tried_again_and_in_the_end_a_dead_letter(notices):
    await notices.send("application.granted", "7999")
    await notices.work()
    assert await notices.events() == [("parked", "unknown_subject", 0)]
    assert await notices.work() == 0  # not before its pause is over
    for _ in range(40):
        notices.town.later(minutes=50)
        await notices.work()
    assert await notices.events() == [("dead", "unknown_subject", 0)]
    assert await notices.messages() == []


async def test_an_event_that_came_before_its_application_is_told_once_it_is_there(notices):
    await notices.send("application.granted", "7999")
    await notices.work()
    notices.town.ministry.files["7999"] = replace(AID, reference="7999")
    notices.town.later(seconds=6)
    await notices.work()
    assert await notices.events() == [("handled", "told", 1)]


async def test_a_ministry_that_is_away_costs_no_event(notices):
    notices.town.ministry.fails = MinistryUnavailable("aid", "away")
    await notices.send("application.granted", "7001")
    await notices.work()
    assert await notices.events() == [("parked", "ministry_away", 0)]
    notices.town.ministry.fails = None
    notices.town.later(hours=1)
    await notices.work()
    assert len(await notices.messages()) == 1


async def test_a_fault_of_ours_costs_no_event(notices):
    notices.town.ministry.fails = RuntimeError("leyla +994501234567")
    await notices.send("application.granted", "7001")
    await notices.work()
    assert await notices.events() == [("parked", "failed", 0)]


async def test_doubled_under_another_id_is_told_once(notices):
    for id in ("a", "b"):
        await notices.send(
            "application.granted", "7001", {"amount": AMOUNT, "contact": contact(), "sequence": 2}, id=id
        )
    for id in ("c", "d"):
        await notices.send("application.ready_for_pickup", "7002", id=id)
    await notices.work()
    told = [message.text_id for message in await notices.messages()]
    assert sorted(told) == ["sms.granted_amount", "sms.ready_from"], "two references are handled side by side"
    assert sorted(outcome for _, outcome, _ in await notices.events()) == ["stale", "stale", "told", "told"]


async def test_granted_and_refused_at_one_sequence_never_both_reach_her(notices):
    await notices.send("application.granted", "7001", {"amount": AMOUNT, "contact": contact(), "sequence": 2})
    await notices.send("application.refused", "7001", {"reason": "no", "contact": contact(), "sequence": 2})
    await notices.work()
    assert [message.kind for message in await notices.messages()] == ["granted"]
    assert [state for state, _, _ in await notices.events()] == ["handled", "dead"]
    assert notices.counted["aid", "conflict"] == 1


async def test_without_a_sequence_the_ministry_decides_between_granted_and_refused(notices):
    """It says granted: the refusal contradicts it, whoever signed it."""
    await notices.send("application.refused", "7001", {"reason": "no", "contact": contact()})
    await notices.send("application.granted", "7001", {"amount": AMOUNT, "contact": contact()})
    await notices.work()
    assert [message.kind for message in await notices.messages()] == ["granted"]
    assert (await notices.events())[0][:2] == ("dead", "conflict")


async def test_a_decision_turned_round_is_believed_from_the_ministry_only(notices):
    await notices.send("application.granted", "7001", {"amount": AMOUNT, "contact": contact(), "sequence": 2})
    await notices.send("application.refused", "7001", {"reason": "no", "contact": contact(), "sequence": 3})
    await notices.work()
    assert [state for state, _, _ in await notices.events()] == ["handled", "dead"]
    notices.town.ministry.files["7001"] = replace(AID, state=ApplicationState.REFUSED, reason={"": "on appeal"})
    await notices.send("application.refused", "7001", {"reason": "no", "contact": contact(), "sequence": 4})
    await notices.work()
    assert [message.kind for message in await notices.messages()] == ["granted", "refused"]


async def test_a_refusal_after_the_card_waits_is_believed_from_the_ministry_only(notices):
    """Granted, then ready: a refusal turns both round, and the record says the card waits still."""
    await notices.send("application.granted", "7002", {"amount": AMOUNT, "contact": contact(), "sequence": 2})
    await notices.send("application.ready_for_pickup", "7002", {"place": PLACE, "contact": contact(), "sequence": 3})
    await notices.send("application.refused", "7002", {"reason": "no", "contact": contact(), "sequence": 4})
    await notices.work()
    assert "refused" not in [message.kind for message in await notices.messages()]
    assert [state for state, _, _ in await notices.events()].count("dead") == 1


async def test_late_events_tell_what_is_so_now_and_only_once(notices):
    """Received, granted and ready come in any order, when the card waits already: she is told that, once."""
    for type in ("application.granted", "application.ready_for_pickup", "application.received"):
        await notices.send(type, "7002")
    await notices.work()
    assert [message.kind for message in await notices.messages()] == ["ready_for_pickup"]


async def test_an_older_sequence_tells_nobody(notices):
    steps = [("granted", 3, {"amount": AMOUNT}), ("in_review", 2, {}), ("received", 1, {})]
    for type, sequence, data in steps:
        await notices.send(f"application.{type}", "7001", {**data, "contact": contact(), "sequence": sequence})
    await notices.work()
    assert [message.kind for message in await notices.messages()] == ["granted"]


async def test_what_a_ministry_cannot_be_asked_about_goes_by_time(notices):
    def at(minute):
        return datetime(2026, 11, 23, 5, minute, tzinfo=UTC).isoformat()

    await notices.send("application.granted", "7001", {"contact": contact()}, source="blind", time=at(30))
    await notices.send("application.received", "7001", {"contact": contact()}, source="blind", time=at(10))
    await notices.work()
    assert [message.kind for message in await notices.messages()] == ["granted"]
    assert notices.town.ministry.asked == []


@pytest.mark.parametrize(
    "dates",
    [
        {"available_from": "2001-01-01"},
        {"available_from": "2026-11-24", "available_until": "2026-11-23"},
        {"available_until": "2026-11-20"},
        {"available_from": "2036-11-20"},
    ],
)
async def test_dates_that_cannot_be_meant_are_held(notices, dates):
    data = {"place": PLACE, "contact": contact(), "sequence": 1, **dates}
    await notices.send("application.ready_for_pickup", "7001", data)
    await notices.work()
    assert await notices.events() == [("dead", "implausible_date", 0)] and await notices.messages() == []


async def test_in_binary_mode_the_ministry_is_asked_whatever_the_headers_say(notices):
    data = {"amount": AMOUNT, "contact": contact(), "sequence": 9}
    await notices.send("application.refused", "7001", data, guichetbinary=True)
    await notices.work()
    assert await notices.events() == [("dead", "conflict", 0)]


async def test_a_visit_booked_for_us_is_told_to_who_booked_it(notices):
    caller = await notices.town.known(KAMRAN)
    data = {
        "category": "passport", "starts_at": "2026-11-25T09:00:00+04:00", "place": PLACE, "by": "citizen",
        "participant": caller.person.applicant, "sequence": 1,
    }  # fmt: skip
    await notices.send("appointment.booked", "v-1", data, source="asan")
    await notices.send(
        "appointment.moved", "v-1", {**data, "starts_at": "2026-11-26T10:00:00+04:00", "sequence": 2}, source="asan"
    )
    await notices.work()
    booked, moved = await notices.messages()
    assert (booked.to, booked.text_id, moved.text_id) == (KAMRAN.e164, "sms.visit_booked", "sms.visit_moved")
    assert moved.values["day"] == datetime(2026, 11, 26, 10, tzinfo=ZONE)
    assert await notices.waiting() == {"appointment_reminder": datetime(2026, 11, 25, 10, tzinfo=ZONE)}
    await notices.send("appointment.cancelled", "v-1", {**data, "by": "centre", "sequence": 3}, source="asan")
    await notices.work()
    assert (await notices.messages())[-1].text_id == "sms.visit_cancelled_by_office"
    assert await notices.waiting() == {}


async def test_the_mobile_unit_comes_to_her_place(notices):
    data = {
        "starts_at": "2026-11-27T09:00:00", "ends_at": "2026-11-27T17:00:00", "place": PLACE,
        "contact": contact(), "sequence": 1,
    }  # fmt: skip
    await notices.send("unit.moved", "unit-7", data, source="asan")
    await notices.work()
    (message,) = await notices.messages()
    assert message.text_id == "sms.unit_coming_at" and message.values["opens"] == datetime(2026, 11, 27, 9, tzinfo=ZONE)


async def test_what_it_cannot_be_said_without_is_a_dead_letter(notices):
    await notices.send("appointment.booked", "v-1", {"contact": contact(), "sequence": 1}, source="asan")
    await notices.work()
    assert await notices.events() == [("dead", "incomplete", 0)]


async def test_not_collected_yet_is_said_a_week_later_if_it_still_waits(notices):
    await notices.send("application.ready_for_pickup", "7002")
    await notices.work()
    due = datetime(2026, 12, 8, 10, tzinfo=ZONE)
    assert (await notices.waiting())["not_collected"] == due
    assert await notices.fire() == 0
    notices.clock.advance(due - notices.clock.now())
    await notices.fire()
    assert [message.text_id for message in await notices.messages()][1:] == ["sms.not_collected"]
    assert await notices.fire() == 0


async def test_a_place_is_called_as_her_language_calls_it(notices, monkeypatch):
    """The door's name is another language's: of what waits for her, of her visit, of what became of her booking."""
    languages = {"az": "Yer", "en": "Place", "fr": "Lieu"}
    known = {place.id: replace(place, names=languages) for place in (CENTRE, CARD.pickup.place)}
    monkeypatch.setattr(Places, "get", lambda self, place_id: known.get(place_id))
    caller = await notices.town.known(KAMRAN)
    starts = datetime(2026, 12, 9, 9, tzinfo=ZONE)
    data = {"starts_at": starts.isoformat(), "participant": caller.person.applicant, "sequence": 1}
    await notices.send("application.ready_for_pickup", "7002")
    await notices.send("appointment.booked", "v-1", data, source="asan")
    await notices.work()
    visit = Visit("v-1", Slot("s", "passport", "centre-1", starts))
    notices.town.calendar.booked["v-1"] = (caller.person.applicant, visit)
    notices.clock.advance(datetime(2026, 12, 8, 10, tzinfo=ZONE) - notices.clock.now())
    await notices.fire()
    told = {message.kind: message for message in await notices.messages()}
    for kind in ("not_collected", "appointment_reminder"):
        assert told[kind].values["place"] == languages[told[kind].language], kind
    made = {"place_id": CENTRE.id, "starts": starts.isoformat(), "visit": "v-1"}
    intent = Intent(UUID(int=1), caller.person.id, "book", "passport", IntentState.DONE, {}, notices.clock.now())
    promised = end_of(notices.town.desk(), intent, IntentState.DONE, made)
    assert [promised.values_in(language)["place"] for language in languages] == list(languages.values())


async def test_what_was_collected_meanwhile_is_not_reminded_of(notices):
    await notices.send("application.ready_for_pickup", "7002")
    await notices.work()
    notices.town.ministry.files["7002"] = replace(CARD, state=ApplicationState.COLLECTED)
    notices.town.later(days=20)
    await notices.fire()
    assert len(await notices.messages()) == 1
    await notices.send("application.collected", "7002")
    await notices.work()
    assert (await notices.events())[-1] == ("handled", "nobody", 0)


async def test_a_reminder_that_fires_twice_is_said_once(notices):
    """The worker dies after it told and before it looks back: the timer is done with the telling."""
    await notices.send("application.ready_for_pickup", "7002")
    await notices.work()
    notices.town.later(days=20)
    desk = notices.town.desk()
    from services.reminders import TIMER_HANDLERS

    async with desk.open_records() as records:
        (timer,) = await records.timers.claim(10, 60)
    await TIMER_HANDLERS[timer.kind](desk, timer)
    notices.town.later(minutes=2)
    assert await notices.fire() == 0
    assert [message.kind for message in await notices.messages()] == ["ready_for_pickup", "not_collected"]


@pytest.mark.parametrize(("due", "text"), [(23, "sms.in_review"), (22, "sms.in_review_no_due")])
async def test_a_day_that_has_gone_by_is_promised_no_more(notices, due, text):
    waiting = replace(AID, state=ApplicationState.IN_REVIEW, due_on=date(2026, 11, due), amount=None, until=None)
    notices.town.ministry.files["7001"] = waiting
    await notices.send("application.in_review", "7001")
    await notices.work()
    (message,) = await notices.messages()
    assert (message.text_id, "due" in message.values) == (text, text == "sms.in_review")


async def test_fifteen_working_days_without_a_decision(notices):
    waiting = replace(AID, state=ApplicationState.IN_REVIEW, due_on=date(2026, 11, 30), amount=None, until=None)
    notices.town.ministry.files["7001"] = waiting
    await notices.send("application.in_review", "7001")
    await notices.work()
    assert await notices.waiting() == {"days_passed": datetime(2026, 12, 1, 10, tzinfo=ZONE)}
    notices.town.later(days=9)
    await notices.fire()
    message = (await notices.messages())[-1]
    assert (message.kind, message.values["days"]) == ("days_passed", 15)
    notices.town.ministry.files["7001"] = AID
    await notices.send("application.granted", "7001")
    await notices.work()
    assert list(await notices.waiting()) == ["term_ending"]


async def test_the_end_of_the_term_is_told_a_month_before_and_not_once_it_was_prolonged(notices):
    await notices.send("application.granted", "7001")
    await notices.work()
    due = datetime(2028, 10, 21, 10, tzinfo=ZONE)
    assert (await notices.waiting())["term_ending"] == due
    notices.town.ministry.files["7001"] = replace(AID, until=date(2029, 11, 20))
    notices.clock.advance(due - notices.clock.now())
    await notices.fire()
    assert len(await notices.messages()) == 1
    later = datetime(2029, 10, 21, 10, tzinfo=ZONE)
    assert (await notices.waiting())["term_ending"] == later
    notices.clock.advance(later - notices.clock.now())
    await notices.fire()
    # She has not called for three years: that there is something, and no word of what.
    assert [message.text_id for message in await notices.messages()][1:] == ["sms.stale"]


async def test_the_day_before_a_visit_the_calendar_is_looked_at_again(notices):
    caller = await notices.town.known(KAMRAN)
    starts = datetime(2026, 11, 26, 9, tzinfo=ZONE)
    data = {"starts_at": starts.isoformat(), "participant": caller.person.applicant, "sequence": 1}
    for id in ("v-1", "v-2"):
        await notices.send("appointment.booked", id, data, source="asan")
    await notices.work()
    visit = Visit("v-1", Slot("s", "passport", "centre-1", starts))
    notices.town.calendar.booked["v-1"] = (caller.person.applicant, visit)
    notices.town.later(days=2, hours=1)
    await notices.fire()
    reminded = [message for message in await notices.messages() if message.kind == "appointment_reminder"]
    assert [(message.subject, message.values["place"]) for message in reminded] == [("v-1", "Service Centre 1")]
    assert reminded[0].expires_at == starts


async def test_what_was_booked_on_the_phone_is_reminded_of_until_it_is_cancelled(notices):
    caller = await notices.town.known(LEYLA)
    await visits.book(notices.town.desk(), caller, "passport/s0", "token-1")
    assert await notices.waiting() == {"appointment_reminder": datetime(2026, 11, 24, 10, tzinfo=ZONE)}
    await visits.move(notices.town.desk(), caller, "passport/v1", "passport/s1", "token-2")
    notices.town.later(days=1, hours=1)
    await notices.fire()
    (message,) = await notices.messages()
    assert (message.kind, message.to, message.source) == ("appointment_reminder", LEYLA.e164, "guichet")
    assert message.values["time"].hour == 10
    await visits.book(notices.town.desk(), caller, "passport/s2", "token-3")
    await visits.cancel(notices.town.desk(), caller, "passport/v2", "token-4")
    assert await notices.waiting() == {}


async def test_a_worker_that_dies_with_an_event_loses_it_to_another(notices):
    await notices.send("application.granted", "7001")
    async with notices.store.open() as records:
        (held,) = await records.events.claim(10, 60)
    assert await notices.work() == 0
    notices.town.later(seconds=61)
    async with notices.store.open() as records:
        (taken,) = await records.events.claim(10, 60)
        # The dead one wakes up: its claim is worth nothing.
        assert not await records.events.handled(held, "told", 1)
        assert await records.events.park(taken, "again", notices.clock.now())
    assert await notices.work() == 1
    assert len(await notices.messages()) == 1


async def test_workers_that_claim_at_once_get_different_events(notices):
    for _ in range(20):
        await notices.send("application.granted", "7001")

    async def claim():
        async with notices.store.open() as records:
            taken = await records.events.claim(5, 60)
            await asyncio.sleep(0.2)
            return [event.id for event in taken]

    claimed = [id for ids in await asyncio.gather(*(claim() for _ in range(4))) for id in ids]
    assert len(claimed) == len(set(claimed)) == 20


async def test_many_workers_at_once_tell_each_event_once(notices):
    for number in range(30):
        reference = str(7300 + number % 10)
        notices.town.ministry.files[reference] = replace(AID, reference=reference)
        await notices.send("application.granted", reference)
    counted = []
    desks = [notices.town.desk() for _ in range(4)]
    for _ in range(4):
        await asyncio.gather(*(handle_events(desk, RULES, lambda *seen: counted.append(seen), 5) for desk in desks))
        notices.town.later(seconds=1)
    assert {state for state, _, _ in await notices.events()} == {"handled"}
    messages = await notices.messages()
    assert sorted(message.subject for message in messages) == [str(7300 + number) for number in range(10)]


STEPS = [("received", {}), ("in_review", {}), ("granted", {"amount": AMOUNT}), ("ready_for_pickup", {"place": PLACE})]


@pytest.mark.long
@settings(
    max_examples=amount(8, 25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_in_any_order_and_number_the_last_word_is_the_ministrys(notices, data):
    """Full events with a sequence, doubled and shuffled, in batches: never told twice, never back in time, and what
    is told last is what came last in the ministry."""
    reference = str(data.draw(st.integers(7400, 7999), label="reference"))
    async with notices.store.database.engine.begin() as connection:
        from sqlalchemy import text

        for table in ("sms_messages", "timers", "event_subjects", "ministry_events"):
            await connection.execute(text(f"DELETE FROM {table}"))
    sent = data.draw(st.lists(st.sampled_from(range(4)), min_size=4, max_size=9).filter(lambda got: 3 in got))
    for number, step in enumerate(sent):
        type, facts = STEPS[step]
        body = {**facts, "contact": contact(), "sequence": step}
        await notices.send(f"application.{type}", reference, body, id=f"{reference}-{number}-{notices.numbers}")
        if data.draw(st.booleans(), label="work now"):
            await notices.work()
    await notices.work(3)
    kinds = [message.kind for message in await notices.messages()]
    order = [type for type, _ in STEPS]
    assert len(kinds) == len(set(kinds)) and kinds == sorted(kinds, key=order.index)
    assert kinds[-1] == "ready_for_pickup"
    assert {state for state, _, _ in await notices.events()} == {"handled"}


FACTS = st.dictionaries(st.sampled_from(["amount", "until"]), st.sampled_from("12"))


@given(
    known=st.builds(Progress, st.sampled_from("ab"), FACTS, st.none() | st.integers(0, 3)),
    come=st.builds(Progress, st.sampled_from("ab"), FACTS, st.none() | st.integers(0, 3)),
    read=st.booleans(),
)
def test_the_same_is_never_news(known, come, read):
    differ = [name for name in known.facts.keys() & come.facts.keys() if known.facts[name] != come.facts[name]]
    if known.told_type == come.told_type and not differ:
        assert judge(known, come, read=read) is News.STALE
    if known.sequence is not None and come.sequence is not None and come.sequence <= known.sequence:
        assert judge(known, come, read=read) is not News.NEW


async def test_a_ministry_that_cannot_push_is_polled(notices):
    source, desk = RULES.sources["slow"], notices.town.desk()
    ministry, start = notices.town.ministry, notices.clock.now()
    ministry.changes = [Change("7001", start - timedelta(days=1))]
    assert await poll(desk, source) == 0  # what was before the first look is no news
    notices.town.later(seconds=30)
    ministry.changes.append(Change("7002", notices.clock.now()))
    assert await poll(desk, source) == 1
    assert await poll(desk, source) == 0  # read again, and known again
    async with notices.store.open() as records:
        come = await records.events.progress("poll:slow", "(cursor social_aid)")
        assert come.happened_at == start  # five minutes back, and never before the first look
    await notices.work()
    (message,) = await notices.messages()
    assert (message.kind, message.source, message.subject) == ("ready_for_pickup", "slow", "7002")


async def test_a_poll_that_fails_half_way_loses_nothing(notices):
    source, desk = RULES.sources["slow"], notices.town.desk()
    await poll(desk, source)
    notices.town.later(seconds=30)
    notices.town.ministry.changes = [Change("7002", notices.clock.now())]
    notices.town.ministry.fails = MinistryUnavailable("slow", "away")
    with pytest.raises(MinistryUnavailable):
        await poll(desk, source)
    notices.town.ministry.fails = None
    notices.town.later(seconds=30)
    assert await poll(desk, source) == 1


async def test_a_place_that_changed_is_news(notices):
    await notices.send("application.ready_for_pickup", "7002")
    await notices.work()
    notices.town.ministry.files["7002"] = replace(
        CARD, pickup=replace(CARD.pickup, place=replace(BANK, name="Branch 9"))
    )
    await notices.send("application.ready_for_pickup", "7002")
    await notices.work()
    assert [message.values["place"] for message in await notices.messages()] == ["Bank branch 1", "Branch 9"]


async def test_erased_meanwhile_she_is_met_anew(notices):
    """What a ministry registered leads to a number, not to what we kept of a person."""
    caller = await notices.town.known(LEYLA)
    async with notices.store.open() as records:
        await records.people.forget(caller.person.id)
    await notices.send("application.granted", "7001")
    await notices.work()
    (message,) = await notices.messages()
    assert message.person != caller.person.id and Msisdn.parse(message.to) == LEYLA


# --- what no rule of the pack knows -----------------------------------------------------------------------


async def test_a_reference_that_fits_no_rule_is_looked_for_at_the_ministry_for_a_day(notices):
    full = {"amount": AMOUNT, "contact": contact(), "sequence": 2}
    await notices.send("application.granted", "X-55", full)
    await notices.work()
    assert await notices.events() == [("parked", "unknown_subject", 0)]
    notices.town.ministry.files["X-55"] = replace(AID, reference="X-55")
    notices.town.later(minutes=1)
    await notices.work()
    assert await notices.events() == [("handled", "told", 1)]
    (message,) = await notices.messages()
    assert message.values["service"] == Word("service.social_aid")


async def test_its_record_says_of_which_service_it_is_and_whether_that_is_theirs(notices):
    notices.town.ministry.files["X-56"] = replace(PERMIT, reference="X-56")
    notices.town.ministry.files["X-57"] = replace(AID, reference="X-57", service="passport")
    await notices.send("application.granted", "X-56")
    await notices.send("application.granted", "X-57")
    await notices.work()
    assert await notices.events() == [("handled", "told", 1), ("dead", "not_theirs", 0)]
    assert [message.text_id for message in await notices.messages()] == ["sms.sensitive_application"]


async def test_a_mobile_unit_that_names_no_service_comes_for_all(notices):
    stop = {
        "place": {"name": "Village square"},
        "starts_at": "2026-12-01T09:00:00+04:00",
        "ends_at": "2026-12-01T17:00:00+04:00",
        "contact": contact(KAMRAN),
        "sequence": 1,
    }
    await notices.send("unit.moved", "unit-3", stop)
    await notices.work()
    (message,) = await notices.messages()
    assert (message.to, message.text_id, message.values["place"]) == (KAMRAN.e164, "sms.unit_coming", "Village square")


async def test_a_visit_is_told_with_the_packs_name_of_its_place(notices):
    booked = {
        "category": "passport",
        "place": {"id": "centre-1", "name": "CENTRE No. 1 (MAIN BUILDING)"},
        "starts_at": "2026-12-01T09:00:00+04:00",
        "contact": contact(),
        "sequence": 1,
    }
    await notices.send("appointment.booked", "v-1", booked, source="asan")
    await notices.work()
    (message,) = await notices.messages()
    assert message.values["place"] == "Service Centre 1"
