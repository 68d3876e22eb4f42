"""Where a demonstration that runs listens: it leaves its ports beside its stores, for the commands that ask for it."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "ports.json"


@dataclass(frozen=True, slots=True)
class Ports:
    """One country's: its gateway's and its sandbox's. `sim_swap_days`: the one setting that whoever starts it may
    give, and that nobody beside it could know."""

    port: int = 8000
    sandbox_port: int = 8001
    sim_swap_days: str = "0"


@contextlib.contextmanager
def told(data: Path, ports: Mapping[str, Ports]) -> Iterator[None]:
    """`ports`, by the pack's name, can be read below `data` for as long as this lasts."""
    data.mkdir(parents=True, exist_ok=True)
    file, new = data / _FILE, data / f"{_FILE}.new"
    new.write_text(json.dumps({name: asdict(each) for name, each in ports.items()}), "utf-8")
    new.replace(file)  # nobody reads half of it
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def ports_of(data: Path, pack: str) -> Ports:
    """Those of the pack's demonstration; where it left none, the usual ones."""
    try:
        return Ports(**json.loads((data / _FILE).read_text("utf-8"))[pack])
    except (OSError, ValueError, LookupError, TypeError):
        return Ports()
