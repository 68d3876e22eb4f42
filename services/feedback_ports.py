"""All that is remembered of people's opinions and complaints."""

from dataclasses import dataclass

from services.report_ports import HandedAnswers, Handings
from services.satisfaction_ports import AnswerTimes, Complaints, Surveys


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is remembered of people's opinions, within one unit of work."""

    surveys: Surveys
    complaints: Complaints
    answer_times: AnswerTimes
    handings: Handings
    handed_answers: HandedAnswers
