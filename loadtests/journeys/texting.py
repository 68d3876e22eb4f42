"""By SMS: a question that the aggregator hands over, and a decision that rings the telephone."""

import time
import uuid
from datetime import UTC, datetime

from loadtests.journeys.slips import phases
from loadtests.journeys.visitor import NothingToDo, Visitor, money
from loadtests.journeys.visits import BOOKED
from loadtests.phone import Answer, Failed, must_stand, plain

# The same text is answered three times in ten minutes, and then no more (`sms/inbox.py`).
_PAUSE = 210.0


def question(visitor: Visitor) -> None:
    """Where her application stands, or, where nothing is applied for, what she may write; the answer is read on her
    phone, in her language."""
    person = visitor.people.take(*phases(visitor), BOOKED, heard=True, asked_before=visitor.clock() - _PAUSE)
    if person is None:
        raise NothingToDo
    person.asked = visitor.clock()
    written = visitor.plan.is_told(person.caller)
    # Of an application its number; else a word that only that answer has.
    wanted, words = (
        (person.reference, written.states.get(person.phase, "")) if person.reference else (written.answer, "")
    )
    try:
        visitor.sandbox.glance(person)
        asked = {
            "from": person.msisdn,
            "to": visitor.plan.short_code,
            "text": written.question.format(reference=person.reference),
            "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "id": str(uuid.uuid4()),
            "linkId": uuid.uuid4().hex,
        }
        begun = time.monotonic()
        visitor.ask("POST", f"/africastalking/{visitor.secret}/sms", "sms", "SMS to us", _taken, data=asked)
        text = visitor.told(person, lambda text: plain(wanted) in plain(text), "question to answer", begun)
        must_stand("answer by SMS", text, (words,))
    finally:
        visitor.people.give(person)


def decision(visitor: Visitor) -> None:
    """The ministry grants it, and she is told how much."""
    person = visitor.people.take("in_review", heard=True)
    if person is None:
        raise NothingToDo
    try:
        visitor.sandbox.glance(person)
        begun = time.monotonic()
        visitor.at_ministry().decide(person, "granted")
        text = visitor.told(person, lambda text: person.reference in text, "decision to SMS", begun)
        must_stand("granted by SMS", text, (money(person.amount, visitor.plan.is_told(person.caller)),))
    finally:
        visitor.people.give(person)


def _taken(answer: Answer) -> str:
    if answer.status_code != 200:
        raise Failed(f"HTTP {answer.status_code}")
    return ""
