"""Counters that bound guessing, by number or reference and day."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from services.records.sealed import Sealed
from services.records.tables import GUESSES


@dataclass(frozen=True, slots=True)
class SqlGuesses:
    """`ports.Guesses` in PostgreSQL."""

    sealed: Sealed

    async def allow(self, kind: str, subject: str, limit: int, per_day: date) -> int | None:
        statement = insert(GUESSES).values(
            kind=kind, subject_index=self.sealed.index(subject, f"guess:{kind}"), day=per_day, tries=1
        )
        counted = await self.sealed.work.execute(
            statement.on_conflict_do_update(
                index_elements=[GUESSES.c.kind, GUESSES.c.subject_index, GUESSES.c.day],
                set_={"tries": GUESSES.c.tries + 1},
                where=GUESSES.c.tries < limit,
            ).returning(GUESSES.c.tries)
        )
        tries = counted.scalar_one_or_none()
        await self.sealed.work.checkpoint()
        return None if tries is None or limit < 1 else limit - tries

    async def give_back(self, kind: str, subject: str, per_day: date) -> None:
        await self.sealed.work.execute(
            update(GUESSES)
            .where(
                GUESSES.c.kind == kind,
                GUESSES.c.subject_index == self.sealed.index(subject, f"guess:{kind}"),
                GUESSES.c.day == per_day,
                GUESSES.c.tries > 0,
            )
            .values(tries=GUESSES.c.tries - 1)
        )
        await self.sealed.work.checkpoint()

    async def sweep(self, before: date) -> None:
        """Forget the counters of days gone by."""
        await self.sealed.work.execute(delete(GUESSES).where(GUESSES.c.day < before))
