"""One clock for processes side by side: it stands in a file, and the test turns it for all of them at once."""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FORM = struct.Struct("<dddd")


class SharedClock:
    """A clock (`domain.clock.Clock`) of which every process has the same.

    It begins at the time that `create` is given, and stands still or runs on from there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("r+b") as file:
            self._file = mmap.mmap(file.fileno(), _FORM.size)

    @classmethod
    def create(cls, path: Path, at: datetime, *, runs: bool) -> "SharedClock":
        path.write_bytes(_FORM.pack(at.timestamp(), time.time() if runs else 0.0, 0.0, 0.0))
        return cls(path)

    def now(self) -> datetime:
        at, began, ahead, _ = self._read()
        gone = time.time() - began if began else 0.0
        return datetime.fromtimestamp(at + ahead + gone, UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self._read()[3]

    def advance(self, by: timedelta) -> None:
        """Both hands, for everybody."""
        at, began, ahead, elapsed = self._read()
        self._file[:] = _FORM.pack(at, began, ahead + by.total_seconds(), elapsed + by.total_seconds())

    def back(self) -> None:
        """The time of day at which it began; the seconds that went by stay gone by."""
        at, began, _, elapsed = self._read()
        self._file[:] = _FORM.pack(at, began, 0.0, elapsed)

    def _read(self) -> tuple[float, float, float, float]:
        at, began, ahead, elapsed = _FORM.unpack(self._file[:])
        return at, began, ahead, elapsed
