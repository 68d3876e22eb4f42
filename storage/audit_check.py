"""Whether the audit log is as it was written: which row was changed, removed or put in, which seal is broken."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, text

from storage.audit import FORGOTTEN, GENESIS, HEAD_LOST, Audit, Seal, chained, digest, digests_of, written
from storage.tables import AUDIT_LOG, AUDIT_SEALS
from storage.unit_of_work import UnitOfWork

_AT_ONCE = 1000
KEPT_AT_LEAST = timedelta(days=30)
"""The database itself deletes no younger rows."""


@dataclass(slots=True)
class AuditReport:
    """What was found. `findings`: one line each, empty where all is as it was written.

    `unchecked`: rows whose key is not listed any more: the chain alone vouches for them. `unsealed`: rows that no
    batch holds yet. `head`: the newest link.
    """

    rows: int = 0
    batches: int = 0
    unsealed: int = 0
    unchecked: int = 0
    head: Seal | None = None
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Forgotten:
    """An entry of ours: at that time the rows of all batches up to this one had gone."""

    last: int
    at: datetime


async def verify(
    audit: Audit, work: UnitOfWork, anchor: Seal | None = None, kept: timedelta = KEPT_AT_LEAST
) -> AuditReport:
    """Reads the whole log. `anchor`: a link noted elsewhere, which must still stand in the chain. `kept`: for how long
    rows are; none may be missing that was sealed for less."""
    report, before = AuditReport(), GENESIS
    # What is written or sealed meanwhile is not looked at: all of it is read as it stood at one moment.
    await work.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    numbers = _Numbers(report)
    forgotten = await _forgotten(audit, work)
    last = 0
    while seals := await _seals_after(work, last):
        for seal in seals:
            _check_link(audit, report, seal, before, last + 1)
            numbers.follow(seal.seqs)
            old = any(seal.batch <= each.last and seal.sealed_at <= each.at - kept for each in forgotten)
            await _check_rows(audit, work, report, seal, may_be_gone=old)
            before, last = bytes(seal.hash), seal.batch
            report.batches, report.head = report.batches + 1, Seal(seal.batch, before)
            if anchor and anchor.batch == seal.batch and not hmac.compare_digest(anchor.hash, before):
                report.findings.append(f"batch {seal.batch} is not the one whose hash was noted")
    if anchor and anchor.batch > last:
        report.findings.append(f"batches {last + 1} to {anchor.batch} are missing: the end of the chain was cut off")
    await _check_unsealed(audit, work, report, numbers)
    await _check_head(audit, work, report, numbers)
    return report


def _check_link(audit: Audit, report: AuditReport, seal: Row[Any], before: bytes, expected: int) -> None:
    if seal.batch != expected:
        report.findings.append(f"batches {expected} to {seal.batch - 1} are missing")
    if chained(before, seal.batch, seal.sealed_at, list(seal.seqs), bytes(seal.digests)) != bytes(seal.hash):
        report.findings.append(f"batch {seal.batch}: its seal does not follow from what it seals")
    if audit.knows(seal.key_id) and not _authentic(audit, seal, bytes(seal.hash)):
        report.findings.append(f"batch {seal.batch}: its seal was not made by us")


async def _check_rows(
    audit: Audit, work: UnitOfWork, report: AuditReport, seal: Row[Any], *, may_be_gone: bool
) -> None:
    """`may_be_gone`: an entry says that the whole batch had had its time."""
    found = await work.execute(select(AUDIT_LOG).where(AUDIT_LOG.c.batch == seal.batch).order_by(AUDIT_LOG.c.seq))
    rows: Mapping[int, Row[Any]] = {row.seq: row for row in found.all()}
    digests = dict(zip(seal.seqs, digests_of(bytes(seal.digests)), strict=False))
    report.rows += len(rows)
    if not rows and may_be_gone:
        return
    for seq, sealed in digests.items():
        row = rows.get(seq)
        if row is None:
            report.findings.append(f"row {seq} was removed from batch {seal.batch}")
        elif not hmac.compare_digest(digest(row), sealed):
            report.findings.append(f"row {seq} was changed after batch {seal.batch} was sealed")
        elif not audit.knows(row.key_id):
            report.unchecked += 1
        elif not _authentic(audit, row, written(row._mapping)):
            report.findings.append(f"row {seq} was not written by us")
    report.findings += [f"row {seq} was put into batch {seal.batch} later" for seq in rows if seq not in digests]


async def _forgotten(audit: Audit, work: UnitOfWork) -> Sequence[_Forgotten]:
    """Those that we wrote. Where the key is gone the chain vouches for an entry, or finds that it was put in."""
    found = await work.execute(select(AUDIT_LOG).where(AUDIT_LOG.c.act == FORGOTTEN).order_by(AUDIT_LOG.c.seq))
    return [
        _Forgotten(int(row.subject.removeprefix("batch:")), row.at)
        for row in found.all()
        if row.subject.removeprefix("batch:").isdecimal()
        and (_authentic(audit, row, written(row._mapping)) if audit.knows(row.key_id) else row.batch is not None)
    ]


async def _check_unsealed(audit: Audit, work: UnitOfWork, report: AuditReport, numbers: "_Numbers") -> None:
    last = 0
    while True:
        found = await work.execute(
            select(AUDIT_LOG)
            .where(AUDIT_LOG.c.batch.is_(None), AUDIT_LOG.c.seq > last)
            .order_by(AUDIT_LOG.c.seq)
            .limit(_AT_ONCE)
        )
        rows = found.all()
        if not rows:
            break
        report.unsealed += len(rows)
        numbers.follow([row.seq for row in rows])
        last = rows[-1].seq
        report.findings += [
            f"row {row.seq} was not written by us"
            for row in rows
            if audit.knows(row.key_id) and not _authentic(audit, row, written(row._mapping))
        ]
    known = select(AUDIT_SEALS.c.batch)
    lost = await work.execute(
        select(func.count()).where(AUDIT_LOG.c.batch.is_not(None), AUDIT_LOG.c.batch.not_in(known))
    )
    if orphans := lost.scalar_one():
        report.findings.append(f"{orphans} rows belong to a batch whose seal is gone")


async def _check_head(audit: Audit, work: UnitOfWork, report: AuditReport, numbers: "_Numbers") -> None:
    """The last number given out is the last row's; and none tells that the head was lost before."""
    head = await audit.head_number.read(work)
    lost = await work.execute(select(AUDIT_LOG.c.seq).where(AUDIT_LOG.c.act == HEAD_LOST).order_by(AUDIT_LOG.c.seq))
    report.findings += [f"before row {seq} the head was not as we had left it" for seq in lost.scalars()]
    if head is None:
        if numbers.next > 1:
            report.findings.append("the head was removed: the last rows may have been too")
    elif not audit.head_number.is_ours(head):
        report.findings.append("the head was not written by us: the last rows may have been removed")
    else:
        numbers.end(head["seq"])


