"""What each operation of a mapped ministry may be made of: its values, its picks, and what it cannot do without."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.backends.mapped_config import MappedConfig, Operation
from services.backends.mapped_files import APPLICATION

# Of headers for all operations: where an operation has no such value, the header is left out.
SHARED_VALUES = frozenset({"now", "key", "language"})
PAGING_VALUES = frozenset({"page", "offset", "size", "cursor"})
PORTS = ("applications", "appointments", "guide", "reports", "payments")


def _of(names: str) -> frozenset[str]:
    return frozenset(names.split())


_INFO = frozenset({"documents", "fee", "currency", "days"})
_SLOT = frozenset({"id", "starts", "service", "place", "seats_left"})
_LISTED = _of("id name address hours kind services region district phone lat lon opening")


@dataclass(frozen=True, slots=True)
class Rule:
    """`values`: what its request may hold, beside the shared ones. `needs`: picks that must be there. `after`: other
    operations of the port without which nobody ever comes to this one (`a|b`: one of these does)."""

    values: frozenset[str]
    picks: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    writes: bool = False
    lists: bool = False
    after: tuple[str, ...] = ()


RULES: Mapping[str, Rule] = {
    "account.find": Rule(_of("applicant participant"), _of("account"), _of("account")),
    "account.create": Rule(_of("applicant participant contact"), _of("account"), writes=True),
    "applications.get": Rule(_of("reference"), APPLICATION, _of("reference state")),
    "applications.of_applicant": Rule(
        _of("applicant service account"), APPLICATION, _of("reference state"), lists=True
    ),
    "applications.changed": Rule(_of("service since"), _of("reference at service"), _of("reference at"), lists=True),
    "applications.form": Rule(_of("service language"), _of("schema id title"), _of("schema")),
    "applications.submit": Rule(
        _of("service form applicant answers contact account"), APPLICATION, _of("reference"), writes=True
    ),
    "applications.amend": Rule(
        _of("reference service answers"), APPLICATION, _of("reference"), writes=True, after=("get",)
    ),
    "applications.choose_pickup": Rule(
        _of("reference service place"), APPLICATION, _of("reference"), writes=True, after=("get",)
    ),
    "applications.attach": Rule(_of("reference document"), writes=True),
    "applications.info": Rule(_of("service"), _INFO),
    "appointments.slots": Rule(_of("service place first last"), _SLOT, _of("id starts"), lists=True),
    "appointments.slot": Rule(_of("slot"), _SLOT, _of("id starts place")),
    "appointments.book": Rule(
        _of("service place slot participant contact account reference"),
        _of("id"),
        _of("id"),
        writes=True,
        after=("slots",),
    ),
    "appointments.move": Rule(_of("visit slot participant account"), writes=True, after=("slots",)),
    "appointments.cancel": Rule(_of("visit participant account"), writes=True, after=("book|of_participant",)),
    "appointments.of_participant": Rule(
        _of("participant account"), _SLOT | {"slot", "reference"}, _of("id slot starts place"), lists=True
    ),
    "guide.info": Rule(_of("service"), _INFO),
    "guide.places": Rule(frozenset(), _LISTED, _of("id name"), lists=True),
    "reports.kinds": Rule(_of("language"), _of("code title asks group"), _of("code title"), lists=True),
    "reports.questions": Rule(_of("kind language"), _of("schema"), _of("schema"), after=("kinds",)),
    "reports.send": Rule(
        _of("kind text answers place address contact language"), _of("number token"), writes=True, after=("kinds",)
    ),
    "reports.number": Rule(_of("token"), _of("number"), _of("number"), after=("send",)),
    "reports.standing": Rule(_of("number"), _of("closed words updated due"), _of("closed")),
    "payments.of": Rule(
        _of("service reference"), _of("id state amount currency day reason"), _of("id state amount"), lists=True
    ),
}
# What completes an application by another request: all of it but what tells which one it is.
JOIN = Rule(_of("reference service"), APPLICATION - {"reference", "service"})


def operations(config: MappedConfig) -> Iterator[tuple[str, Operation]]:
    """All that the pack describes, by `port.operation`."""
    for port in ("account", *PORTS):
        described = getattr(config, port)
        for name in described.__struct_fields__ if described is not None else ():
            operation = getattr(described, name)
            if operation is not None:
                yield f"{port}.{name}", operation
