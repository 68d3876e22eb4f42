"""A folder on a durable volume where what cannot be stored now waits: one sealed file an entry (decision 37).

    <folder>/<id>        an entry, sealed to its id (`storage.sealing`); ids are UUIDv7, so names sort by age
    <folder>/.<id>       one that is being written: nobody was told yet that it is kept
    <folder>/aside/<id>  one that cannot be opened or handed in, for a person to look at

The folder itself is locked (flock) by the process that hands in: that needs no room on a full disk, and the kernel lets
go of it when the process dies. Everything here waits for the disk: call it from a thread. POSIX only.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from errno import EDQUOT, ENOSPC
from heapq import nsmallest
from pathlib import Path
from uuid import UUID

from domain.ids import made_at
from storage.errors import SpoolFailed
from storage.sealing import Sealer

_TABLE, _COLUMN, _ASIDE = "spool", "entry", "aside"
FULL = frozenset({ENOSPC, EDQUOT})
_BEING_WRITTEN = timedelta(hours=1)
KEPT_ASIDE = timedelta(days=30)
"""Long enough for a person to see to it; what a citizen wrote is not kept for ever."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`count`: of all entries in the folder. `first`: the oldest of those that were asked for, in their order."""

    count: int
    first: tuple[UUID, ...]


class Spool:
    """The entries in a folder. Any number of processes may use one folder."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self._folder = folder
        self._sealer = sealer

    def prove(self) -> bool:
        """Whether a file can be made durable there; False where the disk is full: that passes, and is no reason not to
        start. Raises `SpoolFailed` where it can never be. The folder is not made: where a volume is not mounted, one
        would be, on a disk that goes with the machine."""
        probe = self._folder / f".probe-{os.getpid()}"
        try:
            probe.unlink(missing_ok=True)
            _durable(probe, b"probe")
            probe.unlink()
            _synced(self._folder)
            with self.claimed():
                pass
        except OSError as failure:
            with suppress(OSError):
                probe.unlink(missing_ok=True)
            if failure.errno in FULL:
                return False
            raise SpoolFailed(f"{failure.strerror}: it must be a folder that we may write to") from None
        return True

    def put(self, entries: Sequence[tuple[UUID, str]]) -> set[UUID]:
        """Write them, and wait for the disk: which of them a power loss would leave there. The folder is waited for
        once, however many there are."""
        written = {id for id, text in entries if self._written(id, text)}
        try:
            _synced(self._folder)
        except OSError:
            # Nobody is told that they are kept: who comes again shall not find himself there.
            with suppress(OSError):
                self.remove(written)
            return set()
        return written

    def waiting(self) -> list[UUID]:
        """The entries, oldest first. Raises `OSError`. Of many, `look` gives a page at a time."""
        return [UUID(name) for name in sorted(_names(self._folder))]

    def look(self, most: int, after: UUID | None = None) -> Waiting:
        """How many entries there are, and the oldest: no more than `most`, of those younger than `after`. Raises
        `OSError`.

        Names are compared as they stand: to make ids of all of them takes longer than to list them, and holds up
        whoever else runs in this process."""
        names = _names(self._folder)
        asked = [name for name in names if name > after.hex] if after else names
        return Waiting(len(names), tuple(map(UUID, nsmallest(most, asked))))

    def sweep(self, now: datetime) -> None:
        """Forget what a process that died was writing, and what has been aside too long. Raises `OSError`."""
        for id in map(UUID, _names(self._folder, ".")):
            if made_at(id) < now - _BEING_WRITTEN:
                (self._folder / f".{id.hex}").unlink(missing_ok=True)
        for id in map(UUID, self._aside()):
            if made_at(id) < now - KEPT_ASIDE:
                (self._folder / _ASIDE / id.hex).unlink(missing_ok=True)

    def read(self, id: UUID) -> str:
        """What was put; raises `SealBroken` where it was damaged, `OSError` where it is not there."""
        return self._sealer.unseal_text((self._folder / id.hex).read_bytes(), _TABLE, _COLUMN, id)

    def remove(self, ids: Iterable[UUID]) -> None:
        """They are stored. Not waited for: one that a power loss brings back is handed in twice, and kept once."""
        for id in ids:
            (self._folder / id.hex).unlink(missing_ok=True)

    def put_aside(self, id: UUID) -> None:
        """It stands in nobody's way any more. Raises `OSError`."""
        (self._folder / _ASIDE).mkdir(mode=0o700, exist_ok=True)
        (self._folder / id.hex).rename(self._folder / _ASIDE / id.hex)

    def aside(self) -> int:
        """How many are aside."""
        return len(self._aside())

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Whether this process alone may hand in, for as long as the block runs."""
        import fcntl  # not on Windows

        lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(lock)

    def _written(self, id: UUID, text: str) -> bool:
        part = self._folder / f".{id.hex}"
        try:
            _durable(part, self._sealer.seal(text, _TABLE, _COLUMN, id))
            part.rename(self._folder / id.hex)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            return False
        return True

    def _aside(self) -> list[str]:
        with suppress(FileNotFoundError):
            return _names(self._folder / _ASIDE)
        return []


def _durable(path: Path, octets: bytes) -> None:
    """A new file whose octets the disk has. Raises `OSError`."""
    file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        # A disk that is nearly full takes a part of it.
        if os.write(file, octets) != len(octets):
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        os.fsync(file)
    finally:
        os.close(file)


def _synced(folder: Path) -> None:
    """The names in it, too, survive a power loss."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _names(folder: Path, prefix: str = "") -> list[str]:
    """Of entries, without the prefix. What is no entry of ours is left alone."""
    name = re.compile(re.escape(prefix) + "([0-9a-f]{32})")
    # A `Path` of each of 50,000 would take longer than all the rest.
    return [found[1] for each in os.listdir(folder) if (found := name.fullmatch(each))]  # noqa: PTH208
