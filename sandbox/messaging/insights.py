"""Africa's Talking's SIM-swap check over HTTP, and who got a new card when: invented, told by tests and by hand.

The shapes are those of a third party's published course on its Insights API.
"""

import json
from datetime import date

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.countries import network_of
from sandbox.messaging.api import WRONG_KEY
from sandbox.messaging.exchange import Exchange
from sandbox.ministries import wire
from sandbox.ministries.control import careful
from sandbox.ministries.gate import Gate, Hall
from sandbox.ministries.wire import BadRequest, Json
from sandbox.subscribers import is_msisdn

_LARGEST_BODY = 64 * 1024
LONG_AGO = "01-01-1900"
"""What a network tells of a card that was not changed for months (as Safaricom's SWAP API does)."""


def routes(exchange: Exchange, hall: Hall) -> list[BaseRoute]:
    """`/v1/sim-swap` with the faults and counts of `hall`, and who got a new card under `/sandbox/sms/swaps`."""
    insights = _Insights(exchange)
    return [
        Route("/v1/sim-swap", Gate(hall, "insights.sim_swap", insights.check), methods=["POST"]),
        Route("/sandbox/sms/swaps", careful(insights.shown), methods=["GET"]),
        Route("/sandbox/sms/swaps", careful(insights.swap), methods=["POST"]),
        Route("/sandbox/sms/swaps", careful(insights.forget), methods=["DELETE"]),
    ]


class _Insights:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def check(self, request: Request) -> Response:
        """`{"username": "…", "phoneNumbers": ["+994…"]}` as JSON, the key in the header `apiKey`."""
        asked = await _json(request)
        if not asked.get("username") or request.headers.get("apikey", "") in ("", WRONG_KEY):
            return PlainTextResponse("The supplied authentication is invalid", 401)
        numbers = asked.get("phoneNumbers")
        if not isinstance(numbers, list) or not all(isinstance(each, str) and is_msisdn(each) for each in numbers):
            return PlainTextResponse("phoneNumbers is a list of numbers with +", 400)
        self._exchange.counts["swap_questions"] += len(numbers)
        transaction = self._exchange.token()
        responses = [self._answer(number, transaction) for number in numbers]
        return JSONResponse({"status": "Processed", "transactionId": transaction, "responses": responses})

    def _answer(self, number: str, transaction: str) -> Json:
        told = self._exchange.swaps.get(number, LONG_AGO)
        about = {"phoneNumber": number, "networkCode": network_of(number), "numberType": "mobile"}
        named = {"requestId": f"ATSwpid_{self._exchange.token()}"}
        answer: Json = {"phoneNumber": about, **named}
        if self._exchange.swaps_later:
            later = {**named, "transactionId": transaction, "providerRefId": self._exchange.token(), **_result(told)}
            self._exchange.tell_of_swap(later)
            return answer | {"status": "Queued"}
        return answer | (_result(told) if told is None else {"status": "Completed", "lastSimSwapDate": told})

    async def shown(self, request: Request) -> Response:
        """By number, the day that is told of it; null for a network that does not tell."""
        return JSONResponse(dict(sorted(self._exchange.swaps.items())))

    async def swap(self, request: Request) -> Response:
        """`{"msisdn": "+994…", "day": "2026-11-20"}`: a new card that day; `"day": null`: its network does not tell.

        `{"later": false}`: all networks answer at once from now on; `true`, as in the beginning: by a callback.
        """
        asked = await wire.body(request)
        if "later" in asked:
            if not isinstance(asked["later"], bool):
                raise BadRequest("later is true or false")
            self._exchange.swaps_later = asked["later"]
            return JSONResponse({"later": asked["later"]}, 201)
        msisdn, day = str(asked.get("msisdn", "")), asked.get("day")
        if not is_msisdn(msisdn):
            raise BadRequest("msisdn is a number with +")
        try:
            told = None if day is None else f"{date.fromisoformat(str(day)):%d-%m-%Y}"
        except ValueError:
            raise BadRequest("day is a date as 2026-11-20, or null") from None
        self._exchange.swaps[msisdn] = told
        return JSONResponse({msisdn: told}, 201)

    async def forget(self, request: Request) -> Response:
        """The old card again, for `?msisdn=` or all."""
        wanted = wire.number(request.query_params.get("msisdn", ""))
        for msisdn in [wanted] if wanted else list(self._exchange.swaps):
            self._exchange.swaps.pop(msisdn, None)
        return await self.shown(request)


def _result(told: str | None) -> Json:
    if told is None:
        return {"status": "Failed"}
    return {"status": "NotSwapped" if told == LONG_AGO else "Swapped", "lastSimSwapDate": told}


async def _json(request: Request) -> Json:
    raw = await request.body()
    try:
        asked = json.loads(raw) if len(raw) <= _LARGEST_BODY else {}
    except ValueError:
        asked = {}
    return asked if isinstance(asked, dict) else {}
