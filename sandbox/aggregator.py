"""The simulated aggregator's HTTP side: the handset page and the JSON API that dials and answers for it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from importlib.resources import files
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox import pocket
from sandbox.asked import MSISDN, NotUnderstood, body, matching, told
from sandbox.calls import FAULTS, Fault
from sandbox.countries import COUNTRIES, NETWORKS, Country
from sandbox.doors import DOORS
from sandbox.messaging.exchange import Exchange
from sandbox.ministries.world import World
from sandbox.postman import Postman
from sandbox.subscribers import subscribers
from sandbox.switch import Limits, SessionOver, Switch, Turn
from sandbox.wire import Wire

_LONGEST_INPUT = 160
_CODE = re.compile(r"\*[0-9A-Za-z*-]{1,80}#")
# Nothing but this page's own files: no script, style, font or picture from anywhere else.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_FILES = {
    "index.html": "text/html; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "handset.css": "text/css; charset=utf-8",
    "handset.js": "text/javascript; charset=utf-8",
    "beside.js": "text/javascript; charset=utf-8",
    "inbox.js": "text/javascript; charset=utf-8",
    "ministry.js": "text/javascript; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "multitap.js": "text/javascript; charset=utf-8",
}


def routes(
    gateway_url: str,
    callback_secret: str = "demo",  # noqa: S107 - the documented secret of the demonstration
    service_code: str = "*123#",
    *,
    limits: Limits | None = None,
    answer_seconds: float = 10.0,
    exchange: Exchange | None = None,
    world: World | None = None,
    neighbours: Mapping[str, int] | None = None,
) -> list[BaseRoute]:
    """Return the routes of the handset page and its API, speaking to the gateway at `gateway_url`.

    `answer_seconds` is how long the operator waits for a hop (Africa's Talking: 10 s). `exchange` carries the SMS;
    what can be decided on the page stands in `world`. `neighbours`: countries and the ports of their sandboxes.
    """
    wire = Wire(gateway_url, callback_secret, answer_seconds)
    switch = Switch(wire, service_code, limits or Limits())
    carried = exchange or Exchange(Postman(gateway_url), callback_secret)
    api = _Api(switch, carried.country, neighbours or {})
    return [
        Route("/handset", _page_file("index.html")),
        *(Route(f"/handset/{name}", _page_file(name)) for name in _PAGE_FILES),
        Route("/handset/api/networks", api.networks),
        *pocket.routes(carried, world),
        Route("/handset/api/session", api.session),
        Route("/handset/api/dial", _guarded(api.dial), methods=["POST"]),
        Route("/handset/api/answer", _guarded(api.answer), methods=["POST"]),
        Route("/handset/api/hangup", _guarded(api.hang_up), methods=["POST"]),
    ]


class _Api:
    def __init__(self, switch: Switch, country: Country, neighbours: Mapping[str, int]) -> None:
        self._switch, self._country, self._neighbours = switch, country, neighbours

    async def networks(self, request: Request) -> Response:
        """Everything that the page lets one pick."""
        country = self._country
        return told(
            {
                "service_code": self._switch.service_code,
                "short_code": country.short_code,
                "country": country.code,
                "countries": [
                    {"code": code, "name": COUNTRIES[code].name if code in COUNTRIES else code, "port": port}
                    for code, port in self._neighbours.items()
                ],
                "example": country.example,
                "hint": country.hint,
                "networks": [asdict(network) for network in country.networks],
                "doors": [{"code": code, "name": door.label} for code, door in DOORS.items()],
                "faults": [{"code": code, "name": name} for code, name in FAULTS.items()],
                "numbers": [asdict(person) for person in subscribers(country)],
            }
        )

    async def session(self, request: Request) -> Response:
        """Whether a session lives, so that the page learns of a time-out."""
        over = self._switch.over(request.query_params.get("id", ""))
        return told({"live": not over, "over": over})

    async def dial(self, asked: dict[str, str]) -> Turn:
        network = NETWORKS.get(asked.get("network") or self._country.networks[0].code)
        door = asked.get("door", "africastalking")
        if network is None or door not in DOORS:
            raise NotUnderstood("unknown network or door")
        return await self._switch.dial(
            matching(MSISDN, asked.get("msisdn", ""), "msisdn"),
            matching(_CODE, asked.get("code", self._switch.service_code), "code"),
            network,
            door,
            _fault(asked.get("fault", "none")),
        )

    async def answer(self, asked: dict[str, str]) -> Turn:
        typed = asked.get("input", "")
        if len(typed) > _LONGEST_INPUT:
            raise NotUnderstood(f"a phone sends {_LONGEST_INPUT} characters at most")
        fault = _fault(asked["fault"]) if "fault" in asked else None
        return await self._switch.answer(asked.get("session", ""), typed, fault)

    async def hang_up(self, asked: dict[str, str]) -> Turn:
        return await self._switch.hang_up(asked.get("session", ""))


def _guarded(act: Callable[[dict[str, str]], Awaitable[Turn]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return told(_shown(await act(await body(request))))
        except NotUnderstood as bad:
            return told({"error": str(bad)}, 400)
        except SessionOver as over:
            return told({"error": f"The session is over: {over}.", "over": str(over)}, 410)

    return endpoint


def _shown(turn: Turn) -> dict[str, object]:
    screen = turn.screen
    return {
        "session": turn.call.session,
        "screen": {
            "text": screen.text,
            "goes_on": turn.goes_on,
            "alphabet": screen.alphabet,
            "units": screen.units,
            "budget": screen.budget,
            "forced_by": screen.forced_by,
            "cut": screen.cut,
            "name": turn.call.metadata[-1] if turn.call.metadata else "",
        },
        "over": turn.over,
        "warnings": list(turn.warnings),
        "hops": [hop.shown() for hop in turn.hops],
        "seconds_left": round(turn.seconds_left, 1),
        "idle_seconds": turn.idle_seconds,
    }


def _fault(asked: str) -> Fault:
    for fault in get_args(Fault):
        if asked == fault:
            return fault  # type: ignore[no-any-return]
    raise NotUnderstood("unknown fault")


def _page_file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        content = files("sandbox").joinpath("handset", name).read_bytes()
        return Response(content, headers={"Content-Type": _PAGE_FILES[name], **_HEADERS})

    return endpoint


_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
