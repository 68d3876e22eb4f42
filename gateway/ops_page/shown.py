"""What the operations page is answered, as JSON. No number, name or text of anybody is in it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec


class Shown(msgspec.Struct, frozen=True):
    """An answer or a part of one."""


class HopStep(Shown, frozen=True):
    """Hops of a step of time. Latencies in seconds, null where there were none."""

    at: datetime
    hops: int
    results: Mapping[str, int]
    p50: float | None
    p95: float | None
    p99: float | None


class MinistryStep(Shown, frozen=True):
    """Calls of a step of time; `failed`: those that brought no answer. `p95` in seconds."""

    at: datetime
    calls: int
    failed: int
    p95: float | None


class MinistryHealth(Shown, frozen=True):
    """`resting`: how many of the `processes` leave it alone now."""

    name: str
    resting: int
    processes: int
    steps: Sequence[MinistryStep]


class Queue(Shown, frozen=True):
    """SMS that wait; `oldest`: seconds that the first of those that could go has been waiting."""

    due: int
    later: int
    oldest: float


class Live(Shown, frozen=True):
    """What happens now. `step`: seconds of one step."""

    at: datetime
    step: int
    hops: Sequence[HopStep]
    ministries: Sequence[MinistryHealth]
    queue: Queue


class Named(Shown, frozen=True):
    """A code and what people call it."""

    code: str
    name: str


class Screen(Shown, frozen=True):
    """Sessions that saw a screen, and those that ended there without success; in whole fives."""

    screen: str
    seen: int
    given_up: int


class Delivery(Shown, frozen=True):
    """Messages of a provider, of a language, or of both; "" for all, "-" for none. In whole fives, each by itself, so
    that the four ends need not add up to all."""

    provider: str
    language: str
    messages: int
    delivered: int
    under_way: int
    undelivered: int
    failed: int


class Spend(Shown, frozen=True):
    """What a source spent of what it may, today and this month, in the minor unit; caps null where it has none."""

    source: str
    day: int
    day_cap: int | None
    month: int
    month_cap: int | None


class Dead(Shown, frozen=True):
    """Events of a source that nobody will hear of, until somebody looks."""

    source: str
    why: str
    count: int
    oldest: datetime


class Answered(Shown, frozen=True):
    """One question of a survey in one month: its mean, from 1 to `best`."""

    question: str
    best: int
    mean: float | None


class Satisfied(Shown, frozen=True):
    """Surveys of one kind in one month, all services and places; nothing but the month where too few answered."""

    month: date
    kind: str
    withheld: bool
    asked: int
    answered: int
    questions: Sequence[Answered]


class Figures(Shown, frozen=True):
    """What happened in the last `days`."""

    at: datetime
    days: int
    least: int
    languages: Sequence[str]
    networks: Sequence[Named]
    screens: Sequence[Screen]
    deliveries: Sequence[Delivery]
    currency: str
    digits: int
    spend: Sequence[Spend]
    dead: Sequence[Dead]
    satisfaction: Sequence[Satisfied]
