"""The sandbox as one web application: the ministries, their control, the aggregator and the handset page."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import aggregator, mailbox, rules
from sandbox.countries import FIRST, Country
from sandbox.messaging import api, insights
from sandbox.messaging import control as messaging_control
from sandbox.messaging.exchange import Exchange
from sandbox.ministries import control
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.gate import Hall
from sandbox.ministries.push import Push
from sandbox.ministries.world import World
from sandbox.postman import Postman

_LOOK = 0.5  # seconds between two looks at what has moved by itself


def create_app(
    clock: SandboxClock | None = None,
    gateway_url: str = "http://127.0.0.1:8000",
    callback_secret: str = "demo",  # noqa: S107 — the documented secret of the demonstration
    service_code: str = "*123#",
    seed: int = 20161,
    *,
    event_secret: str = "",
    thin: bool = False,
    report_seconds: float = 0.4,
    pauses: tuple[float, ...] | None = None,
    first_sequence: Callable[[], int] = lambda: 1,
    mail: socket.socket | int | None = None,
    country: Country = FIRST,
    neighbours: Mapping[str, int] | None = None,
) -> Starlette:
    """A fresh sandbox; `gateway_url` is where hops, reports and events go. One process, one worker: it remembers.

    With an `event_secret` (`whsec_…`) the ministries push their moves, `thin` ones without data. A message is on its
    way for `report_seconds`; `pauses` are the seconds before each further try of what the gateway did not take. What
    the ministries tell begins with `first_sequence`, at a reset anew. Letters are taken at `mail`, a listening socket
    or a port. Numbers and networks are those of `country`; `neighbours`: the ports of other countries' sandboxes, for
    the page.
    """
    postman = Postman(gateway_url) if pauses is None else Postman(gateway_url, pauses)
    exchange = Exchange(postman, callback_secret, report_seconds, country)
    push = Push(postman, event_secret, thin=thin)
    world = World(clock or SandboxClock(), seed, push if event_secret else None, first_sequence)
    world.others += [exchange.clear, push.clear]
    letters = mailbox.Mailbox()
    hall = Hall(api.AGGREGATOR, world.faults, world.journal, remembers=False)
    app = Starlette(
        routes=[
            Route("/", _index),
            *world.routes(),
            *control.routes(world),
            *rules.routes("/sandbox/events/faults", push.rules),
            *api.routes(exchange, hall),
            *insights.routes(exchange, hall),
            *messaging_control.routes(exchange),
            *mailbox.routes(letters),
            *aggregator.routes(
                gateway_url, callback_secret, service_code, exchange=exchange, world=world, neighbours=neighbours
            ),
        ],
        lifespan=_looking(world, letters, mail),
    )
    app.router.redirect_slashes = False
    app.state.world, app.state.exchange, app.state.push = world, exchange, push
    return app


def _looking(
    world: World, letters: mailbox.Mailbox, mail: socket.socket | int | None
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """While the server runs, what moves by itself moves without being asked after."""

    async def look() -> None:
        while True:
            await asyncio.sleep(_LOOK)
            world.look()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        looking = asyncio.get_running_loop().create_task(look())
        if mail is not None:
            await letters.start(mail)
        yield
        looking.cancel()
        await letters.stop()

    return lifespan


async def _index(request: Request) -> Response:
    """Where things are."""
    return JSONResponse(
        {
            "what": "Guichet's sandbox: invented ministries, people and places, for demonstration only",
            "handset": "/handset",
            "ministries": ["/ministries/vemtas", "/ministries/visa", "/ministries/asan"],
            "messaging": "/version1/messaging",
            "control": [
                "/sandbox/state", "/sandbox/clock", "/sandbox/faults", "/sandbox/log", "/sandbox/reset",
                "/sandbox/move", "/sandbox/events/faults", "/sandbox/sms", "/sandbox/sms/messages",
                "/sandbox/sms/answers", "/sandbox/sms/reports", "/sandbox/sms/inbound", "/sandbox/sms/opt-outs",
                "/sandbox/sms/swaps",
                "/sandbox/mail",
            ],
        }
    )  # fmt: skip
