"""A ministry that takes what people have to say: it obeys, fails or falls silent on request."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.deadline import Deadline
from domain.errors import MinistryAmbiguous
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

ASKED = Form(
    "DOL",
    "",
    (
        FormField("office", FieldKind.CHOICE, "Which office?", True, (("1", "Civil"), ("2", "Passports"))),
        FormField("day", FieldKind.DATE, "Which day?", False),
    ),
)


@dataclass
class Voice:
    """Fulfils `ReportDesk`. `send_fails`: errors in turn, each with whether it was taken nevertheless. `fails`: of all
    else. `lists_all`: what is not found was surely not taken."""

    sent: list[Report] = field(default_factory=list)
    standings: dict[str, ReportStanding] = field(default_factory=dict)
    send_fails: list[tuple[Exception, bool]] = field(default_factory=list)
    fails: Exception | None = None
    lists_all: bool = False
    tokens: bool = False
    looked: int = 0
    numbered: dict[str, str] = field(default_factory=dict)

    async def kinds(self, language: str, deadline: Deadline) -> Sequence[ReportKind]:
        self._may_fail()
        return (
            ReportKind("OBS", "Observation"),
            ReportKind("DOL", "Complaint", True),
            ReportKind("PIC", "Picture", True),
        )

    async def questions(self, kind: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        self._may_fail()
        return {"DOL": ASKED, "PIC": FormUnsupportedReason("/photo")}.get(kind)

    async def send(self, report: Report, deadline: Deadline) -> ReportTaken:
        error, taken = self.send_fails.pop(0) if self.send_fails else (None, True)
        if taken:
            self.sent.append(report)
            self.standings[str(len(self.sent))] = ReportStanding(str(len(self.sent)), False)
        if error is not None:
            raise error
        number = str(len(self.sent))
        return ReportTaken("", f"t{number}") if self.tokens else ReportTaken(number)

    async def find(self, report: Report, since: datetime, deadline: Deadline) -> ReportTaken | None:
        self.looked += 1
        self._may_fail()
        found = [str(at) for at, each in enumerate(self.sent, 1) if each.idempotency_key == report.idempotency_key]
        if not found and not self.lists_all:
            raise MinistryAmbiguous("voice", "not listed")
        return ReportTaken(found[0]) if found else None

    async def number(self, token: str, deadline: Deadline) -> str:
        self._may_fail()
        return self.numbered.get(token, "")

    async def standing(self, numbers: Sequence[str], deadline: Deadline) -> Sequence[ReportStanding]:
        self._may_fail()
        return [self.standings[number] for number in numbers if number in self.standings]

    def says(self, number: str, words: str, closed: bool = False) -> None:
        self.standings[number] = replace(self.standings[number], words=words, closed=closed)

    def _may_fail(self) -> None:
        if self.fails is not None:
            raise self.fails
