"""A token endpoint (OAuth 2 client credentials): anybody's secret will do, but for the one called `wrong`."""

import base64
import binascii
from datetime import datetime, timedelta
from random import Random
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.ministries import wire
from sandbox.ministries.clock import SandboxClock

_WRONG = frozenset({"", "wrong"})
LIFETIME = timedelta(minutes=5)


class TokenDesk:
    """Gives tokens out, and knows them until they end by the sandbox's clock."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock, self._random = clock, Random(20161)
        self._ends: dict[str, datetime] = {}

    async def token(self, request: Request) -> Response:
        form = await wire.body(request)
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        given = _basic(request.headers.get("authorization", "")) or str(form.get("client_secret", ""))
        if given in _WRONG:
            return JSONResponse({"error": "invalid_client"}, 401)
        token = f"{self._random.getrandbits(128):032x}"
        self._ends[token] = self._clock.now() + LIFETIME
        return JSONResponse(
            {"access_token": token, "token_type": "Bearer", "expires_in": int(LIFETIME.total_seconds())}
        )

    def takes(self, authorization: str | None) -> bool:
        """Whether a request with this header may pass: without one, or with a token that lives."""
        if authorization is None:
            return True
        ends = self._ends.get(authorization.removeprefix("Bearer "))
        return ends is not None and self._clock.now() < ends


def _basic(header: str) -> str:
    try:
        pair = base64.b64decode(header.removeprefix("Basic "), validate=True).decode() if header else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return unquote_plus(pair.partition(":")[2])
