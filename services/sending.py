"""Having something sent: the details on her screen, or an answer that the ministry does not give now.

So many a day and number: each costs money, and a phone that is lent must not be filled.
"""

from datetime import timedelta

from services import pickups, visits
from services.caller import Caller
from services.desk import Desk
from services.outcomes import (
    AnswerPromised,
    DetailsSent,
    NotSendable,
    PickupOpen,
    PickupReady,
    PinNeeded,
    SentTooOften,
    VisitShown,
)
from services.ports import Notice
from services.reading import may_be_sent, parse_reference
from services.tidings import pickup_details, visit_details

SENDINGS = "send_details"
A_DAY = 5
# A timer's kind, and how soon the ministry is asked again.
ANSWER = "answer"
FIRST_LOOK = timedelta(minutes=1)

Sending = DetailsSent | SentTooOften | NotSendable | PinNeeded


async def pickup(desk: Desk, caller: Caller, reference: str) -> Sending:
    """Where and until when it can be collected, to her number."""
    parsed = parse_reference(desk, reference)
    found = await pickups.find(desk, caller, reference)
    if isinstance(found, PickupReady | PickupOpen) and parsed is not None:
        return await _send(desk, caller, pickup_details(found, parsed.service, parsed.number))
    return found if isinstance(found, PinNeeded) else NotSendable()


async def visit(desk: Desk, caller: Caller, visit: str) -> Sending:
    """A visit of hers, to her number."""
    found = await visits.open(desk, caller, visit)
    if isinstance(found, VisitShown):
        return await _send(desk, caller, visit_details(found, visits.service_of(visit), visit))
    return found if isinstance(found, PinNeeded) else NotSendable()


async def answer(desk: Desk, caller: Caller, reference: str) -> AnswerPromised | SentTooOften | NotSendable | PinNeeded:
    """Ask the ministry until it answers, and send her what she may read of it (`services.answering`)."""
    parsed = parse_reference(desk, reference)
    if caller.has_account and not caller.bound:
        return PinNeeded()
    if parsed is None or not may_be_sent(desk, caller):
        return NotSendable()
    if not await _allowed(desk, caller):
        return SentTooOften()
    person = await desk.person(caller)
    facts = {
        "reference": parsed.number,
        "number": caller.msisdn.e164,
        "verified": caller.verified,
        "channel": caller.channel,
    }
    due = desk.clock.now() + FIRST_LOOK
    await desk.records.timers.set(person.id, ANSWER, parsed.service, parsed.number, facts, due)
    return AnswerPromised()


async def _send(desk: Desk, caller: Caller, notice: Notice) -> Sending:
    if not may_be_sent(desk, caller):
        return NotSendable()
    if not await _allowed(desk, caller):
        return SentTooOften()
    person = await desk.person(caller)
    return DetailsSent() if await desk.notices.promise(desk.records, person.id, notice) else NotSendable()


async def _allowed(desk: Desk, caller: Caller) -> bool:
    """Counted and committed before anything is put."""
    left = await desk.records.guesses.allow(SENDINGS, caller.msisdn.e164, A_DAY, desk.today())
    return left is not None
