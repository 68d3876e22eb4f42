"""Who looks somebody up stands in the audit log, with the reason; and the command that checks it finds tampering."""

import asyncio
import hashlib

import pytest
from sqlalchemy import select, text

from gateway.cli import main
from storage.tables import AUDIT_LOG
from tests.mobile_api.test_data import HERS, lived, person_of
from tests.whole import KEYS, Whole


async def guichet(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch, clean_url: str) -> None:
    monkeypatch.setenv("GUICHET_DATABASE_URL", clean_url)
    monkeypatch.setenv("GUICHET_ENCRYPTION_KEYS", KEYS)
    monkeypatch.setenv("GUICHET_OPERATOR", "leyla.m")


async def test_looking_somebody_up_is_on_record_without_her_number(
    gateway_whole: Whole, capsys: pytest.CaptureFixture[str]
) -> None:
    await lived(gateway_whole)
    assert await guichet("messages", "find", "--number", HERS, "--because", "she asked at the desk") == 0
    assert await guichet("messages", "find", "--number", HERS, "--because", f"called from {HERS}") == 2
    async with gateway_whole.parts.database.unit_of_work() as work:
        rows = (await work.execute(select(AUDIT_LOG).where(AUDIT_LOG.c.channel == "command"))).all()
    acts = [row.act for row in rows]
    assert acts[0] == "messages.find" and set(acts[1:]) == {"messages.find.seen"}
    assert {row.actor for row in rows} == {"operator:leyla.m"}
    assert {row.why for row in rows} == {"she asked at the desk"}
    assert all(row.subject.startswith("message:") for row in rows[1:])
    assert not any(HERS[4:] in f"{row}" for row in rows)
    capsys.readouterr()


@pytest.mark.parametrize("typed", ["+994501234503", "050 123 45 03", "00994501234503"])
async def test_a_telephone_number_in_the_place_of_a_reference_is_told_where_it_goes(
    gateway_whole: Whole, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    capsys.readouterr()
    assert await guichet("messages", "find", typed) == 1
    said = capsys.readouterr().out
    assert said.startswith("no message") and "messages find --number" in said and typed not in said
    assert await guichet("messages", "find", "41000035") == 1
    assert "--number" not in capsys.readouterr().out


async def test_the_log_is_checked_by_a_command(gateway_whole: Whole, capsys: pytest.CaptureFixture[str]) -> None:
    await lived(gateway_whole)
    assert await guichet("messages", "books") in (0, 1)
    await gateway_whole.parts.worker.round()
    capsys.readouterr()
    assert await guichet("audit", "verify") == 0
    said = capsys.readouterr().out
    assert "the log is as it was written" in said
    head = next(line.split()[1] for line in said.splitlines() if line.startswith("head "))
    assert await guichet("audit", "verify", "--anchor", head) == 0
    assert await guichet("audit", "verify", "--anchor", f"1:{hashlib.sha256().hexdigest()}") == 1
    assert await guichet("audit", "verify", "--anchor", "nonsense") == 2
    async with gateway_whole.parts.database.unit_of_work() as work:
        await work.execute(text("UPDATE audit_log SET actor = 'operator:nobody'"))
    assert await guichet("audit", "verify") == 1
    assert "was changed after batch" in capsys.readouterr().out


async def test_the_other_commands_run(gateway_whole: Whole, capsys: pytest.CaptureFixture[str]) -> None:
    await lived(gateway_whole)
    person = await person_of(gateway_whole)
    async with gateway_whole.parts.desk.open_records() as records:
        assert await records.personal.erase(person)
    assert await guichet("erased", "list") == 0
    assert capsys.readouterr().out.split() == [person.hex]
    assert await guichet("erased", "replay") == 0
    assert "0 erased again" in capsys.readouterr().out
    assert await guichet("retention") == 0
    assert await guichet("retention", "--dry-run") == 0
    assert "audit log" in capsys.readouterr().out
