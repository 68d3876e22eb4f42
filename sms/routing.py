"""Which provider carries a message: the pack's routes, by weight and health, never away from all at once."""

from collections.abc import Collection, Mapping, Sequence

from services.alerts import AlertKind
from sms.config import Route
from sms.health import Health

_WELL = Health()


def choose(
    routes: Sequence[Route],
    health: Mapping[str, Health],
    kind: AlertKind,
    country: str,
    network: str,
    draw: float,
    exclude: Collection[str] = (),
) -> str | None:
    """The provider's name; None where no route fits, or all providers of the one that does are paused.

    `health`: of those that have one; the others are well. `country`: ISO 3166; `network`: MCC and MNC, "" where it is
    not known. `draw`: uniform in [0, 1). `exclude`: those that have just been tried, taken again where no other is
    left.
    """
    route = next((each for each in routes if _fits(each, kind, country, network)), None)
    if route is None:
        return None
    open_ = [name for name in route.providers if not health.get(name, _WELL).paused]
    fresh = [name for name in open_ if name not in exclude]
    for weights in (_ranked(route, health, fresh), _ranked(route, health, open_)):
        if weights:
            return _drawn(weights, draw)
    return None


def _fits(route: Route, kind: AlertKind, country: str, network: str) -> bool:
    return (
        (not route.kinds or kind in route.kinds)
        and (not route.countries or country in route.countries)
        and (not route.networks or network in route.networks)
    )


def _ranked(route: Route, health: Mapping[str, Health], names: Sequence[str]) -> Mapping[str, int]:
    """The best that is left: those in good health, then the last resort, then those that lost all trust."""
    trust = {name: health.get(name, _WELL).weight for name in names}
    planned = {name: route.providers[name] * trust[name] for name in names}
    last_resort = {name: trust[name] for name in names if not route.providers[name]}
    at_any_rate = {name: max(route.providers[name], 1) for name in names}
    for weights in (planned, last_resort):
        if any(weights.values()):
            return weights
    return at_any_rate


def _drawn(weights: Mapping[str, int], draw: float) -> str:
    point, chosen = draw * sum(weights.values()), ""
    for name, weight in weights.items():
        if weight <= 0:
            continue
        chosen = name
        if point < weight:
            break
        point -= weight
    return chosen
