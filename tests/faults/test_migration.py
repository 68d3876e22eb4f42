"""F17: the schema moves on while ministries send; our code, which knows nothing of the newer one, goes on in it."""

import asyncio
import shutil
from collections import Counter
from pathlib import Path

import pytest

from domain.errors import StoreUnavailable
from storage.engine import create_engine
from storage.migrate import VERSIONS, up_to_date, upgrade
from storage.unit_of_work import Database
from tests.databases import Databases
from tests.faults.test_postgres import door, sends, worked_off
from tests.services.notice_office import close, office
from tests.until import until

EVENTS = 40
# What a release adds before its code does: columns, and a table that refers to one that is in use.
EXPANDS = """
    op.execute("ALTER TABLE ministry_events ADD more text")
    op.execute("ALTER TABLE sms_messages ADD more integer NOT NULL DEFAULT 0")
    op.execute("CREATE TABLE more (event uuid REFERENCES ministry_events (id))")
"""


def released(versions: Path, revision: str, after: str, steps: str) -> None:
    (versions / f"{revision}_more.py").write_text(
        f"from alembic import op\nrevision = {revision!r}\ndown_revision = {after!r}\n\ndef upgrade():{steps}"
    )


async def test_a_step_under_load_turns_nobody_away_and_gives_up_rather_than_keep_them(
    databases: Databases, tmp_path: Path, long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, count = await databases.migrated("faults_moving"), EVENTS * long
    newest = max(VERSIONS.glob("[0-9]*.py")).name.partition("_")[0]
    versions = tmp_path / "versions"
    shutil.copytree(VERSIONS, versions, ignore=shutil.ignore_patterns("__pycache__"))
    released(versions, "9001", newest, EXPANDS)
    desk, heard = office(url), Counter[int]()
    app, spectator = door(desk), Database(create_engine(url, pool_size=1))

    sending = asyncio.create_task(sends(app, range(count), heard))
    await until(lambda: heard[202] >= count // 4, sending)
    assert await upgrade(url, versions=versions) == "9001"

    # And one that cannot have its table, as somebody reads it all the while.
    released(versions, "9002", "9001", '\n    op.execute("ALTER TABLE ministry_events DROP more")\n')
    await until(lambda: heard[202] >= count // 2, sending)
    monkeypatch.setattr("storage.migrate._TABLE_LOCK_SECONDS", 0.3)
    async with spectator.unit_of_work() as work:
        await work.fetch("SELECT count(*) FROM ministry_events")
        with pytest.raises(StoreUnavailable, match="55P03"):
            await upgrade(url, versions=versions)
    await sending
    assert heard == {202: count}, "nobody was told to come again"
    await worked_off(desk, count)
    assert await upgrade(url, versions=versions) == "9002" and await up_to_date(url, versions=versions)
    await spectator.close()
    await close(desk)
