"""A hop is followed through to the ministry, and nothing of a citizen is in what is followed."""

import sys

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import Receive, Scope, Send

from gateway import tracing
from gateway.settings import SettingsError
from storage.redis_client import RedisClient
from tests.gateway.walks import at_home
from tests.phone import AfricasTalkingPhone
from tests.whole import Stage, Whole, settings_for, whole

HERS = "+994501234501"
GRANTED = "41000019"
COLLECTOR = "http://127.0.0.1:9"


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What would go to the collector."""
    kept = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "sent_to", lambda url: SimpleSpanProcessor(kept))
    return kept


def everything_in(span: ReadableSpan) -> str:
    return str(span.to_json())


async def test_a_hop_leads_through_the_use_case_to_the_ministry(
    clean_url: str,
    redis_url: str,
    redis: RedisClient,
    ministries: tuple[Stage, str],
    followed: InMemorySpanExporter,
) -> None:
    on = {"traces_url": COLLECTOR, "traces_share": "1"}
    async with whole(clean_url, redis_url, *ministries, **on) as running:
        phone = AfricasTalkingPhone(running.app, HERS)
        await at_home(phone)
        await phone.answer("1")
        followed.clear()
        heard = _listening(ministries[0])
        assert "312.40" in (await phone.answer(GRANTED)).text
        spans = {span.name: span for span in followed.get_finished_spans()}
        [shown] = [name for name in spans if name.startswith("screen ")]
        [used] = [name for name in spans if name.startswith("use case ")]
        hop, use, call = spans[shown], spans[used], spans["vemtas application.get"]
        assert hop.parent is None
        assert use.parent and use.parent.span_id == hop.context.span_id
        assert call.parent and call.parent.span_id == use.context.span_id
        assert dict(hop.attributes or {}) == {"guichet.aggregator": "africastalking", "guichet.goes_on": True}
        assert dict(call.attributes or {}) == {"http.response.status_code": 200}
        # The ministry is told which call of which trace this is, and no more.
        version, trace, parent, flags = heard["traceparent"].split("-")
        assert (trace, parent) == (f"{call.context.trace_id:032x}", f"{call.context.span_id:016x}")
        assert version == "00" and int(flags, 16) & 1
        assert not {"tracestate", "baggage"} & set(heard)

        running.sandbox.state.world.faults.add(
            {"ministry": "vemtas", "operation": "applications.get", "kind": "status", "value": 503}
        )
        await phone.answer("00")
        await phone.answer("1")
        await phone.answer(GRANTED)
        told = "".join(everything_in(span) for span in followed.get_finished_spans())
        assert '"description": "MinistryUnavailable"' in told
        for secret in (
            HERS,
            HERS[1:],
            GRANTED,
            "41000027",
            "312.40",
            phone.session,
            running.parts.settings.database_url,
        ):
            assert secret not in told


def _listening(stage: Stage) -> dict[str, str]:
    """What requests to ministries say from now on: the last one's headers."""
    heard: dict[str, str] = {}
    inner = stage.app

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        heard.clear()
        heard.update({name.decode(): value.decode() for name, value in scope.get("headers", ())})
        await inner(scope, receive, send)

    stage.app = listening
    return heard


async def test_off_is_the_default_and_nothing_is_loaded(gateway_whole: Whole) -> None:
    assert gateway_whole.parts.tracing is None
    assert type(gateway_whole.parts.conversation).__name__ == "Conversation"


def test_switched_on_without_its_library_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.assembly import assemble

    monkeypatch.setitem(sys.modules, "gateway.tracing", None)
    nowhere = "postgresql://nobody@127.0.0.1:9/none", "redis://127.0.0.1:9/0", "http://127.0.0.1:9"
    settings, environment = settings_for(*nowhere)
    with pytest.raises(SettingsError, match="guichet\\[otel\\]"):
        assemble(type(settings).read({**environment, "GUICHET_TRACES_URL": COLLECTOR})[0], environment)
