"""Invented people and applications that are there from the start; nobody in here exists."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sandbox.ministries.assessment import SPOUSE_MISSING
from sandbox.ministries.catalogue import (
    CRIMINAL_RECORD_SERVICE,
    EQUIPMENT_SERVICE,
    MINISTRIES,
    SOCIAL_AID_SERVICE,
    VISA_SERVICE,
    Service,
)
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.dossier import Dossier, Phase
from sandbox.ministries.places import BRANCHES
from sandbox.ministries.workdays import working_days_from

Json = dict[str, Any]

# Working days ago that a demonstration application was registered, and that it came into its phase.
_AGES: dict[Phase, tuple[int, int]] = {
    Phase.RECEIVED: (0, 0),
    Phase.IN_REVIEW: (5, 4),
    Phase.SENT_BACK: (7, 2),
    Phase.REFUSED: (14, 4),
    Phase.GRANTED: (11, 1),
    Phase.CARD_READY: (15, 2),
    Phase.COLLECTED: (60, 5),
    Phase.SENT: (12, 1),
    Phase.DELIVERED: (16, 2),
}
_NOBODY_HOME_AGO = 3


@dataclass(frozen=True, slots=True)
class Demo:
    """One row of the table in this room's README."""

    body: str
    service: Service
    phase: Phase
    phone: str
    name: str
    birth_date: str
    slip_key: str
    amount: str | None = None
    branch: int = 0
    choosable: bool = True
    said: tuple[str, str] | None = None
    language: str = ""
    nobody_home: bool = False

    @property
    def file_id(self) -> str:
        return self.service.numbering.complete(self.body)

    @property
    def ministry(self) -> str:
        return next(name for name, services in MINISTRIES.items() if self.service in services)


_AID, _TOOLS, _VISA = SOCIAL_AID_SERVICE, EQUIPMENT_SERVICE, VISA_SERVICE
DEMOS = (
    Demo("4100001", _AID, Phase.CARD_READY, "+994501234501", "Aygün Demo", "1984-03-12", "482913", "312.40"),
    Demo("4100002", _AID, Phase.GRANTED, "+994501234502", "Elçin Demo", "1979-11-02", "175204", "245.00"),
    Demo("4100003", _AID, Phase.IN_REVIEW, "+994501234503", "Günel Demo", "1990-06-25", "639052"),
    Demo("4100004", _AID, Phase.RECEIVED, "+994501234504", "Rəşad Demo", "1968-01-30", "904417"),
    Demo("4100005", _AID, Phase.SENT_BACK, "+994501234505", "Səbinə Demo", "1995-09-08", "218360"),
    Demo("4100006", _AID, Phase.REFUSED, "+994501234506", "Tural Demo", "1972-04-17", "557821"),
    Demo("4100007", _AID, Phase.COLLECTED, "+994501234507", "Nigar Demo", "1981-12-05", "360948", "180.00", 1),
    Demo("4100008", _AID, Phase.CARD_READY, "+994501234508", "Kamran Demo", "1988-07-21", "741096", "420.75", 3,
         choosable=False),
    Demo("4100009", _TOOLS, Phase.IN_REVIEW, "+994501234501", "Aygün Demo", "1984-03-12", "826135"),
    Demo("4100010", _AID, Phase.IN_REVIEW, "+994501234509", "Vəfa Demo", "1976-02-11", "493670",
         said=("SUSPENDED", "Suspended")),
    Demo("70000001", _VISA, Phase.GRANTED, "+994501234511", "Louise Demo", "1991-05-19", "310577",
         language="fr"),
    Demo("70000002", _VISA, Phase.IN_REVIEW, "+994501234510", "Marc Demo", "1986-10-03", "682149",
         language="fr"),
)  # fmt: skip

_RECORD = CRIMINAL_RECORD_SERVICE
HANOI = (
    Demo("261000001", _RECORD, Phase.SENT, "+84912345601", "Nguyễn Thị Demo", "1986-03-12", "482913", language="vi"),
    Demo("261000002", _RECORD, Phase.SENT, "+84912345602", "Trần Văn Demo", "1979-11-02", "175204", language="vi",
         nobody_home=True),
    Demo("261000003", _RECORD, Phase.DELIVERED, "+84912345603", "Lê Thị Demo", "1990-06-25", "639052", language="vi"),
    Demo("261000004", _RECORD, Phase.RECEIVED, "+84912345604", "Phạm Văn Demo", "1968-01-30", "904417", language="vi"),
    Demo("261000005", _RECORD, Phase.IN_REVIEW, "+84912345605", "Hoàng Thị Demo", "1995-09-08", "218360",
         language="vi"),
    Demo("261000006", _RECORD, Phase.SENT_BACK, "+84912345606", "Vũ Văn Demo", "1972-04-17", "557821", language="vi"),
    Demo("261000007", _RECORD, Phase.REFUSED, "+84912345607", "Đặng Thị Demo", "1981-12-05", "360948", language="vi"),
    Demo("261000008", _RECORD, Phase.GRANTED, "+84912345608", "Bùi Văn Demo", "1988-07-21", "741096", language="vi"),
)  # fmt: skip
EVERYBODY = DEMOS + HANOI


