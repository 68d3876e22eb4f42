"""How an application stands by a social registry's enrolment, as the port `Applications`: it is read, never written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from domain.deadline import Deadline
from domain.errors import InvalidValue, MinistryRefused
from domain.states import ApplicationState
from services.backends.reading import Misread, Pick, text
from services.backends.spdci import SpdciRegistry
from services.backends.spdci_config import SpdciConfig
from services.backends.transport import Transport
from services.document_ports import Document
from services.values import Application, ChangePage, Form, ServiceInfo, Submission

# The registry's words, and the numbers that its schema gives them. Suspended is no state of an application's.
ENROLMENTS: Mapping[str, str] = {
    "1": "granted",
    "active": "granted",
    "2": "closed",
    "deceased": "closed",
    "3": "closed",
    "graduated": "closed",
}

# Of the port's operations: an enrolment only tells how it stands.
UNABLE = frozenset(
    f"applications.{name}" for name in ("of_applicant", "changed", "form", "submit", "amend", "choose_pickup", "info")
)


class SpdciApplications:
    """`get` alone tells something; what would change an application is refused."""

    def __init__(self, registry: SpdciRegistry, transport: Transport, config: SpdciConfig) -> None:
        """Raises `InvalidValue` for a pick or a state that is none."""
        self._registry, self._transport, self._config = registry, transport, config
        self._status = Pick(config.status)
        try:
            self._states = {
                word.lower(): ApplicationState(state) for word, state in {**ENROLMENTS, **config.enrolments}.items()
            }
        except ValueError:
            raise InvalidValue("enrolments: not a state") from None

    async def get(self, reference: str, deadline: Deadline) -> Application | None:
        """Looked for under each service that the registry serves, in the pack's order."""
        for service in self._config.services:
            found = await self._registry.record(service, reference, deadline)
            if found is not None:
                return self._application(service, reference, found)
        return None

    async def of_applicant(self, applicant: str, service: str, deadline: Deadline) -> Sequence[Application]:
        return ()

    async def changed(self, service: str, since: datetime, deadline: Deadline, place: str = "") -> ChangePage:
        return ChangePage()

    async def form(self, service: str, language: str, deadline: Deadline) -> Form | None:
        return None

    async def submit(self, submission: Submission, deadline: Deadline) -> Application:
        self._refuse()

    async def amend(
        self, reference: str, answers: Mapping[str, object], idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        return None

    async def choose_pickup(
        self, reference: str, place_id: str, idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        return None

    async def attach(self, reference: str, document: Document, idempotency_key: str, deadline: Deadline) -> bool:
        return False

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        return None

    def _application(self, service: str, reference: str, found: Mapping[str, object]) -> Application:
        try:
            word = text(self._status(found), "status")
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None
        state = self._states.get(word.lower(), ApplicationState.UNKNOWN)
        return Application(reference, service, state, ministry_word=word)

    def _refuse(self) -> NoReturn:
        raise MinistryRefused(self._transport.ministry, "takes no applications")
