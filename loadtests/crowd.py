"""The crowd: Locust's users, drawn journey by journey from the mix of the stage, until the shape is at its end."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import gevent
from locust import FastHttpUser, LoadTestShape, task
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.event import EventHook

from loadtests.applications import Counter
from loadtests.journeys import app, applying, helping, slips, texting, visits
from loadtests.journeys.asking import documents, places
from loadtests.journeys.visitor import GivenUp, NothingToDo, Visitor
from loadtests.ministry import Sandbox, Silence
from loadtests.people import People
from loadtests.phone import Ask, Bad, Failed, Judge, TurnedAway, Wrong
from loadtests.plan import Plan
from loadtests.tally import BUSY, Tally

JOURNEYS: Mapping[str, Callable[[Visitor], None]] = {
    "status": slips.status,
    "pickup": slips.pickup,
    "visit": visits.visit,
    "apply": applying.apply,
    "documents": documents,
    "places": places,
    "question": texting.question,
    "decision": texting.decision,
    "app": app.sync,
    "agent": helping.helps,
}
# As an aggregator waits for a screen.
_PATIENCE = 10.0
_LEAVING = 5.0
_HOUSE_EMPTY = 0.2


@dataclass(slots=True)
class Day:
    """All that the users of one run share. `begun` is set when it begins."""

    plan: Plan
    gateway: str
    secret: str
    sandbox: Sandbox
    counter: Counter | None
    people: People
    tally: Tally
    random: Random
    begun: float = 0.0

    def clock(self) -> float:
        return time.monotonic() - self.begun

    def think(self) -> None:
        plan = self.plan
        gevent.sleep(self.random.lognormvariate(0, plan.think_spread) * plan.think_median / plan.shape.haste)

    def visitor(self, ask: Ask) -> Visitor:
        waited: Callable[[str, float], None] = lambda what, ms: self.tally.waited[what].add(ms)  # noqa: E731
        world = (self.secret, self.sandbox, self.counter, self.people)
        return Visitor(self.plan, ask, *world, self.random, self.think, self.clock, waited)

    def draw(self) -> str:
        """The next journey, by the mix of this second."""
        stage = self.plan.shape.at(self.clock()) or self.plan.shape.stages[-1]
        mix = self.plan.mixes[stage.mix]
        return self.random.choices(list(mix), list(mix.values()))[0]


def run(day: Day) -> None:
    """Until the shape ends. Raises `KeyboardInterrupt` when told to stop."""
    logging.getLogger("locust").setLevel(logging.ERROR)
    environment = Environment(user_classes=[_somebody(day)], shape_class=_shape(day), stop_timeout=_LEAVING)
    environment.events.request.add_listener(lambda **told: _count(day, told))
    runner = environment.create_local_runner()
    day.begun = time.monotonic()
    watching = gevent.spawn(_head_count, day, runner)
    try:
        runner.start_shape()
        while day.plan.shape.at(day.clock()) is not None:
            gevent.sleep(0.2)
    finally:
        watching.kill()
        runner.quit()


def _count(day: Day, told: Mapping[str, Any]) -> None:
    context, failure = told["context"], told["exception"]
    why = "" if failure is None else str(failure) or type(failure).__name__
    wrong = isinstance(failure, Wrong)
    day.tally.request(day.clock(), context["kind"], told["name"], told["response_time"], why, wrong)


def _head_count(day: Day, runner: Any) -> None:
    while True:
        day.tally.people(day.clock(), runner.user_count)
        gevent.sleep(0.5)


def _shape(day: Day) -> LoadTestShape:
    class Stages(LoadTestShape):  # type: ignore[misc]
        def tick(self) -> tuple[int, float]:
            stage = day.plan.shape.at(day.clock())
            # Past the last stage nothing changes any more: `run` sends everybody home.
            stage = stage or day.plan.shape.stages[-1]
            return stage.users, day.plan.shape.pace(day.clock())

    return Stages()


def _somebody(day: Day) -> type[FastHttpUser]:
    class Somebody(FastHttpUser):  # type: ignore[misc]
        host = day.gateway
        network_timeout = connection_timeout = _PATIENCE

        @task  # type: ignore[untyped-decorator]
        def journey(self) -> None:
            travel(day, day.draw(), asking(self.client))

    return Somebody


def asking(client: Any) -> Ask:
    """How a journey asks the gateway: through Locust's client, which counts."""

    def ask(method: str, path: str, kind: str, name: str, judge: Judge, **sent: Any) -> None:
        with client.request(
            method, path, name=name, catch_response=True, context={"kind": kind}, allow_redirects=False, **sent
        ) as answer:
            try:
                if answer.status_code == 0:
                    raise Failed(f"no answer: {type(answer.error).__name__}")
                answer.request_meta["name"] = judge(answer) or name
            except TurnedAway:
                # Counted by itself: how soon they hear it is one question, how soon the others are served another.
                answer.request_meta["name"] = answer.request_meta["context"]["kind"] = BUSY
                answer.success()
                raise
            except (Wrong, Failed) as bad:
                answer.failure(bad)
                bad.counted = True
                raise
            except (ValueError, KeyError) as bad:
                wrong = Wrong(f"not readable: {type(bad).__name__}")
                answer.failure(wrong)
                wrong.counted = True
                raise wrong from bad
            answer.success()

    return ask


def travel(day: Day, name: str, ask: Ask) -> None:
    """One journey to its end, counted."""
    visitor = day.visitor(ask)
    done = day.tally.done[name]
    try:
        JOURNEYS[name](visitor)
    except NothingToDo:
        gevent.sleep(_HOUSE_EMPTY)
        return
    except GivenUp:
        done.given_up += 1
    except TurnedAway:
        done.turned_away += 1
    except (Wrong, Failed, Silence) as bad:
        done.failed += 1
        _beside_requests(day.tally, name, bad)
    else:
        done.finished += 1
    done.hops += visitor.hops
    done.parts += visitor.parts
    if visitor.number:
        done.numbers.add(visitor.number)
    day.think()


def _beside_requests(tally: Tally, name: str, bad: Exception) -> None:
    """What a journey noticed on its own: a silence, an SMS with other words, another word at the ministry."""
    if isinstance(bad, Bad) and bad.counted:
        return
    tally.failures[f"journey {name}", str(bad)] += 1
    tally.wrong += isinstance(bad, Wrong)


def plainly(gateway: str) -> Ask:
    """Asking outside the run, uncounted."""
    client = FastHttpSession(
        base_url=gateway, request_event=EventHook(), user=None, network_timeout=_PATIENCE, connection_timeout=_PATIENCE
    )
    return asking(client)
