"""What people have to say, in Open311: the standard itself, and what real servers make of it."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import MinistryAmbiguous, MinistryContract, MinistryError, MinistryRefused
from domain.msisdn import Msisdn
from domain.position import Position
from services.backends.open311 import Open311Desk
from services.backends.open311_config import Open311Config
from services.backends.wire import HttpWire, RawAnswer
from services.values import (
    FieldKind,
    Form,
    FormField,
    FormUnsupportedReason,
    Report,
    ReportKind,
    ReportStanding,
    ReportTaken,
)
from tests.services.backends.backends_under_test import Sandbox, no_longer_than, transport
from tests.services.backends.test_any_answer import ANYTHING, LEAVES, of
from tests.services.backends.test_transport import ScriptedWire, answer
from tests.services.backends.voices_under_test import BERKANE, COMPLAINT, HandTurned, desk

REPORT = Report("DOL", "Words", address="Here")
SINCE = datetime(2026, 11, 23, 8, tzinfo=UTC)


class Asked(ScriptedWire):
    """Gives JSON values in turn, and keeps the forms that were handed in."""

    def __init__(self, *values: object) -> None:
        steps = [step if isinstance(step, RawAnswer) else answer(200, msgspec.json.encode(step)) for step in values]
        super().__init__(*steps)
        self.forms: list[list[tuple[str, str]]] = []

    async def send(self, method: str, url: str, headers: Any, body: bytes | None, **limits: Any) -> Any:
        self.forms.append(parse_qsl((body or b"").decode(), keep_blank_values=True))
        return await super().send(method, url, headers, body, **limits)


def asking(*values: object, **config: Any) -> tuple[Open311Desk, Asked, Deadline]:
    wire = Asked(*values)
    made = Open311Desk(transport("m", "http://m.test", wire), Open311Config(**config))
    return made, wire, Deadline.after(5, HandClock(SINCE))


# --- the simulated desks ------------------------------------------------------------------------------


async def test_what_it_takes_and_asks_in_both_languages(sandbox: Sandbox, wire: HttpWire) -> None:
    berkane, deadline = desk(sandbox.ministry("berkane-voice"), wire), no_longer_than(30)
    assert [kind.title for kind in await berkane.kinds("fr", deadline)] == ["Observation", "Proposition", "Doléance"]
    assert (await berkane.kinds("ar", deadline))[2] == ReportKind("DOL", "شكاية", True, "usagers")
    assert await berkane.questions("OBS", "fr", deadline) is None
    form = await berkane.questions("DOL", "ar", deadline)
    assert isinstance(form, Form)
    assert [(field.kind, field.required) for field in form.fields] == [
        (FieldKind.CHOICE, True),
        (FieldKind.DATE, False),
        (FieldKind.GROUP, False),
    ]
    assert form.fields[0].choices[1] == ("CERTIFICATS", "الشواهد الإدارية")


async def test_a_complaint_goes_from_its_number_to_its_answer() -> None:
    wire = HandTurned()
    berkane, deadline = desk("http://m.test/ministries/berkane-voice", wire), no_longer_than(30)
    answers = {"service": "ARMES", "date_faits": "2026-11-20", "motifs": [{"value": "ATTENTE"}, {"value": "REFUS"}]}
    report = Report("DOL", "Trois heures", answers, contact=Msisdn("+212600000001"))
    taken = await berkane.send(report, deadline)
    assert taken == ReportTaken(number="2603")
    (now,) = await berkane.standing([taken.number, "999"], deadline)
    assert not now.closed and now.words == "" and now.due is not None
    assert await berkane.find(report, wire.clock.now(), deadline) == taken
    wire.clock.turn(timedelta(days=12))
    (later,) = await berkane.standing([taken.number], deadline)
    assert later.closed and later.words.startswith("Votre doléance a été traitée")


async def test_a_token_becomes_a_number() -> None:
    wire = HandTurned()
    berkane, deadline = desk("http://m.test/ministries/berkane-voice", wire), no_longer_than(30)
    taken = await berkane.send(Report("PROP", "Un guichet de plus", {"service": "ARMES"}), deadline)
    assert taken.token and not taken.number
    assert await berkane.number(taken.token, deadline) == ""
    wire.clock.turn(timedelta(days=1))
    assert await berkane.number(taken.token, deadline) == "2603"
    assert await berkane.number("none", deadline) == ""


@pytest.mark.parametrize(
    ("report", "key", "becomes"),
    [
        (COMPLAINT, "wrong", MinistryRefused),
        (Report("DOL", "no office said"), "demo", MinistryRefused),
        (Report("GONE", "words"), "demo", MinistryContract),
    ],
)
async def test_what_is_not_taken(
    report: Report, key: str, becomes: type[MinistryError], sandbox: Sandbox, wire: HttpWire
) -> None:
    with pytest.raises(becomes):
        await desk(sandbox.ministry("berkane-voice"), wire, BERKANE, key).send(report, no_longer_than(30))


async def test_the_survey_is_a_kind_with_marks(sandbox: Sandbox, wire: HttpWire) -> None:
    senegal = desk(sandbox.ministry("ess-voice"), wire)
    form = await senegal.questions("MARIANNE", "fr", no_longer_than(30))
    assert isinstance(form, Form)
    assert [key for key, _ in form.fields[0].choices] == ["1", "2", "3", "4", "5"]
    assert form.fields[2].title == "Espace (code du lieu)"


async def test_the_same_in_xml(sandbox: Sandbox) -> None:
    async with sandbox.session.get(f"{sandbox.ministry('berkane-voice')}/services.xml") as told:
        assert (await told.text()).startswith(
            '<?xml version="1.0" encoding="utf-8"?>\n<services><service><service_code>'
        )


# --- what real servers make of it -----------------------------------------------------------------------

KIND = ReportKind("7", "Road")
KINDS: list[tuple[object, list[ReportKind]]] = [
    ([{"service_code": 7, "service_name": "Road"}], [KIND]),
    ({"services": [{"service_code": "7", "service_name": "Road", "metadata": "false"}]}, [KIND]),
    ({"service_code": "7", "service_name": "Road", "metadata": 0, "group": None}, [KIND]),
    ([{"service_code": "7", "description": "Road"}], [KIND]),
    ([{"service_code": "7"}], [ReportKind("7", "7")]),
    ([{"service_code": "7", "service_name": "Road", "metadata": "TRUE"}], [ReportKind("7", "Road", True)]),
    ([], []),
]


@pytest.mark.parametrize(("told", "read"), KINDS)
async def test_kinds(told: object, read: list[ReportKind]) -> None:
    made, _, deadline = asking(told)
    assert list(await made.kinds("", deadline)) == read


ATTRIBUTES: list[tuple[dict[str, object], FormField]] = [
    ({"datatype": "string"}, FormField("c", FieldKind.STRING, "c", False)),
    ({"datatype": "Text", "required": "true"}, FormField("c", FieldKind.STRING, "c")),
    ({"datatype": "number", "required": 1}, FormField("c", FieldKind.NUMBER, "c")),
    ({"datatype": "datetime", "description": "When?"}, FormField("c", FieldKind.DATE, "When?", False)),
    (
        {"datatype": "number", "description": "How many?", "datatype_description": "whole"},
        FormField("c", FieldKind.NUMBER, "How many? (whole)", False),
    ),
    (
        {"datatype": "singlevaluelist", "values": [{"key": 1, "name": "One"}, {"key": "2"}, {"name": "Three"}]},
        FormField("c", FieldKind.CHOICE, "c", False, (("1", "One"), ("2", "2"), ("Three", "Three"))),
    ),
    (
        {"datatype": "singlevaluelist", "values": {"a": "A"}},
        FormField("c", FieldKind.CHOICE, "c", False, (("a", "A"),)),
    ),
    (
        {"datatype": "singlevaluelist", "values": ["A", "B"]},
        FormField("c", FieldKind.CHOICE, "c", False, (("A", "A"), ("B", "B"))),
    ),
    (
        {"datatype": "singlevaluelist", "values": {"value": [{"key": "a", "name": "A"}]}},
        FormField("c", FieldKind.CHOICE, "c", False, (("a", "A"),)),
    ),
]


@pytest.mark.parametrize(("told", "read"), ATTRIBUTES)
async def test_questions(told: dict[str, object], read: FormField) -> None:
    for wrapped in (
        {"attributes": [{"code": "c", **told}]},
        [{"service_code": 7, "attributes": {"code": "c", **told}}],
    ):
        made, _, deadline = asking(wrapped)
        assert await made.questions("7", "", deadline) == Form("7", "", (read,))


async def test_questions_in_their_order_without_what_is_only_told_or_cannot_be_asked() -> None:
    attributes = [
        {"code": "b", "datatype": "string", "order": "2"},
        {"code": "words", "datatype": "string", "order": 0, "variable": False},
        {"code": "photo", "datatype": "file", "order": 3, "required": False},
        {"code": "a", "datatype": "string", "order": 1, "variable": "true"},
        {"code": "last", "datatype": "string"},
    ]
    made, _, deadline = asking({"attributes": attributes})
    form = await made.questions("7", "", deadline)
    assert isinstance(form, Form) and [field.name for field in form.fields] == ["a", "b", "last"]


@pytest.mark.parametrize(
    ("attribute", "path"),
    [
        ({"code": "photo", "datatype": "file", "required": True}, "/photo"),
        ({"code": "x", "datatype": "singlevaluelist", "values": [], "required": True}, "/x"),
        ({"code": "y", "required": True}, "/y"),
    ],
)
async def test_a_required_question_that_no_keypad_can_ask(attribute: object, path: str) -> None:
    made, _, deadline = asking({"attributes": [attribute]})
    assert await made.questions("7", "", deadline) == FormUnsupportedReason(path)


@pytest.mark.parametrize("told", [{"attributes": []}, {"service_code": "7"}, {"attributes": None}, answer(404, b"[]")])
async def test_nothing_to_ask(told: object) -> None:
    made, _, deadline = asking(told)
    assert await made.questions("7", "", deadline) is None


TAKEN: list[tuple[object, ReportTaken]] = [
    ([{"service_request_id": 12}], ReportTaken("12")),
    ({"service_request_id": "12"}, ReportTaken("12")),
    ({"service_requests": [{"service_request_id": "A-12", "token": "t"}]}, ReportTaken("A-12")),
    ([{"token": "t-1", "service_request_id": None}], ReportTaken("", "t-1")),
    ([{"service_notice": "Thank you", "account_id": None}], ReportTaken()),
]


@pytest.mark.parametrize(("told", "read"), TAKEN)
async def test_taken(told: object, read: ReportTaken) -> None:
    made, _, deadline = asking(told)
    assert await made.send(REPORT, deadline) == read


REFUSALS: list[tuple[object, type[MinistryError], str]] = [
    (answer(400, b'[{"code": 400, "description": "too long"}]'), MinistryRefused, "too long"),
    (answer(400, b'{"errors": [{"code": "x", "description": "too long"}]}'), MinistryRefused, "too long"),
    (answer(403, b'{"error": {"code": 403, "description": "key"}}'), MinistryRefused, "key"),
    (answer(400, b'"no"'), MinistryRefused, ""),
    (answer(400, b""), MinistryRefused, ""),
    ([{"code": 400, "description": "address"}], MinistryRefused, "address"),
    ({"errors": [{"code": 400, "description": "address"}]}, MinistryRefused, "address"),
    ([{"code": 404, "description": "service_code"}], MinistryContract, ""),
    (answer(401, b"{}"), MinistryContract, ""),
    (answer(409, b"{}"), MinistryAmbiguous, ""),
    ([], MinistryAmbiguous, ""),
    ([{"status": "ok"}], MinistryAmbiguous, ""),
    ([{"service_request_id": {}}], MinistryAmbiguous, ""),
    ("done", MinistryAmbiguous, ""),
]


@pytest.mark.parametrize(("told", "becomes", "words"), REFUSALS)
async def test_not_taken(told: object, becomes: type[MinistryError], words: str) -> None:
    made, _, deadline = asking(told)
    with pytest.raises(becomes) as caught:
        await made.send(REPORT, deadline)
    assert getattr(caught.value, "words", "") == words


STANDINGS: list[tuple[object, list[ReportStanding]]] = [
    ([{"service_request_id": 12, "status": "OPEN"}], [ReportStanding("12", False)]),
    ({"service_request_id": "12", "status": "closed", "status_notes": "Done"}, [ReportStanding("12", True, "Done")]),
    ([{"service_request_id": 12, "status": "fixed"}, {"service_request_id": 13}], [ReportStanding("12", True)]),
    (
        [{"service_request_id": 12, "updated_datetime": "yesterday", "expected_datetime": "2026-11-23T10:00:00+01:00"}],
        [ReportStanding("12", False, due=datetime(2026, 11, 23, 9, tzinfo=UTC))],
    ),
    (answer(404, b'[{"code":404,"description":"none"}]'), []),
    ([{"code": 404, "description": "none"}], []),
]


@pytest.mark.parametrize(("told", "read"), STANDINGS)
async def test_standing(told: object, read: list[ReportStanding]) -> None:
    for asked in ("list", "each"):
        made, wire, deadline = asking(told, asked=asked)
        assert list(await made.standing(["12"], deadline)) == read
        assert wire.sent[0][1].endswith("/requests/12.json" if asked == "each" else "?service_request_id=12")


async def test_many_are_asked_about_in_batches() -> None:
    made, wire, deadline = asking([])
    assert await made.standing([str(number) for number in range(120)], deadline) == []
    assert [len(url.split("%2C")) for _, url in wire.sent] == [50, 50, 20]


async def test_pages_end_when_one_is_short_or_the_same_again() -> None:
    full = [{"service_code": str(number)} for number in range(2)]
    made, wire, deadline = asking(full, full, page_size=2)
    assert len(await made.kinds("", deadline)) == 2 and len(wire.sent) == 2
    made, wire, deadline = asking(full, [{"service_code": "9"}], page_size=2)
    assert len(await made.kinds("", deadline)) == 3
    assert wire.sent[1][1].endswith("services.json?page=2&per_page=2")


async def test_what_is_handed_in() -> None:
    definition = {"attributes": [{"code": "day", "datatype": "datetime"}, {"code": "slot", "datatype": "string"}]}
    made, wire, deadline = asking(
        definition,
        [{"service_request_id": 1}],
        jurisdiction_id="ma",
        zone="Africa/Casablanca",
        places={"a": "77"},
        share_contact=True,
    )
    answers = {"day": "2026-11-20", "slot": "2026-11-20", "many": [{"value": "x"}, {"value": "y"}], "none": None}
    report = Report("DOL", "é" * 5000, answers, "a", contact=Msisdn("+212600000001"), position=Position(34.92, -2.32))
    await made.send(report, deadline)
    assert wire.sent[0][1] == "http://m.test/services/DOL.json?jurisdiction_id=ma"
    assert wire.forms[1] == [
        ("jurisdiction_id", "ma"),
        ("service_code", "DOL"),
        ("description", "é" * 4000),
        ("lat", "34.920000"),
        ("long", "-2.320000"),
        ("address_id", "77"),
        ("attribute[day]", "2026-11-20T00:00:00+01:00"),
        ("attribute[slot]", "2026-11-20"),
        ("attribute[many][]", "x"),
        ("attribute[many][]", "y"),
        ("phone", "+212600000001"),
    ]


async def test_her_number_is_given_only_where_the_pack_says_so() -> None:
    made, wire, deadline = asking([{"service_request_id": 1}], address="Annexe")
    await made.send(Report("DOL", "w", contact=Msisdn("+212600000001")), deadline)
    assert wire.forms[0] == [("service_code", "DOL"), ("description", "w"), ("address_string", "Annexe")]


async def test_a_lost_answer_is_looked_for_and_a_list_that_need_not_hold_all_proves_nothing() -> None:
    others = [{"service_request_id": 1, "service_code": "OBS", "description": "Words"}]
    made, wire, deadline = asking([*others, {"service_request_id": 2, "description": " Words\n"}])
    assert await made.find(REPORT, SINCE, deadline) == ReportTaken("2")
    assert "start_date=2026-11-23T07%3A50%3A00Z" in wire.sent[0][1]
    made, _, deadline = asking(others, lists_all=True)
    assert await made.find(REPORT, SINCE, deadline) is None
    made, _, deadline = asking(others)
    with pytest.raises(MinistryAmbiguous):
        await made.find(REPORT, SINCE, deadline)


@pytest.mark.parametrize("code", ["../x", "a/b", "a?b"])
async def test_a_code_that_no_address_can_hold(code: str) -> None:
    made, _, deadline = asking([])
    with pytest.raises(MinistryContract):
        await made.questions(code, "", deadline)


# --- whatever it answers --------------------------------------------------------------------------------

ITEM = of(
    service_code=LEAVES,
    service_name=LEAVES,
    metadata=LEAVES,
    service_request_id=LEAVES,
    token=LEAVES,
    status=LEAVES,
    status_notes=LEAVES,
    updated_datetime=LEAVES,
    expected_datetime=LEAVES,
    description=LEAVES,
    code=LEAVES,
)
ATTRIBUTE = of(
    code=LEAVES,
    datatype=st.sampled_from(["string", "number", "datetime", "singlevaluelist", "multivaluelist", "file"]),
    values=st.lists(of(key=LEAVES, name=LEAVES), max_size=3),
    order=LEAVES,
    required=LEAVES,
    variable=LEAVES,
)
VALUE = ANYTHING | ITEM | st.lists(ITEM, max_size=3) | of(attributes=st.lists(ATTRIBUTE, max_size=3))


@settings(max_examples=300, deadline=None)
@given(VALUE)
async def test_any_json_is_a_value_or_a_failure_of_its_kind(value: object) -> None:
    made, _, deadline = asking(value)
    for read in (
        made.kinds("", deadline),
        made.questions("7", "", deadline),
        made.standing(["12"], deadline),
        made.number("t", deadline),
    ):
        with contextlib.suppress(MinistryContract, MinistryRefused):
            await read
    with contextlib.suppress(MinistryAmbiguous, MinistryRefused, MinistryContract):
        await made.send(REPORT, deadline)
