"""The audit log: written with what it tells, sealed in a chain, and every tampering found."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from domain.clock import HandClock
from domain.errors import InvalidValue
from domain.ids import Ids
from storage.audit import Audit, AuditEntry, Seal
from storage.audit_check import AuditReport, verify
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.migrate import upgrade
from storage.tables import AUDIT_LOG
from storage.unit_of_work import Database

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
RING = KeyRing.of({"new": b"n" * 32})


@pytest.fixture(scope="session")
async def audit_url(postgres_url: str) -> str:
    """As in life: the gateway's role owns its database, and is nobody's superuser."""
    engine = create_engine(postgres_url, pool_size=1, overflow=0)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.exec_driver_sql("CREATE ROLE ordinary LOGIN")
        await autocommit.exec_driver_sql("CREATE DATABASE audited OWNER ordinary")
    await engine.dispose()
    url = postgres_url.replace("postgres@/postgres?", "ordinary@/audited?")
    await upgrade(url)
    return url


@pytest.fixture
async def stored(audit_url: str) -> AsyncIterator[Database]:
    database = Database(create_engine(audit_url, pool_size=5))
    await sql(database, "TRUNCATE audit_log, audit_seals, audit_head")
    yield database
    await database.close()


@pytest.fixture
def audit() -> Audit:
    clock = HandClock(NOW)
    return Audit(RING, clock, Ids(clock))


async def sql(database: Database, statement: str) -> None:
    """As one who has got hold of the database, and past its triggers."""
    async with database.unit_of_work() as work:
        await work.execute(text("SET LOCAL guichet.audit_log = 'open'"))
        await work.execute(text(statement))


async def write(audit: Audit, database: Database, *acts: str) -> None:
    async with database.unit_of_work() as work:
        for act in acts:
            await audit.record(work, AuditEntry("operator:leyla", act, "person:0f", why="asked on the telephone"))


async def seal(audit: Audit, database: Database) -> int:
    async with database.unit_of_work() as work:
        return await audit.seal(work)


async def look(audit: Audit, database: Database, anchor: Seal | None = None) -> AuditReport:
    async with database.unit_of_work() as work:
        return await verify(audit, work, anchor)


async def seqs(database: Database) -> list[int]:
    async with database.unit_of_work() as work:
        return list((await work.execute(select(AUDIT_LOG.c.seq).order_by(AUDIT_LOG.c.seq))).scalars())


async def two_batches(audit: Audit, database: Database) -> list[int]:
    await write(audit, database, "messages.find", "messages.why")
    assert await seal(audit, database) == 2
    await write(audit, database, "messages.resend")
    assert await seal(audit, database) == 1
    return await seqs(database)


def test_an_entry_holds_pseudonyms_only() -> None:
    for wrong in (
        {"actor": "+994501234567"},
        {"subject": "Leyla"},
        {"act": ""},
        {"why": "called from 050 123-45-67"},
        {"why": "x" * 201},
    ):
        with pytest.raises(InvalidValue):
            AuditEntry(**{"actor": "operator:leyla", "act": "messages.find", **wrong})


async def test_what_was_written_is_sealed_and_found_whole(audit: Audit, stored: Database) -> None:
    await two_batches(audit, stored)
    await write(audit, stored, "messages.books")
    report = await look(audit, stored)
    assert (report.rows, report.batches, report.unsealed, report.findings) == (3, 2, 1, [])
    assert await seal(audit, stored) == 1
    assert await seal(audit, stored) == 0


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("UPDATE audit_log SET why = 'nothing' WHERE seq = {0}", "row {0} was changed after batch 1 was sealed"),
        ("UPDATE audit_log SET actor = 'operator:rauf' WHERE seq = {2}", "row {2} was changed"),
        ("UPDATE audit_log SET at = at + interval '1 s' WHERE seq = {1}", "row {1} was changed"),
        ("DELETE FROM audit_log WHERE seq = {1}", "row {1} was removed from batch 1"),
        ("UPDATE audit_log SET batch = 2 WHERE seq = {0}", "row {0} was removed from batch 1"),
        (
            "INSERT INTO audit_log (seq, id, at, actor, act, subject, session, why, channel, mac, key_id, batch)"
            " SELECT 9000, gen_random_uuid(), at, actor, act, subject, session, why, channel, mac, key_id, 1"
            " FROM audit_log WHERE seq = {0}",
            "was put into batch 1 later",
        ),
        (
            "INSERT INTO audit_log (seq, id, at, actor, act, subject, session, why, channel, mac, key_id)"
            " SELECT 9000, gen_random_uuid(), at, actor, act, subject, session, why, channel, mac, key_id"
            " FROM audit_log WHERE seq = {0}",
            "was not written by us",
        ),
        ("UPDATE audit_seals SET seqs = seqs[2:] WHERE batch = 1", "batch 1: its seal does not follow"),
        ("UPDATE audit_seals SET hash = sha256(hash) WHERE batch = 2", "batch 2: its seal was not made by us"),
        ("UPDATE audit_seals SET batch = 3 WHERE batch = 2; ", "batches 2 to 2 are missing"),
    ],
)
async def test_every_tampering_is_told_with_its_row(audit: Audit, stored: Database, tampering: str, told: str) -> None:
    rows = await two_batches(audit, stored)
    if "batch = 3" in tampering:
        await sql(stored, "UPDATE audit_log SET batch = NULL WHERE batch = 2")
    await sql(stored, tampering.format(*rows).rstrip("; "))
    findings = (await look(audit, stored)).findings
    assert any(told.format(*rows) in finding for finding in findings), findings


async def test_a_chain_cut_off_at_its_end_shows_against_a_link_noted_elsewhere(audit: Audit, stored: Database) -> None:
    await two_batches(audit, stored)
    head = (await look(audit, stored)).head
    assert head is not None
    assert (await look(audit, stored, head)).findings == []
    await sql(stored, "DELETE FROM audit_log WHERE batch = 2")
    await sql(stored, "DELETE FROM audit_seals WHERE batch = 2")
    assert (await look(audit, stored)).findings == ["rows 3 to 3 were removed before they were sealed"]
    assert (await look(audit, stored, head)).findings[0] == (
        "batches 2 to 2 are missing: the end of the chain was cut off"
    )


async def test_the_database_refuses_what_is_no_appending(audit: Audit, stored: Database) -> None:
    await two_batches(audit, stored)
    await write(audit, stored, "messages.books")
    for statement in (
        "UPDATE audit_log SET why = 'x'",
        "UPDATE audit_log SET batch = NULL",
        "UPDATE audit_log SET batch = 2, why = 'x' WHERE batch IS NULL",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log CASCADE",
        "UPDATE audit_seals SET hash = '\\x00'",
        "DELETE FROM audit_seals",
        "DELETE FROM audit_head",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with stored.unit_of_work() as work:
                await work.execute(text("SET LOCAL guichet.audit_log = ''"))
                await work.execute(text(statement))
    async with stored.unit_of_work() as work:
        await work.execute(text("SET LOCAL guichet.audit_log = ''"))
        assert await audit.seal(work) == 1


async def test_rows_that_commit_late_or_never_leave_no_gap(audit: Audit, stored: Database) -> None:
    late, gone = stored.unit_of_work(), stored.unit_of_work()
    await audit.record(late, AuditEntry("system", "late"))
    await audit.record(gone, AuditEntry("system", "undone"))
    await write(audit, stored, "first")
    assert await seal(audit, stored) == 1
    await gone.__aexit__(ValueError, ValueError(), None)
    await late.checkpoint()
    assert await seal(audit, stored) == 1
    report = await look(audit, stored)
    assert (report.rows, report.batches, report.findings) == (2, 2, [])
    assert await seqs(stored) == [1, 2]


@pytest.mark.parametrize("sealed_after", [False, True])
@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("DELETE FROM audit_log WHERE seq = 2", "rows 2 to 2 were removed before they were sealed"),
        ("DELETE FROM audit_log WHERE seq > 1", "rows 2 to 3 were removed before they were sealed"),
        (
            "DELETE FROM audit_log WHERE seq = 3; UPDATE audit_head SET seq = 2",
            "the head was not written by us",
        ),
        ("DELETE FROM audit_log WHERE seq = 3; DELETE FROM audit_head", "the head was removed"),
        ("DELETE FROM audit_log WHERE seq = 3; UPDATE audit_head SET seq = 9000", "the head was not written by us"),
        (
            "DELETE FROM audit_log WHERE seq = 3; UPDATE audit_head SET seq = 2, key_id = 'x'",
            "the head was not written",
        ),
    ],
)
async def test_what_is_removed_within_its_first_minute_shows(
    audit: Audit, stored: Database, gone: str, told: str, sealed_after: bool
) -> None:
    """By somebody who can disable triggers, and knows of the head; also when the log has gone on since."""
    await write(audit, stored, "messages.find", "messages.why", "messages.resend")
    for statement in gone.split("; "):
        await sql(stored, statement)
    if sealed_after:
        await write(audit, stored, "messages.books")
        await seal(audit, stored)
        told = "before row 3 the head was not as we had left it" if "audit_head" in gone else told
    findings = (await look(audit, stored)).findings
    assert any(finding.startswith(told) for finding in findings), findings


async def test_numbers_have_no_gap_however_many_write_and_undo_at_once(audit: Audit, stored: Database) -> None:
    async def one(number: int) -> None:
        work = stored.unit_of_work()
        for act in range(3):
            await audit.record(work, AuditEntry("system", f"act.{number}.{act}"))
            await work.execute(select(AUDIT_LOG.c.seq).limit(1))
        error = ValueError() if number % 3 == 0 else None
        await work.__aexit__(type(error) if error else None, error, None)

    await asyncio.gather(*(one(number) for number in range(30)))
    assert await seqs(stored) == list(range(1, 61))
    assert (await look(audit, stored)).findings == []


async def test_the_number_is_given_out_last_so_that_no_two_wait_for_each_other(audit: Audit, stored: Database) -> None:
    """One writes the log first and locks a row then, the other the other way round."""
    await sql(stored, "CREATE TABLE IF NOT EXISTS somebody (id int PRIMARY KEY)")
    await sql(stored, "INSERT INTO somebody VALUES (1) ON CONFLICT DO NOTHING")
    lock = text("SELECT id FROM somebody FOR UPDATE")
    first, second = stored.unit_of_work(), stored.unit_of_work()
    await audit.record(first, AuditEntry("system", "first"))
    await second.execute(lock)
    waiting = asyncio.create_task(first.execute(lock))
    await audit.record(second, AuditEntry("system", "second"))
    await asyncio.wait_for(second.checkpoint(), 5)
    await waiting
    await first.checkpoint()
    assert await seqs(stored) == [1, 2]
    await sql(stored, "DROP TABLE somebody")


async def test_two_sealers_at_once_make_one_chain(audit: Audit, stored: Database) -> None:
    await write(audit, stored, *(f"act.{number}" for number in range(40)))

    async def sealer() -> int:
        done = 0
        for _ in range(12):
            async with stored.unit_of_work() as work:
                done += await audit.seal(work, 5)
        return done

    counts = await asyncio.gather(*(sealer() for _ in range(4)))
    while done := await seal(audit, stored):
        counts.append(done)
    assert sum(counts) == 40
    report = await look(audit, stored)
    assert (report.rows, report.unsealed, report.findings) == (40, 0, [])


async def test_an_old_key_may_go(audit: Audit, stored: Database) -> None:
    await two_batches(audit, stored)
    clock = HandClock(NOW)
    # While both are listed the sealer brings the head over, though nothing new was written.
    await seal(Audit(KeyRing.of({"newer": b"m" * 32, "new": b"n" * 32}), clock, Ids(clock)), stored)
    later = Audit(KeyRing.of({"newer": b"m" * 32}), clock, Ids(clock))
    await write(later, stored, "after the rotation")
    await seal(later, stored)
    report = await look(later, stored)
    assert (report.rows, report.unchecked, report.findings) == (4, 3, [])
    await sql(stored, "UPDATE audit_log SET why = 'x' WHERE batch = 1")
    assert "was changed" in (await look(later, stored)).findings[0]


async def sealed_in(stored: Database, *years: int) -> Audit:
    """A batch of two rows in each; the log as it writes in the last of them."""
    for year in years:
        clock = HandClock(datetime(year, 1, 1, tzinfo=UTC))
        audit = Audit(RING, clock, Ids(clock))
        await write(audit, stored, "messages.find", "messages.why")
        await seal(audit, stored)
    return audit


async def forget(audit: Audit, stored: Database, before: datetime) -> int:
    async with stored.unit_of_work() as work:
        await work.execute(text("SET LOCAL guichet.audit_log = ''"))
        return await audit.forget(work, before)


async def test_old_batches_are_forgotten_and_the_chain_stays(stored: Database) -> None:
    audit = await sealed_in(stored, 2020, 2999)
    # The database itself keeps the last month, whatever is asked for.
    assert await forget(audit, stored, datetime(3999, 1, 1, tzinfo=UTC)) == 2
    report = await look(audit, stored)
    assert (report.rows, report.batches, report.unsealed, report.findings) == (2, 2, 1, [])
    await seal(audit, stored)
    report = await look(audit, stored)
    assert (report.rows, report.batches, report.unsealed, report.findings) == (3, 3, 0, [])
    # Nothing more is old enough: nothing is written either.
    assert await forget(audit, stored, datetime(3999, 1, 1, tzinfo=UTC)) == 0
    assert len(await seqs(stored)) == 3


async def test_a_chain_is_not_thinned_by_saying_that_rows_had_their_time(stored: Database) -> None:
    """Whoever has the database, without our keys, removes a batch and marks it as forgotten."""
    audit = await sealed_in(stored, 2020, 2021, 2999)
    gone = await seqs(stored)
    await sql(stored, "DELETE FROM audit_log WHERE batch = 2")
    await sql(stored, "UPDATE audit_seals SET forgotten_at = now() WHERE batch = 2")
    removed = [f"row {seq} was removed from batch 2" for seq in gone[2:4]]
    assert (await look(audit, stored)).findings == removed
    # An entry made up, or another one under its act, does not help; nor does one that is ours and tells of less.
    await sql(stored, "UPDATE audit_log SET act = 'audit.forgotten', subject = 'batch:2' WHERE batch = 3")
    assert set(removed) <= set((await look(audit, stored)).findings)


async def test_an_entry_of_ours_excuses_whole_batches_that_were_old_enough_and_no_others(stored: Database) -> None:
    audit = await sealed_in(stored, 2020, 2021, 2999)
    rows = await seqs(stored)
    assert await forget(audit, stored, datetime(2020, 6, 1, tzinfo=UTC)) == 2
    assert (await look(audit, stored)).findings == []
    await sql(stored, f"DELETE FROM audit_log WHERE seq = {rows[2]}")
    assert (await look(audit, stored)).findings == [f"row {rows[2]} was removed from batch 2"]
    await sql(stored, "DELETE FROM audit_log WHERE batch = 2")
    assert len((await look(audit, stored)).findings) == 2
    # What we are said to have forgotten sooner than rows are kept, we did not.
    async with stored.unit_of_work() as work:
        report = await verify(audit, work, kept=timedelta(days=1000 * 365))
    assert f"row {rows[0]} was removed from batch 1" in report.findings
