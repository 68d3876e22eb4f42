"""Reports and what follows from them, told on real PostgreSQL."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.ports import Binding
from sms.records.report_chores import KEPT
from sms.reports import ACCOUNT, Verdict
from sms.states import MessageState
from sms.tables import NUMBER_HEALTH, PARTS
from sms.values import DeliveryReport, ReportWord
from storage.unit_of_work import Database
from tests.sms.post_office import EVENT, FINAL, KAMRAN, LEYLA, PostOffice

W, M = ReportWord, MessageState


@pytest.fixture
def office(database: Database) -> PostOffice:
    return PostOffice(database)


async def test_a_report_that_overtakes_the_answer_waits_for_it(office: PostOffice):
    message = await office.message()
    assert await office.report("X", W.DELIVERED) is Verdict.PARKED
    assert await office.state(message) == "sending"
    office.clock.advance(timedelta(seconds=1))
    assert await office.answer(message, "X") == 1
    assert await office.state(message) == "delivered"
    assert await office.kept() == [("X", "delivered", "applied", 1)]


async def test_a_report_that_crosses_the_answer_is_found_by_the_chore(office: PostOffice):
    """Neither transaction saw the other."""
    message = await office.message()
    async with office.database.unit_of_work() as work:
        # The report looked for its message, and found none yet …
        await office.reports.take(work, DeliveryReport("at", "X", W.DELIVERED))
        # … while the answer was written, which found no report yet.
        assert await office.answer(message, "X") == 0
    assert await office.state(message) == "sent"
    await office.wait(timedelta(seconds=2))
    assert await office.state(message) == "delivered"


async def test_while_it_is_sent_again_a_report_on_the_first_sending_waits(office: PostOffice):
    message = await office.message(M.UNKNOWN, ids=("ours-1",))
    await office.set(message, state="queued")
    await office.set(message, state="sending", attempts=2)
    assert await office.report("ours-1", W.DELIVERED) is Verdict.PARKED
    await office.wait(timedelta(seconds=2))
    assert await office.state(message) == "sending"
    await office.set(message, state="sent", handed_over_at=office.clock.now())
    await office.wait(timedelta(seconds=2))
    assert await office.state(message) == "delivered"


async def test_what_was_parked_first_is_heard_first(office: PostOffice):
    message = await office.message(M.SENT)
    await office.report("X", W.UNDELIVERED)
    async with office.database.unit_of_work() as work:
        # Its id became known and nobody has adopted the report yet.
        await office._name(work, message, "at", ("X",))
    assert await office.report("X", W.DELIVERED) is Verdict.CONTRADICTED
    assert await office.state(message) == "undelivered"


async def test_only_the_single_unanswered_message_to_that_number_is_meant(office: PostOffice):
    first = await office.message(M.UNKNOWN, to=LEYLA)
    await office.message(M.UNKNOWN, to=KAMRAN)
    await office.message(M.UNKNOWN, to=LEYLA, provider="other")
    assert await office.report("X", W.DELIVERED, to=None) is Verdict.PARKED
    second = await office.message(M.UNKNOWN, to=LEYLA)
    assert await office.report("Y", W.DELIVERED) is Verdict.PARKED
    await office.set(second, state="expired")
    assert await office.report("Z", W.INTERIM) is Verdict.APPLIED
    row = await office.row(first)
    assert row.state == "sent" and row.due_at == row.handed_over_at + FINAL
    assert await office.report("Z", W.DELIVERED, to=None) is Verdict.APPLIED
    assert await office.state(first) == "delivered"


async def test_one_being_sent_right_now_may_be_meant_as_well(office: PostOffice):
    lost = await office.message(M.UNKNOWN)
    sending = await office.message(M.SENDING)
    assert await office.report("X", W.DELIVERED) is Verdict.PARKED
    await office.answer(sending, "X")
    assert (await office.state(lost), await office.state(sending)) == ("unknown", "delivered")


async def test_a_worker_died_after_writing_and_the_report_came_before_anybody_noticed(office: PostOffice):
    message = await office.message(M.SENDING)
    assert await office.report("X", W.DELIVERED) is Verdict.PARKED
    office.clock.advance(timedelta(seconds=70))
    await office.set(message, state="unknown", due_at=office.clock.now() + timedelta(minutes=10))
    await office.wait(timedelta(seconds=5))
    row = await office.row(message)
    assert row.state == "delivered" and row.handed_over_at is not None
    assert await office.kept() == [("X", "delivered", "applied", 1)]


async def test_after_half_an_hour_a_number_leads_nowhere(office: PostOffice):
    message = await office.message(M.UNKNOWN, handed_over_at=office.clock.now())
    office.clock.advance(timedelta(minutes=31))
    assert await office.report("X", W.DELIVERED) is Verdict.PARKED
    await office.wait(timedelta(minutes=1))
    assert await office.state(message) == "unknown"


async def test_nobody_waits_for_a_parked_report_longer_than_a_day(office: PostOffice):
    await office.report("X", W.DELIVERED)
    await office.wait(timedelta(hours=23))
    assert await office.kept() == [("X", "delivered", "parked", 1)]
    await office.wait(timedelta(hours=2))
    assert await office.kept() == [("X", "delivered", "lost", 1)]
    assert ("at", "lost") in office.counted.of("report")


async def test_our_clock_ends_what_nobody_spoke_of_and_a_late_word_is_believed(office: PostOffice):
    sent = await office.message(M.SENT, ids=("X",), due_at=office.clock.now() + FINAL)
    unknown = await office.message(M.UNKNOWN, due_at=office.clock.now() + FINAL)
    await office.wait(timedelta(hours=71))
    assert await office.state(sent) == "sent"
    await office.wait(timedelta(hours=2))
    row = await office.row(sent)
    assert (row.state, row.reason, row.due_at) == ("expired", "no_report", None) and row.ended_at is not None
    assert await office.state(unknown) == "expired"
    assert await office.report("X", W.DELIVERED) is Verdict.APPLIED
    assert await office.state(sent) == "delivered"
    assert office.told == []


async def test_an_unanswered_message_that_may_still_go_again_is_not_ours_to_end(office: PostOffice):
    message = await office.message(M.UNKNOWN, due_at=office.clock.now() + timedelta(minutes=10))
    await office.wait(timedelta(minutes=11))
    assert await office.state(message) == "unknown"


async def test_twenty_reports_at_once_do_one_thing(office: PostOffice):
    message = await office.message(M.SENT, ids=("X",), event_id=EVENT)
    said = await asyncio.gather(*(office.report("X", W.UNDELIVERED) for _ in range(20)))
    assert sorted(said) == ["applied"] + ["noted"] * 19
    assert await office.kept() == [("X", "undelivered", "applied", 20)]
    assert office.told == [(EVENT, "not_delivered")]
    assert await office.state(message) == "undelivered"


async def test_two_words_at_once_leave_one_end_and_one_contradiction(office: PostOffice):
    for round_ in range(10):
        id = f"X{round_}"
        message = await office.message(M.SENT, ids=(id,))
        said = await asyncio.gather(office.report(id, W.DELIVERED), office.report(id, W.UNDELIVERED))
        assert sorted(said) == ["applied", "contradicted"]
        assert await office.state(message) == ("delivered" if said[0] == "applied" else "undelivered")


async def test_reports_of_one_unanswered_message_at_once_name_it_once(office: PostOffice):
    for round_ in range(10):
        message = await office.message(M.UNKNOWN)
        await asyncio.gather(*(office.report(f"X{round_}", word) for word in (W.INTERIM, W.DELIVERED, W.INTERIM)))
        await office.wait(timedelta(seconds=1))
        assert await office.state(message) == "delivered"
    assert await office.count(PARTS) == 10


async def test_the_answer_and_the_report_at_once_never_wait_for_each_other(office: PostOffice):
    for round_ in range(20):
        id = f"X{round_}"
        message = await office.message()
        await office.report(id, W.INTERIM)
        await asyncio.gather(office.answer(message, id), office.report(id, W.DELIVERED), office.report(id, W.INTERIM))
        await office.wait(timedelta(seconds=1))
        assert await office.state(message) == "delivered"


async def test_a_part_that_is_missing_keeps_the_message_open(office: PostOffice):
    message = await office.message(M.SENT, ids=("1", "2", "3"))
    assert await office.report("1", W.DELIVERED) is Verdict.APPLIED
    assert await office.report("3", W.DELIVERED) is Verdict.APPLIED
    assert await office.state(message) == "sent"
    office.clock.advance(timedelta(seconds=8))
    await office.report("2", W.DELIVERED)
    assert await office.state(message) == "delivered"
    assert office.counted.of("delivered") == [("at", "az", 8.0)]


async def test_a_number_that_keeps_failing_rests_and_is_doubted_when_it_comes_back(office: PostOffice):
    async with office.store.open() as records:
        leyla = await records.people.greet(LEYLA, "az")
    for id in ("1", "2", "3"):
        await office.message(M.SENT, ids=(id,))
        await office.report(id, W.UNDELIVERED)
    health = await _health(office)
    assert health.failures == 3 and health.cool_until == office.clock.now() + timedelta(hours=24)
    sealed = await _sealed_for(office, leyla.id)
    await office.message(M.SENT, ids=("4",), person_id=leyla.id, **sealed)
    await office.report("4", W.DELIVERED, to=None)
    health = await _health(office)
    assert (health.failures, health.cool_until) == (0, None) and health.delivered_at is not None
    async with office.store.open() as records:
        assert (await records.people.by_number(LEYLA)).binding is Binding.STALE


async def test_two_failures_and_faults_of_our_own_account_are_no_reason_to_doubt(office: PostOffice):
    async with office.store.open() as records:
        await records.people.greet(LEYLA, "az")
    for id, reason in (("1", "AbsentSubscriber"), ("2", "AbsentSubscriber"), ("3", ACCOUNT), ("4", ACCOUNT)):
        await office.message(M.SENT, ids=(id,))
        await office.report(id, W.UNDELIVERED, reason=reason)
    assert (await _health(office)).failures == 2 and (await _health(office)).cool_until is None
    await office.message(M.SENT, ids=("5",))
    await office.report("5", W.DELIVERED)
    async with office.store.open() as records:
        assert (await records.people.by_number(LEYLA)).binding is Binding.ACTIVE


async def test_a_number_that_never_failed_leaves_no_row(office: PostOffice):
    await office.message(M.SENT, ids=("1",))
    await office.report("1", W.DELIVERED)
    assert await office.count(NUMBER_HEALTH) == 0


async def test_reports_are_forgotten_after_ninety_days(office: PostOffice):
    await office.report("old", W.DELIVERED)
    await office.wait(KEPT)
    await office.report("young", W.DELIVERED)
    office.clock.advance(timedelta(days=1))
    assert await office.chores.forget() == 1
    assert [row[0] for row in await office.kept()] == ["young"]


@pytest.mark.parametrize("id", ["", "\x00", "a\x00b", "x" * 4000, "\ud800", "'; DROP TABLE sms_reports; --", "٣"])
async def test_no_id_is_too_strange(office: PostOffice, id: str):
    await office.message(M.SENT, ids=("X",))
    verdict = await office.report(id, W.DELIVERED, to=None, raw=id, reason=id)
    assert verdict in (Verdict.PARKED, Verdict.NOTED)


async def _health(office: PostOffice):
    async with office.database.unit_of_work() as work:
        return (await work.execute(select(NUMBER_HEALTH))).one()


async def _sealed_for(office: PostOffice, person):
    """The row's own id is part of the seal."""
    id = office.ids.uuid7()
    async with office.database.unit_of_work() as work:
        key = await office.keys.load(work, person)
    facts = f'{{"to": "{LEYLA.e164}"}}'
    return {"id": id, "sealed": office.sealer.seal(facts, "sms_messages", "sealed", id, key)}
