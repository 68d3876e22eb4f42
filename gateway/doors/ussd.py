"""The USSD doors: one hop in, one screen out, whatever happens."""

import asyncio
import logging
import time
from typing import Protocol

from starlette.types import Receive, Scope, Send

from domain.errors import GuichetError, InvalidValue
from gateway.aggregators.values import UssdDialect
from gateway.doors.admission import Admission
from gateway.doors.asgi import BodyTooLarge, ClientGone, Gatekeeper, answer, body_within
from gateway.metrics import Metrics
from ussd_menus.records.session_ends import SessionEnds
from ussd_menus.turn import UssdReply, UssdTurn

LONGEST_BODY = 8 * 1024
BODY_SECONDS = 5.0

log = logging.getLogger("guichet.ussd")


class Hops(Protocol):
    """Who answers hops: the conversation, or one that does more with each (`gateway.tracing`)."""

    async def hop(self, turn: UssdTurn) -> UssdReply: ...

    def sorry(self, text_id: str, language: str = "") -> UssdReply: ...


class UssdDoor:
    """Takes the hops of one aggregator."""

    def __init__(
        self,
        dialect: UssdDialect,
        conversation: Hops,
        gatekeeper: Gatekeeper,
        metrics: Metrics,
        most_in_flight: int,
        service_code: str,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._dialect = dialect
        self._conversation = conversation
        self._gatekeeper = gatekeeper
        self._hops = metrics.hops(dialect.name)
        self._free = most_in_flight
        self._most = most_in_flight
        self._newcomers = Admission(most_in_flight)
        self._service_code = service_code
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._gatekeeper.admits(scope):
            return await answer(send, 404, b"not found\n")
        started = time.perf_counter()
        try:
            body = await body_within(self._body_seconds, receive, LONGEST_BODY)
        except BodyTooLarge:
            return await answer(send, 413, b"too large\n")
        except (TimeoutError, ClientGone):
            return await answer(send, 408, b"the request did not arrive\n", [(b"connection", b"close")])
        reply, result = await self._reply(scope["query_string"], body, started)
        wire = self._dialect.write_reply(reply)
        self._hops.seen(result, time.perf_counter() - started)
        await answer(send, 200, wire.body, wire.headers)

    async def _reply(self, query: bytes, body: bytes, started: float) -> tuple[UssdReply, str]:
        """A well-formed screen for any input. The result is a word for the metrics."""
        try:
            turn = self._dialect.read_hop(query, body)
        except InvalidValue:
            return self._conversation.sorry("session.unknown"), "invalid"
        newcomer = self._dialect.begins(turn, self._service_code)
        if self._free <= 0 or (newcomer and not self._newcomers.enter(self._most - self._free)):
            return self._conversation.sorry("limit.busy"), "busy"
        self._free -= 1
        late = 0.0
        try:
            if newcomer:
                late = await _lateness()
            return await self._conversation.hop(turn), "answered"
        except GuichetError as failure:
            log.warning("hop failed: %s", type(failure).__name__)
            return self._conversation.sorry(failure.told), "failed"
        except Exception as failure:
            # The last resort: a fault of ours must still be a screen. The text of an unknown exception may hold
            # personal data, so only its type and place are told.
            log.error("hop broke: %s at %s", type(failure).__name__, _place(failure))
            return self._conversation.sorry("error.ours"), "broken"
        finally:
            self._free += 1
            if newcomer:
                self._newcomers.leave(time.perf_counter() - started, late)


class UssdEndDoor:
    """Takes the end-of-session events of one aggregator."""

    def __init__(
        self,
        dialect: UssdDialect,
        ends: SessionEnds,
        gatekeeper: Gatekeeper,
        metrics: Metrics,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._dialect = dialect
        self._ends = ends
        self._gatekeeper = gatekeeper
        self._metrics = metrics
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._gatekeeper.admits(scope):
            return await answer(send, 404, b"not found\n")
        try:
            body = await body_within(self._body_seconds, receive, LONGEST_BODY)
            end = self._dialect.read_end(scope["query_string"], body)
        except BodyTooLarge:
            return await answer(send, 413, b"too large\n")
        except (TimeoutError, ClientGone):
            return await answer(send, 408, b"the request did not arrive\n", [(b"connection", b"close")])
        except InvalidValue:
            return await answer(send, 400, b"not an end of session\n")
        try:
            await self._ends.keep(
                aggregator=end.aggregator,
                session=end.session,
                msisdn=end.msisdn,
                network=end.network,
                outcome=end.outcome,
                duration_ms=end.duration_ms,
                hops=end.hops,
                cost=end.cost,
                screens=end.screens,
            )
        except GuichetError:
            return await answer(send, 503, b"not stored\n", [(b"retry-after", b"5")])
        except Exception as failure:
            # A fault of ours: the event is not stored, and the aggregator may try again.
            log.error("end of session broke: %s at %s", type(failure).__name__, _place(failure))
            return await answer(send, 503, b"not stored\n", [(b"retry-after", b"5")])
        self._metrics.session_ended(end.aggregator, end.outcome, end.screens[-1] if end.screens else "")
        return await answer(send, 200, b"")


async def _lateness() -> float:
    """How many seconds all the others take who are ready to go on."""
    asked = time.perf_counter()
    await asyncio.sleep(0)
    return time.perf_counter() - asked


def _place(failure: BaseException) -> str:
    trace = failure.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"
