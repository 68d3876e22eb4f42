"""One operation of a mapped ministry: values in, a request out, and what its answer means."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from domain.deadline import Deadline
from domain.errors import (
    InvalidValue,
    MinistryBusy,
    MinistryContract,
    MinistryError,
    MinistryRefused,
    MinistryUnavailable,
)
from services.backends import addresses
from services.backends.answers import Answer
from services.backends.mapped_config import (
    BodyKind,
    MappedConfig,
    MappedService,
    Operation,
    Outcome,
    PagingKind,
    Verdict,
)
from services.backends.mapped_picks import MappedPick
from services.backends.mapped_reading import Picked, Picks, Reader, code
from services.backends.mapped_references import masked
from services.backends.mapped_templates import Absent, Body, Fields, PathTemplate, Writing, header_values
from services.backends.multipart import multipart
from services.backends.reading import Misread, text
from services.backends.transport import Call, Octets, Transport
from services.document_ports import Document

_DEFAULTS: Mapping[int, Outcome] = {404: Outcome.NOT_FOUND, 410: Outcome.NOT_FOUND, 409: Outcome.CONFLICT}
_MOST_ITEMS = 20_000
_LONGEST_LINK = 2000
# `a.b` and `a[0]` stand in `a`. Of other expressions that cannot be told.
_LAST_STEP = re.compile(r"([\w.]+)(?:\.\w+|\[\d+\])")
MISSING = frozenset({Outcome.NOT_FOUND, Outcome.NOT_YOURS})


@dataclass(frozen=True, slots=True)
class Ministry:
    """What all operations of one ministry share."""

    config: MappedConfig
    transport: Transport
    reader: Reader
    writing: Writing

    def known(self, code: str) -> MappedService:
        """What the pack says of our service there; raises `MinistryContract` for one that is not this ministry's."""
        try:
            return self.config.services[code]
        except KeyError:
            raise MinistryContract(self.transport.ministry, "service is not one of this ministry's") from None

    def service(self, code: str) -> dict[str, object]:
        """`{service}`: the ministry's own code; `{service.name}`: what the pack adds."""
        ours = self.known(code)
        return {"service": ours.code or code, **{f"service.{name}": value for name, value in ours.values.items()}}


@dataclass(frozen=True, slots=True)
class Result:
    """What an answer meant. `at`: the record, or the records. `words`: the ministry's own, where it said no."""

    outcome: Outcome
    at: object = None
    document: object = None
    status: int = 0
    words: str = field(default="", repr=False)


