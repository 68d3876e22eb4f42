"""How GeoReport v2 writes its answers, as JSON or XML, and what it is asked for in a query."""

from datetime import datetime
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_ITEMS = {"services": "service", "service_requests": "request", "attributes": "attribute", "values": "value"}
_ITEMS |= {"errors": "error", "service_request_tokens": "request"}


def told(request: Request, root: str, value: object, status: int = 200) -> Response:
    """The value in the form that the path asks for; `root`: what XML calls it."""
    if request.path_params["form"] == "xml":
        body = f'<?xml version="1.0" encoding="utf-8"?>\n{_xml(root, value)}'
        return Response(body, status, media_type="text/xml")
    return JSONResponse(value, status)


def _xml(name: str, value: object) -> str:
    if isinstance(value, dict):
        inside = "".join(_xml(key, each) for key, each in value.items())
    elif isinstance(value, list):
        inside = "".join(_xml(_ITEMS[name], each) for each in value)
    else:
        inside = "" if value is None else escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{name}>{inside}</{name}>"


def language(request: Request) -> str:
    """The standard says nothing of languages; this one is asked in the query, or as browsers ask."""
    asked = request.query_params.get("locale") or request.headers.get("accept-language", "fr")
    return asked.split(",")[0].split(";")[0].split("-")[0].strip().lower()


def csv(written: str | None) -> set[str]:
    """The parts between commas."""
    return {part.strip() for part in (written or "").split(",") if part.strip()}


def moment(at: datetime) -> str:
    """With its offset, to the second."""
    return at.isoformat(timespec="seconds")
