"""The demonstration: what its gateway is given, and operators' commands on its stores while it runs."""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from gateway.cli import main
from gateway.commands import demo_countries
from gateway.commands.demo import _begin_anew, demo_environment, stores_of
from gateway.commands.migrate import bring_up
from gateway.settings import DEMO_EVENT_SECRET, DEMO_NOTIFY_SECRET, Settings, SettingsError
from services.records.tables import SUBJECTS
from storage.embedded import embedded_postgres
from storage.engine import create_engine
from storage.own_database import own_database

NOWHERE = "postgresql://x", "redis://x"
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
        own = asyncio.run(own_database(server.url, "azerbaijan"))
        assert asyncio.run(own_database(server.url, "azerbaijan")) == own != server.url
        bring_up(own)
        running = argparse.Namespace(country=None, data=tmp_path)
        assert stores_of(running)["GUICHET_DATABASE_URL"] == own
        assert main(["messages", "pauses", "--demo", "--data", str(tmp_path)]) == 0
        assert capsys.readouterr().out == "none\n"
        asyncio.run(_yesterday(own))
        assert asyncio.run(_known(own)) == 1
        asyncio.run(_begin_anew(own))
        assert asyncio.run(_known(own)) == 0
    assert main(["messages", "pauses", "--demo", "--data", str(tmp_path)]) == 2


def _named(**given: str | None) -> argparse.Namespace:
    return argparse.Namespace(**{"country": None, "countries": "", **given})


def test_each_country_has_ports_a_database_and_a_number_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUICHET_COUNTRY", raising=False)
    everything = demo_countries.asked(_named())
    assert everything[0] == "azerbaijan"
    assert {"azerbaijan", "morocco", "senegal"} <= set(everything)
    assert demo_countries.asked(_named(country="senegal")) == ("senegal",)
    assert demo_countries.asked(_named(countries="senegal, morocco,senegal")) == ("senegal", "morocco")
    first, second = demo_countries.seats(("senegal", "morocco"), 8000, 8001)
    assert (first.port, first.sandbox_port, second.port, second.sandbox_port) == (8000, 8001, 8002, 8003)
    assert demo_countries.menu_of([first, second]) == "senegal=8001,morocco=8003"
    assert demo_countries.redis_url("unix:///run/redis.sock", first.number) == "unix:///run/redis.sock"
    assert demo_countries.redis_url("unix:///run/redis.sock", second.number) == "unix:///run/redis.sock?db=1"
    assert demo_countries.redis_url("redis://127.0.0.1:6390/0", second.number) == "redis://127.0.0.1:6390/1"


def test_the_ministries_that_push_have_a_secret() -> None:
    given = demo_environment(argparse.Namespace(country="senegal", sandbox_port=8003), *NOWHERE)
    assert given["GUICHET_EVENT_SECRETS"] == f"ess-visits={DEMO_EVENT_SECRET}"
    assert given["GUICHET_MINISTRY_ESS_VISITS_URL"] == "http://127.0.0.1:8003/ministries/ess-visits"
