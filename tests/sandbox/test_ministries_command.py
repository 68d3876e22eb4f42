"""`python -m sandbox` in a process of its own, and the table of people that the README prints."""

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from sandbox.__main__ import parser
from sandbox.ministries.demo_data import DEMOS
from tests.ports import Port

README = Path(__file__).parents[2] / "sandbox" / "README.md"


def test_the_command_serves(port: Port) -> None:
    own = port()
    command = [sys.executable, "-m", "sandbox", "--port", str(own), "--at", "2026-11-23T10:00"]
    with subprocess.Popen(command) as process:
        try:
            assert b'"local":"2026-11-23T10:00:00"' in _first_answer(f"http://127.0.0.1:{own}/sandbox/state")
        finally:
            process.terminate()


def _first_answer(url: str) -> bytes:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return bytes(answer.read())
        except OSError:
            time.sleep(0.1)
    return pytest.fail("the sandbox did not start within a minute")


def test_the_readme_knows_everybody() -> None:
    page = README.read_text(encoding="utf-8")
    for demo in DEMOS:
        (row,) = (line for line in page.splitlines() if line.startswith(f"| `{demo.file_id}`"))
        for cell in (demo.phone, demo.birth_date, demo.slip_key, demo.amount or "—"):
            assert f" {cell} |" in row


def test_the_readme_knows_every_option() -> None:
    page = README.read_text(encoding="utf-8")
    for action in parser()._actions:
        if "--help" not in action.option_strings:
            assert f"`{action.option_strings[0]}" in page
