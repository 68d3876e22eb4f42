"""Routes as a table, and what holds for every route, health and draw."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts import AlertKind
from sms.config import Route
from sms.health import Health
from sms.routing import choose

CODES = Route({"fast": 100}, kinds=frozenset({AlertKind.CODE}))
AZERCELL = Route({"direct": 100, "at": 0}, networks=frozenset({"40001"}))
SENEGAL = Route({"dakar": 100}, countries=frozenset({"SN"}))
REST = Route({"at": 75, "kannel": 25, "spare": 0})
ROUTES = (CODES, AZERCELL, SENEGAL, REST)
GRANTED = AlertKind.GRANTED
PAUSED, LOW, GONE = Health(paused=True), Health(10), Health(0)

TABLE = [
    # kind, country, network, health, excluded, draw: chosen
    (AlertKind.CODE, "AZ", "40001", {}, set(), 0.5, "fast"),
    (GRANTED, "AZ", "40001", {}, set(), 0.99, "direct"),
    (GRANTED, "SN", "60801", {}, set(), 0.5, "dakar"),
    (GRANTED, "AZ", "", {}, set(), 0.0, "at"),
    (GRANTED, "AZ", "", {}, set(), 0.7499, "at"),
    (GRANTED, "AZ", "", {}, set(), 0.75, "kannel"),
    (GRANTED, "AZ", "", {}, set(), 0.9999, "kannel"),
    # Health counts: 75 x 10 to 25 x 100.
    (GRANTED, "AZ", "", {"at": LOW}, set(), 0.23, "at"),
    (GRANTED, "AZ", "", {"at": LOW}, set(), 0.24, "kannel"),
    # Just tried, or resting: the next, then the last resort.
    (GRANTED, "AZ", "", {}, {"at"}, 0.1, "kannel"),
    (GRANTED, "AZ", "", {"at": PAUSED}, {"kannel"}, 0.1, "spare"),
    (GRANTED, "AZ", "", {"at": GONE, "kannel": GONE}, set(), 0.1, "spare"),
    (GRANTED, "AZ", "40001", {"direct": PAUSED}, set(), 0.1, "at"),
    # All were tried: one of them again. All lost all trust: shared as the pack says.
    (GRANTED, "SN", "", {}, {"dakar"}, 0.1, "dakar"),
    (GRANTED, "AZ", "", {"at": GONE, "kannel": GONE, "spare": GONE}, set(), 0.1, "at"),
    # Only a rest leaves nobody: the message waits.
    (GRANTED, "SN", "", {"dakar": PAUSED}, set(), 0.1, None),
]


@pytest.mark.parametrize(("kind", "country", "network", "health", "excluded", "draw", "chosen"), TABLE)
def test_a_choice(kind, country, network, health, excluded, draw, chosen):
    assert choose(ROUTES, health, kind, country, network, draw, excluded) == chosen


def test_where_no_route_fits_nothing_is_sent():
    assert choose((SENEGAL,), {}, GRANTED, "AZ", "", 0.5) is None


def test_draws_are_shared_by_weight():
    drawn = Counter(choose(ROUTES, {}, GRANTED, "AZ", "", step / 1000) for step in range(1000))
    assert drawn == {"at": 750, "kannel": 250}


NAMES = ["a", "b", "c", "d"]
HEALTH = st.dictionaries(st.sampled_from(NAMES), st.builds(Health, st.integers(0, 100), st.booleans()))
PROVIDERS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 100), min_size=1)


@given(PROVIDERS, HEALTH, st.sets(st.sampled_from(NAMES)), st.floats(0, 1, exclude_max=True))
def test_never_away_from_all_at_once(providers, health, excluded, draw):
    open_ = {name for name in providers if not health.get(name, Health()).paused}
    chosen = choose((Route(providers),), health, GRANTED, "AZ", "", draw, excluded)
    assert (chosen in open_) if open_ else chosen is None
    if open_ - excluded:
        assert chosen not in excluded
