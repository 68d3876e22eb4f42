"""Everything that is under load, as processes of this machine: stores, gateway, worker and sandbox, on free ports."""

import base64
import contextlib
import ctypes
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

HOME = Path(__file__).parent.parent
_START_SECONDS = 60.0
_STOP_SECONDS = 25.0
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class NotStarted(Exception):
    """A part did not start; the message says which, and where its log is."""


@dataclass(slots=True)
class Stack:
    """Where it all is; `processes`: the first process of each part."""

    gateway: str
    worker: str
    sandbox: str
    callback_secret: str
    environment: dict[str, str]
    processes: dict[str, int] = field(default_factory=dict)


@contextlib.contextmanager
def running(
    country: str,
    data: Path,
    laid_in: Callable[[str], None] = lambda sandbox: None,
    stores: tuple[str, str] | None = None,
    days_ago: int = 0,
) -> Iterator[Stack]:
    """Until the block ends, also by an interruption. `laid_in` is called with the sandbox's address, whose clock is
    `days_ago` days behind then, before anything else asks it. `stores`: PostgreSQL and Redis that run already, the
    database brought up and empty; embedded ones else, below `data`. Raises `NotStarted`."""
    data.mkdir(parents=True, exist_ok=True)
    secret, event_secret = secrets.token_urlsafe(18), "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with contextlib.ExitStack() as parts:
        ports = [parts.enter_context(_held()).getsockname()[1] for _ in range(3)]
        gateway, worker, sandbox = (f"http://127.0.0.1:{port}" for port in ports)
        stack = Stack(gateway, worker, sandbox, secret, _settings(country, sandbox, secret, event_secret))
        beside = [sys.executable, "-m", "sandbox", "--port", str(ports[2]), "--gateway", gateway]
        # A ministry's day is a day: nothing moves unless the crowd says so.
        beside += ["--country", country, f"--callback-secret={secret}", "--event-secret", event_secret]
        beside += ["--day-seconds", "86400", "--days-behind", str(days_ago)]
        _start(parts, stack, "sandbox", beside, data)
        _wait(stack, "sandbox", f"{sandbox}/sandbox/state", data)
        laid_in(sandbox)
        if stores is None:
            stores = _stores(parts, stack, country, data)
        stack.environment |= {"GUICHET_DATABASE_URL": stores[0], "GUICHET_REDIS_URL": stores[1]}
        commands = {
            "gateway": [*_guichet(), "serve", "--port", str(ports[0])],
            "worker": [*_guichet(), "worker", "--port", str(ports[1])],
        }
        for name, command in commands.items():
            _start(parts, stack, name, command, data)
        for name, url in (("gateway", f"{gateway}/readyz"), ("worker", f"{worker}/readyz")):
            _wait(stack, name, url, data)
        yield stack


def command(stack: Stack, *arguments: str) -> None:
    """Runs `guichet …` beside it; raises `NotStarted` when it fails."""
    done = subprocess.run(
        [*_guichet(), *arguments], env=stack.environment, cwd=HOME, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotStarted(f"guichet {arguments[0]}: {(done.stdout + done.stderr).strip()[-300:]}")


def _settings(country: str, sandbox: str, secret: str, event_secret: str) -> dict[str, str]:
    """As an operator would set them, with the sandbox as aggregator and ministries."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    folder = HOME / "countries" / country
    named = set(re.findall(r"GUICHET_[A-Z0-9_]+", "\n".join(p.read_text("utf-8") for p in folder.glob("*.yaml"))))
    events = yaml.safe_load((folder / "events.yaml").read_text("utf-8"))["sources"]
    ministries = {
        name: f"{sandbox}/ministries/{_ministry(name)}" if name.endswith("_URL") else secret
        for name in named
        if name.startswith("GUICHET_MINISTRY_") or name.endswith("_VOICE_KEY")
    }
    pushing = [name for name, source in events.items() if "poll_seconds" not in source]
    return {
        **given,
        **ministries,
        "GUICHET_COUNTRY": country,
        "GUICHET_CALLBACK_SECRETS": secret,
        "GUICHET_ENCRYPTION_KEYS": "load:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "GUICHET_EVENT_SECRETS": ",".join(f"{name}={event_secret}" for name in pushing),
        "GUICHET_AFRICASTALKING_USERNAME": "guichet",
        "GUICHET_AFRICASTALKING_API_KEY": "load",
        "GUICHET_AFRICASTALKING_BASE_URL": sandbox,
        # Whoever signs in says which address she comes from, as a proxy would.
        "GUICHET_TRUSTED_PROXIES": "127.0.0.1/32",
        "GUICHET_QUIET_HOURS": "no",
        "GUICHET_STOP_DELAY": "0",
        # The few hundred people of the pool call for all the others.
        "GUICHET_STARTS_PER_HOUR": "10000",
        "GUICHET_LOG_LEVEL": "warning",
    }


def _ministry(variable: str) -> str:
    return variable.removeprefix("GUICHET_MINISTRY_").removesuffix("_URL").lower().replace("_", "-")


def _guichet() -> list[str]:
    return [sys.executable, "-m", "gateway.cli"]


def _stores(parts: contextlib.ExitStack, stack: Stack, country: str, data: Path) -> tuple[str, str]:
    line = [*_guichet(), "--country", country, "stores", "--data", str(data)]
    process = _start(parts, stack, "stores", line, data, subprocess.PIPE)
    assert process.stdout is not None
    told = process.stdout.readline()
    if not told:
        raise NotStarted(f"the stores did not start: see {data}/stores.log")
    found = json.loads(told)
    return found["database"], found["redis"]


def _start(
    parts: contextlib.ExitStack, stack: Stack, name: str, line: list[str], data: Path, output: int | None = None
) -> "subprocess.Popen[bytes]":
    log = parts.enter_context((data / f"{name}.log").open("wb"))
    process = subprocess.Popen(
        line,
        env=stack.environment,
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=output or log,
        stderr=log,
        start_new_session=True,  # Ctrl-C is for us: we stop them in their order
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )
    stack.processes[name] = process.pid
    parts.callback(_stop, process)
    return process


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(stack: Stack, name: str, url: str, data: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        try:
            os.kill(stack.processes[name], 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    raise NotStarted(f"{name} did not start: see {data}/{name}.log")


def _held() -> socket.socket:
    """Keeps a port from everybody else: not listening, it lets a server of ours do so (on Linux)."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


def figures(url: str) -> Mapping[str, float]:
    """The sums of a /metrics page's series by their name, labels left out; nothing where it does not answer."""
    found: dict[str, float] = {}
    with contextlib.suppress(OSError), urllib.request.urlopen(url + "/metrics", timeout=5) as page:
        for line in page.read().decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                name = name.partition("{")[0]
                found[name] = found.get(name, 0.0) + float(value)
    return found
