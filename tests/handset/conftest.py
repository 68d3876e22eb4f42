"""A real Chromium on the handset page, with a tiny scripted gateway behind the simulated aggregator."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest
from playwright.async_api import Browser, ConsoleMessage, Error, Page, ViewportSize
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.aggregator import routes
from sandbox.messaging import api
from sandbox.messaging.exchange import Exchange
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.gate import Hall
from sandbox.ministries.push import Push
from sandbox.ministries.world import World
from sandbox.postman import Postman
from sandbox.switch import Limits
from tests.chromium import PATIENCE, chromium
from tests.serving import serving

DESK: ViewportSize = {"width": 1280, "height": 900}
HOME = (
    "Guichet\n1 Check my application\n2 Book a visit\n3 Where to collect\n"
    "4 Documents and fees\n5 My account\n6 Language"
)
SCREENS = {
    (): ("CON", "Dil / Language / Langue\n1 Azerbaycanca\n2 English\n3 Francais", "language"),
    ("2",): ("CON", HOME, "home"),
    ("2", "1"): ("CON", "Type the number on your slip:\n0 Back\n00 Home", "status_ask"),
    ("2", "1", "41000018"): (
        "END",
        "Your social aid was granted: 312.40 AZN a month until 24 Nov 2028. "
        "Card at Kapital Bank, Nizami 14, from Tue 24 Nov.",
        "granted",
    ),
    ("2", "5"): ("CON", "a" * 200, "too_long"),
    ("2", "6"): ("CON", "\n".join(f"{number} Line" for number in range(1, 13)), "twelve_lines"),
    ("1",): ("CON", "Xoş gəlmisiniz\n1 Müraciətim\n2 Növbə", "home"),
    ("3",): ("CON", "مرحبا بكم\n1 طلبي\n2 موعد", "home"),
}


def reply_to(inputs: tuple[str, ...]) -> tuple[str, str, str]:
    """The scripted gateway's whole mind."""
    return SCREENS.get(inputs, ("CON", f"You typed {inputs[-1] if inputs else ''}", "echo"))


def scripted_gateway(ended: list[dict[str, str]]) -> Starlette:
    """Both doors; `ended` collects the end-of-session notices."""
    flares: dict[str, list[str]] = {}

    async def at_hop(request: Request) -> Response:
        form = {key: values[0] for key, values in parse_qs((await request.body()).decode()).items()}
        text = form.get("text", "")
        start, body, name = reply_to(tuple(text.split("*")) if text else ())
        return PlainTextResponse(f"{start} {body}", headers={"at-ussd-hop-metadata": name})

    async def flares_hop(request: Request) -> Response:
        session, typed = request.query_params["SessionID"], request.query_params["input"]
        if session in flares:
            flares[session].append(typed)
        else:
            flares[session] = []
        start, body, _ = reply_to(tuple(flares[session]))
        return PlainTextResponse(body, headers={"Freeflow": "FC" if start == "CON" else "FB"})

    async def at_end(request: Request) -> Response:
        ended.append({key: values[0] for key, values in parse_qs((await request.body()).decode()).items()})
        return Response()

    async def flares_end(request: Request) -> Response:
        ended.append(dict(request.query_params))
        return Response()

    async def taken(request: Request) -> Response:
        """Reports, inbound SMS and events are all welcome."""
        return Response(status_code=200)

    return Starlette(
        routes=[
            Route("/africastalking/demo-secret/sms", taken, methods=["POST"]),
            Route("/africastalking/demo-secret/delivery-reports", taken, methods=["POST"]),
            Route("/events", taken, methods=["POST"]),
            Route("/africastalking/demo-secret/ussd", at_hop, methods=["POST"]),
            Route("/africastalking/demo-secret/ussd-end", at_end, methods=["POST"]),
            Route("/flares/demo-secret/ussd", flares_hop),
            Route("/flares/demo-secret/ussd-end", flares_end),
        ]
    )


@pytest.fixture(scope="session")
def ended() -> list[dict[str, str]]:
    """The end-of-session notices that the scripted gateway took."""
    return []


def sandbox_app(gateway_url: str) -> Starlette:
    """The handset page, the aggregator's messaging and the ministries; a message is there as soon as it was sent."""
    postman = Postman(gateway_url)
    exchange = Exchange(postman, "demo-secret", report_seconds=0.0)
    world = World(SandboxClock(), news=Push(postman))
    hall = Hall(api.AGGREGATOR, world.faults, world.journal, remembers=False)
    page = routes(gateway_url, "demo-secret", limits=Limits(idle=600), exchange=exchange, world=world)
    return Starlette(routes=[*page, *api.routes(exchange, hall), *world.routes()])


@pytest.fixture(scope="session")
async def handset_url(ended: list[dict[str, str]]) -> AsyncIterator[str]:
    """The sandbox with the handset page, in front of the scripted gateway."""
    async with serving(scripted_gateway(ended)) as gateway, serving(sandbox_app(gateway)) as url:
        yield url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
async def tab(browser: Browser) -> Page:
    """One for all tests: the page keeps nothing, and a process of its own each would cost more than most of them."""
    page = await browser.new_page(viewport=DESK, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    return page


@pytest.fixture
async def page(tab: Page, handset_url: str) -> AsyncIterator[Page]:
    """The handset page, ready to dial. Any error of the page's own script fails the test."""
    errors: list[str] = []

    def broke(error: Error) -> None:
        errors.append(str(error))

    def wrote(line: ConsoleMessage) -> None:
        if line.type == "error":
            errors.append(line.text)

    await tab.set_viewport_size(DESK)
    tab.on("pageerror", broke)
    tab.on("console", wrote)
    await tab.goto(f"{handset_url}/handset")
    await tab.get_by_label("Number to dial").wait_for()
    await tab.locator("#number option").first.wait_for(state="attached")
    yield tab
    tab.remove_listener("pageerror", broke)
    tab.remove_listener("console", wrote)
    assert errors == []
