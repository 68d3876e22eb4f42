"""F24: the database is an hour old again. What went since is listed, and nothing goes twice unless that is said."""

import asyncio
import base64
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import gateway.operations
from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from gateway.cli import main
from services.alerts import AlertKind
from sms.provider_log import Entry, Waiting, read_log, reconcile
from sms.records.inspection import Inspection
from storage.embedded import _postgres_programs
from storage.engine import create_engine
from storage.unit_of_work import Database
from tests.read_once import load_pack
from tests.sms.queueing import NOW, RING, Post

BEFORE, SINCE, LATER = "+994501234501", "+994501234502", "+994501234503"
TWO, NEW = "+994501234504", "+994501234505"
KEYS = "test:" + base64.b64encode(b"k" * 32).decode()
Guichet = Callable[..., Awaitable[tuple[int, str]]]


@dataclass(repr=False)
class Restored:
    """The database of an hour ago, a worker on it, and the provider's log."""

    post: Post
    log: Path
    ids: dict[str, UUID | None]

    async def round(self) -> list[str]:
        """To whom a message goes now."""
        for _ in range(3):
            await self.post.dispatcher().once()
            self.post.clock.advance(timedelta(minutes=5))
        return [message.to.e164 for message in self.post.provider.seen]


def dumped_and_restored(server: str, backup: Path) -> None:
    """As an operator does it, with PostgreSQL's own programs."""
    for program, *words in (
        ("pg_dump", "-Fc", "-f", str(backup), "faults"),
        ("dropdb", "--if-exists", "faults_backup"),
        ("createdb", "faults_backup"),
        ("pg_restore", "-d", "faults_backup", str(backup)),
    ):
        subprocess.run([_postgres_programs() / program, "-h", server, "-U", "postgres", *words], check=True)


@pytest.fixture
async def restored(database: Database, clean_url: str, tmp_path: Path) -> AsyncIterator[Restored]:
    """Before the backup one went and four waited; since then two of those four went, and one that was put since."""
    post = Post(database)
    person = await post.person()

    async def put(to: str, subject: str, **more: Any) -> UUID | None:
        return await post.put(person, to=Msisdn(to), subject=subject, **more)

    await put(BEFORE, "1")
    await post.dispatcher().once()
    ids = {"since": await put(SINCE, "2"), "later": await put(LATER, "3", not_before=NOW + timedelta(minutes=70))}
    ids |= {"first": await put(TWO, "4"), "second": await put(TWO, "4")}
    await asyncio.to_thread(dumped_and_restored, clean_url.partition("?host=")[2], tmp_path / "backup")
    post.clock.advance(timedelta(minutes=30))
    await put(NEW, "5", kind=AlertKind.ACCOUNT)
    await post.dispatcher().once()
    assert {message.to.e164 for message in post.provider.seen} == {BEFORE, NEW, SINCE, TWO}
    log = tmp_path / "sent.csv"
    lines = [f"{message.id}-1-0,{message.to.e164[1:]},{post.clock.now().isoformat()}" for message in post.provider.seen]
    log.write_text("Message ID,Phone Number,Date\n" + "\n".join(lines) + "\n")
    opened = Database(create_engine(clean_url.replace("/faults?", "/faults_backup?"), pool_size=3))
    again = Post(opened)
    again.clock.advance(timedelta(hours=1))
    yield Restored(again, log, ids)
    await opened.close()


@pytest.fixture
def guichet(
    clean_url: str, restored: Restored, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Guichet:
    monkeypatch.setenv("GUICHET_DATABASE_URL", clean_url.replace("/faults?", "/faults_backup?"))
    monkeypatch.setenv("GUICHET_ENCRYPTION_KEYS", KEYS)
    monkeypatch.setattr(gateway.operations, "load_pack", load_pack)
    # What it lets go is due by its clock: the story's, not today's.
    monkeypatch.setattr(gateway.operations, "SystemClock", lambda: restored.post.clock)

    async def said(*words: str) -> tuple[int, str]:
        log = [f"recorder={restored.log}", "--since", (NOW + timedelta(minutes=1)).isoformat()]
        status = await asyncio.to_thread(main, ["messages", "reconcile", *log, *words])
        told = capsys.readouterr()
        assert "+99450123" not in told.out + told.err
        return status, told.out + told.err

    return said


async def test_what_went_is_listed_and_nothing_goes_again_until_it_is_settled(
    restored: Restored, guichet: Guichet
) -> None:
    status, said = await guichet()
    assert status == 1
    assert "sent, and waits to be sent again: 1; may have gone: 2; sent, and unknown here: 1" in said
    assert f"waits here too, sms.granted  {restored.ids['since']}" in said and "everything is paused" in said
    assert await restored.round() == [], "not without being told to"
    status, said = await guichet("--settle")
    assert status == 0 and "written as sent: 1; ended, as any of them may have gone: 2" in said
    restored.post.clock.advance(timedelta(hours=1))
    assert await restored.round() == [LATER]
    states = {name: (await restored.post.row(id)).state for name, id in restored.ids.items()}
    assert states == {"since": "sent", "later": "sent", "first": "suppressed", "second": "suppressed"}
    assert (await guichet())[0] == 1, "one is unknown here for good"


async def test_it_all_goes_again_where_that_is_said(restored: Restored, guichet: Guichet) -> None:
    assert (await guichet("--yes"))[0] == 0
    assert sorted(await restored.round()) == [SINCE, LATER, TWO, TWO]


async def test_a_pause_that_was_there_before_stays(restored: Restored, guichet: Guichet) -> None:
    async with restored.post.database.unit_of_work() as work:
        inspection = Inspection(restored.post.sealer, restored.post.keys, restored.post.clock, restored.post.ids)
        await inspection.pause(work, "", "", "a wrong text")
    status, said = await guichet("--settle")
    assert status == 0 and "stays paused: a wrong text" in said
    assert await restored.round() == []


def entry(to: str, minute: int) -> Entry:
    return Entry("at", f"{to}-{minute}", Msisdn(to), NOW + timedelta(minutes=minute))


def waiting(to: str, number: int) -> Waiting:
    return Waiting(UUID(int=number), Msisdn(to), "sms.granted")


def test_by_number_the_earliest_to_the_oldest() -> None:
    found = reconcile(
        [entry(NEW, 3), entry(NEW, 1), entry(TWO, 1), entry(SINCE, 2)],
        [waiting(NEW, 1), waiting(TWO, 2), waiting(TWO, 3), waiting(LATER, 4)],
    )
    assert [(one.id, message.id.int) for one, message in found.gone] == [(f"{NEW}-1", 1)]
    assert [message.id.int for message in found.unclear] == [2, 3]
    assert {one.id for one in found.unknown} == {f"{NEW}-3", f"{SINCE}-2"}
    assert not reconcile([], [waiting(NEW, 1)])


def test_logs_as_providers_write_them() -> None:
    told = ["Date,Status,messageId,to", "2026-11-23 05:00:00,Sent,ATXid_1,0501234501", "", "yesterday,Sent,ATXid_2,x"]
    entries, unread = read_log(told, "at", "AZ")
    assert [(one.id, one.to.e164, one.at.hour) for one in entries] == [("ATXid_1", BEFORE, 5)] and unread == [4]
    with pytest.raises(InvalidValue, match="number, time"):
        read_log(["id,words"], "at", "AZ")
    assert RING.ids == ("test",)
