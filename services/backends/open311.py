"""The port `ReportDesk` over Open311 GeoReport v2 in JSON: what people have to say, handed in and followed.

`/services`, `/services/{code}`, `/requests`, `/requests/{id}`, `/tokens/{token}`. Servers differ in what ids are made
of, in lists and errors, and in pages: all of these are read. The standard has no key by which a second sending is
known for the first: `find` looks for what was handed in.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from domain.deadline import Deadline
from domain.errors import InvalidValue, MinistryAmbiguous, MinistryContract, MinistryRefused
from services.backends import open311_reading as reader
from services.backends.answers import Answer
from services.backends.hsds_config import LanguageIn
from services.backends.open311_config import Open311Config
from services.backends.open311_reading import CHOSEN, Json
from services.backends.reading import Misread, text, zone_of
from services.backends.transport import Call, Octets, Transport
from services.values import Form, FormUnsupportedReason, Report, ReportKind, ReportStanding, ReportTaken

LONGEST_DESCRIPTION = 4000
_LONGEST_WORDS = 200
_NOT_THERE = ("404", "410")
_AT_ONCE, _MOST_EACH, _MOST_KINDS = 50, 10, 200
# Clocks differ: so much earlier than the sending is looked for.
_EARLIER = timedelta(minutes=10)


class Open311Desk:
    """Fulfils `services.ports.ReportDesk`."""

    def __init__(self, transport: Transport, config: Open311Config) -> None:
        self._transport, self._config, self._zone = transport, config, zone_of(config.zone)
        self._ours = (("jurisdiction_id", config.jurisdiction_id),) if config.jurisdiction_id else ()

    async def kinds(self, language: str, deadline: Deadline) -> Sequence[ReportKind]:
        items = await self._listed("services.list", ("services.json",), (), deadline, language)
        with _Read(self._transport):
            found = {kind.code: kind for kind in map(reader.kind, items[:_MOST_KINDS])}
        chosen = self._config.kinds or tuple(found)
        return tuple(found[code] for code in chosen if code in found and code not in self._config.leave_out)

    async def questions(self, kind: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        answer = await self._asked("services.get", ("services", f"{kind}.json"), (), deadline, language)
        if answer is None:
            return None
        with _Read(self._transport):
            return reader.questions(answer.json, kind)

    async def send(self, report: Report, deadline: Deadline) -> ReportTaken:
        fields = [*self._ours, ("service_code", report.kind)]
        fields += [("description", report.text[:LONGEST_DESCRIPTION])] if report.text else []
        fields += self._place(report) + self._answers(report.answers, await self._moments(report, deadline))
        if report.contact is not None and self._config.share_contact:
            fields.append(("phone", report.contact.e164))
        body = Octets("application/x-www-form-urlencoded; charset=utf-8", urlencode(fields).encode("ascii"))
        call = Call("requests.create", "POST", ("requests.json",), body=body)
        answer = await self._transport.request(call, deadline)
        if answer.status == 409:
            raise MinistryAmbiguous(self._transport.ministry, "409")
        if self._status(answer) in _NOT_THERE:
            raise MinistryContract(self._transport.ministry, "does not know the kind")
        with _Read(self._transport, wrote=True):
            return reader.taken(answer.json)

    async def number(self, token: str, deadline: Deadline) -> str:
        answer = await self._asked("tokens.get", ("tokens", f"{token}.json"), (), deadline)
        with _Read(self._transport):
            return reader.number_of(answer.json) if answer is not None else ""

    async def standing(self, numbers: Sequence[str], deadline: Deadline) -> Sequence[ReportStanding]:
        if self._config.asked == "each":
            return await self._each(numbers[:_MOST_EACH], deadline)
        found: list[ReportStanding] = []
        for first in range(0, len(numbers), _AT_ONCE):
            some = numbers[first : first + _AT_ONCE]
            query = (("service_request_id", ",".join(some)),)
            found += self._standings(
                await self._listed("requests.list", ("requests.json",), query, deadline), set(some)
            )
        return found

    async def find(self, report: Report, since: datetime, deadline: Deadline) -> ReportTaken | None:
        """By its kind and its words. `MinistryAmbiguous` where it is not in a list that need not hold all."""
        query = (
            ("service_code", report.kind),
            ("start_date", _written(since - _EARLIER)),
            ("end_date", _written(deadline.clock.now() + _EARLIER)),
        )
        items = await self._listed("requests.list", ("requests.json",), query, deadline)
        sought = _words(report.text[:LONGEST_DESCRIPTION])
        with _Read(self._transport):
            for item in items if sought else ():
                # The kind again: servers pass over what they do not filter by.
                same_kind = text(item.get("service_code"), "service_code") in ("", report.kind)
                if same_kind and _words(_whole(item.get("description"))) == sought:
                    return reader.taken([item])
        if self._config.lists_all and sought:
            return None
        raise MinistryAmbiguous(self._transport.ministry, "not in its list, which need not hold all")

    async def _each(self, numbers: Sequence[str], deadline: Deadline) -> list[ReportStanding]:
        found: list[ReportStanding] = []
        for number in numbers:
            answer = await self._asked("requests.get", ("requests", f"{number}.json"), (), deadline)
            if answer is not None:
                with _Read(self._transport):
                    listed = reader.items(answer.json, "request")
                found += self._standings(listed, {number})
        return found

    def _standings(self, items: Sequence[Json], asked: set[str]) -> list[ReportStanding]:
        """Those that were asked for: some servers pass over the filter and tell all."""
        with _Read(self._transport):
            ours = [item for item in items if text(item.get("service_request_id"), "service_request_id") in asked]
            return [reader.standing(item, self._config.closed, self._zone) for item in ours]

    def _place(self, report: Report) -> list[tuple[str, str]]:
        """The standard asks for one of three; what a place has of them goes along."""
        fields: list[tuple[str, str]] = []
        if report.position is not None:
            fields += [("lat", f"{report.position.lat:.6f}"), ("long", f"{report.position.lon:.6f}")]
        if report.place in self._config.places:
            fields.append(("address_id", self._config.places[report.place]))
        address = report.address or ("" if fields else self._config.address)
        return fields + ([("address_string", address)] if address else [])

    async def _moments(self, report: Report, deadline: Deadline) -> frozenset[str]:
        """Which of the answers it takes as moments; it is asked only where one looks like a day."""
        if not any(_as_day(value) for value in report.answers.values()):
            return frozenset()
        answer = await self._asked("services.get", ("services", f"{report.kind}.json"), (), deadline)
        with _Read(self._transport):
            return frozenset() if answer is None else reader.moments(answer.json)

    def _answers(self, answers: Mapping[str, object], moments: frozenset[str]) -> list[tuple[str, str]]:
        fields: list[tuple[str, str]] = []
        for code, value in answers.items():
            if isinstance(value, list):
                chosen = [entry.get(CHOSEN) if isinstance(entry, dict) else entry for entry in value]
                fields += [(f"attribute[{code}][]", str(each)) for each in chosen if each is not None]
            elif value is not None:
                day = _as_day(value) if code in moments else None
                # The standard knows moments alone: a day becomes its beginning.
                written = str(value) if day is None else datetime.combine(day, time(), self._zone).isoformat()
                fields.append((f"attribute[{code}]", written))
        return fields

    async def _listed(
        self,
        operation: str,
        path: tuple[str, ...],
        query: tuple[tuple[str, str], ...],
        deadline: Deadline,
        language: str = "",
    ) -> list[Json]:
        """All items; page by page where the pack says so, until one is short, empty, or the one before again."""
        size, found = self._config.page_size, list[Json]()
        named = "service_code" if operation == "services.list" else "service_request_id"
        for page in range(1, (self._config.most_pages if size else 1) + 1):
            paged = (("page", str(page)), ("per_page", str(size))) if size else ()
            answer = await self._asked(operation, path, (*query, *paged), deadline, language)
            with _Read(self._transport):
                read = [] if answer is None else reader.items(answer.json, operation, named)
            if read and read == found[-len(read) :]:
                break
            found += read
            if len(read) < size:
                break
        return found

    async def _asked(
        self,
        operation: str,
        path: tuple[str, ...],
        query: tuple[tuple[str, str], ...],
        deadline: Deadline,
        language: str = "",
    ) -> Answer | None:
        """None for what it does not know."""
        headers, spoken = self._spoken(language)
        call = Call(operation, "GET", path, (*self._ours, *spoken, *query), headers)
        try:
            answer = await self._transport.request(call, deadline)
        except InvalidValue:  # its own code or number, and none that can be asked for
            raise self._transport.misread("a code that no address can hold") from None
        return None if self._status(answer) in _NOT_THERE else answer

    def _spoken(self, language: str) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
        if not language:
            return {}, ()
        if self._config.language_in is LanguageIn.HEADER:
            return {"accept-language": language}, ()
        return {}, ((self._config.language_name, language),)

    def _status(self, answer: Answer) -> str:
        """The status, or the code of an error told in a 200; raises for all that is neither done nor not there."""
        told = reader.errors(answer.json)
        status = str(answer.status) if not answer.ok or not told else told[0][0] or "400"
        if status in ("401", "407"):
            raise MinistryContract(self._transport.ministry, "does not know us")
        if (told or not answer.ok) and status not in _NOT_THERE:
            # Its own sentence is for the citizen alone: it may hold what she wrote.
            said = told[0][1][:_LONGEST_WORDS] if told else ""
            raise MinistryRefused(self._transport.ministry, status if status.isalnum() else "refused", said)
        return status


class _Read:
    """What does not read within it is misread."""

    def __init__(self, transport: Transport, wrote: bool = False) -> None:
        self._transport, self._wrote = transport, wrote

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Misread):
            raise self._transport.misread(str(error), self._wrote) from None


def _whole(value: object) -> str:
    """A description as it was told, whole; "" for anything else."""
    return value if isinstance(value, str) else ""


def _as_day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-01-01") else None
    except ValueError:
        return None


def _words(written: str) -> str:
    return " ".join(written.split())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
