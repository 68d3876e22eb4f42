"""The SMS doors: what providers tell is durable before they are answered, and nothing they send breaks a door."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_from_bytes, urlencode

import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from domain.msisdn import Msisdn, takes_sms
from gateway.aggregators.africastalking.callbacks import read_inbound
from gateway.doors.asgi import Gatekeeper
from gateway.doors.sms import sms_routes
from gateway.metrics import Metrics
from gateway.sms_intake import Intake
from sms.values import DeliveryReport, InboundSms, OptOutNotice, ReportWord
from storage.engine import create_engine
from storage.unit_of_work import Database, UnitOfWork
from tests.phone import Answer, request

SECRET = "s3cret-of-the-path"
DATA = json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text("utf-8"))["inputs"]
REPORTS = {entry["id"]: entry for entry in DATA if entry["surface"] == "delivery_report"}
PHONES = {entry["id"]: entry for entry in DATA if entry["surface"] == "phone"}


@dataclass
class Office:
    """The doors, and what came through them: `kept` once committed."""

    away: bool = False
    kept: list[object] = field(default_factory=list)
    woken: int = 0

    def __post_init__(self) -> None:
        self.metrics = Metrics()
        nowhere = Database(create_engine("postgresql+asyncpg://nobody@/none?host=/nowhere"))
        intake = Intake(nowhere.unit_of_work, self._take, self._take, self._take, self._wake)
        keeper = Gatekeeper((SECRET,), (), ())
        self.app = Starlette(routes=sms_routes(intake, keeper, self.metrics, body_seconds=0.2))

    async def _take(self, work: UnitOfWork, told: object) -> None:
        if self.away:
            await work.execute(text("SELECT 1"))
        work.after_commit(lambda: self.kept.append(told))

    def _wake(self) -> None:
        assert self.kept, "durable first"
        self.woken += 1

    async def at(self, kind: str, form: dict[str, str] | bytes, secret: str = SECRET) -> Answer:
        """A callback of Africa's Talking."""
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        return await request(self.app, "POST", f"/africastalking/{secret}/{kind}", body=body)

    async def kannel(self, kind: str, query: str, method: str = "GET") -> Answer:
        return await request(self.app, method, f"/kannel/{SECRET}/{kind}", query=query)

    def counted(self, kind: str, result: str, aggregator: str = "africastalking") -> float:
        labels = {"aggregator": aggregator, "kind": kind, "result": result}
        return self.metrics.registry.get_sample_value("guichet_sms_callbacks_total", labels) or 0.0


INBOUND = {"from": "+994501234501", "to": "7575", "text": "STATUT 48213 ə+&", "date": "2017-05-03T06:04:45Z",
           "id": "15071", "linkId": "l-1", "networkCode": "40001"}  # fmt: skip
REPORT = {"id": "ATXid_1", "status": "Success", "phoneNumber": "+994501234501", "networkCode": "40001"}


async def test_an_inbound_message_is_answered_once_it_is_durable() -> None:
    office = Office()
    answer = await office.at("sms", INBOUND)
    assert (answer.status, answer.body) == (200, b"")
    when = datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)
    assert office.kept == [
        InboundSms("africastalking", "15071", "+994501234501", "7575", "STATUT 48213 ə+&", when, "40001", "l-1")
    ]
    assert office.woken == 1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"date": "2017-05-03 06:04:45"}, ("+994501234501", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC))),
        ({"date": "yesterday"}, ("+994501234501", None)),
        ({"from": "MPESA"}, ("MPESA", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC))),
        ({"from": "7000", "date": ""}, ("7000", None)),
        ({"from": "994501234501", "date": ""}, ("+994501234501", None)),
    ],
)
async def test_senders_and_dates_as_they_come(changed: dict[str, str], expected: tuple[str, object]) -> None:
    office = Office()
    assert (await office.at("sms", {**INBOUND, **changed})).status == 200
    [sms] = office.kept
    assert isinstance(sms, InboundSms)
    assert (sms.sender, sms.sent_at) == expected


