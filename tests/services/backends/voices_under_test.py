"""Desks for what people have to say, at the simulated ministries."""

from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.routing import Router

from domain.clock import SystemClock
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.world import World
from services.backends.breaker import Breaker
from services.backends.config import MinistryAddress
from services.backends.open311 import Open311Desk
from services.backends.open311_config import Open311Config
from services.backends.transport import Transport
from services.backends.way import way_to
from services.backends.way_config import ApiKey
from services.backends.wire import RawAnswer, Wire
from services.values import Report
from tests.services.backends.backends_under_test import LIMITS

BERKANE = Open311Config(zone="Africa/Casablanca", address="Annexe de Berkane", lists_all=True)
COMPLAINT = Report("DOL", "Trois heures d'attente", {"service": "CERTIFICATS"})


class HandTurned:
    """A wire to simulated ministries of its own, whose clock is turned by hand and by nobody else."""

    def __init__(self) -> None:
        self.clock = SandboxClock(frozen=True)
        self._app = Router(World(self.clock).routes())

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, **_: object
    ) -> RawAnswer:
        parts = urlsplit(url)
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(parts.path),
            "query_string": parts.query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "server": ("m.test", 80),
            "scheme": "http",
            "root_path": "",
        }
        told: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body or b""}

        async def send(message: MutableMapping[str, Any]) -> None:
            told.append(message)

        await self._app(scope, receive, send)
        kept = {name.decode().lower(): value.decode() for name, value in told[0]["headers"]}
        return RawAnswer(told[0]["status"], kept, b"".join(each.get("body", b"") for each in told[1:]))


def desk(base_url: str, wire: Wire, config: Open311Config = BERKANE, key: str = "demo") -> Open311Desk:
    address = MinistryAddress("berkane-voice", base_url, limits=LIMITS, auth=ApiKey(key, field="api_key"))
    address, way = way_to(address, wire, SystemClock())
    return Open311Desk(Transport(address, way, Breaker(LIMITS.breaker, SystemClock())), config)
