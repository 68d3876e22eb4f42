"""`guichet sandbox`: simulated ministries, a simulated aggregator and the handset page, as a process apart."""

import argparse
import subprocess
import sys


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("sandbox", help="simulated ministries and handset page", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="port to listen at (default %(default)s)")
    parser.add_argument("--gateway", default="http://127.0.0.1:8000", help="where hops go (default %(default)s)")
    parser.set_defaults(run=run)


def command_line(port: int, gateway: str, mail_port: int = 0, country: str = "", menu: str = "") -> list[str]:
    """The sandbox is a stranger: not imported, only started. `menu`: of countries, on the handset page."""
    ports = ["--port", str(port), "--mail-port", str(mail_port)]
    where = [*(["--country", country] if country else []), *(["--neighbours", menu] if menu else [])]
    return [sys.executable, "-m", "sandbox", *ports, "--gateway", gateway, *where]


def run(arguments: argparse.Namespace) -> int:
    command = command_line(arguments.port, arguments.gateway, country=arguments.country or "")
    return subprocess.run(command, check=False).returncode  # noqa: S603
