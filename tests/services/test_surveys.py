"""Opinions: asked once after a visit or a decision, answered on any channel, anonymous if she likes; complaints
followed to an answer; and how long the administration took, counted once an application."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.deadline import Deadline
from domain.errors import InvalidValue
from services import complaints, surveys
from services.caller import Caller
from services.events import EventType
from services.indicators import of_month
from services.outcomes import PinNeeded
from services.outcomes_feedback import (
    ComplaintAnswered,
    ComplaintGone,
    ComplaintLate,
    ComplaintOpened,
    ComplaintsTooMany,
    ComplaintWaits,
    NoSurvey,
    SurveyDone,
    SurveyMisread,
    SurveyNext,
)
from services.promises import Promises
from services.records.satisfaction_tables import ANSWER_TIMES, COMPLAINTS, SURVEY_ANSWERS, SURVEYS
from services.reminders import TIMER_HANDLERS
from services.satisfaction import Question, Satisfaction, SurveyKind, SurveyRule
from services.surveys import SURVEY, ask_when_due
from services.timers import fire_timers
from services.values import Slot, Visit
from tests.services.notice_office import Office
from tests.services.town import CENTRE, KAMRAN, LEYLA, SERVICES

RULES = Satisfaction(
    rules={
        SurveyKind.VISIT: SurveyRule(
            (Question("received"), Question("waited", meets="wait_minutes", met_from=4)), frozenset({"passport"})
        ),
        SurveyKind.DECISION: SurveyRule(
            (Question("clear"), Question("easy")), frozenset({"social_aid"}), after=timedelta(days=2)
        ),
    },
    complaint_days=10,
)


@dataclass
class Bureau:
    """An office that asks for opinions."""

    office: Office

    @property
    def town(self) -> Any:
        return self.office.town

    async def decided(self, reference: str = "7001", **data: Any) -> None:
        await self.office.send("application.granted", reference, data or None)
        await self.office.work()

    async def later(self, **by: float) -> int:
        """Time goes by; how many were asked by its end."""
        self.town.later(**by)
        await fire_timers(self.town.desk(), {**TIMER_HANDLERS, SURVEY: ask_when_due})
        return len(await self.asked())

    async def asked(self) -> list[Any]:
        return [message for message in await self.office.messages() if message.kind == "survey"]

    async def caller(self, number: Any = LEYLA, channel: str = "ussd") -> Caller:
        async with self.office.store.open() as records:
            person = await records.people.by_number(number)
        return Caller(number, person, "en", False, channel, "s")

    async def do(self, use: Any, *given: Any, number: Any = LEYLA, channel: str = "ussd", **named: Any) -> Any:
        caller = await self.caller(number, channel)
        async with self.office.store.open() as records:
            desk = self.town.desk(records=records).at(records, Deadline.after(5, self.town.clock))
            return await use(desk, caller, *given, **named)

    async def rows(self, table: Any) -> list[Any]:
        async with self.office.store.database.unit_of_work() as work:
            return list((await work.execute(select(table))).mappings().all())


@pytest.fixture
async def bureau(notices: Office) -> AsyncIterator[Bureau]:
    notices.town.services = replace(SERVICES, satisfaction=RULES)
    yield Bureau(notices)


# --- surveys ----------------------------------------------------------------------------------------------


async def test_after_a_decision_she_is_asked_once_and_answers_on_two_channels(bureau: Bureau) -> None:
    await bureau.decided()
    assert await bureau.later(days=1) == 0
    assert await bureau.later(days=1, hours=12) == 1
    (message,) = await bureau.asked()
    assert (message.to, message.text_id, message.source) == (LEYLA.e164, "sms.survey_decision", "aid")
    begun = await bureau.do(surveys.begin)
    assert isinstance(begun, SurveyNext) and begun.question.id == "question.clear"
    assert await bureau.do(surveys.answer, begun.survey, 6) == SurveyMisread(5)
    following = await bureau.do(surveys.answer, begun.survey, 4, channel="sms")
    assert isinstance(following, SurveyNext) and following.question.id == "question.easy"
    assert await bureau.do(surveys.begin) == following, "what one channel began the other goes on with"
    assert await bureau.do(surveys.answer, begun.survey, 5) == SurveyDone()
    assert await bureau.do(surveys.answer, begun.survey, 5) == NoSurvey()
    (row,) = await bureau.rows(SURVEY_ANSWERS)
    assert (row["month"], row["service"], row["language"], row["first"], row["second"], row["count"]) == (
        date(2026, 11, 1), "social_aid", "az", 4, 5, 1
    )  # fmt: skip


async def test_nobody_is_asked_again_within_the_pause(bureau: Bureau) -> None:
    await bureau.decided()
    await bureau.later(days=4)
    bureau.town.ministry.files["7003"] = replace(bureau.town.ministry.files["7001"], reference="7003")
    await bureau.decided("7003")
    await bureau.later(days=4)
    assert len(await bureau.asked()) == 1
    bureau.town.ministry.files["7004"] = replace(bureau.town.ministry.files["7001"], reference="7004")
    bureau.town.later(weeks=8)
    await bureau.decided("7004")
    await bureau.later(days=4)
    assert len(await bureau.asked()) == 2


async def test_who_wants_no_questions_is_asked_none(bureau: Bureau) -> None:
    await bureau.decided()
    await bureau.later(days=4)
    assert await bureau.do(surveys.stop) == SurveyDone()
    assert await bureau.do(surveys.begin) == NoSurvey()
    bureau.town.ministry.files["7003"] = replace(bureau.town.ministry.files["7001"], reference="7003")
    bureau.town.later(weeks=20)
    await bureau.decided("7003")
    await bureau.later(days=4)
    assert len(await bureau.asked()) == 1
    assert await bureau.rows(SURVEY_ANSWERS) == []


async def test_she_may_say_so_before_anything_was_asked(bureau: Bureau) -> None:
    await bureau.decided()
    assert await bureau.do(surveys.stop) == SurveyDone()
    assert await bureau.do(surveys.stop) == SurveyDone()
    await bureau.later(days=4)
    assert await bureau.asked() == []
    (kept,) = await bureau.rows(SURVEYS)
    assert (kept["state"], kept["service"], kept["sealed"]) == ("refused", "", None)


async def test_an_anonymous_answer_leaves_nothing_that_leads_to_her(bureau: Bureau) -> None:
    await bureau.decided()
    await bureau.later(days=4)
    begun = await bureau.do(surveys.begin)
    with pytest.raises(InvalidValue):
        await bureau.do(surveys.answer_all, begun.survey, (2, 3), anonymous=True, comment="The man at desk 4")
    await bureau.do(surveys.without_name, begun.survey)
    await bureau.do(surveys.answer, begun.survey, 2)
    assert await bureau.do(surveys.answer, begun.survey, 3) == SurveyDone()
    (hers,) = await bureau.rows(SURVEYS)
    assert (hers["service"], hers["place"], hers["language"], hers["sealed"], hers["subject_index"]) == (
        "", "", "", None, None
    )  # fmt: skip
    (counted,) = await bureau.rows(SURVEY_ANSWERS)
    assert set(counted) == {"month", "kind", "service", "place", "language", "first", "second", "count", "handed_in"}
    assert (counted["first"], counted["second"]) == (2, 3)


async def test_a_named_answer_keeps_its_comment_sealed_and_goes_with_her(bureau: Bureau) -> None:
    await bureau.decided()
    await bureau.later(days=4)
    begun = await bureau.do(surveys.begin)
    words = "The man at desk 4 was kind."
    assert await bureau.do(surveys.answer_all, begun.survey, (5, 5), comment=words) == SurveyDone()
    (hers,) = await bureau.rows(SURVEYS)
    assert words.encode() not in hers["sealed"]
    async with bureau.office.store.open() as records:
        ((_, said),) = await records.feedback.surveys.comments(date(2026, 11, 1))
        assert said == words
        await records.people.forget(hers["person_id"])
    assert await bureau.rows(SURVEYS) == []
    assert len(await bureau.rows(SURVEY_ANSWERS)) == 1, "the count stays"


async def test_half_an_answer_counts_when_its_time_is_over(bureau: Bureau) -> None:
    await bureau.decided()
    await bureau.later(days=4)
    begun = await bureau.do(surveys.begin)
    await bureau.do(surveys.answer, begun.survey, 1)
    bureau.town.later(days=8)
    assert await bureau.do(surveys.begin) == NoSurvey()
    await bureau.office.store.sweep()
    (counted,) = await bureau.rows(SURVEY_ANSWERS)
    assert (counted["first"], counted["second"]) == (1, 0)


async def test_a_survey_that_was_made_shorter_meanwhile_asks_nothing_more(bureau: Bureau) -> None:
    await bureau.decided()
    await bureau.later(days=4)
    begun = await bureau.do(surveys.begin)
    await bureau.do(surveys.answer, begun.survey, 4)
    rule = RULES.rules[SurveyKind.DECISION]
    shorter = {**RULES.rules, SurveyKind.DECISION: replace(rule, questions=rule.questions[:1])}
    bureau.town.services = replace(SERVICES, satisfaction=replace(RULES, rules=shorter))
    assert await bureau.do(surveys.begin) == NoSurvey()
    assert await bureau.do(surveys.answer, begun.survey, 4) == NoSurvey()
    assert await bureau.do(surveys.waiting) == ()
    bureau.town.later(days=8)
    await bureau.office.store.sweep()
    (counted,) = await bureau.rows(SURVEY_ANSWERS)
    assert counted["first"] == 4, "what she answered counts"


async def test_a_number_that_fell_silent_or_changed_hands_is_neither_asked_nor_heard(bureau: Bureau) -> None:
    await bureau.decided()
    async with bureau.office.store.open() as records:
        await records.people.doubt_number(LEYLA)
    await bureau.later(days=4)
    assert await bureau.asked() == []
    assert await bureau.do(surveys.begin) == NoSurvey()


async def test_the_id_of_anothers_survey_opens_nothing(bureau: Bureau) -> None:
    await bureau.decided()
    await bureau.later(days=4)
    begun = await bureau.do(surveys.begin)
    async with bureau.office.store.open() as records:
        await records.people.greet(KAMRAN, "en")
    assert await bureau.do(surveys.answer, begun.survey, 1, number=KAMRAN) == NoSurvey()
    assert await bureau.do(surveys.begin, number=KAMRAN) == NoSurvey()


async def _visit(bureau: Bureau, what: str = "booked", hours: float = 48, id: str = "v1") -> datetime:
    starts = bureau.town.clock.now() + timedelta(hours=hours)
    data = {
        "service": "passport",
        "starts_at": starts.isoformat(),
        "place": {"id": CENTRE.id, "name": CENTRE.name},
        "contact": {"msisdn": LEYLA.e164, "language": "fr"},
    }
    await bureau.office.send(f"appointment.{what}", id, data, source="asan")
    await bureau.office.work()
    return starts


async def test_after_a_visit_she_is_asked_about_the_place(bureau: Bureau) -> None:
    await _visit(bureau)
    assert await bureau.later(hours=49) == 0
    assert await bureau.later(hours=2) == 1
    (message,) = await bureau.asked()
    assert (message.text_id, message.language) == ("sms.survey_visit", "fr")
    (row,) = await bureau.rows(SURVEYS)
    assert (row["kind"], row["place"], row["language"]) == ("visit", CENTRE.id, "fr")


async def test_a_visit_that_was_cancelled_is_not_asked_about_and_one_moved_is_later(bureau: Bureau) -> None:
    await _visit(bureau, id="v1")
    await _visit(bureau, "cancelled", id="v1")
    assert await bureau.later(days=4) == 0
    await _visit(bureau, id="v2")
    await _visit(bureau, "moved", hours=96, id="v2")
    assert await bureau.later(days=3) == 0
    assert await bureau.later(days=2) == 1
    assert len(await bureau.asked()) == 1


async def test_a_visit_that_its_ministry_moved_silently_is_asked_about_after_it(bureau: Bureau) -> None:
    caller = await bureau.town.known()
    async with bureau.office.store.open() as records:
        desk, starts = bureau.town.desk(records=records), bureau.town.clock.now() + timedelta(days=2)
        facts = surveys.Facts("passport", "v9", starts=starts, place=CENTRE)
        who = caller.person.applicant
        await surveys.plan(desk, records.timers, caller.person.id, EventType.APPOINTMENT_BOOKED, facts, "asan", who)
    slot = Slot("s9", "passport", CENTRE.id, starts + timedelta(days=3))
    bureau.town.calendar.booked["v9"] = (who, Visit("v9", slot))
    await bureau.later(days=2, hours=3)
    assert await bureau.asked() == []
    del bureau.town.calendar.booked["v9"]
    await bureau.later(days=3)
    assert len(await bureau.asked()) == 1


async def test_a_service_that_asks_nobody_and_a_sensitive_one(bureau: Bureau) -> None:
    bureau.town.services = replace(
        SERVICES,
        satisfaction=replace(
            RULES,
            rules={
                SurveyKind.DECISION: SurveyRule(
                    RULES.rules[SurveyKind.DECISION].questions, frozenset({"permit"}), after=timedelta(days=1)
                )
            },
        ),
    )
    await bureau.decided("8001")
    await bureau.decided("7001")
    await bureau.later(days=9)
    assert await bureau.asked() == []


# --- complaints -------------------------------------------------------------------------------------------


async def _complain(bureau: Bureau, token: str = "t1", number: Any = LEYLA) -> Any:
    return await bureau.do(complaints.open, "place", CENTRE.id, "No ramp at the door.", token, number=number)


def _tells(bureau: Bureau) -> Promises:
    return Promises(SERVICES, lambda: True, {})


async def test_a_day_of_an_answer_that_has_gone_by_is_promised_no_more(bureau: Bureau) -> None:
    await bureau.town.known()
    opened = await _complain(bureau)
    await bureau.later(days=14)
    assert await bureau.do(complaints.show, opened.number) == ComplaintWaits(opened.number, opened.due), "on the day"
    await bureau.later(days=1)
    assert await bureau.do(complaints.show, opened.number) == ComplaintLate(opened.number, opened.due)
    # Whom to turn to, where the pack names a place.
    bureau.town.services = replace(SERVICES, satisfaction=replace(RULES, late_at=CENTRE.id))
    told = await bureau.do(complaints.show, opened.number)
    assert isinstance(told, ComplaintLate) and (told.place, told.address) == (CENTRE.name, CENTRE.address)


async def test_a_complaint_is_followed_to_its_answer(bureau: Bureau) -> None:
    await bureau.town.known()
    opened = await _complain(bureau)
    # Ten working days from a Monday.
    assert isinstance(opened, ComplaintOpened) and opened.due == date(2026, 12, 7)
    assert await _complain(bureau) == opened, "the same confirmation is the same complaint"
    assert await bureau.do(complaints.show, opened.number) == ComplaintWaits(opened.number, opened.due)
    (row,) = await bureau.rows(COMPLAINTS)
    assert b"ramp" not in row["sealed"]
    async with bureau.office.store.open() as records:
        today = date(2026, 11, 25)
        assert await complaints.answer(records, _tells(bureau), today, opened.number, "A ramp  is built in May.")
        assert not await complaints.answer(records, _tells(bureau), today, opened.number, "Another answer.")
        with pytest.raises(InvalidValue):
            await complaints.answer(records, _tells(bureau), today, "1234567", "x")
    shown = await bureau.do(complaints.show, opened.number)
    assert shown == ComplaintAnswered(opened.number, today, "A ramp is built in May.")
    (told,) = await bureau.office.messages()
    assert (told.text_id, told.values) == ("notice.complaint_answered", {"number": opened.number})


async def test_complaints_of_others_are_not_seen_and_so_many_a_day_are_taken(bureau: Bureau) -> None:
    await bureau.town.known()
    await bureau.town.known(KAMRAN)
    opened = await _complain(bureau)
    assert await bureau.do(complaints.show, opened.number, number=KAMRAN) == ComplaintGone()
    for count in range(2, complaints.A_DAY + 1):
        assert isinstance(await _complain(bureau, f"t{count}"), ComplaintOpened)
    assert await _complain(bureau, "one more") == ComplaintsTooMany()
    assert isinstance(await _complain(bureau, "hers", KAMRAN), ComplaintOpened)
    async with bureau.office.store.open() as records:
        assert await records.feedback.complaints.overdue(date(2026, 12, 7)) == 0
        assert await records.feedback.complaints.overdue(date(2026, 12, 8)) == complaints.A_DAY + 1
        assert len(await records.feedback.complaints.waiting(50)) == complaints.A_DAY + 1


@pytest.mark.parametrize(("about", "subject"), [("place", "nowhere"), ("service", "permit"), ("reference", "12")])
async def test_a_complaint_about_nothing_that_is_known(bureau: Bureau, about: str, subject: str) -> None:
    await bureau.town.known()
    with pytest.raises(InvalidValue):
        await bureau.do(complaints.open, about, subject, "x", "t")


async def test_with_an_account_complaints_are_read_with_the_pin(bureau: Bureau) -> None:
    await bureau.town.known(pin="918273")
    opened = await _complain(bureau)
    assert isinstance(opened, ComplaintOpened)
    assert await bureau.do(complaints.mine) == PinNeeded()
    assert await bureau.do(complaints.show, opened.number) == PinNeeded()


# --- the administration's own time ------------------------------------------------------------------------


async def test_the_time_to_answer_counts_each_application_once(bureau: Bureau) -> None:
    await bureau.decided()
    await bureau.office.send("application.ready_for_pickup", "7001", {"place": {"name": "Bank"}})
    await bureau.office.work()
    (row,) = await bureau.rows(ANSWER_TIMES)
    # Handed in on Monday the 2nd, decided on Monday the 23rd.
    assert (row["service"], row["month"], row["days"], row["count"]) == ("social_aid", date(2026, 11, 1), 15, 1)


async def test_where_the_ministry_cannot_be_read_the_day_that_it_told_us_counts(bureau: Bureau) -> None:
    contact = {"msisdn": LEYLA.e164, "language": "az"}
    amount = {"value": "10.00", "currency": "AZN"}
    await bureau.office.send("application.received", "7009", {"contact": contact}, source="blind", sequence="1")
    await bureau.office.work()
    bureau.town.later(days=4)
    decided = {"contact": contact, "amount": amount}
    await bureau.office.send("application.granted", "7009", decided, source="blind", sequence="2")
    await bureau.office.work()
    (row,) = await bureau.rows(ANSWER_TIMES)
    assert (row["days"], row["count"]) == (4, 1)


async def test_indicators_of_a_month_are_told_once_it_is_closed(bureau: Bureau) -> None:
    await bureau.decided()
    async with bureau.office.store.open() as records:
        services = bureau.town.services
        running = await of_month(records.feedback, services, date(2026, 12, 8), date(2026, 11, 1))
        assert (running.closed_on, running.surveys, running.times) == (date(2026, 12, 9), (), ())
        told = await of_month(records.feedback, services, date(2026, 12, 9))
        assert told.month == date(2026, 11, 1)
        assert [(figure.service, figure.withheld) for figure in told.times] == [("social_aid", True)]
