"""The office's deed: a number is (still) hers, as two of staff see who have her and her document before them.

For whom nothing else is left: her SIM card was changed, so that her number is stale and no PIN is reset from it, and
the PIN is forgotten. The design asks for "an agent and a second person with the citizen present" (decision 39). One
asks, another approves while she waits at the counter, and each looks at her document. Nobody of staff learns or sets a
PIN: she chooses it herself on her own telephone, within the hour.

Nobody's name is kept here, so a document proves by itself only whose *it* is. Where she has an application, its number
is asked for: what her ministry wrote down for it is what the document is held against. A thief who brings his own
document and the victim's number has no such application.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.audit import AuditEntry
from domain.clock import Clock
from domain.msisdn import Msisdn
from services.office_ports import Deed, Holder, OfficeBook, Waiting
from services.resets import USABLE

CHANNEL = "command"
# She stands at the counter: what nobody approved while she was there is asked for anew.
APPROVED_WITHIN = timedelta(minutes=30)
# So long the number may choose a PIN. She does it before she goes.
CHOSEN_WITHIN = timedelta(hours=1)


class Refusal(StrEnum):
    """Why nothing was done."""

    NOBODY = "nobody"
    REFERENCE_NEEDED = "reference_needed"
    NOT_HERS = "not_hers"
    NO_ACCOUNT = "no_account"
    ASKED_BY_ANOTHER = "asked_by_another"
    NOT_ASKED = "not_asked"
    LAPSED = "lapsed"
    SAME_PERSON = "same_person"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the citizen laid on the counter: her telephone, and the slip of an application where she has one.
    `reference`: as it may be kept (`domain.reference.spellings`), empty where she has none."""

    number: Msisdn
    reference: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Office:
    """Within one unit of work. `by`: the name of one of staff, proven. The caller commits what was refused, too: that
    it was tried stands in the audit log."""

    book: OfficeBook
    clock: Clock

    async def ask(self, shown: Shown, by: str, why: str, *, new_pin: bool) -> Deed | Refusal:
        """The first of the two. Asked again it is the same; otherwise by the same one, it takes the place of the first.

        Raises `InvalidValue` for a reason that does not fit the audit log.
        """
        holder = await self._whose(shown, by, new_pin=new_pin)
        if isinstance(holder, Refusal):
            return holder
        now, before = self.clock.now(), await self.book.deed(holder)
        if before and self._waits(before) and (before.asked_by, before.new_pin) == (by, new_pin):
            return before
        deed = Deed(holder, new_pin, why, by, now)
        entry = _entry(by, "people.confirm.asked", holder, why)
        if not await self.book.ask(deed, now - APPROVED_WITHIN):
            return await self._refused(Refusal.ASKED_BY_ANOTHER, by, holder)
        await self.book.record(entry)
        return deed

    async def approve(self, shown: Shown, by: str) -> Deed | Refusal:
        """The second: what was asked for is done, and gives when. Approved again, nothing is done and the same is told.

        `proven_at` is of today from now on, so that no SIM swap until today says anything of the number
        (`sim_swaps.judge`); a reset that anybody asked for is over.
        """
        holder = await self._whose(shown, by)
        if isinstance(holder, Refusal):
            return holder
        deed = await self.book.deed(holder, locked=True)
        if deed is None:
            return await self._refused(Refusal.NOT_ASKED, by, holder)
        if deed.approved_at is not None:
            return deed
        if refusal := self._not_by(deed, by):
            return await self._refused(refusal, by, holder)
        done = replace(deed, approved_by=by, approved_at=self.clock.now())
        if not await self.book.confirm(done, self._reset_due(done)):
            return await self._refused(Refusal.NOBODY, by, holder)
        act = "people.confirm.approved_with_pin" if deed.new_pin else "people.confirm.approved"
        await self.book.record(_entry(by, act, holder, f"asked by {deed.asked_by}"))
        return done

    async def waiting(self) -> Sequence[Waiting]:
        """What wants its second person."""
        return await self.book.waiting(self.clock.now() - APPROVED_WITHIN)

    async def _whose(self, shown: Shown, by: str, *, new_pin: bool = False) -> Holder | Refusal:
        holder = await self.book.holder(shown.number)
        if holder is None:
            return await self._refused(Refusal.NOBODY, by)
        if new_pin and not holder.has_account:
            return await self._refused(Refusal.NO_ACCOUNT, by, holder)
        hers = await self.book.references(holder.person)
        if hers and not shown.reference:
            return await self._refused(Refusal.REFERENCE_NEEDED, by, holder)
        if shown.reference and hers.isdisjoint(shown.reference):
            return await self._refused(Refusal.NOT_HERS, by, holder)
        return holder

    def _waits(self, deed: Deed) -> bool:
        return deed.approved_at is None and self.clock.now() < deed.asked_at + APPROVED_WITHIN

    def _not_by(self, deed: Deed, by: str) -> Refusal | None:
        if not self._waits(deed):
            return Refusal.LAPSED
        if deed.asked_by == by:
            return Refusal.SAME_PERSON
        # She closed it after it was asked for.
        return Refusal.NO_ACCOUNT if deed.new_pin and not deed.holder.has_account else None

    def _reset_due(self, deed: Deed) -> datetime | None:
        """A reset may be used from the day it is due, `USABLE` long: due so much earlier, it is open now and not for a
        week, in which the telephone may be lost again."""
        return self.clock.now() + CHOSEN_WITHIN - USABLE if deed.new_pin else None

    async def _refused(self, refusal: Refusal, by: str, holder: Holder | None = None) -> Refusal:
        await self.book.record(_entry(by, "people.confirm.refused", holder, refusal.value))
        return refusal


def _entry(by: str, act: str, holder: Holder | None, why: str) -> AuditEntry:
    subject = f"person:{holder.person.hex}" if holder else ""
    return AuditEntry(f"operator:{by}", act, subject, why=why, channel=CHANNEL)
