"""Ports of 127.0.0.1 that are a test's own before anybody listens there."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# The fixture `port`: a further one each time, held until the test ends.
Port = Callable[[], int]


@contextmanager
def held_port() -> Iterator[int]:
    """A port that the machine gives to nobody else until the block ends; whoever calls there is refused.

    A server that is told to listen there can, beside us: Linux allows that where both ask for it (`SO_REUSEADDR`, as
    servers do) and only one listens. Elsewhere it is let go before the server begins, and somebody may be quicker.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = int(held.getsockname()[1])
        if sys.platform != "linux":
            held.close()
        yield port
