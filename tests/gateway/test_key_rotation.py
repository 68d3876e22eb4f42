"""A rotation of keys is whole: no column is forgotten, and nothing that lasts stays under the older key."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, insert, select

from domain.clock import HandClock
from domain.ids import Ids
from domain.msisdn import Msisdn
from gateway.key_rotation import BY_ITSELF, MOVED, fates, reindexing_of
from gateway.ops_page.page import staff_of
from gateway.pack import load_pack
from mail.records.addresses import INDEX
from mail.tables import ADDRESSES
from services.agent_values import OrganisationKind
from services.event_ports import Progress
from services.ports import LinkedBy
from services.records.agent_tables import AGENT_SESSIONS, ASKED, ASSISTED_SESSIONS
from services.records.satisfaction_tables import ANSWER_CLOCKS, SURVEYS
from services.records.sealed import Sealed
from services.records.sign_in_tables import SESSIONS
from services.records.store import RecordStore
from services.records.surveys import SURVEY_SUBJECT
from services.records.tables import EVENTS, FORMER_NUMBERS, NUMBERS, SUBJECTS
from services.values import Slot, Visit
from sms.records.indexes import RECIPIENT
from sms.records.opt_outs import SqlOptOuts
from sms.tables import INBOUND, MESSAGES, NUMBER_HEALTH, REPORTS
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.metadata import METADATA
from storage.person_keys import PersonKeys
from storage.sealing import Sealer, header
from storage.unit_of_work import Database

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
OLD, BOTH, NEW = (
    KeyRing.of(keys) for keys in ({"old": b"o" * 32}, {"new": b"n" * 32, "old": b"o" * 32}, {"new": b"n" * 32})
)
HERS, NOBODYS, ERASED = (Msisdn.parse(number) for number in ("+994501234567", "+994557654321", "+994502223344"))
REFERENCE, UNLINKED, DEVICE = "41000035", "41000043", "a-tablet-of-somebody-1"
_OF_TYPE = {"datetime": NOW, "date": NOW.date(), "str": "x", "int": 0, "bool": False, "bytes": b"x"}


class Listening(Sealer):
    """Keeps every index that it makes."""

    def __init__(self, ring: KeyRing) -> None:
        super().__init__(ring)
        self.made: set[bytes] = set()

    def _index(self, value: str, purpose: str, key_id: str) -> bytes:
        index = super()._index(value, purpose, key_id)
        self.made.add(index)
        return index


@pytest.fixture
async def stored(clean_url: str) -> AsyncIterator[Database]:
    database = Database(create_engine(clean_url, pool_size=3))
    yield database
    await database.close()


def store(database: Database, sealer: Sealer) -> RecordStore:
    clock = HandClock(NOW)
    return RecordStore(database, sealer, PersonKeys(sealer.ring, clock), clock, Ids(clock))


def filled(table: Table, **given: Any) -> Any:
    """A row with something in every column that wants it."""
    values = dict(given)
    for column in table.columns:
        if column.name not in values and not column.nullable and column.server_default is None:
            kind = column.type.python_type
            values[column.name] = uuid4() if kind is UUID else _OF_TYPE[kind.__name__]
    return insert(table).values(values)


async def lived(before: RecordStore) -> UUID:
    """Rows of every kind that lasts, all under the older key: of a person, and of nobody."""
    async with before.database.unit_of_work() as work:
        records, sealed = before.over(work), Sealed(work, before.sealer, before.keys)
        person = (await records.people.greet(HERS, "az")).id
        await records.links.add(person, "social_aid", REFERENCE, LinkedBy.FACT)
        await records.visits.keep(person, Visit("V-1", Slot("S-1", "passport", "P-1", NOW + timedelta(days=3))))
        for subject in (REFERENCE, "V-1", "only-in-its-facts"):
            await records.timers.set(person, "kind", "passport", subject, {"about": {"it": [subject]}}, NOW)
        for subject in (REFERENCE, UNLINKED):
            progress = Progress("decided", {"amount": "100"}, 1, NOW)
            await records.events.came_to("vemtas", subject, progress)
            await records.feedback.answer_times.received("social_aid", subject, date(2026, 11, 1))
        await SqlOptOuts(before.sealer, before.clock, before.ids).stop(work, NOBODYS, "", "keyword")
        await _raw_rows(sealed, person)
        await _agents(before, sealed, person)
        assert await staff_of(before, work).add("nigar", "hash", b"the key of her codes")
    async with before.open() as records:
        gone = await records.people.greet(ERASED, "az")
        await records.personal.erase(gone.id)
    return person


async def _raw_rows(sealed: Sealed, person: UUID) -> None:
    number, id = sealed.index(HERS.e164, RECIPIENT), uuid4()
    address = await sealed.seal(person, "leyla@example.org", ADDRESSES.name, "address", id)
    found = sealed.index("leyla@example.org", INDEX)
    for row in (
        filled(ADDRESSES, id=id, person_id=person, address=address, address_index=found, alerts_by="sms"),
        filled(SURVEYS, person_id=person, subject_index=sealed.index(REFERENCE, SURVEY_SUBJECT), state="open"),
        filled(EVENTS, subject_index=sealed.index(REFERENCE, "event_subject"), state="handled"),
        filled(MESSAGES, person_id=person, recipient_index=number, state="sent"),
        filled(REPORTS, recipient_index=number, verdict="parked"),
        filled(INBOUND, sender_index=number, state="answered"),
        filled(NUMBER_HEALTH, recipient_index=number),
    ):
        await sealed.work.execute(row)


async def _agents(before: RecordStore, sealed: Sealed, person: UUID) -> None:
    """She is helped on a device, and is an agent herself."""
    work, agents = sealed.work, before.agents(sealed.work).agents
    red = await agents.organisation("red", "Red Crescent", OrganisationKind.VOLUNTEERS)
    agent = await agents.enrol(red.id, person, "Leyla", "V-1", False)
    [number] = (await work.execute(select(NUMBERS.c.id))).scalars()
    session, id, device = uuid4(), uuid4(), agents.device_index(DEVICE)
    sealed_number = sealed.sealer.seal(HERS.e164, ASSISTED_SESSIONS.name, "number", id)
    asked = {"organisation_id": red.id, "person_id": person, "mode": "phone", "state": "ended"}
    index = sealed.index(HERS.e164, "assisted_number")
    for row in (
        filled(SESSIONS, id=session, person_id=person, number_id=number),
        filled(AGENT_SESSIONS, agent_id=agent, api_session_id=session, device_index=device),
        filled(ASKED, agent_id=agent, device_index=device),
        filled(ASSISTED_SESSIONS, id=id, number=sealed_number, number_index=index, device_index=device, **asked),
    ):
        await work.execute(row)


async def rotated(after: RecordStore) -> None:
    """The worker, until nothing is left to do; and the device signs in."""
    chore = reindexing_of(after.database, after.sealer, after.keys)
    while await chore.step():
        pass
    async with after.database.unit_of_work() as work:
        while await after.keys.rewrap(work):
            pass
        await staff_of(after, work).reseal()
        agents = after.agents(work).agents
        [agent] = await agents.all()
        [session] = (await work.execute(select(SESSIONS.c.id))).scalars()
        await agents.open_session(uuid4(), agent.id, session, b"token", DEVICE, NOW + timedelta(hours=8))


async def values(database: Database, name: str) -> list[bytes]:
    table, column = name.split(".")
    async with database.unit_of_work() as work:
        found = await work.execute(select(METADATA.tables[table].c[column]))
        return [bytes(value) for value in found.scalars() if value is not None]


def test_every_blind_index_and_what_is_sealed_with_the_ring_has_its_fate() -> None:
    told = fates(load_pack("azerbaijan"))
    assert [name for name, fate in told.items() if not fate] == []
    assert MOVED | BY_ITSELF.keys() <= told.keys()
    # One that is named like an index is one of them, also where the catalogue calls it something else.
    named = {f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.columns}
    assert {name for name in named if name.endswith("_index")} <= told.keys()


async def test_nothing_that_lasts_stays_under_the_older_key(stored: Database) -> None:
    older = Listening(OLD)
    await lived(store(stored, older))
    await rotated(store(stored, Sealer(BOTH)))
    for name in sorted(MOVED):
        there = await values(stored, name)
        assert there, f"{name}: the test has no row of it"
        assert not older.made & set(there), name
        assert not [value for value in there if value.startswith(header("old"))], name


async def test_without_the_older_key_everything_is_found(stored: Database) -> None:
    person = await lived(store(stored, Sealer(OLD)))
    await rotated(store(stored, Sealer(BOTH)))
    after = store(stored, Sealer(NEW))
    async with stored.unit_of_work() as work:
        records = after.over(work)
        met = await records.people.by_number(HERS)
        assert met is not None and met.id == person
        assert await records.people.had_holder(ERASED)
        assert not await records.people.had_holder(NOBODYS)
        assert await SqlOptOuts(after.sealer, after.clock, after.ids).is_stopped(work, NOBODYS)
        for subject in (REFERENCE, UNLINKED):
            progress = await records.events.progress("vemtas", subject)
            assert progress is not None and progress.facts == {"amount": "100"}
            begun = await records.feedback.answer_times.decided("social_aid", subject, None, date(2026, 11, 20))
            assert begun == date(2026, 11, 1)
        [helped] = await records.assisted().sessions.of_person(person, 5)
        assert helped.number == HERS


async def test_what_was_written_anew_meanwhile_stays_and_goes_over_once(stored: Database) -> None:
    """An old process and a new one wrote the same while keys were rotated."""
    older, newer = store(stored, Sealer(OLD)), store(stored, Sealer(BOTH))
    for each, number in ((older, 1), (newer, 2)):
        async with each.database.unit_of_work() as work:
            sealed = Sealed(work, each.sealer, each.keys)
            await work.execute(_subject(sealed, number))
    chore = reindexing_of(stored, newer.sealer, newer.keys)
    assert await chore.step() == 1
    assert await chore.step() == 0
    async with stored.unit_of_work() as work:
        assert list((await work.execute(select(SUBJECTS.c.sequence))).scalars()) == [2]


async def test_who_is_erased_leaves_no_reference_beside_the_days_that_are_counted(stored: Database) -> None:
    before = store(stored, Sealer(OLD))
    person = await lived(before)
    async with before.open() as records:
        await records.personal.erase(person)
    async with stored.unit_of_work() as work:
        kept = (await work.execute(select(ANSWER_CLOCKS.c.reference))).scalars().all()
    assert len(kept) == 2 and kept.count(None) == 1


def _subject(sealed: Sealed, sequence: int) -> Any:
    from services.records.events import SUBJECT_TWIN
    from services.records.reindexed_rows import twin

    index, kept = twin(sealed.sealer, SUBJECT_TWIN, REFERENCE)
    return filled(SUBJECTS, source="vemtas", subject_index=index, subject=kept, sequence=sequence)


async def test_what_nobody_can_open_stops_nothing(stored: Database) -> None:
    older, newer = store(stored, Sealer(OLD)), store(stored, Sealer(BOTH))
    async with stored.unit_of_work() as work:
        broken = header("old") + b"broken" * 10
        await work.execute(filled(FORMER_NUMBERS, number_index=b"i" * 32, number=broken))
    async with older.open() as records:
        await records.personal.erase((await records.people.greet(ERASED, "az")).id)
    chore = reindexing_of(stored, newer.sealer, newer.keys)
    assert await chore.step() == 2
    assert await chore.step() == 0
    async with newer.open() as records:
        assert await records.people.had_holder(ERASED)
