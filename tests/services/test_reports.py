"""Complaints that a ministry takes itself: kept first, handed in once, followed until she can be told; and surveys
handed to the ministry that asks for them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.errors import InvalidValue, MinistryAmbiguous, MinistryContract, MinistryRefused, MinistryUnavailable
from services import complaints, handing_in, reports
from services.desk import Desk
from services.outcomes_feedback import (
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintMinistrySays,
    ComplaintOnItsWay,
    ComplaintOpened,
    ComplaintsOurs,
    ComplaintsTooMany,
    ComplaintWaits,
    ComplaintWithMinistry,
    ReportAsks,
    ReportHandedIn,
    ReportKept,
    ReportKinds,
    ReportNext,
    ReportUnsupported,
)
from services.promises import Promises
from services.records.satisfaction_tables import COMPLAINTS, SURVEY_ANSWERS, SURVEYS
from services.satisfaction import HandedTo, Question, Satisfaction, SurveyKind, SurveyRule
from services.satisfaction_ports import OpenSurvey, SurveyAnswers
from services.survey_reports import hand_in_answers
from services.values import ReportTaken
from tests.services.notice_office import Office
from tests.services.test_surveys import Bureau
from tests.services.town import CENTRE, KAMRAN, LEYLA, SERVICES, Ministries
from tests.services.voice import ASKED, Voice

AWAY = MinistryUnavailable("voice")
SILENT = MinistryAmbiguous("voice", "no answer")
RULES = Satisfaction(
    rules={
        SurveyKind.VISIT: SurveyRule(
            (Question("received"), Question("waited")),
            frozenset({"passport"}),
            handed_to=HandedTo("MARIANNE", "accueil", "attente", place="lieu", language="langue"),
        )
    },
    complaint_days=10,
)


@dataclass
class Voices(Ministries):
    """The town's ministries, one of which takes reports."""

    voice: Voice | None = field(default_factory=Voice)

    def reports(self) -> Any:
        return self.voice


@dataclass
class Counter(Bureau):
    """A bureau whose complaints a ministry takes."""

    voice: Voice = field(default_factory=Voice)

    def desk(self) -> Desk:
        there = Voices(self.town.ministry, self.town.calendar, voice=self.voice)
        return replace(self.town.desk(), ministries=there, notices=Promises(SERVICES, lambda: True, {}))

    async def do(self, use: Any, *given: Any, number: Any = LEYLA, channel: str = "ussd", **named: Any) -> Any:
        caller = await self.caller(number, channel)
        async with self.office.store.open() as records:
            desk = self.desk().at(records, self.town.desk(5.0).deadline)
            return await use(desk, caller, *given, **named)

    async def say(self, kind: str = "OBS", words: str = "No ramp.", token: str = "t1", **more: Any) -> Any:
        return await self.do(reports.report, kind, words, token, **more)

    async def minutes(self, count: float) -> None:
        """The worker, so much later."""
        self.town.later(minutes=count)
        await handing_in.hand_in(self.desk())
        await handing_in.follow(self.desk())

    async def state(self) -> str:
        return str((await self.rows(COMPLAINTS))[0]["report_state"])


@pytest.fixture
async def counter(notices: Office) -> AsyncIterator[Counter]:
    notices.town.services = replace(SERVICES, satisfaction=RULES)
    made = Counter(notices)
    await made.town.known()
    yield made
    await made.town.background.drain(5)


async def test_she_chooses_what_the_ministry_takes(counter: Counter) -> None:
    kinds = await counter.do(reports.begin)
    assert isinstance(kinds, ReportKinds) and [item.id for item in kinds.kinds] == ["OBS", "DOL", "PIC"]
    assert await counter.do(reports.choose, "OBS") == ReportNext("Observation", "", {})
    assert await counter.do(reports.choose, "DOL", CENTRE.id) == ReportAsks("Complaint", CENTRE.id, ASKED, {})
    assert await counter.do(reports.choose, "PIC") == ReportUnsupported("Picture")
    assert await counter.do(reports.choose, "GONE") == ComplaintsOurs()
    counter.voice.fails = AWAY
    assert await counter.do(reports.begin) == ComplaintsOurs(), "what nobody can hand in there is kept by us"


