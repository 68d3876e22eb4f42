"""How long ministries took to decide: each application's two days once, and counts by service and month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from services.records.reindexed_rows import Twin, twin
from services.records.satisfaction_tables import ANSWER_CLOCKS, ANSWER_TIMES
from services.records.sealed import Sealed

_PURPOSE = "answer_clock"
CLOCK_TWIN = Twin(ANSWER_CLOCKS, "reference_index", "reference", _PURPOSE)


@dataclass(frozen=True, slots=True)
class SqlAnswerTimes:
    """`satisfaction_ports.AnswerTimes` in PostgreSQL."""

    sealed: Sealed
    clock: Clock

    async def received(self, service: str, reference: str, day: date) -> None:
        row = insert(ANSWER_CLOCKS).values(
            **await self._named(service, reference),
            service=service,
            submitted_on=day,
            changed_at=self.clock.now(),
        )
        first = func.coalesce(ANSWER_CLOCKS.c.submitted_on, row.excluded.submitted_on)
        await self.sealed.work.execute(
            row.on_conflict_do_update(index_elements=["reference_index"], set_={"submitted_on": first})
        )

    async def decided(self, service: str, reference: str, submitted: date | None, day: date) -> date | None:
        row = insert(ANSWER_CLOCKS).values(
            **await self._named(service, reference),
            service=service,
            submitted_on=submitted,
            decided_on=day,
            changed_at=self.clock.now(),
        )
        # What the ministry's record says now is better than what was told on the way.
        known = func.coalesce(row.excluded.submitted_on, ANSWER_CLOCKS.c.submitted_on)
        written = await self.sealed.work.execute(
            row.on_conflict_do_update(
                index_elements=["reference_index"],
                set_={"decided_on": day, "submitted_on": known, "changed_at": self.clock.now()},
                where=ANSWER_CLOCKS.c.decided_on.is_(None),
            ).returning(ANSWER_CLOCKS.c.submitted_on)
        )
        return written.scalar_one_or_none()

    async def count(self, service: str, month: date, days: int) -> None:
        row = insert(ANSWER_TIMES).values(service=service, month=month, days=days, count=1)
        await self.sealed.work.execute(
            row.on_conflict_do_update(
                index_elements=["service", "month", "days"], set_={"count": ANSWER_TIMES.c["count"] + 1}
            )
        )

    async def of_month(self, month: date) -> Mapping[str, Mapping[int, int]]:
        columns = (ANSWER_TIMES.c.service, ANSWER_TIMES.c.days, ANSWER_TIMES.c["count"])
        found = await self.sealed.work.execute(select(*columns).where(ANSWER_TIMES.c.month == month))
        counts: dict[str, dict[int, int]] = {}
        for service, days, many in found.all():
            counts.setdefault(service, {})[days] = many
        return counts

    async def sweep(self, before: datetime) -> None:
        """Forget applications of long ago; the counts stay."""
        await self.sealed.work.execute(delete(ANSWER_CLOCKS).where(ANSWER_CLOCKS.c.changed_at < before))

    async def _named(self, service: str, reference: str) -> dict[str, bytes]:
        """By the newest key's index; a row that stands under an older one is brought there, or it would count twice."""
        name = f"{service}\0{reference}"
        newest, kept = twin(self.sealed.sealer, CLOCK_TWIN, name)
        _, *older = self.sealed.indexes(name, _PURPOSE)
        if older:
            known = select(ANSWER_CLOCKS.c.reference_index).where(ANSWER_CLOCKS.c.reference_index == newest)
            await self.sealed.work.execute(
                update(ANSWER_CLOCKS)
                .where(ANSWER_CLOCKS.c.reference_index.in_(older), ~known.exists())
                .values(reference_index=newest, reference=kept)
            )
        return {"reference_index": newest, "reference": kept}


async def nameless(sealed: Sealed, service: str, reference: str) -> None:
    """The application's days stay, to be counted; its reference does not, and no rotation brings it over any more."""
    indexes = sealed.indexes(f"{service}\0{reference}", _PURPOSE)
    clocks = update(ANSWER_CLOCKS).where(ANSWER_CLOCKS.c.reference_index.in_(indexes))
    await sealed.work.execute(clocks.values(reference=None))
