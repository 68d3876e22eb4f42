"""The doctor: what is well, what is worth a look, what fails, each with what to do about it."""

import argparse
import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway import checkup
from gateway.checkup import Finding, Level
from gateway.commands import demo, doctor
from gateway.commands.demo_ports import Ports, told
from gateway.pack import load_pack
from gateway.pack_way import FromEnvironment
from gateway.settings import Settings
from storage.engine import create_engine
from storage.redis_client import RedisClient
from storage.server_facts import PostgresFacts, RedisFacts, Schema, parsed
from storage.unit_of_work import Database
from tests.databases import Databases
from tests.ports import Port
from tests.whole import Stage, settings_for

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
POSTGRES = PostgresFacts(150018, "15.18 (Debian)", NOW, False, 97, 12, "5s", True)
REDIS = RedisFacts((7, 2, 4), "Redis 7.2.4", False, 50_000_000, 512_000_000, "volatile-ttl", 0, True)
ARGUMENTS = argparse.Namespace(country=None, no_calls=False, demo=False)


def worst(found: list[Finding]) -> tuple[Level, str]:
    """The one to look at, with what it is about."""
    order = [Level.OK, Level.WARN, Level.FAIL]
    last = max(found, key=lambda finding: order.index(finding.level))
    assert (last.level is Level.OK) == (last.hint == "")
    return last.level, last.about


def of_postgres(facts: PostgresFacts, schema: Schema = Schema.CURRENT, **settings: object) -> list[Finding]:
    later = NOW + timedelta(milliseconds=4)
    return checkup.of_postgres(facts, Settings(**settings), NOW, later, schema)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "settings", "expected"),
    [
        ({}, {}, (Level.OK, "PostgreSQL")),
        ({"version": 140012}, {}, (Level.FAIL, "PostgreSQL")),
        ({"follows": True}, {}, (Level.FAIL, "PostgreSQL")),
        ({"durable": False}, {}, (Level.WARN, "PostgreSQL")),
        ({}, {"schema": Schema.BEHIND}, (Level.FAIL, "schema")),
        ({}, {"schema": Schema.AHEAD}, (Level.WARN, "schema")),
        ({"now": NOW - timedelta(seconds=3)}, {}, (Level.WARN, "clock")),
        ({"now": NOW + timedelta(minutes=10)}, {}, (Level.FAIL, "clock")),
        ({"taken": 95}, {}, (Level.WARN, "connections")),
        ({}, {"database_pool": 150}, (Level.FAIL, "connections")),
        ({"timeout": "0", "taken": 97}, {"pgbouncer": True}, (Level.WARN, "time-outs")),
        ({}, {"pgbouncer": True}, (Level.OK, "PostgreSQL")),
    ],
)
def test_what_postgresql_says(
    facts: dict[str, object], settings: dict[str, object], expected: tuple[Level, str]
) -> None:
    assert worst(of_postgres(replace(POSTGRES, **facts), **settings)) == expected  # type: ignore[arg-type]


def test_how_many_processes_fit_is_told() -> None:
    assert "room for 4 processes" in of_postgres(POSTGRES)[-1].says


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, (Level.OK, "Redis")),
        ({"version": (6, 0)}, (Level.FAIL, "Redis")),
        ({"follows": True}, (Level.FAIL, "Redis")),
        ({"saved": False}, (Level.FAIL, "Redis")),
        ({"most": 0}, (Level.WARN, "Redis's memory")),
        ({"policy": "noeviction"}, (Level.WARN, "Redis's memory")),
        ({"evicted": 7}, (Level.WARN, "Redis's memory")),
        ({"used": 500_000_000}, (Level.FAIL, "Redis's memory")),
    ],
)
def test_what_redis_says(facts: dict[str, object], expected: tuple[Level, str]) -> None:
    assert worst(checkup.of_redis(replace(REDIS, **facts), 1.0)) == expected


def test_valkey_is_called_by_its_name_and_what_is_not_told_counts_as_nothing() -> None:
    facts = parsed("# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.1.3\r\nrole:slave\r\nmaxmemory:1048576\r\n")
    assert (facts.called, facts.version, facts.follows, facts.most) == ("Valkey 8.1.3", (7, 2, 4), True, 1048576)
    assert parsed("").version < (6, 2) and not parsed("rdb_last_bgsave_status:err\r\n").saved


def test_keys_in_use_must_be_listed() -> None:
    assert worst(checkup.of_keys(("new", "old"), {"old"})) == (Level.OK, "keys")
    assert worst(checkup.of_keys(("new",), {"new", "old"})) == (Level.FAIL, "keys")


def test_settings_that_are_seldom_meant() -> None:
    plain = Settings(callback_secrets=("a" * 16, "b" * 16), hop_deadline=2.0, ministry_deadline=2.5)
    told = " ".join(finding.hint for finding in checkup.of_settings(plain, ["vemtas"]))
    assert "GUICHET_CALLBACK_NETWORKS" in told and "GUICHET_EVENT_SECRETS" in told
    assert "GUICHET_MINISTRY_DEADLINE" in told and "take the old one out" in told
    assert worst([checkup.of_files(1024)]) == (Level.WARN, "open files")
    assert worst([checkup.of_queue(40, 900.0)]) == (Level.WARN, "queue")


def test_what_waits_in_the_spool_and_what_cannot_be_handed_in() -> None:
    assert worst(checkup.of_spool(True, 0, 0.0, 0)) == worst(checkup.of_spool(True, 40, 3.0, 0)) == (Level.OK, "spool")
    assert (
        worst(checkup.of_spool(True, 40, 900.0, 0)) == worst(checkup.of_spool(True, 0, 0.0, 1)) == (Level.WARN, "spool")
    )
    assert worst(checkup.of_spool(False, 40, 3.0, 1)) == (Level.FAIL, "spool")


