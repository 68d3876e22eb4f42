"""Requests, agencies and changes over HTTP."""

from collections.abc import Container

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.afternoon.regie import views
from tests.afternoon.regie.data import PIECES, STATUTS, TYPES
from tests.afternoon.regie.formats import ApiError, iso, read_moment
from tests.afternoon.regie.store import NewRequest, Store
from tests.afternoon.regie.web import Fields, Replays, refusal, text_of

PAGE_MAX = 50
CHANGES_MAX = 200


def _whole(request: Request, name: str, default: int, least: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 7) or int(text) < least:
        raise ApiError(400, "G401", f"Parametre {name} invalide")
    return int(text)


class Demandes:
    """The handlers of requests, agencies and changes."""

    def __init__(self, store: Store, replays: Replays) -> None:
        self._store = store
        self._replays = replays

    async def one(self, request: Request) -> Response:
        """GET /v3/demandes/{numero}."""
        numero = str(request.path_params["numero"])
        demande = self._store.demandes.get(numero)
        if demande is None:
            raise ApiError(404, "D404", "Demande inconnue", numero=numero)
        return JSONResponse(views.request_full(demande, self._store.clients[demande.client]))

    async def listing(self, request: Request) -> Response:
        """GET /v3/demandes, newest first."""
        client = request.query_params.get("client", "")
        statut = request.query_params.get("statut", "")
        if not client:
            raise ApiError(400, "D400", "Parametre client obligatoire")
        if statut and statut not in STATUTS:
            raise ApiError(400, "G401", "Parametre statut invalide")
        page, size = _whole(request, "page", 0, 0), min(_whole(request, "taille", 20, 1), PAGE_MAX)
        found = [d for d in self._store.demandes.values() if d.client == client and statut in ("", d.statut)]
        found.sort(key=lambda d: (d.historique[0].quand, d.numero), reverse=True)
        lines = [views.request_line(d) for d in found[page * size : (page + 1) * size]]
        return JSONResponse({"total": len(found), "page": page, "taille": size, "elements": lines})

    async def create(self, request: Request) -> Response:
        """POST /v3/demandes."""
        return await self._replays.once(request, self._create)

    def _create(self, fields: Fields) -> Response:
        demande = self._store.open_request(self._checked(fields))
        body = views.request_full(demande, self._store.clients[demande.client])
        return JSONResponse(body, 201, {"Location": f"/v3/demandes/{demande.numero}"})

    def _checked(self, fields: Fields) -> NewRequest:
        names = ("client", "type", "adresse", "quartier", "agence")
        values = {name: text_of(fields, name) for name in names}
        faults = {name: "obligatoire" for name in names if not values[name]}
        known: dict[str, Container[str]] = {"client": self._store.clients, "type": TYPES, "agence": self._store.agences}
        for name, codes in known.items():
            if values[name] and values[name] not in codes:
                faults[name] = "valeur inconnue"
        if len(values["adresse"]) > 120:
            faults["adresse"] = "120 caracteres au plus"
        pieces = fields.get("pieces", [])
        if not isinstance(pieces, list) or any(not isinstance(p, str) or p not in PIECES for p in pieces):
            faults["pieces"] = "valeur inconnue"
            pieces = []
        if faults:
            raise refusal("D422", faults)
        return NewRequest(**values, pieces=tuple(pieces))

    async def agences(self, _request: Request) -> Response:
        """GET /v3/agences."""
        return JSONResponse({"agences": [views.agency(agence) for agence in self._store.agences.values()]})

    async def changes(self, request: Request) -> Response:
        """GET /v3/modifications."""
        since = read_moment(request.query_params.get("depuis", ""))
        if since is None:
            raise ApiError(400, "M400", "Parametre depuis absent ou illisible (heure locale, sans fuseau)")
        found = self._store.changes(since)
        lines = [views.change(line) for line in found[:CHANGES_MAX]]
        until = iso(self._store.now())
        return JSONResponse({"jusqua": until, "suite": len(found) > CHANGES_MAX, "modifications": lines})
