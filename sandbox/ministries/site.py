"""What a simulated ministry is made from, anew at each reset."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from starlette.routing import BaseRoute, Router

from sandbox.ministries.clock import SandboxClock
from sandbox.ministries.gate import Hall
from sandbox.ministries.registry import Registry


@dataclass(frozen=True, slots=True)
class Site:
    """`hall` counts, journals and spoils its answers; `registries` and `routers`: what other ministries hold, and they
    themselves, by name."""

    name: str
    hall: Hall
    clock: SandboxClock
    random: Random
    registries: Mapping[str, Registry]
    routers: Mapping[str, Router]


Made = Callable[[Site], list[BaseRoute]]
