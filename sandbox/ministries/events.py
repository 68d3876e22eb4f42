"""What the ministries tell of themselves: their moves as CloudEvents 1.0."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sandbox.ministries.diary import VisitChanged
from sandbox.ministries.dossier import Dossier, Phase
from sandbox.ministries.wire import Json

# Registered under these by the project's contract with ministries.
TYPES: dict[Phase, str] = {
    Phase.RECEIVED: "application.received",
    Phase.IN_REVIEW: "application.in_review",
    Phase.SENT_BACK: "application.action_required",
    Phase.REFUSED: "application.refused",
    Phase.GRANTED: "application.granted",
    Phase.CARD_READY: "application.ready_for_pickup",
    Phase.COLLECTED: "application.collected",
    Phase.SENT: "application.granted",
    Phase.DELIVERED: "application.collected",
}
STRUCTURED = "application/cloudevents+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `time` is an instant, `data` may be empty (thin)."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int
    data: Json

    def thin(self) -> "Event":
        return replace(self, data={})

    def structured(self) -> tuple[dict[str, str], bytes]:
        """Headers and body in structured mode."""
        whole: Json = {"specversion": "1.0", **self._attributes()}
        if self.data:
            whole |= {"datacontenttype": "application/json", "data": self.data}
        return {"Content-Type": STRUCTURED}, _json(whole)

    def binary(self) -> tuple[dict[str, str], bytes]:
        """Headers and body in binary mode: attributes travel percent-encoded in `ce-` headers."""
        headers = {f"ce-{name}": quote(value, safe=" :+.-_/") for name, value in self._attributes().items()}
        return {"ce-specversion": "1.0", "Content-Type": "application/json", **headers}, _json(self.data)

    def _attributes(self) -> dict[str, str]:
        return {
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sequence": str(self.sequence),
        }


def of_dossier(event_id: str, source: str, dossier: Dossier, now: datetime) -> Event:
    """The phase that an application is in, with all that the ministry may tell of it."""
    known = dossier.data()
    data: Json = {
        "service": dossier.service.id,
        "sequence": dossier.sequence,
        "contact": {"msisdn": dossier.phone} | ({"language": dossier.language} if dossier.language else {}),
    }
    if "amount" in known:
        data["amount"] = {"value": known["amount"], "currency": known["currency"]}
    for name, told in (("refusalReason", "reason"), ("needs", "needs"), ("decidedAt", "decided_at")):
        if name in known:
            data[told] = known[name]
    if "termUntil" in known:
        data["term_until"] = known["termUntil"]
    if (pickup := known.get("pickup")) is not None:
        data["place"] = {name: pickup[name] for name in ("name", "address", "hours")}
        data["available_from"] = pickup["availableFrom"]
        if "availableUntil" in pickup:
            data["available_until"] = pickup["availableUntil"]
    kind = TYPES[dossier.phase] if dossier.said is None else f"application.{dossier.said[0].lower()}"
    return Event(event_id, source, kind, dossier.file_id, now, dossier.sequence, data)


def of_visit(event_id: str, change: VisitChanged, now: datetime) -> Event:
    """A visit that was booked, moved or cancelled."""
    visit, slot = change.visit, change.visit.slot
    zone = slot.agenda.zone
    details, venue = slot.details(open_=True), slot.centre.venue()
    data: Json = {
        "category": slot.category,
        "starts_at": _at(details["from"], zone),
        "ends_at": _at(details["to"], zone),
        "place": {"id": slot.centre.id, "name": slot.centre.name, "address": f"{venue['street']}, {venue['city']}"},
        "by": change.by,
        "participant_id": visit.participant_id,
        "participant": str(change.subscriber.get("name") or ""),
        "sequence": visit.sequence,
    }
    if change.before is not None:
        data["previously_at"] = _at(change.before.start.isoformat(), zone)
    if change.subscriber.get("phone"):
        data["contact"] = {"msisdn": str(change.subscriber["phone"])}
    return Event(event_id, slot.agenda.name, f"appointment.{change.what}", visit.id, now, visit.sequence, data)


def opposite(event: Event, event_id: str) -> Event:
    """A second event that cannot be true beside the first: the other decision, with the same sequence."""
    granted = TYPES[Phase.GRANTED]
    return replace(event, id=event_id, type=TYPES[Phase.REFUSED] if event.type == granted else granted)


def altered(event: Event) -> Event:
    """The same event with another content, as a sender with a fault repeats it."""
    return replace(event, data=event.data | {"amount": {"value": "9999.00", "currency": "AZN"}})


def _at(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
