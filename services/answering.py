"""The worker's part in a promised answer: the ministry is read again, as she may read it, and she is told."""

import logging
from datetime import datetime, timedelta

from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, MinistryError
from domain.msisdn import Msisdn
from services.caller import Caller
from services.desk import Desk
from services.event_ports import Timer
from services.intents import CALL_SECONDS
from services.ports import Notice, Records
from services.reading import read
from services.stored import word
from services.tidings import answer_of

LOG = logging.getLogger(__name__)

# Then she is told that there is no answer: she may ask again.
GIVE_UP = timedelta(hours=24)
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=30)


async def answer(desk: Desk, timer: Timer) -> datetime | None:
    """Look, and tell her once; gives when to look again where the ministry still does not answer.

    Nobody is told anything once the number is no longer the one that she asked from, or is in doubt.
    """
    reference = word(timer.facts, "reference")
    async with desk.open_records() as records:
        caller = await _caller(records, timer)
        if caller is None or not caller.bound:
            return None
        try:
            own = desk.at(records, Deadline.after(CALL_SECONDS, desk.clock))
            found = await read(own, caller, reference)
            asked, language = timer.created_at, caller.language
            notice = answer_of(found, timer.service, reference, language, timer.id, asked, desk.today())
        except (MinistryError, DeadlineExceeded) as failure:
            LOG.info("a promised answer: %s", type(failure).__name__)
            if desk.clock.now() < timer.created_at + GIVE_UP:
                return desk.clock.now() + _pause(timer.attempts)
            notice = Notice("notice.no_answer", {"reference": reference}, timer.service, reference, timer.id)
        await desk.notices.promise(records, timer.person, notice)
    return None


async def _caller(records: Records, timer: Timer) -> Caller | None:
    """She, as she stood when she asked; None where the number has become another's."""
    number = Msisdn(word(timer.facts, "number"))
    person = await records.people.by_number(number)
    if person is None or person.id != timer.person:
        return None
    verified = timer.facts.get("verified") is True
    return Caller(number, person, person.language, verified, word(timer.facts, "channel"), timer.id.hex)


def _pause(attempts: int) -> timedelta:
    """Doubling from a minute to half an hour."""
    return min(_FIRST_PAUSE * (1 << min(attempts, 8)), _LONGEST_PAUSE)
