"""Values in requests: whatever they hold, each stays in its place. And picks: whatever comes, a value or a misread."""

import contextlib
import time
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import InvalidValue, MinistryAmbiguous, MinistryContract, MinistryRefused, MinistryUnavailable
from domain.money import Money
from domain.msisdn import Msisdn
from services.backends import addresses
from services.backends.config import BreakerLimits, MinistryLimits
from services.backends.mapped_config import AmountStyle, MappedConfig
from services.backends.mapped_picks import MappedPick, read_amount
from services.backends.mapped_reading import Reader
from services.backends.mapped_templates import Absent, Body, Fields, PathTemplate, Template, Writing, header_values
from services.backends.reading import Misread
from services.values import Submission
from tests.services.backends.mapped_under_test import mapped_at
from tests.services.backends.mapped_under_test import settings as settings_of
from tests.services.backends.test_any_answer import ANYTHING, LEAVES, of
from tests.services.backends.test_transport import ScriptedWire, answer

PLAIN = Writing("", "", ZoneInfo("UTC"))
FRENCH = Writing("%d/%m/%Y", "unix_ms", ZoneInfo("Africa/Casablanca"))
HOSTILE = st.text(max_size=20) | st.sampled_from(
    ["..", ".", "../..", "a/b", "a%2Fb", "x?y=1", "x#y", "a;b", "a\\b", "a\r\nb: c", "\x00", "", "é", "a&b=c", "{key}"]
)


@given(HOSTILE)
def test_no_value_climbs_out_of_a_path(value: str) -> None:
    template = PathTemplate("/files/{reference}.json/parts")
    try:
        url = addresses.address("https://m.test/api", template.fill({"reference": value}, PLAIN))
    except InvalidValue:
        return
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("https", "m.test", "", "")
    assert [unquote(segment) for segment in parts.path.split("/")] == ["", "api", "files", f"{value}.json", "parts"]


@given(HOSTILE, HOSTILE)
def test_a_query_says_what_was_said(first: str, second: str) -> None:
    pairs = Fields({"a": "{x}", "b": "x{y}"}).fill({"x": first, "y": second}, PLAIN)
    url = addresses.address("https://m.test", ("q",), pairs)
    told = {name: value for name, value in (("a", first), ("b", f"x{second}" if second else "")) if value}
    assert dict(parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=bool(told))) == told


@given(HOSTILE)
def test_no_value_splits_a_header(value: str) -> None:
    try:
        made = header_values(Fields({"X-Who": "me {x}"}).fill({"x": value}, PLAIN))
    except InvalidValue:
        assert not (value.isascii() and value.isprintable())
        return
    assert not set("".join(made.values())) & set("\r\n\0")


@given(st.recursive(HOSTILE | st.integers(-9, 9), lambda inner: st.dictionaries(HOSTILE, inner, max_size=3)))
def test_no_value_adds_a_key_to_a_body(value: Any) -> None:
    body = Body({"kept": "k", "inner": {"answers": "{answers}", "text": "<{answers.a}>"}})
    made = body.fill({"answers": value}, PLAIN)
    assert isinstance(made, dict) and made["kept"] == "k" and set(made) == {"kept", "inner"}
    assert set(made["inner"]) <= {"answers", "text"}
    if value != "":
        assert made["inner"]["answers"] == value


def test_values_are_written_as_the_ministry_writes_them() -> None:
    at = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    values = {"since": at, "first": date(2026, 11, 23), "born": "1984-03-12", "to": Msisdn("+212661234501"), "n": "7"}

    def said(text: str, writing: Writing = FRENCH) -> object:
        return Body(text).fill(values, writing)

    assert said("{since}") == "1795476600000" and said("{since}", PLAIN) == "2026-11-23T23:30:00.000Z"
    assert said("{since|date}") == "24/11/2026" and said("{first}") == "23/11/2026"
    assert said("{born|date}") == "12/03/1984" and said("{born}") == "1984-03-12"
    assert (said("{to}"), said("{to|digits}"), said("{n|number}")) == ("+212661234501", "212661234501", 7)
    with pytest.raises(Absent):
        said("{absent}")
    for wrong in ("{", "a}b", "{a b}", "{n|upper}", "{}"):
        with pytest.raises(InvalidValue):
            Template(wrong)
    for wrong in ("files", "/a//b", "/a/../b", "/a?b={n}", "/{n};v=1", "http://evil.example/x"):
        with pytest.raises(InvalidValue):
            PathTemplate(wrong)


@pytest.mark.parametrize(
    ("written", "currency", "style", "minor"),
    [
        ("1.250,50", "MAD", AmountStyle.COMMA, 125050),
        ("1 250,5", "MAD", AmountStyle.COMMA, 125050),
        ("30.000", "VND", AmountStyle.COMMA, 30000),
        ("1,250.50", "MAD", AmountStyle.POINT, 125050),
        (12.5, "MAD", AmountStyle.COMMA, 1250),
        (4420, "AZN", AmountStyle.MINOR, 4420),
        ("4420", "XOF", AmountStyle.MINOR, 4420),
    ],
)
def test_money_as_ministries_write_it(written: object, currency: str, style: AmountStyle, minor: int) -> None:
    assert read_amount(written, currency, style) == Money(minor, currency)


