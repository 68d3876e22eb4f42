"""What is taken and shown of surveys and complaints."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mobile_api.operations import Asked, Input, Output, Query
from mobile_api.resources.forms_values import Answers, FieldShown
from services.complaints import LONGEST_TEXT
from services.desk import service_word
from services.report_ports import Handing, OnItsWay
from services.satisfaction import LONGEST_SCALE
from services.satisfaction_ports import Complaint, OpenSurvey
from services.surveys import LONGEST_COMMENT

# Line breaks and letters; no other control characters, which no store of ours takes.
_WRITTEN = r"^[^\x00-\x08\x0b-\x1f\x7f]*\S[^\x00-\x08\x0b-\x1f\x7f]*$"
_OR_NOTHING = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
_PLACE = r"^[A-Za-z0-9_-]{0,64}$"
_SUBJECT = r"^[^\x00-\x1f\x7f]{1,64}$"
Digit = Annotated[int, Meta(ge=1, le=LONGEST_SCALE)]


class QuestionShown(Output, frozen=True):
    """One question in words, with the scale in them: 1 is the worst, `best` the best. `answer`: given already."""

    words: str
    best: int
    answer: Digit | None


class SurveyShown(Output, frozen=True):
    """A survey that waits for an answer. `kind`: after what she is asked; `place`: null for none."""

    id: str
    kind: Literal["visit", "decision"]
    service: str
    service_name: str
    place: str | None
    questions: tuple[QuestionShown, ...]
    expires_at: datetime

    @classmethod
    def of(cls, asked: Asked, survey: OpenSurvey) -> "SurveyShown":
        questions = asked.desk.services.satisfaction.questions(survey.kind)
        given = (*survey.answers, *(None for _ in questions))
        place = asked.desk.places.get(survey.place)
        return cls(
            survey.id.hex,
            survey.kind.value,
            survey.service,
            asked.say(service_word(survey.service)),
            place.called(asked.language) if place else None,
            tuple(
                QuestionShown(asked.say(question.word), question.best, answer)
                for question, answer in zip(questions, given, strict=False)
            ),
            survey.expires_at,
        )


class SurveyList(Output, frozen=True):
    """What she is asked now, newest first."""

    items: tuple[SurveyShown, ...]
    next: None = None


class SurveyAnswered(Input, frozen=True):
    """An answer to each question, in their order.

    `anonymous`: they are counted, and nothing that leads from them to her is kept; a comment cannot go with them.
    """

    answers: Annotated[tuple[Digit, ...], Meta(min_length=2, max_length=2)]
    anonymous: bool = False
    comment: Annotated[str, Meta(max_length=LONGEST_COMMENT, pattern=_OR_NOTHING)] = ""


class ComplaintMade(Input, frozen=True):
    """A complaint. `subject`: the code of the service, the id of the place, the reference, or the code of the kind
    (`/feedback/kinds`); `place` and `answers` (to the kind's own questions) go with a kind alone."""

    about: Literal["service", "place", "reference", "kind"]
    subject: Annotated[str, Meta(pattern=_SUBJECT)]
    text: Annotated[str, Meta(max_length=LONGEST_TEXT, pattern=_WRITTEN)]
    place: Annotated[str, Meta(pattern=_PLACE)] = ""
    answers: Answers = msgspec.field(default_factory=dict)


class WithMinistry(Output, frozen=True):
    """A complaint that a ministry takes itself. `handed_in`: it has confirmed it, perhaps under a `number`; until then
    it goes on being handed in. `says`: its words so far."""

    state: Literal["on_its_way", "handed_in"]
    number: str | None
    says: str | None

    @classmethod
    def of(cls, handing: Handing | None) -> "WithMinistry | None":
        if handing is None or handing.state is OnItsWay.OURS:
            return None
        there = handing.state is OnItsWay.FOLLOWED
        return cls("handed_in" if there else "on_its_way", handing.number or None, handing.words or None)


class KindQuery(Query, frozen=True):
    """`code`: that kind alone, with its questions."""

    code: Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class KindShown(Output, frozen=True):
    """What a ministry takes. `asks`: it has questions of its own, to be answered with the words; `fields` are these,
    null where the kind was not asked for by its code."""

    code: str
    title: str
    group: str | None
    asks: bool
    fields: tuple[FieldShown, ...] | None


class KindList(Output, frozen=True):
    """In the ministry's order; empty where none takes anything itself."""

    items: tuple[KindShown, ...]
    next: None = None


class ComplaintShown(Output, frozen=True):
    """A complaint, and its answer once there is one. `number`: by which she and the office call it. `ministry`: null
    for one that our own staff answers. An `answered` one without an answer was closed without a word."""

    number: str
    about: Literal["service", "place", "reference", "kind"]
    subject: str
    text: str
    state: Literal["open", "answered"]
    opened_on: date
    due_on: date
    answer: str | None
    answered_on: date | None
    ministry: WithMinistry | None

    @classmethod
    def of(cls, complaint: Complaint, handing: Handing | None = None) -> "ComplaintShown":
        return cls(
            complaint.number,
            complaint.about.value,
            complaint.subject,
            complaint.text,
            complaint.state.value,
            complaint.opened_on,
            complaint.due_on,
            complaint.answer or None,
            complaint.answered_on,
            WithMinistry.of(handing),
        )


class ComplaintList(Output, frozen=True):
    """Hers, newest first."""

    items: tuple[ComplaintShown, ...]
    next: None = None
