"""How soon an event reaches the provider in the demonstration, by its own metrics.

    make bench-arrival

Runs `guichet demo` for one country, lets its ministry decide on its applications one after the other, and reads
`guichet_event_to_provider_seconds`: from the event received to the provider's answer that it took the message. The
exit status says whether half of them, or more, took less than a second.
"""

import argparse
import contextlib
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks.peers.servers import free_port

WANTED = 1.0
PATIENCE = 30.0
UNDECIDED = frozenset({"received", "in_review", "sent_back"})
PHASES = ("granted", "ready_for_pickup")
_BUCKET = re.compile(r'^guichet_event_to_provider_seconds_bucket\{le="([^"]+)".*} (\S+)$', re.MULTILINE)


def fetched(url: str, said: dict[str, str] | None = None) -> str:
    asked = Request(url, json.dumps(said).encode() if said else None, {"Content-Type": "application/json"})
    with urlopen(asked, timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
        return text


def counts(gateway: str) -> dict[float, int]:
    """Of events by the seconds that they took at most; infinite: all."""
    found: dict[float, int] = {}
    for bound, count in _BUCKET.findall(fetched(f"{gateway}/metrics")):
        found[float(bound)] = found.get(float(bound), 0) + int(float(count))
    return found


def undecided(sandbox: str) -> Iterator[str]:
    """References of the service whose ministry tells of each decision at once, and of all that is to be told."""
    for one in json.loads(fetched(f"{sandbox}/sandbox/state"))["applications"]:
        if one["service"] == "social_aid" and one["phase"] in UNDECIDED:
            yield one["reference"]


def told(gateway: str, sandbox: str, reference: str, phase: str) -> bool:
    """Whether that decision reached the provider."""
    before, since = counts(gateway).get(float("inf"), 0), time.perf_counter()
    fetched(f"{sandbox}/sandbox/move", {"reference": reference, "to": phase})
    while time.perf_counter() < since + PATIENCE:
        if counts(gateway).get(float("inf"), 0) > before:
            return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def demonstration(gateway: str, sandbox: str) -> Iterator[None]:
    """The product's own, until left; what it prints is kept for when it does not start."""
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as folder, (Path(folder) / "log").open("w") as log:
        ports = ["--port", gateway.rpartition(":")[2], "--sandbox-port", sandbox.rpartition(":")[2]]
        command = [str(Path(sys.executable).parent / "guichet"), "demo", "--countries", "azerbaijan", *ports]
        process = subprocess.Popen([*command, "--data", str(Path(folder) / "data")], stdout=log, stderr=log)
        try:
            until = time.monotonic() + PATIENCE
            while not ready(gateway):
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"it did not start: {Path(log.name).read_text()}")
                time.sleep(0.2)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


def ready(gateway: str) -> bool:
    try:
        return bool(fetched(f"{gateway}/readyz"))
    except OSError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    gateway_port, sandbox_port = free_port(), free_port()
    gateway, sandbox = f"http://127.0.0.1:{gateway_port}", f"http://127.0.0.1:{sandbox_port}"
    with demonstration(gateway, sandbox):
        asked = [(reference, phase) for reference in list(undecided(sandbox)) for phase in PHASES]
        heard = sum(told(gateway, sandbox, *each) for each in asked)
        found = counts(gateway)
    print(f"{len(asked)} decisions, {heard} at the provider\n\n| seconds | events |\n|---|---|")
    for bound in (0.25, 0.5, 1.0, 2.5, 5.0):
        print(f"| {bound:g} | {found.get(bound, 0)} |")
    print(f"\nhalf of them within {WANTED:g} s is wanted")
    return 0 if heard and heard == len(asked) and 2 * found.get(WANTED, 0) >= heard else 1


if __name__ == "__main__":
    sys.exit(main())
