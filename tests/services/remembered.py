"""Records kept in dictionaries: the same promises as those in PostgreSQL, for stories about use cases."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.audit import AuditEntry
from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from i18n.text import Text
from services.agent_ports import AgentRecords
from services.alerts import ANSWERS, Alert
from services.email_ports import NoEmails
from services.event_ports import Timer
from services.known_facts import facts_of
from services.known_ports import Changed, KnownFacts, Position
from services.known_ports import Known as KnownApplication
from services.ports import (
    Binding,
    Contact,
    Intent,
    IntentState,
    Link,
    LinkedBy,
    Person,
    PinRecord,
    PinRules,
    Records,
    SentMessage,
)
from services.rights_ports import Consent, HeldNumber, Rows
from services.values import Application, Visit
from tests.services.remembered_feedback import no_feedback

ENDED = (IntentState.DONE, IntentState.REFUSED)
PROVEN = (LinkedBy.FACT, LinkedBy.HANDED_IN)


@dataclass
class Number:
    person: UUID
    state: Binding
    former_holder: bool
    last_seen: datetime


@dataclass
class Kept:
    intent: Intent
    digest: bytes
    token: str
    live: bool = True
    due: datetime | None = None
    ended: datetime | None = None


@dataclass
class MemoryStore:
    clock: Clock
    ids: Ids
    persons: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    # Persons whom nobody has asked for their language.
    unasked: set[UUID] = field(default_factory=set)
    numbers: dict[str, list[Number]] = field(default_factory=dict)
    pins: dict[UUID, PinRecord] = field(default_factory=dict)
    consents: set[tuple[UUID, str]] = field(default_factory=set)
    linked: dict[UUID, dict[tuple[str, str], Link]] = field(default_factory=dict)
    guessed: dict[tuple[str, str, date], int] = field(default_factory=dict)
    drafted: dict[tuple[UUID, str], tuple[Mapping[str, object], datetime]] = field(default_factory=dict)
    confirmed: dict[UUID, Kept] = field(default_factory=dict)
    outbox: list[tuple[UUID, datetime, Alert]] = field(default_factory=list)
    timers: dict[tuple[UUID, str, str], "SetTimer"] = field(default_factory=dict)
    known: dict[tuple[UUID, str], tuple[KnownFacts | None, datetime | None]] = field(default_factory=dict)
    audited: list[AuditEntry] = field(default_factory=list)
    former: set[str] = field(default_factory=set)
    settled: int = 0
    visits: dict[UUID, dict[tuple[str, str], Visit]] = field(default_factory=dict)

    def over(self, work: object = None) -> Records:
        return Records(
            people=People(self),
            accounts=Accounts(self),
            links=Links(self),
            guesses=Guesses(self),
            drafts=Drafts(self),
            intents=Intents(self),
            outbox=Outbox(self),
            messages=Messages(self),
            events=NoEvents(),
            timers=Timers(self),
            known=Known(self),
            changes=Changes(self),
            documents=NoDocuments(self),
            feedback=no_feedback(),
            stops=NoStops(self),
            visits=KnownVisits(self),
            audit=Audited(self),
            numbers=Numbers(self),
            personal=Personal(self),
            settle=self.settle,
            assisted=no_agents,
            email=NoEmails,
        )

    async def settle(self) -> None:
        self.settled += 1

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Records]:
        yield self.over()


@dataclass
class Part:
    store: MemoryStore


class People(Part):
    def _held(self, number: Msisdn) -> Number | None:
        rows = self.store.numbers.get(number.e164, [])
        return next((row for row in rows if row.state is not Binding.ENDED), None)

    async def by_number(self, number: Msisdn) -> Person | None:
        row = self._held(number)
        if row is None:
            return None
        language, applicant = self.store.persons[row.person]
        silent = row.last_seen < self.store.clock.now() - timedelta(days=90)
        binding = Binding.STALE if silent else row.state
        account = row.person in self.store.pins
        asked = row.person not in self.store.unasked
        return Person(row.person, language, binding, account, applicant, row.last_seen, row.former_holder, asked)

    async def hold(self, number: Msisdn) -> Person | None:
        return await self.by_number(number)

    async def greet(self, number: Msisdn, language: str, *, attested: bool = True, chosen: bool = True) -> Person:
        now = self.store.clock.now()
        if self._held(number) is None:
            id = self.store.ids.uuid7()
            former = await self.had_holder(number)
            self.store.persons[id] = (language, self.store.ids.token())
            self.store.unasked.add(id)
            self.store.numbers.setdefault(number.e164, []).append(Number(id, Binding.ACTIVE, former, now))
        person = await self.by_number(number)
        row = self._held(number)
        assert person is not None and row is not None
        row.state = person.binding
        if attested and person.binding is Binding.ACTIVE:
            row.last_seen = now
        if not chosen:
            return person
        self.store.persons[person.id] = (language, person.applicant)
        self.store.unasked.discard(person.id)
        return replace(person, language=language, language_chosen=True)

    async def meet(self, number: Msisdn, language: str) -> Person:
        if known := await self.by_number(number):
            return known
        return await self.greet(number, language, chosen=False)

    async def by_applicant(self, applicant: str) -> UUID | None:
        return next((id for id, (_, known_as) in self.store.persons.items() if known_as == applicant), None)

    async def confirm_number(self, number: Msisdn, person: UUID, *, by_fact: bool = False) -> None:
        row = self._held(number)
        if row is not None and row.person == person:
            row.state, row.last_seen = Binding.ACTIVE, self.store.clock.now()

    async def doubt_number(self, number: Msisdn) -> None:
        row = self._held(number)
        if row is not None:
            row.state = Binding.STALE

    async def end_number(self, number: Msisdn, person: UUID) -> None:
        row = self._held(number)
        if row is not None and row.person == person:
            row.state = Binding.ENDED

    async def had_holder(self, number: Msisdn) -> bool:
        ended = any(row.state is Binding.ENDED for row in self.store.numbers.get(number.e164, []))
        return ended or number.e164 in self.store.former

    async def contact(self, person: UUID) -> Contact | None:
        for e164, rows in self.store.numbers.items():
            for row in rows:
                if row.person == person and row.state is not Binding.ENDED:
                    return Contact(Msisdn.parse(e164), self.store.persons[person][0], row.state)
        return None

    async def choose_language(self, person: UUID, language: str) -> None:
        self.store.persons[person] = (language, self.store.persons[person][1])
        self.store.unasked.discard(person)

    async def forget(self, person: UUID) -> None:
        store = self.store
        store.persons.pop(person, None)
        store.pins.pop(person, None)
        store.linked.pop(person, None)
        for rows in store.numbers.values():
            rows[:] = [row for row in rows if row.person != person]
        store.consents = {entry for entry in store.consents if entry[0] != person}
        store.drafted = {key: kept for key, kept in store.drafted.items() if key[0] != person}
        store.confirmed = {id: kept for id, kept in store.confirmed.items() if kept.intent.person != person}


class Accounts(Part):
    async def create(
        self, person: UUID, pin_hash: str, consent: str, language: str, *, channel: str = "", proof: str = ""
    ) -> bool:
        if person in self.store.pins:
            return False
        self.store.pins[person] = PinRecord(pin_hash, 0, 0, None, None)
        await self.give_consent(person, "account", consent, language)
        return True

    async def pin(self, person: UUID) -> PinRecord | None:
        return self.store.pins.get(person)

    async def count_try(self, person: UUID, now: datetime, rules: PinRules) -> PinRecord | None:
        record = self.store.pins.get(person)
        if record is None or record.failures >= rules.failures:
            return None
        if record.locked_until is not None and record.locked_until > now:
            return None
        tries = 1 if record.locked_until is not None else record.tries + 1
        if tries > rules.tries:
            return None
        locked = now + rules.lock if tries >= rules.tries else None
        counted = replace(record, tries=tries, failures=record.failures + 1, locked_until=locked)
        self.store.pins[person] = counted
        return counted

    async def pin_was_right(self, person: UUID, fresh_hash: str | None = None) -> None:
        record = self.store.pins.get(person)
        if record is not None:
            self.store.pins[person] = PinRecord(fresh_hash or record.hash, 0, 0, None, None)

    async def set_pin(self, person: UUID, pin_hash: str) -> None:
        if person in self.store.pins:
            self.store.pins[person] = PinRecord(pin_hash, 0, 0, None, None)

    async def reset_pin(self, person: UUID, pin_hash: str) -> bool:
        record = self.store.pins.get(person)
        if record is None or record.reset_due is None:
            return False
        self.store.pins[person] = PinRecord(pin_hash, 0, 0, None, None)
        return True

    async def ask_reset(self, person: UUID, due: datetime) -> None:
        if person in self.store.pins:
            self.store.pins[person] = replace(self.store.pins[person], reset_due=due)

    async def give_consent(
        self,
        person: UUID,
        purpose: str,
        text: str,
        language: str,
        *,
        channel: str = "",
        proof: str = "",
        agent: UUID | None = None,
    ) -> None:
        self.store.consents.add((person, purpose))

    async def withdraw_consent(self, person: UUID, purpose: str) -> bool:
        stood = (person, purpose) in self.store.consents
        self.store.consents.discard((person, purpose))
        return stood

    async def consents(self, person: UUID) -> Sequence[Consent]:
        now, id = self.store.clock.now(), self.store.ids.uuid7()
        mine = sorted(purpose for whose, purpose in self.store.consents if whose == person)
        return [Consent(id, purpose, "", "az", now, None, "", "", None) for purpose in mine]

    async def has_consent(self, person: UUID, purpose: str) -> bool:
        return (person, purpose) in self.store.consents


class Audited(Part):
    async def record(self, entry: AuditEntry) -> None:
        self.store.audited.append(entry)


class Personal(Part):
    async def export(self, person: UUID) -> Mapping[str, Rows]:
        return {}

    async def erase(self, person: UUID) -> bool:
        held = self.store.numbers.items()
        self.store.former |= {number for number, rows in held if any(row.person == person for row in rows)}
        await People(self.store).forget(person)
        return True


class Numbers(Part):
    async def of(self, person: UUID, *, locked: bool = False) -> Sequence[HeldNumber]:
        return [
            HeldNumber(person, Msisdn(number), row.state is Binding.ACTIVE, False, row.last_seen)
            for number, rows in self.store.numbers.items()
            for row in rows
            if row.person == person and row.state is not Binding.ENDED
        ]

    async def add(self, person: UUID, number: Msisdn) -> UUID | None:
        raise NotImplementedError

    async def remove(self, person: UUID, number: UUID) -> bool:
        raise NotImplementedError

    async def prefer(self, person: UUID, number: UUID) -> bool:
        raise NotImplementedError


class Links(Part):
    async def of(self, person: UUID) -> Sequence[Link]:
        return list(reversed(self.store.linked.get(person, {}).values()))

    async def proven(self, person: UUID, service: str, reference: str) -> bool:
        link = self.store.linked.get(person, {}).get((service, reference))
        return link is not None and link.by in PROVEN

    async def add(self, person: UUID, service: str, reference: str, by: LinkedBy) -> None:
        links = self.store.linked.setdefault(person, {})
        link = links.get((service, reference))
        if link is None:
            links[service, reference] = Link(self.store.ids.uuid7(), service, reference, by)
        elif link.by is LinkedBy.CONTACT:
            links[service, reference] = replace(link, by=by)

    async def holders(self, service: str, reference: str) -> Sequence[UUID]:
        return [person for person in self.store.linked if await self.proven(person, service, reference)]


class Known(Part):
    """What ministries last told, by person and reference."""

    async def of(self, person: UUID, limit: int, before: UUID | None = None) -> Sequence[KnownApplication]:
        links = [link for link in await Links(self.store).of(person) if before is None or link.id < before]
        return [self._known(person, link) for link in links[:limit]]

    async def get(self, person: UUID, service: str, reference: str) -> KnownApplication | None:
        link = self.store.linked.get(person, {}).get((service, reference))
        return self._known(person, link) if link else None

    def _known(self, person: UUID, link: Link) -> KnownApplication:
        facts, as_of = self.store.known.get((person, link.reference), (None, None))
        return KnownApplication(link.id, link.service, link.reference, link.by in PROVEN, facts, as_of)

    async def saw(self, person: UUID, applications: Sequence[Application], today: date) -> None:
        for application in applications:
            await Links(self.store).add(person, application.service, application.reference, LinkedBy.CONTACT)
            before, _ = self.store.known.get((person, application.reference), (None, None))
            facts = facts_of(application, before, today)
            self.store.known[person, application.reference] = (facts, self.store.clock.now())

    async def happened(self, application: Application, today: date) -> None:
        raise NotImplementedError("events are handled on PostgreSQL only")

    async def lost(self, person: UUID, link: UUID) -> None:
        for each in self.store.linked.get(person, {}).values():
            if each.id == link:
                self.store.known.pop((person, each.reference), None)


class Changes(Part):
    """What changed, on PostgreSQL only."""

    async def touch(self, person: UUID, kind: str, subject: str, *, gone: bool = False) -> None:
        return None

    async def since(self, person: UUID, position: Position | None, limit: int) -> Changed:
        raise NotImplementedError("what changed is known on PostgreSQL only")


class KnownVisits(Part):
    """What calendars last told, by person, service and number."""

    async def of(self, person: UUID) -> Sequence[Visit]:
        return tuple(self.store.visits.get(person, {}).values())

    async def saw(self, person: UUID, visits: Sequence[Visit]) -> None:
        self.store.visits[person] = {(visit.slot.service, visit.id): visit for visit in visits}

    async def keep(self, person: UUID, visit: Visit) -> None:
        self.store.visits.setdefault(person, {})[visit.slot.service, visit.id] = visit

    async def drop(self, person: UUID, service: str, visit_id: str) -> None:
        self.store.visits.get(person, {}).pop((service, visit_id), None)

    async def happened(self, person: UUID, service: str, visit_id: str, starts: datetime, place_id: str) -> None:
        raise NotImplementedError("events are handled on PostgreSQL only")


class NoStops(Part):
    """Promises to tell of stops are kept on PostgreSQL only."""


class NoDocuments(Part):
    """Documents are kept on PostgreSQL only."""


def no_agents() -> AgentRecords:
    raise NotImplementedError("agents are known on PostgreSQL only")


class NoEvents:
    """Events are handled on PostgreSQL only."""


@dataclass
class SetTimer:
    timer: Timer
    subject: str
    due: datetime
    waiting: bool = True


class Timers(Part):
    async def set(
        self, person: UUID, kind: str, service: str, subject: str, facts: Mapping[str, object], due_at: datetime
    ) -> None:
        timer = Timer(self.store.ids.uuid7(), person, kind, service, facts, self.store.clock.now())
        self.store.timers[person, kind, f"{service}\0{subject}"] = SetTimer(timer, subject, due_at)

    async def drop(self, kind: str, service: str, subject: str, person: UUID | None = None) -> None:
        for (whose, what, of), row in self.store.timers.items():
            if (what, of) == (kind, f"{service}\0{subject}") and person in (None, whose):
                row.waiting = False

    async def claim(self, limit: int, lease_seconds: float, kinds: Sequence[str] = ()) -> Sequence[Timer]:
        now = self.store.clock.now()
        due = [row for row in self.store.timers.values() if row.waiting and row.due <= now]
        rows = [row for row in due if not kinds or row.timer.kind in kinds][:limit]
        for row in rows:
            row.due = now + timedelta(seconds=lease_seconds)
            row.timer = replace(row.timer, attempts=row.timer.attempts + 1)
        return [row.timer for row in rows]

    async def done(self, timer: Timer) -> bool:
        return self._end(timer, None)

    async def again(self, timer: Timer, due_at: datetime) -> bool:
        return self._end(timer, due_at)

    def _end(self, timer: Timer, due: datetime | None) -> bool:
        for row in self.store.timers.values():
            if row.timer.id == timer.id and row.waiting:
                row.waiting, row.due = due is not None, due or row.due
                return True
        return False


class Guesses(Part):
    async def allow(self, kind: str, subject: str, limit: int, per_day: date) -> int | None:
        key = (kind, subject, per_day)
        tries = self.store.guessed.get(key, 0)
        if tries >= limit:
            return None
        self.store.guessed[key] = tries + 1
        return limit - tries - 1

    async def give_back(self, kind: str, subject: str, per_day: date) -> None:
        key = (kind, subject, per_day)
        self.store.guessed[key] = max(0, self.store.guessed.get(key, 0) - 1)


class Outbox(Part):
    async def put(self, alert: Alert) -> UUID | None:
        told = {(each.event, each.person) for _, _, each in self.store.outbox if each.event is not None}
        if (alert.event, alert.person) in told:
            return None
        id = self.store.ids.uuid7()
        self.store.outbox.append((id, self.store.clock.now(), alert))
        return id


class Messages(Part):
    """Whatever was put went out at once."""

    async def one(self, person: UUID, message: UUID) -> SentMessage | None:
        return next((each for each in await self.last(person, 1000) if each.id == message), None)

    async def last(self, person: UUID, limit: int, before: UUID | None = None) -> Sequence[SentMessage]:
        hers = [each for each in self.store.outbox if each[2].person == person and each[2].kind not in ANSWERS]
        return [
            SentMessage(id, at, alert.kind, alert.service, Text(alert.text_id, alert.values))
            for id, at, alert in reversed(hers)
        ][:limit]


class Drafts(Part):
    async def get(self, person: UUID, service: str) -> Mapping[str, object] | None:
        answers, until = self.store.drafted.get((person, service), ({}, None))
        return answers if until is not None and until > self.store.clock.now() else None

    async def keep(self, person: UUID, service: str, answers: Mapping[str, object], until: datetime) -> None:
        self.store.drafted[person, service] = (dict(answers), until)

    async def drop(self, person: UUID, service: str) -> None:
        self.store.drafted.pop((person, service), None)


class Intents(Part):
    async def by_token(self, person: UUID, kind: str, token: str) -> Intent | None:
        for kept in self.store.confirmed.values():
            if (kept.intent.person, kept.intent.kind, kept.token) == (person, kind, token):
                return kept.intent
        return None

    async def prepare(
        self,
        person: UUID,
        kind: str,
        service: str,
        digest: bytes,
        token: str,
        payload: Mapping[str, object],
        older: Sequence[bytes] = (),
    ) -> Intent:
        now = self.store.clock.now()
        if met := await self.by_token(person, kind, token):
            return met
        for kept in self.store.confirmed.values():
            alike = (kept.intent.person, kept.intent.kind) == (person, kind) and kept.digest in (digest, *older)
            if kept.live and alike:
                if kept.ended is None or kept.ended > now - timedelta(minutes=15):
                    return kept.intent
                kept.live = False
        intent = Intent(self.store.ids.uuid7(), person, kind, service, IntentState.PREPARED, payload, now)
        self.store.confirmed[intent.id] = Kept(intent, digest, token, due=now + timedelta(seconds=30))
        return intent

    async def claim(self, intent: UUID, lease_seconds: float) -> Intent | None:
        now = self.store.clock.now()
        kept = self.store.confirmed.get(intent)
        if kept is None or kept.intent.state in ENDED:
            return None
        first = kept.intent.state is IntentState.PREPARED
        if not first and (kept.due is None or kept.due > now):
            return None
        kept.due = now + timedelta(seconds=lease_seconds)
        kept.intent = replace(
            kept.intent,
            state=IntentState.SENT if first else kept.intent.state,
            sent_at=now if first else kept.intent.sent_at,
            attempts=kept.intent.attempts + 1,
        )
        return kept.intent

    async def owe(self, intent: UUID) -> bool:
        kept = self.store.confirmed.get(intent)
        if kept is None or kept.intent.state in ENDED:
            return False
        kept.intent = replace(kept.intent, owed=True)
        return True

    async def sent_again(self, intent: UUID) -> bool:
        kept = self.store.confirmed.get(intent)
        if kept is None or kept.intent.state in ENDED:
            return False
        kept.intent = replace(kept.intent, sent_at=self.store.clock.now())
        return True

    async def finish(self, intent: UUID, state: IntentState, result: Mapping[str, object] | None) -> bool:
        now = self.store.clock.now()
        kept = self.store.confirmed.get(intent)
        if kept is None or kept.intent.state in ENDED:
            return False
        if state is IntentState.UNKNOWN and kept.intent.state is IntentState.PREPARED:
            return False
        kept.intent = replace(kept.intent, state=state, result=result)
        kept.live = state is not IntentState.REFUSED
        kept.ended = now if state in ENDED else None
        doublings = min(max(kept.intent.attempts - 1, 0), 12)
        pause = min(timedelta(seconds=10) * (1 << doublings), timedelta(hours=1))
        kept.due = None if state in ENDED else now + pause
        return True

    async def get(self, intent: UUID) -> Intent | None:
        kept = self.store.confirmed.get(intent)
        return kept.intent if kept else None

    async def live(self, person: UUID, kind: str) -> Sequence[Intent]:
        since = self.store.clock.now() - timedelta(minutes=15)
        fresh = [kept for kept in self.store.confirmed.values() if kept.ended is None or kept.ended > since]
        return [kept.intent for kept in fresh if kept.live and (kept.intent.person, kept.intent.kind) == (person, kind)]

    async def retire(self, intent: UUID) -> None:
        kept = self.store.confirmed[intent]
        if kept.intent.state is IntentState.DONE:
            kept.live = False

    async def kept(self, person: UUID, kind: str) -> Sequence[Intent]:
        mine = [kept.intent for kept in self.store.confirmed.values() if kept.intent.person == person]
        return [intent for intent in mine if intent.kind == kind]

    async def under_way(self, person: UUID, kind: str) -> Sequence[Intent]:
        mine = [kept.intent for kept in self.store.confirmed.values() if kept.intent.person == person]
        return [intent for intent in mine if intent.kind == kind and intent.state not in ENDED]

    async def overtake(self, intent: UUID, result: Mapping[str, object]) -> None:
        await self.finish(intent, IntentState.REFUSED, result)

    async def open_intents(self, limit: int, kinds: Sequence[str] = ()) -> Sequence[Intent]:
        now = self.store.clock.now()
        due = [kept.intent for kept in self.store.confirmed.values() if kept.due is not None and kept.due <= now]
        return [intent for intent in due if not kinds or intent.kind in kinds][:limit]
