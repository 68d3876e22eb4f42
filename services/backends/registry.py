"""Which standards ministries may speak, and how a pack's ministries become the ports that use cases call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from domain.clock import Clock
from domain.errors import InvalidValue
from services.backends.breaker import Breaker
from services.backends.config import MinistryConfig, RegistrationConfig, SchedulerConfig
from services.backends.govstack_registration import Due, RegistrationApplications
from services.backends.govstack_scheduler import SchedulerAppointments
from services.backends.transport import Observer, Transport
from services.backends.wire import Wire
from services.ports import Applications, Appointments


@dataclass(frozen=True, slots=True)
class Backend:
    """One ministry, ready to be called: which services it serves, by which of the ports."""

    services: frozenset[str]
    applications: Applications | None = None
    appointments: Appointments | None = None


def _registration(settings: Mapping[str, object], transport: Transport, due: Due) -> Backend:
    config = msgspec.convert(settings, RegistrationConfig)
    adapter = RegistrationApplications(transport, config, due)
    return Backend(frozenset(config.services), applications=adapter)


def _scheduler(settings: Mapping[str, object], transport: Transport, due: Due) -> Backend:
    config = msgspec.convert(settings, SchedulerConfig)
    return Backend(frozenset(config.services), appointments=SchedulerAppointments(transport, config))


# A new standard: one file in this room, one line here.
STANDARDS: Mapping[str, Callable[[Mapping[str, object], Transport, Due], Backend]] = {
    "govstack-registration-0.1.1": _registration,
    "govstack-scheduler-1.0": _scheduler,
}


class MinistryMap:
    """The port `Ministries`: which ministry serves which service."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self._applications = {
            service: backend.applications
            for backend in backends
            if backend.applications
            for service in backend.services
        }
        self._appointments = {
            service: backend.appointments
            for backend in backends
            if backend.appointments
            for service in backend.services
        }

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


def build(
    ministries: Sequence[MinistryConfig], wire: Wire, clock: Clock, due: Due, observer: Observer | None = None
) -> MinistryMap:
    """All of a pack's ministries over one wire; raises `InvalidValue` naming the one whose settings are wrong."""
    return MinistryMap([_backend(ministry, wire, clock, due, observer) for ministry in ministries])


def _backend(ministry: MinistryConfig, wire: Wire, clock: Clock, due: Due, observer: Observer | None) -> Backend:
    name = ministry.address.name
    if ministry.standard not in STANDARDS:
        raise InvalidValue(f"{name}: standard is one of {sorted(STANDARDS)}")
    try:
        breaker = Breaker(ministry.address.limits.breaker, clock)
        transport = Transport(ministry.address, wire, breaker, observer)
        return STANDARDS[ministry.standard](ministry.settings, transport, due)
    except (InvalidValue, msgspec.ValidationError) as fault:
        raise InvalidValue(f"{name}: {fault}") from None
