"""What the handset page does beside calling: the SMS inbox, writing an SMS, and deciding for the ministry."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.asked import MSISDN, NotUnderstood, body, guarded, matching, told
from sandbox.countries import NETWORKS, network_of
from sandbox.messaging.exchange import Exchange
from sandbox.ministries import decisions
from sandbox.ministries.dossier import Dossier, Phase
from sandbox.ministries.registry import Refused
from sandbox.ministries.wire import BadRequest, Json
from sandbox.ministries.world import World

LONGEST_SMS = 459  # characters: three parts of GSM-7
_DECISIONS = {
    Phase.GRANTED: "Granted",
    Phase.REFUSED: "Refused",
    Phase.SENT_BACK: "Something is missing",
    Phase.CARD_READY: "Card ready",
    Phase.COLLECTED: "Card collected",
    Phase.IN_REVIEW: "In review",
}
_BY_CARD = frozenset({Phase.CARD_READY, Phase.COLLECTED})
_VISITS = {"moved": "Move to the next open seat", "cancelled": "Cancel"}


def routes(exchange: Exchange, world: World | None) -> list[BaseRoute]:
    """The page's API beside calling; without a `world` there is nothing to decide."""
    pocket = _Pocket(exchange, world)
    return [
        Route("/handset/api/inbox", guarded(pocket.inbox)),
        Route("/handset/api/sms", guarded(pocket.write), methods=["POST"]),
        Route("/handset/api/files", guarded(pocket.files)),
        Route("/handset/api/decide", guarded(pocket.decide), methods=["POST"]),
    ]


class _Pocket:
    def __init__(self, exchange: Exchange, world: World | None) -> None:
        self._exchange, self._world = exchange, world

    async def inbox(self, request: Request) -> Response:
        """The messages of a number, the newest first: those that arrived, and those written on it."""
        msisdn = matching(MSISDN, request.query_params.get("msisdn", ""), "msisdn")
        return told({"msisdn": msisdn, "messages": [sms.shown() for sms in self._exchange.mailbox.seen(msisdn)]})

    async def write(self, request: Request) -> Response:
        """`{"msisdn", "text", "to": "7575", "network"}`: the phone sends an SMS."""
        asked = await body(request)
        msisdn = matching(MSISDN, asked.get("msisdn", ""), "msisdn")
        short_code = self._exchange.country.short_code
        text, to = asked.get("text", ""), asked.get("to") or short_code
        network = asked.get("network") or network_of(msisdn)
        if not text.strip() or len(text) > LONGEST_SMS:
            raise NotUnderstood(f"an SMS has 1 to {LONGEST_SMS} characters")
        if to != short_code:
            raise NotUnderstood(f"only {short_code} leads to the service")
        if network not in NETWORKS:
            raise NotUnderstood("unknown network")
        return told((await self._exchange.receive(msisdn, network, to, text)).shown(), 201)

    async def files(self, request: Request) -> Response:
        """The applications of a number and all booked visits, with what may be decided on each."""
        msisdn = matching(MSISDN, request.query_params.get("msisdn", ""), "msisdn")
        if self._world is None:
            return told({"msisdn": msisdn, "applications": [], "visits": []})
        world = self._world
        applications = [
            _application(ministry, dossier)
            for ministry, registry in world.registries.items()
            for dossier in registry.of(msisdn, None)
        ]
        visits = [
            decisions.visit_shown(visit) | {"place": visit.slot.centre.name, "decisions": _VISITS}
            for visit in world.visits()
        ]
        return told({"msisdn": msisdn, "applications": applications, "visits": visits[-20:]})

    async def decide(self, request: Request) -> Response:
        """`{"reference", "to": "granted"}` for an application, `{"visit", "to": "moved"}` for a visit."""
        asked = await body(request)
        if self._world is None:
            raise NotUnderstood("there are no ministries here")
        to = asked.get("to", "")
        try:
            if "visit" in asked:
                decisions.change_visit(self._world, asked["visit"], to)
            else:
                decisions.move(self._world, asked.get("reference", ""), {}, to)
        except Refused as refused:
            return told({"error": refused.message}, refused.status)
        except BadRequest as bad:
            raise NotUnderstood(str(bad)) from bad
        return told({"decided": to})


def _application(ministry: str, dossier: Dossier) -> Json:
    offered = {
        phase.value: name for phase, name in _DECISIONS.items() if dossier.service.pays_by_card or phase not in _BY_CARD
    }
    return {
        "reference": dossier.file_id,
        "ministry": ministry,
        "service": dossier.service.name,
        "state": dossier.status["title"],
        # All, also the one that it is in: the page's buttons stay where they are.
        "decisions": offered,
        "decided": dossier.phase.value if dossier.said is None else "",
    }
