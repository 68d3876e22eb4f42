"""What the database holds: nothing personal in clear, findable while keys rotate, unreadable once forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.states import ApplicationState
from services.document_ports import Document
from services.event_ports import Progress
from services.events import KeptEvent, digest
from services.ports import IntentState, LinkedBy
from services.records.callbacks import SqlCallbacks
from services.satisfaction_ports import About, Complaint, ComplaintState
from services.sign_in_codes import KeptCode
from services.sign_in_limits import Charge, Limit
from services.sign_in_ports import OnDevice, TokenHashes
from services.stop_ports import StopPromise
from services.values import Application, Slot, Visit
from storage.errors import SealBroken
from storage.keys import KeyRing
from storage.metadata import METADATA
from tests.services.conftest import record_store
from tests.services.town import LEYLA, START

# What `fill` writes to: a canary in a table that is empty proves nothing.
FILLED = {
    "person_keys", "people", "numbers", "links", "guess_counters", "drafts", "intents", "known_applications",
    "person_changes", "documents", "known_visits", "ministry_events", "event_subjects", "timers",
    "ministry_callbacks", "sign_in_requests", "sign_in_counters", "api_sessions", "complaints",
    "stop_promises",
}  # fmt: skip
CANARIES = ("994501234567", "70010042", "Ayshe", "v-canary")


def complaint(store, person):
    day, text = START.date(), "Ayshe waited"
    return Complaint(
        store.ids.uuid7(), person, "", About.SERVICE, "aid", "", "aid", text, ComplaintState.OPEN, day, day, "az"
    )


async def fill(store):
    async with store.open() as records:
        person = await records.people.greet(LEYLA, "az")
        await records.links.add(person.id, "aid", "70010042", LinkedBy.FACT)
        told = Application("70010042", "aid", ApplicationState.REFUSED, reason={"az": "Ayshe"}, contact=LEYLA)
        await records.known.saw(person.id, [told], START.date())
        (known,) = await records.known.of(person.id, 1)
        slot = Slot("s1", "aid", "Ayshe's place", START + timedelta(days=1))
        await records.visits.keep(person.id, Visit("v-canary", slot))
        await records.feedback.complaints.open(complaint(store, person.id), "token")
        promise = StopPromise(store.ids.uuid7(), person.id, "v-canary", "bus", "Ayshe's village")
        assert await records.stops.make(promise, 1) == promise
        await records.documents.keep(person.id, known.id, Document("application/pdf", b"%PDF-1.7 Ayshe"))
        await records.drafts.keep(person.id, "aid", {"name": "Ayshe"}, START.replace(year=2027))
        intent = await records.intents.prepare(person.id, "book", "aid", b"d", "t", {"contact": LEYLA.e164})
        await records.intents.claim(intent.id, 30)
        await records.guesses.allow("reference", LEYLA.e164, 5, START.date())
        await records.timers.set(person.id, "not_collected", "aid", "70010042", {"reference": "70010042"}, START)
        body = b'{"subject": "70010042", "data": {"contact": {"msisdn": "+994501234567"}}}'
        await records.events.keep(KeptEvent("vemtas", "e1", "t", "70010042", digest(body), body))
        await records.events.came_to("vemtas", "70010042", Progress("t"))
    async with store.open_sign_ins() as signing:
        await signing.requests.keep(store.ids.uuid7(), LEYLA, KeptCode(b"m" * 32, "k1"), -timedelta(days=2))
        await signing.counters.take(Charge(Limit("number_day", 5, timedelta(days=1)), LEYLA.e164))
        hashes = TokenHashes(b"a" * 32, b"f" * 32, b"t" * 32, START)
        assert await signing.sessions.open(
            store.ids.uuid7(), person.id, LEYLA, OnDevice("Ayshe's phone", b"d" * 32), hashes, START
        )
    async with store.open() as records:
        await records.intents.finish(intent.id, IntentState.DONE, {"visit": "v-canary"})
        event = (await records.events.claim(1, 30))[0]
    async with store.database.unit_of_work() as work:
        told = SqlCallbacks(store.sealer, store.clock, store.ids, frozenset({"vemtas"}))
        await told.undelivered(work, event.id, "blocked")
    return person, intent


async def test_no_canary_is_in_any_row(emptied, clock):
    await fill(record_store(emptied, clock))
    async with emptied.engine.connect() as connection:
        for table in sorted(table.name for table in METADATA.sorted_tables):
            rows = (await connection.execute(text(f"SELECT t::text FROM {table} t"))).all()
            assert rows or table not in FILLED, table
            hexed = [canary.encode().hex() for canary in CANARIES]
            for row in rows:
                assert not any(canary in row[0] for canary in (*CANARIES, *hexed)), table


async def test_a_rotated_ring_still_finds_and_opens(emptied, clock):
    person, intent = await fill(record_store(emptied, clock))
    rotated = record_store(emptied, clock, KeyRing.of({"k2": b"2" * 32, "k1": b"1" * 32}))
    async with rotated.open() as records:
        found = await records.people.greet(LEYLA, "az")
        assert found.id == person.id and found.applicant == person.applicant
        assert [link.reference for link in await records.links.of(person.id)] == ["70010042"]
        assert await records.links.proven(person.id, "aid", "70010042")
        assert (await records.intents.get(intent.id)).result == {"visit": "v-canary"}


async def test_a_link_added_again_while_keys_rotate_is_still_one(emptied, clock):
    person, _ = await fill(record_store(emptied, clock))
    rotated = record_store(emptied, clock, KeyRing.of({"k2": b"2" * 32, "k1": b"1" * 32}))
    async with rotated.open() as records:
        await records.links.add(person.id, "aid", "70010042", LinkedBy.CONTACT)
        assert len(list(await records.links.of(person.id))) == 1


async def test_a_value_moved_to_another_row_does_not_open(emptied, clock):
    store = record_store(emptied, clock)
    _, intent = await fill(store)
    async with emptied.engine.begin() as connection:
        await connection.execute(text("UPDATE intents SET result = payload"))
    async with store.open() as records:
        with pytest.raises(SealBroken):
            await records.intents.get(intent.id)


async def test_what_has_had_its_time_is_swept(emptied, clock):
    store = record_store(emptied, clock)
    await fill(store)

    async def counted():
        async with emptied.engine.connect() as connection:
            tables = ("drafts", "guess_counters", "intents", "links")
            return [(await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() for table in tables]

    await store.sweep()
    assert await counted() == [1, 1, 1, 1]
    clock.advance(timedelta(days=400))
    await store.sweep()
    assert await counted() == [0, 0, 0, 1]


async def test_of_an_event_what_it_said_is_forgotten_before_that_it_was(emptied, clock):
    store = record_store(emptied, clock)

    async def kept():
        async with emptied.engine.connect() as connection:
            rows = await connection.execute(text("SELECT state, body IS NOT NULL FROM ministry_events ORDER BY id"))
            return [tuple(row) for row in rows]

    async with store.open() as records:
        for id in ("told", "dead"):
            await records.events.keep(KeptEvent("vemtas", id, "t", "70010042", digest(b"{}"), b"{}"))
        told, dead = await records.events.claim(2, 30)
        await records.events.handled(told, "told", 1)
        await records.events.bury(dead, "no_recipient")
    for days, left in (
        (8, [("handled", False), ("dead", True)]),
        (30, [("handled", False), ("dead", False)]),
        (60, []),
    ):
        clock.advance(timedelta(days=days))
        await store.sweep()
        assert await kept() == left


async def test_the_database_itself_refuses_a_state_that_is_none(emptied, clock):
    await fill(record_store(emptied, clock))
    with pytest.raises(IntegrityError):
        async with emptied.engine.begin() as connection:
            await connection.execute(text("UPDATE intents SET state = 'sent'"))
