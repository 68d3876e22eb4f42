"""She is told of the stop that she was promised: that it comes, that it changed, that it is off. Each of them once.

Entry point: `tell_of_stops(desk)` once in a while. The stops are in memory, so that one transaction holds all of it:
what she was told, and that she was told it.
"""

import logging
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from domain.errors import InvalidValue
from services.alerts import Alert, AlertKind
from services.coming_stops import SOME_TIME, Judged, News, coming, judge, look_again
from services.desk import Desk
from services.events import EventType
from services.listed_places import ListedPlace, Stop
from services.ports import Records
from services.recipients import Recipient, reach
from services.reminders import OURSELVES
from services.stop_ports import StopPromise
from services.tellings import Facts, Telling, Values, contentless, telling
from services.values import Place
from services.wording import said

LOG = logging.getLogger(__name__)

AT_ONCE = 50


async def tell_of_stops(desk: Desk, limit: int = AT_ONCE) -> int:
    """Look at the promises that are due, and tell what there is to tell; gives how many were looked at."""
    async with desk.open_records() as records:
        due = await records.stops.due(limit)
        for promise in due:
            try:
                await _look(desk, records, promise)
            except InvalidValue as wrong:
                # It cannot be said: the others can.
                LOG.error("promise %s: %s", promise.id, type(wrong).__name__)
                await records.stops.looked(promise, desk.clock.now() + SOME_TIME)
    return len(due)


async def _look(desk: Desk, records: Records, promise: StopPromise) -> None:
    services, places = desk.services, desk.places
    now = desk.clock.now().astimezone(services.zone)
    listed = places.index.get(promise.place)
    stops = coming(listed, now, services)
    found = judge(promise, stops, now, services, sure=places.complete)
    recipient = await reach(records, promise.person) if found.news else None
    if found.news and recipient is None:
        # Her number is another's by now, and nobody is told what was promised to her.
        await records.stops.looked(promise, now + SOME_TIME)
        return
    if found.news and recipient:
        await records.outbox.put(_alert(promise, found, recipient, listed))
    kept = replace(
        promise,
        name=listed.place.name if listed else promise.name,
        told=found.told,
        reminded=found.reminded,
    )
    await records.stops.looked(kept, look_again(found.told, stops, now, services), told=found.news is not None)


def _alert(promise: StopPromise, found: Judged, to: Recipient, listed: ListedPlace | None) -> Alert:
    said_openly = _telling(promise, found, to.language, listed)
    chosen = said_openly if to.sure else contentless(said_openly)
    about = found.told if found.news is News.COMING else promise.told
    last = found.told or promise.told
    return Alert(
        person=to.person,
        to=to.number,
        kind=chosen.kind,
        text_id=chosen.text_id,
        values=chosen.values,
        language=to.language,
        source=OURSELVES,
        subject=promise.id.hex,
        event=_once(promise.id, found.news, about),
        expires_at=last.ends if last else None,
    )


def _telling(promise: StopPromise, found: Judged, language: str, listed: ListedPlace | None) -> Telling:
    name = said(listed.place.called(language) if listed else promise.name)
    match found.news, promise.told, found.told:
        case News.COMING, _, Stop(begins=begins, ends=ends) if listed is not None:
            place = Place(promise.place, name, listed.place.located(language))
            told = telling(EventType.UNIT_MOVED, Facts("", "", place=place, starts=begins, ends=ends), language)
            if told is not None:
                return told
        case News.CHANGED, Stop(begins=was), Stop(begins=begins, ends=ends):
            values: Values = {"place": name, "was": was, "day": begins, "opens": begins, "closes": ends}
            return Telling(AlertKind.UNIT_COMING, "sms.unit_changed", values)
        case News.CANCELLED, Stop(begins=was), _:
            return Telling(AlertKind.UNIT_COMING, "sms.unit_cancelled", {"place": name, "day": was})
    raise InvalidValue("nothing to tell")


def _once(promise: UUID, news: News | None, stop: Stop | None) -> UUID:
    """By it the outbox knows what she was told before: that a stop comes once, and that it changed or is off once."""
    kind = "coming" if news is News.COMING else "off"
    return uuid5(promise, f"{kind} {_utc(stop.begins)} {_utc(stop.ends)}" if stop else kind)


def _utc(moment: datetime) -> int:
    return int(moment.timestamp())
