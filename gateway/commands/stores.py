"""`guichet stores`: an embedded PostgreSQL and Redis for tests under load, kept until it is told to stop.

Nothing of it survives a crash: `serve` and `worker` are given addresses of real ones everywhere else.
"""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import threading
from pathlib import Path

from gateway.commands.demo_countries import end_with_parent
from gateway.commands.environment import settings_for
from gateway.commands.migrate import bring_up
from gateway.pack import load_pack
from storage.embedded import embedded_postgres, embedded_redis
from storage.own_database import own_database


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("stores", help="PostgreSQL and Redis for tests under load", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="where they live; its database is emptied")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    end_with_parent()
    pack = load_pack(settings_for(arguments).country)
    with contextlib.ExitStack() as parts:
        postgres = parts.enter_context(embedded_postgres(arguments.data / "postgres"))
        redis = parts.enter_context(embedded_redis(arguments.data / "redis"))
        database = asyncio.run(own_database(postgres.url, pack.name))
        bring_up(database, fresh=True)
        print(json.dumps({"database": database, "redis": redis.url}), flush=True)
        threading.Event().wait()
    return 0
