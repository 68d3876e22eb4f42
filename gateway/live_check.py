"""Tries a pack's ministries as they are now: what was asked, what came, what was understood; people are masked."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import msgspec

from domain.clock import Clock, SystemClock
from domain.deadline import Deadline
from domain.errors import GuichetError, MinistryRefused
from domain.ids import Ids
from gateway.live_attempts import Attempt, attempts
from gateway.live_wire import Exchange, ListeningWire
from gateway.masking import Mask, known_texts
from gateway.pack import Pack
from gateway.pack_ministries import backends_of
from services.backends.registry import Backend
from services.values import Form, ReportTaken, Slot, Visit

_SECONDS = 30.0
_SHOWN_HEADERS = frozenset({"accept", "content-type"})
_LONGEST = 2000
_MOST_EXCHANGES = 4


class End(StrEnum):
    """How one attempt ended."""

    UNDERSTOOD = "understood"
    FAILED = "FAILED"
    UNABLE = "not asked"
    UNTRIED = "not tried"
    UNMAPPED = "not mapped"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says. `samples`: `name=value`, or `ministry.name=value` for one ministry alone."""

    samples: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False
    only: str = ""


@dataclass(slots=True)
class Report:
    """The lines to be shown, and how each attempt ended."""

    lines: list[str] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)

    @property
    def status(self) -> int:
        """0: all that there is was tried and understood; 1: something failed; 2: something was not tried."""
        if End.FAILED in self.ends:
            return 1
        return 2 if End.UNTRIED in self.ends or End.UNDERSTOOD not in self.ends else 0


def try_live(pack: Pack, environment: Mapping[str, str], asked: Asked) -> Report:
    """Raises `SettingsError` for an address that is not set, `PackErrors` for settings that are wrong."""
    return asyncio.run(_tried(pack, environment, asked))


async def _tried(pack: Pack, environment: Mapping[str, str], asked: Asked) -> Report:
    report = Report()
    clock = SystemClock()
    ids = Ids(clock)
    # The addresses of those that are not asked need not be known.
    chosen = {
        key: file for key, file in pack.ministries.items() if not asked.only or asked.only in (key, file.address.name)
    }
    pack = replace(pack, ministries=chosen)
    async with ListeningWire() as wire:
        made = backends_of(pack, pack.ministries_for(environment), wire, clock)
        for key, file in pack.ministries.items():
            samples = _samples(key, asked, pack, made[file.address.name])
            mask = Mask(known_texts(file.settings), samples, clock.now().date())
            report.lines.append(f"== {key} ({file.standard})")
            all_of = attempts(made[file.address.name], pack.default_language, clock.now(), pack.country)
            lacks = made[file.address.name].lacks
            for attempt in all_of:
                if attempt.writes and not asked.writes:
                    continue
                if attempt.operation in lacks:
                    report.ends.append(End.UNMAPPED)
                    report.lines.append(f"{_title(attempt)}: {End.UNMAPPED}")
                    continue
                if "key" not in asked.samples:
                    samples["key"] = ids.token()  # each write is an act of its own
                end, lines = await _one(attempt, samples, wire, mask, clock)
                report.ends.append(end)
                report.lines += lines
    return report


def _samples(key: str, asked: Asked, pack: Pack, backend: Backend) -> dict[str, str]:
    """Those given, and what can be known without being told."""
    places = [place.id for code in sorted(backend.services) for place in pack.places.offering(code)]
    known = {"place": places[0]} if places else {}
    # A name with a dot is one ministry's own, but for the answers to a form.
    general = {name: value for name, value in asked.samples.items() if "." not in name or name.startswith("answers.")}
    own = {name.removeprefix(f"{key}."): value for name, value in asked.samples.items() if name.startswith(f"{key}.")}
    return {**known, **general, **own}


