"""Backends that call the simulated ministries, and the strings that make those misbehave."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import msgspec

from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.ids import Ids
from services.backends.breaker import Breaker
from services.backends.config import (
    BreakerLimits,
    MinistryAddress,
    MinistryLimits,
    QueryStyle,
    RegistrationConfig,
    RegistrationService,
    SchedulerConfig,
)
from services.backends.govstack_registration import RegistrationApplications
from services.backends.govstack_scheduler import SchedulerAppointments
from services.backends.spdci import SpdciRegistry
from services.backends.spdci_config import Lookup, SpdciConfig, SpdciService
from services.backends.transport import Transport
from services.backends.way import way_to
from services.backends.way_config import XRoad
from services.backends.wire import Wire

# Long, so that a busy machine is no fault of a ministry's; a test of one that hangs gives its calls less time.
LIMITS = MinistryLimits(connect=3, total=10, fast_failure=5, breaker=BreakerLimits(failures=1000, rate=1.0))
DUE = date(2026, 12, 14)

VEMTAS = RegistrationConfig(
    client="AZ/GOV/1001/guichet",
    currency="AZN",
    region="AZ",
    zone="Asia/Baku",
    services={
        "social_aid": RegistrationService("4c1f9a52-6d0b-4e7a-9b35-2f8a1c7e4d01", title="Targeted social aid"),
        "rehabilitation_equipment": RegistrationService("4c1f9a52-6d0b-4e7a-9b35-2f8a1c7e4d02"),
    },
)
ASAN = SchedulerConfig(
    requestor_id="guichet",
    request_token="demo",
    services={"identity_card": "id_card", "passport": "passport"},
    places={"asan_1": "asan-01", "asan_2": "asan-02"},
    zone="Asia/Baku",
)
REGISTRY = SpdciConfig("guichet", {"social_aid": SpdciService("TSA")}, zone="Asia/Baku", currency="AZN")


def today() -> date:
    """Where the simulated ministries are."""
    return SystemClock().now().astimezone(ZoneInfo("Asia/Baku")).date()


@dataclass
class Noted:
    """An observer that remembers."""

    calls: list[tuple[str, str, str]] = field(default_factory=list)

    def ministry_call(self, ministry: str, operation: str, result: str, seconds: float) -> None:
        assert seconds >= 0
        self.calls.append((ministry, operation, result))


def no_longer_than(seconds: float) -> Deadline:
    return Deadline.after(seconds, SystemClock())


def transport(name: str, base_url: str, wire: Wire, limits: MinistryLimits = LIMITS, **more: Any) -> Transport:
    address = MinistryAddress(name, base_url, limits=limits)
    return Transport(address, wire, Breaker(limits.breaker, SystemClock()), **more)


def mediated(service: str, base_url: str, wire: Wire) -> Transport:
    """To the ministry behind the X-Road security server at that address."""
    through = XRoad("AZ/GOV/1001/guichet", f"AZ/GOV/2002/vemtas/{service}")
    address, way = way_to(MinistryAddress(service, base_url, limits=LIMITS, through=through), wire, SystemClock())
    return Transport(address, way, Breaker(LIMITS.breaker, SystemClock()))


def social_registry(base_url: str, wire: Wire, lookup: Lookup = Lookup.ENROLLED) -> SpdciRegistry:
    clock = SystemClock()
    config = msgspec.structs.replace(REGISTRY, lookup=lookup)
    return SpdciRegistry(transport("vemtas-registry", base_url, wire), config, clock, Ids(clock).uuid7)


def registration(base_url: str, wire: Wire, config: RegistrationConfig = VEMTAS) -> RegistrationApplications:
    return RegistrationApplications(transport("vemtas", base_url, wire), config, lambda service, start: DUE)


def scheduler(base_url: str, wire: Wire, style: QueryStyle = QueryStyle.BRACKETS) -> SchedulerAppointments:
    config = SchedulerConfig(
        requestor_id=ASAN.requestor_id,
        request_token=ASAN.request_token,
        services=ASAN.services,
        places=ASAN.places,
        zone=ASAN.zone,
        style=style,
    )
    return SchedulerAppointments(transport("asan", base_url, wire), config)


@dataclass
class Sandbox:
    """The strings of the simulated ministries, pulled over HTTP."""

    url: str
    session: aiohttp.ClientSession

    def ministry(self, name: str) -> str:
        return f"{self.url}/ministries/{name}"

    async def fault(self, ministry: str, operation: str, kind: str, value: object = None, **more: object) -> None:
        rule = {"ministry": ministry, "operation": operation, "kind": kind, "value": value, **more}
        async with self.session.post(f"{self.url}/sandbox/faults", json=rule) as answer:
            assert answer.status == 201, await answer.text()

    async def calm(self) -> None:
        async with self.session.delete(f"{self.url}/sandbox/faults") as answer:
            assert answer.status == 200

    async def reset(self) -> None:
        async with self.session.post(f"{self.url}/sandbox/reset") as answer:
            assert answer.status == 200

    async def put(self, reference: str, **facts: object) -> None:
        async with self.session.post(f"{self.url}/sandbox/applications/{reference}/state", json=facts) as answer:
            assert answer.status == 200, await answer.text()

    async def counted(self, ministry: str, operation: str, what: str = "carried_out") -> int:
        async with self.session.get(f"{self.url}/sandbox/log") as answer:
            log = await answer.json()
        return int(log.get(f"{ministry}.{operation}", {}).get(what, 0))

    async def reference(self, phase: str, service: str = "social_aid") -> str:
        async with self.session.get(f"{self.url}/sandbox/state") as answer:
            state = await answer.json()
        return next(
            str(known["reference"])
            for known in state["applications"]
            if known["phase"] == phase and known["service"] == service
        )
