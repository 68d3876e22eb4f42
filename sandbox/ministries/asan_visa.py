"""ASAN Visa as an API of its own taste, over the very applications that the ministry `visa` holds.

Amounts in qəpik, dates with dots, stages by number, lists that go on by a cursor, times in milliseconds since 1970.
"""

from datetime import UTC, date, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries.catalogue import VISA_SERVICE
from sandbox.ministries.clock import BAKU
from sandbox.ministries.dossier import STATUS, Dossier, Phase
from sandbox.ministries.gate import Act, Gate
from sandbox.ministries.registry import Refused
from sandbox.ministries.site import Site
from sandbox.ministries.wire import Json, number

_STAGES = {
    Phase.RECEIVED: 1,
    Phase.IN_REVIEW: 2,
    Phase.SENT_BACK: 3,
    Phase.GRANTED: 4,
    Phase.REFUSED: 5,
}
_PIECE = 10


def asan_visa(site: Site) -> list[BaseRoute]:
    """The routes; `visa` has to stand beside it."""
    return AsanVisa(site).routes()


class AsanVisa:
    """Reads only: who applies for a visa does so on the ministry's own pages."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._registry = site.registries["visa"]

    def routes(self) -> list[BaseRoute]:
        def route(path: str, operation: str, act: Act) -> BaseRoute:
            return Route(path, Gate(self._site.hall, operation, _told(act)), methods=["GET"], name=operation)

        return [
            route("/v2/visas/{number}", "visas.get", self.visa),
            route("/v2/visas", "visas.list", self.visas),
            route("/v2/changes", "visas.changes", self.changes),
            route("/v2/tariffs/{kind}", "tariffs.get", self.tariff),
        ]

    async def visa(self, request: Request) -> Response:
        return JSONResponse({"visa": _shown(self._registry.get(request.path_params["number"]))})

    async def visas(self, request: Request) -> Response:
        found = self._registry.of(number(request.query_params.get("applicant", "")) or "-", None)
        return self._piece(request, [_shown(dossier) for dossier in found])

    async def changes(self, request: Request) -> Response:
        after = request.query_params.get("after", "")
        if not after.isdecimal() or len(after) > 14:
            raise Refused(400, "BAD_AFTER", "after is in milliseconds since 1970")
        since = datetime.fromtimestamp(int(after) / 1000, UTC)
        found = reversed(self._registry.changed(since))
        # What changed within a millisecond counts as changed at its end.
        moves = [{"visaNo": one.file_id, "at": int(one.last_change.timestamp() * 1000) + 1} for one in found]
        return self._piece(request, moves)

    async def tariff(self, request: Request) -> Response:
        if request.path_params["kind"] != "EV":
            raise Refused(404, "NO_SUCH_KIND", "no such kind of visa")
        return JSONResponse(
            {
                "kind": "EV",
                "fee": {"minor": 4420, "currency": "AZN"},
                "workingDays": VISA_SERVICE.processing_days,
                "papers": [{"text": paper} for paper in VISA_SERVICE.papers],
            }
        )

    @staticmethod
    def _piece(request: Request, items: list[Json]) -> Response:
        cursor = request.query_params.get("cursor", "")
        first = int(cursor.removeprefix("c")) if cursor.removeprefix("c").isdecimal() else 0
        following = f"c{first + _PIECE}" if first + _PIECE < len(items) else None
        return JSONResponse({"items": items[first : first + _PIECE], "cursor": {"next": following}})


def _shown(dossier: Dossier) -> Json:
    moved = dossier.entered if dossier.phase is not Phase.RECEIVED else None
    began = dossier.registered.astimezone(BAKU)
    timeline = [_step(Phase.RECEIVED, began), *([_step(dossier.phase, moved)] if moved else [])]
    return {
        "visaNo": dossier.file_id,
        "kind": "EV",
        "stage": 9 if dossier.said else _STAGES.get(dossier.phase, 9),
        "stageText": dossier.status["title"],
        "applicant": {"phone": dossier.phone, "born": _dotted(dossier.birth_date), "slip": dossier.slip_key},
        "filed": f"{began:%d.%m.%Y}",
        "fee": {"minor": 4420, "currency": "AZN", "receipt": f"R{dossier.file_id}", "paid": True},
        "refusal": dossier.reason if dossier.phase is Phase.REFUSED else None,
        "missing": list(dossier.needs) if dossier.phase is Phase.SENT_BACK else [],
        "timeline": timeline,
    }


def _step(phase: Phase, at: datetime) -> Json:
    return {"stage": _STAGES.get(phase, 9), "text": STATUS[phase][1], "at": int(at.timestamp() * 1000)}


def _dotted(written: str) -> str | None:
    return f"{date.fromisoformat(written):%d.%m.%Y}" if written else None


def _told(act: Act) -> Act:
    """Errors in this API's own shape."""

    async def answered(request: Request) -> Response:
        try:
            return await act(request)
        except Refused as no:
            return JSONResponse({"fault": no.code, "text": no.message}, no.status)

    return answered
