"""The pages that people open: static files on the public API, served with their headers and compressed."""

from collections.abc import Sequence
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = Path(__file__).resolve().parents[2] / "web"
PAGES = ("kiosk", "volunteer", "ops")
# Nothing from elsewhere, nothing inline, in no other page's frame: a kiosk stands in the street.
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        b"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # Seen again at each visit, fetched again only when it changed: the pages are small.
    (b"cache-control", b"no-cache"),
)


class _WithHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        await self._app(scope, receive, with_headers)


def web_routes(folder: Path = FOLDER, pages: Sequence[str] = PAGES) -> list[BaseRoute]:
    """`/kiosk/`, `/volunteer/`, `/ops/` and what they share under `/web/`; a page without files is left out."""
    routes: list[BaseRoute] = []
    for page in pages:
        if (folder / page / "index.html").exists():
            routes.append(Route(f"/{page}", RedirectResponse(f"/{page}/")))
            routes.append(_mount(f"/{page}", folder / page))
    if (folder / "shared").exists():
        routes.append(_mount("/web", folder / "shared"))
    return routes


def _mount(path: str, folder: Path) -> BaseRoute:
    files = GZipMiddleware(StaticFiles(directory=folder, html=True), minimum_size=500)
    return Mount(path, app=_WithHeaders(files))
