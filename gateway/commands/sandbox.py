"""`guichet sandbox`: simulated ministries, a simulated aggregator and the handset page, as a process apart."""

import argparse
import socket
import subprocess
import sys


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("sandbox", help="simulated ministries and handset page", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="port to listen at (default %(default)s)")
    parser.add_argument("--gateway", default="http://127.0.0.1:8000", help="where hops go (default %(default)s)")
    parser.set_defaults(run=run)


def command_line(
    port: int, gateway: str, country: str = "", menu: str = "", mail: socket.socket | None = None
) -> list[str]:
    """The sandbox is a stranger: not imported, only started. `menu`: of countries, on the handset page. `mail`: where
    it takes letters; the process must inherit it."""
    own = {"--country": country, "--neighbours": menu, "--mail-fd": str(mail.fileno()) if mail else ""}
    given = [part for option, value in own.items() if value for part in (option, value)]
    return [sys.executable, "-m", "sandbox", "--port", str(port), "--gateway", gateway, *given]


def run(arguments: argparse.Namespace) -> int:
    command = command_line(arguments.port, arguments.gateway, country=arguments.country or "")
    return subprocess.run(command, check=False).returncode  # noqa: S603