async def test_a_plus_that_the_form_turned_into_a_space_is_a_plus() -> None:
    assert read_inbound(b"", b"from=+994501234501&text=a&id=1").sender == "+994501234501"


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("Sent", ReportWord.INTERIM), ("Submitted", ReportWord.INTERIM), ("Buffered", ReportWord.INTERIM),
        ("Success", ReportWord.DELIVERED), ("Rejected", ReportWord.UNDELIVERED), ("Failed", ReportWord.UNDELIVERED),
        ("Expired", ReportWord.UNDELIVERED), ("AbsentSubscriber", ReportWord.UNDELIVERED),
        ("Borked", ReportWord.UNKNOWN), ("", ReportWord.UNKNOWN),
    ],
)  # fmt: skip
async def test_words_of_reports(status: str, word: ReportWord) -> None:
    office = Office()
    answer = await office.at("delivery-reports", {**REPORT, "status": status, "failureReason": "DeliveryFailure"})
    assert answer.status == 200
    assert office.kept == [
        DeliveryReport(
            "africastalking", "ATXid_1", word, status, "DeliveryFailure", Msisdn.parse("+994501234501"), "40001"
        )
    ]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("InsufficientCredit", "account"), ("UserInBlackList", "blocked"), ("UserInBlacklist", "blocked")],
)
async def test_what_is_no_fault_of_her_number(said: str, meant: str) -> None:
    """Our account's, or that she wants nothing from us."""
    office = Office()
    await office.at("delivery-reports", {**REPORT, "status": "Failed", "failureReason": said})
    [report] = office.kept
    assert isinstance(report, DeliveryReport) and report.reason == meant


async def test_who_blocked_us_there() -> None:
    office = Office()
    assert (await office.at("opt-outs", {"senderId": "7575", "phoneNumber": "+994501234501"})).status == 200
    assert office.kept == [OptOutNotice("africastalking", "7575", Msisdn.parse("+994501234501"))]
    assert (await office.at("opt-outs", {"senderId": "7575", "phoneNumber": "MPESA"})).status == 400


async def test_kannel_calls_with_get() -> None:
    office = Office()
    report = await office.kannel(
        "delivery-reports", "id=part0-Zm9v&status=1&answer=id%3A17+err%3A008+text%3ASalam&to=%2B994501234501"
    )
    assert report.status == 200
    arabic = quote_from_bytes("سلام".encode("utf-16-be"))
    query = f"from=%2B994501234501&to=7575&text={arabic}&charset=UTF-16BE&coding=2&id=k-1&date=2026-05-03+06:04:45"
    assert (await office.kannel("sms", query)).status == 200
    assert (
        await office.kannel("sms", "from=%2B994501234501&to=7575&text=Salam+%C9%99&charset=UTF-8&coding=0")
    ).status == 200
    assert office.kept == [
        DeliveryReport("kannel", "part0-Zm9v", ReportWord.DELIVERED, "1", "008", Msisdn.parse("+994501234501")),
        InboundSms("kannel", "k-1", "+994501234501", "7575", "سلام", datetime(2026, 5, 3, 6, 4, 45, tzinfo=UTC)),
        InboundSms("kannel", "", "+994501234501", "7575", "Salam ə"),
    ]
    assert (await office.kannel("sms", "from=7000", method="HEAD")).status == 405, "a look is not a message"
    assert (await office.kannel("opt-outs", "phoneNumber=%2B994501234501")).status == 404


@pytest.mark.parametrize("charset", ["base64", "zlib", "no-such", "utf-7", "\0", "binary", "idna"])
async def test_no_alphabet_breaks_the_door(charset: str) -> None:
    office = Office()
    answer = await office.kannel("sms", urlencode({"from": "7000", "text": "\u0636\x00", "charset": charset}))
    assert answer.status == 200


async def test_a_wrong_secret_is_404_before_anything_is_read() -> None:
    office = Office(away=True)
    for kind in ("sms", "delivery-reports", "opt-outs"):
        assert (await office.at(kind, b"x" * 9000, secret="guessed")).status == 404
    assert office.kept == []


