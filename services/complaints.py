"""Complaints followed to an answer: opened on any channel, answered by the staff, and whoever complained is told.

What a ministry takes itself begins in `reports.py` and is followed by `handing_in.py`; all else is here for both.
"""

from datetime import date
from functools import partial

from domain.errors import InvalidValue
from domain.outcomes import Item
from domain.working_days import add_working_days
from i18n.text import Word
from services.caller import Caller
from services.desk import Desk, ServiceName, service_code
from services.folding import folded
from services.known_ports import ChangeKind
from services.outcomes import PinNeeded, ReferenceMalformed
from services.outcomes_feedback import (
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintGone,
    ComplaintLate,
    ComplaintMinistrySays,
    ComplaintOnItsWay,
    ComplaintOpened,
    ComplaintPlaces,
    Complaints,
    ComplaintServices,
    ComplaintsTooMany,
    ComplaintSubject,
    ComplaintWaits,
    ComplaintWithMinistry,
    NoComplaints,
)
from services.ports import Notice, Notices, Records
from services.reading import parse_reference
from services.report_ports import OnItsWay
from services.satisfaction_ports import About, Complaint, ComplaintState
from services.values import Place
from services.visits import place_item
from services.wording import said, visit_number

COUNTED = "complaint"
A_DAY = 5
SHOWN = 20
LONGEST_TEXT, LONGEST_ANSWER = 1000, 240


async def services(desk: Desk, caller: Caller) -> ComplaintServices:
    """What one can complain about: every service that may be named."""
    return ComplaintServices(desk.service_items(lambda config: not config.sensitive))


async def places(desk: Desk, caller: Caller) -> ComplaintPlaces:
    """Where: every place of the pack that gives a service, those of a region together."""
    found = {place.id: place for code in desk.services.services for place in desk.places.offering(code)}
    return ComplaintPlaces(
        tuple(place_item(place, caller.language) for place in sorted(found.values(), key=partial(_where, desk)))
    )


def _where(desk: Desk, place: Place) -> tuple[str, str]:
    """Region by the alphabet, then the pack's own ids; the same order for everybody."""
    listed = desk.places.index.get(place.id)
    return folded(listed.region if listed else ""), place.id


async def check_reference(desk: Desk, caller: Caller, subject: str) -> ComplaintSubject | ReferenceMalformed:
    """Whether some service writes its references so. Whose it is, is not asked: nothing of it is told."""
    return ComplaintSubject() if parse_reference(desk, subject) else ReferenceMalformed()


async def open(
    desk: Desk, caller: Caller, about: str, subject: ServiceName, text: str, confirm: str
) -> ComplaintOpened | ComplaintsTooMany | PinNeeded:
    """Keep it, once for a confirmation, with the day by which it is to be answered.

    Raises `InvalidValue` for a subject that is none of the pack's.
    """
    if caller.has_account and not caller.bound:
        return PinNeeded()
    service, place, named = _subject(desk, About(about), subject)
    person = await desk.person(caller)
    complaints, today = desk.records.feedback.complaints, desk.today()
    kept = await complaints.met(person.id, confirm)
    if kept is None:
        if await desk.records.guesses.allow(COUNTED, caller.counted_by, A_DAY, today) is None:
            return ComplaintsTooMany()
        opened = Complaint(
            id=desk.ids.uuid7(),
            person=person.id,
            number="",
            about=About(about),
            service=service,
            place=place,
            subject=named,
            text=said(text[:LONGEST_TEXT]),
            state=ComplaintState.OPEN,
            opened_on=today,
            due_on=add_working_days(
                today, desk.services.satisfaction.complaint_days, desk.services.holidays, desk.services.weekend
            ),
            language=caller.language,
        )
        kept = await complaints.open(opened, confirm)
        await desk.records.changes.touch(person.id, ChangeKind.FEEDBACK, kept.number)
    return ComplaintOpened(kept.number, kept.due_on)


async def mine(desk: Desk, caller: Caller) -> Complaints | NoComplaints | PinNeeded:
    """Hers, newest first."""
    if caller.must_prove:
        return PinNeeded()
    found = await hers(desk, caller)
    items = tuple(Item(each.number, {"number": each.number, "state": _state_word(each)}) for each in found)
    return Complaints(items) if items else NoComplaints()


