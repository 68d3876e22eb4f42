"""Her applications as last heard of: listed at once, asked for anew behind her back.

Who may see what is `services.reading`'s: the PIN first where there is an account, nothing at a number in doubt,
nothing of a sensitive service without the PIN, and what only her number makes hers while the ministry still has it.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, MinistryBusy, MinistryContract, MinistryUnavailable
from services.caller import Caller
from services.desk import Desk
from services.known_facts import facts_of
from services.known_ports import Known, KnownFacts
from services.outcomes import PinNeeded
from services.reading import NotRead, parse_reference, pin_first, read
from services.values import Application

LOG = logging.getLogger(__name__)

FRESH = timedelta(minutes=5)
"""For so long what a ministry told is shown without asking it again."""
# What was never heard of is waited for so long, once: a list of nothing helps nobody.
FIRST_SECONDS = 1.5
_READ_SECONDS = 10.0
_AWAY = (MinistryUnavailable, MinistryBusy, MinistryContract, DeadlineExceeded)
_ASKING = "applications asked for anew"


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A part of her list. `next`: from where it goes on; None where it ends."""

    items: tuple[Known, ...] = ()
    next: UUID | None = None


@dataclass(frozen=True, slots=True)
class ApplicationKnown:
    """One of hers. `live`: its ministry told it just now; else it is the last that was heard."""

    facts: KnownFacts
    as_of: datetime
    live: bool


async def listed(
    desk: Desk, caller: Caller, limit: int, before: UUID | None = None, *, wait: bool = True
) -> KnownPage | PinNeeded:
    """Hers, newest first, without waiting for any ministry that told of them before.

    `wait`: for the first word on what was linked just now, a short while.
    """
    if caller.must_prove:
        return PinNeeded()
    if caller.person is None or not caller.bound:
        return KnownPage()
    rows = await desk.records.known.of(caller.person.id, limit + 1, before)
    following = rows[limit - 1].id if len(rows) > limit else None
    rows = await _with_new(desk, caller, rows[:limit], before, wait)
    return KnownPage(tuple(row for row in rows if is_shown(desk, caller, row)), following)


async def shown(desk: Desk, caller: Caller, typed: str) -> ApplicationKnown | NotRead:
    """One in full, from its ministry; where that is away, as last heard of. Raises `MinistryError` for neither."""
    try:
        found = await read(desk, caller, typed)
    except _AWAY:
        last = await last_known(desk, caller, typed)
        if last is None:
            raise
        return last
    if not isinstance(found, Application):
        return found
    person = caller.person
    known = await desk.records.known.get(person.id, found.service, found.reference) if person else None
    facts = known.facts if known and known.facts else facts_of(found, None, desk.today())
    return ApplicationKnown(facts, desk.clock.now(), live=True)


async def last_known(desk: Desk, caller: Caller, typed: str) -> ApplicationKnown | PinNeeded | None:
    """What was last heard of one of hers; no ministry is asked."""
    reference = parse_reference(desk, typed)
    if reference is None or caller.person is None:
        return None
    if pin_first(desk, caller, reference.service):
        return PinNeeded()
    known = await desk.records.known.get(caller.person.id, reference.service, reference.number)
    if known is None or not caller.bound or not is_shown(desk, caller, known):
        return None
    if known.facts is None or known.as_of is None:
        return None
    return ApplicationKnown(known.facts, known.as_of, live=False)


def is_shown(desk: Desk, caller: Caller, known: Known) -> bool:
    """Whether this caller, who has proven what she must, may see it."""
    if not _may_name(desk, caller, known):
        return False
    if known.proven:
        return True
    former = caller.person is None or caller.person.former_holder
    return known.facts is not None and known.facts.contact == caller.msisdn.e164 and not former


def _may_name(desk: Desk, caller: Caller, known: Known) -> bool:
    config = desk.services.get(known.service)
    return config is not None and caller.may_use(known.service) and (caller.proven or not config.sensitive)


async def _with_new(
    desk: Desk, caller: Caller, rows: Sequence[Known], before: UUID | None, wait: bool
) -> Sequence[Known]:
    """The rows; those that are old are asked for behind her back, and only what was never heard of is waited for."""
    old = desk.clock.now() - FRESH
    stale = [row for row in rows if (row.as_of is None or row.as_of < old) and _may_name(desk, caller, row)]
    person = caller.person
    if not stale or person is None:
        return rows
    # One look at a time for a person, whatever her telephone asks.
    task = desk.background.run(uuid5(person.id, _ASKING), lambda: _ask(desk, caller, person.id, stale))
    if not wait or not any(row.facts is None and row.proven for row in stale):
        return rows
    await desk.records.settle()
    await asyncio.wait({task}, timeout=desk.deadline.within(FIRST_SECONDS).remaining())
    return await desk.records.known.of(person.id, len(rows), before)


async def _ask(desk: Desk, caller: Caller, person: UUID, rows: Sequence[Known]) -> None:
    """Ask the ministries at once; what they say is kept together. One that is away leaves what was known."""
    deadline = Deadline.after(_READ_SECONDS, desk.clock)
    answers = await asyncio.gather(
        *(desk.ministries.applications(row.service).get(row.reference, deadline) for row in rows),
        return_exceptions=True,
    )
    told, lost = [], []
    for row, answer in zip(rows, answers, strict=True):
        if isinstance(answer, BaseException):
            LOG.info("an application was not read anew: %s", type(answer).__name__)
        elif answer is not None and _is_hers(caller, row, answer):
            told.append(answer)
        elif row.facts is not None:
            lost.append(row.id)
    async with desk.open_records() as records:
        await records.known.saw(person, told, desk.today())
        for link in lost:
            await records.known.lost(person, link)


def _is_hers(caller: Caller, row: Known, application: Application) -> bool:
    """Proven, or its ministry names her number still: this one, or the other of hers that it was seen under."""
    if row.proven:
        return True
    seen = row.facts.contact if row.facts else ""
    former = caller.person is None or caller.person.former_holder
    told = application.contact.e164 if application.contact else ""
    return bool(told) and told in (seen, "" if former else caller.msisdn.e164)
