"""A LIMIT beside a lock limits, however PostgreSQL goes about it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select, text, update

from storage.chosen_rows import chosen_once
from storage.unit_of_work import Database

ROWS = Table("chosen_rows", MetaData(), Column("id", Integer), Column("taken", Integer, server_default="0"))


@pytest.fixture
async def table(database: Database) -> AsyncIterator[Table]:
    async with database.engine.begin() as connection:
        await connection.run_sync(ROWS.metadata.create_all)
        await connection.execute(text("INSERT INTO chosen_rows SELECT generate_series(1, 50)"))
    yield ROWS
    async with database.engine.begin() as connection:
        await connection.run_sync(ROWS.metadata.drop_all)


async def test_as_many_are_taken_as_were_asked_for_in_whatever_plan(database: Database, table: Table) -> None:
    few = select(table.c.id).where(table.c.taken == 0).limit(8).with_for_update(skip_locked=True)
    taken = []
    for chosen in (chosen_once(few), few.scalar_subquery()):
        async with database.unit_of_work() as work:
            # Row by row, as it is chosen where statistics say that there is little to look at.
            for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
                await work.execute(text(f"SET LOCAL enable_{way} = off"))
            changed = await work.execute(update(table).where(table.c.id.in_(chosen)).values(taken=1))
            taken.append(changed.rowcount)
    assert taken[0] == 8
    assert taken[1] > 8, "what this is for: PostgreSQL runs the sub-select again"
