"""The same news is told once, old news never: however it comes, however it is spelt, whatever happens meanwhile."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from domain.errors import MinistryUnavailable
from domain.reference import spellings
from services.event_sources import Source
from services.polling import poll
from services.records.callbacks import SqlCallbacks
from services.records.event_inspection import EventInspection
from services.records.tables import CALLBACKS, EVENTS, SUBJECTS, TIMERS
from services.reminders import TIMER_HANDLERS
from services.timers import fire_timers
from services.values import Change, ChangePage
from sms.records.inspection import Inspection, NotResent
from sms.states import FINAL, MessageState
from sms.tables import MESSAGES
from tests.services.town import AID, KAMRAN, LEYLA, SERVICES, ZONE

AMOUNT = {"value": "250.50", "currency": "AZN"}
CONTACT = {"msisdn": LEYLA.e164}


def kinds(messages):
    return [message.kind for message in messages]


# --- the same news --------------------------------------------------------------------------------------


async def test_a_full_event_then_a_thin_one_are_one_piece_of_news(notices):
    """The ministry's record knows until when; the event did not. And then the event again, by itself."""
    await notices.send("application.granted", "7001", {"amount": AMOUNT, "contact": CONTACT, "sequence": 1})
    await notices.send("application.granted", "7001", {"contact": CONTACT, "sequence": 2})
    await notices.send("application.changed", "7001")
    await notices.send("application.granted", "7001", {"amount": AMOUNT, "contact": CONTACT, "sequence": 3})
    await notices.work(3)
    assert [message.text_id for message in await notices.messages()] == ["sms.granted_amount"]


async def test_a_place_without_its_address_is_the_same_place(notices):
    full = {"place": {"name": " bank  Branch 1"}, "contact": CONTACT, "sequence": 1}
    await notices.send("application.ready_for_pickup", "7002", full)
    await notices.send("application.ready_for_pickup", "7002")
    await notices.work()
    assert kinds(await notices.messages()) == ["ready_for_pickup"]


async def test_what_was_learnt_without_telling_is_news_once_it_changes(notices):
    await notices.send("application.granted", "7001", {"amount": AMOUNT, "contact": CONTACT, "sequence": 1})
    await notices.send("application.granted", "7001", {"contact": CONTACT, "sequence": 2})
    await notices.work()
    notices.town.ministry.files["7001"] = replace(AID, until=date(2030, 1, 1))
    await notices.send("application.granted", "7001", {"contact": CONTACT, "sequence": 3})
    await notices.work()
    first, second = await notices.messages()
    assert "until" not in first.values and second.values["until"] == date(2030, 1, 1)


async def test_a_reason_is_the_same_in_whichever_language_it_comes(notices):
    reasons = [{"az": "Gəlir"}, {"az": "Gəlir", "en": "Income"}, {"en": "Income"}]
    for sequence, reason in enumerate(reasons):
        data = {"reason": reason, "contact": CONTACT, "sequence": sequence}
        await notices.send("application.refused", "7003", data, source="blind")
    await notices.work()
    assert kinds(await notices.messages()) == ["refused"]
    other = {"reason": {"en": "No papers"}, "contact": CONTACT, "sequence": 4}
    await notices.send("application.refused", "7003", other, source="blind")
    await notices.work()
    assert kinds(await notices.messages()) == ["refused", "refused"]


async def test_what_was_told_is_kept_sealed(notices):
    await notices.send("application.granted", "7001", {"amount": AMOUNT, "contact": CONTACT, "sequence": 1})
    await notices.work()
    async with notices.store.database.unit_of_work() as work:
        (kept,) = (await work.execute(select(SUBJECTS.c.told_digest))).scalars()
    assert b"amount" not in kept


# --- visits ---------------------------------------------------------------------------------------------


async def test_a_cancelled_visit_is_not_booked_again_by_a_late_event(notices):
    data = {"starts_at": "2026-11-25T09:00:00+04:00", "contact": CONTACT}
    await notices.send("appointment.cancelled", "v-1", data, source="asan", time=None)
    await notices.work()
    await notices.send("appointment.booked", "v-1", data, source="asan", time=None)
    await notices.work()
    assert kinds(await notices.messages()) == ["appointment_cancelled"]
    assert (await notices.events())[1] == ("dead", "conflict", 0)
    assert await notices.waiting() == {}
    # With a word on when, it is.
    await notices.send("appointment.booked", "v-2", {**data, "sequence": 1}, source="asan", time=None)
    await notices.send("appointment.cancelled", "v-2", {**data, "sequence": 2}, source="asan", time=None)
    await notices.send("appointment.booked", "v-2", {**data, "sequence": 3}, source="asan", time=None)
    await notices.work()
    assert kinds(await notices.messages())[1:] == [f"appointment_{word}" for word in ("booked", "cancelled", "booked")]


