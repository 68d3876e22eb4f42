"""A wire that remembers what went over it: for showing, in `guichet pack check --live` alone."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.backends.wire import HttpWire, RawAnswer, WireError


@dataclass(slots=True)
class Exchange:
    """One request, and its answer or why there is none. Held in memory while it is shown, and nowhere else."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    answer: RawAnswer | None = field(default=None, repr=False)
    failure: str = ""


class ListeningWire(HttpWire):
    """`take()` gives what was said since the last time."""

    def __init__(self) -> None:
        super().__init__()
        self._heard: list[Exchange] = []

    def take(self) -> list[Exchange]:
        heard, self._heard = self._heard, []
        return heard

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        connect: float,
        total: float,
        cap: int,
        tls: ssl.SSLContext | None = None,
    ) -> RawAnswer:
        said = Exchange(method, url, headers, body)
        self._heard.append(said)
        try:
            said.answer = await super().send(method, url, headers, body, connect=connect, total=total, cap=cap, tls=tls)
        except WireError as failure:
            said.failure = f"{type(failure).__name__}: {failure.why}"
            raise
        return said.answer
