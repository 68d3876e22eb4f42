"""Feedback in the app: surveys, complaints, and the figures for everybody."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.errors import MinistryUnavailable
from domain.msisdn import Msisdn
from mobile_api.resources import feedback, indicators, kinds
from services.complaints import answer
from services.promises import Promises
from services.satisfaction import SurveyKind
from services.satisfaction_ports import OpenSurvey, SurveyAnswers
from tests.mobile_api.bench import Bench, assert_as_declared, open_bench
from tests.services.voice import Voice
from tests.whole import Whole

LEYLA, KAMRAN = "+994507770001", "+994507770002"
PLACES = ("asan-01", "asan-02")


@pytest.fixture
def bench(whole_api: Whole) -> Bench:
    return open_bench(whole_api, more=(*feedback.OPS, *kinds.OPS, *indicators.OPS))


async def _asked(bench: Bench, number: str = LEYLA, place: str = "asan-01", subject: str = "v1") -> OpenSurvey:
    """She is asked about a visit, as the timer does it."""
    now = bench.whole.clock.now()
    async with bench.store.open() as records:
        person = await records.people.by_number(Msisdn(number))
        assert person is not None
        survey = OpenSurvey(
            bench.whole.parts.desk.ids.uuid7(),
            person.id,
            SurveyKind.VISIT,
            "id_card",
            place,
            "az",
            date(2026, 11, 1),
            now + timedelta(days=7),
        )
        assert await records.feedback.surveys.open(survey, subject)
    return survey


async def _said(bench: Bench, method: str, path: str, declared: str = "", **more: Any) -> Any:
    """One request, its answer held against the document."""
    reply = await bench.ask(method, path, **more)
    assert_as_declared(await bench.document(), method, declared or path, reply)
    return reply


async def test_she_answers_what_she_is_asked(bench: Bench) -> None:
    token = await bench.person()
    survey = await _asked(bench)
    listed = await _said(bench, "GET", "/feedback/surveys", token=token, accept_language="en")
    (shown,) = listed.json["items"]
    assert (shown["id"], shown["kind"], shown["service_name"]) == (survey.id.hex, "visit", "Identity card")
    assert shown["place"].startswith("ASAN 1") and [each["answer"] for each in shown["questions"]] == [None, None]
    path, declared = f"/feedback/surveys/{survey.id.hex}", "/feedback/surveys/{id}"
    for body, pointer in (
        ({"answers": [4, 7]}, "/answers"),
        ({"answers": [4, 5], "anonymous": True, "comment": "desk 4"}, "/comment"),
    ):
        refused = await _said(bench, "POST", path, declared, token=token, key=f"k{pointer}", body=body)
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, pointer)
    for key in ("k1", "k1"):
        done = await _said(
            bench, "POST", path, declared, token=token, key=key, body={"answers": [4, 5], "anonymous": True}
        )
        assert done.status == 204
    again = await _said(bench, "POST", path, declared, token=token, key="k2", body={"answers": [1, 1]})
    assert again.status == 404
    assert (await bench.ask("GET", "/feedback/surveys", token=token)).json["items"] == []


async def test_anothers_survey_and_complaint_are_not_there(bench: Bench) -> None:
    leyla, kamran = await bench.person(), await bench.person(KAMRAN)
    survey = await _asked(bench)
    made = await _complain(bench, leyla, "c1")
    path = f"/feedback/surveys/{survey.id.hex}"
    assert (await bench.ask("POST", path, token=kamran, key="x", body={"answers": [1, 1]})).status == 404
    assert (await bench.ask("GET", f"/feedback/complaints/{made['number']}", token=kamran)).status == 404
    assert (await bench.ask("GET", "/feedback/complaints", token=kamran)).json["items"] == []
    assert (await bench.ask("GET", "/feedback/complaints")).status == 401


async def test_she_is_asked_no_more(bench: Bench) -> None:
    token = await bench.person()
    await _asked(bench)
    assert (await _said(bench, "DELETE", "/feedback/surveys", token=token, key="d")).status == 204
    assert (await bench.ask("GET", "/feedback/surveys", token=token)).json["items"] == []


async def _complain(bench: Bench, token: str, key: str, **changed: Any) -> Any:
    body = {"about": "place", "subject": "asan-01", "text": "The lift is out of order.\nAgain."} | changed
    return (await _said(bench, "POST", "/feedback/complaints", token=token, key=key, body=body)).json


async def test_a_complaint_is_followed_to_its_answer(bench: Bench) -> None:
    token = await bench.person()
    made = await _complain(bench, token, "c1")
    assert made == await _complain(bench, token, "c1")
    assert (made["state"], made["opened_on"], made["due_on"], made["answer"]) == (
        "open",
        "2026-11-23",
        "2026-12-07",
        None,
    )
    async with bench.store.open() as records:
        notices = Promises(bench.whole.parts.pack.services, lambda: False)
        await answer(records, notices, date(2026, 11, 24), made["number"], "It is repaired.")
    declared = "/feedback/complaints/{number}"
    shown = (await _said(bench, "GET", f"/feedback/complaints/{made['number']}", declared, token=token)).json
    assert (shown["state"], shown["answer"], shown["answered_on"]) == ("answered", "It is repaired.", "2026-11-24")
    assert (await _said(bench, "GET", "/feedback/complaints", token=token)).json["items"] == [shown]


@pytest.mark.parametrize(
    "wrong", [{"about": "person"}, {"subject": "nowhere"}, {"subject": "41"}, {"text": "   "}, {"text": "x" * 1001}]
)
async def test_a_complaint_that_cannot_be_taken(bench: Bench, wrong: dict[str, str]) -> None:
    token = await bench.person()
    assert (await _complain(bench, token, "c1", **wrong))["code"] == "invalid_fields"


async def test_so_many_complaints_a_day(bench: Bench) -> None:
    token = await bench.person()
    codes = [(await _complain(bench, token, f"c{number}")).get("code") for number in range(6)]
    assert codes == [None] * 5 + ["too_many_requests"]


async def _month(bench: Bench) -> None:
    """Eleven answers at one place and two at another."""
    async with bench.store.open() as records:
        for number in range(13):
            person = await records.people.meet(Msisdn(f"+9945077700{number + 10}"), "az")
            place = PLACES[number > 10]
            survey = OpenSurvey(
                UUID(int=number + 1),
                person.id,
                SurveyKind.VISIT,
                "id_card",
                place,
                "az",
                date(2026, 11, 1),
                bench.whole.clock.now() + timedelta(days=7),
                (4, 5 if number % 2 else 3),
            )
            await records.feedback.surveys.open(survey, str(number))
            await records.feedback.surveys.close(SurveyAnswers(survey))


async def test_figures_of_a_month_are_for_everybody_and_few_are_withheld(bench: Bench) -> None:
    await _month(bench)
    running = (await _said(bench, "GET", "/indicators", query="month=2026-11")).json
    assert (running["told_from"], running["surveys"]) == ("2026-12-09", [])
    bench.whole.clock.advance(timedelta(days=20))
    told = (await _said(bench, "GET", "/indicators")).json
    assert (told["month"], told["withheld_below"], told["commitments"]["wait_minutes"]) == ("2026-11", 5, 20)
    everything = told["surveys"][0]
    assert (everything["service"], everything["asked"], everything["answered"]) == (None, 13, 13)
    waited = everything["questions"][1]
    assert (waited["mean"], waited["commitment"], waited["kept"]) == (3.92, "wait_minutes", 0.462)
    at_places = [each for each in told["surveys"] if each["place"]]
    assert len(at_places) == 4 and all(each["withheld"] and each["answered"] is None for each in at_places)
    one = (await _said(bench, "GET", "/indicators", query="place=asan-01&month=2026-11")).json["surveys"]
    assert one == [each for each in at_places if each["place"] == "asan-01"], "chosen from the whole, never made anew"


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "november", "2026-11-01"])
async def test_a_month_that_is_none(bench: Bench, month: str) -> None:
    assert (await _said(bench, "GET", "/indicators", query=f"month={month}")).status == 422


async def test_what_a_ministry_takes_itself_is_handed_to_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    token, voice = await bench.person(), Voice()
    assert (await _said(bench, "GET", "/feedback/kinds", token=token)).json["items"] == []
    monkeypatch.setattr(bench.whole.parts.desk.ministries, "_reports", voice)
    listed = (await _said(bench, "GET", "/feedback/kinds", token=token)).json["items"]
    assert [(each["code"], each["asks"], each["fields"]) for each in listed][:2] == [
        ("OBS", False, None),
        ("DOL", True, None),
    ]
    asked = (await _said(bench, "GET", "/feedback/kinds", token=token, query="code=DOL")).json["items"]
    assert [each["name"] for each in asked[0]["fields"]] == ["office", "day"]
    chosen = {"about": "kind", "subject": "DOL", "place": "asan-01", "answers": {"office": "1", "day": None}}
    made = await _complain(bench, token, "c1", **chosen)
    assert made["ministry"] == {"state": "handed_in", "number": "1", "says": None}
    assert (made["about"], made["subject"], voice.sent[0].answers) == ("kind", "DOL", {"office": "1"})
    voice.send_fails = [(MinistryUnavailable("voice"), False)]
    later = await _complain(bench, token, "c2", about="kind", subject="OBS")
    assert later["ministry"] == {"state": "on_its_way", "number": None, "says": None}
    listed = (await _said(bench, "GET", "/feedback/complaints", token=token)).json["items"]
    assert [each["ministry"]["state"] for each in listed] == ["on_its_way", "handed_in"]
    wrongs: tuple[dict[str, Any], ...] = (
        {"about": "kind", "subject": "GONE"},
        {"about": "kind", "subject": "DOL"},
        {"about": "place", "subject": "asan-01", "answers": {"office": "1"}},
    )
    for count, wrong in enumerate(wrongs):
        body = {"text": "Words", **wrong}
        reply = await _said(bench, "POST", "/feedback/complaints", token=token, key=f"wrong-{count}", body=body)
        assert (reply.status, reply.json["code"]) == (422, "invalid_fields")
