"""The gateway on a real socket, with the very settings that `guichet serve` gives to uvicorn."""

import asyncio
import socket
from typing import Any

import uvicorn

from gateway.commands.serve import UVICORN


class listening:  # noqa: N801 - reads as what it does
    """The application on a real socket, in this event loop, for as long as the block."""

    def __init__(self, app: Any) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(app, **{**UVICORN, "lifespan": "off", "timeout_graceful_shutdown": 1})
        )
        self._server.capture_signals = _no_signals  # type: ignore[method-assign]  # pytest keeps its own

    async def __aenter__(self) -> int:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        for _ in range(1000):
            if self._server.started:
                break
            await asyncio.sleep(0.005)
        return int(self._socket.getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._serving
        self._socket.close()


class _no_signals:  # noqa: N801
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
