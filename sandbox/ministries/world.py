"""All simulated ministries together, with the clock they share; `reset` brings back the first day."""

from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Protocol

from starlette.routing import BaseRoute, Mount, Router

from sandbox.ministries.asan_visa import asan_visa
from sandbox.ministries.berkane import berkane
from sandbox.ministries.catalogue import MINISTRIES
from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.demo_data import EVERYBODY, dossier
from sandbox.ministries.diary import Appointment, Diary, VisitChanged
from sandbox.ministries.dossier import Dossier
from sandbox.ministries.faults import FaultBoard
from sandbox.ministries.gate import Hall
from sandbox.ministries.hsds import hsds
from sandbox.ministries.icalendar_feed import asan_units
from sandbox.ministries.journal import Journal
from sandbox.ministries.open311 import open311
from sandbox.ministries.registration import Registration
from sandbox.ministries.registry import Refused, Registry
from sandbox.ministries.scheduler import Scheduler
from sandbox.ministries.security_server import security_server
from sandbox.ministries.site import Made, Site
from sandbox.ministries.slots import AGENDAS
from sandbox.ministries.spdci import vemtas_registry
from sandbox.ministries.vnpost import vnpost

SCHEDULER = "asan"

# Those that neither push nor are moved from the handset page: one file each in this folder, one line each here.
OTHERS: Mapping[str, Made] = {
    "asan-guide": hsds("asan-guide"),
    "asan-units": asan_units,
    "asan-visa": asan_visa,
    "berkane": berkane,
    "berkane-guide": hsds("berkane-guide"),
    "berkane-voice": open311("berkane-voice"),
    "ess-guide": hsds("ess-guide"),
    "ess-voice": open311("ess-voice"),
    "hanoi-guide": hsds("hanoi-guide"),
    "vnpost": vnpost,
    "vemtas-registry": vemtas_registry,
    "security-server": security_server,
}


class News(Protocol):
    """Who hears of what happens at the ministries."""

    def moved(self, ministry: str, dossier: Dossier) -> None: ...
    def visit_changed(self, change: VisitChanged) -> None: ...


class World:
    """Three ministries with a Registration building block, and one with a Scheduler; `news` hears of every change.

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
        self._routers = {name: Router(redirect_slashes=False) for name in (*MINISTRIES, *AGENDAS, *OTHERS)}
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
            for demo in EVERYBODY:
                if demo.ministry == name:
                    registry.file(dossier(demo, self.clock))
            self.registries[name] = registry
            hall = Hall(name, self.faults, self.journal, remembers=True)
            self._routers[name].routes = Registration(hall, registry).routes()
        told_of_visits = None if self._news is None else self._news.visit_changed
        self.diaries: dict[str, Diary] = {}
        for name, agenda in AGENDAS.items():
            self.diaries[name] = Diary(agenda, self.clock, told_of_visits, first)
            hall = Hall(name, self.faults, self.journal, remembers=False)
            self._routers[name].routes = Scheduler(hall, self.diaries[name]).routes()
        for name, made in OTHERS.items():
            hall = Hall(name, self.faults, self.journal, remembers=True)
            self._routers[name].routes = made(Site(name, hall, self.clock, random, self.registries, self._routers))

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

    @property
    def diary(self) -> Diary:
        """That of the ASAN centres."""
        return self.diaries[SCHEDULER]

    def diary_of(self, visit_id: str) -> Diary:
        """Where this visit was booked; raises `Refused` 404."""
        for diary in self.diaries.values():
            if visit_id in diary.appointments:
                return diary
        raise Refused(404, "appointment_not_found", "no such appointment")

    def visits(self) -> list[Appointment]:
        """Every visit that is booked."""
        return [visit for diary in self.diaries.values() for visit in diary.appointments.values()]

    def routes(self) -> list[BaseRoute]:
        return [Mount(f"/ministries/{name}", router) for name, router in self._routers.items()]
