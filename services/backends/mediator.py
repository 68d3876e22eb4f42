"""The way through an X-Road security server (GovStack: Information Mediator), for a ministry of any standard.

Source: X-Road "Message Protocol for REST" (PR-REST 1.0.4). A request goes to `/r1/<service id>/<its own path>`, each
part percent-encoded; an answer that carries `X-Road-Error` is the mediator's own: the ministry did not answer, whatever
the status says.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote
from uuid import UUID

from domain.errors import InvalidValue
from services.backends.way_config import XRoad
from services.backends.wire import CutOff, NotReached, RawAnswer, Wire

_PROTOCOL = "r1"
_TYPE = re.compile(r"[A-Za-z]{1,40}(\.[A-Za-z0-9_]{1,60}){0,5}").fullmatch
# Errors that come before the request leaves the mediator, or before the far one hands it to the ministry. All others
# may come after it was carried out: `Server.ClientProxy` also wraps an answer that was lost on the way back, and
# `ServiceFailed` one that the far mediator could not read.
_NEVER_DELIVERED = (
    "Client.",
    "Server.ClientProxy.UnknownMember",
    "Server.ClientProxy.SslAuthenticationFailed",
    "Server.ServerProxy.AccessDenied",
    "Server.ServerProxy.UnknownService",
    "Server.ServerProxy.ServiceDisabled",
)
_CLIENT_PARTS, _SERVICE_PARTS = (3, 4), (4, 5)


class MediatedWire:
    """A wire to one ministry behind a mediator at `base`. `new_id` gives each sending its own id for both logs.

    Raises `InvalidValue` for identifiers that are none.
    """

    def __init__(self, wire: Wire, base: str, through: XRoad, new_id: Callable[[], UUID]) -> None:
        self._wire, self._base, self._new_id = wire, base, new_id
        self._prefix = f"{base}/{_PROTOCOL}/{_identifier(through.service, _SERVICE_PARTS, 'service')}"
        self._headers = {through.client_header: _identifier(through.client, _CLIENT_PARTS, "client")}
        if through.user_id:
            self._headers[through.user_header] = quote(through.user_id, safe="")
        self._id_header, self._error_header = through.id_header, through.error_header.lower()

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
        """As `Wire.send`. The mediator's own failure: `NotReached` where surely nothing was delivered, else `CutOff`.

        Headers of the same names give way: the mediator believes one client only.
        """
        ours = {**self._headers, self._id_header: str(self._new_id())}
        taken = {name.lower() for name in ours}
        ours |= {name: value for name, value in headers.items() if name.lower() not in taken}
        address = self._prefix + url.removeprefix(self._base)
        answer = await self._wire.send(method, address, ours, body, connect=connect, total=total, cap=cap)
        failure = answer.headers.get(self._error_header)
        if failure is not None:
            raise _failed(failure)
        return answer


def _failed(said: str) -> NotReached | CutOff:
    """Only an error type goes on into what is logged, nothing else that such a header may hold."""
    kind = said.strip()
    if not _TYPE(kind):
        return CutOff("mediator")
    return (NotReached if _is_before_delivery(kind) else CutOff)(f"mediator: {kind}")


def _is_before_delivery(kind: str) -> bool:
    return any(
        kind.startswith(known) if known.endswith(".") else kind == known or kind.startswith(f"{known}.")
        for known in _NEVER_DELIVERED
    )


def _identifier(written: str, parts: tuple[int, ...], what: str) -> str:
    """Its parts percent-encoded, with plain slashes between them."""
    given = written.split("/")
    proper = all(part and part == part.strip() and part not in (".", "..") and part.isprintable() for part in given)
    if len(given) not in parts or not proper:
        raise InvalidValue(f"through.{what}: {' or '.join(map(str, parts))} parts with slashes between")
    return "/".join(quote(part, safe="") for part in given)
