"""Plain ASGI for the hot path: read a bounded body, write a small answer, know who calls."""

import asyncio
import hmac
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import cast

from starlette.types import Message, Receive, Scope, Send

from gateway.setting_values import IpNetwork

TEXT = b"text/plain; charset=utf-8"


class BodyTooLarge(Exception):
    """The body is longer than this door takes."""


class ClientGone(Exception):
    """The caller hung up before the whole body arrived."""


async def body_within(seconds: float, receive: Receive, most: int) -> bytes:
    """`read_body`, that raises `TimeoutError` when it takes longer.

    A small body comes with its head: a time-out, which costs as much as Redis, is armed only where there is a wait.
    """
    first = _at_once(receive)
    if first is not None and not first.get("more_body"):
        return await read_body(receive, most, first)
    async with asyncio.timeout(seconds):
        return await read_body(receive, most, first)


def _at_once(receive: Receive) -> Message | None:
    """The message that is there already; None where one has to be waited for, and nothing was taken."""
    waiting = receive().__await__()
    try:
        next(waiting)
    except StopIteration as there:
        return cast("Message", there.value)
    waiting.close()
    return None


async def read_body(receive: Receive, most: int, first: Message | None = None) -> bytes:
    """The whole body, at most `most` octets. `first`: its first part. Raises `BodyTooLarge`, `ClientGone`."""
    message = first or await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise ClientGone
    if len(body) > most:
        raise BodyTooLarge
    return body


async def answer(
    send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = (), kind: bytes = TEXT
) -> None:
    """Send a whole answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", kind),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


class Gatekeeper:
    """Who may call back: the path's secret, and the address where addresses are listed.

    Aggregators sign nothing, so these two are all there is (`docs/security.md`). A wrong one is 404 without touching
    any store, so that a scanner learns nothing.
    """

    def __init__(
        self, secrets: Sequence[str], networks: Sequence[IpNetwork], trusted_proxies: Sequence[IpNetwork]
    ) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._networks = tuple(networks)
        self._proxies = tuple(trusted_proxies)

    def admits(self, scope: Scope) -> bool:
        """True for a right secret from an allowed address."""
        given = str(scope["path_params"]["secret"]).encode()
        # No early exit: the time taken must not tell how many characters were right.
        right = sum([hmac.compare_digest(given, secret) for secret in self._secrets])
        return bool(right) and (not self._networks or self._address_allowed(scope))

    def _address_allowed(self, scope: Scope) -> bool:
        return _is_in(self.caller_address(scope), self._networks)

    def caller_address(self, scope: Scope) -> str:
        """The peer; or, where the peer is a trusted proxy, the last address that no trusted proxy added."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self._proxies or not _is_in(peer, self._proxies):
            return peer
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        hops = [part.strip() for part in b",".join(forwarded).decode("latin-1").split(",") if part.strip()]
        return next((hop for hop in reversed(hops) if not _is_in(hop, self._proxies)), peer)


def _is_in(address: str, networks: Sequence[IpNetwork]) -> bool:
    """False for what is no address. A listener on `::` writes IPv4 callers as `::ffff:192.0.2.1` (RFC 4291 §2.5.5)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)
