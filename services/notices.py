"""A ministry's event becomes: who is told, what, and when. Entry point: `handle_events(desk, rules, count)`.

    claim ─▶ understand ─▶ ask the ministry (no transaction open) ─▶ one transaction: event, progress, messages, timers

What cannot be told now is parked and tried again; what never can is a dead letter with its reason.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, GuichetError, InvalidValue, MinistryError
from services import event_order
from services.alerts import Alert
from services.answer_times import note
from services.desk import Desk
from services.event_cases import Case, Ended, Finding, as_told, expires, later, must_read, plausible, understand
from services.event_order import News, Reading
from services.event_ports import Count, Progress, StoredEvent
from services.event_sources import EventRules
from services.events import EventType
from services.gists import gist_of, last_confirmed
from services.happenings import happened
from services.ports import Records
from services.recipients import Recipient, recipients
from services.reminders import follow, lapse
from services.tellings import (
    Facts,
    Telling,
    contentless,
    filled,
    hidden,
    of_application,
    of_event,
    still_due,
    telling,
    told_facts,
)
from services.values import Application

LOG = logging.getLogger(__name__)

# Longer than one event takes: a call to a ministry and one transaction.
LEASE_SECONDS = 60.0
# So many references are worked on at once.
_AT_ONCE = 8


class _Overtaken(Exception):
    """Somebody else told of the same reference meanwhile, or has this event by now: nothing of this is kept."""


async def handle_events(desk: Desk, rules: EventRules, count: Count, limit: int = 40) -> int:
    """Handle those that are due; gives how many were taken. One that fails stops no other.

    Events of one reference are handled one after the other, in the order in which they came.
    """
    async with desk.open_records() as records:
        claimed = await records.events.claim(limit, LEASE_SECONDS)
    lanes: dict[object, list[Case]] = defaultdict(list)
    for stored in claimed:
        case = understand(desk.services, rules, stored)
        if isinstance(case, Ended):
            await _close(desk, count, stored, case)
        else:
            lanes[case.source.name, case.subject].append(case)
    places = asyncio.Semaphore(_AT_ONCE)

    async def in_turn(cases: Sequence[Case]) -> None:
        async with places:
            for case in cases:
                await _attempt(desk, rules, count, case)

    # All of them come to their end, whatever one of them met: none goes on beside the next round.
    ended = await asyncio.gather(*map(in_turn, lanes.values()), return_exceptions=True)
    if failures := [failure for failure in ended if isinstance(failure, BaseException)]:
        raise failures[0]
    return len(claimed)


async def _attempt(desk: Desk, rules: EventRules, count: Count, case: Case) -> None:
    """One attempt at one event, whatever happens."""
    try:
        ended = await _bring_on(desk, rules, case)
    except _Overtaken:
        ended = Ended("again", due_at=desk.clock.now())
    except (MinistryError, DeadlineExceeded) as away:
        LOG.info("event %s: %s", case.stored.id, type(away).__name__)
        ended = later(desk.clock.now(), case, "ministry_away", rules.ministry_patience)
    except InvalidValue:
        ended = Ended("incomplete", dead=True)
    except Exception as error:
        # Of whatever kind, ours too: its words may hold personal data. It is tried again, and buried in the end.
        level = logging.INFO if isinstance(error, GuichetError) else logging.ERROR
        LOG.log(level, "event %s: %s", case.stored.id, type(error).__name__)
        ended = later(desk.clock.now(), case, "failed", rules.patience)
    await _close(desk, count, case.stored, ended)


async def _bring_on(desk: Desk, rules: EventRules, case: Case) -> Ended:
    async with desk.open_records() as records:
        before = await records.events.progress(case.source.name, case.subject)
    if before and event_order.older(case.event.sequence, before.sequence):
        return Ended("stale")
    read = must_read(case, before, rules)
    finding = await _ask(desk, rules, case) if read else as_told(desk.services, desk.places, case)
    if isinstance(finding, Ended):
        return finding
    if case.any_service:
        case = replace(case, service=finding.facts.service)
        if case.service not in case.source.services:
            return Ended("not_theirs", dead=True)
    if not plausible(finding, desk.today(), rules.date_span):
        return Ended("implausible_date", dead=True)
    return await _conclude(desk, rules, case, finding, before, read)


async def _ask(desk: Desk, rules: EventRules, case: Case) -> Finding | Ended:
    """What the ministry says of it now."""
    application = await _application(desk, rules, case)
    if application is None:
        return later(desk.clock.now(), case, "unknown_subject", rules.patience)
    match event_order.compare(case.type, application.state):
        case Reading.BEHIND:
            return later(desk.clock.now(), case, "ministry_behind", rules.patience)
        case Reading.CONTRADICTS:
            return Ended("conflict", dead=True)
        case Reading.AGREES:
            now = event_order.type_of_state(application.state)
            told = case.type if case.type is EventType.TERM_ENDING else now
            # What the event says and the record does not have is told too; never of another state.
            facts = filled(of_application(application), of_event(case.service, case.subject, case.event.data))
        case Reading.MOVED_ON:
            told, facts = event_order.type_of_state(application.state), of_application(application)
    if told is None:
        return Ended("nobody")
    return Finding(told, facts, application)


async def _application(desk: Desk, rules: EventRules, case: Case) -> Application | None:
    """The ministry's record; where the event does not say of which service it is, that of whichever it is."""
    deadline = Deadline.after(rules.read_seconds, desk.clock)
    codes = case.source.services if case.any_service else (case.service,)
    ministries = {id(ministry): ministry for ministry in map(desk.ministries.applications, codes)}
    for ministry in ministries.values():
        if (found := await ministry.get(case.subject, deadline)) is not None:
            return found
    return None


