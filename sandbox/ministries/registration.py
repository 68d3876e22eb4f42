"""GovStack Registration BB 0.1.1 over HTTP: services, eForms, applications, documents, tasks, statistics."""

from collections import Counter
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import documents, wire
from sandbox.ministries.dossier import Dossier, Phase
from sandbox.ministries.gate import Act, Gate, Hall
from sandbox.ministries.registry import Refused, Registry, stamp
from sandbox.ministries.wire import Json

_DECISIONS = {"approve": Phase.GRANTED, "reject": Phase.REFUSED, "sendback": Phase.SENT_BACK}
_OPEN = frozenset({Phase.RECEIVED, Phase.IN_REVIEW})


def file_response(dossier: Dossier) -> Json:
    """GovStack's `applicationFileResponse`."""
    return {
        "fileId": dossier.file_id,
        "registered": stamp(dossier.registered),
        "serviceId": dossier.service.id,
        "serviceName": dossier.service.name,
        "status": dossier.status,
        "ended": dossier.ended,
        "applicationData": {
            "applicationName": dossier.application_name,
            "applicantId": dossier.applicant_id,
            "created": stamp(dossier.registered),
            "formData": {"data": dossier.data(), "eFormId": dossier.service.e_form_id},
            "documentUrls": dossier.document_urls,
        },
    }


def list_item(dossier: Dossier) -> Json:
    """GovStack's `applicantApplicationFileListResponse`: the details stand in `additionalMeta.data`."""
    return {
        "fileId": dossier.file_id,
        "registered": stamp(dossier.registered),
        "serviceId": dossier.service.id,
        "serviceName": dossier.service.name,
        "status": dossier.status,
        "ended": dossier.ended,
        "mainTaskId": f"task-{dossier.file_id}",
        "taskTitle": dossier.application_name,
        "roleName": "Registrar",
        "operatorName": "Demo operator",
        "applicantId": dossier.applicant_id,
        "created": stamp(dossier.registered),
        "description": dossier.service.description,
        "eformId": dossier.service.e_form_id,
        "documentUrls": dossier.document_urls,
        "additionalMeta": {
            "data": dossier.data(),
            "changed": stamp(dossier.last_change),
            "sequence": dossier.sequence,
        },
    }


def task(dossier: Dossier) -> Json:
    """GovStack's `userTaskResponse`: an application waiting for an operator."""
    return {
        "taskId": f"task-{dossier.file_id}",
        "mainTaskId": f"task-{dossier.file_id}",
        "name": f"Review {dossier.file_id}",
        "created": stamp(dossier.registered),
        "description": dossier.service.description,
        "serviceId": dossier.service.id,
        "serviceName": dossier.service.name,
        "fileId": dossier.file_id,
        "eFormId": dossier.service.e_form_id,
        "status": dossier.status,
    }


