"""The dispatcher of mails: claims, hands in one after the other, and writes what came of it. No transaction is open
while the server is asked."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.errors import GuichetError
from mail.envelope import envelope
from mail.letters import Letters
from mail.records.queue import Claimed, SqlMailQueue
from mail.retry import Fate, NotSent, after_attempt
from mail.smtp import NOT_REACHED, SmtpLink
from mail.states import MailState
from services.alerts import Alert
from storage.unit_of_work import Database, UnitOfWork

log = logging.getLogger("guichet.mail")

BATCH = 10
NOT_REACHED_PAUSE = timedelta(seconds=30)

Instead = Callable[[UnitOfWork, Alert], Awaitable[object]]
"""Tells by SMS what could not be mailed, in the transaction that writes so."""


@dataclass(slots=True)
class MailDispatcher:
    """One a process; any number of processes. `counted`: hears of every end."""

    database: Database
    queue: SqlMailQueue
    letters: Letters
    link: SmtpLink
    instead: Instead
    counted: Callable[[MailState], None] = lambda state: None
    _rests_until: datetime | None = field(default=None)

    async def round(self) -> int:
        """A chore: one claim, sent and written to its end; gives how many were claimed."""
        now = self.queue.clock.now()
        if self._rests_until is not None and now < self._rests_until:
            return 0
        async with self.database.unit_of_work() as work:
            taken, ended = await self.queue.claim(work, BATCH)
            for one in ended:
                await self._ended(work, one.state, one.instead)
        try:
            await self._send_all(taken)
        finally:
            await self.link.close()
        return len(taken) + len(ended)

    async def sweep(self) -> int:
        """A chore: what dead workers left, and what nobody answered."""
        async with self.database.unit_of_work() as work:
            return await self.queue.sweep(work)

    async def _send_all(self, taken: Sequence[Claimed]) -> None:
        for place, claim in enumerate(taken):
            fate = await self._send(claim)
            if fate is None:
                continue
            async with self.database.unit_of_work() as work:
                ended = await self.queue.finish(work, claim, fate)
                if ended is not None:
                    await self._ended(work, ended.state, ended.instead)
            if self._rests_until is not None:
                async with self.database.unit_of_work() as work:
                    await self.queue.give_back(work, taken[place + 1 :])
                return

    async def _send(self, claim: Claimed) -> Fate | None:
        """What becomes of it; None where it is ours no longer."""
        config, now = self.queue.config, self.queue.clock.now()
        try:
            letter = self.letters.letter(claim.kind, claim.text_id, claim.values, claim.language)
            octets = envelope(config, claim.id, claim.to, letter, now)
        except (GuichetError, ValueError) as failure:
            log.error("%s cannot be worded: %s", claim.text_id, type(failure).__name__)
            return Fate(MailState.FAILED, reason="cannot_be_worded", counts=False)
        async with self.database.unit_of_work() as work:
            if not await self.queue.begin(work, claim):
                return None
        receipt = await self.link.send(config.return_path, claim.to, octets)
        self._rests_until = self._rest(receipt, now)
        once_only = claim.policy.once_only
        return after_attempt(once_only, receipt, claim.attempts + 1, claim.extra_sends, config.waits, now)

    def _rest(self, receipt: object, now: datetime) -> datetime | None:
        """How long nothing is tried: a login that fails over and over locks the account."""
        match receipt:
            case NotSent(why, account=True):
                log.error("the mail server refuses us (%s): nothing is sent for a while", why)
                return now + self.queue.config.waits.account
            case NotSent(why) if why == NOT_REACHED:
                log.warning("the mail server is not reached")
                return now + NOT_REACHED_PAUSE
        return None

    async def _ended(self, work: UnitOfWork, state: MailState, instead: Alert | None) -> None:
        if state in (MailState.FAILED, MailState.EXPIRED, MailState.SUPPRESSED) and instead is not None:
            await self.instead(work, instead)
        work.after_commit(lambda: self.counted(state))
