"""The code as it was before: of all that has landed, the newest whose database is not yet today's."""

import asyncio
import hashlib
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[2]
_STEPS = "storage/migrations/versions"
# What a database has that the older code does not know: nothing else may differ, and nothing new may be required.
_BEARABLE = """
import asyncio, sys
import gateway.tables
from storage.migrate import differences
def bearable(found):
    if isinstance(found, list):  # of one column: it may be empty where it had to be filled
        return all(each[0] == "modify_nullable" and each[5] for each in found)
    if not isinstance(found, tuple) or not found[0].startswith("remove_"):
        return False
    return found[0] != "remove_column" or found[3].nullable or found[3].server_default is not None
sys.exit(not all(map(bearable, asyncio.run(differences(sys.argv[1])))))
"""


@dataclass(frozen=True)
class Landed:
    """A revision. `steps_on`: today's migrations begin with its own, so that they bring its database on."""

    revision: str
    steps_on: bool

    def export(self, folder: Path) -> Path:
        """Its files, below `folder`."""
        packed = _git("archive", self.revision)
        with tarfile.open(fileobj=BytesIO(packed)) as tar:
            tar.extractall(folder / "before", filter="data")
        return folder / "before"


def before() -> Landed | None:
    """None where there is no history, as in a shallow clone or an archive. Nothing is released yet, so migrations are
    still edited; from the first release on, only those that it lacks will differ."""
    today = {path.name: _blob(path.read_bytes()) for path in (ROOT / _STEPS).glob("*.py")}
    for revision in _candidates():
        if (then := _steps_of(revision)) != today:
            return Landed(revision, steps_on=then.items() < today.items())
    return None


async def works_on(code: Path, url: str) -> bool:
    """Whether that code finds every table and column of its own in this database, and nothing more is asked of it."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _BEARABLE, url, cwd=code)
    return await process.wait() == 0


def _candidates() -> Iterator[str]:
    try:
        yield from _git("rev-parse", "HEAD").decode().split()
        for changed in _git("log", "--format=%H", "--", _STEPS).decode().split():
            yield from _git("rev-parse", f"{changed}^").decode().split()
    except (OSError, subprocess.CalledProcessError):
        return


def _steps_of(revision: str) -> Mapping[str, str]:
    listed = _git("ls-tree", revision, f"{_STEPS}/").decode().splitlines()
    found = {Path(name).name: about.split()[2] for about, name in (line.split("\t") for line in listed)}
    return {name: blob for name, blob in found.items() if name.endswith(".py")}


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout
