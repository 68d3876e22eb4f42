"""A ministry that speaks GovStack's Registration building block 0.1.1, as the port `Applications`.

Operations: `/services/{id}`, `/services/{id}/eForms`, `/eForms/{id}`, `/services/{id}/applications`,
`/applications`, `/applications/{fileId}`, `/documents`. The standard has four status codes and a free data
object; what is finer is picked from that (`config.ApplicationPicks`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

from domain.deadline import Deadline
from domain.errors import InvalidValue, MinistryAmbiguous, MinistryContract, MinistryRefused
from domain.states import ApplicationState
from services.backends.answers import Answer
from services.backends.config import RegistrationConfig, RegistrationService
from services.backends.eforms import read_form
from services.backends.multipart import EXTENSIONS, multipart
from services.backends.reading import Misread, needed, record, records, text
from services.backends.registration_files import FileReader, read_info
from services.backends.transport import Call, Transport
from services.document_ports import Document
from services.values import Application, ChangePage, Form, FormUnsupportedReason, ServiceInfo, Submission

Due = Callable[[str, date], date | None]
_NOT_THERE = frozenset({404, 410})
_MOST_FILES = "50"
_PAGE = 100


class RegistrationApplications:
    """`due(service, submitted_on)`: the day a decision is due, where the ministry does not say it itself."""

    def __init__(self, transport: Transport, config: RegistrationConfig, due: Due) -> None:
        self._transport = transport
        self._config = config
        self._client = {config.client_header: config.client}
        self._files = FileReader(config, due)

    async def get(self, reference: str, deadline: Deadline) -> Application | None:
        answer = await self._file("application.get", reference, deadline)
        return None if answer is None else self._application(answer)

    async def of_applicant(self, applicant: str, service: str, deadline: Deadline) -> Sequence[Application]:
        query = (
            ("serviceId", self._service(service).service_id),
            ("applicantId", applicant),
            ("firstResult", "0"),
            ("maxResult", _MOST_FILES),
            ("sortBy", "created"),
            ("sortOrder", "desc"),
        )
        call = Call("application.list", "GET", ("applications",), query, self._client)
        answer = await self._transport.request(call, deadline)
        if answer.status in _NOT_THERE:
            return ()
        self._agreed(answer)
        try:
            return tuple(self._files.listed(item) for item in records(answer.json, "applications"))
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    async def changed(self, service: str, since: datetime, deadline: Deadline, place: str = "") -> ChangePage:
        first = int(place) if place.isdecimal() else 0
        query = (
            ("serviceId", self._service(service).service_id),
            (self._config.changed_since, since.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"),
            ("firstResult", str(first)),
            ("maxResult", str(_PAGE)),
            # The standard knows no order by change; in this one, what changes meanwhile does not move the rest up.
            ("sortBy", "created"),
            ("sortOrder", "asc"),
        )
        call = Call("application.changes", "GET", ("applications",), query, self._client)
        answer = await self._transport.request(call, deadline)
        if answer.status in _NOT_THERE:
            return ChangePage()
        self._agreed(answer)
        try:
            read = [self._files.change(item) for item in records(answer.json, "applications")]
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None
        # A ministry that does not know the parameter gives its whole list; one that knows of no pages, more than one.
        found = [change for change in read if change.at >= since]
        following = str(first + _PAGE) if len(read) == _PAGE else ""
        return ChangePage(tuple(sorted(found, key=lambda change: change.at)), following)

    async def form(self, service: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        form_id = self._service(service).form_id or await self._first_form(service, deadline)
        if not form_id:
            return None
        try:
            answer = await self._read("form.get", ("eForms", form_id), deadline)
            return None if answer is None else read_form(record(answer.json, "form"), form_id, language)
        except InvalidValue:  # the ministry's own id, and no id at all
            raise self._transport.misread("form id") from None
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    async def submit(self, submission: Submission, deadline: Deadline) -> Application:
        ours = self._service(submission.service)
        data = dict(submission.answers)
        if ours.contact_field:
            data[ours.contact_field] = submission.contact.e164
        body = {
            "applicationName": ours.title or submission.service,
            "applicantId": submission.applicant,
            "created": deadline.clock.now().isoformat(timespec="seconds"),
            "formData": {"data": data, "eFormId": submission.form_id},
            "documentUrls": [],
        }
        path = ("services", ours.service_id, "applications")
        answer = await self._write("application.submit", "POST", path, body, submission.idempotency_key, deadline)
        if answer.status in _NOT_THERE:
            raise MinistryContract(self._transport.ministry, "does not know the service")
        if answer.status == 409:
            # The same key may still be under way, or an earlier one was carried out: look before repeating.
            raise MinistryAmbiguous(self._transport.ministry, "409")
        self._agreed(answer)
        return self._application(answer, wrote=True)

    async def amend(
        self, reference: str, answers: Mapping[str, object], idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        found = await self.get(reference, deadline)
        if found is None or found.state is not ApplicationState.ACTION_REQUIRED:
            return None
        return await self._put("application.amend", reference, answers, idempotency_key, deadline)

    async def choose_pickup(
        self, reference: str, place_id: str, idempotency_key: str, deadline: Deadline
    ) -> Application | None:
        found = await self.get(reference, deadline)
        if found is None:
            return None
        field = self._service(found.service).pickup_field
        if not field or place_id not in {choice.id for choice in found.pickup_choices}:
            return None
        return await self._put("application.pickup", reference, {field: place_id}, idempotency_key, deadline)

    async def attach(self, reference: str, document: Document, idempotency_key: str, deadline: Deadline) -> bool:
        """Uploaded first, then named in the application beside those that it names: a PUT takes the place of the list.

        One that is named already is not named twice.
        """
        found = await self._file("application.get", reference, deadline)
        url = await self._upload(document, idempotency_key, deadline) if found else ""
        if found is None or not url:
            return False
        try:
            named = self._files.document_urls(found.json)
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None
        if url in named:
            return True
        body = {"documentUrls": [*named, url]}
        answer = await self._write(
            "application.attach", "PUT", ("applications", reference), body, idempotency_key, deadline
        )
        if answer.status in _NOT_THERE or answer.status == 409:
            return False
        self._agreed(answer)
        return True

    async def _upload(self, document: Document, idempotency_key: str, deadline: Deadline) -> str:
        """Its address there; empty where the ministry takes no documents."""
        form = multipart(f"{idempotency_key}{EXTENSIONS.get(document.media, '')}", document)
        answer = await self._transport.request(
            Call("document.upload", "POST", ("documents",), (), self._client, form), deadline
        )
        if answer.status in _NOT_THERE:
            return ""
        self._agreed(answer)
        try:
            return self._files.uploaded(answer.json)
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        ours = self._service(service)
        answer = await self._read("service.get", ("services", ours.service_id), deadline)
        try:
            return None if answer is None else read_info(service, answer.json, ours.info, self._config.currency)
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    async def _first_form(self, service: str, deadline: Deadline) -> str:
        path = ("services", self._service(service).service_id, "eForms")
        answer = await self._read("form.list", path, deadline)
        try:
            forms = records(answer.json, "forms") if answer else []
            latest = [form for form in forms if form.get("latest") is not False]
            return needed(latest[0].get("eFormId", latest[0].get("id")), "form id") if latest else ""
        except Misread as problem:
            raise self._transport.misread(str(problem)) from None

    async def _put(
        self, operation: str, reference: str, data: Mapping[str, object], key: str, deadline: Deadline
    ) -> Application | None:
        """Only what changes is handed in: sending the ministry's own facts back could undo newer ones."""
        body = {"formData": {"data": dict(data)}}
        answer = await self._write(operation, "PUT", ("applications", reference), body, key, deadline)
        if answer.status in _NOT_THERE or answer.status == 409:
            return None  # meanwhile withdrawn, decided or collected
        self._agreed(answer)
        return self._application(answer, wrote=True)

    async def _file(self, operation: str, reference: str, deadline: Deadline) -> Answer | None:
        try:
            return await self._read(operation, ("applications", reference), deadline)
        except InvalidValue:
            return None  # no ministry gives out a reference with a slash in it

    async def _read(self, operation: str, path: tuple[str, ...], deadline: Deadline) -> Answer | None:
        answer = await self._transport.request(Call(operation, "GET", path, headers=self._client), deadline)
        if answer.status in _NOT_THERE:
            return None
        self._agreed(answer)
        return answer

    async def _write(
        self,
        operation: str,
        method: str,
        path: tuple[str, ...],
        body: Mapping[str, object],
        key: str,
        deadline: Deadline,
    ) -> Answer:
        # A quoted string, as draft-ietf-httpapi-idempotency-key-header has it.
        headers = {**self._client, "Idempotency-Key": f'"{key}"'}
        return await self._transport.request(Call(operation, method, path, (), headers, body), deadline)

    def _agreed(self, answer: Answer) -> None:
        """Raises for the 4xx to which the standard gives no meaning."""
        if answer.status in (401, 407):
            raise MinistryContract(self._transport.ministry, "does not know us")
        if not answer.ok:
            raise MinistryRefused(self._transport.ministry, str(answer.status), _said(answer))

    def _application(self, answer: Answer, wrote: bool = False) -> Application:
        try:
            return self._files.single(answer.json)
        except Misread as problem:
            raise self._transport.misread(str(problem), wrote) from None

    def _service(self, code: str) -> RegistrationService:
        try:
            return self._config.services[code]
        except KeyError:
            raise MinistryContract(self._transport.ministry, "service is not one of this ministry's") from None


def _said(answer: Answer) -> str:
    """The ministry's own sentence (`systemError`), for the citizen alone: it may hold what she wrote."""
    if not isinstance(answer.json, dict):
        return ""
    try:
        said = text(answer.json.get("localizedMessage"), "message") or text(answer.json.get("message"), "message")
    except Misread:
        return ""
    return said[:200]
