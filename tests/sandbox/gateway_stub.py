"""A gateway that records what it is sent, and answers what the test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.serving import serving


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that came: `name` is the last part of its path."""

    name: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(slots=True)
class Recorder:
    """Statuses are answered in the order of `statuses`, then 200 for ever."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, name: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.name == name]

    async def take(self, request: Request) -> Response:
        body, path = await request.body(), request.url.path
        self.seen.append(Seen(path.rsplit("/", 1)[-1], path, dict(request.headers), body))
        self.came.set()
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until what came makes it `true`; fails after a generous time."""
        async with asyncio.timeout(20):
            while not true():
                self.came.clear()
                await self.came.wait()


@asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    recorder = Recorder()
    app = Starlette(routes=[Route("/{rest:path}", recorder.take, methods=["GET", "POST"])])
    async with serving(app) as url:
        recorder.url = url
        yield recorder
