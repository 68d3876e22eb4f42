"""What is taken and shown of surveys and complaints."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta

from mobile_api.operations import Asked, Input, Output
from services.complaints import LONGEST_TEXT
from services.desk import service_word
from services.satisfaction import LONGEST_SCALE
from services.satisfaction_ports import Complaint, OpenSurvey
from services.surveys import LONGEST_COMMENT

# Line breaks and letters; no other control characters, which no store of ours takes.
_WRITTEN = r"^[^\x00-\x08\x0b-\x1f\x7f]*\S[^\x00-\x08\x0b-\x1f\x7f]*$"
_OR_NOTHING = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
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
            place.name if place else None,
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
    """A complaint. `subject`: the code of the service, the id of the place, or the reference."""

    about: Literal["service", "place", "reference"]
    subject: Annotated[str, Meta(pattern=_SUBJECT)]
    text: Annotated[str, Meta(max_length=LONGEST_TEXT, pattern=_WRITTEN)]


class ComplaintShown(Output, frozen=True):
    """A complaint, and its answer once there is one. `number`: by which she and the office call it."""

    number: str
    about: Literal["service", "place", "reference"]
    subject: str
    text: str
    state: Literal["open", "answered"]
    opened_on: date
    due_on: date
    answer: str | None
    answered_on: date | None

    @classmethod
    def of(cls, complaint: Complaint) -> "ComplaintShown":
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
        )


class ComplaintList(Output, frozen=True):
    """Hers, newest first."""

    items: tuple[ComplaintShown, ...]
    next: None = None