async def _one(
    attempt: Attempt, samples: dict[str, str], wire: ListeningWire, mask: Mask, clock: Clock
) -> tuple[End, list[str]]:
    title = _title(attempt)
    missing = [name for name in attempt.needs if name not in samples and not _among(name, samples)]
    if missing:
        hint = " ".join(f"--sample {name}{'.NAME' if name == 'answers' else ''}=…" for name in missing)
        return End.UNTRIED, [f"{title}: {End.UNTRIED}; give {hint}"]
    wire.take()
    end, understood = End.UNDERSTOOD, ""
    plain = Mask(mask.known, mask.samples, mask.today, clear=attempt.public)
    try:
        value = await attempt.run(samples, Deadline.after(_SECONDS, clock))
        understood = _shown(plain.value(_plain(value)))
        _remember(attempt, value, samples)
    except GuichetError as failure:
        end, understood = End.FAILED, f"{type(failure).__name__}: {failure}"
        if isinstance(failure, MinistryRefused) and failure.words:
            words = mask.without_numbers(failure.words) if attempt.writes else mask.text(failure.words)
            understood += f" (its own words: {words})"
    heard = wire.take()
    if not heard and end is End.UNDERSTOOD:
        end = End.UNABLE
    lines = [line for exchange in heard[:_MOST_EXCHANGES] for line in _said(exchange, plain, mask, attempt.writes)]
    if len(heard) > _MOST_EXCHANGES:
        lines.append(f"   … and {len(heard) - _MOST_EXCHANGES} more pages or requests")
    return end, [f"{title}: {end}", *lines, f"   = {understood}"]


def _title(attempt: Attempt) -> str:
    return f"-- {attempt.operation}{f' ({attempt.about})' if attempt.about else ''}"


def _among(name: str, samples: Mapping[str, str]) -> bool:
    return name == "answers" and any(given.startswith("answers.") for given in samples)


def _remember(attempt: Attempt, value: object, samples: dict[str, str]) -> None:
    """What was told is the sample for asking on: a form, open times to book and move to, a visit, a report."""
    learned: dict[str, str] = {}
    match value:
        case [Slot() as first, *others]:
            learned["slot"] = first.id
            if others and isinstance(others[0], Slot):
                learned["new_slot"] = others[0].id
        case Visit(id=visit):
            learned["visit"] = visit
        case Form(id=form) if attempt.about == samples.get("service"):
            learned["form"] = form
        case ReportTaken(number=number, token=token):
            learned = {name: told for name, told in (("number", number), ("token", token)) if told}
    for name, told in learned.items():
        samples.setdefault(name, told)


def _said(exchange: Exchange, plain: Mask, mask: Mask, writes: bool = False) -> Iterator[str]:
    """The request without secrets: of headers their names, but for what kind of content goes. Why a write was refused
    is said in words that are of no use as shapes: there only numbers are hidden, for writes go to test systems."""
    yield f"   > {exchange.method} {mask.url(exchange.url)}"
    shown = (f"{name}: {value if name.lower() in _SHOWN_HEADERS else '…'}" for name, value in exchange.headers.items())
    yield f"   > {'; '.join(shown)}"
    if exchange.body:
        yield f"   > {_body(exchange.body, mask)}"
    answer = exchange.answer
    if answer is None:
        yield f"   < no answer: {exchange.failure}"
        return
    yield f"   < {answer.status} {answer.headers.get('content-type', '(no content type)')}, {len(answer.body)} octets"
    if answer.body:
        refused = writes and 400 <= answer.status < 500
        yield f"   < {_body(bytes(answer.body), replace(mask, numbers_only=True) if refused else plain)}"


def _body(body: bytes, mask: Mask) -> str:
    try:
        return _shown(mask.value(msgspec.json.decode(body)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return f"(no JSON, {len(body)} octets)"


def _plain(value: object) -> object:
    """Values as JSON, without what is absent."""
    return _present(msgspec.to_builtins(value, str_keys=True))


def _present(value: object) -> object:
    if isinstance(value, dict):
        return {name: item for name, inner in value.items() if (item := _present(inner)) not in (None, "", {}, [])}
    return [_present(item) for item in value] if isinstance(value, list | tuple) else value


def _shown(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
