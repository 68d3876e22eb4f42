"""The HTTP client: the one file that knows aiohttp, and tells "never written" from "written, no whole answer".

Why aiohttp: `docs/decisions/0007-http-client.md`.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Protocol, Self

import aiohttp
from yarl import URL


class WireError(Exception):
    """An answer came that is not HTTP, or broke HTTP's rules."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotReached(WireError):
    """No connection (refused, name unknown, TLS, connect time-out): nothing was written."""


class CutOff(WireError):
    """The request may have been written; no whole answer came."""


class AnswerTooLong(WireError):
    """More octets than the cap; the rest was not read."""

    def __init__(self, status: int) -> None:
        super().__init__("answer too long")
        self.status = status


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """Status, headers by lower-case name (the last of several wins), and the body as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


class Wire(Protocol):
    """Sends one request once. Times in seconds, `cap` in octets; raises `WireError` and its kinds only."""

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
    ) -> RawAnswer: ...


class _Broken(aiohttp.ClientError):
    """Stands for a broken connection where aiohttp must not see it (see `_send_once`)."""


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Hides broken connections from aiohttp, which would send a PUT, a DELETE or a GET a second time by itself."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as broken:
        raise _Broken(type(broken).__name__) from None


class HttpWire:
    """Keeps connections alive over aiohttp, for all ministries; open it with `async with`."""

    # Our caps bound what is under way; a second bound here would only add an unseen queue.
    _unbounded: ClassVar[int] = 0
    # Seconds an idle connection is kept: below the 5 of Apache, Node and uvicorn, so that it is rarely they who
    # close it just as a write goes out (which would leave that write's end open).
    _kept: ClassVar[float] = 4.0

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._unbounded, keepalive_timeout=self._kept),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            middlewares=(_send_once,),
            trust_env=False,
            raise_for_status=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def secured(self, tls: ssl.SSLContext) -> Wire:
        """The same connections' keeper for a ministry with a TLS of its own."""
        return _SecuredWire(self, tls)

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
        """As `Wire.send`. `tls`: instead of the machine's own; connections made with one are not used for another."""
        if self._session is None:
            raise RuntimeError("open the wire with `async with` first")
        if min(connect, total) <= 0:
            raise NotReached("no time")  # for aiohttp 0 is "for ever"
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
                ssl=tls or True,
                timeout=aiohttp.ClientTimeout(total=total, connect=connect),
            ) as answer:
                return RawAnswer(answer.status, _by_name(answer), await _read(answer, cap))
        # The texts of aiohttp's errors hold addresses with their query: only class names go on.
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotReached(type(error).__name__) from None
        except (TimeoutError, _Broken, aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as error:
            raise CutOff(type(error).__name__) from None
        except (aiohttp.ClientError, ValueError) as error:
            raise WireError(type(error).__name__) from None


@dataclass(frozen=True, slots=True)
class _SecuredWire:
    """Sends over `wire` with this TLS."""

    wire: HttpWire
    tls: ssl.SSLContext

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
    ) -> RawAnswer:
        return await self.wire.send(method, url, headers, body, connect=connect, total=total, cap=cap, tls=self.tls)


def _by_name(answer: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


async def _read(answer: aiohttp.ClientResponse, cap: int) -> bytes | bytearray:
    """The body, up to the cap; past it the connection is closed, not drained."""
    if (answer.content_length or 0) > cap:
        answer.close()
        raise AnswerTooLong(answer.status)
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > cap:
            answer.close()
            raise AnswerTooLong(answer.status)
    return body
