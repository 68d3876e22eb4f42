"""The demonstration: what its gateway is given, and operators' commands on its stores while it runs."""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from gateway.cli import main
from gateway.commands.demo import _begin_anew, demo_environment, stores_of
from gateway.commands.migrate import bring_up
from gateway.settings import DEMO_NOTIFY_SECRET, Settings, SettingsError
from services.records.tables import SUBJECTS
from storage.embedded import EmbeddedServer, embedded_postgres
from storage.engine import create_engine

NOWHERE = EmbeddedServer("postgresql://x", "postgresql", ""), EmbeddedServer("redis://x", "redis", "")
ASKED = argparse.Namespace(country=None, sandbox_port=8001)


def test_a_notify_client_has_a_key_and_what_the_caller_sets_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUICHET_NOTIFY_VEMTAS_KEY", raising=False)
    given = demo_environment(ASKED, *NOWHERE)
    assert given["GUICHET_NOTIFY_VEMTAS_KEY"] == DEMO_NOTIFY_SECRET
    assert "GUICHET_CALLBACK_VEMTAS_URL" not in given
    monkeypatch.setenv("GUICHET_NOTIFY_VEMTAS_KEY", "3d844edf-8d35-48ac-975b-e847b4f122b0")
    monkeypatch.setenv("GUICHET_CALLBACK_VEMTAS_URL", "http://127.0.0.1:9000/told")
    given = demo_environment(ASKED, *NOWHERE)
    assert given["GUICHET_NOTIFY_VEMTAS_KEY"].startswith("3d844edf")
    assert given["GUICHET_CALLBACK_VEMTAS_URL"] == "http://127.0.0.1:9000/told"
    with pytest.raises(SettingsError):
        Settings.read(given)[0].require_real(given)


async def _yesterday(url: str) -> None:
    """A reference of which something was told."""
    engine = create_engine(url, pool_size=1, overflow=0)
    row = {
        "source": "vemtas",
        "subject_index": b"x",
        "told_type": "application.granted",
        "changed_at": datetime.now(UTC),
    }
    async with engine.begin() as connection:
        await connection.execute(insert(SUBJECTS).values(row))
    await engine.dispose()


async def _known(url: str) -> int:
    engine = create_engine(url, pool_size=1, overflow=0)
    async with engine.begin() as connection:
        count = int((await connection.execute(select(func.count()).select_from(SUBJECTS))).scalar_one())
    await engine.dispose()
    return count


def test_operators_commands_find_the_demonstration_that_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["messages", "pauses", "--demo", "--data", str(tmp_path)]) == 2
    assert "no demonstration runs" in capsys.readouterr().err
    with embedded_postgres(tmp_path / "postgres") as server:
        bring_up(server.url)
        assert stores_of(tmp_path)["GUICHET_DATABASE_URL"] == server.url
        assert main(["messages", "pauses", "--demo", "--data", str(tmp_path)]) == 0
        assert capsys.readouterr().out == "none\n"
        asyncio.run(_yesterday(server.url))
        assert asyncio.run(_known(server.url)) == 1
        asyncio.run(_begin_anew(server.url))
        assert asyncio.run(_known(server.url)) == 0
    assert main(["messages", "pauses", "--demo", "--data", str(tmp_path)]) == 2
