"""How far each provider is trusted: less while it fails or is slow, more again when it is quiet; never none of all."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FULL = 100
OPERATOR = "operator"
"""The reason of a rest that only an operator ends."""


@dataclass(frozen=True, slots=True)
class Health:
    """What routes ask. `weight`: 0 to 100, their own weights are multiplied with it. `paused`: not to be asked."""

    weight: int = FULL
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a provider stands. `changed_at`: of weight or rest; `troubled_at`: when it was last found wanting."""

    health: Health
    changed_at: datetime
    troubled_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one lately. `asked` and `failed`: calls within `Tolerance.errors_over`, and those of which
    nothing or no answer came. `known` and `slow`: messages within `Tolerance.delays_over` that could have arrived by
    now, and those that took longer than `Tolerance.slow_after` or are still on their way.
    """

    asked: int = 0
    failed: int = 0
    known: int = 0
    slow: int = 0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """When a provider is wanting, and how trust goes down and up. Shares are of one; the rest as it says."""

    errors_over: timedelta = timedelta(minutes=2)
    errors: int = 10
    error_share: float = 0.2
    delays_over: timedelta = timedelta(minutes=15)
    slow_after: timedelta = timedelta(minutes=5)
    delays: int = 20
    slow_share: float = 0.15
    step: int = 10
    between_steps: timedelta = timedelta(minutes=1)
    quiet: timedelta = timedelta(minutes=15)
    between_drifts: timedelta = timedelta(minutes=5)
    probe_after: timedelta = timedelta(minutes=5)


def review(
    standings: Mapping[str, Standing], seen: Mapping[str, Seen], now: datetime, tolerance: Tolerance
) -> Mapping[str, Standing]:
    """The standings as they are from now on; the same objects where nothing changed."""
    asked = {name for name, standing in standings.items() if not standing.health.paused}
    wanting = {name for name in asked if _is_wanting(seen.get(name, Seen()), tolerance)}
    # Where all fail alike it is not one of them: the country's networks, our own line.
    someone_else = bool(asked - wanting)
    return {
        name: _reviewed(standing, name in wanting, bool(wanting), someone_else, now, tolerance)
        for name, standing in standings.items()
    }


def _is_wanting(seen: Seen, tolerance: Tolerance) -> bool:
    failing = seen.failed >= tolerance.errors and seen.failed >= seen.asked * tolerance.error_share
    slow = seen.known >= tolerance.delays and seen.slow >= seen.known * tolerance.slow_share
    return failing or slow


def _reviewed(
    standing: Standing, wanting: bool, any_wanting: bool, someone_else: bool, now: datetime, tolerance: Tolerance
) -> Standing:
    since = now - standing.changed_at
    if standing.health.paused:
        if standing.reason == OPERATOR or since < tolerance.probe_after:
            return standing
        # A probe: a little of the traffic shows whether the account is in order again.
        return Standing(Health(tolerance.step), now, now)
    if wanting:
        standing = replace(standing, troubled_at=now)
        lowered = someone_else and since >= tolerance.between_steps
        return _by(standing, -tolerance.step, now) if lowered else standing
    if any_wanting:
        return _by(standing, tolerance.step, now) if since >= tolerance.between_steps else standing
    quiet = standing.troubled_at is None or now - standing.troubled_at >= tolerance.quiet
    return _by(standing, tolerance.step, now) if quiet and since >= tolerance.between_drifts else standing


def _by(standing: Standing, step: int, now: datetime) -> Standing:
    weight = min(FULL, max(0, standing.health.weight + step))
    if weight == standing.health.weight:
        return standing
    return replace(standing, health=Health(weight), changed_at=now, reason="")
