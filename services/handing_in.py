"""Complaints on their way to the ministry that takes them: handed in once, looked for where nobody knows, followed.

    waiting ──claim──▶ sending ──▶ followed | ours
       ▲                  └─────▶ unsure ──(looked for)──▶ followed | waiting | ours

What may have arrived is sent again only where the ministry's lists show that it did not. What the ministry does not
take, or cannot be found, is for our own staff: it is in their list of complaints as it was from the first.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TypedDict
from uuid import UUID

from domain.deadline import Deadline
from domain.errors import (
    DeadlineExceeded,
    GuichetError,
    InvalidValue,
    MinistryBusy,
    MinistryContract,
    MinistryRefused,
    MinistryUnavailable,
)
from domain.msisdn import Msisdn
from domain.position import Position
from services.complaints import tell_answer
from services.desk import Desk
from services.known_ports import ChangeKind
from services.ports import ReportDesk
from services.report_ports import Handing, OnItsWay
from services.values import Report, ReportStanding, ReportTaken

LOG = logging.getLogger(__name__)

CALL_SECONDS = 20.0
# Longer than a call, and than what was written may be on its way: who takes it up after this can look for it.
LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
LOOKS = 4
GIVE_UP = timedelta(days=14)
FOLLOW_EVERY = timedelta(minutes=10)
_AT_ONCE, _A_BATCH = 4, 10


class Where(TypedDict):
    """Of a report."""

    address: str
    position: Position | None


_NOTHING_DONE = (MinistryUnavailable, MinistryBusy, DeadlineExceeded)


async def hand_in(desk: Desk, limit: int = 40) -> int:
    """Goes on with those that are due; gives how many the ministry has now."""
    if desk.ministries.reports() is None:
        return 0
    async with desk.open_records() as records:
        waiting = await records.feedback.handings.to_send(limit)
    places, begins = asyncio.Semaphore(_AT_ONCE), Deadline.after(CALL_SECONDS, desk.clock)

    async def in_turn(id: UUID) -> bool:
        async with places:
            return begins.remaining() > 0 and await hand_in_one(desk, id)

    # All of them come to their end, whatever one of them met: none goes on beside the next round.
    ended = await asyncio.gather(*[in_turn(id) for id in waiting], return_exceptions=True)
    if failures := [failure for failure in ended if isinstance(failure, BaseException)]:
        raise failures[0]
    return ended.count(True)


async def hand_in_one(desk: Desk, id: UUID) -> bool:
    """One of them, as far as it goes now; whether the ministry has it."""
    taker = desk.ministries.reports()
    async with desk.open_records() as records:
        handing = await records.feedback.handings.claim(id, desk.clock.now() + LEASE)
    if handing is None or taker is None:
        return False
    came = await _bring_on(desk, taker, handing)
    async with desk.open_records() as records:
        if await records.feedback.handings.settle(came):
            await records.changes.touch(handing.complaint.person, ChangeKind.FEEDBACK, handing.complaint.number)
    return came.state is OnItsWay.FOLLOWED


async def follow(desk: Desk, limit: int = 50) -> int:
    """Asks how those that the ministry has stand, a few at once; gives how many were closed. Who waits is told."""
    taker, closed = desk.ministries.reports(), 0
    if taker is None:
        return 0
    async with desk.open_records() as records:
        asked = await records.feedback.handings.to_follow(limit, desk.clock.now() + FOLLOW_EVERY)
    numbered = [each for each in asked if each.number]
    try:
        numbered += await _numbered(desk, taker, asked)
        for first in range(0, len(numbered), _A_BATCH):
            closed += await _few(desk, taker, numbered[first : first + _A_BATCH])
    except _NOTHING_DONE as failure:
        # It is away: they are all asked about again.
        LOG.info("standing of reports: %s", type(failure).__name__)
    return closed


async def _few(desk: Desk, taker: ReportDesk, some: Sequence[Handing]) -> int:
    """Those that were closed of a few; an answer that does not read stops no others."""
    asked, closed = {each.number: each for each in some}, 0
    try:
        told = await taker.standing(list(asked), Deadline.after(CALL_SECONDS, desk.clock))
    except (MinistryContract, MinistryRefused) as failure:
        LOG.warning("standing of reports: %s", type(failure).__name__)
        return 0
    for standing in told:
        if standing.number in asked:
            closed += await _stands(desk, asked[standing.number], standing)
    return closed


async def _bring_on(desk: Desk, taker: ReportDesk, handing: Handing) -> Handing:
    """A look where it may be there; else, or where it surely is not, a sending."""
    said, deadline = _report(desk, handing), Deadline.after(CALL_SECONDS, desk.clock)
    sent = False
    try:
        if handing.state is not OnItsWay.WAITING:
            found = await taker.find(said, handing.sent_at or _morning(handing), deadline)
            if found is not None:
                return _followed(desk, handing, found)
        sent = True
        return _followed(desk, handing, await taker.send(said, deadline))
    except (GuichetError, ValueError) as failure:
        LOG.info("report %s: %s", handing.complaint.id, type(failure).__name__)
        return _failed(desk, handing, failure, sent)


def _failed(desk: Desk, handing: Handing, failure: Exception, sent: bool) -> Handing:
    """`sent`: the sending failed; else the look for it."""
    now = desk.clock.now()
    later = now + min(FIRST_PAUSE * 2 ** min(handing.tries - 1, 10), LONGEST_PAUSE)
    if handing.complaint.opened_on + GIVE_UP < desk.today():
        return replace(handing, state=OnItsWay.OURS, due_at=None)
    if isinstance(failure, _NOTHING_DONE):
        # A look that failed tells nothing: it may be there as before.
        state = OnItsWay.WAITING if sent else OnItsWay.UNSURE
        return replace(handing, state=state, due_at=later)
    if sent and isinstance(failure, MinistryRefused | InvalidValue):
        return replace(handing, state=OnItsWay.OURS, due_at=None)
    if sent:
        return replace(handing, state=OnItsWay.UNSURE, sent_at=now, due_at=now + LEASE)
    given_up = handing.tries > LOOKS
    return replace(handing, state=OnItsWay.OURS if given_up else OnItsWay.UNSURE, due_at=None if given_up else later)


def _followed(desk: Desk, handing: Handing, taken: ReportTaken) -> Handing:
    now = desk.clock.now()
    told = bool(taken.number or taken.token)
    return replace(
        handing,
        state=OnItsWay.FOLLOWED,
        number=taken.number,
        token=taken.token,
        sent_at=now,
        due_at=now + FOLLOW_EVERY if told else None,
    )


async def _numbered(desk: Desk, taker: ReportDesk, asked: Sequence[Handing]) -> list[Handing]:
    """Those whose token became a number just now."""
    found: list[Handing] = []
    for handing in [each for each in asked if each.token and not each.number]:
        try:
            number = await taker.number(handing.token, Deadline.after(CALL_SECONDS, desk.clock))
        except (MinistryContract, MinistryRefused) as failure:
            LOG.warning("number of a report: %s", type(failure).__name__)
            continue
        if number:
            numbered = replace(handing, number=number)
            await _keep(desk, numbered)
            found.append(numbered)
    return found


async def _stands(desk: Desk, handing: Handing, standing: ReportStanding) -> bool:
    """What the ministry says is kept; once it is closed she is told."""
    complaint = handing.complaint
    if not standing.closed:
        if standing.words != handing.words:
            await _keep(desk, replace(handing, words=standing.words))
        return False
    async with desk.open_records() as records:
        await records.feedback.handings.settle(replace(handing, words=standing.words, due_at=None))
        return await tell_answer(records, desk.notices, desk.today(), complaint, standing.words)


async def _keep(desk: Desk, handing: Handing) -> None:
    async with desk.open_records() as records:
        if await records.feedback.handings.settle(handing):
            await records.changes.touch(handing.complaint.person, ChangeKind.FEEDBACK, handing.complaint.number)


def _report(desk: Desk, handing: Handing) -> Report:
    complaint = handing.complaint
    return Report(
        kind=complaint.subject,
        text=complaint.text,
        answers=handing.answers or {},
        place=complaint.place,
        contact=Msisdn.parse(handing.contact) if handing.contact else None,
        language=complaint.language,
        idempotency_key=complaint.id.hex,
        **where(desk, complaint.place),
    )


def where(desk: Desk, place_id: str) -> Where:
    """The address and position of a place of ours, as a report takes them."""
    found = next((each for each in desk.places.all() if each.place.id == place_id), None) if place_id else None
    if found is None:
        return {"address": "", "position": None}
    return {"address": ", ".join(filter(None, (found.place.name, found.place.address))), "position": found.at}


def _morning(handing: Handing) -> datetime:
    """Before anything of it can have been sent."""
    return datetime.combine(handing.complaint.opened_on, time(), UTC) - timedelta(days=1)
