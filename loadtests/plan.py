"""A country's plan: who calls, who does what how often, in which shape, and what may not be exceeded: `plans/`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

_PLANS = Path(__file__).parent / "plans"
# The shapes and thresholds that all countries have.
_SHAPES = _PLANS / "shapes.yml"


class PlanError(ValueError):
    """A plan that is not there or says what cannot be; the message is for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`users` people at a time, reached `within` seconds, drawn by the mix of that name."""

    seconds: float
    users: int
    within: float
    mix: str


@dataclass(frozen=True, slots=True)
class Shape:
    """Stages one after the other; `haste` divides the time that people think."""

    name: str
    about: str
    haste: float
    stages: tuple[Stage, ...]

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)

    def at(self, elapsed: float) -> Stage | None:
        """The stage in which that second lies; None past the last one."""
        for stage in self.stages:
            if elapsed < stage.seconds:
                return stage
            elapsed -= stage.seconds
        return None

    def pace(self, elapsed: float) -> float:
        """People a second by whom their number changes in the stage of that second, up or down."""
        before = 0
        for stage in self.stages:
            if elapsed < stage.seconds:
                return max(abs(stage.users - before) / stage.within, 1.0)
            elapsed, before = elapsed - stage.seconds, stage.users
        return 1.0

    def lasting(self, seconds: float) -> "Shape":
        """The same with its last stage made longer or shorter, so that all lasts `seconds`."""
        before = self.seconds - self.stages[-1].seconds
        last = replace(self.stages[-1], seconds=max(seconds - before, 1.0))
        return replace(self, stages=(*self.stages[:-1], last))

    def peopled(self, factor: float) -> "Shape":
        """The same with `factor` times the people, one at least."""
        stages = (replace(stage, users=max(1, round(stage.users * factor))) for stage in self.stages)
        return replace(self, stages=tuple(stages))


@dataclass(frozen=True, slots=True)
class Prices:
    """What the simulated aggregator asks for, in `currency`."""

    currency: str
    hop: float
    part: float


@dataclass(frozen=True, slots=True)
class Caller:
    """So many of all callers: the language that they choose, their network, how its numbers are written, and the voice
    in which its screens speak that language."""

    share: float
    language: str
    network: str
    numbers: str
    voice: str


@dataclass(frozen=True, slots=True)
class Voice:
    """What must be read in a language. `key` chooses it; `screens`: words by the screen's name; `states`: in a message,
    by phase; `money`: a sum, of its {whole} and {cents}; `place`: where everything waits, if that is one place only."""

    key: str
    screens: Mapping[str, str]
    states: Mapping[str, str] = field(default_factory=dict)
    question: str = ""
    answer: str = ""
    money: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """One country's file, with one of its shapes chosen. `applications`: where and how people are laid in;
    `journeys`: what a journey must know, by its name."""

    country: str
    shape: Shape
    people: int
    agents: int
    think_median: float
    think_spread: float
    mixes: Mapping[str, Mapping[str, float]]
    prices: Prices
    zone: str
    service_code: str
    short_code: str
    callers: tuple[Caller, ...]
    voices: Mapping[str, Voice]
    applications: Mapping[str, Any]
    journeys: Mapping[str, Mapping[str, Any]]
    thresholds: Mapping[str, float]

    @property
    def first(self) -> str:
        """The language of whoever did not choose one: the first voice."""
        return next(iter(self.voices))

    def reads(self, caller: Caller) -> Voice:
        """What stands on that caller's screens."""
        return self.voices[caller.voice]

    def is_told(self, caller: Caller) -> Voice:
        """What stands in her messages: every telephone shows every letter there."""
        return self.voices[caller.language]


def known_plans() -> list[str]:
    """The countries that have one."""
    return sorted(path.stem for path in _PLANS.glob("*.yaml"))


def load(country: str, shape: str) -> Plan:
    """Raises `PlanError`."""
    path = _PLANS / f"{country}.yaml"
    if not path.is_file():
        raise PlanError(f"no plan for {country}: there are {', '.join(known_plans())}")
    shared = yaml.safe_load(_SHAPES.read_text(encoding="utf-8"))
    return read({**shared, **yaml.safe_load(path.read_text(encoding="utf-8"))}, shape)


def read(data: Mapping[str, Any], shape: str) -> Plan:
    """The plan in a file's content. Raises `PlanError`."""
    shapes = data["shapes"]
    if shape not in shapes:
        raise PlanError(f"no shape {shape!r}: there are {', '.join(shapes)}")
    mixes = {name: dict(data[name]) for name in ("day", "announcement")}
    voices = {name: Voice(**voice) for name, voice in data["voices"].items()}
    callers = tuple(Caller(**{"voice": one["language"], **one}) for one in data["callers"])
    if silent := {one.voice for one in callers} - set(voices):
        raise PlanError(f"no voice {', '.join(sorted(silent))}")
    own = data.get("own_thresholds", {})
    return Plan(
        country=data["country"],
        shape=_shape(shape, shapes[shape], mixes),
        people=data["people"],
        agents=data["agents"],
        think_median=data["think"]["median"],
        think_spread=data["think"]["spread"],
        mixes=mixes,
        prices=Prices(**data["prices"]),
        zone=data["zone"],
        service_code=data["service_code"],
        short_code=data["short_code"],
        callers=callers,
        voices=voices,
        applications=data.get("applications", {}),
        journeys=data.get("journeys", {}),
        thresholds=_limits({**data["thresholds"], **own, **data.get("shape_thresholds", {}).get(shape, {})}),
    )


def _limits(thresholds: Mapping[str, float | None]) -> dict[str, float]:
    """One that is set to nothing is not asked of this country or shape."""
    return {name: limit for name, limit in thresholds.items() if limit is not None}


def _shape(name: str, data: Mapping[str, Any], mixes: Mapping[str, object]) -> Shape:
    stages = tuple(
        Stage(stage["seconds"], stage["users"], stage.get("within", 2.0), stage.get("mix", "day"))
        for stage in data["stages"]
    )
    if not stages or any(stage.seconds <= 0 or stage.users < 1 for stage in stages):
        raise PlanError(f"shape {name}: every stage has seconds and users")
    if unknown := {stage.mix for stage in stages} - set(mixes):
        raise PlanError(f"shape {name}: no mix {', '.join(sorted(unknown))}")
    return Shape(name, data["about"], data["haste"], stages)