@pytest.mark.parametrize(
    ("written", "style"),
    [("12,345", AmountStyle.COMMA), ("1,2,3", AmountStyle.COMMA), ("12.5", AmountStyle.MINOR), ("x", AmountStyle.POINT),
     (True, AmountStyle.POINT), ("1.2.3", AmountStyle.POINT), ("1e9", AmountStyle.COMMA), ([], AmountStyle.POINT)],
)  # fmt: skip
def test_what_is_no_amount_is_never_rounded(written: object, style: AmountStyle) -> None:
    with pytest.raises(InvalidValue):
        read_amount(written, "MAD", style)


def test_the_functions_of_our_own() -> None:
    document = {"d": "23.11.2026", "t": 1795476600, "a": "", "l": ["x", None, "", 7], "m": "12,50"}
    assert MappedPick("date(d, '%d.%m.%Y')")(document) == date(2026, 11, 23)
    assert MappedPick("date(t, 'unix')")(document) == datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert MappedPick("date(nothing, 'unix')")(document) is None
    assert MappedPick("join(', ', l)")(document) == "x, 7" and MappedPick("join('-', nothing)")(document) == ""
    assert MappedPick("first(a, nothing, l, d)")(document) == "x"
    assert MappedPick("l[:1]")(document) == ["x"]
    assert MappedPick("money(m, 'MAD', 'comma')")(document) == Money(1250, "MAD")
    for misfit in ("date(d, '%Y')", "money(m, 'MAD', 'point')", "money(m, 'MAD', 'dear')", "sort_by(l, &x)"):
        with pytest.raises(Misread) as caught:
            MappedPick(misfit)(document)
        assert "12,50" not in str(caught.value) and "23.11" not in str(caught.value)


@pytest.mark.parametrize(
    "expression", ["a.", "[", "eval(a)", "a" * 700, "[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]", "no_such(a)"]
)
def test_a_pick_that_is_none_or_could_grow_without_end_is_refused(expression: str) -> None:
    with pytest.raises(InvalidValue):
        MappedPick(expression)


def test_the_dearest_pick_that_is_allowed_ends_soon() -> None:
    document = {"items": [{"a": [{"b": list(range(10))}] * 30}] * 30}
    began = time.process_time()
    MappedPick("[@,@][]|[@,@][]|[@,@][]|[@,@][].items[].a[].b[]")(document)
    assert time.process_time() - began < 2


STEP = of(le=LEAVES | st.just("23/11/2026 10:24:00"), etat=of(code=LEAVES, libelle=LEAVES))
DEMANDE = of(
    numero=LEAVES, nature=of(code=st.just(11)), etat=of(code=st.sampled_from([10, 20, 40, 77]), libelle=LEAVES),
    deposee=LEAVES | st.just("23/11/2026"), frais=of(montant=LEAVES | st.just("20,00"), regle=LEAVES),
    parcours=st.lists(STEP, max_size=3), retrait=of(guichet=of(id=LEAVES, nom=LEAVES), des=LEAVES), attendu=ANYTHING,
    demandeur=of(telephone=LEAVES, naissance=LEAVES), champs=ANYTHING,
)  # fmt: skip
SINGLE = of(succes=st.just(True), donnees=of(demande=DEMANDE), erreur=st.none())
LIST = of(succes=st.just(True), donnees=of(compte=of(numero=st.just("C-1")), demandes=st.lists(DEMANDE, max_size=3)))
READS = {
    "get": (SINGLE, lambda port, deadline: port.get("51", deadline)),
    "of_applicant": (LIST, lambda port, deadline: port.of_applicant("p", "passport", deadline)),
    "changed": (LIST, lambda port, deadline: port.changed("passport", datetime(2026, 1, 1, tzinfo=UTC), deadline)),
    "info": (ANYTHING, lambda port, deadline: port.info("passport", deadline)),
}
# Compiled once; its breaker never opens.
WIRE = ScriptedWire(answer())
PATIENT = MinistryLimits(breaker=BreakerLimits(failures=100_000, window=100_000, rate=1.0))
PORT = mapped_at("http://m.test", WIRE, settings_of("berkane"), PATIENT).applications


def answering(value: object) -> tuple[Any, Deadline]:
    WIRE.script = [answer(200, msgspec.json.encode(value))]
    return PORT, Deadline.after(60, HandClock(datetime(2026, 11, 22, tzinfo=UTC)))


@pytest.mark.parametrize("name", READS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
async def test_any_json_is_a_value_or_a_breach_of_contract(name: str, data: st.DataObject) -> None:
    shape, read = READS[name]
    port, deadline = answering(data.draw(shape | ANYTHING))
    with contextlib.suppress(MinistryContract, MinistryRefused):  # a refusal: the verdict found a code
        await read(port, deadline)


@settings(max_examples=60, deadline=None)
@given(SINGLE | ANYTHING)
async def test_any_answer_to_a_submission_is_a_value_a_refusal_or_an_open_question(value: object) -> None:
    port, deadline = answering(value)
    submission = Submission("life_certificate", "f", "p", {}, Msisdn("+212661234501"), "k")
    # Unavailable: no account could be opened, so nothing was handed in.
    with contextlib.suppress(MinistryAmbiguous, MinistryContract, MinistryRefused, MinistryUnavailable):
        await port.submit(submission, deadline)


@given(LEAVES, st.sampled_from(["", "%d/%m/%Y", "unix", "%H:%M %d/%m/%Y"]))
def test_any_text_is_a_day_or_a_misread(value: object, style: str) -> None:
    reader = Reader(MappedConfig(dates=style), ZoneInfo("UTC"))
    with contextlib.suppress(Misread):
        reader.day(value, "day")
        reader.moment(value, "moment")
