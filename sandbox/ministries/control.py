"""The strings behind the scene, under /sandbox: the clock, the states, the faults, what was asked."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import wire
from sandbox.ministries.dossier import Dossier, Phase
from sandbox.ministries.gate import problem
from sandbox.ministries.places import branch
from sandbox.ministries.registry import Refused, stamp
from sandbox.ministries.wire import BadRequest, Json
from sandbox.ministries.workdays import working_days_after
from sandbox.ministries.world import World

Act = Callable[[Request], Awaitable[Response]]


def routes(world: World) -> list[BaseRoute]:
    """The control operations; for tests and demonstrations only."""
    control = _Control(world)

    def route(method: str, path: str, act: Act) -> BaseRoute:
        return Route(path, _careful(act), methods=[method])

    return [
        route("POST", "/sandbox/clock", control.turn),
        route("GET", "/sandbox/state", control.state),
        route("POST", "/sandbox/applications/{file_id}/state", control.put_state),
        route("POST", "/sandbox/reset", control.reset),
        route("GET", "/sandbox/faults", control.faults),
        route("POST", "/sandbox/faults", control.add_fault),
        route("DELETE", "/sandbox/faults", control.drop_faults),
        route("GET", "/sandbox/log", control.log),
    ]


class _Control:
    def __init__(self, world: World) -> None:
        self._world = world

    async def turn(self, request: Request) -> Response:
        """`{"advance_days": 3}`, `{"advance_working_days": 3}` or `{"advance_seconds": 90}`."""
        asked = await wire.body(request)
        clock = self._world.clock
        try:
            by = timedelta(days=float(asked.get("advance_days", 0)), seconds=float(asked.get("advance_seconds", 0)))
            if "advance_working_days" in asked:
                now = clock.local()
                by += working_days_after(now, int(asked["advance_working_days"])) - now
            clock.turn(by)
        except (TypeError, ValueError, OverflowError) as bad:
            raise BadRequest(f"the clock cannot be turned so: {bad}") from bad
        return JSONResponse({"now": stamp(clock.now()), "local": clock.local().isoformat(timespec="seconds")})

    async def state(self, request: Request) -> Response:
        world = self._world
        return JSONResponse(
            {
                "now": stamp(world.clock.now()),
                "local": world.clock.local().isoformat(timespec="seconds"),
                "speed": world.clock.speed,
                "applications": [
                    _shown(ministry, dossier)
                    for ministry, registry in world.registries.items()
                    for dossier in registry.all()
                ],
                "appointments": [
                    {"appointment_id": known.id, "event_id": known.slot.id, "host_entity_id": known.slot.centre.id}
                    for known in world.diary.appointments.values()
                ],
                "faults": [rule.shown() for rule in world.faults.rules()],
            }
        )

    async def put_state(self, request: Request) -> Response:
        """`{"phase": …}` and facts (amount, reason, needs, pickup…), or a `code` that no standard knows."""
        asked = await wire.body(request)
        file_id = request.path_params["file_id"]
        registry = self._world.registry_of(file_id)
        dossier = registry.get(file_id)
        _facts(dossier, asked)
        if "phase" in asked:
            if asked["phase"] not in list(Phase):
                raise BadRequest(f"phase is one of {[known.value for known in Phase]}")
            dossier.said = None
            registry.enter(dossier, Phase(asked["phase"]))
        if "code" in asked:
            dossier.said = (str(asked["code"]), str(asked.get("title", asked["code"])))
        if "availableFrom" in asked:
            dossier.available_from = _day(asked["availableFrom"])
        return JSONResponse(_shown(dossier.service.code, dossier))

    async def reset(self, request: Request) -> Response:
        self._world.reset()
        return JSONResponse({"reset": True})

    async def faults(self, request: Request) -> Response:
        return JSONResponse([rule.shown() for rule in self._world.faults.rules()])

    async def add_fault(self, request: Request) -> Response:
        return JSONResponse(self._world.faults.add(await wire.body(request)).shown(), 201)

    async def drop_faults(self, request: Request) -> Response:
        rule_id = request.query_params.get("id", "")
        gone = self._world.faults.drop(
            request.query_params.get("ministry"), int(rule_id) if rule_id.isdecimal() else None
        )
        return JSONResponse({"deleted": gone})

    async def log(self, request: Request) -> Response:
        return JSONResponse(self._world.journal.shown())


def _facts(dossier: Dossier, asked: Json) -> None:
    try:
        if "amount" in asked:
            dossier.amount = None if asked["amount"] is None else Decimal(str(asked["amount"]))
    except InvalidOperation as bad:
        raise BadRequest("amount is a decimal number as text") from bad
    if "reason" in asked:
        dossier.reason = _words(asked["reason"])
    if "needs" in asked:
        dossier.needs = tuple(_words(need) for need in asked["needs"])
    if "waitsLong" in asked:
        dossier.waits_long = bool(asked["waitsLong"])
    if "choosable" in asked:
        dossier.choosable = bool(asked["choosable"])
    if "pickup" in asked:
        chosen = branch(str(asked["pickup"]))
        if chosen is None:
            raise BadRequest("no such pickup point")
        dossier.branch = chosen


def _words(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadRequest("words are an object of language and text")
    return {str(language): str(text) for language, text in value.items()}


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as bad:
        raise BadRequest("availableFrom is a date") from bad


def _shown(ministry: str, dossier: Dossier) -> Json:
    """Of people only those who were invented here are shown with their number."""
    return {
        "ministry": ministry,
        "reference": dossier.file_id,
        "service": dossier.service.code,
        "phase": dossier.phase.value,
        "status": dossier.status,
        "demo": dossier.demo,
        "phone": dossier.phone if dossier.demo else None,
    }


def _careful(act: Act) -> Act:
    """Refusals become answers."""

    async def careful(request: Request) -> Response:
        try:
            return await act(request)
        except BadRequest as bad:
            return problem(400, "invalid_request", str(bad))
        except Refused as refused:
            return problem(refused.status, refused.code, refused.message)

    return careful
