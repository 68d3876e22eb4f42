"""GOV.UK Notify's API for ministries that already speak it: `POST /v2/notifications/sms`, `GET /v2/notifications/{id}`.

Answers and errors are those of its REST API documentation, so that its official clients work unchanged.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from domain.clock import Clock
from domain.errors import GuichetError, StoreUnavailable
from gateway.notify_tokens import TokenRefused, service_of
from i18n.slots import SlotType
from i18n.text import SlotValue, TextError
from i18n.translator import Translator
from services.alerts import AlertKind
from services.ministry_texts import MinistryKey, NotAccepted, number_of, send, values_of
from services.ports import Records
from sms.records.inspection import Inspection, Seen
from sms.states import MessageState
from sms.templates import Composer
from storage.unit_of_work import Database, UnitOfWork

LONGEST_BODY = 64 * 1024

log = logging.getLogger("guichet.notify")

# Its states: https://docs.notifications.service.gov.uk/rest-api.html, "Text message status descriptions".
STATUS: Mapping[MessageState, str] = {
    MessageState.QUEUED: "created",
    MessageState.HELD: "created",
    MessageState.SENDING: "sending",
    MessageState.UNKNOWN: "sending",
    MessageState.SENT: "sending",
    MessageState.DELIVERED: "delivered",
    MessageState.UNDELIVERED: "permanent-failure",
    MessageState.EXPIRED: "temporary-failure",
    MessageState.FAILED: "technical-failure",
    MessageState.SUPPRESSED: "permanent-failure",
}


class _Asked(msgspec.Struct, frozen=True):
    """The body of a sending; what we do not use of it is ignored, as Notify does."""

    phone_number: str
    template_id: str
    personalisation: dict[str, Any] = {}
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class NotifyKeys:
    """Who may send. `secrets`: by service id, two while one is rotated out; `services`: what each may send."""

    secrets: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    services: Mapping[str, MinistryKey] = field(default_factory=dict)


class NotifyDoor:
    """Both calls. `records_over` gives records within a unit of work that this door opened."""

    def __init__(
        self,
        keys: NotifyKeys,
        database: Database,
        records_over: Callable[[UnitOfWork], Records],
        inspection: Inspection,
        composer: Composer,
        translator: Translator,
        clock: Clock,
        *,
        region: str,
        currency: str,
        language: str,
        sender: str,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._keys, self._database, self._records_over = keys, database, records_over
        self._inspection, self._composer, self._translator, self._clock = inspection, composer, translator, clock
        self._region, self._currency, self._language, self._sender = region, currency, language, sender
        self._wake = wake

    def routes(self) -> list[Route]:
        return [
            Route("/v2/notifications/sms", self._guarded(self._send), methods=["POST"]),
            Route("/v2/notifications/{id}", self._guarded(self._status), methods=["GET"]),
        ]

    def _guarded(self, act: Callable[[Request, str], Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                service = service_of(request.headers.get("authorization", ""), self._keys.secrets, self._clock.now())
                answer: Response = await act(request, service)
            except TokenRefused as refused:
                return _error(refused.status, "AuthError", str(refused))
            except NotAccepted as refused:
                kind = "ValidationError" if str(refused).startswith("phone_number") else "BadRequestError"
                return _error(400, kind, str(refused))
            except StoreUnavailable:
                return _error(503, "ServiceUnavailable", "Not stored: try again", {"Retry-After": "5"})
            except GuichetError as failure:
                log.warning("notify: %s", type(failure).__name__)
                return _error(500, "Exception", "Internal server error")
            except Exception as failure:
                # A fault of ours. Its words may hold personal data: only its type is told, and to nobody outside.
                log.error("notify broke: %s", type(failure).__name__)
                return _error(500, "Exception", "Internal server error")
            return answer

        return endpoint

    async def _send(self, request: Request, service: str) -> Response:
        asked = _decoded(await _body(request))
        key = self._keys.services[service]
        text = key.texts.get(asked.template_id)
        if text is None:
            raise NotAccepted("Template not found")
        reference = (asked.reference or "")[:100]
        number = number_of(asked.phone_number, self._region)
        types = self._translator.slots_of(text.text_id)
        values = values_of(text, asked.personalisation, types, self._currency, self._clock.now())
        async with self._database.unit_of_work() as work:
            records = self._records_over(work)
            sent = await send(
                records,
                key,
                asked.template_id,
                number,
                values,
                self._language,
                self._worded,
                reference,
                _subject(values, types),
            )
        if sent is None:
            raise NotAccepted("phone_number Not a number that its holder still has")
        self._wake()
        return _json(
            201,
            {
                "id": str(sent.id),
                "reference": asked.reference,
                "content": {"body": sent.body, "from_number": self._sender},
                "uri": _uri(request, sent.id),
                "template": _template(request, asked.template_id),
                "scheduled_for": None,
            },
        )

    async def _status(self, request: Request, service: str) -> Response:
        key = self._keys.services[service]
        try:
            id = UUID(request.path_params["id"])
        except ValueError:
            return _error(400, "ValidationError", "id is not a valid UUID")
        async with self._database.unit_of_work() as work:
            seen = await self._inspection.message(work, id)
        # Other messages have the ministry as their source too: what we told of its events is not shown here.
        if seen is None or seen.source != key.source or seen.kind != AlertKind.NOTIFY:
            return _error(404, "NoResultFound", "No result found")
        template = seen.tags.get("template", "")
        return _json(200, self._shown(request, seen, template))

    def _shown(self, request: Request, seen: Seen, template: str) -> dict[str, object]:
        empty = dict.fromkeys(
            ["email_address", "subject", "postcode", "postage", *(f"line_{n}" for n in range(1, 7))], None
        )
        return {
            **empty,
            "id": str(seen.id),
            "reference": seen.tags.get("reference"),
            "type": "sms",
            "status": STATUS[seen.state],
            "phone_number": seen.to.e164 if seen.to else None,
            "template": _template(request, template),
            "body": self._words(seen.text_id, seen.values, seen.language),
            "created_at": _instant(seen.created_at),
            "created_by_name": None,
            "sent_at": _instant(seen.handed_over_at),
            "completed_at": _instant(seen.ended_at),
            "scheduled_for": None,
        }

    def _worded(self, text_id: str, values: Mapping[str, SlotValue], language: str) -> str:
        try:
            return self._composer.compose(text_id, values, language).text
        except TextError:
            raise NotAccepted("The personalisation cannot be put into this template") from None

    def _words(self, text_id: str, values: Mapping[str, SlotValue], language: str) -> str:
        try:
            return self._composer.compose(text_id, values, language).text
        except TextError:
            return ""


def _subject(values: Mapping[str, SlotValue], types: Mapping[str, SlotType]) -> str:
    """The number that the text is about, where it names one: operators find the message by it."""
    named = (str(value) for slot, value in values.items() if types[slot].name == "reference")
    return next(named, "")


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                raise NotAccepted("The body is too large")
    except ClientDisconnect:
        raise NotAccepted("The body did not arrive") from None
    return body


def _decoded(body: bytes) -> _Asked:
    try:
        return msgspec.json.decode(body, type=_Asked)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError, UnicodeDecodeError) as wrong:
        # msgspec names the place and the kind, never the value.
        raise NotAccepted(f"Invalid JSON supplied in POST data: {wrong}") from None


def _template(request: Request, id: str) -> dict[str, object]:
    return {"id": id, "version": 1, "uri": f"{_root(request)}/v2/template/{id}"}


def _uri(request: Request, id: UUID) -> str:
    return f"{_root(request)}/v2/notifications/{id}"


def _root(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _instant(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if when else None


def _error(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return _json(status, {"status_code": status, "errors": [{"error": kind, "message": message}]}, headers)


def _json(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(content), status, {"cache-control": "no-store", **(headers or {})}, "application/json"
    )
