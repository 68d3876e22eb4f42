"""Traces of a hop through to the ministry, for OpenTelemetry: screens and operations by name, nothing of a citizen.

Imported only where `GUICHET_TRACES_URL` is set; without it no hop meets a line of this. Names of spans and attributes
are words of ours. Exceptions are told by their kind alone, as in the logs: their texts may quote somebody.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from domain.deadline import Deadline
from domain.outcomes import Outcome
from services.backends.answers import Answer
from services.backends.breaker import Breaker
from services.backends.config import MinistryAddress
from services.backends.registry import MakeTransport
from services.backends.transport import Call, Observer, Transport
from services.backends.wire import Wire
from storage.unit_of_work import UnitOfWork
from ussd_menus.calls import Calls, DeskFor, Facts, Failed
from ussd_menus.conversation import Conversation
from ussd_menus.turn import UssdReply, UssdTurn

EXPORT_SECONDS = 5
_PROPAGATOR = TraceContextTextMapPropagator()


class Tracing:
    """The tracer of one process, and what it puts around the parts of a hop."""

    def __init__(self, processor: SpanProcessor, country: str, share: float) -> None:
        """`share`: how many of all hops are followed, 0 to 1."""
        # Made here, not read from the environment or the machine: nothing is told that is not named in this file.
        whose = Resource({"service.name": "guichet", "guichet.country": country})
        sampler = ParentBasedTraceIdRatio(share)
        self._provider = TracerProvider(sampler=sampler, resource=whose, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self.tracer = self._provider.get_tracer("guichet")

    def conversation(self, inner: Conversation) -> "TracedConversation":
        return TracedConversation(inner, self.tracer)

    def calls(self, inner: Calls) -> Calls:
        return TracedCalls(inner.unit, inner.desk_for, self.tracer)

    @property
    def transport(self) -> MakeTransport:
        return partial(TracedTransport, self.tracer)

    def close(self) -> None:
        """Sends what waits; may take `EXPORT_SECONDS`."""
        self._provider.shutdown()


def sent_to(url: str) -> SpanProcessor:
    """To a collector that takes OTLP over HTTP, in a thread of its own."""
    return BatchSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces", timeout=EXPORT_SECONDS))


class TracedConversation:
    """A span a hop, named by the screen that came of it."""

    def __init__(self, inner: Conversation, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer
        self.sorry = inner.sorry

    async def hop(self, turn: UssdTurn) -> UssdReply:
        # A root: who calls us may not put us into a trace of theirs.
        with _span(self._tracer, "hop", SpanKind.SERVER, Context(), guichet_aggregator=turn.aggregator) as span:
            reply = await self._inner.hop(turn)
            span.update_name(f"screen {reply.screen or 'none'}")
            span.set_attribute("guichet.goes_on", reply.goes_on)
            return reply


class TracedCalls(Calls):
    """A span a use case, named by it."""

    def __init__(self, unit: Callable[[], UnitOfWork], desk_for: DeskFor, tracer: Tracer) -> None:
        super().__init__(unit, desk_for)
        self._tracer = tracer

    async def perform(
        self, use: str, arguments: Mapping[str, object], facts: Facts, deadline: Deadline
    ) -> Outcome | Failed:
        with _span(self._tracer, f"use case {use}", SpanKind.INTERNAL) as span:
            outcome = await super().perform(use, arguments, facts, deadline)
            what = outcome.told if isinstance(outcome, Failed) else type(outcome).__name__
            span.set_attribute("guichet.outcome", what)
            return outcome


class TracedTransport(Transport):
    """A span a call to a ministry, and who called in its `traceparent`; nothing else goes along."""

    def __init__(
        self, tracer: Tracer, ministry: MinistryAddress, wire: Wire, breaker: Breaker, observer: Observer | None
    ) -> None:
        super().__init__(ministry, wire, breaker, observer)
        self._tracer = tracer

    async def request(self, call: Call, deadline: Deadline) -> Answer:
        with _span(self._tracer, f"{self.ministry} {call.operation}", SpanKind.CLIENT) as span:
            headers: dict[str, str] = {}
            _PROPAGATOR.inject(headers)
            answer = await super().request(replace(call, headers={**call.headers, **headers}), deadline)
            span.set_attribute("http.response.status_code", answer.status)
            return answer


@contextmanager
def _span(
    tracer: Tracer, name: str, kind: SpanKind, context: Context | None = None, **attributes: str
) -> Iterator[Span]:
    """The span of the block, and of what it awaits. A failure leaves its kind, and nothing of its words."""
    named = {name.replace("_", "."): value for name, value in attributes.items()}
    with tracer.start_as_current_span(
        name, context, kind, named, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as failure:
            span.set_status(Status(StatusCode.ERROR, type(failure).__name__))
            raise
