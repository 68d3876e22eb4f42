"""The application: routes, accounts and answers of failure."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.afternoon.regie.demandes import Demandes
from tests.afternoon.regie.formats import ApiError, Clock, real_clock
from tests.afternoon.regie.store import Store
from tests.afternoon.regie.visites import Visites
from tests.afternoon.regie.web import Account, Handler, Replays, Tokens

DEMO_ACCOUNTS: Mapping[str, Account] = {
    "guichet-web": Account("tamra-demo-2019", may_write=True),
    "borne-accueil": Account("borne-demo-2019", may_write=False),
}


async def _on_api_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse(error.body, error.status, headers)


async def _on_http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    messages = {404: "Ressource inconnue", 405: "Methode non permise"}
    body = {"erreur": {"code": f"G{status}", "message": messages.get(status, "Erreur interne")}}
    return JSONResponse(body, status, getattr(error, "headers", None))


def _routes(tokens: Tokens, demandes: Demandes, visites: Visites) -> list[Route]:
    table: dict[str, dict[str, Handler]] = {
        "/v3/agences": {"GET": demandes.agences},
        "/v3/creneaux": {"GET": visites.slots},
        "/v3/demandes": {"GET": demandes.listing, "POST": demandes.create},
        "/v3/demandes/{numero}": {"GET": demandes.one},
        "/v3/modifications": {"GET": demandes.changes},
        "/v3/rdv": {"POST": visites.create},
        "/v3/rdv/{id}": {"GET": visites.one, "PUT": visites.move, "DELETE": visites.cancel},
    }
    routes = [Route(path, _by_method(tokens, handlers), methods=list(handlers)) for path, handlers in table.items()]
    return [Route("/auth/token", tokens.issue, methods=["POST"]), *routes]


def _by_method(tokens: Tokens, handlers: Mapping[str, Handler]) -> Handler:
    async def dispatch(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await handlers[method](request)

    return tokens.guard(dispatch)


def create_app(
    clock: Clock = real_clock,
    accounts: Mapping[str, Account] = DEMO_ACCOUNTS,
    store: Store | None = None,
) -> Starlette:
    """A fresh application with the demo data; a store given brings its own clock."""
    store = store or Store(clock)
    tokens = Tokens(accounts, store.now)
    replays = Replays(tokens, store.now)
    app = Starlette(
        routes=_routes(tokens, Demandes(store, replays), Visites(store, replays)),
        exception_handlers={ApiError: _on_api_error, HTTPException: _on_http_error, 500: _on_http_error},
    )
    app.state.store = store
    return app
