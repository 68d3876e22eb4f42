"""Reading a request's body: bounded, and of a media type that the operation takes."""

from starlette.types import Receive

from mobile_api.operations import JSON
from mobile_api.problems import Problem


async def read(receive: Receive, declared: bytes | None, most: int) -> bytes:
    """The whole body. `declared`: Content-Length. Raises `body_too_large`, `body_incomplete`."""
    if declared is not None and declared.isdigit() and int(declared[:20]) > most:
        raise Problem("body_too_large")
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem("body_incomplete")
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise Problem("body_too_large")
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces)


def media_type(content_type: bytes | None, taken: tuple[str, ...] = ()) -> str:
    """The media type, one of `taken` or, where none is listed, JSON in UTF-8. Raises `wrong_media_type`."""
    kind, _, parameters = (content_type or b"").decode("latin-1").partition(";")
    kind = kind.strip().lower()
    if kind not in (taken or (JSON,)):
        raise Problem("wrong_media_type")
    name, _, value = parameters.strip().lower().partition("=")
    if not taken and name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
        raise Problem("wrong_media_type")
    return kind
