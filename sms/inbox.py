"""The inbox: each message taken is answered at most once, in the transaction that says that it was answered."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import GuichetError
from services.alerts import Alert, AlertKind
from services.desk import Desk
from sms.answering import Answering
from sms.folding import fold
from sms.records.inbound import Received, SqlInbox
from sms.replies import LAST_WORD, Answer, Reply
from storage.unit_of_work import UnitOfWork

log = logging.getLogger("guichet.sms.inbox")

DeskFor: TypeAlias = Callable[[UnitOfWork, Deadline], Desk]

SOURCE = "answers"
"""Who pays for answers: a cap of its own, so that nobody's questions use up what alerts may cost."""

_SECONDS = 8.0
_MOST_ATTEMPTS = 5
_MOST_TOGETHER = 8
_LOOP = "loop"
_SHORT = 3
"""Texts so short are keys and numbers: the same one may well be right again."""


@dataclass(frozen=True, slots=True)
class LoopGuard:
    """Two machines that answer each other must fall silent: after so many replies to a number in a while or in a day,
    or once the same text has been answered so often."""

    within: timedelta = timedelta(minutes=10)
    replies: int = 20
    same: int = 3
    daily: int = 60

    def is_loop(self, text: str, answered: int, texts: Sequence[str]) -> bool:
        """Whether this text had better not be answered."""
        said = fold(text)
        same = sum(fold(each) == said for each in texts) if len(said) > _SHORT else 0
        return answered >= self.replies or same >= self.same


class Overtaken(GuichetError):
    """Another worker took the message over meanwhile: what was written here is taken back."""


class Inbox:
    """Answers what was received. Any number of workers may."""

    def __init__(
        self,
        unit: Callable[[], UnitOfWork],
        desk_for: DeskFor,
        received: SqlInbox,
        answering: Answering,
        clock: Clock,
        woken: Callable[[], None] | None = None,
        guard: LoopGuard | None = None,
    ) -> None:
        """`woken`: called once a reply waits to be sent."""
        self._unit = unit
        self._desk_for = desk_for
        self._received = received
        self._answering = answering
        self._clock = clock
        self._woken = woken
        self._guard = guard or LoopGuard()

    async def handle(self, limit: int = 64) -> int:
        """Answer what waits, at most `limit`; how many were taken up."""
        async with self._unit() as work:
            rows = await self._received.claim(work, limit)
        few = asyncio.Semaphore(_MOST_TOGETHER)

        async def handle_one(row: Received) -> None:
            async with few:
                await self._handle(row)

        await asyncio.gather(*(handle_one(row) for row in rows))
        return len(rows)

    async def sweep(self) -> int:
        """Forget what has had its time: messages, questions, menus that fell silent."""
        async with self._unit() as work:
            gone = await self._received.sweep(work)
            gone += await self._answering.prompts.sweep(work)
            return gone + await self._answering.menus.sweep(work)

    async def _handle(self, row: Received) -> None:
        """A failure leaves the row as it is claimed: it is taken up again when the lease has run out."""
        try:
            async with self._unit() as work:
                await self._answer(work, row)
        except GuichetError as failure:
            log.warning("a message waits: %s", type(failure).__name__)
        except Exception as failure:
            # Its words may hold personal data: only its type is told.
            log.error("a message broke the inbox: %s", type(failure).__name__)

    async def _answer(self, work: UnitOfWork, row: Received) -> None:
        if row.attempts > _MOST_ATTEMPTS:
            await self._received.finish(work, row, "failed", "")
            return
        desk = self._desk_for(work, Deadline.after(_SECONDS, self._clock))
        asker = await self._answering.asker(desk, work, row.sender, row.network, row.received_at, row.sent_at)
        answer = await self._answering.answer(desk, work, asker, row.text)
        if answer.reply is not None and (since := await self._looping_since(work, row)):
            answer = await self._last_word(work, row, answer, since)
        await self._finish(work, desk, row, answer)

    async def _looping_since(self, work: UnitOfWork, row: Received) -> datetime | None:
        """Since when too much has been answered; None where this may be answered too."""
        # From when it came: what an outage held back came no faster than it was written.
        since, a_day = row.received_at - self._guard.within, row.received_at - timedelta(days=1)
        lately = await self._received.lately(work, row.sender, since, self._guard.replies)
        if self._guard.is_loop(row.text, lately.answered, lately.texts):
            return since
        return a_day if await self._received.answered(work, row.sender, a_day) >= self._guard.daily else None

    async def _last_word(self, work: UnitOfWork, row: Received, answer: Answer, since: datetime) -> Answer:
        """One sentence before the silence, so that a person in the middle of something knows how to go on. Where
        something was done (messages stopped, a visit cancelled), it is that which she hears. What is done at a ministry
        cannot be done for ever: that it was done she hears in the silence, too."""
        if answer.reply is None:
            return answer
        if await self._received.answered(work, row.sender, since, _LOOP):
            return answer if answer.reply.kind is AlertKind.PROMISED else Answer(_LOOP, marks=answer.marks)
        if answer.reply.kind is not AlertKind.REPLY:
            return replace(answer, intent=_LOOP)
        return Answer(_LOOP, replace(LAST_WORD, language=answer.reply.language), answer.marks)

    async def _finish(self, work: UnitOfWork, desk: Desk, row: Received, answer: Answer) -> None:
        state = "answered" if answer.reply is not None else "ignored"
        if not await self._received.finish(work, row, state, answer.intent):
            raise Overtaken("another worker has it")
        if answer.marks is not None:
            await self._answering.prompts.mark(work, *answer.marks)
        if answer.reply is None:
            return
        await self._keep_what_is_open(work, row, answer.reply)
        person = await desk.records.people.meet(row.sender, answer.reply.language)
        await desk.records.outbox.put(
            Alert(
                person=person.id,
                to=row.sender,
                kind=answer.reply.kind,
                text_id=answer.reply.text_id,
                values=answer.reply.values,
                language=answer.reply.language,
                source=SOURCE,
                expires_at=self._clock.now() + answer.reply.lives,
                link_id=row.link_id,
                network=row.network,
            )
        )
        if self._woken:
            work.after_commit(self._woken)

    async def _keep_what_is_open(self, work: UnitOfWork, row: Received, reply: Reply) -> None:
        """What her next message answers."""
        if reply.menu:
            await self._answering.menus.keep(work, row.sender, *reply.menu)
            await self._answering.prompts.forget(work, row.sender)
        elif reply.closes:
            await self._answering.menus.end(work, row.sender)
        if reply.asks:
            await self._answering.prompts.ask(work, row.sender, *reply.asks, reply.until, beside=reply.beside)
        elif reply.closes:
            await self._answering.prompts.close(work, row.sender)
