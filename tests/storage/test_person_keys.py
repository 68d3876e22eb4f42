"""A person's key is made once, survives rotation, and takes everything of hers with it when destroyed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete

from domain.clock import HandClock
from storage.errors import KeyMissing, SealBroken
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.tables import PERSON_KEYS
from storage.unit_of_work import Database

OLD = KeyRing.of({"old": b"o" * 32})
ROTATING = KeyRing.of({"new": b"n" * 32, "old": b"o" * 32})
NEW = KeyRing.of({"new": b"n" * 32})
ROW = UUID(int=7)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Database]:
    async with database.engine.begin() as connection:
        await connection.run_sync(PERSON_KEYS.create, checkfirst=True)
        await connection.execute(delete(PERSON_KEYS))
    yield database


def keys(ring: KeyRing = OLD, clock: HandClock | None = None) -> PersonKeys:
    return PersonKeys(ring, clock or HandClock(datetime(2026, 11, 22, tzinfo=UTC)))


async def test_rotation_rewraps_and_every_value_still_opens(store: Database) -> None:
    people = [uuid4() for _ in range(5)]
    sealed = {}
    async with store.unit_of_work() as work:
        for person in people:
            key = await keys().create(work, person)
            sealed[person] = Sealer(OLD).seal("Aysel", "accounts", "name", ROW, key)
    async with store.unit_of_work() as work:
        rotating = keys(ROTATING)
        assert [await rotating.rewrap(work, limit=3) for _ in range(3)] == [3, 2, 0]
    async with store.unit_of_work() as work:
        for person in people:
            key = await keys(NEW).load(work, person)
            assert Sealer(NEW).unseal_text(sealed[person], "accounts", "name", ROW, key) == "Aysel"


async def test_erasure_destroys_the_key_here_and_elsewhere(store: Database) -> None:
    clock = HandClock(datetime(2026, 11, 22, tzinfo=UTC))
    here, elsewhere, person = keys(clock=clock), keys(clock=clock), uuid4()
    async with store.unit_of_work() as work:
        await here.create(work, person)
    async with store.unit_of_work() as work:
        await elsewhere.load(work, person)
    async with store.unit_of_work() as work:
        await here.destroy(work, person)
    async with store.unit_of_work() as work:
        with pytest.raises(KeyMissing):
            await here.load(work, person)
        clock.advance(timedelta(seconds=61))
        with pytest.raises(KeyMissing):
            await elsewhere.load(work, person)


async def test_a_key_that_was_rolled_back_is_forgotten(store: Database) -> None:
    ours, person = keys(), uuid4()
    with pytest.raises(RuntimeError):
        async with store.unit_of_work() as work:
            await ours.create(work, person)
            raise RuntimeError
    async with store.unit_of_work() as work:
        with pytest.raises(KeyMissing):
            await ours.load(work, person)


async def test_two_doors_at_once_end_with_one_key(store: Database) -> None:
    person = uuid4()

    async def door() -> bytes:
        async with store.unit_of_work() as work:
            key = await keys().create(work, person)
            return Sealer(OLD, lambda count: bytes(count)).seal("a", "t", "c", ROW, key)

    assert len(set(await asyncio.gather(*(door() for _ in range(4))))) == 1


async def test_a_wrapped_key_moved_to_another_person_does_not_open(store: Database) -> None:
    hers, his = uuid4(), uuid4()
    async with store.unit_of_work() as work:
        await keys().create(work, hers)
        row = (await work.execute(PERSON_KEYS.select())).mappings().one()
        await work.execute(PERSON_KEYS.insert(), {**row, "person_id": his})
    async with store.unit_of_work() as work:
        with pytest.raises(SealBroken, match="moved"):
            await keys().load(work, his)


async def test_a_known_key_costs_no_query(store: Database) -> None:
    ours, person = keys(), uuid4()
    async with store.unit_of_work() as work:
        made = await ours.create(work, person)
    nowhere = Database(store.engine)
    async with nowhere.unit_of_work() as work:
        assert await ours.load(work, person) is made
        assert store.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
