"""Reads a mapped ministry's applications, changes and what it tells beforehand into canonical values."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import date

from domain.money import Money
from domain.states import ApplicationState
from services.backends import reading
from services.backends.mapped_config import MappedConfig, MappedInfo
from services.backends.mapped_reading import Picked, Reader, code, state
from services.backends.reading import Misread, many_words, text, words
from services.values import (
    Application,
    Change,
    Delivery,
    FeeDue,
    HistoryStep,
    Pickup,
    Place,
    ServiceInfo,
)

_WAITING = frozenset({ApplicationState.RECEIVED, ApplicationState.IN_REVIEW, ApplicationState.ACTION_REQUIRED})
# What can be picked of an application; `currency` is its amount's.
APPLICATION = frozenset(field.name for field in fields(Application)) - {"ministry_word"} | {"word", "currency"}
_PLACE = frozenset({"id", "name", "address", "hours"})
# The objects that picks make, and the names in them.
SHAPES = {
    "pickup": _PLACE | {"available_from", "available_until"},
    "pickup_choices": _PLACE,
    "history": frozenset({"day", "state", "word"}),
    "delivery": frozenset({"state", "tracking", "carrier", "day", "last_seen"}),
    "fee": frozenset({"amount", "currency", "reference", "paid", "until"}),
    "opening": frozenset({"days", "opens", "closes"}),
}


class MappedFiles:
    """`due(service, submitted_on)`: the day a decision is due, where the ministry does not say it itself."""

    def __init__(self, config: MappedConfig, reader: Reader, due: Callable[[str, date], date | None]) -> None:
        self._config = config
        self._reader = reader
        self._due = due

    def application(self, answers: Sequence[Picked], service: str = "") -> Application:
        """From one answer or several: what the first picks, the others are not asked for. Raises `Misread`."""
        of = _Several(answers)
        name = service or self._service(of("service"))
        raw = of("state").text("state")
        ours = self._state(of("state")["state"], of("state").where("state"))
        submitted_on = self._day(of("submitted_on"), "submitted_on")
        return Application(
            reference=self._reader.reference(of("reference")),
            service=name,
            state=ours,
            ministry_word=of("word").text("word") or raw,
            submitted_on=submitted_on,
            due_on=self._due_on(name, ours, submitted_on, self._day(of("due_on"), "due_on")),
            amount=self._money(of("amount"), "amount"),
            until=self._day(of("until"), "until"),
            reason=words(of("reason")["reason"], of("reason").where("reason")),
            needs=many_words(of("needs")["needs"], of("needs").where("needs")),
            pickup=self._pickup(of("pickup")),
            pickup_choices=self._choices(of("pickup_choices")),
            contact=reading.contact(of("contact")["contact"], self._config.region),
            birth_date=self._day(of("birth_date"), "birth_date"),
            slip_key=of("slip_key").text("slip_key"),
            idempotency_key=of("idempotency_key").text("idempotency_key"),
            answers=_answers(of("answers")),
            history=self._history(of("history")),
            delivery=self._delivery(of("delivery")),
            fee=self._fee(of("fee")),
        )

    def listed(self, picked: Picked, service: str) -> Application | None:
        """One of a list; None where it is one of another service."""
        return self.application([picked], service) if self._is_of(picked, service) else None

    def change(self, picked: Picked, service: str) -> Change | None:
        """One of a list; None where it is of an application of another service."""
        if not self._is_of(picked, service):
            return None
        at = self._reader.moment(picked["at"], picked.where("at"))
        if at is None:
            raise Misread(f"{picked.where('at')} is missing")
        return Change(self._reader.reference(picked), at)

    def _is_of(self, picked: Picked, service: str) -> bool:
        """Where an item says its service, that counts: a filter may be ignored there."""
        return "service" not in picked.picks or self._reader.our_service(code(picked["service"])) == service

    def _service(self, picked: Picked) -> str:
        if "service" not in picked.picks:
            return next(iter(self._config.services))  # the only one: more need a pick (mapped_check)
        ours = self._reader.our_service(code(picked["service"]))
        if ours is None:
            raise Misread(f"{picked.where('service')} is not one of the pack's services")
        return ours

    def _state(self, value: object, what: str) -> ApplicationState:
        return state(value, self._config.states, what) or ApplicationState.UNKNOWN

    def _due_on(
        self, service: str, ours: ApplicationState, submitted_on: date | None, told: date | None
    ) -> date | None:
        if told or submitted_on is None or ours not in _WAITING:
            return told
        try:
            return self._due(service, submitted_on)
        except (OverflowError, ValueError):
            raise Misread("submitted_on lies outside the calendar") from None

    def _day(self, picked: Picked, name: str) -> date | None:
        return self._reader.day(picked[name], picked.where(name))

    def _money(self, picked: Picked, name: str) -> Money | None:
        return self._reader.money(picked[name], picked["currency"], picked.where(name))

    def _pickup(self, picked: Picked) -> Pickup | None:
        found, what = picked.group("pickup"), picked.where("pickup")
        if found is None:
            return None
        first, last = (self._reader.day(found.get(name), what) for name in ("available_from", "available_until"))
        return Pickup(self._reader.place(found, what), first, last)

    def _choices(self, picked: Picked) -> tuple[Place, ...]:
        name = "pickup_choices"
        return tuple(self._reader.place(item, picked.where(name)) for item in picked.records(name))

    def _history(self, picked: Picked) -> tuple[HistoryStep, ...]:
        what, steps = picked.where("history"), []
        for item in picked.records("history"):
            on = self._reader.day(item.get("day"), f"{what}: day")
            if on is None:
                raise Misread(f"{what}: day is missing")
            ours = self._state(item.get("state"), f"{what}: state")
            steps.append(HistoryStep(on, ours, words(item.get("word"), f"{what}: word")))
        return tuple(sorted(steps, key=lambda step: step.on))

    def _delivery(self, picked: Picked) -> Delivery | None:
        found, what = picked.group("delivery"), picked.where("delivery")
        if found is None:
            return None
        ours = state(found.get("state"), self._config.delivery_states, f"{what}: state")
        if ours is None:
            # No screen has a word for a parcel in an unknown state; the pack has to name it.
            raise Misread(f"{what}: state is not one of delivery_states")
        return Delivery(
            state=ours,
            tracking=text(found.get("tracking"), f"{what}: tracking"),
            carrier=text(found.get("carrier"), f"{what}: carrier"),
            on=self._reader.day(found.get("day"), f"{what}: day"),
            last_seen=text(found.get("last_seen"), f"{what}: last_seen"),
        )

    def _fee(self, picked: Picked) -> FeeDue | None:
        found, what = picked.group("fee"), picked.where("fee")
        if found is None:
            return None
        amount = self._reader.money(found.get("amount"), found.get("currency"), f"{what}: amount")
        if amount is None:
            return None
        return FeeDue(
            amount=amount,
            reference=text(found.get("reference"), f"{what}: reference"),
            paid=code(found.get("paid")) == "true",
            until=self._reader.day(found.get("until"), f"{what}: until"),
        )


def read_info(service: str, picked: Picked, reader: Reader, *, may_be_missing: bool) -> ServiceInfo | None:
    """None where nothing of what is picked is there and the pack says that this may be (`nothing: not_found`).

    Raises `Misread`: an answer that holds none of it is another answer.
    """
    wanted = [name for name in ("documents", "fee", "days") if name in picked.picks]
    if all(picked[name] is None for name in wanted):
        if may_be_missing:
            return None
        raise Misread(f"{', '.join(map(picked.where, wanted))}: none of it is there")
    return ServiceInfo(
        service=service,
        documents=many_words(picked["documents"], picked.where("documents")),
        fee=reader.money(picked["fee"], picked["currency"], picked.where("fee")),
        days=reading.whole(picked["days"], picked.where("days")),
    )


def told_info(service: str, told: MappedInfo | None, reader: Reader) -> ServiceInfo | None:
    """What the pack itself says; its fee is written with a point, as everything in a pack."""
    if told is None:
        return None
    fee = reading.money(told.fee, reader.config.currency, "fee")
    return ServiceInfo(service, tuple(told.documents), fee, told.days)


class _Several:
    """Which of several answers tells a field."""

    def __init__(self, answers: Sequence[Picked]) -> None:
        self._answers = answers

    def __call__(self, name: str) -> Picked:
        return next((answer for answer in self._answers if name in answer.picks), self._answers[-1])


def _answers(picked: Picked) -> dict[str, object]:
    found = picked["answers"]
    return dict(reading.record(found, picked.where("answers"))) if found is not None else {}
