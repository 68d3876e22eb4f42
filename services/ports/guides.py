"""What ministries tell everybody, what they pay out, and what they take from people besides applications."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.deadline import Deadline
from services.listed_places import ListedPlace
from services.values import (
    Form,
    FormUnsupportedReason,
    Payment,
    Report,
    ReportKind,
    ReportStanding,
    ReportTaken,
    ServiceInfo,
)


class Guide(Protocol):
    """A ministry's public catalogue. What it tells is the same for everybody, so it may be remembered."""

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        """Documents, fee and duration; None where the catalogue has no such service. Raises `MinistryError`."""
        ...

    async def places(self, deadline: Deadline) -> Sequence[ListedPlace]:
        """All its places with their hours, stops of mobile units among them. Raises `MinistryError`."""
        ...


class Payments(Protocol):
    """A ministry that pays out what an application was granted."""

    async def of(self, service: str, reference: str, deadline: Deadline) -> Sequence[Payment] | None:
        """The sums of an application, the newest first; None where nobody there is enrolled under it."""
        ...


class ReportDesk(Protocol):
    """A ministry that takes observations, proposals and complaints itself, and survey answers as such."""

    async def kinds(self, language: str, deadline: Deadline) -> Sequence[ReportKind]:
        """What it takes, in its own order."""
        ...

    async def questions(self, kind: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        """What it asks beside the text; None where it asks nothing, or has no such kind."""
        ...

    async def send(self, report: Report, deadline: Deadline) -> ReportTaken:
        """Hand in. `MinistryRefused` if the ministry says no; `MinistryAmbiguous` where it may have it."""
        ...

    async def find(self, report: Report, since: datetime, deadline: Deadline) -> ReportTaken | None:
        """What became of a sending since then whose answer was lost; None where it surely did not come.

        `MinistryAmbiguous` where the ministry's lists cannot tell.
        """
        ...

    async def number(self, token: str, deadline: Deadline) -> str:
        """The number that a token became; "" while there is none."""
        ...

    async def standing(self, numbers: Sequence[str], deadline: Deadline) -> Sequence[ReportStanding]:
        """How these stand; those that it does not know are left out."""
        ...
