"""The strings behind the scene, under /sandbox: the clock, the states, the faults, what was asked."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import decisions, wire
from sandbox.ministries.gate import problem
from sandbox.ministries.registry import Refused, stamp
from sandbox.ministries.wire import BadRequest
from sandbox.ministries.workdays import working_days_after
from sandbox.ministries.world import World

Act = Callable[[Request], Awaitable[Response]]


def routes(world: World) -> list[BaseRoute]:
    """The control operations; for tests and demonstrations only."""
    control = _Control(world)

    def route(method: str, path: str, act: Act) -> BaseRoute:
        return Route(path, careful(act), methods=[method])

    return [
        route("POST", "/sandbox/clock", control.turn),
        route("GET", "/sandbox/state", control.state),
        route("POST", "/sandbox/applications/{file_id}/state", control.put_state),
        route("POST", "/sandbox/move", control.move),
        route("POST", "/sandbox/appointments/{appointment_id}", control.visit),
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
                    decisions.shown(ministry, dossier)
                    for ministry, registry in world.registries.items()
                    for dossier in registry.all()
                ],
                "appointments": [decisions.visit_shown(known) for known in world.visits()],
                "faults": [rule.shown() for rule in world.faults.rules()],
            }
        )

    async def put_state(self, request: Request) -> Response:
        """`{"phase": …}` and facts (amount, reason, needs, pickup…), or a `code` that no standard knows."""
        asked = await wire.body(request)
        to = None if "phase" not in asked else str(asked["phase"])
        dossier = decisions.move(self._world, request.path_params["file_id"], asked, to)
        return JSONResponse(decisions.shown(dossier.service.code, dossier))

    async def move(self, request: Request) -> Response:
        """`{"reference": "41000035", "to": "granted", "amount": "245.00"}`: the same, told in one breath."""
        asked = await wire.body(request)
        dossier = decisions.move(self._world, str(asked.get("reference", "")), asked, str(asked.get("to", "")))
        return JSONResponse(decisions.shown(dossier.service.code, dossier))

    async def visit(self, request: Request) -> Response:
        """`{"to": "moved", "event_id": "…"}` or `{"to": "cancelled"}`: the centre changes a visit."""
        asked = await wire.body(request)
        visit_id, event_id = request.path_params["appointment_id"], str(asked.get("event_id") or "")
        changed = decisions.change_visit(self._world, visit_id, str(asked.get("to", "")), event_id)
        return JSONResponse({} if changed is None else decisions.visit_shown(changed))

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


def careful(act: Act) -> Act:
    """Refusals become answers."""

    async def answered(request: Request) -> Response:
        try:
            return await act(request)
        except BadRequest as bad:
            return problem(400, "invalid_request", str(bad))
        except Refused as refused:
            return problem(refused.status, refused.code, refused.message)

    return answered
