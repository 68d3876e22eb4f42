"""The sandbox as one web application: the ministries, their control, the aggregator and the handset page."""

from importlib import import_module
from importlib.util import find_spec

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import control
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.world import World


def create_app(
    clock: SandboxClock | None = None,
    gateway_url: str = "http://127.0.0.1:8000",
    callback_secret: str = "demo",  # noqa: S107 — the documented secret of the demonstration
    service_code: str = "*123#",
    seed: int = 20161,
) -> Starlette:
    """A fresh sandbox; `gateway_url` is where its aggregator sends hops. One process, one worker: it remembers."""
    world = World(clock or SandboxClock(), seed)
    app = Starlette(
        routes=[
            Route("/", _index),
            *world.routes(),
            *control.routes(world),
            *_aggregator(gateway_url, callback_secret, service_code),
        ]
    )
    app.router.redirect_slashes = False
    app.state.world = world
    return app


async def _index(request: Request) -> Response:
    """Where things are."""
    return JSONResponse(
        {
            "what": "Guichet's sandbox: invented ministries, people and places, for demonstration only",
            "handset": "/handset",
            "ministries": ["/ministries/vemtas", "/ministries/visa", "/ministries/asan"],
            "control": ["/sandbox/state", "/sandbox/clock", "/sandbox/faults", "/sandbox/log", "/sandbox/reset"],
        }
    )


def _aggregator(gateway_url: str, callback_secret: str, service_code: str) -> list[BaseRoute]:
    """The simulated aggregator, where it is installed: the ministries alone are of use too."""
    if find_spec("sandbox.aggregator") is None:
        return []
    found: list[BaseRoute] = import_module("sandbox.aggregator").routes(gateway_url, callback_secret, service_code)
    return found
