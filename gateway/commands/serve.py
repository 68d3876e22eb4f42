"""`guichet serve`: the gateway, in one process or several."""

import argparse
import os
from typing import Any

import uvicorn
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.assembly import assemble
from gateway.commands.environment import settings_for
from gateway.logs import set_up
from gateway.settings import Settings
from gateway.stopping import Stopping

# For requests that are being answered: a body may take 10 s. The worker's part of it stops after them and by its own
# time (`gateway.assembly.DRAIN_SECONDS`): whoever stops us should wait a minute before killing.
GRACE_SECONDS = 15
_WITH_WORKER = "GUICHET_INTERNAL_WITH_WORKER"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="answer hops", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at (default %(default)s)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default %(default)s)")
    parser.add_argument("--with-worker", action="store_true", help="do the worker's work in the same processes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_for(arguments)
    settings.require_real(os.environ)
    # Fail here, with one clear line, before any process is started.
    parts = assemble(settings, with_worker=arguments.with_worker)
    parts.prove_spool()
    if arguments.country:
        os.environ["GUICHET_COUNTRY"] = arguments.country
    os.environ[_WITH_WORKER] = "1" if arguments.with_worker else ""
    set_up(settings.log_level)
    alone = arguments.workers == 1
    own = create_app(settings, parts, stopping=Stopping(settings.stop_delay)) if alone else None
    uvicorn.run(
        own or "gateway.commands.serve:from_environment",
        factory=not alone,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        **UVICORN,
    )
    return 0


UVICORN: dict[str, Any] = {
    # uvloop where there is one: it is not made for Windows.
    "loop": "auto",
    "http": "httptools",
    # uvicorn's access log prints paths, and ours hold a secret; hops are counted in /metrics instead.
    "access_log": False,
    "log_config": None,
    "server_header": False,
    "date_header": False,
    # Who calls is decided by GUICHET_TRUSTED_PROXIES alone.
    "proxy_headers": False,
    "timeout_graceful_shutdown": GRACE_SECONDS,
    # Longer than load balancers keep an idle connection (60 s is common): whoever closes first may cut off a call.
    "timeout_keep_alive": 75,
}


def from_environment() -> Starlette:
    """The application of one process of `serve`."""
    settings, _ = Settings.read(os.environ)
    set_up(settings.log_level)
    parts = assemble(settings, with_worker=bool(os.environ.get(_WITH_WORKER)))
    return create_app(settings, parts, stopping=Stopping(settings.stop_delay))
