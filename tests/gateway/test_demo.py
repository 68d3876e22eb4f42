"""The demonstration: what its gateway is given, and operators' commands on its stores while it runs."""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from gateway.cli import main
from gateway.commands import demo, demo_countries
from gateway.commands.demo import _begin_anew, demo_environment, environment_of, gateway_of, stores_of
from gateway.commands.demo_ports import Ports, ports_of, told
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


def test_commands_find_the_demonstration_at_the_ports_that_it_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each country, for as long as it runs; and one that is told another port takes that."""
    monkeypatch.setattr(demo, "_DATA", tmp_path)
    monkeypatch.setattr(demo, "stores_of", lambda arguments: {"GUICHET_DATABASE_URL": NOWHERE[0]})
    monkeypatch.setattr(demo, "running_redis", lambda data: NOWHERE[1])

    def asked(country: str | None, sandbox_port: int | None = None) -> dict[str, str]:
        return environment_of(argparse.Namespace(country=country, data=tmp_path, sandbox_port=sandbox_port))

    running = {"azerbaijan": Ports(8010, 8011), "morocco": Ports(8012, 8013)}
    with told(tmp_path / "new", running), told(tmp_path, running):
        assert ports_of(tmp_path / "new", "morocco") == Ports(8012, 8013)
        assert asked(None)["GUICHET_AFRICASTALKING_BASE_URL"] == "http://127.0.0.1:8011"
        assert asked("morocco")["GUICHET_MINISTRY_BERKANE_URL"] == "http://127.0.0.1:8013/ministries/berkane"
        assert asked("morocco", 9001)["GUICHET_MINISTRY_BERKANE_URL"] == "http://127.0.0.1:9001/ministries/berkane"
        assert asked("senegal")["GUICHET_AFRICASTALKING_BASE_URL"] == "http://127.0.0.1:8001"
        assert gateway_of(_named(country="morocco")) == "http://127.0.0.1:8012"
    assert asked(None)["GUICHET_AFRICASTALKING_BASE_URL"] == "http://127.0.0.1:8001"
    assert gateway_of(_named()) == "http://127.0.0.1:8000"
    for broken in ("", "[]", '{"azerbaijan": {"door": 1}}', '{"azerbaijan": 5}'):
        (tmp_path / "ports.json").write_text(broken, "utf-8")
        assert ports_of(tmp_path, "azerbaijan") == Ports()
