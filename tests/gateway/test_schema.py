"""The migrations make just the tables that the rooms declare."""

import gateway.tables
from storage.migrate import differences, up_to_date


async def test_migrations_agree_with_the_declared_tables(migrated_url: str) -> None:
    assert await up_to_date(migrated_url)
    assert await differences(migrated_url, gateway.tables.METADATA) == []
