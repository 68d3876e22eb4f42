"""Answers to a survey: one digit a message, on the scale, or 0 for "without my name", or 9 for "ask me no more"."""

from services import surveys
from services.desk import Desk
from services.outcomes_feedback import NoSurvey, SurveyMisread, SurveyNext
from services.questions import Question
from services.satisfaction import ASK_NO_MORE, WITHOUT_NAME
from services.stored import word
from sms.records.prompts import Mark
from sms.replies import Answer, Given, Reply

_OVER = Reply("sms.reply_survey_over")
# Any digit that is on no scale.
_OFF_THE_SCALE = -1


async def answered(desk: Desk, given: Given) -> Answer:
    """Nothing personal is told: her opinion is taken from the number that was asked, for whom it still stands."""
    caller, survey = given.caller, word(given.prompt.facts, "survey")
    over = (given.prompt.id, Mark.OVER)
    if caller.person is None or not caller.bound or str(caller.person.id) != given.prompt.facts.get("person"):
        return Answer("survey_over", _OVER, marks=over)
    digit = _digit(given)
    if digit == ASK_NO_MORE:
        await surveys.stop(desk, caller)
        return Answer("survey_stop", Reply("sms.reply_survey_stopped"), marks=over)
    if digit == WITHOUT_NAME:
        step: surveys.Step = await surveys.without_name(desk, caller, survey)
    else:
        step = await surveys.answer(desk, caller, survey, digit)
    match step:
        case SurveyNext(question=question):
            asks = (Question.SURVEY, given.prompt.facts)
            reply = Reply("sms.reply_survey_next", {"question": question}, asks=asks, until=given.prompt.expires_at)
            return Answer("survey", reply, marks=over)
        case SurveyMisread(best=best):
            return Answer("survey_unclear", Reply("sms.reply_survey_misread", {"best": best}, closes=False))
        case NoSurvey():
            return Answer("survey_over", _OVER, marks=over)
    return Answer("survey", Reply("sms.reply_survey_thanks"), marks=over)


def _digit(given: Given) -> int:
    typed = given.answered.typed if given.answered else ""
    return int(typed) if typed.isdecimal() and len(typed) == 1 else _OFF_THE_SCALE
