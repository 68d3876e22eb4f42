"""A pack's surveys that are handed to a ministry: each question has a code there."""

import pytest

from gateway.pack_satisfaction import (
    CommitmentsFile,
    QuestionFile,
    ReportToFile,
    SatisfactionFile,
    SurveyFile,
    disagreements,
    satisfaction_of,
)
from services.satisfaction import HandedTo, SurveyKind

CODES = {"received": "accueil", "waited": "attente"}


def _file(codes: dict[str, str]) -> SatisfactionFile:
    to = ReportToFile("MARIANNE", codes, place="lieu")
    survey = SurveyFile(("passport",), ("received", "waited"), report_to=to)
    return SatisfactionFile({"received": QuestionFile(), "waited": QuestionFile()}, {SurveyKind.VISIT: survey})


def test_the_answers_go_under_the_codes_of_the_ministry() -> None:
    file = _file(CODES)
    assert disagreements(file, {"passport"}, ()) == []
    assert satisfaction_of(file).rules[SurveyKind.VISIT].handed_to == HandedTo(
        "MARIANNE", "accueil", "attente", place="lieu"
    )


@pytest.mark.parametrize("codes", [{}, {"received": "accueil"}, {**CODES, "clear": "x"}])
def test_a_question_without_a_code_is_told(codes: dict[str, str]) -> None:
    (wrong,) = disagreements(_file(codes), {"passport"}, ())
    assert wrong.startswith(
        "satisfaction.yaml: surveys.visit.report_to.attributes: a code for each of received, waited"
    )


def test_whom_to_turn_to_is_a_place_of_the_pack() -> None:
    file = SatisfactionFile(commitments=CommitmentsFile(late_at="asan-01"))
    assert disagreements(file, (), {"asan-01"}) == [] and satisfaction_of(file).late_at == "asan-01"
    assert disagreements(file, (), ()) == ["satisfaction.yaml: commitments.late_at: 'asan-01' is not known"]
