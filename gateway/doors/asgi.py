"""Plain ASGI for the hot path: read a bounded body, write a small answer, know who calls."""

import hmac
from collections.abc import Sequence
from ipaddress import ip_address

from starlette.types import Receive, Scope, Send

from gateway.settings import IpNetwork

TEXT = b"text/plain; charset=utf-8"


class BodyTooLarge(Exception):
    """The body is longer than this door takes."""


class ClientGone(Exception):
    """The caller hung up before the whole body arrived."""


async def read_body(receive: Receive, most: int) -> bytes:
    """The whole body, at most `most` octets. Raises `BodyTooLarge`, `ClientGone`."""
    message = await receive()
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

    Aggregators sign nothing, so these two are all there is (`docs/threats`). A wrong one is 404 without touching
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
        right = sum(hmac.compare_digest(given, secret) for secret in self._secrets)
        return bool(right) and (not self._networks or self._address_allowed(scope))

    def _address_allowed(self, scope: Scope) -> bool:
        address = self._caller_address(scope)
        try:
            caller = ip_address(address)
        except ValueError:
            return False
        return any(caller in network for network in self._networks)

    def _caller_address(self, scope: Scope) -> str:
        """The peer; or, where the peer is a trusted proxy, the last address that no trusted proxy added."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self._is_proxy(peer):
            return peer
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        hops = [part.strip() for part in b",".join(forwarded).decode("latin-1").split(",") if part.strip()]
        return next((hop for hop in reversed(hops) if not self._is_proxy(hop)), peer)

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in proxy for proxy in self._proxies)
