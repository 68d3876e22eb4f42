"""The ports Guide, ReportDesk and Payments over a mapped ministry."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from domain.deadline import Deadline
from domain.errors import InvalidValue, MinistryAmbiguous, MinistryContract, MinistryRefused
from domain.position import Position
from services.backends.eforms import read_form
from services.backends.mapped_config import Outcome
from services.backends.mapped_files import read_info, told_info
from services.backends.mapped_operations import MISSING, Asking, Ministry
from services.backends.mapped_reading import Picked, code, state
from services.backends.reading import Misread, record, text
from services.listed_places import ListedPlace, Opening, PlaceKind
from services.values import (
    Form,
    FormUnsupportedReason,
    Payment,
    Report,
    ReportKind,
    ReportStanding,
    ReportTaken,
    ServiceInfo,
)

# Each is a request of its own; who follows more reports than these sees the newest.
_MOST_STANDINGS = 10


class MappedGuide:
    """What the ministry tells everybody."""

    def __init__(self, ministry: Ministry, asking: Mapping[str, Asking]) -> None:
        self._ministry = ministry
        self._asking = asking

    async def info(self, service: str, deadline: Deadline) -> ServiceInfo | None:
        ask = self._asking.get("info")
        told = self._ministry.config.services.get(service)
        if told is None:
            return None
        if ask is None or told.info is not None:
            return told_info(service, told.info, self._ministry.reader)
        result = await ask.one(self._ministry.service(service), deadline)
        ask.agreed(result)
        if result.outcome in MISSING:
            return None
        with ask.reading():
            picked = ask.picked(result.at)
            return read_info(service, picked, self._ministry.reader, may_be_missing=ask.may_be_missing)

    async def places(self, deadline: Deadline) -> Sequence[ListedPlace]:
        ask = self._asking.get("places")
        if ask is None:
            return ()
        items = await ask.many({}, deadline)
        with ask.reading():
            return tuple(self._listed(ask.picked(item)) for item in items)

    def _listed(self, picked: Picked) -> ListedPlace:
        named = {name: picked[name] for name in ("id", "name", "address", "hours")}
        kind = picked.text("kind") or PlaceKind.CENTRE.value
        if kind not in list(PlaceKind):
            raise Misread(f"{picked.where('kind')} is none of {', '.join(PlaceKind)}")
        given = picked["services"]
        theirs = given if isinstance(given, list) else [] if given is None else [given]
        ours = (self._ministry.reader.our_service(code(item)) for item in theirs)
        return ListedPlace(
            place=self._ministry.reader.place(named, "place"),
            kind=PlaceKind(kind),
            services=tuple(service for service in ours if service),
            at=_position(picked),
            opening=tuple(_opening(item, picked.where("opening")) for item in picked.records("opening")),
            region=picked.text("region"),
            district=picked.text("district"),
            phone=picked.text("phone"),
        )


class MappedReports:
    """Who takes what people have to say."""

    def __init__(self, ministry: Ministry, asking: Mapping[str, Asking]) -> None:
        self._ministry = ministry
        self._asking = asking

    async def kinds(self, language: str, deadline: Deadline) -> Sequence[ReportKind]:
        ask = self._asking.get("kinds")
        if ask is None:
            return ()
        items = await ask.many({"language": language}, deadline)
        with ask.reading():
            return tuple(
                ReportKind(
                    picked.needed("code"), picked.needed("title"), picked.text("asks") == "true", picked.text("group")
                )
                for picked in map(ask.picked, items)
            )

    async def questions(self, kind: str, language: str, deadline: Deadline) -> Form | FormUnsupportedReason | None:
        ask = self._asking.get("questions")
        if ask is None:
            return None
        result = await ask.one({"kind": kind, "language": language}, deadline)
        ask.agreed(result)
        if result.outcome in MISSING:
            return None
        with ask.reading():
            picked = ask.picked(result.at)
            schema = picked["schema"]
            return None if schema is None else read_form({"schema": record(schema, "schema")}, kind, language)

    async def send(self, report: Report, deadline: Deadline) -> ReportTaken:
        ask = self._asking.get("send")
        if ask is None:
            raise MinistryRefused(self._ministry.transport.ministry, "takes no reports")
        values = {
            "kind": report.kind,
            "text": report.text,
            "answers": report.answers,
            "place": self._ministry.config.places.get(report.place, report.place),
            "address": report.address,
            "contact": report.contact,
            "language": report.language,
            "key": report.idempotency_key,
        }
        result = await ask.one(values, deadline, bare=True)
        if result.outcome is Outcome.CONFLICT:
            raise MinistryAmbiguous(self._ministry.transport.ministry, f"{ask.name}: {result.status}")
        ask.agreed(result)
        if result.outcome in MISSING:
            raise MinistryContract(self._ministry.transport.ministry, f"{ask.name}: does not know the kind")
        with ask.reading():
            picked = ask.picked(result.at)
            return ReportTaken(picked.text("number"), picked.text("token"))

    async def find(self, report: Report, since: datetime, deadline: Deadline) -> ReportTaken | None:
        """No mapping says how to look for one."""
        raise MinistryAmbiguous(self._ministry.transport.ministry, "has no list to look in")

    async def number(self, token: str, deadline: Deadline) -> str:
        ask = self._asking.get("number")
        if ask is None:
            return ""
        result = await ask.one({"token": token}, deadline)
        ask.agreed(result)
        if result.outcome in MISSING:
            return ""
        with ask.reading():
            return ask.picked(result.at).text("number")

    async def standing(self, numbers: Sequence[str], deadline: Deadline) -> Sequence[ReportStanding]:
        ask = self._asking.get("standing")
        found: list[ReportStanding] = []
        if ask is None:
            return found
        for number in numbers[:_MOST_STANDINGS]:
            result = await ask.one({"number": number}, deadline)
            ask.agreed(result)
            if result.outcome in MISSING:
                continue
            with ask.reading():
                found.append(self._standing(number, ask.picked(result.at)))
        return found

    def _standing(self, number: str, picked: Picked) -> ReportStanding:
        closed = picked["closed"]
        if not isinstance(closed, bool):
            raise Misread(f"{picked.where('closed')} is neither true nor false")
        moment = self._ministry.reader.moment
        return ReportStanding(
            number=number,
            closed=closed,
            words=picked.text("words"),
            updated=moment(picked["updated"], picked.where("updated")),
            due=moment(picked["due"], picked.where("due")),
        )


class MappedPayments:
    """What the ministry pays out."""

    def __init__(self, ministry: Ministry, asking: Mapping[str, Asking]) -> None:
        self._ministry = ministry
        self._asking = asking

    async def of(self, service: str, reference: str, deadline: Deadline) -> Sequence[Payment] | None:
        ask = self._asking.get("of")
        if ask is None:
            return None
        values = {**self._ministry.service(service), "reference": reference}
        items = await ask.many(values, deadline)
        with ask.reading():
            paid = [self._payment(ask.picked(item)) for item in items]
        # The newest first; what has no day yet is newer than all that have.
        return sorted(paid, key=lambda one: one.on or date.max, reverse=True) if paid else None

    def _payment(self, picked: Picked) -> Payment:
        reader = self._ministry.reader
        ours = state(picked["state"], self._ministry.config.payment_states, picked.where("state"))
        amount = reader.money(picked["amount"], picked["currency"], picked.where("amount"))
        if ours is None or amount is None:
            raise Misread(f"{picked.where('amount' if ours else 'state')} is missing, or not one of payment_states")
        on = reader.day(picked["day"], picked.where("day"))
        return Payment(picked.needed("id"), ours, amount, on, picked.text("reason"))


def _position(picked: Picked) -> Position | None:
    lat, lon = picked.text("lat"), picked.text("lon")
    try:
        return Position(float(lat), float(lon)) if lat and lon else None
    except (ValueError, InvalidValue):
        raise Misread(f"{picked.where('lat')} is no position") from None


def _opening(item: Mapping[str, object], what: str) -> Opening:
    days = item.get("days")
    numbers = {text(day, what) for day in (days if isinstance(days, list) else [days])}
    if not numbers or not numbers <= set("1234567"):
        raise Misread(f"{what}: days are 1 (Monday) to 7")
    try:
        opens, closes = (time.fromisoformat(text(item.get(name), what)) for name in ("opens", "closes"))
    except ValueError:
        raise Misread(f"{what}: hours are like 09:00") from None
    return Opening(frozenset(map(int, numbers)), opens, closes)
