"""Migrations run once, also when two processes begin at once, and leave the database as declared."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, text

from domain.errors import StoreUnavailable
from storage.engine import create_engine
from storage.migrate import differences, revise, standing, up_to_date, upgrade
from storage.server_facts import Schema
from storage.tables import PERSON_KEYS
from storage.unit_of_work import Database

METADATA = MetaData()
PERSON_KEYS.to_metadata(METADATA)


@pytest.fixture
async def url(database: Database, postgres_url: str) -> AsyncIterator[str]:
    """A database of its own."""
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("CREATE DATABASE migrated"))
        yield postgres_url.replace("/postgres?", "/migrated?")
        await connection.execute(text("DROP DATABASE migrated"))


async def test_two_at_once_migrate_once(url: str, tmp_path: Path) -> None:
    assert await upgrade(url, versions=tmp_path) == ""
    assert await differences(url, METADATA)
    await revise(url, "person keys", METADATA, revision="0001", versions=tmp_path)
    assert '"""person keys."""' in (tmp_path / "0001_person_keys.py").read_text()
    assert not await up_to_date(url, versions=tmp_path)
    assert await asyncio.gather(*(upgrade(url, versions=tmp_path) for _ in range(3))) == ["0001"] * 3
    assert await up_to_date(url, versions=tmp_path)
    assert await differences(url, METADATA) == []


async def test_a_database_that_is_ahead_is_left_as_it_is(url: str, tmp_path: Path) -> None:
    await revise(url, "person keys", METADATA, revision="0001", versions=tmp_path)
    assert await standing(url, versions=tmp_path) is Schema.BEHIND
    await upgrade(url, versions=tmp_path)
    newer = Database(create_engine(url))
    async with newer.unit_of_work() as work:
        await work.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    await newer.close()
    assert await upgrade(url, versions=tmp_path) == "0002"
    assert await standing(url, versions=tmp_path) is Schema.AHEAD
    assert await differences(url, METADATA) == []


async def test_a_step_that_waits_for_a_table_gives_up(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.migrate._TABLE_LOCK_SECONDS", 0.1)
    await revise(url, "person keys", METADATA, revision="0001", versions=tmp_path)
    await upgrade(url, versions=tmp_path)
    (tmp_path / "0002_more.py").write_text(
        'from alembic import op\nrevision = "0002"\ndown_revision = "0001"\n'
        'def upgrade():\n    op.execute("ALTER TABLE person_keys ADD more text")\n'
    )
    busy = Database(create_engine(url))
    async with busy.unit_of_work() as work:
        await work.execute(text("LOCK TABLE person_keys IN ACCESS SHARE MODE"))
        with pytest.raises(StoreUnavailable, match="55P03"):
            await upgrade(url, versions=tmp_path)
    await busy.close()
    assert await upgrade(url, versions=tmp_path) == "0002"


async def test_an_index_that_a_large_country_built_before_the_step_is_found_and_not_built_again(
    url: str, tmp_path: Path
) -> None:
    """Built while the table is written; the step would hold writers up for as long as that takes."""
    await revise(url, "person keys", METADATA, revision="0001", versions=tmp_path)
    await upgrade(url, versions=tmp_path)
    [column, *_] = [each.name for each in PERSON_KEYS.columns]
    database = Database(create_engine(url))
    async with database.engine.connect() as by_hand:
        await by_hand.execution_options(isolation_level="AUTOCOMMIT")
        await by_hand.execute(text(f"CREATE INDEX CONCURRENTLY ix_more ON person_keys ({column})"))
        (tmp_path / "0002_more.py").write_text(
            'from alembic import op\nrevision = "0002"\ndown_revision = "0001"\n'
            f'def upgrade():\n    op.create_index("ix_more", "person_keys", ["{column}"], if_not_exists=True)\n'
        )
        built = (await by_hand.execute(text("SELECT 'ix_more'::regclass::oid"))).scalar_one()
        assert await upgrade(url, versions=tmp_path) == "0002"
        assert (await by_hand.execute(text("SELECT 'ix_more'::regclass::oid"))).scalar_one() == built
    await database.close()
