"""`python -m sandbox`: run the sandbox on a port of this machine."""

import argparse
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import uvicorn

from sandbox.app import create_app
from sandbox.countries import COUNTRIES, FIRST
from sandbox.ministries.clock import BAKU, SandboxClock
from sandbox.ministries.push import DEMO_SECRET
from sandbox.ministries.signing import key_of

_DAY = 86400.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m sandbox", description="Simulated ministries and aggregator")
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8001)
    made.add_argument("--gateway", default="http://127.0.0.1:8000", metavar="URL", help="where hops are sent")
    made.add_argument("--mail-port", type=int, help="port at which letters are taken (SMTP); without it none are")
    made.add_argument("--mail-fd", type=int, help="a socket that listens already, by its descriptor, instead of a port")
    made.add_argument("--country", default=FIRST.code, help=f"whose numbers and networks: {', '.join(COUNTRIES)}")
    made.add_argument(
        "--neighbours", type=_neighbours, default={}, metavar="NAME=PORT,…",
        help="the countries that the handset page's menu offers, and where their sandboxes listen",
    )  # fmt: skip
    made.add_argument("--callback-secret", default="demo", help="the secret in the gateway's callback paths")
    made.add_argument("--service-code", default="*123#")
    made.add_argument(
        "--event-secret",
        type=_event_secret,
        default=DEMO_SECRET,
        metavar="WHSEC",
        help="what the ministries sign their events with; an empty one keeps them from pushing",
    )
    made.add_argument("--thin", action="store_true", help="events carry no data: the gateway has to read them up")
    made.add_argument(
        "--day-seconds",
        type=float,
        default=6.0,
        help="how long a ministry takes over a day's work on a new application; 86400 is true to life",
    )
    made.add_argument("--at", type=datetime.fromisoformat, metavar="TIME", help="stop the clock at this time in Baku")
    made.add_argument(
        "--days-behind", type=int, default=0, metavar="N",
        help="the clock begins so many days ago and runs: what is handed in is old once it is turned forward",
    )  # fmt: skip
    made.add_argument("--seed", type=int, default=20161, help="of references, keys and chances")
    return made


def _neighbours(text: str) -> dict[str, int]:
    """`senegal=8003,vietnam=8005`. Raises `ValueError`."""
    pairs = [each.partition("=") for each in text.split(",") if each]
    return {name: int(port) for name, _, port in pairs}


def _event_secret(text: str) -> str:
    if text:
        key_of(text)
    return text


def _milliseconds() -> int:
    """Of the wall's clock: the gateway remembers what was told before a restart, and this goes on from there."""
    return time.time_ns() // 1_000_000


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    asked = parser().parse_args(argv)
    start = (
        asked.at.replace(tzinfo=BAKU) if asked.at is not None else datetime.now(UTC) - timedelta(days=asked.days_behind)
    )
    clock = SandboxClock(start, speed=_DAY / max(asked.day_seconds, 0.001), frozen=asked.at is not None)
    app = create_app(
        clock,
        asked.gateway,
        asked.callback_secret,
        asked.service_code,
        asked.seed,
        event_secret=asked.event_secret,
        thin=asked.thin,
        first_sequence=_milliseconds,
        mail=asked.mail_port if asked.mail_fd is None else socket.socket(fileno=asked.mail_fd),
        country=COUNTRIES.get(asked.country, FIRST),
        neighbours=asked.neighbours,
    )
    uvicorn.run(
        app,
        host=asked.host,
        port=asked.port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