async def test_a_complaint_goes_to_its_ministry_and_its_answer_comes_back(counter: Counter) -> None:
    said = await counter.say("DOL", "Three hours.", at=CENTRE.id, answers={"office": "2", "day": None, "old": "x"})
    assert isinstance(said, ReportHandedIn) and said.theirs == "1"
    assert await counter.say("DOL", "Three hours.") == said, "the same confirmation is the same complaint"
    (sent,) = counter.voice.sent
    assert (sent.kind, sent.text, sent.answers, sent.place) == ("DOL", "Three hours.", {"office": "2"}, CENTRE.id)
    assert (sent.contact, sent.address) == (LEYLA, f"{CENTRE.name}, {CENTRE.address}")
    (row,) = await counter.rows(COMPLAINTS)
    assert b"office" not in row["report"] and row["report_state"] == "followed"
    assert await counter.do(complaints.show, said.number) == ComplaintWithMinistry(said.number, "1")
    counter.voice.says("1", "Your words are being read.")
    await counter.minutes(11)
    assert await counter.do(complaints.show, said.number) == ComplaintMinistrySays(
        said.number, "1", "Your words are being read."
    )
    assert await counter.office.messages() == []
    counter.voice.says("1", "A second counter  is open.", closed=True)
    await counter.minutes(11)
    shown = await counter.do(complaints.show, said.number)
    assert shown == ComplaintAnswered(said.number, date(2026, 11, 23), "A second counter is open.")
    (told,) = await counter.office.messages()
    assert (told.text_id, told.values) == ("notice.complaint_answered", {"number": said.number})
    await counter.minutes(60)
    assert len(await counter.office.messages()) == 1


async def test_a_ministry_that_is_away_gets_it_later_and_she_is_told_so(counter: Counter) -> None:
    counter.voice.send_fails = [(AWAY, False), (AWAY, False)]
    said = await counter.say()
    assert isinstance(said, ReportKept)
    assert await counter.do(complaints.show, said.number) == ComplaintOnItsWay(said.number)
    assert await counter.say() == said and len(counter.voice.send_fails) == 1, "not before its time"
    await counter.minutes(2)
    assert counter.voice.sent == [] and counter.voice.send_fails == []
    await counter.minutes(3)
    assert len(counter.voice.sent) == 1 and counter.voice.looked == 0
    assert await counter.do(complaints.show, said.number) == ComplaintWithMinistry(said.number, "1")


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("lists_all", [True, False])
async def test_a_lost_answer_is_looked_for_and_never_sent_blindly(
    taken: bool, lists_all: bool, counter: Counter
) -> None:
    counter.voice.send_fails, counter.voice.lists_all = [(SILENT, taken)], lists_all
    said = await counter.say()
    assert isinstance(said, ReportKept) and await counter.state() == "unsure"
    await counter.minutes(0.5)
    assert counter.voice.looked == 0, "it may still be on its way"
    for _ in range(8):
        await counter.minutes(61)
    if taken or lists_all:
        assert len(counter.voice.sent) == 1 and await counter.state() == "followed"
    else:
        assert counter.voice.sent == [] and await counter.state() == "ours"
        assert isinstance(await counter.do(complaints.show, said.number), ComplaintWaits)
        async with counter.office.store.open() as records:
            (waits,) = await records.feedback.complaints.waiting(9)
        assert waits.number == said.number, "our own staff has it"