def dossier(demo: Demo, clock: SandboxClock) -> Dossier:
    """The row as an application of a likely age; it moves with the calendar only, never in a hurry."""
    now = clock.now().astimezone(demo.service.home.zone)
    registered_ago, entered_ago = _AGES[demo.phase]
    if demo.nobody_home:
        entered_ago = _NOBODY_HOME_AGO
    if demo.service.by_post and demo.phase is Phase.GRANTED:
        entered_ago = 0
    made = Dossier(
        file_id=demo.file_id,
        service=demo.service,
        applicant_id=demo.phone,
        application_name=demo.name,
        phone=demo.phone,
        birth_date=demo.birth_date,
        slip_key=demo.slip_key,
        answers=_answers(demo),
        registered=_ago(now, registered_ago, demo.service),
        phase=demo.phase,
        entered=_ago(now, entered_ago, demo.service),
        read_at=now,
        mark=clock.mark(),
        hurried=False,
        demo=True,
        branch=BRANCHES[demo.branch],
        choosable=demo.choosable,
        amount=Decimal(demo.amount) if demo.amount else None,
        said=demo.said,
        language=demo.language,
        nobody_home=demo.nobody_home,
    )
    made.changed = made.entered
    made.steps = list(_steps(made))
    _decide(made, now)
    return made


def _ago(now: datetime, working_days: int, service: Service) -> datetime:
    if working_days == 0:
        return now - timedelta(hours=1)
    day = service.home.later(now, -working_days).date()
    return datetime.combine(day, time(10, 24), tzinfo=now.tzinfo)


# What came before a phase, and how many working days before it.
_BEFORE: dict[Phase, tuple[tuple[Phase, int], ...]] = {
    Phase.IN_REVIEW: (),
    Phase.SENT_BACK: ((Phase.IN_REVIEW, 4),),
    Phase.REFUSED: ((Phase.IN_REVIEW, 9),),
    Phase.GRANTED: ((Phase.IN_REVIEW, 9),),
    Phase.SENT: ((Phase.IN_REVIEW, 8), (Phase.GRANTED, 1)),
    Phase.DELIVERED: ((Phase.IN_REVIEW, 11), (Phase.GRANTED, 3), (Phase.SENT, 2)),
}


def _steps(made: Dossier) -> Iterator[tuple[date, Phase]]:
    home = made.service.home
    yield made.registered.date(), Phase.RECEIVED
    if made.phase in _BEFORE:
        for phase, ago in _BEFORE[made.phase]:
            yield home.later(made.entered, -ago).date(), phase
        yield made.entered.date(), made.phase


def _decide(made: Dossier, now: datetime) -> None:
    home = made.service.home
    if made.phase in (Phase.GRANTED, Phase.REFUSED):
        made.decided = made.entered.date()
    if made.phase in (Phase.CARD_READY, Phase.COLLECTED):
        made.decided = home.later(made.entered, -3).date()
        made.available_from = working_days_from(made.entered.date() + timedelta(days=1), 1)[0]
    if made.phase is Phase.CARD_READY:
        made.available_from = working_days_from(now.date() + timedelta(days=1), 1)[0]
    if made.phase is Phase.SENT_BACK:
        made.needs = (SPOUSE_MISSING if made.service is SOCIAL_AID_SERVICE else home.missing,)
    if made.phase is Phase.REFUSED:
        made.reason = home.refusal


def _answers(demo: Demo) -> Json:
    """Answers that lead to the decision shown, so that an application in review ends as it should."""
    if demo.service is CRIMINAL_RECORD_SERVICE:
        return _record_of(demo)
    if demo.service is not SOCIAL_AID_SERVICE:
        return {"fullName": demo.name}
    income = 640 if demo.phase is Phase.REFUSED else 55
    return {
        "fullName": demo.name,
        "birthDate": demo.birth_date,
        "maritalStatus": "married" if demo.phase is Phase.SENT_BACK else "single",
        "housing": "rented",
        "monthlyIncome": income,
        "hasDisability": False,
        "householdMembers": [],
    }


def _record_of(demo: Demo) -> Json:
    return {
        "fullName": demo.name,
        "birthDate": demo.birth_date,
        "birthPlace": "Hà Nội",
        "purpose": "work",
        "residences": [{"address": "12 Kim Mã, Ba Đình, Hà Nội", "from": "2000-01-01"}],
        "jobs": [{"occupation": "Thợ may", "workplace": "Xưởng may (demo), Hà Nội", "from": "2005-06-01"}],
        "deliveryAddress": "12 Kim Mã, Ba Đình, Hà Nội",
    }
