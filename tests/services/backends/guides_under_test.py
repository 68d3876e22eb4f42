"""Guides that call the simulated ministries."""

from domain.clock import Clock, SystemClock
from sandbox.ministries.hsds_catalogue import made_id
from services.backends.hsds import HsdsGuide
from services.backends.hsds_config import HsdsConfig, HsdsPicks
from services.backends.icalendar_config import FeedConfig, FeedUnit
from services.backends.icalendar_feed import FeedGuide
from services.backends.wire import Wire
from tests.services.backends.backends_under_test import transport

CODES = ("id_card", "passport", "old_certificate")
HSDS = HsdsConfig(
    services={code: made_id("asan-guide", "service", code) for code in CODES},
    languages=("az", "en"),
    zone="Asia/Baku",
    picks=HsdsPicks(district="address.region"),
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
