"""Which standards ministries may speak, and how a pack's ministries become the ports that use cases call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import msgspec

from domain.clock import Clock
from domain.errors import InvalidValue
from domain.ids import Ids
from services.backends.breaker import Breaker, BreakerState
from services.backends.config import MinistryAddress, MinistryConfig, RegistrationConfig, SchedulerConfig
from services.backends.govstack_registration import Due, RegistrationApplications
from services.backends.govstack_scheduler import SchedulerAppointments
from services.backends.hsds import HsdsGuide
from services.backends.hsds_config import HsdsConfig
from services.backends.icalendar_config import FeedConfig
from services.backends.icalendar_feed import FeedGuide
from services.backends.mapped import mapped
from services.backends.open311 import Open311Desk
from services.backends.open311_config import Open311Config
from services.backends.remembered_desk import RememberedDesk
from services.backends.remembered_guide import RememberedGuide
from services.backends.settings_mistakes import Mistake, Mistaken
from services.backends.spdci import SpdciRegistry
from services.backends.spdci_applications import UNABLE, SpdciApplications
from services.backends.spdci_config import SpdciConfig
from services.backends.transport import Observer, Transport
from services.backends.way import way_to
from services.backends.wire import Wire
from services.ports import BOOKS_FOR, Applications, Appointments, Guide, Payments, ReportDesk


@dataclass(frozen=True, slots=True)
class Backend:
    """One ministry, ready to be called: which services it serves, by which of the ports.

    `guide` and `reports` serve also what is no service: places, and what people have to say. `lacks`: operations of
    its ports (`applications.amend`) that it cannot do at all. `breaker`: whether it is left alone now.
    """

    services: frozenset[str]
    applications: Applications | None = None
    appointments: Appointments | None = None
    guide: Guide | None = None
    payments: Payments | None = None
    reports: ReportDesk | None = None
    lacks: frozenset[str] = frozenset()
    breaker: Breaker | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """What an adapter is made from. `settings`: the standard's own part of the pack's entry, as read from YAML."""

    name: str
    settings: Mapping[str, object]
    transport: Transport
    clock: Clock
    due: Due


def _registration(making: Making) -> Backend:
    config = msgspec.convert(making.settings, RegistrationConfig)
    adapter = RegistrationApplications(making.transport, config, making.due)
    return Backend(frozenset(config.services), applications=adapter)


def _scheduler(making: Making) -> Backend:
    config = msgspec.convert(making.settings, SchedulerConfig)
    adapter = SchedulerAppointments(making.transport, config)
    return Backend(frozenset(config.services), appointments=adapter, lacks=frozenset({BOOKS_FOR}))


def _spdci(making: Making) -> Backend:
    config = msgspec.convert(making.settings, SpdciConfig)
    registry = SpdciRegistry(making.transport, config, making.clock, Ids(making.clock).uuid7)
    status = SpdciApplications(registry, making.transport, config) if config.applications else None
    return Backend(frozenset(config.services), applications=status, payments=registry, lacks=UNABLE)


def _hsds(making: Making) -> Backend:
    config = msgspec.convert(making.settings, HsdsConfig)
    return Backend(frozenset(config.services), guide=HsdsGuide(making.transport, config, making.clock))


def _icalendar(making: Making) -> Backend:
    config = msgspec.convert(making.settings, FeedConfig)
    return Backend(frozenset(), guide=FeedGuide(making.transport, config, making.clock))


def _open311(making: Making) -> Backend:
    config = msgspec.convert(making.settings, Open311Config)
    return Backend(frozenset(), reports=Open311Desk(making.transport, config))


def _mapped(making: Making) -> Backend:
    made = mapped(making.settings, making.transport, making.due)
    ports = (made.applications, made.appointments, made.guide, made.payments, made.reports)
    return Backend(made.services, *ports, lacks=made.lacks)


MakeTransport = Callable[[MinistryAddress, Wire, Breaker, Observer | None], Transport]
"""`Transport`, or one that does more with each call (`gateway.tracing`)."""

# A new standard: one file in this room, one line here.
STANDARDS: Mapping[str, Callable[[Making], Backend]] = {
    "govstack-registration-0.1.1": _registration,
    "govstack-scheduler-1.0": _scheduler,
    "icalendar": _icalendar,
    "mapped-1": _mapped,
    "open311-georeport-2": _open311,
    "openreferral-hsds-3.0": _hsds,
    "spdci-1.0": _spdci,
}


class MinistryMap:
    """The port `Ministries`: which ministry serves which service by which port. Two for the same is a mistake."""

    def __init__(self, backends: Mapping[str, Backend]) -> None:
        """Raises `InvalidValue` naming the two."""
        self._backends = tuple(backends.values())
        self._breakers = {name: backend.breaker for name, backend in backends.items() if backend.breaker}
        self._applications = _by_service(backends, "applications", lambda backend: backend.applications)
        self._appointments = _by_service(backends, "appointments", lambda backend: backend.appointments)
        self._guide = _by_service(backends, "guide", lambda backend: backend.guide)
        self._payments = _by_service(backends, "payments", lambda backend: backend.payments)
        # With the names of their ministries: what they told last is kept under these.
        self.guides_by_name = {name: backend.guide for name, backend in backends.items() if backend.guide}
        takers = [(name, backend.reports) for name, backend in backends.items() if backend.reports]
        if len(takers) > 1:
            raise InvalidValue(f"{takers[0][0]} and {takers[1][0]} both take reports")
        self._reports = takers[0][1] if takers else None

    def applications(self, service: str) -> Applications:
        """Raises `InvalidValue` for a service for which no ministry takes applications."""
        if service not in self._applications:
            raise InvalidValue("no ministry takes applications for the service")
        return self._applications[service]

    def appointments(self, service: str) -> Appointments:
        """Raises `InvalidValue` for a service for which no ministry gives appointments."""
        if service not in self._appointments:
            raise InvalidValue("no ministry gives appointments for the service")
        return self._appointments[service]

    def does(self, service: str, operation: str) -> bool:
        port = operation.partition(".")[0]
        return any(
            service in one.services and getattr(one, port) is not None and operation not in one.lacks
            for one in self._backends
        )

    def guide(self, service: str) -> Guide | None:
        return self._guide.get(service)

    def guides(self) -> Sequence[Guide]:
        return tuple(self.guides_by_name.values())

    def payments(self, service: str) -> Payments | None:
        return self._payments.get(service)

    def reports(self) -> ReportDesk | None:
        return self._reports

    def breakers(self) -> Mapping[str, BreakerState]:
        """How this process finds each ministry now."""
        return {name: breaker.state for name, breaker in self._breakers.items()}


Port = TypeVar("Port")


def _by_service(backends: Mapping[str, Backend], port: str, of: Callable[[Backend], Port | None]) -> Mapping[str, Port]:
    """Service to who serves it by this port."""
    found: dict[str, Port] = {}
    by: dict[str, str] = {}
    for name, backend in backends.items():
        adapter = of(backend)
        for service in sorted(backend.services) if adapter is not None else ():
            if service in by:
                raise InvalidValue(f"{by[service]} and {name} both serve {service} ({port})")
            by[service] = name
            found[service] = cast("Port", adapter)
    return found


def build(
    ministries: Sequence[MinistryConfig], wire: Wire, clock: Clock, due: Due, observer: Observer | None = None
) -> MinistryMap:
    """All of a pack's ministries over one wire; raises `Mistaken` with all that is wrong, `InvalidValue` for two that
    serve the same."""
    return MinistryMap(backends(ministries, wire, clock, due, observer))


def backends(
    ministries: Sequence[MinistryConfig],
    wire: Wire,
    clock: Clock,
    due: Due,
    observer: Observer | None = None,
    transport: MakeTransport = Transport,
) -> dict[str, Backend]:
    """Each ministry by its name; raises `Mistaken` with the mistakes of all of them."""
    made: dict[str, Backend] = {}
    wrong: list[Mistake] = []
    for ministry in ministries:
        name = ministry.address.name
        try:
            made[name] = _backend(ministry, wire, clock, due, observer, transport)
        except Mistaken as found:
            wrong += [mistake.within(name, "settings") for mistake in found.mistakes]
        except (InvalidValue, msgspec.ValidationError) as fault:
            wrong.append(Mistake((name,), str(fault)))
    if wrong:
        raise Mistaken(wrong)
    return made


def _backend(
    ministry: MinistryConfig, wire: Wire, clock: Clock, due: Due, observer: Observer | None, transport: MakeTransport
) -> Backend:
    name = ministry.address.name
    if ministry.standard not in STANDARDS:
        raise InvalidValue(f"standard is one of {sorted(STANDARDS)}")
    breaker = Breaker(ministry.address.limits.breaker, clock)
    address, way = way_to(ministry.address, wire, clock)
    line = transport(address, way, breaker, observer)
    made = STANDARDS[ministry.standard](Making(name, ministry.settings, line, clock, due))
    backend = replace(made, breaker=breaker)
    if backend.reports is not None:
        backend = replace(backend, reports=RememberedDesk(backend.reports, ministry.address.limits.cache, clock))
    if backend.guide is None:
        return backend
    return replace(backend, guide=RememberedGuide(name, backend.guide, ministry.address.limits.cache, clock))
