"""Slots and visits over HTTP."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.afternoon.regie import views
from tests.afternoon.regie.data import Rdv
from tests.afternoon.regie.formats import ApiError, read_day
from tests.afternoon.regie.store import Slot, Store, find_slot
from tests.afternoon.regie.web import Fields, Replays, read_object, refusal, text_of

DAYS_MAX = 31


def _slot_of(fields: Fields, faults: dict[str, str]) -> Slot | None:
    text = text_of(fields, "creneau")
    slot = find_slot(text)
    if slot is None:
        faults["creneau"] = "valeur inconnue" if text else "obligatoire"
    return slot


class Visites:
    """The handlers of slots and visits."""

    def __init__(self, store: Store, replays: Replays) -> None:
        self._store = store
        self._replays = replays

    async def slots(self, request: Request) -> Response:
        """GET /v3/creneaux."""
        query = request.query_params
        agence = query.get("agence", "")
        if agence not in self._store.agences:
            raise ApiError(404, "C404", "Agence inconnue", agence=agence)
        first, last = read_day(query.get("du", "")), read_day(query.get("au", ""))
        if first is None or last is None or not 0 <= (last - first).days < DAYS_MAX:
            raise ApiError(400, "C400", f"Parametres du et au obligatoires, {DAYS_MAX} jours au plus")
        free = [views.slot(slot) for slot in self._store.free_slots(agence, first, last)]
        return JSONResponse({"agence": agence, "creneaux": free})

    def _rdv(self, request: Request) -> Rdv:
        rdv = self._store.rdv.get(str(request.path_params["id"]))
        if rdv is None:
            raise ApiError(404, "R404", "Rendez-vous inconnu")
        return rdv

    async def one(self, request: Request) -> Response:
        """GET /v3/rdv/{id}."""
        return JSONResponse(views.visit(self._rdv(request)))

    async def create(self, request: Request) -> Response:
        """POST /v3/rdv."""
        return await self._replays.once(request, self._create)

    def _create(self, fields: Fields) -> Response:
        faults: dict[str, str] = {}
        numero = text_of(fields, "demande")
        demande = self._store.demandes.get(numero)
        if demande is None:
            faults["demande"] = "valeur inconnue" if numero else "obligatoire"
        slot = _slot_of(fields, faults)
        if demande is None or slot is None:
            raise refusal("R422", faults)
        rdv = self._store.book(demande, slot, text_of(fields, "commentaire"))
        return JSONResponse(views.visit(rdv), 201, {"Location": f"/v3/rdv/{rdv.id}"})

    async def move(self, request: Request) -> Response:
        """PUT /v3/rdv/{id}."""
        rdv = self._rdv(request)
        faults: dict[str, str] = {}
        slot = _slot_of(read_object(await request.body()), faults)
        if slot is None:
            raise refusal("R422", faults)
        return JSONResponse(views.visit(self._store.move(rdv, slot)))

    async def cancel(self, request: Request) -> Response:
        """DELETE /v3/rdv/{id}."""
        self._store.cancel(self._rdv(request))
        return Response(status_code=204)
