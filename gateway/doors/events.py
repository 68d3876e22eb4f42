"""The ministries' door: a signed CloudEvent in, one row, 202. Everything else is done by the worker.

Order: kind of body, length, signature, form, one insert. Nothing of an unsigned body is read.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from domain.clock import Clock
from domain.errors import GuichetError
from gateway import webhooks
from gateway.doors.asgi import BodyTooLarge, ClientGone, answer, read_body
from gateway.doors.problems import problem
from services.event_ports import Count
from services.event_sources import EventRules
from services.events import EventRefused, KeptEvent, Taken, digest, parse, structured
from services.records.events import SqlEvents
from services.records.store import RecordStore

LONGEST_BODY = 64 * 1024
BODY_SECONDS = 10.0
STRUCTURED = "application/cloudevents+json"
RETRY_SECONDS = 5
# How often the queue is counted anew, and how many inserts may be under way.
_COUNT_SECONDS = 1.0
_IN_FLIGHT = 128

log = logging.getLogger("guichet.events")


class _Refusal(Exception):
    """The answer that refuses; `detail` never echoes what was sent."""

    def __init__(self, status: int, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


class EventsDoor:
    """Takes the events of all ministries. `most_waiting`: with so many not handled yet it asks senders to wait."""

    def __init__(
        self,
        records: RecordStore,
        rules: EventRules,
        secrets: Sequence[tuple[str, str]],
        clock: Clock,
        *,
        wake: Callable[[], None] = lambda: None,
        count: Count = lambda source, result: None,
        most_waiting: int = 200_000,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._records, self._rules, self._clock = records, rules, clock
        self._secrets = tuple(secrets)
        self._wake, self._count = wake, count
        self._most_waiting, self._body_seconds = most_waiting, body_seconds
        self._counted_at, self._full, self._free = float("-inf"), False, _IN_FLIGHT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] == "OPTIONS":
            return await _handshake(send, headers)
        source = "unknown"
        try:
            kind = _kind(headers)
            body = await self._body(headers, receive)
            source, event = self._signed(headers, kind, body)
            taken = await self._keep(event)
        except _Refusal as refused:
            self._count(source, refused.code)
            return await problem(send, refused.status, refused.code, refused.detail, _retry(refused.status))
        self._count(source, taken.value)
        if taken is Taken.OTHER_BODY:
            log.error("an event of %s came twice with different bodies", source)
            return await problem(send, 409, "event_changed", "the same id came before with another body")
        return await answer(send, 202, b"")

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """At most 64 KiB; a longer one is refused by its own word, before a byte of it is read."""
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > LONGEST_BODY:
            raise _Refusal(413, "too_large")
        try:
            async with asyncio.timeout(self._body_seconds):
                return await read_body(receive, LONGEST_BODY)
        except BodyTooLarge:
            raise _Refusal(413, "too_large") from None
        except (TimeoutError, ClientGone):
            raise _Refusal(408, "incomplete") from None

    def _signed(self, headers: Mapping[str, str], kind: str, body: bytes) -> tuple[str, KeptEvent]:
        """The source whose secret fits, and its event."""
        now = self._clock.now()
        try:
            names = webhooks.verify(self._secrets, headers, body, now)
        except webhooks.SignatureRefused as refused:
            raise _Refusal(401, "signature", str(refused)) from None
        try:
            whole = body if kind == STRUCTURED else structured(headers, body)
            event = parse(whole, UTC)
        except EventRefused as refused:
            raise _Refusal(400, "malformed", str(refused)) from None
        source = self._rules.by_source(event.source)
        if source is None or source.name not in names:
            raise _Refusal(401, "source", "signed by another source")
        # Of a binary event only `data` is signed: its id at least must be the signed one.
        if not event.attributes_signed and event.id != headers[webhooks.ID]:
            raise _Refusal(401, "signature", "in binary mode ce-id must be the webhook-id")
        return source.name, KeptEvent(source.name, event.id, event.type, event.subject, digest(whole), whole)

    async def _keep(self, event: KeptEvent) -> Taken:
        if self._free <= 0:
            raise _Refusal(429, "busy")
        self._free -= 1
        try:
            async with self._records.database.unit_of_work() as work:
                events = self._records.events(work)
                if await self._is_full(events):
                    raise _Refusal(429, "queue_full", "more events wait than are handled: send it again later")
                work.after_commit(self._wake)
                return await events.keep(event)
        except GuichetError:
            raise _Refusal(503, "not_stored") from None
        except _Refusal:
            raise
        except Exception as failure:
            # A fault of ours: nothing was stored, and the sender tries again.
            log.error("an event was not stored: %s", type(failure).__name__)
            raise _Refusal(503, "not_stored") from None
        finally:
            self._free += 1

    async def _is_full(self, events: SqlEvents) -> bool:
        """Counted once a second at most: one second's events more or less do not matter."""
        now = self._clock.monotonic()
        if now - self._counted_at >= _COUNT_SECONDS:
            self._counted_at = now
            self._full = await events.waiting(self._most_waiting) >= self._most_waiting
        return self._full


def events_routes(door: EventsDoor) -> list[Route]:
    """What the application mounts."""
    return [Route("/events", door, methods=["POST", "OPTIONS"])]


def _kind(headers: Mapping[str, str]) -> str:
    """Structured or binary (§3 of the HTTP binding). Batches, which nobody may send unasked, are refused."""
    media, _, parameters = headers.get("content-type", "").lower().partition(";")
    media, charset = media.strip(), parameters.replace('"', "").strip().removeprefix("charset=").strip()
    if headers.get("content-encoding", "identity").lower() != "identity" or charset not in ("", "utf-8"):
        raise _Refusal(415, "encoding", "send UTF-8, not compressed")
    if media == STRUCTURED:
        return STRUCTURED
    # Without a word on it, data is JSON (§3.1 of the event format).
    if "ce-specversion" in headers and media in ("application/json", ""):
        return "binary"
    raise _Refusal(415, "media_type", f"send {STRUCTURED}, or application/json with ce- headers")


def _retry(status: int) -> int | None:
    return RETRY_SECONDS if status in (429, 503) else None


async def _handshake(send: Send, headers: Mapping[str, str]) -> None:
    """CloudEvents web hooks §4: whoever asks may send; what counts is the signature."""
    origin = headers.get("webhook-request-origin", "")
    allowed = [(b"webhook-allowed-origin", origin.encode("latin-1"))] if origin.isprintable() and origin else []
    await answer(send, 200, b"", [(b"allow", b"POST"), (b"webhook-allowed-rate", b"*"), *allowed])
