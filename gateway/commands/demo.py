"""`guichet demo`: everything on this machine, on real parts, with invented people."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.assembly import assemble
from gateway.commands import demo_countries, demo_welcome, sandbox
from gateway.commands.demo_ports import Ports, ports_of, told
from gateway.commands.migrate import bring_up
from gateway.commands.serve import UVICORN
from gateway.demo_agent import enrol_demonstration
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
from storage.embedded import embedded_postgres, embedded_redis, running_postgres, running_redis
from storage.engine import create_engine
from storage.errors import EmbeddedServerFailed
from storage.own_database import database_url, own_database
from storage.unit_of_work import Database

_START_SECONDS = 20.0
_DATA = Path(".guichet/demo")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "demo", help="try everything here and now", description=__doc__, epilog=demo_welcome.SECRETS
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--port", type=int, default=Ports().port, help="the gateway's port (default %(default)s)")
    usual = Ports().sandbox_port
    parser.add_argument("--sandbox-port", type=int, default=usual, help="the sandbox's port (default %(default)s)")
    parser.add_argument("--data", type=Path, default=_DATA, help="where its stores live")
    parser.add_argument("--countries", default="", metavar="NAME,…", help="which, the first in front (default: all)")
    # How the first country's process starts those of the others.
    parser.add_argument("--stores", nargs=2, metavar=("POSTGRES", "REDIS"), help=argparse.SUPPRESS)
    parser.add_argument("--redis-number", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--menu", default="", help=argparse.SUPPRESS)
    parser.add_argument("--fresh", action="store_true", help="begin with empty stores")
    parser.set_defaults(run=run)


def add_stores_to(parser: argparse.ArgumentParser) -> None:
    """The options by which another command works on the demonstration's stores (`stores_of`)."""
    parser.add_argument("--demo", action="store_true", help="of the demonstration that runs on this machine")
    parser.add_argument("--data", type=Path, default=_DATA, help="where that one's stores live (default %(default)s)")


