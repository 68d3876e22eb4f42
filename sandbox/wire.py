"""Carrying one request to the gateway over HTTP, and keeping what went over the wire, secret masked."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from sandbox.doors import Request

MASK = "•••"
_LONGEST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Hop:
    """One request and what came back. `status` 0: no answer at all, and `body` says why."""

    request: Request
    secret: str
    status: int
    headers: Mapping[str, str]
    body: str
    millis: float
    note: str = ""

    def shown(self, note: str = "") -> dict[str, object]:
        """The hop for people to read; the callback secret never leaves the sandbox's process."""
        encoded = urlencode(self.request.fields)
        path = self.request.path.replace(f"/{self.secret}/", f"/{MASK}/", 1)
        posted = self.request.method == "POST"
        sent = dict(self.request.headers)
        if posted:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        return {
            "note": note or self.note,
            "request": {
                "method": self.request.method,
                "path": path if posted else f"{path}?{encoded}",
                "headers": sent,
                "body": encoded if posted else "",
                "fields": [list(pair) for pair in self.request.fields],
            },
            "response": {"status": self.status, "headers": dict(self.headers), "body": self.body},
            "ms": round(self.millis, 1),
        }


@dataclass(slots=True)
class Wire:
    """The road to the gateway. A connection a hop: the rate is a person's, and nothing stays open."""

    gateway_url: str
    secret: str
    seconds: float = 10.0
    headers: Mapping[str, str] = field(default_factory=lambda: {"User-Agent": "guichet-sandbox"})

    async def send(self, request: Request, note: str = "") -> Hop:
        """Send `request` and wait `seconds` at most; a broken connection becomes a hop with status 0."""
        began = time.perf_counter()
        try:
            status, headers, body = await self._exchange(request)
        except TimeoutError:
            status, headers, body = 0, {}, f"no answer within {self.seconds:g} s"
        except aiohttp.ClientError as error:
            # Only the kind of error: the text of some holds the address, and with it the secret.
            status, headers, body = 0, {}, f"the gateway cannot be reached ({type(error).__name__})"
        return Hop(request, self.secret, status, headers, body, (time.perf_counter() - began) * 1000, note)

    async def _exchange(self, request: Request) -> tuple[int, Mapping[str, str], str]:
        encoded = urlencode(request.fields)
        url = self.gateway_url.rstrip("/") + request.path
        headers = {**self.headers, **dict(request.headers)}
        data = None
        if request.method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            data = encoded.encode("ascii")
        else:
            url = f"{url}?{encoded}"
        timeout = aiohttp.ClientTimeout(total=self.seconds)
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.request(request.method, _exactly(url), data=data, headers=headers, allow_redirects=False) as answer,
        ):
            raw = await answer.content.read(_LONGEST_BODY)
            return answer.status, answer.headers.copy(), raw.decode("utf-8", "replace")


def _exactly(url: str) -> URL:
    """Keep the percent-encoding that was written: yarl would turn `%2B` and `%2A` back into themselves."""
    return URL(url, encoded=True)