def test_a_source_that_is_only_read_needs_no_secret() -> None:
    """Azerbaijan's visa cannot push; once it is told of what did not arrive, that is signed."""
    pack = load_pack("azerbaijan")
    assert doctor.signing(pack) == ["asan", "vemtas"]
    assert "visa" in doctor.signing(replace(pack, callbacks={"visa": FromEnvironment("GUICHET_CALLBACK_VISA_URL")}))


def test_the_exit_status_says_the_worst() -> None:
    ok, warn, fail = checkup.ok("a", "b"), checkup.warn("a", "b", "c"), checkup.fail("a", "b", "c")
    assert [checkup.status_of(found) for found in ([ok], [ok, warn], [warn, fail])] == [0, 2, 1]


# --- the command, on real stores ------------------------------------------------------------------------------


def environment_of(monkeypatch: pytest.MonkeyPatch, postgres: str, redis: str, ministries: str, **more: str) -> None:
    _, environment = settings_for(postgres, redis, ministries)
    environment |= {"GUICHET_CALLBACK_SECRETS": "s" * 20, **more}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


async def examined(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = await asyncio.to_thread(doctor.run, ARGUMENTS)
    return status, re.sub(" +", " ", capsys.readouterr().out)


async def test_a_machine_that_is_well(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    clean_url: str,
    redis_url: str,
    redis: RedisClient,
    ministries: tuple[Stage, str],
) -> None:
    environment_of(monkeypatch, clean_url, redis_url, ministries[1])
    status, said = await examined(capsys)
    assert status == 2, said  # a test's stores: no bound, no disk; and nobody but the secret guards the callbacks
    lines = said.splitlines()
    for about in ("settings", "pack", "time", "schema", "clock", "keys", "queue", "ministry vemtas"):
        assert any(line.startswith(f"ok {about} ") for line in lines), (about, said)
    assert lines[-1].endswith("0 failing")
    # No secret, and no address with its password.
    assert "s" * 20 not in said and "postgresql" not in said


async def test_it_looks_into_the_spool_also_while_postgresql_is_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nowhere = "postgresql://nobody@/none?host=/nowhere", "unix:///nowhere", "http://127.0.0.1:9"
    environment_of(monkeypatch, *nowhere, GUICHET_SPOOL=str(tmp_path))
    monkeypatch.setattr(ARGUMENTS, "no_calls", True)
    assert "\nok spool nothing waits\n" in (await examined(capsys))[1]
    (tmp_path / "aside").mkdir()
    for folder in (tmp_path, tmp_path / "aside"):
        (folder / ("0192aaaa00007000" + "8" * 16)).write_text("")
    status, said = await examined(capsys)
    assert status == 1 and "warn spool 1 callbacks wait, the first for" in said and "1 callbacks are aside" in said
    monkeypatch.setenv("GUICHET_SPOOL", str(tmp_path / "not-mounted"))
    assert "FAIL spool No such file or directory" in (await examined(capsys))[1].replace("fail ", "FAIL ")


async def test_a_demonstration_is_well_with_the_secrets_that_everybody_knows(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    clean_url: str,
    redis_url: str,
    tmp_path: Path,
) -> None:
    asked = argparse.Namespace(country=None, no_calls=True, demo=True, data=Path("nowhere"), sandbox_port=1)
    status = await asyncio.to_thread(doctor.run, asked)
    assert status == 1 and "no demonstration runs below nowhere" in capsys.readouterr().out
    monkeypatch.setattr(demo, "stores_of", lambda arguments: {"GUICHET_DATABASE_URL": clean_url})
    monkeypatch.setattr(demo, "running_redis", lambda data: redis_url)
    # What stands in the shell of whoever asks is not the demonstration's.
    monkeypatch.setenv("GUICHET_SPOOL", "/not-mounted")
    monkeypatch.setenv("GUICHET_SIM_SWAP_DAYS", "7")
    status = await asyncio.to_thread(doctor.run, asked)
    said = re.sub(" +", " ", capsys.readouterr().out)
    assert status == 2 and " 0 failing" in said, said
    assert "\nok spool none: " in said and "\nok SIM swaps nobody is asked" in said
    # It was started with that one.
    asked.data = tmp_path
    with told(tmp_path, {"azerbaijan": Ports(sim_swap_days="30")}):
        await asyncio.to_thread(doctor.run, asked)
    assert "networks are asked every 30 days" in capsys.readouterr().out


async def test_what_fails_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    clean_url: str,
    databases: Databases,
    port: Port,
) -> None:
    database = Database(create_engine(clean_url, pool_size=1))
    async with database.unit_of_work() as work:
        person = "('0198c0de-0000-7000-8000-0000000000a7', '\\x00', 'lost', now())"
        await work.execute(text(f"INSERT INTO person_keys VALUES {person}"))
    nobody = port()
    gone = f"http://127.0.0.1:{nobody}"
    environment_of(monkeypatch, clean_url, f"redis://127.0.0.1:{nobody}", gone)
    status, said = await examined(capsys)
    assert status == 1
    assert "fail keys key lost is in use and not listed" in said
    assert "fail Redis Redis cannot be reached" in said and "GUICHET_REDIS_URL" in said
    assert "warn ministry vemtas not reached: ConnectionRefusedError" in said

    await database.close()
    environment_of(monkeypatch, await databases.created("unmigrated"), f"redis://127.0.0.1:{nobody}", gone)
    status, said = await examined(capsys)
    assert status == 1 and "run `guichet migrate`" in said
    monkeypatch.delenv("GUICHET_DATABASE_URL")
    status, said = await examined(capsys)
    assert status == 1 and "fail settings GUICHET_DATABASE_URL is not set" in said
