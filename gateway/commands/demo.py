"""`guichet demo`: everything on this machine, on real parts, with invented people."""

import argparse
import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from gateway.app import create_app
from gateway.assembly import assemble
from gateway.commands import sandbox
from gateway.commands.migrate import bring_up
from gateway.commands.serve import UVICORN
from gateway.demo_agent import NUMBER, PIN, enrol_demonstration
from gateway.logs import set_up
from gateway.pack import load_pack
from gateway.settings import (
    DEMO_CALLBACK_SECRET,
    DEMO_ENCRYPTION_KEYS,
    DEMO_EVENT_SECRET,
    DEMO_NOTIFY_SECRET,
    Settings,
    SettingsError,
)
from services.records.progress_reset import forget_progress
from storage.embedded import EmbeddedServer, embedded_postgres, embedded_redis, running_postgres
from storage.engine import create_engine
from storage.errors import EmbeddedServerFailed
from storage.unit_of_work import Database

_START_SECONDS = 20.0
_DATA = Path(".guichet/demo")


_SECRETS = f"""The demonstration's secrets, known to everybody:
  events (POST /events)         {DEMO_EVENT_SECRET}
  callbacks (in their paths)    {DEMO_CALLBACK_SECRET}
  GOV.UK Notify's API           {DEMO_NOTIFY_SECRET}, see docs/notify.md"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="try everything here and now", description=__doc__, epilog=_SECRETS)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--port", type=int, default=8000, help="the gateway's port (default %(default)s)")
    parser.add_argument("--sandbox-port", type=int, default=8001, help="the sandbox's port (default %(default)s)")
    parser.add_argument("--data", type=Path, default=_DATA, help="where its stores live")
    parser.add_argument("--fresh", action="store_true", help="begin with empty stores")
    parser.set_defaults(run=run)


def add_stores_to(parser: argparse.ArgumentParser) -> None:
    """The options by which another command works on the demonstration's stores (`stores_of`)."""
    parser.add_argument("--demo", action="store_true", help="of the demonstration that runs on this machine")
    parser.add_argument("--data", type=Path, default=_DATA, help="where that one's stores live (default %(default)s)")


