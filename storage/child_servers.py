"""Child servers of the demo and the tests: where they may live, as whom they run, and that they end with us.

Each runs as a child of a small shell that stops it when our process ends, even by SIGKILL: the shell waits for the
end of a pipe that only we hold open.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from storage.errors import EmbeddedServerFailed

START_SECONDS = 60.0
_SOCKET_PATH_LONGEST = 100  # sun_path holds 108 octets on Linux, 104 on macOS
_NOBODY = 65534

# $1: the signal that stops the server; the rest: its command line. Descriptor 3 is the pipe of our process.
_KEEPER = """
stop=$1; shift; exec 3<&0
"$@" </dev/null & server=$!
( read -r _ <&3; kill -"$stop" $server ) 2>/dev/null & watch=$!
exec 3<&-
wait $server; kill $watch 2>/dev/null
"""


@contextlib.contextmanager
def kept(stop: str, command: list[str], log: Path, where: Path) -> Iterator[None]:
    """Runs a server until the block ends; `where` is the socket that says it is up."""
    privileges = unprivileged() if stop == "INT" else {}
    with log.open("ab") as output:
        keeper = subprocess.Popen(  # noqa: S603 - our own program and arguments
            ["/bin/sh", "-c", _KEEPER, "keeper", stop, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us: we stop the server when we are done with it
            **privileges,  # type: ignore[call-overload]
        )
    try:
        until = time.monotonic() + START_SECONDS
        while not answers(where):
            if keeper.poll() is not None or time.monotonic() > until:
                raise EmbeddedServerFailed(f"{Path(command[0]).name} did not start: see {log}")
            time.sleep(0.01)
        yield
    finally:
        keeper.stdin.close()
        keeper.wait(timeout=START_SECONDS)


def answers(where: Path) -> bool:
    """Does anybody listen on that Unix socket?"""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(where))
        except OSError:
            return False
        return True


def unprivileged() -> dict[str, object]:
    """Arguments for `subprocess` that give root's rights away; none for anybody else."""
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def enterable(data_dir: Path) -> Path:
    """The directory itself, or a stand-in that `nobody` can enter: PostgreSQL refuses to run as root."""
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir = data_dir.resolve()
    if os.geteuid() == 0 and not _open_to_all(data_dir.parent):
        return _stand_in(data_dir, "")
    _give_to_nobody(data_dir)
    return data_dir


def _stand_in(place: Path, suffix: str) -> Path:
    """A directory of ours in the system's temporary one, always the same for the same place."""
    name = hashlib.sha256(str(place).encode()).hexdigest()[:12]
    stand_in = Path(tempfile.gettempdir()) / f"guichet-{name}{suffix}"
    stand_in.mkdir(mode=0o700, exist_ok=True)
    # Anybody may have made that name before us, as a link to what is not theirs.
    found = stand_in.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), _NOBODY):
        raise EmbeddedServerFailed(f"{stand_in} is not ours")
    _give_to_nobody(stand_in)
    return stand_in


def _give_to_nobody(directory: Path) -> None:
    if os.geteuid() == 0:
        os.chown(directory, _NOBODY, _NOBODY, follow_symlinks=False)


def _open_to_all(directory: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (directory, *directory.parents))


def reachable(programs: Path, home: Path) -> Path:
    """The programs, copied below `home` when only root could reach them where they are."""
    if os.geteuid() != 0 or _open_to_all(programs):
        return programs
    package = programs.parent.parent
    copied = home / "programs"
    if not copied.exists():
        fresh = home / "fresh-programs"
        shutil.rmtree(fresh, ignore_errors=True)
        # The programs look for their libraries beside the package that they came in (auditwheel).
        for name in (f"{package.name}/{programs.parent.name}", f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, fresh / name, symlinks=True)
        fresh.rename(copied)
    return copied / package.name / programs.parent.name / "bin"


@contextlib.contextmanager
def socket_dir(home: Path, name: str) -> Iterator[Path]:
    """`home`, or a directory with a path short enough for a socket of that name."""
    if len(str(home / name)) <= _SOCKET_PATH_LONGEST:
        yield home
        return
    short = _stand_in(home, "-sockets")
    try:
        yield short
    finally:
        with contextlib.suppress(OSError):
            short.rmdir()


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keeps a second owner out until the block ends; raises `EmbeddedServerFailed`."""
    with (home / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EmbeddedServerFailed(f"another process uses {home}") from None
        yield