# --- reminders ------------------------------------------------------------------------------------------


async def booked(notices, starts, sequence=1, type="booked"):
    data = {"starts_at": starts.isoformat(), "contact": CONTACT, "sequence": sequence}
    await notices.send(f"appointment.{type}", "v-1", data, source="asan")
    await notices.work()


@pytest.mark.parametrize("meanwhile", ["moved", "cancelled"])
async def test_a_visit_that_moves_while_its_reminder_fires_is_not_reminded_of(notices, meanwhile):
    starts = datetime(2026, 11, 26, 9, tzinfo=ZONE)
    await booked(notices, starts)
    notices.town.later(days=2, hours=1)
    desk = notices.town.desk()
    async with desk.open_records() as records:
        (timer,) = await records.timers.claim(10, 60)
    await booked(notices, starts + timedelta(days=7), 2, meanwhile)
    await TIMER_HANDLERS[timer.kind](desk, timer)
    assert kinds(await notices.messages()) == ["appointment_booked", f"appointment_{meanwhile}"]


async def timers(notices, count):
    person = await notices.town.known(LEYLA)
    async with notices.store.open() as records:
        for number in range(count):
            await records.timers.set(
                person.person.id, "slow", "aid", str(number), {"number": number}, notices.clock.now()
            )


async def test_timers_do_not_wait_for_one_another(notices):
    """Two by two they meet: in a row the first would wait for ever. None is claimed long before its turn."""
    await timers(notices, 20)
    meet, under_way, most = asyncio.Barrier(2), 0, 0

    async def slow(desk, timer):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        async with notices.store.open() as records:
            claimed = await records.timers.sealed.work.execute(
                select(TIMERS.c.id).where(TIMERS.c.state == "waiting", TIMERS.c.claim_token.is_not(None))
            )
            assert len(claimed.all()) <= 8
        await meet.wait()
        under_way -= 1

    async with asyncio.timeout(30):
        assert await fire_timers(notices.town.desk(), {"slow": slow}) == 20
    assert 2 <= most <= 8


async def test_a_timer_that_never_goes_well_is_given_up_where_it_is_seen(notices, caplog):
    await timers(notices, 1)
    given_up = []

    async def broken(desk, timer):
        raise RuntimeError("leyla +994501234567")

    for _ in range(14):
        await fire_timers(notices.town.desk(), {"slow": broken}, given_up=given_up.append)
        notices.town.later(hours=7)
    assert given_up == ["slow"]
    (last,) = [record for record in caplog.records if "given up" in record.getMessage()]
    assert last.levelname == "ERROR" and "+994" not in caplog.text and "leyla" not in caplog.text


async def test_one_timer_with_a_broken_seal_stops_no_other(notices, caplog):
    await timers(notices, 3)
    async with notices.store.database.unit_of_work() as work:
        first = (await work.execute(select(TIMERS.c.id).order_by(TIMERS.c.id).limit(1))).scalar_one()
        await work.execute(update(TIMERS).where(TIMERS.c.id == first).values(sealed=b"broken"))
    seen = []

    async def look(desk, timer):
        seen.append(timer.facts["number"])

    assert await fire_timers(notices.town.desk(), {"slow": look}) == 2 and sorted(seen) == [1, 2]
    assert str(first) in caplog.text and await notices.waiting() == {}


# --- back to the ministry -------------------------------------------------------------------------------


async def undelivered(notices, *references):
    for reference in references:
        await notices.send("application.granted", reference, {"contact": CONTACT})
    kept = SqlCallbacks(notices.store.sealer, notices.clock, notices.store.ids, frozenset({"aid"}))
    async with notices.store.database.unit_of_work() as work:
        for id in (await work.execute(select(EVENTS.c.id))).scalars().all():
            await kept.undelivered(work, id, "expired")
            await kept.undelivered(work, id, "not_delivered")
    return kept


