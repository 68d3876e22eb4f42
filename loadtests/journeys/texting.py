"""By SMS: a question that the aggregator hands over, and a decision that rings the telephone."""

import time
import uuid
from datetime import UTC, datetime

from loadtests.journeys.slips import PHASES
from loadtests.journeys.visitor import NothingToDo, Visitor
from loadtests.phone import Answer, Failed, must_stand


def question(visitor: Visitor) -> None:
    """STATUS and her number; the answer is read on her phone."""
    person = visitor.people.take(*PHASES)
    if person is None:
        raise NothingToDo
    words = visitor.plan.words
    try:
        visitor.ministry.glance(person)
        asked = {
            "from": person.msisdn,
            "to": words["short_code"],
            "text": words["question"].format(reference=person.reference),
            "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "id": str(uuid.uuid4()),
            "linkId": uuid.uuid4().hex,
        }
        begun = time.monotonic()
        path = f"/africastalking/{visitor.network.callback_secret}/sms"
        visitor.ask("POST", path, "sms", "SMS to us", _taken, data=asked)
        text = visitor.told(person, lambda text: person.reference in text, "question to answer", begun)
        must_stand("answer by SMS", text, (words["states"][person.phase],))
    finally:
        visitor.people.give(person)


def decision(visitor: Visitor) -> None:
    """The ministry grants it, and she is told how much."""
    person = visitor.people.take("in_review")
    if person is None:
        raise NothingToDo
    try:
        visitor.ministry.glance(person)
        begun = time.monotonic()
        visitor.ministry.decide(person, "granted")
        text = visitor.told(person, lambda text: person.reference in text, "decision to SMS", begun)
        amount = person.amount.replace(".", visitor.plan.words["decimal"])
        must_stand("granted by SMS", text, (amount,))
    finally:
        visitor.people.give(person)


def _taken(answer: Answer) -> str:
    if answer.status_code != 200:
        raise Failed(f"HTTP {answer.status_code}")
    return ""
