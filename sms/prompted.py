"""Who takes the answer to a question that a message of ours asked (`services.questions`)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from services.desk import Desk
from services.questions import Question
from sms import pickup_answers, survey_answers, visit_answers
from sms.replies import Answer, Given

Handler: TypeAlias = Callable[[Desk, Given], Awaitable[Answer]]
"""What an answer does, and what is replied. It is handed whatever is no keyword while its question is the last that
was asked; what it does not understand it says so, and leaves the question open."""

HANDLERS: Mapping[Question, Handler] = {
    Question.VISIT: visit_answers.comes_or_not,
    Question.VISIT_SURE: visit_answers.sure,
    Question.PICKUP: pickup_answers.chosen,
    Question.PICKUP_SURE: pickup_answers.sure,
    Question.SURVEY: survey_answers.answered,
}
