"""All simulated ministries together, with the clock they share; `reset` brings back the first day."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Protocol

from starlette.routing import BaseRoute, Mount, Router

from sandbox.ministries.catalogue import MINISTRIES
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.demo_data import DEMOS, dossier
from sandbox.ministries.diary import Diary, VisitChanged
from sandbox.ministries.dossier import Dossier
from sandbox.ministries.faults import FaultBoard
from sandbox.ministries.gate import Hall
from sandbox.ministries.journal import Journal
from sandbox.ministries.registration import Registration
from sandbox.ministries.registry import Refused, Registry
from sandbox.ministries.scheduler import Scheduler

SCHEDULER = "asan"


class News(Protocol):
    """Who hears of what happens at the ministries."""

    def moved(self, ministry: str, dossier: Dossier) -> None: ...
    def visit_changed(self, change: VisitChanged) -> None: ...


class World:
    """Two ministries with a Registration building block, and one with a Scheduler; `news` hears of every change.

    `first` gives the `sequence` that everything begins with whenever all else is forgotten: whoever was told of the
    day before must not take the news of this one for older.
    """

    def __init__(
        self,
        clock: SandboxClock,
        seed: int = 20161,
        news: "News | None" = None,
        first: Callable[[], int] = lambda: 1,
    ) -> None:
        self.clock = clock
        self._seed = seed
        self._routers = {name: Router(redirect_slashes=False) for name in (*MINISTRIES, SCHEDULER)}
        self.faults = FaultBoard(seed)
        self.journal = Journal()
        self._news = news
        self._first = first
        # What else forgets its day when the ministries do.
        self.others: list[Callable[[], None]] = []
        self.reset()

    def reset(self) -> None:
        """Forget all that happened, but for how far the clock was turned."""
        self.faults.clear()
        self.journal.clear()
        for forget in self.others:
            forget()
        random, first = Random(self._seed), self._first()
        self.registries: dict[str, Registry] = {}
        for name, services in MINISTRIES.items():
            told = None if self._news is None else partial(self._news.moved, name)
            registry = Registry(services, self.clock, random, told, first)
            for demo in DEMOS:
                if demo.ministry == name:
                    registry.file(dossier(demo, self.clock))
            self.registries[name] = registry
            hall = Hall(name, self.faults, self.journal, remembers=True)
            self._routers[name].routes = Registration(hall, registry).routes()
        self.diary = Diary(self.clock, None if self._news is None else self._news.visit_changed, first)
        hall = Hall(SCHEDULER, self.faults, self.journal, remembers=False)
        self._routers[SCHEDULER].routes = Scheduler(hall, self.diary, self.clock).routes()

    def look(self) -> None:
        """Let every application go as far as it is by now: what moved makes news."""
        for registry in self.registries.values():
            registry.all()

    def registry_of(self, file_id: str) -> Registry:
        """The ministry that holds this application; raises `Refused` 404."""
        for registry in self.registries.values():
            if registry.holds(file_id):
                return registry
        raise Refused(404, "application_not_found", "no such application")

    def routes(self) -> list[BaseRoute]:
        return [Mount(f"/ministries/{name}", router) for name, router in self._routers.items()]