async def test_that_a_message_did_not_arrive_is_told_once(notices):
    kept = await undelivered(notices, "7001", "7002")
    async with notices.store.database.unit_of_work() as work:
        told = await kept.claim(work, 10, 60)
    assert len(told) == 2 and all(b"expired" in callback.body for callback in told)


async def test_one_callback_with_a_broken_seal_stops_no_other(notices, caplog):
    kept = await undelivered(notices, "7001", "7002")
    async with notices.store.database.unit_of_work() as work:
        first = (await work.execute(select(CALLBACKS.c.id).order_by(CALLBACKS.c.id).limit(1))).scalar_one()
        await work.execute(update(CALLBACKS).where(CALLBACKS.c.id == first).values(body=b"broken"))
    async with notices.store.database.unit_of_work() as work:
        assert len(await kept.claim(work, 10, 60)) == 1
    async with notices.store.database.unit_of_work() as work:
        states = (await work.execute(select(CALLBACKS.c.state).where(CALLBACKS.c.id == first))).scalars().all()
    assert states == ["dead"] and str(first) in caplog.text


# --- lists of changes -----------------------------------------------------------------------------------

TWO = Source("slow", "slow", ("social_aid", "permit"), poll_seconds=30.0)


class Lists:
    """A ministry that lists each service's changes by themselves."""

    def __init__(self, of):
        self.of, self.away = of, set()

    async def changed(self, service, since, deadline, place=""):
        if service in self.away:
            raise MinistryUnavailable(service, "away")
        return ChangePage(tuple(change for change in self.of.get(service, []) if change.at >= since))


def desk_of(notices, lists):
    class Routes:
        def applications(self, service):
            return lists

    return replace(notices.town.desk(), ministries=Routes())


async def test_what_one_service_listed_late_is_not_passed_over_by_the_other(notices):
    lists = Lists({})
    desk = desk_of(notices, lists)
    await poll(desk, TWO)
    notices.town.later(seconds=60)
    lists.of["permit"] = [Change("8001", notices.clock.now())]
    assert await poll(desk, TWO) == 1
    # Listed only now, changed before: before what was read last, of the other service and of the same.
    lists.of["social_aid"] = [Change("7001", notices.clock.now() - timedelta(seconds=30))]
    lists.of["permit"].append(Change("8002", notices.clock.now() - timedelta(seconds=45)))
    notices.town.later(seconds=60)
    assert await poll(desk, TWO) == 2 and await poll(desk, TWO) == 0


async def test_a_service_that_is_away_keeps_its_place_and_stops_no_other(notices):
    lists = Lists({})
    desk = desk_of(notices, lists)
    await poll(desk, TWO)
    notices.town.later(minutes=10)
    lists.away = {"social_aid"}
    lists.of = {"permit": [Change("8001", notices.clock.now())], "social_aid": [Change("7001", notices.clock.now())]}
    with pytest.raises(MinistryUnavailable):
        await poll(desk, TWO)
    notices.town.later(hours=2)
    lists.of["permit"].append(Change("8002", notices.clock.now()))
    lists.away = set()
    assert await poll(desk, TWO) == 2


async def test_a_fast_clock_at_the_ministry_passes_nothing_over(notices):
    lists = Lists({})
    desk = desk_of(notices, lists)
    await poll(desk, TWO)
    notices.town.later(hours=1)
    lists.of = {"permit": [Change("8001", notices.clock.now() + timedelta(days=1))]}
    assert await poll(desk, TWO) == 1
    lists.of["permit"].append(Change("8002", notices.clock.now()))
    assert await poll(desk, TWO) == 1


async def test_a_polled_reference_stands_nowhere_in_clear(notices):
    lists = Lists({})
    desk = desk_of(notices, lists)
    await poll(desk, TWO)
    notices.town.later(minutes=1)
    lists.of = {"permit": [Change("P-77", notices.clock.now())]}
    await poll(desk, TWO)
    async with notices.store.database.unit_of_work() as work:
        (row,) = (await work.execute(select(EVENTS))).all()
    assert "P-77" not in str(row) and len(row.event_id) == 64


# --- found again ----------------------------------------------------------------------------------------


def test_a_reference_is_looked_for_as_the_rules_write_it_and_as_it_was_typed():
    assert spellings(" 70-01 ", SERVICES.references) == ("7001", "70-01")
    assert spellings("7001", SERVICES.references) == ("7001",)
    assert spellings("v-1", SERVICES.references) == ("v-1",)


