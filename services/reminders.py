"""What follows from news later on: which timers are set, moved or dropped, and what is said when one fires."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from domain.deadline import Deadline
from domain.states import ApplicationState
from i18n.text import Word
from services import surveys
from services.alerts import Alert, AlertKind
from services.coming_visits import coming_at
from services.desk import Desk
from services.event_ports import Timer, Timers
from services.events import EventType
from services.questions import Asks, Question
from services.recipients import reach
from services.stored import word
from services.tellings import Facts, Telling, Values, contentless, hidden, of_application, visit
from services.timers import Handler, TimerKind
from services.values import Application, Place, Visit
from services.wording import said

READ_SECONDS = 5.0
# Who pays for what no ministry's event was behind.
OURSELVES = "guichet"
# When timers fire, by the country's clock: outside any quiet hours.
MORNING = time(10, 0)
# After what waits was ready; before the last day of a term.
NOT_COLLECTED = timedelta(days=7)
TERM_ENDING = timedelta(days=30)
# For so long, and no longer than to its beginning, she may answer whether she comes.
ASKED = timedelta(hours=48)

_OPEN = frozenset({ApplicationState.RECEIVED, ApplicationState.IN_REVIEW})
_RUNNING = frozenset({ApplicationState.GRANTED, ApplicationState.READY_FOR_PICKUP, ApplicationState.COLLECTED})


async def follow(
    desk: Desk, timers: Timers, person: UUID, told: EventType, facts: Facts, source: str, who: str = ""
) -> None:
    """Sets what is to be said later of what was told now, for one person. `who`: whose visit it is, to the ministry."""
    due = due_times(desk, told, facts)
    for kind, at in due.items():
        await timers.set(person, kind.value, facts.service, facts.reference, kept(facts, source, who), at)
    await surveys.plan(desk, timers, person, told, facts, source, who)


async def lapse(timers: Timers, told: EventType, service: str, reference: str) -> None:
    """Drops what has no meaning any more once this was told, for everybody."""
    for kind in _LAPSES.get(told, ()):
        await timers.drop(kind.value, service, reference)
    await surveys.drop(timers, told, service, reference)


_LAPSES: Mapping[EventType, tuple[TimerKind, ...]] = {
    EventType.ACTION_REQUIRED: (TimerKind.DAYS_PASSED,),
    EventType.GRANTED: (TimerKind.DAYS_PASSED,),
    EventType.REFUSED: (TimerKind.DAYS_PASSED, TimerKind.NOT_COLLECTED, TimerKind.TERM_ENDING),
    EventType.READY_FOR_PICKUP: (TimerKind.DAYS_PASSED,),
    EventType.COLLECTED: (TimerKind.DAYS_PASSED, TimerKind.NOT_COLLECTED),
    EventType.TERM_ENDING: (TimerKind.TERM_ENDING,),
    EventType.APPOINTMENT_MOVED: (TimerKind.APPOINTMENT_REMINDER,),
    EventType.APPOINTMENT_CANCELLED: (TimerKind.APPOINTMENT_REMINDER,),
}


def due_times(desk: Desk, told: EventType, facts: Facts) -> dict[TimerKind, datetime]:
    """When what is looked at again; nothing in the past."""
    today, found = desk.today(), dict[TimerKind, date]()
    if told in (EventType.RECEIVED, EventType.IN_REVIEW) and facts.due:
        found[TimerKind.DAYS_PASSED] = facts.due + timedelta(days=1)
    if told in (EventType.GRANTED, EventType.READY_FOR_PICKUP) and facts.term_until:
        found[TimerKind.TERM_ENDING] = facts.term_until - TERM_ENDING
    if told is EventType.READY_FOR_PICKUP:
        day = max(facts.available_from or today, today) + NOT_COLLECTED
        # What will not wait so long is reminded of on its last day but one.
        last = facts.available_until
        found[TimerKind.NOT_COLLECTED] = min(day, last - timedelta(days=1)) if last else day
    if told in (EventType.APPOINTMENT_BOOKED, EventType.APPOINTMENT_MOVED) and facts.starts:
        local = facts.starts.astimezone(desk.services.zone)
        found[TimerKind.APPOINTMENT_REMINDER] = local.date() - timedelta(days=1)
    at = {kind: datetime.combine(day, MORNING, desk.services.zone) for kind, day in found.items()}
    return {kind: moment for kind, moment in at.items() if moment > desk.clock.now()}


def kept(facts: Facts, source: str, who: str = "") -> dict[str, object]:
    """What a timer remembers: enough to ask again, and of a visit what nobody else may know."""
    remembered: dict[str, object] = {"reference": facts.reference, "source": source}
    if facts.starts is not None:
        # By its id it is called as the language of whoever is told has it; by its name where no book has it.
        place = {"place": facts.place.name, "place_id": facts.place.id} if facts.place else {"place": ""}
        remembered |= {"starts": facts.starts.isoformat(), **place, "participant": who}
    return remembered


async def _not_collected(desk: Desk, timer: Timer) -> datetime | None:
    application = await _application(desk, timer)
    if application is None or application.state is not ApplicationState.READY_FOR_PICKUP:
        return None
    about, pickup = _about(timer), application.pickup

    def telling(language: str) -> Telling:
        if pickup is None:
            return Telling(AlertKind.NOT_COLLECTED, "sms.not_collected_no_place", about)
        values: Values = {**about, "place": said(desk.known_place(pickup.place).called(language))}
        if pickup.available_until is None:
            return Telling(AlertKind.NOT_COLLECTED, "sms.not_collected", values)
        until: Values = {**values, "available_until": pickup.available_until}
        return Telling(AlertKind.NOT_COLLECTED, "sms.not_collected_until", until)

    await _tell(desk, timer, telling, of_application(application))
    return None


async def _days_passed(desk: Desk, timer: Timer) -> datetime | None:
    application, config = await _application(desk, timer), desk.services.get(timer.service)
    if application is None or application.state not in _OPEN or config is None or config.days is None:
        return None
    telling = Telling(AlertKind.DAYS_PASSED, "sms.days_passed", {**_about(timer), "days": config.days})
    await _tell(desk, timer, lambda _: telling, of_application(application))
    return None


async def _term_ending(desk: Desk, timer: Timer) -> datetime | None:
    application = await _application(desk, timer)
    if application is None or application.state not in _RUNNING or application.until is None:
        return None
    # It was granted for longer meanwhile.
    due = datetime.combine(application.until - TERM_ENDING, MORNING, desk.services.zone)
    if due > desk.clock.now():
        return due
    telling = Telling(AlertKind.TERM_ENDING, "sms.term_ending", {**_about(timer), "until": application.until})
    await _tell(desk, timer, lambda _: telling, of_application(application))
    return None


async def _appointment(desk: Desk, timer: Timer) -> datetime | None:
    starts = datetime.fromisoformat(word(timer.facts, "starts"))
    place = desk.known_place(Place(str(timer.facts.get("place_id", "")), word(timer.facts, "place")))
    if participant := word(timer.facts, "participant"):
        found = await _visit(desk, timer, participant)
        if found is None:
            return None
        starts = found.slot.starts
        place = desk.places.get(found.slot.place_id) or place
    local = starts.astimezone(desk.services.zone)
    due = datetime.combine(local.date() - timedelta(days=1), MORNING, desk.services.zone)
    if due > desk.clock.now():
        return due
    if starts <= desk.clock.now():
        return None
    facts = Facts(timer.service, word(timer.facts, "reference"), starts=starts, place=place)

    def telling(language: str) -> Telling:
        return Telling(AlertKind.APPOINTMENT_REMINDER, "sms.visit_reminder", visit(facts, language))

    def asks(told: Telling) -> Asks | None:
        return _does_she_come(desk, timer, told, starts, participant)

    await _tell(desk, timer, telling, facts, asks)
    return None


def _asks_nothing(told: Telling) -> Asks | None:
    return None


def _does_she_come(desk: Desk, timer: Timer, telling: Telling, starts: datetime, participant: str) -> Asks | None:
    """Asked where her "no" can be carried out: the calendar knows the visit under this name."""
    if not participant:
        return None
    visit = word(timer.facts, "reference")
    known: Values = {"of": timer.service, "visit": visit, "participant": participant, "person": str(timer.person)}
    until = min(starts, desk.clock.now() + ASKED)
    about = f"{visit} {starts.astimezone(UTC).isoformat()}"
    return Asks(Question.VISIT, "sms.visit_reminder_ask", {**telling.values, **known, "starts": starts}, until, about)


TIMER_HANDLERS: Mapping[str, Handler] = {
    TimerKind.NOT_COLLECTED.value: _not_collected,
    TimerKind.DAYS_PASSED.value: _days_passed,
    TimerKind.TERM_ENDING.value: _term_ending,
    TimerKind.APPOINTMENT_REMINDER.value: _appointment,
}


async def _tell(
    desk: Desk,
    timer: Timer,
    tells: Callable[[str], Telling],
    facts: Facts,
    asking: Callable[[Telling], Asks | None] = _asks_nothing,
) -> None:
    """One message at most, however often the timer fires: its id stands for the event. `tells`: by her language.

    What was moved or dropped while the ministry was asked, or is another worker's by now, is not told from here.
    """
    async with desk.open_records() as records:
        if not await records.timers.done(timer):
            return
        recipient = await reach(records, timer.person)
        if recipient is None:
            return
        telling = tells(recipient.language)
        asks = asking(telling)
        config = desk.services.get(timer.service)
        if config is None or config.sensitive:
            telling, asks = hidden(telling, facts), None
        if not recipient.sure:
            telling, asks = contentless(telling), None
        await records.outbox.put(
            Alert(
                person=recipient.person,
                to=recipient.number,
                kind=telling.kind,
                text_id=telling.text_id,
                values=telling.values,
                language=recipient.language,
                source=word(timer.facts, "source"),
                service=timer.service,
                subject=word(timer.facts, "reference"),
                event=timer.id,
                expires_at=facts.starts,
                asks=asks,
            )
        )


async def _application(desk: Desk, timer: Timer) -> Application | None:
    ministry = desk.ministries.applications(timer.service)
    return await ministry.get(word(timer.facts, "reference"), Deadline.after(READ_SECONDS, desk.clock))


async def _visit(desk: Desk, timer: Timer, participant: str) -> Visit | None:
    deadline = Deadline.after(READ_SECONDS, desk.clock)
    visits = await coming_at(desk, timer.service, participant, timer.person, deadline)
    return next((found for found in visits if found.id == word(timer.facts, "reference")), None)


def _about(timer: Timer) -> Values:
    return {"service": Word(f"service.{timer.service}"), "reference": word(timer.facts, "reference")}