def stores_of(data: Path) -> dict[str, str]:
    """The settings of the stores of a demonstration that runs; raises `SettingsError`."""
    postgres = data / "postgres"
    try:
        url = running_postgres(postgres) if postgres.is_dir() else None
    except EmbeddedServerFailed:
        url = None
    if url is None:
        raise SettingsError(f"no demonstration runs below {data}: start it with `make demo`")
    return {"GUICHET_DATABASE_URL": url, "GUICHET_ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEYS}


def run(arguments: argparse.Namespace) -> int:
    for port in (arguments.port, arguments.sandbox_port):
        _must_be_free(port)
    with contextlib.ExitStack() as parts:
        postgres = parts.enter_context(embedded_postgres(arguments.data / "postgres"))
        redis = parts.enter_context(embedded_redis(arguments.data / "redis"))
        mail_port = _free_port()
        environment = demo_environment(arguments, postgres, redis, mail_port)
        settings, _ = Settings.read(environment)
        bring_up(settings.database_url, fresh=arguments.fresh)
        asyncio.run(_begin_anew(settings.database_url))
        asyncio.run(enrol_demonstration(settings))
        parts.enter_context(_sandbox(arguments.sandbox_port, arguments.port, mail_port))
        set_up(settings.log_level)
        handset = f"http://127.0.0.1:{arguments.sandbox_port}/handset"
        application = create_app(settings, assemble(settings, environment, with_worker=True), handset=handset)
        print(_welcome(arguments, postgres, redis), flush=True)
        uvicorn.run(application, host="127.0.0.1", port=arguments.port, **UVICORN)
    return 0


async def _begin_anew(database_url: str) -> None:
    """The sandbox remembers nothing: what its ministries decide today they may have decided yesterday."""
    database = Database(create_engine(database_url, pool_size=1, overflow=0))
    async with database.unit_of_work() as work:
        await forget_progress(work)
    await database.close()


def demo_environment(
    arguments: argparse.Namespace, postgres: EmbeddedServer, redis: EmbeddedServer, mail_port: int = 0
) -> dict[str, str]:
    """The settings of the demonstration; its secrets are known to everybody, and `serve` refuses them."""
    country = arguments.country or os.environ.get("GUICHET_COUNTRY") or "azerbaijan"
    pack = load_pack(country)
    there = f"http://127.0.0.1:{arguments.sandbox_port}/ministries"
    # What is no address is a secret, and the simulated ministries take this one.
    ministries = {name: f"{there}/{_ministry(name)}" if name.endswith("_URL") else "demo" for name in pack.variables()}
    senders = {key.env: DEMO_NOTIFY_SECRET for service in pack.notify.values() for key in service.keys}
    given = {name: os.environ[name] for name in pack.optional_variables() if os.environ.get(name)}
    return {
        "GUICHET_DATABASE_URL": postgres.url,
        "GUICHET_REDIS_URL": redis.url,
        "GUICHET_COUNTRY": country,
        "GUICHET_CALLBACK_SECRETS": DEMO_CALLBACK_SECRET,
        "GUICHET_ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEYS,
        "GUICHET_EVENT_SECRETS": f"vemtas={DEMO_EVENT_SECRET},asan={DEMO_EVENT_SECRET}",
        "GUICHET_AFRICASTALKING_USERNAME": "guichet",
        "GUICHET_AFRICASTALKING_API_KEY": "demo",
        "GUICHET_AFRICASTALKING_BASE_URL": f"http://127.0.0.1:{arguments.sandbox_port}",
        # The sandbox takes letters and shows them at /sandbox/mail.
        "GUICHET_SMTP_HOST": "127.0.0.1" if mail_port else "",
        "GUICHET_SMTP_PORT": str(mail_port or 25),
        "GUICHET_SMTP_STARTTLS": "no",
        # Whoever tries it at night wants to see something too.
        "GUICHET_QUIET_HOURS": "no",
        # Whoever tries it dials more often in an hour than anybody else.
        "GUICHET_STARTS_PER_HOUR": "10000",
        "GUICHET_LOG_LEVEL": os.environ.get("GUICHET_LOG_LEVEL", "warning"),
        **ministries,
        **senders,
        # Whoever sets them wants to try her own.
        **given,
    }


def _ministry(variable: str) -> str:
    """`GUICHET_MINISTRY_VEMTAS_REGISTRY_URL` is the sandbox's `vemtas-registry`."""
    return variable.removeprefix("GUICHET_MINISTRY_").removesuffix("_URL").lower().replace("_", "-")


@contextlib.contextmanager
def _sandbox(port: int, gateway_port: int, mail_port: int) -> Iterator[None]:
    """The sandbox in a process of its own, ready when this yields; raises `SettingsError` if it does not start."""
    command = sandbox.command_line(port, f"http://127.0.0.1:{gateway_port}", mail_port)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603
    try:
        until = time.monotonic() + _START_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise SettingsError("the sandbox did not start")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _must_be_free(port: int) -> None:
    if _listens(port):
        raise SettingsError(f"port {port} is taken: stop what listens there, or choose another with --port")


def _welcome(arguments: argparse.Namespace, postgres: EmbeddedServer, redis: EmbeddedServer) -> str:
    handset = f"http://127.0.0.1:{arguments.sandbox_port}/handset"
    program = f"{Path(sys.executable).parent}/guichet"
    program = os.path.relpath(program) if program.startswith(str(Path.cwd())) else program
    data = "" if arguments.data == _DATA else f" --data {arguments.data}"
    gateway = f"http://127.0.0.1:{arguments.port}"
    return f"""
Guichet demonstration: invented people, amounts and addresses.

  a telephone in your browser   {handset}
  a telephone in this terminal  {program} menus play --gateway {gateway}
  a kiosk, a volunteer's page   {gateway}/kiosk/  {gateway}/volunteer/
  the app's API                 {gateway}/api/v1/docs
  the gateway                   {gateway}   (/readyz, /metrics)
  what became of a message      {program} messages why 41000035 --demo{data}

A volunteer who helps others: her number {NUMBER}, PIN {PIN} (*123#, then 6, 7, 1; docs/assisted.md).
Her code to sign in arrives in that number's inbox on the handset page.

{_SECRETS}

On {postgres.note} and {redis.note}. Dial *123#. Stop with Ctrl-C.
"""
