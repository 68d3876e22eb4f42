"""Complaints that a ministry takes itself: its kinds, its questions, and what she says handed in.

What she confirms is kept under a number of ours first, so that nothing is lost while the ministry is away; then it is
handed in (`handing_in.py`), within this hop if the ministry answers in time.
"""

import asyncio
import logging
from uuid import UUID

from domain.errors import DeadlineExceeded, InvalidValue, MinistryError
from domain.msisdn import Msisdn
from domain.outcomes import Item
from domain.working_days import add_working_days
from services.apply import of_form
from services.caller import Caller
from services.complaints import A_DAY, COUNTED, LONGEST_TEXT, SHOWN, places
from services.desk import Answers, Desk
from services.form_answers import faults
from services.handing_in import hand_in_one
from services.known_ports import ChangeKind
from services.outcomes import PinNeeded
from services.outcomes_feedback import (
    ComplaintOpened,
    ComplaintPlaces,
    ComplaintsOurs,
    ComplaintsTooMany,
    ReportAsks,
    ReportHandedIn,
    ReportKept,
    ReportKinds,
    ReportNext,
    ReportUnsupported,
)
from services.ports import ReportDesk
from services.report_ports import Handing, OnItsWay
from services.satisfaction_ports import About, Complaint, ComplaintState
from services.values import Form, ReportKind
from services.wording import said, visit_number

LOG = logging.getLogger(__name__)

_LONGEST_CODE = 64
_MOST_PLACES, _MOST_KINDS = 60, 30
_NO_ANSWERS: Answers = {}


async def begin(desk: Desk, caller: Caller) -> ReportKinds | ComplaintsOurs:
    """What the ministry takes; where there is none that does, or nothing is known of it now, we take it ourselves."""
    taker = desk.ministries.reports()
    kinds = await known_kinds(desk, taker, caller.language) if taker is not None else None
    if not kinds:
        return ComplaintsOurs()
    return ReportKinds(tuple(Item(kind.code, {"kind": said(kind.title)}) for kind in kinds[:_MOST_KINDS]))


async def choose(
    desk: Desk, caller: Caller, kind: str, at: str = ""
) -> ComplaintPlaces | ReportAsks | ReportNext | ReportUnsupported | ComplaintsOurs:
    """What comes next for this kind: about which place, the ministry's own questions, or her words.

    `at`: the place that she named; it is asked for where she can choose.
    """
    taker = desk.ministries.reports()
    kinds = await known_kinds(desk, taker, caller.language) if taker is not None else None
    found = next((each for each in kinds or () if each.code == kind), None)
    if taker is None or found is None:
        return ComplaintsOurs()
    listed = await places(desk, caller)
    if not at and 1 < len(listed.places) <= _MOST_PLACES:
        return listed
    title = said(found.title)
    form = await taker.questions(kind, caller.language, desk.for_ministry()) if found.asks else None
    if form is None:
        return ReportNext(title, at, {})
    return ReportAsks(title, at, form, {}) if isinstance(form, Form) else ReportUnsupported(title)


async def report(
    desk: Desk, caller: Caller, kind: str, text: str, confirm: str, at: str = "", answers: Answers = _NO_ANSWERS
) -> ReportHandedIn | ReportKept | ComplaintOpened | ComplaintsTooMany | PinNeeded:
    """Keep it, once for a confirmation, and hand it in. Raises `InvalidValue` for what its ministry does not ask."""
    if caller.has_account and not caller.bound:
        return PinNeeded()
    taker = desk.ministries.reports()
    if taker is None:
        raise InvalidValue("no ministry takes complaints")
    person, feedback = await desk.person(caller), desk.records.feedback
    kept = await feedback.complaints.met(person.id, confirm)
    if kept is None:
        chosen, given = await _checked(desk, taker, caller, kind, answers)
        if await desk.records.guesses.allow(COUNTED, caller.counted_by, A_DAY, desk.today()) is None:
            return ComplaintsTooMany()
        place = at if at and desk.places.get(at) is not None else ""
        kept = await feedback.complaints.open(_complaint(desk, caller, person.id, kind, place, text), confirm)
        contact = Msisdn.parse(caller.msisdn.e164).e164
        now = desk.clock.now()
        await feedback.handings.begin(Handing(kept, OnItsWay.WAITING, chosen, given, contact, due_at=now))
        await desk.records.changes.touch(person.id, ChangeKind.FEEDBACK, kept.number)
    await desk.records.settle()
    return await _came(desk, kept)


async def known_kinds(desk: Desk, taker: ReportDesk, language: str) -> tuple[ReportKind, ...] | None:
    """What it takes; None where it does not answer, and is not remembered."""
    await desk.records.settle()
    try:
        return tuple(await taker.kinds(language, desk.for_ministry()))
    except (MinistryError, DeadlineExceeded) as failure:
        LOG.warning("kinds of reports: %s", type(failure).__name__)
        return None


async def hers(desk: Desk, caller: Caller) -> dict[str, Handing]:
    """Those of hers that a ministry takes, by our number; nothing for a number in doubt."""
    if caller.person is None or not caller.bound or desk.ministries.reports() is None:
        return {}
    found = await desk.records.feedback.handings.of(caller.person.id, SHOWN)
    return {each.complaint.number: each for each in found}


async def _came(desk: Desk, kept: Complaint) -> ReportHandedIn | ReportKept | ComplaintOpened:
    """What there is to tell at the end of this hop; the worker goes on with the rest."""
    task = desk.background.run(kept.id, lambda: hand_in_one(desk, kept.id))
    await asyncio.wait({task}, timeout=desk.for_ministry().remaining())
    now = await desk.records.feedback.handings.get(kept.id)
    if now is None or now.state is OnItsWay.OURS:
        return ComplaintOpened(kept.number, kept.due_on)
    if now.state is OnItsWay.FOLLOWED and now.number:
        return ReportHandedIn(kept.number, visit_number(now.number))
    return ReportKept(kept.number)


async def _checked(
    desk: Desk, taker: ReportDesk, caller: Caller, kind: str, answers: Answers
) -> tuple[str, dict[str, object]]:
    """The kind's title, and what she answered of what it asks. While nothing is known of it, it is taken as it is."""
    if not kind or len(kind) > _LONGEST_CODE:
        raise InvalidValue("no kind of report")
    kinds = await known_kinds(desk, taker, caller.language)
    if kinds is None:
        return kind, dict(answers)
    found = next((each for each in kinds if each.code == kind), None)
    if found is None:
        raise InvalidValue("no kind of report")
    if not found.asks:
        return found.title, {}
    try:
        form = await taker.questions(kind, caller.language, desk.for_ministry())
    except (MinistryError, DeadlineExceeded):
        return found.title, dict(answers)
    if not isinstance(form, Form):
        return found.title, {}
    given = {name: answer for name, answer in of_form(form, answers).items() if answer is not None}
    if faults(form, given):
        raise InvalidValue("answers that the kind does not ask for")
    return found.title, given


def _complaint(desk: Desk, caller: Caller, person: UUID, kind: str, place: str, text: str) -> Complaint:
    rules = desk.services
    return Complaint(
        id=desk.ids.uuid7(),
        person=person,
        number="",
        about=About.KIND,
        service="",
        place=place,
        subject=kind,
        text=said(text[:LONGEST_TEXT]),
        state=ComplaintState.OPEN,
        opened_on=desk.today(),
        due_on=add_working_days(desk.today(), rules.satisfaction.complaint_days, rules.holidays, rules.weekend),
        language=caller.language,
    )
