"""The SMS doors: inbound messages, delivery reports and opt-outs, answered once they are durable."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from domain.errors import GuichetError, InvalidValue
from gateway.aggregators import SMS
from gateway.aggregators.values import SmsCallbacks
from gateway.doors.asgi import BodyTooLarge, ClientGone, Gatekeeper, answer, read_body
from gateway.doors.ussd import BODY_SECONDS, LONGEST_BODY
from gateway.metrics import Metrics
from gateway.sms_intake import Intake
from sms.values import DeliveryReport, ReportWord

log = logging.getLogger("guichet.sms")

_AGAIN = [(b"retry-after", b"5")]


class SmsDoor:
    """One kind of callback of one aggregator: `read` it, `take` it, and only then say so."""

    def __init__(
        self,
        callbacks: SmsCallbacks,
        kind: str,
        read: Callable[[bytes, bytes], Any],
        take: Callable[[Any], Awaitable[None]],
        gatekeeper: Gatekeeper,
        metrics: Metrics,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._taken = callbacks.taken
        self._read = read
        self._take = take
        self._gatekeeper = gatekeeper
        self._count = metrics.sms_callbacks(callbacks.name, kind)
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._gatekeeper.admits(scope):
            return await answer(send, 404, b"not found\n")
        query: bytes = scope["query_string"]
        try:
            async with asyncio.timeout(self._body_seconds):
                body = await read_body(receive, LONGEST_BODY)
            if len(query) > LONGEST_BODY:
                raise BodyTooLarge
            told = self._read(query, body)
        except BodyTooLarge:
            return await answer(send, 413, b"too large\n")
        except (TimeoutError, ClientGone):
            return await answer(send, 408, b"the request did not arrive\n", [(b"connection", b"close")])
        except InvalidValue:
            self._count("invalid")
            return await answer(send, 400, b"not understood\n")
        try:
            await self._take(told)
        except GuichetError as failure:
            log.warning("callback not stored: %s", type(failure).__name__)
        except Exception as failure:
            # A fault of ours. The text of an unknown exception may hold personal data: only its type is told.
            log.error("callback broke: %s", type(failure).__name__)
        else:
            unknown = isinstance(told, DeliveryReport) and told.word is ReportWord.UNKNOWN
            self._count("unknown_word" if unknown else "taken")
            return await answer(send, 200, self._taken)
        self._count("not_stored")
        await answer(send, 503, b"not stored\n", _AGAIN)


def sms_routes(
    intake: Intake, gatekeeper: Gatekeeper, metrics: Metrics, body_seconds: float = BODY_SECONDS
) -> list[Route]:
    """The routes of every aggregator in the table, for one method each."""
    return [
        _route(f"/{callbacks.name}/{{secret}}/{kind}", callbacks.method, door)
        for callbacks in SMS.values()
        for kind, door in _doors(callbacks, intake, gatekeeper, metrics, body_seconds)
    ]


def _doors(
    callbacks: SmsCallbacks, intake: Intake, gatekeeper: Gatekeeper, metrics: Metrics, body_seconds: float
) -> Iterator[tuple[str, SmsDoor]]:
    kinds: list[tuple[str, Callable[[bytes, bytes], Any] | None, Callable[[Any], Awaitable[None]]]] = [
        ("sms", callbacks.read_inbound, intake.inbound),
        ("delivery-reports", callbacks.read_report, intake.report),
        ("opt-outs", callbacks.read_opt_out, intake.opt_out),
    ]
    for kind, read, take in kinds:
        if read:
            yield kind, SmsDoor(callbacks, kind, read, take, gatekeeper, metrics, body_seconds)


def _route(path: str, method: str, door: SmsDoor) -> Route:
    """For that method alone: Starlette would let HEAD act as the GET that takes a report."""
    route = Route(path, door, methods=[method])
    route.methods = {method}
    return route
