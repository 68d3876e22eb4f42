"""An X-Road security server (GovStack: Information Mediator): other simulated ministries behind `/r1/...`.

A fault of the kind `x_road_error` on its operation `forward` is a failure of the mediator, of the type `value`.
"""

from collections.abc import Mapping
from random import Random
from uuid import UUID

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from sandbox.ministries.breakage import NOTHING, send_broken
from sandbox.ministries.site import Site

# Whose service is which simulated ministry.
SERVICES: Mapping[str, str] = {
    "AZ/GOV/2002/vemtas/registry": "vemtas-registry",
    "AZ/GOV/2002/vemtas/applications": "vemtas",
    "VN/GOV/1003/hanoi/criminal-record": "hanoi",
}
# Under this subsystem stands every simulated ministry, by its own name.
ALL = "SANDBOX/GOV/0001/ministries"
_PARTS = ("instance", "class", "member", "subsystem", "service")


def security_server(site: Site) -> list[BaseRoute]:
    """One route: everything else that stands behind it keeps its own."""
    path = "/r1/" + "/".join(f"{{{part}}}" for part in _PARTS) + "/{rest:path}"
    return [Route(path, Forward(site), name="forward")]


class Forward:
    """An ASGI application: the request goes on as it is, so that the ministry behind can break off as it likes."""

    def __init__(self, site: Site) -> None:
        self._site = site
        # Its own: what it draws must not change which numbers the ministries behind it give out.
        self._random = Random(20161)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tally = self._site.hall.journal.of(self._site.name, "forward")
        tally.asked += 1
        fault = self._site.hall.faults.draw(self._site.name, "forward")
        if fault is not None:
            tally.faults[fault.kind.value] += 1
            if not fault.before_write:
                await self._deliver(scope, receive, _unheard)
            await send_broken(fault, NOTHING, receive, send)
            return
        refused = self._refusal(scope)
        if refused:
            await _refuse(refused, scope, receive, send)
            return
        tally.carried_out += 1
        await self._deliver(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        """The type of error with which it does not forward; empty when it does."""
        client = Headers(scope=scope).get("x-road-client", "").split("/")
        if len(client) not in (3, 4) or not all(client):
            return "Client.InvalidClientIdentifier"
        if client[0] != scope["path_params"]["instance"]:
            return "Server.ClientProxy.UnknownMember"
        known = _ministry(scope) in self._site.routers
        return "" if known else "Server.ServerProxy.UnknownService"

    async def _deliver(self, scope: Scope, receive: Receive, send: Send) -> None:
        service = _service(scope)
        request_id = str(UUID(int=self._random.getrandbits(128), version=4))
        added = [
            (b"x-road-service", service.encode()),
            (b"x-road-id", Headers(scope=scope).get("x-road-id", request_id).encode()),
            (b"x-road-request-id", request_id.encode()),
        ]

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        path = "/" + scope["path_params"]["rest"]
        inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": "", "path_params": {}}
        await self._site.routers[_ministry(scope)](inner, receive, named)


def _service(scope: Scope) -> str:
    return "/".join(scope["path_params"][part] for part in _PARTS)


def _ministry(scope: Scope) -> str:
    """Which simulated ministry is meant; "" for none."""
    subsystem, _, name = _service(scope).rpartition("/")
    # Not the mediator itself: a request would go round and round.
    return name if subsystem == ALL and name != "security-server" else SERVICES.get(_service(scope), "")


async def _refuse(kind: str, scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    await request.body()
    content = {"type": kind, "message": "Not forwarded", "detail": "simulated"}
    await JSONResponse(content, 500, {"X-Road-Error": kind})(scope, receive, send)


async def _unheard(message: Message) -> None:
    """What the ministry answers to nobody."""
