"""The door where networks tell later of a SIM swap that they were asked for: as the SMS doors, beside them."""

from collections.abc import Awaitable, Callable

from starlette.routing import Route

from gateway.aggregators import SMS
from gateway.doors.asgi import Gatekeeper
from gateway.doors.sms import SmsDoor
from gateway.doors.ussd import BODY_SECONDS
from gateway.metrics import Metrics
from services.swap_ports import SwapTold

KIND = "sim-swaps"


def swap_routes(
    take: Callable[[SwapTold], Awaitable[None]],
    gatekeeper: Gatekeeper,
    metrics: Metrics,
    body_seconds: float = BODY_SECONDS,
) -> list[Route]:
    """The route of every aggregator that tells so. It stands where nobody is asked, too: what was asked before still
    comes, and nobody waits for the rest.

    None of it goes to the spool of callbacks: lost, it is asked for again.
    """
    routes = []
    for callbacks in SMS.values():
        if callbacks.read_swap:
            door = SmsDoor(callbacks, KIND, callbacks.read_swap, take, gatekeeper, metrics, body_seconds)
            route = Route(f"/{callbacks.name}/{{secret}}/{KIND}", door, methods=[callbacks.method])
            # For that method alone: Starlette would let HEAD act as GET.
            route.methods = {callbacks.method}
            routes.append(route)
    return routes