async def test_stores_away_is_try_again() -> None:
    office = Office(away=True)
    for kind, form in (("sms", INBOUND), ("delivery-reports", REPORT)):
        answer = await office.at(kind, form)
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert office.counted(kind, "not_stored") == 1
    assert (office.kept, office.woken) == ([], 0)


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("sms", b"", 400), ("sms", b"text=only", 400), ("sms", b"from=+994501234501&id=%00", 400),
        ("sms", b"from=%00%01", 400), ("sms", b"from=a&from=b", 400), ("sms", b"from=7000&id=" + b"9" * 129, 400),
        ("sms", b"from=7000&text=" + b"a" * 9000, 413), ("sms", b"from=7000&text=%ff%fe", 200),
        ("delivery-reports", b"status=Success", 400), ("delivery-reports", b"id=%20&status=Success", 400),
        ("delivery-reports", b"id=X&status=" + b"%E2%80%AE" * 500, 200), ("opt-outs", b"senderId=7575", 400),
        ("delivery-reports", b"\xff\xfe\x00=&&&==", 400),
    ],
)  # fmt: skip
async def test_broken_forms(kind: str, body: bytes, status: int) -> None:
    office = Office()
    assert (await office.at(kind, body)).status == status
    assert office.counted(kind, "invalid") == (status == 400)


async def test_a_body_that_never_arrives_is_given_up() -> None:
    office = Office()
    answer = await request(office.app, "POST", f"/africastalking/{SECRET}/sms", chunks=[b"from=7000", b""])
    assert answer.status in (200, 408)
    assert (await office.kannel("sms", "from=7000&text=" + "a" * 9000)).status == 413


async def test_every_delivery_report_of_the_catalogue_at_the_door() -> None:
    """What the door answers and counts; what a report then changes is asserted where reports are applied."""
    for name, entry in REPORTS.items():
        office = Office()
        words = [word.split(" x")[0] for word in entry.get("seq", [])]
        forms: list[dict[str, str]] = [entry["form"]] if "form" in entry else [{"id": "X", "status": w} for w in words]
        for form in forms:
            assert (await office.at("delivery-reports", form)).status == 200, name
        told = [report.word for report in office.kept if isinstance(report, DeliveryReport)]
        match entry["expect"]:
            case "200, no change, counted":
                assert told == [ReportWord.UNKNOWN]
                assert office.counted("delivery-reports", "unknown_word") == 1
            case "stays delivered":
                assert told == [ReportWord.DELIVERED, ReportWord.INTERIM]
            case "accepted or unknown; not 5xx" | "one transition, one callback to backend" | "no change":
                assert told == [ReportWord.DELIVERED]
            case other:
                pytest.fail(f"{name}: nothing asserts {other!r}")
    print(f"delivery_report: {len(REPORTS)} entries at the door")
    assert len(REPORTS) == 5


def test_every_phone_of_the_catalogue() -> None:
    """Numbers as they are read everywhere (`Msisdn.parse`), and whether an SMS may go there (`takes_sms`)."""
    for name, entry in PHONES.items():
        raw = entry["value"] if "value" in entry else json.loads(entry["json_text"])["phone"]
        if entry["expect"] == "422":
            # Not text at all: the doors that take JSON refuse it by its type, before a number is read.
            assert not isinstance(raw, str)
            continue
        parsed = _parsed(raw)
        match entry["expect"]:
            case "+212661234567 only when country is set":
                assert parsed is None
                assert Msisdn.parse(raw, "MA").e164 == "+212661234567"
            case "+212661234567 or refused; not a third number":
                assert parsed in (None, "+212661234567")
            case "normalised to ASCII: same blind index":
                assert parsed == "+212661234567"
            case expected if expected.startswith("+"):
                assert parsed == expected
            case "warned or refused by number type":
                assert parsed and not takes_sms(Msisdn.parse(raw), "MA")
            case expected if expected.startswith("refused"):
                # A satellite's number is a number; none of ours goes there, as to no country but the pack's own.
                assert parsed is None or not takes_sms(Msisdn.parse(raw), "MA"), name
            case other:
                pytest.fail(f"{name}: nothing asserts {other!r}")
    print(f"phone: {len(PHONES)} entries")
    assert len(PHONES) == 16


def _parsed(raw: str) -> str | None:
    try:
        return Msisdn.parse(raw).e164
    except ValueError:
        return None