async def show(
    desk: Desk, caller: Caller, number: str
) -> (
    ComplaintWaits
    | ComplaintLate
    | ComplaintOnItsWay
    | ComplaintWithMinistry
    | ComplaintMinistrySays
    | ComplaintAnswered
    | ComplaintClosed
    | ComplaintGone
    | PinNeeded
):
    """One of hers, with its answer once there is one."""
    if caller.must_prove:
        return PinNeeded()
    found = next((each for each in await hers(desk, caller) if each.number == number), None)
    if found is None:
        return ComplaintGone()
    if found.answered_on is None:
        return await _waits(desk, caller, found)
    if not found.answer:
        return ComplaintClosed(found.number, found.answered_on)
    return ComplaintAnswered(found.number, found.answered_on, found.answer)


async def _waits(
    desk: Desk, caller: Caller, found: Complaint
) -> ComplaintWaits | ComplaintLate | ComplaintOnItsWay | ComplaintWithMinistry | ComplaintMinistrySays:
    """Who has it, and what is said of it."""
    handing = await desk.records.feedback.handings.get(found.id) if found.about is About.KIND else None
    if handing is None or handing.state is OnItsWay.OURS:
        # A day that has gone by is promised no more.
        late = found.due_on < desk.today()
        return _late(desk, caller, found) if late else ComplaintWaits(found.number, found.due_on)
    if handing.state is not OnItsWay.FOLLOWED or not handing.number:
        return ComplaintOnItsWay(found.number)
    theirs, words = visit_number(handing.number), " ".join(handing.words.split())[:LONGEST_ANSWER]
    if not words:
        return ComplaintWithMinistry(found.number, theirs)
    return ComplaintMinistrySays(found.number, theirs, words)


def _late(desk: Desk, caller: Caller, found: Complaint) -> ComplaintLate:
    """That it is late, and whom to turn to: nobody is left with a number and no one to ask."""
    listed = desk.places.index.get(desk.services.satisfaction.late_at)
    if listed is None:
        return ComplaintLate(found.number, found.due_on)
    name, address = listed.place.called(caller.language), said(listed.place.located(caller.language))
    return ComplaintLate(found.number, found.due_on, name, address, listed.phone.strip())


async def hers(desk: Desk, caller: Caller) -> tuple[Complaint, ...]:
    """Her last ones; nothing for a number in doubt."""
    if caller.person is None or not caller.bound:
        return ()
    return tuple(await desk.records.feedback.complaints.of(caller.person.id, SHOWN))


async def answer(records: Records, notices: Notices, today: date, number: str, words: str) -> bool:
    """The staff's answer, and she is told that it is there. False where it was answered before.

    Raises `InvalidValue` for a number that nobody has, and for no words or too many.
    """
    words = " ".join(words.split())
    if not words or len(words) > LONGEST_ANSWER:
        raise InvalidValue(f"an answer has 1 to {LONGEST_ANSWER} characters")
    found = await records.feedback.complaints.by_number(number)
    if found is None:
        raise InvalidValue("there is no complaint with that number")
    return await tell_answer(records, notices, today, found, words)


async def tell_answer(records: Records, notices: Notices, today: date, found: Complaint, words: str) -> bool:
    """As `answer`, whoever answered it: a ministry may close one without a word, or with too many."""
    words = " ".join(words.split())[:LONGEST_ANSWER]
    if await records.feedback.complaints.answer(found.id, words, today) is None:
        return False
    await records.changes.touch(found.person, ChangeKind.FEEDBACK, found.number)
    told = Notice("notice.complaint_answered", {"number": found.number}, subject=found.number, once=found.id)
    await notices.promise(records, found.person, told)
    return True


def _subject(desk: Desk, about: About, subject: ServiceName) -> tuple[str, str, str]:
    """Service, place and what she named."""
    code = service_code(subject)
    match about:
        case About.SERVICE:
            config = desk.services.get(code)
            if config is not None and not config.sensitive:
                return config.code, "", config.code
        case About.PLACE:
            place = desk.places.get(code)
            if place is not None:
                return "", place.id, place.id
        case About.REFERENCE:
            reference = parse_reference(desk, code)
            if reference is not None:
                # Of a sensitive service not even the name is in a figure.
                config = desk.services.get(reference.service)
                named = "" if config is None or config.sensitive else reference.service
                return named, "", reference.number
    raise InvalidValue("a complaint about nothing that is known")


def _state_word(complaint: Complaint) -> Word:
    return Word(f"complaint_state.{complaint.state.value}")
