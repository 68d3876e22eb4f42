"""What the handset page and scripts ask: small JSON objects of strings, read with suspicion."""

import json
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MSISDN = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)
_LARGEST_BODY = 8 * 1024


class NotUnderstood(Exception):
    """The page or script asked for something that makes no sense; the text is for its author."""


async def body(request: Request) -> dict[str, str]:
    """Read a small JSON object of strings. Raises `NotUnderstood`."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _LARGEST_BODY:
            raise NotUnderstood("the body is too large")
    try:
        asked = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotUnderstood("the body is not JSON") from None
    if not isinstance(asked, dict) or not all(isinstance(value, str) for value in asked.values()):
        raise NotUnderstood("the body is not an object of strings")
    return asked


def matching(pattern: re.Pattern[str], value: str, name: str) -> str:
    """The value, if it is of the form `pattern`. Raises `NotUnderstood`."""
    if pattern.fullmatch(value) is None:
        raise NotUnderstood(f"{name} is malformed")
    return value


def told(content: object, status: int = 200) -> Response:
    """An answer that no cache keeps."""
    return JSONResponse(content, status, headers={"Cache-Control": "no-store"})


def guarded(act: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """What makes no sense becomes an answer that says so."""

    async def endpoint(request: Request) -> Response:
        try:
            return await act(request)
        except NotUnderstood as bad:
            return told({"error": str(bad)}, 400)

    return endpoint
