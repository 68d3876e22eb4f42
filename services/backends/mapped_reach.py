"""Which operations of a mapped ministry nobody would ever come to, and which values each request is made of. Pure."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from domain.errors import InvalidValue
from services.backends.mapped_config import MappedConfig, Operation
from services.backends.mapped_rules import PORTS, RULES, operations
from services.backends.mapped_templates import Body, Fields, PathTemplate
from services.backends.settings_mistakes import Mistake


def unreachable(config: MappedConfig) -> Iterator[Mistake]:
    """Operations that nobody would ever come to, and sections that nothing uses."""
    described = dict(operations(config))
    if not any(getattr(config, port) for port in PORTS):
        yield Mistake((), f"no operations: one of {', '.join(PORTS)}")
    for name in described:
        port = name.partition(".")[0]
        for before in RULES[name].after:
            names = [f"{port}.{one}" for one in before.split("|")]
            if not described.keys() & names:
                yield Mistake(tuple(name.split(".")), f"cannot be reached without {' or '.join(names)}")
    get = described.get("applications.get")
    chosen = [get, *get.joins.values()] if get else []
    if "applications.choose_pickup" in described and not any("pickup_choices" in one.picks for one in chosen):
        yield Mistake(("applications", "choose_pickup"), "cannot be reached: get picks no pickup_choices")
    asks = "applications.form" in described or any(ours.form is not None for ours in config.services.values())
    if "applications.submit" in described and not asks:
        yield Mistake(("applications", "submit"), "cannot be reached: no service has a form, and there is no form")
    if "applications.submit" not in described and any(ours.form is not None for ours in config.services.values()):
        yield Mistake(("services",), "a form is asked by nobody: there is no applications.submit")
    book = described.get("appointments.book")
    if book and "appointments.of_participant" not in described and "key" not in {*used_by(book), *shared_by(config)}:
        says = "without of_participant it is repeated after a lost answer: {key} has to stand in it, and be honoured"
        yield Mistake(("appointments", "book"), says)
    if book and "reference" in used_by(book) and "applications.get" not in described:
        yield Mistake(("appointments", "book"), "{reference}: cannot be reached without applications.get")
    if config.account and not any(used == "account" for name in described for used in used_by(described[name])):
        yield Mistake(("account",), "no operation uses {account}")
    if not config.services and any(getattr(config, port) for port in ("applications", "appointments", "payments")):
        yield Mistake(("services",), "none: nobody would ever come here")
    for states, ports in (("states", ("applications.get",)), ("payment_states", ("payments.of",))):
        if any(port in described for port in ports) and not getattr(config, states):
            yield Mistake((states,), "none: everything would be unknown")


def shared_by(config: MappedConfig) -> Iterator[str]:
    """The names of the values in the headers of all operations."""
    with suppress(InvalidValue):
        yield from Fields(config.headers).names


def used_by(operation: Operation) -> Iterator[str]:
    """The names of the values that its request is made of."""
    return (name for name, _ in templates(operation, ()))


def templates(operation: Operation, path: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """The values that a request is made of, and where each stands; what does not parse is told elsewhere."""
    makers: dict[str, Callable[[], list[str]]] = {
        "path": lambda: PathTemplate(operation.path).names,
        "query": lambda: Fields(operation.query).names,
        "headers": lambda: Fields(operation.headers).names,
        "body": lambda: Body(operation.body).names,
    }
    found: list[tuple[str, tuple[str, ...]]] = []
    for field, names in makers.items():
        try:
            found += [(name, (*path, field)) for name in names()]
        except InvalidValue:
            continue
    return found
