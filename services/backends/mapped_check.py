"""Looks through the settings of a mapped ministry before anything is sent: all mistakes, with their paths. Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from domain.errors import InvalidValue
from domain.money import Money
from services.backends.eforms import read_form
from services.backends.mapped_config import BodyKind, MappedConfig, MappedService, Operation, Outcome, PagingKind
from services.backends.mapped_files import SHAPES
from services.backends.mapped_picks import MappedPick, read_moment
from services.backends.mapped_reach import templates, unreachable, used_by
from services.backends.mapped_reading import zone_of
from services.backends.mapped_references import checked
from services.backends.mapped_rules import JOIN, PAGING_VALUES, RULES, SHARED_VALUES, Rule, operations
from services.backends.mapped_templates import Body, PathTemplate, Template, header_name
from services.backends.reading import Misread
from services.backends.settings_mistakes import Mistake
from services.values import FormUnsupportedReason

_ALWAYS_THE_SAME = {408: "unavailable", 429: "busy"}
_MOST_JOINS = 3
# Whose answers are of one service each: where a ministry has several, something has to tell which.
_OF_ONE_SERVICE = frozenset(
    {
        "applications.get",
        "applications.of_applicant",
        "applications.changed",
        "appointments.slot",
        "appointments.of_participant",
    }
)


def mistakes(config: MappedConfig, whole: bool = True) -> list[Mistake]:
    """Everything. Not `whole`: parts of it could not be read, so that nothing is said of what is not there."""
    return [
        *_shared(config),
        *(found for name, ours in config.services.items() for found in _service(config, name, ours)),
        *(found for name, operation in operations(config) for found in _operation(config, name, operation)),
        *(unreachable(config) if whole else ()),
    ]


def _shared(config: MappedConfig) -> Iterator[Mistake]:
    yield from _tried(("zone",), lambda: zone_of(config.zone))
    yield from _tried(("currency",), lambda: Money.parse("0", config.currency) if config.currency else None)
    for name in ("dates", "moments"):
        yield from _tried((name,), lambda name=name: _style(getattr(config, name)))  # type: ignore[misc]
    yield from _tried(("references",), lambda: checked(config.references))
    yield from _headers(config.headers, SHARED_VALUES, ("headers",))
    yield from _statuses(config.statuses, ("statuses",))
    yield from _pick(config.words, ("words",))
    yield from _pick(config.verdict.at if config.verdict else "", ("verdict", "at"))
    codes = [ours.code or name for name, ours in config.services.items()]
    for name, ours in config.services.items():
        if codes.count(ours.code or name) > 1:
            yield Mistake(("services", name), f"two services with the ministry's code {ours.code or name!r}")


def _service(config: MappedConfig, name: str, ours: MappedService) -> Iterator[Mistake]:
    if ours.form is not None:
        try:
            form = read_form({"schema": ours.form}, name, "")
        except Misread as problem:
            yield Mistake(("services", name, "form"), str(problem))
        else:
            if isinstance(form, FormUnsupportedReason):
                yield Mistake(("services", name, "form"), f"cannot be asked on a keypad: {form.path}")
    if ours.info is not None and ours.info.fee:
        fee = ours.info.fee
        yield from _tried(("services", name, "info", "fee"), lambda: Money.parse(fee, config.currency))


def _operation(config: MappedConfig, name: str, operation: Operation) -> Iterator[Mistake]:
    path, rule = tuple(name.split(".")), RULES[name]
    yield from _request(config, operation, rule, path)
    yield from _answer(operation, rule, path)
    services = len(config.services)
    told = "service" in operation.picks or (rule.lists and "service" in used_by(operation))
    if name in _OF_ONE_SERVICE and services > 1 and not told:
        yield Mistake((*path, "picks"), f"service is missing: there are {services}, and nothing tells which it is")
    if name != "applications.get":
        for field in ("keeps", "joins"):
            if getattr(operation, field):
                yield Mistake((*path, field), "only applications.get is completed by other requests")
        return
    if len(operation.joins) > _MOST_JOINS:
        yield Mistake((*path, "joins"), f"at most {_MOST_JOINS}: a citizen waits for each")
    used: set[str] = set()
    for join, other in operation.joins.items():
        inner = (*path, "joins", join)
        more = Rule(JOIN.values | {f"kept.{kept}" for kept in operation.keeps}, JOIN.picks)
        yield from _request(config, other, more, inner)
        yield from _answer(other, more, inner)
        used |= {found for found, _ in templates(other, inner)}
        if other.joins or other.keeps:
            yield Mistake(inner, "what completes is not itself completed")
    for kept, expression in operation.keeps.items():
        yield from _pick(expression, (*path, "keeps", kept))
        if f"kept.{kept}" not in used:
            yield Mistake((*path, "keeps", kept), f"no join uses {{kept.{kept}}}")


def _request(config: MappedConfig, operation: Operation, rule: Rule, path: tuple[str, ...]) -> Iterator[Mistake]:
    allowed = {*rule.values, "now", *(("key",) if rule.writes else ()), *(PAGING_VALUES if operation.paging else ())}
    yield from _tried((*path, "path"), lambda: PathTemplate(operation.path))
    yield from _headers(operation.headers, None, (*path, "headers"))
    for field in ("query", "body"):
        written = getattr(operation, field)
        flat = field == "query" or operation.body_as is BodyKind.FORM
        if flat and written is not None and not _is_flat(written):
            yield Mistake((*path, field), "a form is names and texts")
        elif written is not None:
            yield from _tried((*path, field), lambda written=written: Body(written))  # type: ignore[misc]
    if operation.body_as is BodyKind.FILE and path[-1] != "attach":
        yield Mistake((*path, "body_as"), "only attach sends a file")
    if operation.method == "GET" and operation.body is not None:
        yield Mistake((*path, "body"), "GET carries no body")
    extra = {f"service.{value}" for ours in config.services.values() for value in ours.values}
    for used, where in templates(operation, path):
        if used.startswith("answers.") and "answers" in allowed:
            continue
        if used == "account" and "account" in allowed and config.account is None:
            yield Mistake(where, "{account} is used, and the ministry's account is not described")
        elif where[-1] == "path" and (lacking := _lacking(config, used)):
            yield Mistake(where, f"{{{used}}} is not there for {lacking}: it would never be found")
        elif used not in allowed | extra:
            known = sorted(allowed | (extra if "service" in allowed else set()))
            yield Mistake(where, f"{{{used}}} is not known here; known are {', '.join(known)}")


def _lacking(config: MappedConfig, used: str) -> str:
    """For what a value of a path is absent: a path with a gap in it is never asked for."""
    if used == "cursor":
        return "the first page"
    group, _, name = used.partition(".")
    without = [
        code for code, ours in config.services.items() if group == "service" and name and name not in ours.values
    ]
    return ", ".join(without)


def _answer(operation: Operation, rule: Rule, path: tuple[str, ...]) -> Iterator[Mistake]:
    yield from _statuses(operation.statuses, (*path, "statuses"))
    yield from _pick(operation.words, (*path, "words"))
    yield from _pick(operation.at, (*path, "at"))
    yield from _pick(operation.verdict.at if operation.verdict else "", (*path, "verdict", "at"))
    for name, expression in operation.picks.items():
        where = (*path, "picks", name)
        if name not in rule.picks:
            yield Mistake(where, f"not known here; known are {', '.join(sorted(rule.picks)) or 'none'}")
            continue
        yield from _pick(expression, where, SHAPES.get(name))
    missing = rule.needs - set(operation.picks)
    if missing:
        yield Mistake((*path, "picks"), f"{', '.join(sorted(missing))} missing")
    yield from _paging(operation, rule, path)


def _paging(operation: Operation, rule: Rule, path: tuple[str, ...]) -> Iterator[Mistake]:
    paging, where = operation.paging, (*path, "paging")
    if paging is None:
        return
    if not rule.lists:
        yield Mistake(where, "only lists have pages")
    yield from _pick(paging.next, (*where, "next"))
    yield from _pick(paging.more, (*where, "more"))
    used = {name for name, _ in templates(operation, path)}
    by_value = paging.by is not PagingKind.NEXT
    if by_value and paging.by.value not in used:
        yield Mistake(where, f"{{{paging.by.value}}} stands nowhere in the request: every page would be the first")
    if paging.by in (PagingKind.NEXT, PagingKind.CURSOR) and not paging.next:
        yield Mistake(where, "next is missing: where the answer tells the next page")


def _headers(headers: Mapping[str, str], allowed: frozenset[str] | None, path: tuple[str, ...]) -> Iterator[Mistake]:
    for name, written in headers.items():
        yield from _tried((*path, name), lambda name=name: header_name(name))  # type: ignore[misc]
        yield from _tried((*path, name), lambda written=written: Template(written))  # type: ignore[misc]
        try:
            used = Template(written).names
        except InvalidValue:
            continue
        for value in used if allowed is not None else ():
            if value not in (allowed or ()):
                yield Mistake((*path, name), f"{{{value}}} is not known for all operations; write it at the one")


def _statuses(statuses: Mapping[int, Outcome], path: tuple[str, ...]) -> Iterator[Mistake]:
    for status in statuses:
        if status in _ALWAYS_THE_SAME:
            yield Mistake((*path, str(status)), f"always means {_ALWAYS_THE_SAME[status]}")
        if 300 <= status < 400:
            yield Mistake((*path, str(status)), "nobody is followed elsewhere: a redirection is a failure")


def _pick(expression: str, path: tuple[str, ...], keys: frozenset[str] | None = None) -> Iterator[Mistake]:
    if not expression:
        return
    try:
        made = MappedPick(expression).keys()
    except InvalidValue as wrong:
        yield Mistake(path, str(wrong))
        return
    if keys is not None and made - keys:
        yield Mistake(path, f"{', '.join(sorted(made - keys))} not known here; known are {', '.join(sorted(keys))}")


def _tried(path: tuple[str, ...], action: Callable[[], object]) -> Iterator[Mistake]:
    try:
        action()
    except InvalidValue as wrong:
        yield Mistake(path, str(wrong))


def _style(style: str) -> None:
    """A style that cannot read what it wrote would fail on every answer."""
    if style in ("", "unix", "unix_ms"):
        return
    sample = datetime(2026, 11, 23, 10, 24)
    try:
        read = read_moment(sample.strftime(style), style)
    except ValueError:
        raise InvalidValue(f"not a way to write a date: {style!r}") from None
    if read not in (sample, sample.date()):
        raise InvalidValue(f"{style!r} tells no day")


def _is_flat(written: object) -> bool:
    return isinstance(written, dict) and all(isinstance(item, str) for item in written.values())
