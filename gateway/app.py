"""The gateway's ASGI application: doors on the outside, one assembly of parts on the inside."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from gateway.aggregators import USSD
from gateway.assembly import Assembly, assemble
from gateway.doors.asgi import Gatekeeper
from gateway.doors.events import events_routes
from gateway.doors.health import MetricsPage, Readyz, livez
from gateway.doors.sms import sms_routes
from gateway.doors.ussd import BODY_SECONDS, UssdDoor, UssdEndDoor
from gateway.doors.web import web_routes
from gateway.settings import Settings


def create_app(
    settings: Settings,
    parts: Assembly | None = None,
    *,
    body_seconds: float = BODY_SECONDS,
    handset: str = "",
) -> Starlette:
    """The application. Raises `SettingsError`, `PackErrors`, `MenuErrors` or `CatalogErrors` before it serves.

    Routes are matched in order, and each costs: the hops of a country stand first, then the app. `body_seconds`: how
    long a callback's body may take to arrive. `handset`: where `/handset` leads in the demonstration; else nowhere.
    """
    parts = parts or assemble(settings)
    gatekeeper = Gatekeeper(settings.callback_secrets, settings.callback_networks, settings.trusted_proxies)
    hops = [
        _callback(
            f"/{name}/{{secret}}/ussd",
            UssdDoor(dialect, parts.conversation, gatekeeper, parts.metrics, settings.hops_in_flight, body_seconds),
            dialect.method,
        )
        for name, dialect in USSD.items()
    ]
    ends = [
        _callback(
            f"/{name}/{{secret}}/ussd-end",
            UssdEndDoor(dialect, parts.session_ends, gatekeeper, parts.metrics, body_seconds),
            dialect.method,
        )
        for name, dialect in USSD.items()
    ]
    others: list[BaseRoute] = [
        *sms_routes(parts.sms.intake, gatekeeper, parts.metrics, body_seconds),
        *events_routes(parts.sms.events_door),
        *parts.sms.notify_door.routes(),
        *parts.ops.routes(gatekeeper.caller_address),
        *web_routes(),
        Route("/livez", livez),
        Route("/readyz", Readyz(parts.database, parts.redis).answer),
        Route("/metrics", MetricsPage(parts.metrics).answer),
    ]

    if handset:
        others.append(Route("/handset", RedirectResponse(handset)))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await parts.start()
        # What was loaded lives for ever: taking it out of the collector's sight cuts its pauses (p99).
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            await parts.stop()

    api = parts.api.routes(gatekeeper.caller_address)
    return Starlette(routes=[*hops, *api, *ends, *others], lifespan=lifespan)


def _callback(path: str, door: ASGIApp, method: str) -> Route:
    """A route for that method alone: Starlette would let HEAD act as the GET of a hop."""
    route = Route(path, door, methods=[method])
    route.methods = {method}
    return route
