"""Behind the aggregator's scene, under /sandbox/sms: what it answers, what it reports, what is on every phone."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import rules
from sandbox.countries import network_of
from sandbox.messaging.exchange import Exchange
from sandbox.ministries import wire
from sandbox.ministries.control import careful
from sandbox.ministries.wire import BadRequest
from sandbox.subscribers import is_msisdn

_LONGEST = 1600


def routes(exchange: Exchange) -> list[BaseRoute]:
    """The control operations; for tests and demonstrations only."""
    control = _Control(exchange)
    return [
        *rules.routes("/sandbox/sms/answers", exchange.answer_rules),
        *rules.routes("/sandbox/sms/reports", exchange.report_rules),
        Route("/sandbox/sms", careful(control.state), methods=["GET"]),
        Route("/sandbox/sms/messages", careful(control.messages), methods=["GET"]),
        Route("/sandbox/sms/inbound", careful(control.inbound), methods=["POST"]),
        Route("/sandbox/sms/opt-outs", careful(control.opt_out), methods=["POST"]),
        Route("/sandbox/sms/opt-outs", careful(control.opt_in), methods=["DELETE"]),
    ]


class _Control:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def state(self, request: Request) -> Response:
        """Counts, and how the calls to the gateway fare."""
        exchange = self._exchange
        return JSONResponse(
            {
                "counts": dict(exchange.counts),
                "callbacks": dict(exchange.postman.tally),
                "waiting": len(exchange.postman.tasks),
                "blocked": sorted(exchange.blocked),
            }
        )

    async def messages(self, request: Request) -> Response:
        """All messages, or those of `?msisdn=`, also those on their way and those lost."""
        wanted = wire.number(request.query_params.get("msisdn", ""))
        found = self._exchange.mailbox.of(wanted) if wanted else self._exchange.mailbox.everything()
        return JSONResponse(
            [
                sms.shown() | {"messageId": sms.message_id, "network": sms.network, "reports": sms.reports}
                for sms in found
            ]
        )

    async def inbound(self, request: Request) -> Response:
        """`{"msisdn": "+994…", "text": "STATUS 41000019", "to": "7575"}`: an SMS that this phone sends."""
        asked = await wire.body(request)
        msisdn, text = str(asked.get("msisdn", "")), str(asked.get("text", ""))
        if not is_msisdn(msisdn) or len(text) > _LONGEST:
            raise BadRequest(f"msisdn is a number with +, text has {_LONGEST} characters at most")
        network = str(asked.get("network") or network_of(msisdn))
        sms = await self._exchange.receive(
            msisdn, network, str(asked.get("to") or self._exchange.country.short_code), text
        )
        return JSONResponse(sms.shown(), 201)

    async def opt_out(self, request: Request) -> Response:
        """`{"msisdn": "+994…", "sender": "GUICHET"}`: block the number, and tell the gateway."""
        asked = await wire.body(request)
        msisdn = str(asked.get("msisdn", ""))
        if not is_msisdn(msisdn):
            raise BadRequest("msisdn is a number with +")
        self._exchange.opt_out(msisdn, str(asked.get("sender") or self._exchange.country.short_code))
        return JSONResponse({"blocked": sorted(self._exchange.blocked)}, 201)

    async def opt_in(self, request: Request) -> Response:
        """Lift the block of `?msisdn=`, or all; nobody is told."""
        wanted = wire.number(request.query_params.get("msisdn", ""))
        self._exchange.blocked -= {wanted} if wanted else set(self._exchange.blocked)
        return JSONResponse({"blocked": sorted(self._exchange.blocked)})
