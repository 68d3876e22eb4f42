"""Every conversation in the transcripts, played through a door, gives the screens that are written there.

Which door, `doors.py` says; what the other one would have sent is compared at every screen. `--every-door`: each
conversation is played through both. `make test` plays each in one of its languages, `make test-long` all through both.
"""

from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.transcripts.doors import WRITES
from tests.transcripts.walk import name_of, walk
from tests.whole import Whole
from ussd_menus.transcripts import Transcript, parse, write


@pytest.mark.long
async def test_the_conversation_goes_as_it_is_written(
    path: Path, door: str, gateway_whole: Whole, request: pytest.FixtureRequest
) -> None:
    written = _read(path)
    came = await walk(gateway_whole, door, path.parent.name, written)
    if request.config.getoption("--rewrite-transcripts"):
        _write(path, came)
        return
    if door != WRITES:
        came = _with_names(came, written)
    if came != written:
        pytest.fail(_difference(path, written, came), pytrace=False)


def _read(path: Path) -> Transcript:
    return parse(path.read_text("utf-8"))


def _write(path: Path, transcript: Transcript) -> None:
    path.write_text(write(transcript), "utf-8")


def _with_names(came: Transcript, written: Transcript) -> Transcript:
    """This door tells no names of screens: they are taken for granted."""
    pairs = zip(came.exchanges, written.exchanges, strict=True)
    return replace(came, exchanges=tuple(replace(new, name=old.name) for new, old in pairs))


def _difference(path: Path, written: Transcript, came: Transcript) -> str:
    lines = unified_diff(
        write(written).splitlines(), write(came).splitlines(), f"written in {name_of(path)}", "came", n=6, lineterm=""
    )
    return "\n".join([*lines, "If this is how it should be: pytest tests/transcripts --rewrite-transcripts"])
