"""Three ministries with APIs of their own taste, each connected by data alone, over HTTP."""

from datetime import UTC, date, datetime, timedelta

from domain.money import Money
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from sandbox.ministries.berkane_data import REQUESTS
from sandbox.ministries.vnpost import s10
from services.backends.mapped_applications import MappedApplications
from services.backends.wire import HttpWire
from services.values import Change, DeliveryState, Form, Submission
from tests.services.backends.backends_under_test import DUE, Sandbox, no_longer_than
from tests.services.backends.mapped_under_test import applications

SALMA = "+212661234501"
NEWCOMER = Msisdn("+212661999999")


def number(body: str) -> str:
    return REQUESTS.complete(body + "0")


async def test_an_account_with_all_its_requests(sandbox: Sandbox, wire: HttpWire) -> None:
    berkane = applications("berkane", sandbox.ministry("berkane"), wire)
    certificates = await berkane.of_applicant(SALMA, "residence_certificate", no_longer_than(30))
    assert [found.reference for found in certificates] == [number("511000")]
    passports = await berkane.of_applicant(SALMA, "passport", no_longer_than(30))
    assert [(found.reference, found.state) for found in passports] == [(number("521001"), ApplicationState.IN_REVIEW)]
    assert await berkane.of_applicant("nobody", "passport", no_longer_than(30)) == ()


async def test_a_certificate_that_is_ready_with_its_history(sandbox: Sandbox, wire: HttpWire) -> None:
    berkane = applications("berkane", sandbox.ministry("berkane"), wire)
    found = await berkane.get(number("511000"), no_longer_than(30))
    assert (found.service, found.state) == ("residence_certificate", ApplicationState.READY_FOR_PICKUP)
    assert found.ministry_word == "Prête au guichet"
    assert [step.state for step in found.history] == ["received", "in_review", "ready_for_pickup"]
    assert found.history[0].on == found.submitted_on and found.history[1].word == {"": "À l'étude"}
    assert found.contact == Msisdn(SALMA) and found.birth_date == date(1984, 3, 12) and found.slip_key == "482913"
    assert found.pickup.place.name == "5e annexe (démo) Berkane" and found.pickup.place.id == "5"
    assert found.pickup.available_until > found.pickup.available_from
    assert (found.fee.amount, found.fee.paid) == (Money(2000, "MAD"), False)


async def test_a_code_that_the_pack_does_not_know_is_kept(sandbox: Sandbox, wire: HttpWire) -> None:
    berkane = applications("berkane", sandbox.ministry("berkane"), wire)
    found = await berkane.get(number("511005"), no_longer_than(30))
    assert (found.state, found.ministry_word) == (ApplicationState.UNKNOWN, "En instance")
    for unknown in ("59999999", "../comptes", "a/b", "", "x\r\ny"):
        assert await berkane.get(unknown, no_longer_than(30)) is None


async def test_a_first_request_opens_the_account_once(sandbox: Sandbox, wire: HttpWire) -> None:
    berkane = applications("berkane", sandbox.ministry("berkane"), wire)
    form = await berkane.form("residence_certificate", "ar", no_longer_than(30))
    assert isinstance(form, Form) and [field.name for field in form.fields] == ["nom", "motif"]
    for key in ("key-1", "key-2"):
        answers = {"nom": "Demo", "motif": "ecole"}
        made = await berkane.submit(
            Submission("residence_certificate", form.id, "person-1", answers, NEWCOMER, key), no_longer_than(30)
        )
        assert (made.state, made.due_on, made.idempotency_key) == (ApplicationState.RECEIVED, DUE, key)
    listed = await berkane.of_applicant("person-1", "residence_certificate", no_longer_than(30))
    assert len(listed) == 2 and await sandbox.counted("berkane", "comptes.ouvrir") == 1


async def test_what_was_sent_back_is_completed(sandbox: Sandbox, wire: HttpWire) -> None:
    berkane = applications("berkane", sandbox.ministry("berkane"), wire)
    back = await berkane.get(number("512003"), no_longer_than(30))
    assert back.state is ApplicationState.ACTION_REQUIRED and back.needs[0]["fr"] == "Copie de la CNIE"
    mended = await berkane.amend(back.reference, {"nom": "Hind Demo"}, "k", no_longer_than(30))
    assert mended.state is ApplicationState.IN_REVIEW
    assert [step.state for step in mended.history] == ["received", "action_required", "in_review"]
    assert await berkane.amend(back.reference, {"nom": "x"}, "k2", no_longer_than(30)) is None


