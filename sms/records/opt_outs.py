"""Who wants no messages: since when, said how, and until when. Rows are ended, never deleted."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from services.records.reindexed_rows import Twin
from sms.records.indexes import RECIPIENT
from sms.tables import OPT_OUTS
from sms.values import OptOutNotice
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

How = Literal["keyword", "provider", "agent", "app"]

ALL_SENDERS = ""
OPT_OUT_TWIN = Twin(OPT_OUTS, "recipient_index", "number", RECIPIENT, bound="id")


@dataclass(frozen=True, slots=True)
class SqlOptOuts:
    """Rows of `sms_opt_outs`; commits nothing."""

    sealer: Sealer
    clock: Clock
    ids: Ids

    async def stop(self, work: UnitOfWork, number: Msisdn, sender: str, how: How) -> bool:
        """No more from that sender ("": from any of ours). False where it was said before."""
        if await self._found(work, self._live(number) & (OPT_OUTS.c.sender == sender)):
            return False
        id = self.ids.uuid7()
        made = await work.execute(
            insert(OPT_OUTS)
            .values(
                id=id,
                number=self.sealer.seal(number.e164, OPT_OUTS.name, "number", id),
                recipient_index=self.sealer.blind_index(number.e164, RECIPIENT),
                sender=sender[:16],
                how=how,
                since=self.clock.now(),
            )
            .on_conflict_do_nothing(
                index_elements=[OPT_OUTS.c.recipient_index, OPT_OUTS.c.sender],
                index_where=text("ended_at IS NULL"),
            )
            .returning(OPT_OUTS.c.id)
        )
        return made.first() is not None

    async def start(self, work: UnitOfWork, number: Msisdn) -> bool:
        """Messages again, from every sender, whoever stopped them. False where nothing was stopped."""
        return await self._end(work, self._live(number))

    async def take(self, work: UnitOfWork, notice: OptOutNotice) -> bool:
        """A provider's notice that a number blocked us, or takes us again; False where it tells nothing new.

        What she told us herself stands, whatever her provider says.
        """
        if not notice.back:
            return await self.stop(work, notice.number, notice.sender, "provider")
        theirs = (OPT_OUTS.c.how == "provider") & (OPT_OUTS.c.sender == notice.sender[:16])
        return await self._end(work, self._live(notice.number) & theirs)

    async def is_stopped(self, work: UnitOfWork, number: Msisdn, sender: str = ALL_SENDERS) -> bool:
        """Whether she wants nothing from that sender."""
        return await self._found(work, self._live(number) & OPT_OUTS.c.sender.in_({ALL_SENDERS, sender[:16]}))

    def _live(self, number: Msisdn) -> ColumnElement[bool]:
        hers: ColumnElement[bool] = OPT_OUTS.c.recipient_index.in_(self.sealer.blind_indexes(number.e164, RECIPIENT))
        return hers & OPT_OUTS.c.ended_at.is_(None)

    async def _found(self, work: UnitOfWork, which: ColumnElement[bool]) -> bool:
        return bool((await work.execute(select(exists().where(which)))).scalar_one())

    async def _end(self, work: UnitOfWork, which: ColumnElement[bool]) -> bool:
        ended = await work.execute(update(OPT_OUTS).where(which).values(ended_at=self.clock.now()))
        return ended.rowcount > 0
