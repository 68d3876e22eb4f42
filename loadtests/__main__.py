"""`python -m loadtests`: start everything, let the crowd in, write one page, say whether it is good enough."""

# First of all: Locust makes what waits in the standard library wait together.
import loadtests.crowd as crowd  # isort: skip

import argparse
import contextlib
import dataclasses
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import gevent

from loadtests import page, stack, verdict
from loadtests.applications import Counter, counter
from loadtests.journeys.helping import open_account
from loadtests.ministry import Sandbox, Silence
from loadtests.people import People
from loadtests.phone import Failed, Wrong
from loadtests.plan import Plan, PlanError, known_plans, load
from loadtests.tally import Tally
from loadtests.watch import Watch

_DATA = Path(".guichet/load")
_SLICES = 80
_LOOKS = 90
_AGENTS = "number,name,organisation,badge,language\n"
# Not to be seen where the stores are none of ours.
_OF_STORES = ("postgresql_connections", "redis_connections")
INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m loadtests", description=__doc__)
    made.add_argument("shape", nargs="?", default="quick", help="of the plan (default %(default)s)")
    made.add_argument("--country", default="azerbaijan", help=f"whose plan: {', '.join(known_plans())}")
    made.add_argument("--minutes", type=float, help="lasting so long: the last stage is made longer or shorter")
    made.add_argument("--users", type=float, default=1.0, metavar="FACTOR", help="times so many people (default 1)")
    made.add_argument("--seed", type=int, default=1, help="of who does what when (default %(default)s)")
    made.add_argument("--data", type=Path, default=_DATA, help="where stores and logs live (default %(default)s)")
    made.add_argument("--page", type=Path, help="the page to write (default DATA/SHAPE.html)")
    made.add_argument(
        "--stores", nargs=2, metavar=("POSTGRES", "REDIS"),
        help="servers that run already, instead of embedded ones: a migrated, empty database; a Redis",
    )  # fmt: skip
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """0: every threshold holds; 1: one does not; 2: it did not start; 130: interrupted (the page is written all the
    same)."""
    asked = parser().parse_args(argv)
    # To this greenlet and no other: whoever happens to be at work would be struck else.
    for told in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(told, gevent.kill, gevent.getcurrent(), KeyboardInterrupt)
    try:
        plan = _planned(asked)
        world = _World(plan, Random(asked.seed))
        with stack.running(plan.country, asked.data, world.laid_in, tuple(asked.stores) if asked.stores else None,
                           plan.applications.get("days_ago", 0)) as parts:  # fmt: skip
            day = _prepared(world, parts, asked)
            whole, run = _spent(day, parts)
    except (PlanError, stack.NotStarted, OSError, Wrong, Failed, Silence) as bad:
        print(f"loadtests: {bad}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    checks = verdict.judge(plan.thresholds, run)
    target = asked.page or asked.data / f"{plan.shape.name}.html"
    target.write_text(page.drawn(run, checks), encoding="utf-8")
    print(verdict.told(checks, run))
    print(f"the page: {target.resolve()}")
    if not whole:
        return INTERRUPTED
    return 0 if all(check.holds for check in checks) else 1


def _planned(asked: argparse.Namespace) -> Plan:
    plan = load(asked.country, asked.shape)
    shape = plan.shape if asked.minutes is None else plan.shape.lasting(asked.minutes * 60)
    limits = {name: limit for name, limit in plan.thresholds.items() if not (asked.stores and name in _OF_STORES)}
    return dataclasses.replace(plan, shape=shape.peopled(asked.users), thresholds=limits)


class _World:
    """Who is there before the gateway is: what a ministry's list says by then is old news to it."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self.plan, self.random = plan, random
        self.people = People(plan.callers, plan.first, random)
        self.counter: Counter | None = None

    def laid_in(self, sandbox: str) -> None:
        """Applications at the ministry, each of a number of its own."""
        asked = self.plan.applications
        if not asked:
            return
        self.counter = counter(Sandbox(sandbox), self.random, asked)
        people = [self.people.somebody() for _ in range(self.plan.people)]
        self.counter.lay_in(people, asked["phases"])
        for person in people:
            self.people.give(person)


def _prepared(world: _World, parts: stack.Stack, asked: argparse.Namespace) -> "crowd.Day":
    """Volunteers with their accounts; nothing of it is counted."""
    plan, tally = world.plan, Tally(world.plan.shape.seconds / _SLICES)
    around = (parts.callback_secret, Sandbox(parts.sandbox), world.counter, world.people)
    day = crowd.Day(plan, parts.gateway, *around, tally, world.random)
    _enrol(day, parts, asked.data)
    day.tally = Tally(plan.shape.seconds / _SLICES)
    return day


def _enrol(day: "crowd.Day", parts: stack.Stack, data: Path) -> None:
    agents = [day.people.somebody() for _ in range(day.plan.agents)]
    rows = (f"{one.msisdn},Demo {at},load,L-{at:03d},{one.caller.language}\n" for at, one in enumerate(agents))
    listed = data / "agents.csv"
    listed.write_text(_AGENTS + "".join(rows), encoding="utf-8")
    stack.command(parts, "agents", "import", str(listed))
    visitor = day.visitor(crowd.plainly(parts.gateway))
    visitor.think = lambda: None
    for agent in agents:
        open_account(visitor, agent)
        day.people.enrol(agent)


def _spent(day: "crowd.Day", parts: stack.Stack) -> tuple[bool, "verdict.Run"]:
    """The day itself; whether it came to its end, and what was seen."""
    watch = Watch(parts)
    begun_at, load_before = datetime.now(UTC), os.getloadavg()[0]
    looking = gevent.spawn(_look, day, watch)
    whole = False
    try:
        with contextlib.suppress(KeyboardInterrupt):
            crowd.run(day)
            whole = True
    finally:
        looking.kill()
    watch.look(day.clock())
    machine = f"{os.cpu_count()} cores, {platform.machine()}, load average {load_before:.1f} before it began"
    run = verdict.Run(day.plan, begun_at, day.clock(), machine, day.tally, watch.samples, *_sms(day))
    return whole, run


def _sms(day: "crowd.Day") -> tuple[int, dict[str, int]]:
    """Parts that the aggregator took in all, and those of numbers of one journey alone."""
    took = int(day.sandbox.call("GET", "/sandbox/sms")["counts"].get("parts", 0))
    of: dict[str, int] = {}
    for one in day.sandbox.everything():
        if one["way"] == "in":
            of[one["to"]] = of.get(one["to"], 0) + one["parts"]
    found = {name: sum(of.get(number, 0) for number in done.numbers) for name, done in day.tally.done.items()}
    return took, found


def _look(day: "crowd.Day", watch: Watch) -> None:
    pause = max(day.plan.shape.seconds / _LOOKS, 1.0)
    while day.begun == 0.0:
        gevent.sleep(0.05)
    while True:
        begun = time.monotonic()
        watch.look(day.clock())
        gevent.sleep(max(pause - (time.monotonic() - begun), 0.1))


if __name__ == "__main__":
    sys.exit(main())
