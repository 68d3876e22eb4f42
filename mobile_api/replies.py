"""Sending an answer: compressed where it pays, told as unchanged where the caller has it."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Send

from mobile_api import etags

# Below this, compressing saves no packet.
WORTH_COMPRESSING = 1024
_LEVEL = 6
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=([0-9.]+)\s*)?(?=,|$)")
_COMPRESSIBLE = (b"application/json", b"application/problem+json", b"text/")

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it will be sent. `etag`: "" where none is told."""

    status: int
    body: bytes
    media: bytes
    headers: Headers
    etag: str = ""


async def send_reply(send: Send, reply: Reply, asked: Mapping[bytes, bytes], *, head: bool = False) -> None:
    """Send it. `asked`: the request's headers; `head`: all but the body."""
    headers, body, status = [*reply.headers], reply.body, reply.status
    if reply.etag:
        headers.append((b"etag", reply.etag.encode("ascii")))
        if status == 200 and (seen := asked.get(b"if-none-match")) and etags.unchanged(seen, reply.etag):
            status, body = 304, b""
    if body:
        headers.append((b"content-type", reply.media))
        if _compressible(reply) and takes_gzip(asked.get(b"accept-encoding")):
            body = gzip.compress(body, _LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
    if status not in (204, 304):
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


def _compressible(reply: Reply) -> bool:
    """A strong tag names these very octets: they travel as they are."""
    return len(reply.body) > WORTH_COMPRESSING and reply.etag[:1] != '"' and reply.media.startswith(_COMPRESSIBLE)


def takes_gzip(accept_encoding: bytes | None) -> bool:
    """Whether the caller takes gzip (RFC 9110 §12.5.3)."""
    if not accept_encoding:
        return False
    found = _GZIP.search(accept_encoding.decode("latin-1").lower())
    return found is not None and (found[1] is None or found[1].strip("0.") != "")
