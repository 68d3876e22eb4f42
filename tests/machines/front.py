"""A load balancer as small as can be: gateways in turn, those that say they are ready; what nobody took is taken on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp
from starlette.types import Receive, Scope, Send
from yarl import URL

from tests.machines.processes import PATIENCE, Machine, readiness

PROBE_SECONDS = 0.25
_OWN = {b"host", b"content-length", b"connection", b"transfer-encoding"}


@dataclass(repr=False)
class Front:
    """An ASGI application before the gateways `behind` it. `http` keeps connections, as load balancers do.

    A call goes to the next in turn. Where nobody listens it is tried at the one after that, as it was not sent to
    anybody; one that was sent is not repeated, and whoever called hears 502.
    """

    http: aiohttp.ClientSession
    behind: list[Machine] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    turn: int = 0
    _unready: set[str] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        for machine in self._order():
            try:
                return await self._passed(machine, scope, body, send)
            except aiohttp.ClientConnectorError:
                self.counts["nobody there"] += 1
                self._unready.add(machine.url)
            except (aiohttp.ClientError, OSError) as lost:
                self.counts[f"lost: {type(lost).__name__}"] += 1
                break
        self.counts["502"] += 1
        await _answer(send, 502, [], b"")

    async def without(self, machine: Machine) -> None:
        """Until it was noticed that no more should be sent there."""
        async with asyncio.timeout(PATIENCE):
            while machine.url not in self._unready:
                await asyncio.sleep(PROBE_SECONDS)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Asks each whether it is ready, a few times a second, while the block runs."""
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    def _order(self) -> Sequence[Machine]:
        at, self.turn = self.turn % len(self.behind), self.turn + 1
        turned = [*self.behind[at:], *self.behind[:at]]
        return [machine for machine in turned if machine.url not in self._unready] or turned

    async def _passed(self, machine: Machine, scope: Scope, body: bytes, send: Send) -> None:
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        url = URL(machine.url + scope["raw_path"].decode() + query, encoded=True)
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"] if name not in _OWN]
        asked = self.http.request(scope["method"], url, data=body or None, headers=headers, allow_redirects=False)
        async with asked as answer:
            content = await answer.read()
        self.counts[machine.url] += 1
        kept = [(name.lower(), value) for name, value in answer.raw_headers if name.lower() not in _OWN]
        await _answer(send, answer.status, kept, content)

    async def _watch(self) -> None:
        while True:
            for machine in list(self.behind):
                ready = await readiness(self.http, machine.url) == 200
                (self._unready.discard if ready else self._unready.add)(machine.url)
            await asyncio.sleep(PROBE_SECONDS)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
