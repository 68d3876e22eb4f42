"""A town whose networks are asked whether SIM cards were changed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from sqlalchemy import select

from domain.errors import GuichetError
from domain.msisdn import Msisdn
from services.applications import find
from services.caller import Caller
from services.links import link
from services.outcomes import (
    Linked,
    PinAccepted,
    PinRight,
    ResetWaits,
)
from services.pins import check_new_pin, verify_pin
from services.ports import Binding
from services.records.tables import NUMBERS
from services.resets import ask_reset, reset_state
from services.sim_swaps import (
    SwapAnswers,
    SwapChecks,
)
from services.swap_ports import NotTold, SwapAnswer, SwapTold, ToldDay, ToldLater
from storage.tables import AUDIT_LOG
from tests.services.town import AID, LEYLA, ZONE, Town
from tests.until import until

PIN, OTHER = "482915", "739160"
BORN = "17.05.1980"
_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
MONDAY = date(2026, 11, 23)
"""The day on which the story begins, at ten in the morning in Baku."""


def november(day: int) -> date:
    return date(2026, 11, day)


class Away(GuichetError):
    """The account cannot be asked."""


@dataclass
class Network:
    """Tells when SIM cards were changed. `away`: whose question fails; `waits`: until when it takes its time; `later`:
    it only promises to tell, and names its first question "question-1"."""

    swaps: dict[Msisdn, date] = field(default_factory=dict)
    away: set[Msisdn] = field(default_factory=set)
    asked: list[Msisdn] = field(default_factory=list)
    at_once: int = 0
    waits: asyncio.Event | None = None
    later: bool = False
    _now: int = 0

    async def check(self, number: Msisdn) -> SwapAnswer:
        self.asked.append(number)
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        if self.waits:
            await self.waits.wait()
        await asyncio.sleep(0)
        self._now -= 1
        if number in self.away:
            raise Away
        if self.later:
            return ToldLater(f"question-{len(self.asked)}")
        return ToldDay(self.swaps[number]) if number in self.swaps else NotTold()


@dataclass(repr=False)
class Story:
    """A town on real records, the networks of its numbers, and the worker's round."""

    town: Town
    network: Network = field(default_factory=Network)
    counted: Counter[str] = field(default_factory=Counter)

    async def round(self, most: int = 60, days: int = 7) -> list[Msisdn]:
        """Who was asked for."""
        before = len(self.network.asked)
        store, clock = self.town.store, self.town.clock
        every = timedelta(days=days)
        await SwapChecks(self.network, store.open_swaps, clock, ZONE, every, most, self._count).round()
        return self.network.asked[before:]

    @asynccontextmanager
    async def asking(self) -> AsyncIterator["asyncio.Task[list[Msisdn]]"]:
        """While a worker's question is under way: its network answers when the block ends."""
        before, waits = len(self.network.asked), asyncio.Event()
        self.network.waits = waits
        working = asyncio.create_task(self.round())
        await until(lambda: len(self.network.asked) > before, working)
        try:
            yield working
        finally:
            waits.set()
            self.network.waits = None
            await asyncio.gather(working, return_exceptions=working.cancelling() > 0)

    async def tells(self, answer: SwapAnswer | date, question: int = 1) -> str:
        """The network calls back. What it is counted as, "" for nothing."""
        before = self.counted.copy()
        told_later = partial(self.town.store.open_swaps, "callback")
        answers = SwapAnswers(told_later, self.town.clock, ZONE, self._count)
        await answers.take(SwapTold(f"question-{question}", ToldDay(answer) if isinstance(answer, date) else answer))
        return "".join(self.counted - before)

    async def awaited(self) -> list[str | None]:
        async with self.town.store.database.unit_of_work() as work:
            return list((await work.execute(select(NUMBERS.c.swap_request).order_by(NUMBERS.c.id))).scalars())

    def _count(self, result: str) -> None:
        self.counted[result] += 1

    async def seen(self, number: Msisdn = LEYLA, *, verified: bool = False) -> type:
        """What is seen of Leyla's application."""
        found = await find(self.town.desk(), await self.town.caller(number, verified=verified), AID.reference)
        await self.town.records.settle()
        return type(found)

    async def known(self, *numbers: Msisdn, pin: str = "") -> None:
        for number in numbers:
            await self.town.known(number, pin=pin)

    async def binding(self, number: Msisdn = LEYLA) -> Binding | None:
        person = (await self.town.caller(number)).person
        return person.binding if person else None

    async def audited(self) -> list[tuple[str, ...]]:
        async with self.town.store.database.unit_of_work() as work:
            rows = await work.execute(
                select(AUDIT_LOG.c.actor, AUDIT_LOG.c.act, AUDIT_LOG.c.why, AUDIT_LOG.c.channel).order_by(
                    AUDIT_LOG.c.seq
                )
            )
            return [tuple(row) for row in rows.all()]

    async def somebody_waits(self) -> bool:
        """For a row that somebody else holds."""
        async with self.town.store.database.unit_of_work() as work:
            return bool(await work.fetch(_WAITING))

    async def pin_right(self) -> bool:
        right = isinstance(await verify_pin(self.town.desk(), await self.town.caller(), PIN), PinRight)
        await self.town.records.settle()
        return right

    async def linked(self, number: Msisdn = LEYLA) -> None:
        assert isinstance(await link(self.town.desk(), await self.town.caller(number), "7001", BORN), Linked)
        await self.town.records.settle()

    async def reset_asked(self) -> None:
        waits = await ask_reset(self.town.desk(), await self.town.caller(), "7001", BORN)
        assert isinstance(waits, ResetWaits)
        await self.town.records.settle()

    async def reset_is(self) -> type:
        reached = type(await reset_state(self.town.desk(), await self.town.caller()))
        await self.town.records.settle()
        return reached

    async def sealed(self, pin: str) -> tuple[Caller, str]:
        caller = await self.town.caller()
        accepted = await check_new_pin(self.town.desk(), caller, pin)
        assert isinstance(accepted, PinAccepted)
        return caller, accepted.pin_seal


def numbers(count: int) -> list[Msisdn]:
    return [Msisdn.parse(f"+9945012346{place:02}") for place in range(count)]


async def asked_later(story: Story, *whom: Msisdn, pin: str = "") -> None:
    """Whose network promised to tell, on the third day."""
    story.network.later = True
    await story.known(*(whom or (LEYLA,)), pin=pin)
    story.town.later(days=3)
    await story.round()
