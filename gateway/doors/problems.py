"""Problem details for HTTP APIs (RFC 9457): what was wrong, for the caller's engineers. Never echoes what was sent."""

import json
from http import HTTPStatus

from starlette.types import Send

from gateway.doors.asgi import answer

PROBLEM = b"application/problem+json"


async def problem(send: Send, status: int, code: str, detail: str = "", after_seconds: int | None = None) -> None:
    """Send one. `code` is stable, for programs; `after_seconds` becomes Retry-After."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    headers = [] if after_seconds is None else [(b"retry-after", str(after_seconds).encode())]
    await answer(send, status, json.dumps(body).encode(), headers, PROBLEM)
