"""The gateway's ASGI application: doors on the outside, one assembly of parts on the inside."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.aggregators import USSD
from gateway.assembly import Assembly, assemble
from gateway.doors.asgi import Gatekeeper
from gateway.doors.events import events_routes
from gateway.doors.health import MetricsPage, Readyz, livez
from gateway.doors.sms import sms_routes
from gateway.doors.swaps import swap_routes
from gateway.doors.ussd import BODY_SECONDS, UssdDoor, UssdEndDoor
from gateway.doors.web import web_routes
from gateway.settings import Settings
from gateway.stopping import Stopping, last_answer


class Gateway(Starlette):
    """The application. Hops go straight to their doors: Starlette's middleware and routes cost as much as a hop's seals
    and locks. It has routes for them too, which answer whatever is no hop (another method, a path in front)."""

    hops: Mapping[tuple[str, str], ASGIApp] = MappingProxyType({})
    """The doors by method and aggregator."""
    stopping = Stopping()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.stopping.begun and scope["type"] == "http":
            send = last_answer(send)
        path = scope["path"].split("/") if scope["type"] == "http" else []
        if len(path) == 4 and path[3] == "ussd" and path[2]:
            door = self.hops.get((scope["method"], path[1]))
            if door is not None and not path[0]:
                scope["path_params"] = {"secret": path[2]}
                return await door(scope, receive, send)
        await super().__call__(scope, receive, send)


def create_app(
    settings: Settings,
    parts: Assembly | None = None,
    *,
    body_seconds: float = BODY_SECONDS,
    handset: str = "",
    stopping: Stopping | None = None,
) -> Starlette:
    """The application. Raises `SettingsError`, `PackErrors`, `MenuErrors` or `CatalogErrors` before it serves.

    Routes are matched in order, and each costs: the hops of a country stand first, then the app. `body_seconds`: how
    long a callback's body may take to arrive. `handset`: where `/handset` leads in the demonstration; else nowhere.
    `stopping`: how it ends, where the process is its own.
    """
    parts, stopping = parts or assemble(settings), stopping or Stopping()
    gatekeeper = Gatekeeper(settings.callback_secrets, settings.callback_networks, settings.trusted_proxies)
    doors = {
        (dialect.method, name): UssdDoor(
            dialect,
            parts.conversation,
            gatekeeper,
            parts.metrics,
            settings.hops_in_flight,
            parts.pack.service_code,
            body_seconds,
        )
        for name, dialect in USSD.items()
    }
    hops = [_callback(f"/{name}/{{secret}}/ussd", door, method) for (method, name), door in doors.items()]
    api = parts.api.routes(gatekeeper.caller_address)
    others = _other_routes(parts, gatekeeper, stopping, body_seconds)
    if handset:
        others.append(Route("/handset", RedirectResponse(handset)))
    app = Gateway(routes=[*hops, *api, *others], lifespan=_living(parts, stopping))
    app.hops, app.stopping = doors, stopping
    return app


def _other_routes(parts: Assembly, gatekeeper: Gatekeeper, stopping: Stopping, body_seconds: float) -> list[BaseRoute]:
    ends = [
        _callback(
            f"/{name}/{{secret}}/ussd-end",
            UssdEndDoor(dialect, parts.session_ends, gatekeeper, parts.metrics, body_seconds),
            dialect.method,
        )
        for name, dialect in USSD.items()
    ]
    return [
        *ends,
        *sms_routes(parts.sms.intake, gatekeeper, parts.metrics, body_seconds),
        *swap_routes(parts.sms.swap_answers.take, gatekeeper, parts.metrics, body_seconds),
        *events_routes(parts.sms.events_door),
        *parts.sms.notify_door.routes(),
        *parts.ops.routes(gatekeeper.caller_address),
        *web_routes(),
        Route("/livez", livez),
        Route("/readyz", Readyz(parts.database, parts.redis, stopping).answer),
        Route("/metrics", MetricsPage(parts.metrics).answer),
    ]


def _living(parts: Assembly, stopping: Stopping) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """All parts started, and stopped in the end."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await parts.start()
        # What was loaded lives for ever: taking it out of the collector's sight cuts its pauses (p99).
        # And of a hop nothing stays: looking for it each time that 700 objects were made finds nothing.
        gc.collect()
        gc.freeze()
        before = gc.get_threshold()
        gc.set_threshold(20_000, 20, 20)
        try:
            with stopping.heard():
                yield
        finally:
            gc.set_threshold(*before)
            await parts.stop()

    return lifespan


def _callback(path: str, door: ASGIApp, method: str) -> Route:
    """A route for that method alone: Starlette would let HEAD act as the GET of a hop."""
    route = Route(path, door, methods=[method])
    route.methods = {method}
    return route