class Registration:
    """The operations of one ministry's Registration building block."""

    def __init__(self, hall: Hall, registry: Registry) -> None:
        self._hall, self.registry = hall, registry

    def routes(self) -> list[BaseRoute]:
        def route(method: str, path: str, operation: str, act: Act) -> BaseRoute:
            return Route(path, Gate(self._hall, operation, act), methods=[method], name=operation)

        return [
            route("GET", "/services", "services.list", self.services),
            route("GET", "/services/{service_id}", "services.get", self.service),
            route("GET", "/services/{service_id}/eForms", "eforms.list", self.e_forms),
            route("GET", "/eForms/{form_id}", "eforms.get", self.e_form),
            route("POST", "/services/{service_id}/applications", "applications.submit", self.submit),
            route("POST", "/documents", "documents.upload", self.upload),
            route("GET", "/applications", "applications.list", self.applications),
            route("GET", "/applications/{file_id}", "applications.get", self.application),
            route("PUT", "/applications/{file_id}", "applications.amend", self.amend),
            route("GET", "/tasks", "tasks.list", self.tasks),
            route("GET", "/tasks/{task_id}", "tasks.get", self.task),
            route("POST", "/tasks/{task_id}/complete", "tasks.complete", self.complete),
            route("GET", "/data/statistics/1.0", "statistics", self.statistics),
        ]

    async def services(self, request: Request) -> Response:
        name = request.query_params.get("name", "").lower()
        return JSONResponse([s.shown() for s in self.registry.services if name in s.name.lower()])

    async def service(self, request: Request) -> Response:
        return JSONResponse(self.registry.service(request.path_params["service_id"]).shown())

    async def e_forms(self, request: Request) -> Response:
        return JSONResponse([self.registry.service(request.path_params["service_id"]).e_form_item()])

    async def e_form(self, request: Request) -> Response:
        for service in self.registry.services:
            if service.e_form_id == request.path_params["form_id"]:
                return JSONResponse(service.e_form_item() | {"schema": service.e_form})
        raise Refused(404, "form_not_found", "no such eForm")

    async def submit(self, request: Request) -> Response:
        _client(request)
        key = request.headers.get("idempotency-key", "").strip('" ') or None
        sent = await wire.body(request)
        return JSONResponse(file_response(self.registry.submit(request.path_params["service_id"], sent, key)))

    async def upload(self, request: Request) -> Response:
        files = documents.uploads(request.headers.get("content-type", ""), await request.body())
        names = ", ".join(f"{file.name} ({file.size} octets)" for file in files)
        return JSONResponse({"code": 200, "type": "success", "message": names, "url": f"/documents/{files[0].name}"})

    async def applications(self, request: Request) -> Response:
        _client(request)
        asked = request.query_params
        if "changedSince" in asked:
            found = self.registry.changed(_instant(asked["changedSince"]))
            if asked.get("sortBy") == "created":
                found.sort(key=lambda dossier: dossier.registered, reverse=True)
        else:
            found = self.registry.of(asked.get("applicantId"), asked.get("serviceId"))
        if asked.get("sortOrder", "").lower() == "asc":
            found.reverse()
        first, most = _count(request, "firstResult", 0), _count(request, "maxResult", 100)
        return JSONResponse([list_item(dossier) for dossier in found[first : first + most]])

    async def application(self, request: Request) -> Response:
        _client(request)
        return JSONResponse(file_response(self.registry.get(request.path_params["file_id"])))

    async def amend(self, request: Request) -> Response:
        sent = await wire.body(request)
        return JSONResponse(file_response(self.registry.change(request.path_params["file_id"], sent)))

    async def tasks(self, request: Request) -> Response:
        return JSONResponse([task(dossier) for dossier in self.registry.all() if dossier.phase in _OPEN])

    async def task(self, request: Request) -> Response:
        dossier = self._of_task(request)
        return JSONResponse(task(dossier) | {"taskName": "Review", "data": dossier.data()})

    async def complete(self, request: Request) -> Response:
        dossier = self._of_task(request)
        decision = str((await wire.body(request)).get("decision", "approve"))
        if decision not in _DECISIONS:
            raise Refused(400, "decision_unknown", f"decision is one of {list(_DECISIONS)}")
        self.registry.enter(dossier, _DECISIONS[decision])
        return JSONResponse(
            {
                "taskId": request.path_params["task_id"],
                "fileId": dossier.file_id,
                "serviceId": dossier.service.id,
                "status": dossier.status,
                "variables": {},
            }
        )

    async def statistics(self, request: Request) -> Response:
        codes = Counter(dossier.status["code"] for dossier in self.registry.all())
        return JSONResponse({"total": sum(codes.values()), "byStatus": dict(codes)})

    def _of_task(self, request: Request) -> Dossier:
        file_id = str(request.path_params["task_id"]).removeprefix("task-")
        dossier = self.registry.get(file_id)
        if dossier.phase not in _OPEN:
            raise Refused(404, "task_not_found", "no such task")
        return dossier


def _client(request: Request) -> None:
    """The Information Mediator names who asks, as INSTANCE/CLASS/MEMBER/SUBSYSTEM; without it nothing is said."""
    if len(request.headers.get("information-mediator-client", "").split("/")) != 4:
        raise Refused(400, "client_missing", "Information-Mediator-Client: INSTANCE/CLASS/MEMBER/SUBSYSTEM")


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a `+` of the zone that was lost on the way
    except ValueError as bad:
        raise Refused(400, "invalid_request", "changedSince is not a time") from bad
    if found.tzinfo is None:
        raise Refused(400, "invalid_request", "changedSince has no zone")
    return found


def _count(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if text and not text.isdecimal():
        raise Refused(400, "invalid_request", f"{name} is not a count")
    return int(text) if text else default