async def _conclude(
    desk: Desk, rules: EventRules, case: Case, finding: Finding, before: Progress | None, read: bool
) -> Ended:
    """One transaction: that it is handled, how far the reference has come, who is told, what is said later."""
    source, subject = case.source.name, case.subject
    facts = event_order.digests_of(told_facts(finding.told, finding.facts))
    come = Progress(finding.told.value, facts, case.event.sequence, case.event.time)
    async with desk.open_records() as records:
        if await records.events.progress(source, subject, lock=True) != before:
            raise _Overtaken
        news = event_order.judge(before, come, read=read)
        if news is News.CONFLICT:
            return Ended("conflict", dead=True)
        if before is not None and news is News.STALE:
            ended, now_at = Ended("stale"), event_order.advanced(before, come)
        else:
            await note(records.feedback.answer_times, desk.services, case, finding, desk.today())
            ended, now_at = await _tell(desk, rules, records, case, finding), event_order.advanced(come, before)
        if ended.dead:
            return ended
        await records.events.came_to(source, subject, now_at)
        if not await records.events.handled(case.stored, ended.why, ended.told):
            raise _Overtaken
    return replace(ended, kept=True)


async def _tell(desk: Desk, rules: EventRules, records: Records, case: Case, finding: Finding) -> Ended:
    if finding.told is EventType.COLLECTED:
        await happened(desk, rules, records, case, finding, ())
        await lapse(records.timers, finding.told, case.service, case.subject)
        return Ended("nobody")
    data, application = case.event.data, finding.application
    people = await recipients(
        records,
        rules,
        case.service,
        case.subject,
        data.contact,
        application.contact if application else None,
        data.participant or "",
    )
    # What is known, timers, the message: in the order in which the end of her own write takes them
    # (`intents.conclude`), so that neither waits for the other for ever.
    if people:
        await happened(desk, rules, records, case, finding, people)
    await lapse(records.timers, finding.told, case.service, case.subject)
    if not people:
        return Ended("no_recipient", dead=True)
    source, who, told = case.source.name, data.participant or "", 0
    for person in people:
        await follow(desk, records.timers, person.person, finding.told, finding.facts, source, who)
    for person in people:
        told += await records.outbox.put(await _alert(desk, records, case, finding, person)) is not None
    return Ended("told", told=told)


async def _alert(desk: Desk, records: Records, case: Case, finding: Finding, person: Recipient) -> Alert:
    place = finding.facts.place
    # As the screens name it: by the country's book where that lists it.
    facts = replace(finding.facts, place=desk.known_place(place) if place else None)
    openly = telling(finding.told, still_due(facts, desk.today()), person.language)
    if openly is None:
        raise InvalidValue("nothing to tell")
    chosen = _fit(desk, case.service, openly, finding.facts, person)
    since = await last_confirmed(
        desk, records.intents, person.person, finding.told, case.service, case.subject, case.event.time
    )
    return Alert(
        person=person.person,
        to=person.number,
        kind=chosen.kind,
        text_id=chosen.text_id,
        values=chosen.values,
        language=person.language,
        source=case.source.name,
        service=case.service,
        subject=case.subject,
        event=case.stored.id,
        expires_at=expires(finding, desk.services),
        gist=gist_of(finding.told, finding.facts, since=since, bare=chosen is not openly),
    )


def _fit(desk: Desk, service: str, openly: Telling, facts: Facts, person: Recipient) -> Telling:
    """As much as may be said: nothing of a sensitive service, and nothing personal to a number in doubt."""
    if not person.sure:
        return contentless(openly)
    if not service:
        return openly  # of a mobile unit, which is for everybody
    config = desk.services.get(service)
    return hidden(openly, facts) if config is None or config.sensitive else openly


async def _close(desk: Desk, count: Count, stored: StoredEvent, ended: Ended) -> None:
    """Write the end, where the transaction of the telling has not."""
    count(stored.source, ended.why)
    if ended.kept:
        return
    async with desk.open_records() as records:
        if ended.due_at is not None:
            await records.events.park(stored, ended.why, ended.due_at)
        elif ended.dead:
            await records.events.bury(stored, ended.why)
        else:
            await records.events.handled(stored, ended.why, ended.told)
    if ended.dead:
        LOG.warning("event %s of %s is a dead letter: %s", stored.id, stored.source, ended.why)
