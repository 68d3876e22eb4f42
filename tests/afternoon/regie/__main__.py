"""Serve the API on 127.0.0.1."""

import argparse
from datetime import datetime, timedelta
from time import monotonic

import uvicorn

from tests.afternoon.regie.app import create_app
from tests.afternoon.regie.formats import CASABLANCA, Clock, real_clock


def running_from(start: datetime) -> Clock:
    """A clock that shows that local time now and runs on."""
    begun, first = monotonic(), start if start.tzinfo else start.replace(tzinfo=CASABLANCA)
    return lambda: first + timedelta(seconds=monotonic() - begun)


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.afternoon.regie", description=__doc__)
    parser.add_argument("--port", type=int, default=8093)
    parser.add_argument("--horloge", type=datetime.fromisoformat, help="start the clock at 2026-11-23T09:00:00")
    options = parser.parse_args()
    clock = running_from(options.horloge) if options.horloge else real_clock
    uvicorn.run(create_app(clock), host="127.0.0.1", port=options.port, log_level="info")


if __name__ == "__main__":
    main()
