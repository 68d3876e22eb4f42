"""Africa's Talking's messaging API over HTTP: send, and fetch what phones wrote."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.messaging import answers
from sandbox.messaging.exchange import Exchange
from sandbox.ministries.faults import Fault, Kind
from sandbox.ministries.gate import Gate, Hall

AGGREGATOR = "africastalking"
WRONG_KEY = "wrong"
DEFAULT_SENDER = "AFRICASTKNG"
_NO_SENDER = "Unregistered"
_LARGEST_BODY = 1024 * 1024


def routes(exchange: Exchange, hall: Hall) -> list[BaseRoute]:
    """The two operations at `/version1/messaging`, with the faults and counts of `hall`."""
    api = _Api(exchange)
    path = "/version1/messaging"
    return [
        Route(path, _MagicGate(hall, "messaging.send", api.send), methods=["POST"]),
        Route(path, Gate(hall, "messaging.fetch", api.fetch), methods=["GET"]),
    ]


class _Api:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def send(self, request: Request) -> Response:
        """`username, to, message, from, bulkSMSMode, enqueue, linkId` as a form, the key in the header `apiKey`."""
        form = await _form(request)
        if not _known(request, form.get("username", "")):
            return _unauthorised()
        for name in ("to", "message"):
            if not form.get(name):
                return PlainTextResponse(f"Request is missing required form field '{name}'.", 400)
        to = [number.strip() for number in form["to"].split(",") if number.strip()]
        sender = form.get("from") or DEFAULT_SENDER
        word = answers.NO_RECIPIENTS if sender == _NO_SENDER else self._exchange.refuses_all(to)
        if word == answers.UNAUTHORISED:
            return _unauthorised()
        if word is not None:
            return JSONResponse(answers.silent(word), 201)
        queued = form.get("enqueue", "") in ("1", "true")
        return JSONResponse(await self._exchange.accept(sender, to, form["message"], queued), 201)

    async def fetch(self, request: Request) -> Response:
        """`username`, `lastReceivedId`: what phones wrote since."""
        asked = request.query_params
        if not _known(request, asked.get("username", "")):
            return _unauthorised()
        last = asked.get("lastReceivedId", "0") or "0"
        after = int(last) if last.isdecimal() and len(last) < 20 else 0
        return JSONResponse({"SMSMessageData": {"Messages": self._exchange.fetch(after)}})


class _MagicGate(Gate):
    """A gate where some numbers call for a fault."""

    async def drawn(self, request: Request) -> Fault | None:
        for number in (await _form(request)).get("to", "").split(","):
            magic = answers.MAGIC_FAULTS.get(number.strip())
            if magic is not None:
                kind, value = magic
                return Fault(0, AGGREGATOR, "", kind, value, None, 1.0, kind in _NOT_CARRIED_OUT)
        return await super().drawn(request)


_NOT_CARRIED_OUT = frozenset({Kind.STATUS, Kind.HANG, Kind.HTML, Kind.REDIRECT})


async def _form(request: Request) -> dict[str, str]:
    raw = await request.body()
    if len(raw) > _LARGEST_BODY:
        return {}
    return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))


def _known(request: Request, username: str) -> bool:
    return bool(username) and request.headers.get("apikey", "") not in ("", WRONG_KEY)


def _unauthorised() -> Response:
    return PlainTextResponse("The supplied authentication is invalid", 401)
