"""What the yardsticks need and no installation of ours has: found, or said how to install."""

import importlib
import shutil
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def module(name: str, how: str = "-e '.[bench]'") -> ModuleType:
    """A Python package, of the extra `bench` unless pip is told otherwise; leaves with a line of advice where it is
    missing."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise SystemExit(f"needs {name}: .venv/bin/pip install {how}") from None


def node_package(name: str) -> Path:
    """The folder whose node_modules has that package; leaves with a line of advice where it is missing."""
    if shutil.which("node") is None or not (HERE / "node_modules" / name).is_dir():
        raise SystemExit(f"needs {name}: install node, then run `npm ci --prefix benchmarks/peers`")
    return HERE
