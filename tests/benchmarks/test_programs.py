"""Each benchmark runs to its end and prints its table: what it measures is asked for elsewhere, by hand."""

import ast
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from benchmarks.growth import QUICK
from tests.amounts import sample
from tests.benchmarks.programs import PROGRAMS, Program
from tests.thirdparty.conftest import required

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
# What only others start.
PARTS = {"slow_ministries", "stub_provider"}
# Only what hangs is waited for so long.
SECONDS = 240
_FIGURE = r"[+-]?\d[\d,]*(?:\.\d+)?"
_NEEDS = re.compile(r"needs \S+: (.+)")


@pytest.mark.long
@pytest.mark.parametrize("program", sample(PROGRAMS, 5), ids=str)
def test_a_benchmark_runs_to_its_end_and_prints_its_table(program: Program) -> None:
    status, said, complaints = ran(program)
    if program.yardsticks and (missing := _NEEDS.match(complaints)):
        required(program.yardsticks, missing[1])
    # 1 is also for a ratio that is not reached, which says nothing of so small a run.
    assert status in (0, 1), complaints
    lines = [" ".join(line.split()) for line in said.splitlines()]
    for wanted in program.says:
        found = next((at for at, line in enumerate(lines) if pattern(wanted).fullmatch(line)), None)
        assert found is not None, f"it does not say: {wanted}\nbut:\n{said}\n{complaints}"
        del lines[: found + 1]


def test_every_program_is_run_and_described() -> None:
    """`README.md` names each command, `programs.py` runs each."""
    alone = {path.stem for path in BENCHMARKS.glob("*.py") if is_program(path)} - PARTS
    run = {program.module for program in PROGRAMS}
    parts = {part for part in QUICK if any(part in program.options for program in PROGRAMS)}
    assert run | parts == alone
    readme = (BENCHMARKS / "README.md").read_text("utf-8")
    targets = dict(
        re.findall(r"^(bench-\w+):.*\n\t.*-m benchmarks\.(\w+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    table = "\n".join(line for line in readme.splitlines() if line.startswith("| `"))
    described = set(re.findall(r"^\| `\.venv/bin/python (?:-m benchmarks\.|benchmarks/)(\w+)", table, re.MULTILINE))
    described |= {targets[target] for target in re.findall(r"^\| `make (bench-\w+)`", table, re.MULTILINE)}
    assert described >= run
    assert set(targets.values()) <= run


def is_program(path: Path) -> bool:
    ways = (node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.If))
    return any("__main__" in ast.unparse(node.test) for node in ways)


def pattern(wanted: str) -> re.Pattern[str]:
    return re.compile(re.escape(wanted).replace(r"\#", _FIGURE).replace("…", ".+"))


def ran(program: Program) -> tuple[int, str, str]:
    """Exit status, standard output and errors; with everything that it started, it ends here."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    process = subprocess.Popen(
        program.command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    try:
        said, complaints = process.communicate(timeout=SECONDS)
    except BaseException:  # also where somebody has had enough
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, said, complaints