@dataclass(slots=True)
class _Numbers:
    """The numbers of rows as they were given out, without gaps."""

    report: AuditReport
    next: int = 1

    def follow(self, seqs: Sequence[int]) -> None:
        """The next ones, in their order."""
        for seq in seqs:
            if seq > self.next:
                self._missing(seq - 1)
            elif seq < self.next:
                self.report.findings.append(f"row {seq} was put in later")
            self.next = max(self.next, seq + 1)

    def end(self, last: int) -> None:
        """No further ones, where `last` was the last that was given out."""
        if last >= self.next:
            self._missing(last)
        elif last < self.next - 1:
            self.report.findings.append(f"rows {last + 1} to {self.next - 1} were put in later")

    def _missing(self, to: int) -> None:
        self.report.findings.append(f"rows {self.next} to {to} were removed before they were sealed")


async def _seals_after(work: UnitOfWork, batch: int) -> list[Row[Any]]:
    found = await work.execute(
        select(AUDIT_SEALS).where(AUDIT_SEALS.c.batch > batch).order_by(AUDIT_SEALS.c.batch).limit(_AT_ONCE)
    )
    return list(found.all())


def _authentic(audit: Audit, row: Row[Any], octets: bytes) -> bool:
    return hmac.compare_digest(audit.mac(octets, row.key_id), bytes(row.mac))
