"""The operations page's own doors: staff sign in and out, and see figures. Only the page itself may ask.

Whoever is signed in is known by a cookie that no script reads and that goes to `/ops` alone. A write is taken from the
page's own origin only, as JSON, so that no other page makes her browser sign anybody in or out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from domain.errors import DeadlineExceeded, StoreUnavailable
from gateway.doors.asgi import BodyTooLarge, ClientGone, read_body
from gateway.ops_page.reading import SPANS, OpsReading
from services.staff_ports import StaffSession
from services.staff_sign_in import BROWSER_LIVES, LIVES, LONGEST_PASSWORD, Refused, SignedIn

COOKIE, BROWSER = "guichet-staff", "guichet-staff-browser"
LONGEST_BODY, BODY_SECONDS = 2048, 5.0
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What she types."""

    name: str
    password: str
    code: str


class StaffShown(msgspec.Struct, frozen=True):
    """Who is signed in, and until when at the longest."""

    name: str
    until: str


class StaffDoor(Protocol):
    """Each in a unit of work of its own."""

    async def sign_in(
        self, name: str, password: str, code: str, address: str, browser: bytes
    ) -> SignedIn | Refused: ...

    async def sign_out(self, token: bytes) -> None: ...

    async def session(self, token: bytes, touched: bool) -> StaffSession | None: ...


Answering = Callable[[Request], Awaitable[Response]]


class OpsDoor:
    """`address_of`: whom a request comes from."""

    def __init__(self, staff: StaffDoor, reading: OpsReading, address_of: Callable[[Scope], str]) -> None:
        self._staff, self._reading, self._address_of = staff, reading, address_of

    def routes(self) -> list[BaseRoute]:
        """They stand before the page's files, which lie below the same path."""
        return [
            Route("/ops/session", _soon(self._session), methods=["GET"]),
            Route("/ops/session", _soon(self._sign_in), methods=["POST"]),
            Route("/ops/session", _soon(self._sign_out), methods=["DELETE"]),
            Route("/ops/live", _soon(self._live), methods=["GET"]),
            Route("/ops/figures", _soon(self._figures), methods=["GET"]),
        ]

    async def _session(self, request: Request) -> Response:
        session = await self._signed_in(request)
        return _json(_shown(session)) if session else _problem(401, "signed_out")

    async def _sign_in(self, request: Request) -> Response:
        if not from_own_page(request.headers):
            return _problem(403, "elsewhere")
        typed = await _typed(request)
        if typed is None:
            return _problem(400, "unreadable")
        if len(typed.password) > LONGEST_PASSWORD:
            return _problem(401, "refused")
        address, browser = self._address_of(request.scope), _token(request, BROWSER)
        found = await self._staff.sign_in(typed.name, typed.password, typed.code, address, browser)
        if isinstance(found, Refused):
            return _problem(429, "too_many") if found.busy else _problem(401, "refused")
        answer = _json(_shown(found.session))
        _keep(answer, found.browser.hex(), BROWSER_LIVES, BROWSER, "/ops/session")
        _keep(answer, found.token.hex(), LIVES)
        return answer

    async def _sign_out(self, request: Request) -> Response:
        if not from_own_page(request.headers):
            return _problem(403, "elsewhere")
        if token := _token(request):
            await self._staff.sign_out(token)
        answer = Response(status_code=204, headers=_HEADERS)
        _keep(answer, "", timedelta())
        return answer

    async def _live(self, request: Request) -> Response:
        if not await self._signed_in(request):
            return _problem(401, "signed_out")
        span = request.query_params.get("span", "hour")
        return _json(await self._reading.live(span if span in SPANS else "hour"))

    async def _figures(self, request: Request) -> Response:
        if not await self._signed_in(request):
            return _problem(401, "signed_out")
        asked = request.query_params
        return _json(await self._reading.lately(*(asked.get(name, "") for name in ("language", "network", "spoken"))))

    async def _signed_in(self, request: Request) -> StaffSession | None:
        """`touched`: the page says that somebody is there; by itself it asks for ever."""
        token = _token(request)
        return await self._staff.session(token, "touched" in request.query_params) if token else None


def _keep(answer: Response, token: str, lives: timedelta, name: str = COOKIE, path: str = "/ops") -> None:
    seconds = int(lives.total_seconds())
    answer.set_cookie(name, token, seconds, path=path, secure=True, httponly=True, samesite="strict")


def from_own_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that the page it shows is ours; neither header can be set by a script."""
    if site := headers.get("sec-fetch-site"):
        return site == "same-origin"
    return bool(origin := headers.get("origin")) and urlsplit(origin).netloc == headers.get("host")


def _soon(answering: Answering) -> Answering:
    async def answer(request: Request) -> Response:
        try:
            return await answering(request)
        except (StoreUnavailable, DeadlineExceeded):
            return _problem(503, "away")

    return answer


async def _typed(request: Request) -> Credentials | None:
    if request.headers.get("content-type") != "application/json":
        return None
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return msgspec.json.decode(await read_body(request.receive, LONGEST_BODY), type=Credentials)
    except (msgspec.DecodeError, UnicodeDecodeError, BodyTooLarge, ClientGone, TimeoutError):
        return None


def _token(request: Request, name: str = COOKIE) -> bytes:
    try:
        return bytes.fromhex(request.cookies.get(name, ""))
    except ValueError:
        return b""


def _shown(session: StaffSession) -> StaffShown:
    return StaffShown(session.name, session.expires_at.isoformat())


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json", headers=_HEADERS)


def _problem(status: int, code: str) -> Response:
    return Response(msgspec.json.encode({"code": code}), status, _HEADERS, "application/json")
