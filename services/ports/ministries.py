"""What is asked of ministries, fulfilled by `backends/`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from services.document_ports import Document
from services.ports.guides import Guide, Payments, ReportDesk
from services.values import (
    Application,
    ChangePage,
    Form,
    FormUnsupportedReason,
    ServiceInfo,
    Slot,
    SlotGone,
    Submission,
    Visit,
)


class Applications(Protocol):
    """A ministry that takes applications. Reads raise `MinistryError`; writes may raise `MinistryAmbiguous`."""

    async def get(self, reference: str, deadline: Deadline) -> Application | None:
        """The application, or None where the ministry knows no such reference."""
        ...

    async def of_applicant(self, applicant: str, service: str, deadline: Deadline) -> Sequence[Application]:
        """All that this applicant id handed in for the service: how a lost answer is looked up."""
        ...

    async def changed(self, service: str, since: datetime, deadline: Deadline, place: str = "") -> ChangePage:
        """What has changed since (included), for ministries that cannot push. `place`: of the page before, for the same
        `since`; empty for the first page."""
        ...

    async def form(self, service: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        """The form to fill for the service, in the language; None where there is none."""
        ...

    async def submit(self, submission: Submission, deadline: Deadline) -> Application:
        """Hand in; answers the new application. `MinistryRefused` if the ministry says no."""
        ...

    async def amend(
        self, reference: str, answers: Mapping[str, object], idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        """Answer what was sent back."""
        ...

    async def choose_pickup(
        self, reference: str, place_id: str, idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        """Move the pickup to another of its `pickup_choices`."""
        ...

    async def attach(self, reference: str, document: Document, idempotency_key: str, deadline: Deadline) -> bool:
        """Add a document to an application; False where this ministry takes none for it."""
        ...

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        """Documents, fee and duration."""
        ...


BOOKS_FOR = "appointments.book_for"
"""Of `Ministries.does`: visits are booked for an application, and not without one."""


class Appointments(Protocol):
    """A ministry that gives appointments."""

    async def slots(self, service: str, place_id: str, first: date, last: date, deadline: Deadline) -> Sequence[Slot]:
        """The open times between two days, both included, earliest first."""
        ...

    async def slot(self, slot_id: str, deadline: Deadline) -> Slot | None:
        """One time as it stands now; None when it is gone or full."""
        ...

    async def book(
        self,
        slot_id: str,
        participant: str,
        contact: Msisdn,
        idempotency_key: str,
        deadline: Deadline,
        application: str = "",
    ) -> Visit | SlotGone:
        """Book; the same participant on the same slot twice is one visit (looked up before it is made).

        `application`: the reference of the one that the visit is for, where the ministry gives visits only so
        (`Ministries.does(…, BOOKS_FOR)`); "" elsewhere. There the slot may be hers for another application already:
        nothing is looked up here (`services.whose_visits` has done so).
        """
        ...

    async def move(self, visit_id: str, slot_id: str, participant: str, deadline: Deadline) -> Visit | SlotGone | None:
        """Move to another time; None when the visit is gone."""
        ...

    async def cancel(self, visit_id: str, participant: str, deadline: Deadline) -> bool:
        """Cancel; False when there was nothing (any more) to cancel."""
        ...

    async def of_participant(self, participant: str, deadline: Deadline) -> Sequence[Visit]:
        """The coming visits of a participant."""
        ...


class Ministries(Protocol):
    """Which ministry serves which service (the pack's map)."""

    def applications(self, service: str) -> Applications: ...

    def appointments(self, service: str) -> Appointments: ...

    def does(self, service: str, operation: str) -> bool:
        """Whether the service's ministry can do it at all: `applications.amend`, `appointments.of_participant`…"""
        ...

    def guide(self, service: str) -> Guide | None:
        """Whose catalogue tells of the service; None where its own ministry does (`Applications.info`), or nobody."""
        ...

    def guides(self) -> Sequence[Guide]:
        """All catalogues of places."""
        ...

    def payments(self, service: str) -> Payments | None: ...

    def reports(self) -> ReportDesk | None:
        """Who takes what people have to say; None where we keep it ourselves."""
        ...
