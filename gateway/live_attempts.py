"""What can be tried at a live ministry: each operation of each port, and the sample values that it takes."""

import base64
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec

from domain.deadline import Deadline
from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from services.backends.registry import Backend
from services.document_ports import Document
from services.ports import Applications, Appointments, Guide, Payments, ReportDesk
from services.values import Report, Submission

Samples = Mapping[str, str]
_DAYS = 14
# An image of one white dot, for a ministry that takes papers.
_PAPER = Document(
    "image/png",
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="),
)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,14}").fullmatch


@dataclass(frozen=True, slots=True)
class Attempt:
    """`needs`: names of samples without which it cannot be tried. `public`: its answer is about nobody."""

    operation: str
    run: Callable[[Samples, Deadline], Awaitable[object]] = field(repr=False)
    needs: tuple[str, ...] = ()
    public: bool = False
    writes: bool = False
    about: str = ""


def attempts(backend: Backend, language: str, now: datetime, region: str) -> Iterator[Attempt]:
    """All of a ministry's, in the order in which a citizen would come to them: what became of a write after it."""
    services = sorted(backend.services)
    if backend.guide:
        yield from _guide(backend.guide, services)
    if backend.applications:
        yield from _applications(backend.applications, services, language, now)
    if backend.appointments:
        yield from _appointments(backend.appointments, services, now.date())
    if backend.payments:
        yield from (_paid(backend.payments, code) for code in services)
    if backend.reports:
        yield from _reports(backend.reports, language)
    if backend.applications:
        yield from _application_writes(backend.applications, region)
    if backend.appointments:
        yield from _appointment_writes(backend.appointments, region)
    if backend.reports:
        yield from _report_writes(backend.reports, language, region)
        yield from _reported(backend.reports)


def _applications(port: Applications, services: list[str], language: str, now: datetime) -> Iterator[Attempt]:
    for code in services:
        yield from _applications_for(port, code, language, now - timedelta(days=_DAYS))
    yield Attempt("applications.get", lambda s, d: port.get(s["reference"], d), ("reference",))


def _applications_for(port: Applications, code: str, language: str, since: datetime) -> Iterator[Attempt]:
    def mine(s: Samples, d: Deadline) -> Awaitable[object]:
        return port.of_applicant(s["applicant"], code, d)

    yield Attempt("applications.info", lambda s, d: port.info(code, d), public=True, about=code)
    yield Attempt("applications.form", lambda s, d: port.form(code, language, d), public=True, about=code)
    yield Attempt("applications.of_applicant", mine, ("applicant",), about=code)
    yield Attempt("applications.changed", lambda s, d: port.changed(code, since, d), about=code)


def _appointments(port: Appointments, services: list[str], today: date) -> Iterator[Attempt]:
    for code in services:
        yield _slots(port, code, today)
    yield Attempt("appointments.slot", lambda s, d: port.slot(s["slot"], d), ("slot",), public=True)
    yield Attempt(
        "appointments.of_participant", lambda s, d: port.of_participant(s["participant"], d), ("participant",)
    )


def _slots(port: Appointments, code: str, today: date) -> Attempt:
    def slots(s: Samples, d: Deadline) -> Awaitable[object]:
        return port.slots(code, s["place"], today, today + timedelta(days=_DAYS), d)

    return Attempt("appointments.slots", slots, ("place",), public=True, about=code)


def _guide(port: Guide, services: list[str]) -> Iterator[Attempt]:
    yield Attempt("guide.places", lambda s, d: port.places(d), public=True)
    yield from (_guided(port, code) for code in services)


def _guided(port: Guide, code: str) -> Attempt:
    return Attempt("guide.info", lambda s, d: port.info(code, d), public=True, about=code)


def _paid(port: Payments, code: str) -> Attempt:
    return Attempt("payments.of", lambda s, d: port.of(code, s["reference"], d), ("reference",), about=code)


def _reports(port: ReportDesk, language: str) -> Iterator[Attempt]:
    yield Attempt("reports.kinds", lambda s, d: port.kinds(language, d), public=True)
    yield Attempt("reports.questions", lambda s, d: port.questions(s["kind"], language, d), ("kind",), public=True)


def _reported(port: ReportDesk) -> Iterator[Attempt]:
    yield Attempt("reports.standing", lambda s, d: port.standing([s["number"]], d), ("number",))
    yield Attempt("reports.number", lambda s, d: port.number(s["token"], d), ("token",))


def _application_writes(port: Applications, region: str) -> Iterator[Attempt]:
    def submit(s: Samples, d: Deadline) -> Awaitable[object]:
        contact = Msisdn.parse(s["contact"], region)
        return port.submit(
            Submission(s["service"], s.get("form", ""), s["applicant"], _answers(s), contact, s["key"]), d
        )

    needed = ("service", "applicant", "contact")
    yield Attempt("applications.submit", submit, needed, writes=True)
    yield Attempt(
        "applications.amend",
        lambda s, d: port.amend(s["reference"], _answers(s), s["key"], d),
        ("reference", "answers"),
        writes=True,
    )
    yield Attempt(
        "applications.choose_pickup",
        lambda s, d: port.choose_pickup(s["reference"], s["pickup"], s["key"], d),
        ("reference", "pickup"),
        writes=True,
    )
    yield Attempt(
        "applications.attach",
        lambda s, d: port.attach(s["reference"], _PAPER, s["key"], d),
        ("reference",),
        writes=True,
    )


def _appointment_writes(port: Appointments, region: str) -> Iterator[Attempt]:
    def book(s: Samples, d: Deadline) -> Awaitable[object]:
        return port.book(s["slot"], s["participant"], Msisdn.parse(s["contact"], region), s["key"], d)

    yield Attempt("appointments.book", book, ("slot", "participant", "contact"), writes=True)
    yield Attempt(
        "appointments.move",
        lambda s, d: port.move(s["visit"], s["new_slot"], s["participant"], d),
        ("visit", "new_slot", "participant"),
        writes=True,
    )
    yield Attempt(
        "appointments.cancel",
        lambda s, d: port.cancel(s["visit"], s["participant"], d),
        ("visit", "participant"),
        writes=True,
    )


def _report_writes(port: ReportDesk, language: str, region: str) -> Iterator[Attempt]:
    def send(s: Samples, d: Deadline) -> Awaitable[object]:
        contact = Msisdn.parse(s["contact"], region) if s.get("contact") else None
        place = s.get("place", "")
        return port.send(Report(s["kind"], s["text"], _answers(s), place, "", contact, language, s["key"]), d)

    yield Attempt("reports.send", send, ("kind", "text"), writes=True)


def _answers(samples: Samples) -> dict[str, object]:
    """`--sample answers.name=…`: as texts, with whole numbers, yes or no and JSON lists told apart; `0042` is no
    number. Raises `InvalidValue` for what only begins like a list."""
    given = {name.removeprefix("answers."): value for name, value in samples.items() if name.startswith("answers.")}
    return {name: _answer(text) for name, text in given.items()}


def _answer(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    if not text.startswith("["):
        return int(text) if _WHOLE(text) else text
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError:
        raise InvalidValue("--sample answers: no JSON list") from None