async def test_whoever_dies_while_sending_leaves_it_to_be_looked_for(counter: Counter) -> None:
    counter.voice.send_fails = [(AWAY, False)]
    await counter.say()
    counter.town.later(minutes=2)
    async with counter.office.store.open() as records:
        (id,) = await records.feedback.handings.to_send(9)
        assert await records.feedback.handings.claim(id, counter.town.clock.now() + handing_in.LEASE)
    async with counter.office.store.open() as records:
        assert await records.feedback.handings.claim(id, counter.town.clock.now()) is None, "another has it"
    await counter.minutes(0.5)
    assert counter.voice.looked == 0
    counter.voice.lists_all = True
    await counter.minutes(1)
    assert (counter.voice.looked, len(counter.voice.sent)) == (1, 1)


async def test_what_came_too_late_changes_nothing(counter: Counter) -> None:
    counter.voice.send_fails = [(AWAY, False)]
    await counter.say()
    counter.town.later(minutes=2)
    async with counter.office.store.open() as records:
        (id,) = await records.feedback.handings.to_send(9)
        first = await records.feedback.handings.claim(id, counter.town.clock.now())
    async with counter.office.store.open() as records:
        second = await records.feedback.handings.claim(id, counter.town.clock.now())
        assert first is not None and second is not None
        assert await records.feedback.handings.settle(handing_in._followed(counter.desk(), second, ReportTaken("9")))
        assert not await records.feedback.handings.settle(handing_in._followed(counter.desk(), first, ReportTaken("8")))


async def test_what_the_ministry_refuses_is_answered_by_us(counter: Counter) -> None:
    counter.voice.send_fails = [(MinistryRefused("voice", "400"), False)]
    said = await counter.say()
    assert said == ComplaintOpened(said.number, date(2026, 12, 7))
    assert await counter.do(complaints.show, said.number) == ComplaintWaits(said.number, said.due)
    await counter.minutes(600)
    assert counter.voice.sent == []


async def test_a_token_becomes_a_number_and_is_followed(counter: Counter) -> None:
    counter.voice.tokens = True
    said = await counter.say()
    assert isinstance(said, ReportKept)
    assert await counter.do(complaints.show, said.number) == ComplaintOnItsWay(said.number)
    await counter.minutes(11)
    counter.voice.numbered["t1"] = "1"
    counter.voice.says("1", "", closed=True)
    await counter.minutes(11)
    shown = await counter.do(complaints.show, said.number)
    assert shown == ComplaintClosed(said.number, date(2026, 11, 23)), "closed without a word"


async def test_followed_while_the_ministry_is_away_and_after_our_staff_answered(counter: Counter) -> None:
    said = await counter.say()
    counter.voice.fails = AWAY
    await counter.minutes(11)
    counter.voice.fails = None
    async with counter.office.store.open() as records:
        assert await complaints.answer(
            records, counter.town.desk().notices, date(2026, 11, 23), said.number, "Answered here."
        )
    counter.voice.says("1", "Answered there.", closed=True)
    await counter.minutes(11)
    shown = await counter.do(complaints.show, said.number)
    assert isinstance(shown, ComplaintAnswered) and shown.answer == "Answered here."


@pytest.mark.parametrize(
    ("kind", "answers"),
    [("GONE", {}), ("", {}), ("DOL", {}), ("DOL", {"office": "9"}), ("DOL", {"office": "1", "day": "soon"})],
)
async def test_what_the_ministry_does_not_ask(kind: str, answers: dict[str, object], counter: Counter) -> None:
    with pytest.raises(InvalidValue):
        await counter.say(kind, answers=answers)
    assert await counter.rows(COMPLAINTS) == []


async def test_so_many_a_day_and_nobody_elses(counter: Counter) -> None:
    for count in range(complaints.A_DAY):
        assert isinstance(await counter.say(token=f"t{count}"), ReportHandedIn)
    assert await counter.say(token="more") == ComplaintsTooMany()
    await counter.town.known(KAMRAN)
    assert await counter.do(reports.hers, number=KAMRAN) == {}
    assert len(await counter.do(reports.hers)) == complaints.A_DAY