def stores_of(arguments: argparse.Namespace) -> dict[str, str]:
    """The settings of the stores of a demonstration that runs, of the country asked for; raises `SettingsError`."""
    data: Path = arguments.data
    postgres = data / "postgres"
    try:
        url = running_postgres(postgres) if postgres.is_dir() else None
    except EmbeddedServerFailed:
        url = None
    if url is None:
        raise SettingsError(f"no demonstration runs below {data}: start it with `make demo`")
    own = database_url(url, load_pack(_country(arguments)).name)
    return {"GUICHET_DATABASE_URL": own, "GUICHET_ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEYS}


def environment_of(arguments: argparse.Namespace) -> dict[str, str]:
    """All settings of a demonstration that runs, of the country asked for; raises `SettingsError`."""
    stores = stores_of(arguments)
    try:
        redis = running_redis(arguments.data / "redis")
    except EmbeddedServerFailed:
        raise SettingsError(f"no Redis of a demonstration runs below {arguments.data}") from None
    told_there = ports_of(arguments.data, load_pack(_country(arguments)).name)
    there = arguments.sandbox_port or told_there.sandbox_port
    asked = argparse.Namespace(**{**vars(arguments), "sandbox_port": there})
    own = demo_environment(asked, stores["GUICHET_DATABASE_URL"], redis)
    return {**own, "GUICHET_SIM_SWAP_DAYS": told_there.sim_swap_days}


def gateway_of(arguments: argparse.Namespace) -> str:
    """Where the gateway of the demonstration in the usual place is, of the country asked for."""
    return f"http://127.0.0.1:{ports_of(_DATA, load_pack(_country(arguments)).name).port}"


def run(arguments: argparse.Namespace) -> int:
    # A server that is told to end hands the signal on when it has ended: what was started here is to end as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if arguments.stores:
        return _beside(arguments)
    all_seats = demo_countries.seats(demo_countries.asked(arguments), arguments.port, arguments.sandbox_port)
    swap_days = _sim_swap_days()
    ports = {load_pack(seat.country).name: Ports(seat.port, seat.sandbox_port, swap_days) for seat in all_seats}
    for seat in all_seats:
        for port in (seat.port, seat.sandbox_port):
            _must_be_free(port)
    arguments.country, others = all_seats[0].country, all_seats[1:]
    menu = demo_countries.menu_of(all_seats)
    with contextlib.ExitStack() as parts:
        postgres = parts.enter_context(embedded_postgres(arguments.data / "postgres"))
        redis = parts.enter_context(embedded_redis(arguments.data / "redis"))
        parts.enter_context(told(arguments.data, ports))
        servers = (postgres.url, redis.url)
        ready = parts.enter_context(demo_countries.beside(others, servers, menu, arguments.fresh, _listens))
        application = _application(arguments, parts, servers, menu)
        up = ready()
        who = demo_welcome.Told(arguments, _DATA, load_pack(_country(arguments)).name, up)
        print(demo_welcome.welcome(who, postgres.note, redis.note), flush=True)
        uvicorn.run(application, host="127.0.0.1", port=arguments.port, **UVICORN)
    return 0


def _beside(arguments: argparse.Namespace) -> int:
    """Another country, on the servers of the first one's process, for as long as that lives."""
    demo_countries.end_with_parent()
    postgres, redis = arguments.stores
    with contextlib.ExitStack() as parts:
        servers = (postgres, demo_countries.redis_url(redis, arguments.redis_number))
        application = _application(arguments, parts, servers, arguments.menu)
        uvicorn.run(application, host="127.0.0.1", port=arguments.port, **UVICORN)
    return 0


def _application(
    arguments: argparse.Namespace, parts: contextlib.ExitStack, servers: tuple[str, str], menu: str
) -> Starlette:
    """The gateway of one country, with its database and its sandbox, which stops with `parts`."""
    pack = load_pack(_country(arguments))
    database = asyncio.run(own_database(servers[0], pack.name))
    # The sandbox gets it listening already: between choosing a port and listening there somebody else may.
    mail = parts.enter_context(socket.create_server(("127.0.0.1", 0)))
    environment = demo_environment(arguments, database, servers[1], mail.getsockname()[1])
    settings, _ = Settings.read(environment)
    bring_up(settings.database_url, fresh=arguments.fresh)
    asyncio.run(_begin_anew(settings.database_url))
    asyncio.run(enrol_demonstration(settings))
    parts.enter_context(_sandbox(arguments, mail, pack.name, menu))
    set_up(settings.log_level)
    handset = f"http://127.0.0.1:{arguments.sandbox_port}/handset"
    return create_app(settings, assemble(settings, environment, with_worker=True), handset=handset)


def _country(arguments: argparse.Namespace) -> str:
    return arguments.country or os.environ.get("GUICHET_COUNTRY") or demo_countries.DEFAULT


async def _begin_anew(database_url: str) -> None:
    """The sandbox remembers nothing: what its ministries decide today they may have decided yesterday."""
    database = Database(create_engine(database_url, pool_size=1, overflow=0))
    async with database.unit_of_work() as work:
        await forget_progress(work)
    await database.close()


def demo_environment(
    arguments: argparse.Namespace, database_url: str, redis_url: str, mail_port: int = 0
) -> dict[str, str]:
    """The settings of the demonstration; its secrets are known to everybody, and `serve` refuses them."""
    country = _country(arguments)
    pack = load_pack(country)
    there = f"http://127.0.0.1:{arguments.sandbox_port}/ministries"
    # What is no address is a secret, and the simulated ministries take this one.
    ministries = {name: f"{there}/{_ministry(name)}" if name.endswith("_URL") else "demo" for name in pack.variables()}
    pushing = [name for name, source in pack.events.sources.items() if source.poll_seconds is None]
    senders = {key.env: DEMO_NOTIFY_SECRET for service in pack.notify.values() for key in service.keys}
    own = (*pack.variables(), *pack.optional_variables())
    given = {name: os.environ[name] for name in own if os.environ.get(name)}
    return {
        "GUICHET_DATABASE_URL": database_url,
        "GUICHET_REDIS_URL": redis_url,
        "GUICHET_COUNTRY": country,
        "GUICHET_CALLBACK_SECRETS": DEMO_CALLBACK_SECRET,
        "GUICHET_ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEYS,
        "GUICHET_EVENT_SECRETS": ",".join(f"{name}={DEMO_EVENT_SECRET}" for name in pushing),
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
        "GUICHET_SIM_SWAP_DAYS": _sim_swap_days(),
        "GUICHET_LOG_LEVEL": os.environ.get("GUICHET_LOG_LEVEL", "warning"),
        **ministries,
        **senders,
        # Whoever sets them wants to try her own: a ministry's address, too.
        **given,
    }


def _sim_swap_days() -> str:
    """Of whoever starts a demonstration."""
    return os.environ.get("GUICHET_SIM_SWAP_DAYS") or "0"


def _ministry(variable: str) -> str:
    """`GUICHET_MINISTRY_VEMTAS_REGISTRY_URL` is the sandbox's `vemtas-registry`."""
    return variable.removeprefix("GUICHET_MINISTRY_").removesuffix("_URL").lower().replace("_", "-")


@contextlib.contextmanager
def _sandbox(arguments: argparse.Namespace, mail: socket.socket, country: str, menu: str) -> Iterator[None]:
    """The sandbox in a process of its own, ready when this yields; raises `SettingsError` if it does not start."""
    port, gateway = arguments.sandbox_port, f"http://127.0.0.1:{arguments.port}"
    command = sandbox.command_line(port, gateway, country, menu, mail)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[mail.fileno()])  # noqa: S603
    mail.close()  # it is the sandbox's alone now
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


def _must_be_free(port: int) -> None:
    if _listens(port):
        raise SettingsError(f"port {port} is taken: stop what listens there, or choose another with --port")