@pytest.mark.parametrize(("sent", "asked"), [("70-01", "7001"), ("7001", "70 01"), ("70/01", "70-01")])
async def test_events_and_messages_are_found_however_they_are_spelt(notices, sent, asked):
    await notices.send("application.granted", sent)
    await notices.work()
    store, spelt = notices.store, spellings(asked, SERVICES.references)
    async with store.database.unit_of_work() as work:
        assert len(await EventInspection(store.sealer, store.clock).of_subject(work, *spelt)) == 1
        messages = Inspection(store.sealer, store.keys, store.clock, store.ids)
        assert len(await messages.of_subject(work, *spelt)) == 1


# --- in which language ----------------------------------------------------------------------------------


async def granted_in(notices, language, reference):
    notices.town.ministry.files[reference] = replace(AID, reference=reference)
    contact = {"msisdn": KAMRAN.e164, "language": language}
    await notices.send("application.granted", reference, {"amount": AMOUNT, "contact": contact, "sequence": 1})
    await notices.work()
    return (await notices.messages())[-1].language


async def test_the_events_language_counts_until_she_has_chosen_one(notices):
    assert await granted_in(notices, "fr", "7001") == "fr"
    assert await granted_in(notices, "az", "7004") == "az"
    assert await granted_in(notices, "tlh", "7005") == "fr"
    await notices.town.known(KAMRAN)  # she calls, and reads English
    assert await granted_in(notices, "az", "7006") == "en"


async def test_whoever_calls_in_the_language_she_was_met_in_has_chosen_it(notices):
    assert await granted_in(notices, "en", "7001") == "en"
    await notices.town.known(KAMRAN)
    assert await granted_in(notices, "fr", "7004") == "en"


# --- sent again by an operator --------------------------------------------------------------------------


async def sent(notices, kind="granted", state=MessageState.SENT):
    """A message to Leyla, as far as it has come."""
    await notices.town.known(LEYLA)
    await notices.send("application.granted", "7001", {"amount": AMOUNT, "contact": CONTACT, "sequence": 1})
    await notices.work()
    async with notices.store.database.unit_of_work() as work:
        for step in (MessageState.SENDING, MessageState.SENT, state):
            if state is not MessageState.QUEUED:
                ended = notices.clock.now() if step in FINAL else None
                await work.execute(update(MESSAGES).values(state=step.value, kind=kind, ended_at=ended))
        return (await work.execute(select(MESSAGES.c.id))).scalar_one()


async def resend(notices, id):
    store = notices.store
    inspection = Inspection(store.sealer, store.keys, store.clock, store.ids)
    async with store.database.unit_of_work() as work:
        return await inspection.resend(work, id, "ticket 812")


@pytest.mark.parametrize("state", [MessageState.SENT, MessageState.UNDELIVERED, MessageState.DELIVERED])
async def test_what_is_with_the_provider_or_ended_is_sent_again(notices, state):
    id = await sent(notices, state=state)
    assert isinstance(await resend(notices, id), UUID)
    first, second = await notices.messages()
    assert (first.to, first.values) == (second.to, second.values)


async def test_what_is_still_on_its_way_is_not(notices):
    assert await resend(notices, await sent(notices, state=MessageState.QUEUED)) is NotResent.UNDER_WAY
    assert await resend(notices, UUID(int=7)) is NotResent.UNKNOWN


@pytest.mark.parametrize("kind", ["code", "reply", "opt_out"])
async def test_codes_and_answers_are_never_sent_again(notices, kind):
    assert await resend(notices, await sent(notices, kind)) is NotResent.NOT_AGAIN


async def test_nothing_goes_to_a_number_that_is_anothers_or_in_doubt(notices):
    id = await sent(notices)
    async with notices.store.open() as records:
        await records.people.doubt_number(LEYLA)
    assert await resend(notices, id) is NotResent.NOT_HERS
    async with notices.store.open() as records:
        holder = await records.people.by_number(LEYLA)
        await records.people.end_number(LEYLA, holder.id)
    assert await resend(notices, id) is NotResent.NOT_HERS
    await notices.town.known(LEYLA)  # somebody new
    assert await resend(notices, id) is NotResent.NOT_HERS


async def test_the_erased_are_told_nothing_again(notices):
    id = await sent(notices)
    async with notices.store.open() as records:
        await records.people.forget((await records.people.by_number(LEYLA)).id)
    assert await resend(notices, id) is NotResent.UNKNOWN
