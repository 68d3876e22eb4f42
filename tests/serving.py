"""An application on a real socket, in this event loop: begun and ended without uvicorn's waiting."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

GRACE_SECONDS = 1
# What is waited for takes one or two turns of the loop.
_LOOK_SECONDS = 0.001


@asynccontextmanager
async def serving(app: Any, *, port: int = 0, **settings: Any) -> AsyncIterator[str]:
    """The URL of `app` for as long as the block, on a free port or on `port`. `settings`: uvicorn's own.

    `Server.serve` looks every tenth of a second whether it is to end, and then waits another: of hundreds of small
    servers that was most of the time.
    """
    settings = {"log_level": "error", "access_log": False, "ws": "none"} | settings
    config = uvicorn.Config(app, **settings)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", port)) as listener:
        await server.startup([listener])
        await server.on_tick(0)  # the headers of each answer
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await _ended(server)


async def _ended(server: uvicorn.Server) -> None:
    """As `Server.shutdown`, looking more often. What still answers after the time of grace is cancelled."""
    for each in server.servers:
        each.close()
    state = server.server_state
    for connection in list(state.connections):
        connection.shutdown()
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            while state.connections or state.tasks:
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        for task in state.tasks:
            task.cancel()
    await server.lifespan.shutdown()
