"""What is said of an event or a timer: its facts become the kind, the text and the values of an alert. Pure.

Text ids and their slots are those of the catalogs (`sms.*`); the tests say each of them through the real composer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from domain.errors import InvalidValue
from domain.money import Money
from i18n.text import SlotValue, Word
from services.alerts import AlertKind
from services.events import EventData, EventType, PlaceData
from services.values import Application, Localised, Place, in_language
from services.wording import listed, said, visit_number

Values = dict[str, SlotValue]

CONTENTLESS = "sms.stale"
"""Says that there is something to see, and where; names nothing."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that may be told of one reference or visit; what is not known is None or empty."""

    service: str
    reference: str
    due: date | None = None
    amount: Money | None = None
    term_until: date | None = None
    reason: Localised = field(default_factory=dict)
    needs: tuple[Localised, ...] = ()
    place: Place | None = None
    available_from: date | None = None
    available_until: date | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    by_citizen: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """What is said, before it is known to whom."""

    kind: AlertKind
    text_id: str
    values: Values


def of_event(service: str, reference: str, data: EventData) -> Facts:
    """The facts that the event brings along. Raises `InvalidValue` for an amount that is none."""
    return Facts(
        service=service,
        reference=reference,
        amount=Money.parse(data.amount.value, data.amount.currency) if data.amount else None,
        term_until=data.term_until,
        reason=_localised(data.reason),
        needs=tuple(_localised(need) for need in data.needs),
        place=_place(data.place),
        available_from=data.available_from,
        available_until=data.available_until,
        starts=data.starts_at,
        ends=data.ends_at,
        by_citizen=data.by == "citizen",
    )


def of_application(application: Application) -> Facts:
    """The facts as the ministry tells them now."""
    pickup = application.pickup
    return Facts(
        service=application.service,
        reference=application.reference,
        due=application.due_on,
        amount=application.amount,
        term_until=application.until,
        reason=application.reason,
        needs=application.needs,
        place=pickup.place if pickup else None,
        available_from=pickup.available_from if pickup else None,
        available_until=pickup.available_until if pickup else None,
    )


def still_due(facts: Facts, today: date) -> Facts:
    """The facts without the day of an answer where it has gone by: nobody is promised it any more."""
    return replace(facts, due=None) if facts.due and facts.due < today else facts


def filled(facts: Facts, more: Facts) -> Facts:
    """The facts, with what is missing taken from others of the same state."""
    missing = {name: getattr(more, name) for name in more.__dataclass_fields__ if not getattr(facts, name)}
    return replace(facts, **missing)


def told_facts(told: EventType, facts: Facts) -> Mapping[str, object]:
    """Those that the telling of this type is about, each by itself: by them the same news is known again."""
    match told:
        case EventType.GRANTED:
            return {"amount": facts.amount, "until": facts.term_until}
        case EventType.REFUSED:
            return {f"reason.{language}": text for language, text in facts.reason.items()}
        case EventType.ACTION_REQUIRED:
            languages = {language for need in facts.needs for language in need}
            return {
                f"needs.{language}": "; ".join(need.get(language, "") for need in facts.needs) for language in languages
            }
        case EventType.READY_FOR_PICKUP:
            place, address = (facts.place.name, facts.place.address) if facts.place else ("", "")
            return {
                "place": place, "address": address, "from": facts.available_from, "until": facts.available_until
            }  # fmt: skip
        case EventType.TERM_ENDING:
            return {"until": facts.term_until}
        case (
            EventType.APPOINTMENT_BOOKED
            | EventType.APPOINTMENT_MOVED
            | EventType.APPOINTMENT_CANCELLED
            | EventType.UNIT_MOVED
        ):
            starts = facts.starts.astimezone(UTC) if facts.starts else None
            return {"starts": starts, "place": facts.place.name if facts.place else None}
        case EventType.RECEIVED | EventType.IN_REVIEW | EventType.COLLECTED | EventType.CHANGED:
            return {}


