"""Who else learns what came of sending: reports that were faster, counters, the provider's health, the ministry."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID

from domain.ids import made_at
from services.alerts import Priority
from sms.claims import Outcome
from sms.holding import End
from sms.ports import Observer, OfNumber, Undelivered
from sms.records.behind import events_behind
from sms.records.overdue import Moved
from sms.states import MessageState
from sms.values import Accepted, NotSent, Refusal, Refused, SendReceipt, Unanswered
from storage.unit_of_work import UnitOfWork

log = logging.getLogger("guichet.sms")

Adopt = Callable[[UnitOfWork, Sequence[UUID]], Awaitable[object]]
"""Applies reports that overtook the answer (`SqlReports.adopt`)."""


class Health(Protocol):
    """Learns how providers do (`sms.records.health.SqlProviderHealth`)."""

    def saw(self, provider: str, failed: bool) -> None: ...

    async def rest(self, work: UnitOfWork, provider: str, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Ends:
    """Who hears of messages that ended before any provider had them, or while nobody knows whether one has."""

    observer: Observer
    undelivered: Undelivered | None = None

    async def __call__(self, work: UnitOfWork, ended: Sequence[tuple[UUID | None, End]]) -> None:
        """Within the transaction that ends them. What is suppressed was not to be sent: that is nobody's news."""
        for event, end in ended:
            if event and end.state is not MessageState.SUPPRESSED and self.undelivered is not None:
                await self.undelivered(work, event, end.reason)
        for _, end in ended:
            work.after_commit(partial(self.observer.ended, "", end.state))


@dataclass(frozen=True, slots=True)
class Telling:
    """Tells them within the transaction that writes it, or right after a write by itself; counters once all is
    committed.

    What providers took is written by itself, before it is told (`SqlQueue.finish`): where the telling fails then, or
    the process dies, those messages are missing from the counters of what was sent. Nothing else is lost: reports that
    were faster are adopted by a chore, and states, costs and what is left of a cap are rows.
    """

    adopt: Adopt
    observer: Observer
    health: Health
    undelivered: Undelivered | None = None
    blocked: OfNumber | None = None

    def saw(self, provider: str, receipt: SendReceipt) -> None:
        """A call ended."""
        self.health.saw(
            provider, isinstance(receipt, Unanswered) or (isinstance(receipt, NotSent) and not receipt.account)
        )

    async def ended(self, work: UnitOfWork, ended: Sequence[tuple[UUID | None, End]]) -> None:
        """Messages ended before any provider had them."""
        await Ends(self.observer, self.undelivered)(work, ended)

    async def finished(self, work: UnitOfWork, ours: Sequence[Outcome]) -> None:
        """Reports that were faster, counters, a provider's rest, and the ministry of what failed."""
        if sent := [one.claim.id for one in ours if isinstance(one.receipt, Accepted)]:
            await self.adopt(work, sent)
        resting: dict[str, str] = {}
        for one in ours:
            if one.ready and isinstance(one.receipt, NotSent) and one.receipt.account:
                resting[one.ready.provider.name] = one.receipt.why
            if self.blocked and isinstance(one.receipt, Refused) and one.receipt.why is Refusal.BLOCKED:
                await self.blocked(work, one.claim.to)
        for provider, why in resting.items():
            await self.health.rest(work, provider, why)
        failed = {one.claim.id: one.fate.reason for one in ours if one.fate.state is MessageState.FAILED}
        await self._failed(work, failed)
        work.after_commit(lambda: self._counted(ours))

    async def _failed(self, work: UnitOfWork, failed: Mapping[UUID, str]) -> None:
        """By the event that is behind each now: since the claim it may have come to stand for another's."""
        if failed and self.undelivered is not None:
            for message, event in await events_behind(work, list(failed)):
                await self._ministry(work, event, failed[message])

    def _counted(self, ours: Sequence[Outcome]) -> None:
        # It is written by now: a counter that fails must not look like a commit that failed.
        try:
            self._count(ours)
        except Exception as failure:
            log.error("not counted: %s", type(failure).__name__)

    def _count(self, ours: Sequence[Outcome]) -> None:
        observer = self.observer
        for one in ours:
            provider = one.ready.provider.name if one.ready else ""
            if isinstance(one.receipt, Accepted) and one.ready:
                cost = one.ready.cost_millis if one.receipt.cost_millis is None else one.receipt.cost_millis
                observer.sent(provider, one.claim.language, one.ready.parts, cost)
                if one.claim.event and not one.claim.attempts and one.claim.policy.priority is Priority.ALERT:
                    # The event's id was made when it was received.
                    waited = (one.handed_over_at or made_at(one.claim.event)) - made_at(one.claim.event)
                    observer.handed_over(provider, waited.total_seconds())
            elif isinstance(one.receipt, Refused):
                observer.refused(provider, one.receipt.why.value)
            elif isinstance(one.receipt, NotSent):
                observer.not_sent(provider, one.receipt.why, one.receipt.account)
            elif isinstance(one.receipt, Unanswered):
                observer.ambiguous(provider)
            if one.fate.state is MessageState.FAILED:
                observer.ended(provider, one.fate.state)

    async def moved(self, work: UnitOfWork, one: Moved) -> None:
        observer, state = self.observer, one.fate.state
        if state is MessageState.UNKNOWN or (state is MessageState.FAILED and one.fate.handed_over):
            work.after_commit(lambda: observer.ambiguous(one.provider))
        if state in (MessageState.FAILED, MessageState.EXPIRED):
            work.after_commit(lambda: observer.ended(one.provider, state))
        if state in (MessageState.FAILED, MessageState.EXPIRED) and one.event:
            await self._ministry(work, one.event, one.fate.reason)

    async def _ministry(self, work: UnitOfWork, event: UUID, reason: str) -> None:
        if self.undelivered is not None:
            await self.undelivered(work, event, reason)
