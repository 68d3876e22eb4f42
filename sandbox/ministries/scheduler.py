"""A part of GovStack Scheduler BB 1.0.0 over HTTP: entities, events, subscribers, appointments."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ministries import wire
from sandbox.ministries.diary import Diary
from sandbox.ministries.gate import Act, Gate, Hall
from sandbox.ministries.places import Centre
from sandbox.ministries.registry import Refused
from sandbox.ministries.slots import Agenda, Slot
from sandbox.ministries.wire import BadRequest, Json, group, texts

_MOST = 1000
_TRUE = frozenset({"true", "1", "yes"})


class Scheduler:
    """The operations; all that a client says stands in the query, also when it writes."""

    def __init__(self, hall: Hall, diary: Diary) -> None:
        self._hall, self.diary = hall, diary

    def routes(self) -> list[BaseRoute]:
        def route(method: str, path: str, operation: str, act: Act) -> BaseRoute:
            return Route(path, Gate(self._hall, operation, act), methods=[method], name=operation)

        return [
            route("GET", "/entity/list_details", "entity.list_details", self.entities),
            route("GET", "/event/list_details", "event.list_details", self.events),
            route("POST", "/subscriber/new", "subscriber.new", self.subscribe),
            route("GET", "/subscriber/list_details", "subscriber.list_details", self.subscribers),
            route("POST", "/appointment/new", "appointment.new", self.book),
            route("GET", "/appointment/list_details", "appointment.list_details", self.appointments),
            route("PUT", "/appointment/modifications", "appointment.modifications", self.move),
            route("DELETE", "/appointment", "appointment.delete", self.cancel),
        ]

    async def entities(self, request: Request) -> Response:
        asked = _asked(request)
        wanted = group(asked, "entity_filter")
        ids = texts(wanted.get("entity_id"))
        agenda = self.diary.agenda
        found = [
            {"entity_id": known.id, "details": _entity(agenda, known)}
            for known in agenda.centres
            if (not ids or known.id in ids) and wanted.get("category", agenda.kind) == agenda.kind
        ]
        return _listed(found)

    async def events(self, request: Request) -> Response:
        asked = _asked(request)
        wanted = group(asked, "event_filter")
        required = group(asked, "event_details_required")
        found = [known for known in self._candidates(wanted) if _within(known, wanted)]
        return _listed(
            {"event_id": known.id, "details": _only(known.details(self.diary.is_open(known)), required)}
            for known in found[:_MOST]
        )

    async def subscribe(self, request: Request) -> Response:
        details = dict(group(_asked(request), "subscriber_details"))
        if "phone" in details:
            details["phone"] = wire.number(str(details["phone"]))
        return JSONResponse(f"subscriber_id:{self.diary.subscribe(details)}")

    async def subscribers(self, request: Request) -> Response:
        wanted = group(_asked(request), "subscriber_filter")
        ids = texts(wanted.get("subscriber_id"))
        facts = {name: str(wanted[name]) for name in ("name", "phone", "category") if wanted.get(name)}
        if "phone" in facts:
            facts["phone"] = wire.number(facts["phone"])
        return _listed(
            {"subscriber_id": subscriber_id, "details": details}
            for subscriber_id, details in self.diary.subscribers.items()
            if (not ids or subscriber_id in ids) and all(details.get(name) == value for name, value in facts.items())
        )

    async def book(self, request: Request) -> Response:
        details = group(_asked(request), "appointment_details")
        events = texts(details.get("event_ids"))
        participant = str(details.get("participant_id", ""))
        if len(events) != 1 or not participant:
            raise BadRequest("appointment_details[event_ids] with one id, and participant_id, are required")
        booked = self.diary.book(events[0], participant, str(details.get("participant_entity_id", "")))
        return JSONResponse(f"[Event_id:{booked.slot.id},appointment_id:{booked.id}]")

    async def appointments(self, request: Request) -> Response:
        wanted = group(_asked(request), "appointment_filter")
        ids, participants = texts(wanted.get("appointment_id")), texts(wanted.get("participant_id"))
        events, states = texts(wanted.get("event_id")), texts(wanted.get("status"))
        return _listed(
            {"appointment_id": known.id, "details": known.details()}
            for known in self.diary.appointments.values()
            if (not ids or known.id in ids)
            and (not participants or known.participant_id in participants)
            and (not events or known.slot.id in events)
            and (not states or "confirmed" in states)
            and _within(known.slot, wanted)
        )

    async def move(self, request: Request) -> Response:
        asked = _asked(request)
        event = texts(group(asked, "details").get("event_id"))
        if len(event) != 1:
            raise BadRequest("details[event_id] is required")
        moved = self.diary.move(_id(asked, "appointment_id"), event[0])
        return JSONResponse(f"[Event_id:{moved.slot.id},appointment_id:{moved.id}]")

    async def cancel(self, request: Request) -> Response:
        appointment_id = _id(_asked(request), "appointment_id")
        self.diary.cancel(appointment_id)
        return JSONResponse(f"appointment_id:{appointment_id}")

    def _candidates(self, wanted: Json) -> list[Slot]:
        agenda = self.diary.agenda
        if ids := texts(wanted.get("event_id")):
            return [known for known in map(agenda.slot, ids) if known is not None]
        hosts = texts(wanted.get("host_entity_id"))
        places = [found for found in map(agenda.centre, hosts) if found] if hosts else list(agenda.centres)
        categories = texts(wanted.get("category")) or list(agenda.categories)
        today = self.diary.now().date()
        return [known for at in places for category in categories for known in agenda.slots(at, category, today)]


def _asked(request: Request) -> Json:
    asked = wire.query(request)
    if not asked.get("requestor_id") or not asked.get("request_token"):
        raise BadRequest("requestor_id and request_token are required")
    if asked["request_token"] == "forbidden":  # noqa: S105 — a word to ask for the 403 with, not a password
        raise Refused(403, "forbidden", "this requestor may not do this")
    return asked


def _id(asked: Json, name: str) -> str:
    ids = texts(asked.get(name))
    if len(ids) != 1:
        raise BadRequest(f"{name} is required")
    return ids[0]


def _entity(agenda: Agenda, known: Centre) -> Json:
    return {
        "name": known.name,
        "category": agenda.kind,
        "phone": "",
        "email": "",
        "website": "",
        "venue": known.venue(),
    }


def _within(known: Slot, wanted: Json) -> bool:
    """Times are compared as text: all have the same form, without a zone."""
    start = known.start.isoformat()
    limit = wanted.get("subscriber_limit")
    return (
        (not wanted.get("from") or start >= str(wanted["from"]))
        and (not wanted.get("to") or start <= str(wanted["to"]))
        and (not limit or str(known.limit) == str(limit))
    )


def _only(details: Json, required: Json) -> Json:
    """The details asked for (`period` means from and to); all when nothing was asked for."""
    if not required:
        return details
    asked = {name for name, flag in required.items() if str(flag).lower() in _TRUE}
    if "period" in asked:
        asked |= {"from", "to"}
    return {name: value for name, value in details.items() if name in asked}


def _listed(items: Iterable[Json]) -> Response:
    """GovStack's lists are arrays of arrays: `[[{…}, {…}]]`."""
    return JSONResponse([list(items)])
