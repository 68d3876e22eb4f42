"""Open311 GeoReport v2 over HTTP: kinds, their questions, reports and tokens, as JSON or XML by the suffix.

Source: open311.github.io, GeoReport v2. Reports go from open to closed by the sandbox's clock.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import wire
from sandbox.ministries.clock import Mark
from sandbox.ministries.course import Course, Stage, days_after, started
from sandbox.ministries.gate import Act, Gate
from sandbox.ministries.open311_answers import csv, language, moment, told
from sandbox.ministries.open311_demo import DESKS, Asked, DeskFacts, Taken
from sandbox.ministries.site import Made, Site
from sandbox.ministries.wire import Json

_STAGES = (Stage("open", 5), Stage("closed"))
_TOKEN_WAITS = timedelta(hours=1)
_MOST, _LONGEST, _SPAN = 1000, 4000, timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Filed:
    """One report."""

    number: int
    kind: Taken
    words: str
    where: Json
    course: Course
    token: str = ""
    filed: Mark | None = None


class Wrong(Exception):
    """The standard's errors: a status, and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def open311(name: str) -> Made:
    """The desk of that name (open311_demo.py)."""
    return lambda site: VoiceDesk(site, DESKS[name]).routes()


class VoiceDesk:
    """What one desk remembers."""

    def __init__(self, site: Site, facts: DeskFacts) -> None:
        self._site, self._facts = site, facts
        self._kinds = {kind.code: kind for kind in facts.kinds}
        self.filed: dict[str, Filed] = {}
        now = site.clock.now().astimezone(facts.zone)
        for code, words, ago in facts.demos:
            course = started(_STAGES, site.clock, days_after(now, -ago), hurried=False)
            self._file(self._kinds[code], words, {"address": facts.agency}, course)

    def routes(self) -> list[BaseRoute]:
        operations: tuple[tuple[str, str, str, Act], ...] = (
            ("GET", "/services.{form}", "services.list", self.services),
            ("GET", "/services/{code}.{form}", "services.get", self.definition),
            ("POST", "/requests.{form}", "requests.create", self.create),
            ("GET", "/requests.{form}", "requests.list", self.requests),
            ("GET", "/requests/{id}.{form}", "requests.get", self.request),
            ("GET", "/tokens/{token}.{form}", "tokens.get", self.token),
        )
        return [
            Route(path, Gate(self._site.hall, operation, _answering(act)), methods=[method], name=operation)
            for method, path, operation, act in operations
        ]

    async def services(self, request: Request) -> Response:
        tongue = language(request)
        return told(request, "services", [self._service(kind, tongue) for kind in self._facts.kinds])

    async def definition(self, request: Request) -> Response:
        kind, tongue = self._kind(request.path_params["code"]), language(request)
        if not kind.asks:
            raise Wrong(404, "service_code has no definition")
        asked = [_attribute(each, order, tongue) for order, each in enumerate(kind.asks, 1)]
        return told(request, "service_definition", {"service_code": kind.code, "attributes": asked})

    async def create(self, request: Request) -> Response:
        sent = await wire.body(request)
        if not sent.get("api_key") or sent["api_key"] == "wrong":
            raise Wrong(403, "api_key was not valid")
        kind = self._kind(str(sent.get("service_code", "")))
        words, where = str(sent.get("description", "")), _where(sent)
        if len(words) > _LONGEST:
            raise Wrong(400, "description is longer than 4000 characters")
        given = wire.group(sent, "attribute")
        for asked in kind.asks:
            _check(asked, wire.texts(given.get(asked.code)))
        now = self._site.clock.now().astimezone(self._facts.zone)
        filed = self._file(kind, words, where, started(_STAGES, self._site.clock, now), self._site.clock.mark())
        named: Json = {"service_request_id": self._id(filed)}
        if kind.mode != "realtime":
            named = {"token": filed.token} if kind.mode == "batch" else {}
        return told(request, "service_requests", [{**named, "service_notice": "Merci", "account_id": None}], 201)

    async def requests(self, request: Request) -> Response:
        query = request.query_params
        found = list(self.filed.values())
        if ids := csv(query.get("service_request_id")):
            found = [filed for filed in found if str(filed.number) in ids]
        else:
            first, last = self._between(query.get("start_date"), query.get("end_date"))
            codes = csv(query.get("service_code"))
            found = [each for each in found if first <= each.course.began <= last]
            found = [each for each in found if not codes or each.kind.code in codes]
        shown = [self._shown(filed) for filed in reversed(found) if self._listed(filed)]
        if states := csv(query.get("status")):
            shown = [each for each in shown if each["status"] in states]
        return told(request, "service_requests", shown[:_MOST])

    async def request(self, request: Request) -> Response:
        filed = self.filed.get(request.path_params["id"])
        if filed is None or not self._listed(filed):
            raise Wrong(404, "service_request_id was not found")
        return told(request, "service_requests", [self._shown(filed)])

    async def token(self, request: Request) -> Response:
        token = request.path_params["token"]
        filed = next((each for each in self.filed.values() if each.token == token), None)
        if filed is None:
            raise Wrong(404, "token was not found")
        known = self._id(filed) if self._listed(filed) else None
        return told(request, "service_request_tokens", [{"service_request_id": known, "token": token}])

    def _file(self, kind: Taken, words: str, where: Json, course: Course, mark: Mark | None = None) -> Filed:
        number = self._facts.first + len(self.filed)
        token = f"{self._site.random.getrandbits(64):016x}" if mark and kind.mode == "batch" else ""
        self.filed[str(number)] = filed = Filed(number, kind, words, where, course, token, mark)
        return filed

    def _listed(self, filed: Filed) -> bool:
        """What came with a token is numbered after a while."""
        if not filed.token or filed.filed is None:
            return True
        return self._site.clock.worked_since(filed.filed, hurried=True) >= _TOKEN_WAITS

    def _shown(self, filed: Filed) -> Json:
        steps = filed.course.steps(self._site.clock)
        status = steps[-1][1]
        return {
            "service_request_id": self._id(filed),
            "status": status,
            "status_notes": filed.kind.notes if status == "closed" else "",
            "service_name": filed.kind.name["fr"],
            "service_code": filed.kind.code,
            "description": filed.words,
            "agency_responsible": self._facts.agency,
            "service_notice": "",
            "requested_datetime": moment(filed.course.began),
            "updated_datetime": moment(steps[-1][0]),
            "expected_datetime": moment(days_after(filed.course.began, 10)),
            **{name: filed.where.get(name) for name in ("address", "address_id", "lat", "long")},
            "zipcode": None,
            "media_url": None,
        }

    def _id(self, filed: Filed) -> int | str:
        return filed.number if self._facts.numbers else str(filed.number)

    def _service(self, kind: Taken, tongue: str) -> Json:
        name = kind.name.get(tongue, kind.name["fr"])
        return {
            "service_code": kind.code,
            "service_name": name,
            "description": name,
            "metadata": bool(kind.asks),
            "type": kind.mode,
            "keywords": "",
            "group": kind.group,
        }

    def _kind(self, code: str) -> Taken:
        if not code:
            raise Wrong(400, "service_code was not provided")
        if code not in self._kinds:
            raise Wrong(404, "service_code was not found")
        return self._kinds[code]

    def _between(self, first: str | None, last: str | None) -> tuple[datetime, datetime]:
        """At most 90 days; without any, those up to now."""
        try:
            until = datetime.fromisoformat(last) if last else self._site.clock.now()
            since = datetime.fromisoformat(first) if first else until - _SPAN
        except ValueError:
            raise Wrong(400, "start_date and end_date are like 2026-11-23T08:00:00Z") from None
        since, until = (each if each.tzinfo else each.replace(tzinfo=UTC) for each in (since, until))
        return max(since, until - _SPAN), until


