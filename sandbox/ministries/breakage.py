"""Sending an answer in a broken way: cut, hung, doubled, endless, or not what it says it is."""

import asyncio
import socket
import struct
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import Receive, Send

from sandbox.ministries.faults import Fault, Kind

_JSON = (b"content-type", b"application/json")
_HTML = (b"content-type", b"text/html; charset=utf-8")
_PAGE = b"<!doctype html><html><head><title>Error</title></head><body><h1>Service unavailable</h1></body></html>"
_PIECE = 65536
_LONGEST_HANG = 300.0  # seconds; a forgotten connection does not stay for ever


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer, before it is sent."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def typed(self, header: tuple[bytes, bytes]) -> "Answer":
        others = tuple(known for known in self.headers if known[0] != b"content-type")
        return replace(self, headers=(*others, header))


NOTHING = Answer(200, (_JSON,), b"{}")


async def send_answer(answer: Answer, send: Send) -> None:
    """As it is."""
    await _start(answer, len(answer.body), send)
    await send({"type": "http.response.body", "body": answer.body})


async def send_broken(fault: Fault, answer: Answer, receive: Receive, send: Send) -> None:
    """Send `answer` the way `fault` says."""
    match fault.kind:
        case Kind.CUT | Kind.CUT_AFTER_WRITE:
            await _cut(answer, fault, receive, send)
        case Kind.HANG | Kind.DROP_AFTER_WRITE:
            await _hang(receive)
        case Kind.DRIP:
            await _drip(answer, fault.number(1.0), send)
        case Kind.HUGE:
            await _huge(int(fault.number(16 * 2**20)), send)
        case _:
            await send_answer(changed(fault, answer), send)


def changed(fault: Fault, answer: Answer) -> Answer:
    """The answer that a fault of content makes of a good one."""
    match fault.kind:
        case Kind.STATUS:
            return Answer(int(fault.value), (_JSON,), b'{"code":"simulated","message":"simulated fault"}')
        case Kind.HTML:
            return Answer(int(fault.number(200)), (_HTML,), _PAGE)
        case Kind.WRONG_TYPE:
            return answer.typed((b"content-type", str(fault.value or "text/html").encode()))
        case Kind.TRUNCATED_JSON:
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case Kind.DEEP:
            depth = int(fault.number(50_000))
            return Answer(200, (_JSON,), b"[" * depth + b"]" * depth)
        case Kind.REDIRECT:
            target = str(fault.value or "http://127.0.0.1:9/")
            return Answer(302, ((b"location", target.encode()),), b"")
        case Kind.EMPTY:
            return replace(answer, body=b"")
        case Kind.DOUBLE:
            return replace(answer, body=answer.body * 2)
        case Kind.X_ROAD_ERROR:
            kind = str(fault.value or "Server.ServerProxy.ServiceFailed").encode()
            return Answer(500, (_JSON, (b"x-road-error", kind)), b'{"type":"%b","message":"simulated"}' % kind)
        case _:
            return answer


async def _start(answer: Answer, length: int, send: Send) -> None:
    headers = [known for known in answer.headers if known[0] != b"content-length"]
    headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def _cut(answer: Answer, fault: Fault, receive: Receive, send: Send) -> None:
    """Reset the connection: before any octet, or after `value` octets of the body."""
    if fault.value is not None:
        await _start(answer, len(answer.body) + 1, send)
        part = answer.body[: int(fault.value)]
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(0.02)  # so that the octets leave before the reset overtakes them
    transport = _transport(receive)
    if transport is None:
        raise ConnectionResetError("simulated fault: the server closes what it cannot finish")
    sock = transport.get_extra_info("socket")
    if sock is not None:
        # Linger of zero: the kernel sends RST, as a crashed peer does, and not an orderly FIN.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _hang(receive)


def _transport(receive: Receive) -> Any:
    """Uvicorn's transport of this request. ASGI has no word for it, so its own request object is asked."""
    return getattr(getattr(receive, "__self__", None), "transport", None)


async def _hang(receive: Receive) -> None:
    """Until the client has gone."""
    try:
        async with asyncio.timeout(_LONGEST_HANG):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


async def _drip(answer: Answer, pause: float, send: Send) -> None:
    await _start(answer, len(answer.body), send)
    for octet in answer.body:
        await send({"type": "http.response.body", "body": bytes((octet,)), "more_body": True})
        await asyncio.sleep(pause)
    await send({"type": "http.response.body", "body": b""})


async def _huge(size: int, send: Send) -> None:
    """Valid JSON of `size` octets, never held in memory as a whole."""
    head, tail = b'{"filler":"', b'"}'
    left = max(0, size - len(head) - len(tail))
    await _start(NOTHING, len(head) + left + len(tail), send)
    await send({"type": "http.response.body", "body": head, "more_body": True})
    while left:
        piece = min(left, _PIECE)
        await send({"type": "http.response.body", "body": b"x" * piece, "more_body": True})
        left -= piece
    await send({"type": "http.response.body", "body": tail})
