"""Guides that call the simulated ministries."""

from collections.abc import Awaitable, Callable, Mapping

from msgspec.structs import replace

from domain.clock import Clock, SystemClock
from domain.deadline import Deadline
from sandbox.ministries.hsds_catalogue import made_id
from services.backends.hsds import HsdsGuide
from services.backends.hsds_config import HsdsConfig
from services.backends.icalendar_config import FeedConfig, FeedUnit
from services.backends.icalendar_feed import FeedGuide
from services.backends.wire import Wire
from tests.services.backends.backends_under_test import Sandbox, transport

CODES = ("id_card", "passport", "old_certificate")
HSDS = HsdsConfig(
    services={code: made_id("asan-guide", "service", code) for code in CODES},
    languages=("az", "en"),
    zone="Asia/Baku",
)
FEED = FeedConfig(
    zone="Asia/Baku",
    services=("id_card",),
    units={"ASAN qatar (demo)": FeedUnit(id="train-01", services=("passport",))},
    regions={"Lerik (demo)": ("Lənkəran-Astara", "Lerik")},
)


def hsds(base_url: str, wire: Wire, config: HsdsConfig = HSDS, clock: Clock | None = None) -> HsdsGuide:
    return HsdsGuide(transport("asan-guide", base_url, wire), config, clock or SystemClock())


def feed(base_url: str, wire: Wire, config: FeedConfig = FEED, clock: Clock | None = None) -> FeedGuide:
    return FeedGuide(transport("asan-units", base_url, wire), config, clock or SystemClock())


def guide_runs(
    sandbox: Sandbox, wire: Wire, deadline: Deadline
) -> Mapping[str, tuple[str, str, Callable[[], Awaitable[object]]]]:
    """Their part of the contract suite: ministry, the request that matters, and how it is made."""
    guide = hsds(sandbox.ministry("asan-guide"), wire, replace(HSDS, languages=()))
    units = feed(sandbox.ministry("asan-units"), wire)
    return {
        "guide_info": ("asan-guide", "services.get", lambda: guide.info("passport", deadline)),
        "guide_places": ("asan-guide", "service_at_locations.list", lambda: guide.places(deadline)),
        "feed_places": ("asan-units", "feed.get", lambda: units.places(deadline)),
    }