def telling(told: EventType, facts: Facts, language: str) -> Telling | None:
    """What is said of it in that language (a ministry's own words and what a place is called are chosen here, ours at
    dispatch).

    None where nobody needs to be told. Raises `InvalidValue` where a fact is missing that it cannot be said without.
    """
    about: Values = {"service": Word(f"service.{facts.service}"), "reference": facts.reference}
    match told:
        case EventType.RECEIVED:
            return _with_due(AlertKind.RECEIVED, "sms.received", about, facts)
        case EventType.IN_REVIEW:
            return _with_due(AlertKind.IN_REVIEW, "sms.in_review", about, facts)
        case EventType.ACTION_REQUIRED:
            if not facts.needs:
                return Telling(AlertKind.ACTION_REQUIRED, "sms.action_required_no_detail", about)
            needs = listed(facts.needs, language)
            return Telling(AlertKind.ACTION_REQUIRED, "sms.action_required", {**about, "needs": needs})
        case EventType.GRANTED:
            return _granted(about, facts)
        case EventType.REFUSED:
            reason = in_language(facts.reason, language).strip()
            if not reason:
                return Telling(AlertKind.REFUSED, "sms.refused", about)
            return Telling(AlertKind.REFUSED, "sms.refused_reason", {**about, "reason": reason})
        case EventType.READY_FOR_PICKUP:
            return _ready(about, facts, language)
        case EventType.APPOINTMENT_BOOKED:
            number = visit_number(facts.reference)
            return Telling(
                AlertKind.APPOINTMENT_BOOKED, "sms.visit_booked", {**visit(facts, language), "number": number}
            )
        case EventType.APPOINTMENT_MOVED:
            return Telling(AlertKind.APPOINTMENT_MOVED, "sms.visit_moved", visit(facts, language))
        case EventType.APPOINTMENT_CANCELLED:
            by = "sms.visit_cancelled" if facts.by_citizen else "sms.visit_cancelled_by_office"
            values = visit(facts)
            del values["place"]
            return Telling(AlertKind.APPOINTMENT_CANCELLED, by, values)
        case EventType.UNIT_MOVED:
            return _unit(facts, language)
        case EventType.TERM_ENDING:
            if facts.term_until is None:
                raise InvalidValue("no last day")
            return Telling(AlertKind.TERM_ENDING, "sms.term_ending", {**about, "until": facts.term_until})
        case EventType.COLLECTED | EventType.CHANGED:
            return None


def visit(facts: Facts, language: str = "") -> Values:
    """The values of a visit's texts, its place as it is called in the language."""
    starts = _starts(facts)
    place = facts.place.called(language) if facts.place else ""
    return {"service": Word(f"service.{facts.service}"), "day": starts, "time": starts, "place": said(place)}


def hidden(said_openly: Telling, facts: Facts) -> Telling:
    """The same for a sensitive service: that there is something, never what or from whom."""
    if facts.starts is not None:
        return replace(said_openly, text_id="sms.sensitive_visit", values={"day": facts.starts, "time": facts.starts})
    return replace(said_openly, text_id="sms.sensitive_application", values={"reference": facts.reference})


def contentless(said_openly: Telling) -> Telling:
    """For a number that stands in doubt: no personal word."""
    return replace(said_openly, text_id=CONTENTLESS, values={})


def _with_due(kind: AlertKind, text_id: str, about: Values, facts: Facts) -> Telling:
    if facts.due is None:
        return Telling(kind, f"{text_id}_no_due", about)
    return Telling(kind, text_id, {**about, "due": facts.due})


def _granted(about: Values, facts: Facts) -> Telling:
    values, text_id = dict(about), "sms.granted"
    if facts.amount is not None:
        values["amount"], text_id = facts.amount, text_id + "_amount"
    if facts.term_until is not None:
        values["until"], text_id = facts.term_until, text_id + "_until"
    return Telling(AlertKind.GRANTED, text_id, values)


def _ready(about: Values, facts: Facts, language: str) -> Telling:
    kind, place = AlertKind.READY_FOR_PICKUP, facts.place
    if place is None:
        return Telling(kind, "sms.ready_no_place", about)
    values: Values = {**about, "place": said(place.called(language))}
    address = place.located(language)
    if not address.strip():
        return Telling(kind, "sms.ready_no_address", values)
    values["address"] = address
    if facts.available_from is None:
        return Telling(kind, "sms.ready", values)
    values["available_from"] = facts.available_from
    if facts.available_until is None:
        return Telling(kind, "sms.ready_from", values)
    return Telling(kind, "sms.ready_until", {**values, "available_until": facts.available_until})


def _unit(facts: Facts, language: str) -> Telling:
    starts = _starts(facts)
    if facts.place is None or facts.ends is None:
        raise InvalidValue("no place, or no hours")
    place, address = said(facts.place.called(language)), facts.place.located(language)
    values: Values = {"place": place, "day": starts, "opens": starts, "closes": facts.ends}
    if not address.strip():
        return Telling(AlertKind.UNIT_COMING, "sms.unit_coming", values)
    return Telling(AlertKind.UNIT_COMING, "sms.unit_coming_at", {**values, "address": address})


def _starts(facts: Facts) -> datetime:
    if facts.starts is None:
        raise InvalidValue("no time")
    return facts.starts


def _localised(words: str | dict[str, str] | None) -> Localised:
    return {} if words is None else {"": words} if isinstance(words, str) else words


def _place(data: PlaceData | None) -> Place | None:
    return Place(data.id, data.name, data.address, _localised(data.hours)) if data and data.name.strip() else None
