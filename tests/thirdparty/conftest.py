"""Programs of strangers between us and a telephone: npm's SMSC, Debian's Kannel."""

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ports import Port

HERE = Path(__file__).parent
KANNEL = HERE.parents[1] / ".guichet" / "kannel"


def required(what: str, how: str) -> None:
    """Skips, or fails where the run requires it."""
    if what in os.environ.get("GUICHET_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here: {how}")
    pytest.skip(f"needs {what}: {how}")


@dataclass
class SmscProcess:
    """npm's SMSC in a process of its own; `next` is what it told next."""

    process: asyncio.subprocess.Process
    port: int

    async def next(self, event: str) -> dict[str, Any]:
        """The next thing that it tells of that kind; others are passed over."""
        assert self.process.stdout
        async with asyncio.timeout(60):
            while line := await self.process.stdout.readline():
                told: dict[str, Any] = json.loads(line)
                if told["event"] == event:
                    return told
        raise AssertionError("the SMSC is gone")

    def say(self, sender: str, to: str, text: str) -> None:
        """Somebody sends an SMS."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"from": sender, "to": to, "text": text}).encode() + b"\n")


@pytest.fixture
async def smsc(port: Port) -> AsyncIterator[SmscProcess]:
    node = shutil.which("node")
    if node is None or not (HERE / "smsc" / "node_modules" / "smpp").is_dir():
        required("smpp", "install node and run `npm ci --prefix tests/thirdparty/smsc`")
    assert node
    own = port()
    process = await asyncio.create_subprocess_exec(
        node, "server.js", str(own), cwd=HERE / "smsc",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    running = SmscProcess(process, own)
    try:
        await running.next("listening")
        yield running
    finally:
        await _ended(process)


@dataclass
class KannelProcess:
    """Kannel's two boxes."""

    url: str
    username: str
    password: str


@pytest.fixture
async def kannel(smsc: SmscProcess, doors_url: str, tmp_path: Path, port: Port) -> AsyncIterator[KannelProcess]:
    """Kannel, bound to the SMSC, calling our doors."""
    boxes = {name: shutil.which(name) or _unpacked(name) for name in ("bearerbox", "smsbox")}
    if not all(boxes.values()):
        required("kannel", "on Debian run `tests/thirdparty/get_kannel.sh .guichet/kannel`")
    admin, inside, http = port(), port(), port()
    config = tmp_path / "kannel.conf"
    config.write_text(_config(admin, inside, http, smsc.port, doors_url, tmp_path))
    libraries = {str(path.parent) for path in KANNEL.rglob("*.so*")}
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(sorted(libraries))}
    started = []
    try:
        for name, listens in (("bearerbox", inside), ("smsbox", http)):
            box = await asyncio.create_subprocess_exec(
                str(boxes[name]), "-v", "4", str(config), env=environment,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            started.append(box)
            await _listens(listens)
        await smsc.next("bound")
        yield KannelProcess(f"http://127.0.0.1:{http}", "user", "pass")
    finally:
        for box in reversed(started):
            await _ended(box)


def _unpacked(name: str) -> str | None:
    found = KANNEL / "usr" / "sbin" / name
    return str(found) if found.exists() else None


def _config(admin: int, inside: int, http: int, smsc: int, doors: str, folder: Path) -> str:
    return f"""
group = core
admin-port = {admin}
admin-password = x
admin-deny-ip = "*.*.*.*"
admin-allow-ip = "127.0.0.1"
smsbox-port = {inside}
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
log-file = {folder}/bearerbox.log
log-level = 1
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = npm
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = ""
interface-version = 34
# What the SMSC answers is hexadecimal, what it reports decimal.
msg-id-type = 0x01

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
log-file = {folder}/smsbox.log
log-level = 1

group = sendsms-user
username = user
password = pass
max-messages = 10

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "{doors}/sms?from=%p&to=%P&text=%a&charset=%C&coding=%c&id=%I&date=%t"
"""


async def _listens(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