def _attribute(asked: Asked, order: int, tongue: str) -> Json:
    return {
        "variable": True,
        "code": asked.code,
        "datatype": asked.datatype,
        "required": asked.required,
        "datatype_description": asked.hint or None,
        "order": order,
        "description": asked.words.get(tongue, asked.words["fr"]),
        "values": [{"key": key, "name": name.get(tongue, name["fr"])} for key, name in asked.values],
    }


def _check(asked: Asked, given: list[str]) -> None:
    if asked.required and not given:
        raise Wrong(400, f"attribute {asked.code} was not provided")
    known = {key for key, _ in asked.values}
    if known and not set(given) <= known:
        raise Wrong(400, f"attribute {asked.code} has a value that is none of its values")
    if asked.datatype == "datetime" and given:
        try:
            datetime.fromisoformat(given[0]).utcoffset()
        except ValueError:
            raise Wrong(400, f"attribute {asked.code} is no datetime") from None


def _where(sent: Json) -> Json:
    """One of the standard's three ways to say where."""
    if not (sent.get("address_string") or sent.get("address_id") or (sent.get("lat") and sent.get("long"))):
        raise Wrong(400, "a location was not provided: lat and long, address_string or address_id")
    found: Json = {"address": sent.get("address_string"), "address_id": sent.get("address_id")}
    try:
        return {**found, **{name: float(sent[name]) for name in ("lat", "long") if sent.get(name)}}
    except ValueError:
        raise Wrong(400, "lat and long are numbers") from None


def _answering(act: Act) -> Act:
    async def answering(request: Request) -> Response:
        if request.path_params["form"] not in ("json", "xml"):
            return told(request, "errors", [{"code": 404, "description": "json or xml"}], 404)
        try:
            return await act(request)
        except Wrong as wrong:
            return told(request, "errors", [{"code": wrong.status, "description": str(wrong)}], wrong.status)

    return answering