class Asking:
    """An operation, compiled at start. `writes`: whatever its method, it is sent once."""

    def __init__(self, name: str, config: Operation, ministry: Ministry, writes: bool = False) -> None:
        self.name = name
        self.writes = writes
        self._config = config
        self._ministry = ministry
        shared = ministry.config
        self._path = PathTemplate(config.path)
        self._query = Fields(config.query)
        self._headers = Fields({**shared.headers, **config.headers})
        as_form = config.body_as is BodyKind.FORM
        self._form = Fields(config.body) if as_form and isinstance(config.body, dict) else None
        self._body = Body(config.body) if config.body is not None and not as_form else None
        self._statuses = {**_DEFAULTS, **shared.statuses, **config.statuses}
        verdict = config.verdict or shared.verdict
        meant = [*shared.statuses.values(), *config.statuses.values(), *(verdict.means.values() if verdict else ())]
        self.expects_conflict = Outcome.CONFLICT in meant
        self._told = frozenset(status for status in self._statuses if status >= 500)
        self._verdict = _Said(verdict)
        self._words = MappedPick(config.words or shared.words) if config.words or shared.words else None
        self._at = MappedPick(config.at) if config.at else None
        around = _LAST_STEP.fullmatch(config.at)
        self._around = MappedPick(around[1]) if around else None
        self.picks = Picks(config.picks)
        self._keeps = {kept: MappedPick(expression) for kept, expression in config.keeps.items()}
        paging = config.paging
        self._next = MappedPick(paging.next) if paging and paging.next else None
        self._more = MappedPick(paging.more) if paging and paging.more else None

    @property
    def may_be_missing(self) -> bool:
        """Whether the pack says that what is looked for need not be there."""
        return self._config.nothing == "not_found"

    @property
    def names(self) -> set[str]:
        """The values that the request is made of."""
        body = [*(self._body.names if self._body else ()), *(self._form.names if self._form else ())]
        return {*self._path.names, *self._query.names, *self._headers.names, *body}

    async def one(self, values: Mapping[str, object], deadline: Deadline, *, bare: bool = False) -> Result:
        """One record. `bare`: that it was done is all that is asked. Raises `MinistryError`s, but for expected ends."""
        result = self._looked_at(await self._ask(values, deadline, None))
        if result.outcome is not Outcome.OK or bare or result.at is not None:
            return result
        if self._is_empty_place(result):
            return Result(Outcome.NOT_FOUND, status=result.status)
        raise self.misread(f"nothing at `{self._config.at}`" if self._config.at else "the answer is empty")

    async def many(self, values: Mapping[str, object], deadline: Deadline) -> list[object]:
        """All records of a list, through all its pages; none where the ministry knows of none."""
        found: list[object] = []
        most, place = self._config.paging.most if self._config.paging else 1, ""
        for _ in range(most):
            items, place = await self.page(values, place, deadline)
            found += items
            if len(found) > _MOST_ITEMS:
                raise self.misread(f"the list holds more than {_MOST_ITEMS}")
            if not place:
                return found
        raise self.misread(f"the list goes on after {most} pages")

    async def page(self, values: Mapping[str, object], place: str, deadline: Deadline) -> tuple[list[object], str]:
        """One page of a list, and the place of the next: "" for the first page, and after the last."""
        paging = self._config.paging
        if paging is None:
            result = self._looked_at(await self._ask(values, deadline, None))
            self.agreed(result)
            return self._items(result), ""
        numbered = paging.by in (PagingKind.PAGE, PagingKind.OFFSET)
        # Of a list that was paged otherwise when its place was kept it is no number: from the first page, then.
        page = int(place) if numbered and place.isdecimal() else 0
        at: dict[str, object] = {"page": paging.first + page, "offset": page * paging.size, "size": paging.size}
        if place and paging.by is PagingKind.CURSOR:
            at["cursor"] = place
        link = parse_qsl(place, keep_blank_values=True) if place and paging.by is PagingKind.NEXT else None
        result = self._looked_at(await self._ask({**values, **at}, deadline, link))
        self.agreed(result)
        items = self._items(result)
        if result.outcome is not Outcome.OK:
            if place and not numbered:
                # It named that page itself: that it is not there is no end of the list.
                raise self.misread("the next page is not there")
            return items, ""
        with self.reading():
            following = self._following(result.document, len(items), paging.size)
        if following is None:
            return items, ""
        if following == place and not numbered:
            raise self.misread("the next page is this page")
        return items, str(page + 1) if numbered else following

    def picked(self, record: object) -> Picked:
        return self.picks.of(record)

    def kept(self, result: Result) -> dict[str, object]:
        with self.reading():
            return {f"kept.{name}": pick(result.document) for name, pick in self._keeps.items()}

    def agreed(self, result: Result, conflict: bool = False) -> None:
        """Raises for what no port has an answer for. `conflict`: that one is expected."""
        ministry, why = self._ministry.transport.ministry, f"{self.name} {result.status}"
        if result.outcome is Outcome.BUSY:
            raise MinistryBusy(ministry, why)
        if result.outcome is Outcome.UNAVAILABLE:
            raise MinistryUnavailable(ministry, why)
        if result.outcome is Outcome.REFUSED or (result.outcome is Outcome.CONFLICT and not conflict):
            raise MinistryRefused(ministry, why, result.words)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What does not fit in here is told with the operation; after a write its end is open."""
        try:
            yield
        except Misread as problem:
            raise self.misread(str(problem)) from None

    def misread(self, why: str) -> MinistryError:
        return self._ministry.transport.misread(f"{self.name}: {why}", self.writes)

    async def _ask(
        self, values: Mapping[str, object], deadline: Deadline, link: Sequence[tuple[str, str]] | None
    ) -> Answer | None:
        """The answer; None for a read with a value that cannot stand in its place: no ministry has such a thing."""
        try:
            call = self._call({"now": deadline.clock.now(), **values, **self._theirs(values)}, link)
            for part in call.path:
                addresses.segment(part)
        except InvalidValue:
            if self.writes:
                why = f"{self.name}: a value cannot stand in the request"
                raise MinistryRefused(self._ministry.transport.ministry, why) from None
            return None
        return await self._ministry.transport.request(call, deadline)

    def _theirs(self, values: Mapping[str, object]) -> dict[str, object]:
        """The reference as the ministry writes it; raises `InvalidValue` for one that none of its own can be."""
        ours, mask = values.get("reference"), self._ministry.config.references
        return {"reference": masked(mask, ours)} if isinstance(ours, str) else {}

    def _call(self, values: Mapping[str, object], link: Sequence[tuple[str, str]] | None) -> Call:
        writing = self._ministry.writing
        return Call(
            operation=self.name,
            method=self._config.method,
            path=self._path.fill(values, writing),
            query=link if link is not None else self._query.fill(values, writing),
            headers=header_values(self._headers.fill(values, writing)),
            body=self._filled_body(values),
            only_asks=not self.writes,
            acts=self.writes,
            told=self._told,
            slash=self._path.slash,
        )

    def _filled_body(self, values: Mapping[str, object]) -> object:
        writing = self._ministry.writing
        if self._config.body_as is BodyKind.FILE:
            document = values.get("document")
            name = str(values.get("key", "")) or "document"
            if not isinstance(document, Document) or not name.replace("-", "").isalnum() or not name.isascii():
                raise InvalidValue("no document")
            return multipart(name, document)
        if self._form is not None:
            body = urlencode(self._form.fill(values, writing))
            return Octets("application/x-www-form-urlencoded", body.encode("ascii"))
        try:
            return None if self._body is None else self._body.fill(values, writing)
        except Absent:
            return None

    def _is_empty_place(self, result: Result) -> bool:
        """There is none, and the answer is one that would have had it: what it stands in is there."""
        if self._config.nothing != "not_found" or result.document is None:
            return False
        with self.reading():
            return self._around is None or self._around(result.document) is not None

    def _looked_at(self, answer: Answer | None) -> Result:
        if answer is None:
            return Result(Outcome.NOT_FOUND)
        if answer.status in (401, 407) and answer.status not in self._statuses:
            raise MinistryContract(self._ministry.transport.ministry, f"{self.name}: does not know us")
        default = Outcome.OK if answer.ok else Outcome.REFUSED
        outcome = self._statuses.get(answer.status, default)
        with self.reading():
            if outcome in (Outcome.OK, Outcome.REFUSED):
                outcome = self._verdict(answer.json, outcome)
            if outcome is not Outcome.OK:
                return Result(outcome, None, answer.json, answer.status, self._said(answer.json))
            at = self._at(answer.json) if self._at else answer.json
        return Result(outcome, at, answer.json, answer.status)

    def _items(self, result: Result) -> list[object]:
        if result.outcome is not Outcome.OK:
            return []
        if result.at is None and self._is_empty_place(result):
            return []
        if not isinstance(result.at, list):
            raise self.misread(f"no list at `{self._config.at}`" if self._config.at else "the answer is no list")
        return result.at

    def _following(self, document: object, count: int, size: int) -> str | None:
        """What asks for the next page: "" where its number is all; None where this was the last."""
        if self._more is not None and not self._more(document):
            return None
        if self._next is not None:
            value = text(self._next(document), "the next page")
            if len(value) > _LONGEST_LINK:
                raise Misread("the next page's address is too long")
            by_link = self._config.paging is not None and self._config.paging.by is PagingKind.NEXT
            # Of a link only its query is followed: where we ask is the pack's affair alone.
            return (urlsplit(value).query if by_link else value) or None
        return None if self._more is None and count < size else ""

    def _said(self, document: object) -> str:
        """The ministry's own sentence, for the citizen alone: it may hold what she wrote."""
        try:
            return text(self._words(document), "words")[:200] if self._words else ""
        except Misread:
            return ""


class _Said:
    """What the body says of how it went."""

    def __init__(self, config: Verdict | None) -> None:
        self._config = config
        self._at = MappedPick(config.at) if config else None

    def __call__(self, document: object, outcome: Outcome) -> Outcome:
        if self._config is None or self._at is None:
            return outcome
        value = self._at(document)
        said = code(value) if value is not None else ""
        if not said or said in self._config.ok:
            return outcome
        return self._config.means.get(said, self._config.otherwise)