async def test_what_to_bring_and_what_it_costs(sandbox: Sandbox, wire: HttpWire) -> None:
    berkane = applications("berkane", sandbox.ministry("berkane"), wire)
    info = await berkane.info("firearm_permit", no_longer_than(30))
    assert (info.fee, info.days, len(info.documents)) == (Money(125000, "MAD"), 30, 3)
    visa = applications("asan_visa", sandbox.ministry("asan-visa"), wire)
    info = await visa.info("visa", no_longer_than(30))
    assert info.fee == Money(4420, "AZN") and info.documents[0]["en"] == "Passport"


async def changes_of(source: MappedApplications, service: str, since: datetime) -> list[Change]:
    page = await source.changed(service, since, no_longer_than(30))
    found = [*page.changes]
    while page.place:
        page = await source.changed(service, since, no_longer_than(30), page.place)
        found += page.changes
    return found


async def test_changes_are_told_through_all_pages(sandbox: Sandbox, wire: HttpWire) -> None:
    since = datetime.now(UTC) - timedelta(days=90)
    for name, ministry, service in (("berkane", "berkane", "passport"), ("asan_visa", "asan-visa", "visa")):
        source = applications(name, sandbox.ministry(ministry), wire)
        changes = await changes_of(source, service, since)
        assert len(changes) == {"passport": 1, "visa": 2}[service]
        assert [one.at for one in changes] == sorted(one.at for one in changes)
        assert await changes_of(source, service, datetime.now(UTC) + timedelta(days=1)) == []


async def test_the_visa_by_its_own_api_is_the_visa_by_the_standard(sandbox: Sandbox, wire: HttpWire) -> None:
    visa = applications("asan_visa", sandbox.ministry("asan-visa"), wire)
    granted = await visa.get("700000011", no_longer_than(30))
    assert (granted.service, granted.state) == ("visa", ApplicationState.GRANTED)
    assert (granted.contact, granted.birth_date) == (Msisdn("+994501234511"), date(1991, 5, 19))
    assert granted.slip_key == "310577" and granted.fee.amount == Money(4420, "AZN") and granted.fee.paid
    assert [step.state for step in granted.history] == ["received", "granted"]
    await sandbox.put("700000029", phase="refused", reason={"fr": "Passeport périmé"})
    refused = await visa.get("700000029", no_longer_than(30))
    assert refused.state is ApplicationState.REFUSED and refused.reason == {"fr": "Passeport périmé"}
    (listed,) = await visa.of_applicant("+994501234510", "visa", no_longer_than(30))
    assert listed.reference == "700000029"


async def test_a_parcel_is_followed_by_the_digits_of_its_code(sandbox: Sandbox, wire: HttpWire) -> None:
    post = applications("vnpost", sandbox.ministry("vnpost"), wire)
    states = {}
    for serial in ("10000001", "10000002", "10000003", "10000004"):
        found = await post.get(s10(serial)[2:-2], no_longer_than(30))
        assert found.delivery.tracking == s10(serial) and found.delivery.carrier == "VNPost"
        assert found.delivery.on is not None and found.delivery.last_seen and found.history
        states[serial] = found.delivery.state
    assert list(states.values()) == [
        DeliveryState.ON_THE_WAY,
        DeliveryState.NOT_MET,
        DeliveryState.DELIVERED,
        DeliveryState.RETURNED,
    ]
    assert found.fee.amount == Money(30000, "VND")
    assert await post.get("999999999", no_longer_than(30)) is None


async def test_a_document_is_sent_to_an_address(sandbox: Sandbox, wire: HttpWire) -> None:
    post = applications("vnpost", sandbox.ministry("vnpost"), wire)
    answers = {"diaChi": "12 Phố Huế & Hàng Bài, Hà Nội"}
    submission = Submission("document_delivery", "", "person-1", answers, Msisdn("+84912345678"), "key-1")
    made = await post.submit(submission, no_longer_than(30))
    assert made.delivery.state is DeliveryState.PREPARED and made.contact == Msisdn("+84912345678")
    assert made.idempotency_key == "key-1"
