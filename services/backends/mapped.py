"""Any API that speaks JSON over HTTP, as whichever ports the pack maps it to: the standard `mapped-1`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from services.backends.mapped_accounts import Accounts
from services.backends.mapped_applications import MappedApplications
from services.backends.mapped_appointments import MappedAppointments
from services.backends.mapped_check import mistakes
from services.backends.mapped_config import MappedConfig
from services.backends.mapped_guides import MappedGuide, MappedPayments, MappedReports
from services.backends.mapped_operations import Asking, Ministry
from services.backends.mapped_reach import used_by
from services.backends.mapped_reading import Reader, zone_of
from services.backends.mapped_rules import RULES, operations
from services.backends.mapped_templates import Writing
from services.backends.settings_mistakes import Mistaken, read
from services.backends.transport import Transport
from services.ports import BOOKS_FOR


@dataclass(frozen=True, slots=True)
class Mapped:
    """The ports that a pack's entry describes; the others are None."""

    services: frozenset[str]
    applications: MappedApplications | None
    appointments: MappedAppointments | None
    guide: MappedGuide | None
    reports: MappedReports | None
    payments: MappedPayments | None
    lacks: frozenset[str] = frozenset()


def settings_of(raw: Mapping[str, object]) -> MappedConfig:
    """From YAML; raises `Mistaken` with everything that is wrong."""
    config, wrong = read(dict(raw), MappedConfig)
    if config is not None:
        wrong = [*wrong, *mistakes(config, whole=not wrong)]
    if wrong or config is None:
        raise Mistaken(wrong)
    return config


def mapped(raw: Mapping[str, object], transport: Transport, due: Callable[[str, date], date | None]) -> Mapped:
    """The adapter; `due`: the day a decision is due, where the ministry does not say. Raises `Mistaken`."""
    config = settings_of(raw)
    zone = zone_of(config.zone)
    ministry = Ministry(config, transport, Reader(config, zone), Writing(config.dates, config.moments, zone))
    asking: dict[str, dict[str, Asking]] = {}
    for name, operation in operations(config):
        port, _, short = name.partition(".")
        own = asking.setdefault(port, {})
        own[short] = Asking(name, operation, ministry, RULES[name].writes)
        for join, other in operation.joins.items():
            own[f"{short}.{join}"] = Asking(f"{name}.{join}", other, ministry)
    accounts = Accounts(ministry, asking.get("account", {}))
    return Mapped(
        services=frozenset(config.services),
        applications=MappedApplications(ministry, asking["applications"], accounts, due)
        if "applications" in asking
        else None,
        appointments=MappedAppointments(ministry, asking["appointments"], accounts)
        if "appointments" in asking
        else None,
        guide=MappedGuide(ministry, asking["guide"]) if "guide" in asking else None,
        reports=MappedReports(ministry, asking["reports"]) if "reports" in asking else None,
        payments=MappedPayments(ministry, asking["payments"]) if "payments" in asking else None,
        lacks=_lacking(config),
    )


def _lacking(config: MappedConfig) -> frozenset[str]:
    """What the pack describes neither as an operation nor by what stands in for one."""
    told = {name for name, _ in operations(config)}
    if any(ours.form is not None for ours in config.services.values()):
        told.add("applications.form")
    if any(ours.info is not None for ours in config.services.values()):
        told |= {"applications.info", "guide.info"}
    if "appointments.slots" in told:
        told.add("appointments.slot")
    book = config.appointments.book if config.appointments else None
    for_application = book is not None and "reference" in used_by(book)
    return frozenset({*RULES} - told) | (frozenset() if for_application else {BOOKS_FOR})
