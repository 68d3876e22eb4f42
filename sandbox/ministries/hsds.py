"""Open Referral HSDS 3.0 over HTTP: services, organizations, and services at locations, in pages."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries.gate import Gate, Hall
from sandbox.ministries.hsds_catalogue import Json, Shelf
from sandbox.ministries.hsds_demo import SHELVES
from sandbox.ministries.registry import Refused
from sandbox.ministries.site import Made, Site
from sandbox.ministries.wire import BadRequest

T = TypeVar("T")
_MOST_A_PAGE = 500
_TRUE = frozenset({"true", "1"})


class Hsds:
    """The operations over one shelf, which is put up when it is first asked for."""

    def __init__(self, hall: Hall, shelf: Callable[[], Shelf]) -> None:
        self._hall, self._shelf = hall, shelf

    def routes(self) -> list[BaseRoute]:
        operations = (
            ("/", "meta", self.meta),
            ("/services", "services.list", self.services),
            ("/services/{id}", "services.get", self.service),
            ("/organizations", "organizations.list", self.organizations),
            ("/organizations/{id}", "organizations.get", self.organization),
            ("/service_at_locations", "service_at_locations.list", self.at_locations),
            ("/service_at_locations/{id}", "service_at_locations.get", self.at_location),
        )
        return [
            Route(path, Gate(self._hall, operation, act), methods=["GET"], name=operation)
            for path, operation, act in operations
        ]

    async def meta(self, request: Request) -> Response:
        own = str(request.base_url).rstrip("/")
        profile = "https://docs.openreferral.org/en/3.0/"
        return JSONResponse({"version": "3.0", "profile": profile, "openapi_url": f"{own}/openapi.json"})

    async def services(self, request: Request) -> Response:
        shelf, language = self._shelf(), _language(request)
        words = request.query_params.get("search", "").casefold()
        organization = request.query_params.get("organization_id", "")
        found = [
            id
            for id, offer in shelf.by_id.items()
            if (not organization or shelf.organization_id(offer.organization) == organization)
            and (not words or any(words in name.casefold() for name in offer.name.values()))
        ]
        return _page(request, found, lambda id: shelf.service(id, language, full=_full(request)))

    async def service(self, request: Request) -> Response:
        shelf, language = self._shelf(), _language(request)
        return _one(request, lambda id: shelf.service(id, language, full=True))

    async def organizations(self, request: Request) -> Response:
        shelf = self._shelf()
        return _page(request, [shelf.organization_id(name) for name in shelf.organizations], shelf.organization)

    async def organization(self, request: Request) -> Response:
        return _one(request, self._shelf().organization)

    async def at_locations(self, request: Request) -> Response:
        shelf = self._shelf()
        return _page(request, shelf.entries, partial(shelf.at_location, full=_full(request)))

    async def at_location(self, request: Request) -> Response:
        shelf = self._shelf()
        by_id = {entry[0]: entry for entry in shelf.entries}
        return _one(request, lambda id: shelf.at_location(by_id[id], full=True))


def hsds(name: str) -> Made:
    """The catalogue of that name (hsds_demo.py)."""
    shelf = cache(SHELVES[name])

    def made(site: Site) -> list[BaseRoute]:
        return Hsds(site.hall, shelf).routes()

    return made


def _page(request: Request, items: Sequence[T], shown: Callable[[T], Json]) -> Response:
    """HSDS's page object."""
    number, size = _number(request, "page", 1), min(_number(request, "per_page", 50), _MOST_A_PAGE)
    pages = max(1, -(-len(items) // size))
    contents = [shown(item) for item in items[(number - 1) * size : number * size]]
    return JSONResponse(
        {
            "total_items": len(items),
            "total_pages": pages,
            "page_number": number,
            "size": len(contents),
            "first_page": number == 1,
            "last_page": number >= pages,
            "empty": not contents,
            "contents": contents,
        }
    )


def _one(request: Request, shown: Callable[[str], Json]) -> Response:
    try:
        return JSONResponse(shown(request.path_params["id"]))
    except KeyError:
        raise Refused(404, "not_found", "no such record") from None


def _full(request: Request) -> bool:
    return request.query_params.get("full", "").lower() in _TRUE


def _language(request: Request) -> str:
    """HSDS says nothing of languages; this one is asked in the query, or as browsers ask."""
    asked = request.query_params.get("language") or request.headers.get("accept-language", "")
    return asked.split(",")[0].split(";")[0].split("-")[0].strip().lower()


def _number(request: Request, name: str, default: int) -> int:
    written = request.query_params.get(name, str(default))
    if not (written.isascii() and written.isdigit() and int(written[:9]) > 0):
        raise BadRequest(f"{name} is a number from 1")
    return int(written[:9])
