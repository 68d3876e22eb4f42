"""The worker's own door, for operators alone: whether it lives, whether it can work, and what it counts."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.assembly import Assembly
from gateway.doors.health import MetricsPage, Readyz, livez


def create_worker_app(parts: Assembly) -> Starlette:
    """`/livez`, `/readyz` and `/metrics`, as the gateway's own; nothing else is served."""
    return Starlette(
        routes=[
            Route("/livez", livez),
            Route("/readyz", Readyz(parts.database, parts.redis).answer),
            Route("/metrics", MetricsPage(parts.metrics).answer),
        ]
    )


@asynccontextmanager
async def open_door(parts: Assembly, host: str, port: int) -> AsyncIterator[int]:
    """Serves them in the running loop until the block ends; gives the port (`port` 0: a free one). Raises `OSError`."""
    config = uvicorn.Config(
        create_worker_app(parts),
        loop="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        server = _Guest(config)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


class _Guest(uvicorn.Server):
    """A server in a process that is not its own: signals are for the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
