"""How a process of `serve` ends: it says so, goes on answering while load balancers look elsewhere, then closes."""

import asyncio
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from starlette.types import Message, Send

log = logging.getLogger("guichet")


class Stopping:
    """Whether this process was told to end.

    `seconds`: for how long after SIGTERM it still takes calls; 0 leaves the signal to the server.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self.begun = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """While the block runs in a server's event loop, SIGTERM reaches the server only when the time is over, and a
        second one at once. Ctrl-C is not touched: whoever presses it sits before the machine."""
        ends = signal.getsignal(signal.SIGTERM)
        if not self._seconds or not callable(ends) or threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        def told(number: int, frame: FrameType | None) -> None:
            if self.begun:
                ends(number, frame)
                return
            self.begun = True
            log.info("told to end: calls are taken for %g more seconds", self._seconds)
            loop.call_soon_threadsafe(loop.call_later, self._seconds, ends, number, None)

        signal.signal(signal.SIGTERM, told)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, ends)


def last_answer(send: Send) -> Send:
    """Tells whoever reads the answer to send nothing more over this connection: idle ones are cut at the end, and a
    call that was just sent over one would be lost."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await send(message)

    return closing
