"""`guichet menus`: check them, draw them, play them."""

import argparse
import secrets
import sys
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from gateway.commands.demo import gateway_of
from gateway.commands.environment import settings_for
from gateway.pack import PackErrors, load_pack
from gateway.settings import DEMO_CALLBACK_SECRET
from gateway.words import menu_sources, translator_for
from i18n import CatalogErrors
from services.use_cases import USE_CASES
from ussd_menus.check import check
from ussd_menus.graph import mermaid, svg
from ussd_menus.loader import MenuErrors, load_sources
from ussd_menus.player import Player, Screen
from ussd_menus.transcripts import write
from ussd_menus.use_case_shapes import shapes_of

_CALL_SECONDS = 12


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("menus", help="check, draw and play the menus", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    checker = verbs.add_parser("check", help="prove that every screen fits, in every language, on every network")
    checker.add_argument("--stats", action="store_true", help="print the worst screen of each language")
    checker.set_defaults(run=run_check)
    graph = verbs.add_parser("graph", help="draw the menus")
    graph.add_argument("--format", choices=("mermaid", "svg"), default="mermaid")
    graph.add_argument("--journey", default="", metavar="NAME", help="only this one, and where it leads to")
    graph.add_argument("--out", type=Path, help="write to this file instead of standard output")
    graph.set_defaults(run=run_graph)
    play = verbs.add_parser("play", help="a telephone in this terminal, through a running gateway's real door")
    play.add_argument("--gateway", help="where it is (default: where the demonstration's listens)")
    play.add_argument("--secret", default=DEMO_CALLBACK_SECRET, help="its callback secret (default: the demo's)")
    play.add_argument("--msisdn", default="+994501234501", help="who calls (default %(default)s)")
    play.add_argument("--network", default="40001", help="MCC and MNC (default %(default)s)")
    play.add_argument("--dial", default="", help="what is dialled (default: the pack's code)")
    play.add_argument("--record", type=Path, metavar="FILE", help="write a transcript")
    play.set_defaults(run=run_play)


def run_check(arguments: argparse.Namespace) -> int:
    """Every finding at once, a line each; 0 when there is none."""
    try:
        pack = load_pack(settings_for(arguments).country)
        translator = translator_for(pack)
        menu = load_sources(menu_sources(pack))
    except (PackErrors, CatalogErrors, MenuErrors) as wrong:
        print(wrong)
        return 1
    report = check(menu, shapes_of(USE_CASES), translator, tuple(pack.networks.values()), tuple(pack.languages))
    for finding in report.findings:
        print(finding)
    if arguments.stats:
        for line in report.stats_lines():
            print(line)
    screens = len(menu.screens())
    proven = f"{screens} screens x {len(pack.languages)} languages x {len(pack.networks)} networks x 2 kinds of letters"
    print(f"{len(report.findings)} findings in {proven}")
    return 1 if report.findings else 0


def run_graph(arguments: argparse.Namespace) -> int:
    menu = load_sources(menu_sources())
    if arguments.journey not in ("", *menu.journeys):
        print(
            f"guichet: there is no journey {arguments.journey}; there are {', '.join(menu.journeys)}", file=sys.stderr
        )
        return 1
    draw = svg if arguments.format == "svg" else mermaid
    drawing = draw(menu, shapes_of(USE_CASES), arguments.journey)
    if arguments.out:
        arguments.out.write_text(drawing, "utf-8")
    else:
        print(drawing)
    return 0


def run_play(arguments: argparse.Namespace) -> int:
    code = arguments.dial or load_pack(settings_for(arguments).country).service_code
    line = HttpLine(arguments.gateway or gateway_of(arguments), arguments.secret, arguments.msisdn, arguments.network)
    player = Player(line, input, print, {"msisdn": arguments.msisdn, "network": arguments.network})
    try:
        player.play(code)
    except ConnectionError as failure:
        print(f"guichet: {failure}", file=sys.stderr)
        return 1
    finally:
        if arguments.record and player.exchanges:
            arguments.record.write_text(write(player.transcript), "utf-8")
    return 0


class HttpLine:
    """A call through the door of Africa's Talking, as that aggregator would make it."""

    def __init__(self, gateway: str, secret: str, msisdn: str, network: str) -> None:
        self._url = f"{gateway.rstrip('/')}/africastalking/{secret}/ussd"
        self._gateway = gateway
        self._form = {"phoneNumber": msisdn, "networkCode": network}
        self._history = ""

    def dial(self, code: str) -> Screen:
        """`*123*1*REF#` calls the service `*123#` with `1*REF` typed ahead."""
        parts = code.strip("*#").split("*")
        self._form |= {"sessionId": f"ATUid_{secrets.token_hex(16)}", "serviceCode": f"*{parts[0]}#"}
        self._history = "*".join(parts[1:])
        return self._hop()

    def answer(self, typed: str) -> Screen:
        self._history = f"{self._history}*{typed}" if self._history else typed
        return self._hop()

    def _hop(self) -> Screen:
        body = urlencode({**self._form, "text": self._history}).encode()
        try:
            with urlopen(Request(self._url, body), timeout=_CALL_SECONDS) as answer:  # noqa: S310
                text = answer.read().decode()
                name = answer.headers.get("at-ussd-hop-metadata", "")
        except HTTPError as refused:
            reason = "its secret is another: see --secret" if refused.code == 404 else f"it answers {refused.code}"
            raise ConnectionError(f"the gateway at {self._gateway} does not take the call: {reason}") from None
        except (URLError, TimeoutError) as failure:
            why = getattr(failure, "reason", failure)
            raise ConnectionError(f"no gateway answers at {self._gateway} ({why}); is `make demo` running?") from None
        return Screen(text[4:], text.startswith("CON "), name)