async def test_many_are_followed_a_few_at_once(counter: Counter) -> None:
    async with counter.office.store.open() as records:
        people = [await records.people.greet(LEYLA.parse(f"+9945012300{at:02}"), "en") for at in range(23)]
    for person, at in zip(people, range(23), strict=True):
        assert person
        await counter.say(words=f"Words {at}", number=LEYLA.parse(f"+9945012300{at:02}"))
    for number in counter.voice.standings:
        counter.voice.says(number, "Done.", closed=True)
    counter.town.later(minutes=11)
    assert await handing_in.follow(counter.desk(), 15) == 15
    assert await handing_in.follow(counter.desk(), 15) == 8


async def test_an_answer_that_does_not_read_stops_no_round(counter: Counter) -> None:
    counter.voice.tokens = True
    await counter.say()
    for failure in (MinistryContract("voice"), MinistryRefused("voice"), AWAY):
        counter.voice.fails = failure
        await counter.minutes(11)
    counter.voice.fails, counter.voice.numbered = None, {"t1": "1"}
    for failure in (MinistryContract("voice"), None):
        await counter.minutes(11)
        counter.voice.fails = failure
    assert (await counter.do(reports.hers)).popitem()[1].number == "1"


# --- surveys ----------------------------------------------------------------------------------------------


async def _answered(counter: Counter, first: int = 4, second: int = 5, *, anonymous: bool = False) -> None:
    desk = counter.desk()
    async with counter.office.store.open() as records:
        person = await records.people.greet(LEYLA, "en")
        month, until = date(2026, 11, 1), datetime(2027, 1, 1, tzinfo=UTC)
        survey = OpenSurvey(
            desk.ids.uuid7(), person.id, SurveyKind.VISIT, "passport", CENTRE.id, "az", month, until,
            (first, second), anonymous,
        )  # fmt: skip
        assert await records.feedback.surveys.open(survey, str(survey.id))
        await records.feedback.surveys.close(SurveyAnswers(survey))


async def test_answers_are_handed_in_once_and_without_her(counter: Counter) -> None:
    await _answered(counter)
    await _answered(counter)
    await _answered(counter, 1, 2, anonymous=True)
    assert await hand_in_answers(counter.desk()) == 3
    assert await hand_in_answers(counter.desk()) == 0
    assert sorted(str(sent.answers["accueil"]) for sent in counter.voice.sent) == ["1", "4", "4"]
    for sent in counter.voice.sent:
        assert (sent.kind, sent.text, sent.contact, sent.place) == ("MARIANNE", "", None, CENTRE.id)
        assert sent.answers["lieu"] == CENTRE.id and sent.answers["langue"] == "az" and sent.idempotency_key == ""
    assert len(await counter.rows(SURVEYS)) == 3
    assert sum(row["count"] for row in await counter.rows(SURVEY_ANSWERS)) == 3, "our own figures stay"


@pytest.mark.parametrize(("failure", "again"), [(AWAY, True), (MinistryRefused("voice", "403"), True), (SILENT, False)])
async def test_an_answer_is_handed_in_again_only_where_it_was_surely_not_taken(
    failure: Exception, again: bool, counter: Counter
) -> None:
    await _answered(counter)
    counter.voice.send_fails = [(failure, not again)]
    assert await hand_in_answers(counter.desk()) == 0
    assert await hand_in_answers(counter.desk()) == int(again)
    assert len(counter.voice.sent) == 1


async def test_a_question_without_an_answer_is_left_out_and_old_months_stay(counter: Counter) -> None:
    await _answered(counter, 4, 0)
    assert await hand_in_answers(counter.desk()) == 1
    assert "attente" not in counter.voice.sent[0].answers
    await _answered(counter)
    counter.town.later(days=60)
    assert await hand_in_answers(counter.desk()) == 0
