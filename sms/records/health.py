"""What all workers know of the providers, in rows that they share; each keeps a copy to choose by."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import and_, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from sms.config import SmsConfig
from sms.health import OPERATOR, Health, Seen, Standing, Tolerance, review
from sms.ports import Observer
from sms.states import MessageState
from sms.tables import MESSAGES, PROVIDER_HEALTH, PROVIDER_MINUTES
from storage.unit_of_work import UnitOfWork

_MINUTES_KEPT = timedelta(hours=1)


@dataclass(slots=True)
class SqlProviderHealth:
    """Counts what providers answer, and reviews their weights. `snapshot` is what this process chooses by."""

    clock: Clock
    config: SmsConfig
    observer: Observer
    tolerance: Tolerance = field(default_factory=Tolerance)
    snapshot: Mapping[str, Health] = field(default_factory=dict)
    _asked: dict[str, int] = field(default_factory=dict)
    _failed: dict[str, int] = field(default_factory=dict)

    def saw(self, provider: str, failed: bool) -> None:
        """A call ended. `failed`: nothing was handed over, or no answer came; a refusal is an answer. Kept in memory
        until the next `refresh`."""
        self._asked[provider] = self._asked.get(provider, 0) + 1
        self._failed[provider] = self._failed.get(provider, 0) + failed

    async def rest(self, work: UnitOfWork, provider: str, why: str) -> None:
        """Ask it nothing more: its key is refused or its balance used up. After `Tolerance.probe_after` it is tried
        again, unless `why` is `OPERATOR`. Commits nothing."""
        now = self.clock.now()
        put = insert(PROVIDER_HEALTH).values(
            provider=provider, weight=Health().weight, paused=True, reason=why[:48], changed_at=now, troubled_at=now
        )
        await work.execute(
            put.on_conflict_do_update(
                index_elements=[PROVIDER_HEALTH.c.provider],
                set_={"paused": True, "reason": put.excluded.reason, "changed_at": now, "troubled_at": now},
                # What an operator paused stays the operator's; and a rest is not made longer by late answers.
                where=~PROVIDER_HEALTH.c.paused | (put.excluded.reason == OPERATOR),
            )
        )
        self.snapshot = {**self.snapshot, provider: replace(self.snapshot.get(provider, Health()), paused=True)}

    async def resume(self, work: UnitOfWork, provider: str) -> None:
        """An operator's word: it may be asked again. Commits nothing."""
        await work.execute(
            update(PROVIDER_HEALTH)
            .where(PROVIDER_HEALTH.c.provider == provider)
            .values(paused=False, reason="", changed_at=self.clock.now())
        )

    async def refresh(self, work: UnitOfWork) -> None:
        """Hand in what was counted and read how the providers stand. Commits nothing."""
        asked, failed, self._asked, self._failed = self._asked, self._failed, {}, {}
        try:
            await self._count(work, asked, failed)
            self._see(await self._standings(work, lock=False))
        except BaseException:
            for name, count in asked.items():
                self._asked[name] = self._asked.get(name, 0) + count
                self._failed[name] = self._failed.get(name, 0) + failed[name]
            raise

    async def review(self, work: UnitOfWork) -> int:
        """Look at what was seen of each, and trust it less or more: how many changed. Commits nothing.

        Any number of workers may do this at the same time: the rows are locked, and a step needs its minute.
        """
        await self._begin(work)
        before = await self._standings(work, lock=True)
        after = review(before, await self._seen(work), self.clock.now(), self.tolerance)
        changed = {name: standing for name, standing in after.items() if standing is not before[name]}
        for name, standing in changed.items():
            await work.execute(
                update(PROVIDER_HEALTH)
                .where(PROVIDER_HEALTH.c.provider == name)
                .values(
                    weight=standing.health.weight,
                    paused=standing.health.paused,
                    reason=standing.reason,
                    changed_at=standing.changed_at,
                    troubled_at=standing.troubled_at,
                )
            )
        await work.execute(delete(PROVIDER_MINUTES).where(PROVIDER_MINUTES.c.minute < self.clock.now() - _MINUTES_KEPT))
        self._see(after)
        return len(changed)

    async def _begin(self, work: UnitOfWork) -> None:
        """A row for each provider that a route names."""
        fresh = {"weight": Health().weight, "paused": False, "reason": "", "changed_at": self.clock.now()}
        names = sorted({name for route in self.config.routes for name in route.providers})
        if names:
            rows = [{"provider": name, **fresh} for name in names]
            await work.execute(insert(PROVIDER_HEALTH).values(rows).on_conflict_do_nothing())

    def _see(self, standings: Mapping[str, Standing]) -> None:
        self.snapshot = {name: standing.health for name, standing in standings.items()}
        for name, health in self.snapshot.items():
            self.observer.weighed(name, health.weight, health.paused)

    async def _count(self, work: UnitOfWork, asked: Mapping[str, int], failed: Mapping[str, int]) -> None:
        if not asked:
            return
        minute = self.clock.now().replace(second=0, microsecond=0)
        # In order of names: two workers never wait for each other.
        rows = [
            {"provider": name, "minute": minute, "asked": count, "failed": failed[name]}
            for name, count in sorted(asked.items())
        ]
        put = insert(PROVIDER_MINUTES).values(rows)
        await work.execute(
            put.on_conflict_do_update(
                index_elements=[PROVIDER_MINUTES.c.provider, PROVIDER_MINUTES.c.minute],
                set_={
                    "asked": PROVIDER_MINUTES.c.asked + put.excluded.asked,
                    "failed": PROVIDER_MINUTES.c.failed + put.excluded.failed,
                },
            )
        )

    async def _standings(self, work: UnitOfWork, lock: bool) -> Mapping[str, Standing]:
        rows = select(PROVIDER_HEALTH).order_by(PROVIDER_HEALTH.c.provider)
        found = await work.execute(rows.with_for_update() if lock else rows)
        return {
            row.provider: Standing(Health(row.weight, row.paused), row.changed_at, row.troubled_at, row.reason)
            for row in found.all()
        }

    async def _seen(self, work: UnitOfWork) -> Mapping[str, Seen]:
        now, limits = self.clock.now(), self.tolerance
        counts = await work.execute(
            select(
                PROVIDER_MINUTES.c.provider,
                func.sum(PROVIDER_MINUTES.c.asked).label("asked"),
                func.sum(PROVIDER_MINUTES.c.failed).label("failed"),
            )
            .where(PROVIDER_MINUTES.c.minute > now - limits.errors_over)
            .group_by(PROVIDER_MINUTES.c.provider)
        )
        seen = {row.provider: Seen(int(row.asked), int(row.failed)) for row in counts.all()}
        took = MESSAGES.c.ended_at - MESSAGES.c.handed_over_at
        on_its_way = MESSAGES.c.state == MessageState.SENT.value
        arrived_late = and_(MESSAGES.c.state == MessageState.DELIVERED.value, took > limits.slow_after)
        delays = await work.execute(
            select(
                MESSAGES.c.provider,
                func.count().label("known"),
                func.sum(case((or_(on_its_way, arrived_late), 1), else_=0)).label("slow"),
            )
            .where(
                MESSAGES.c.handed_over_at > now - limits.delays_over,
                MESSAGES.c.handed_over_at <= now - limits.slow_after,
                # As long as this is kept, an index finds it by when it was handed over.
                MESSAGES.c.sent_text.is_not(None),
                MESSAGES.c.state.in_([MessageState.SENT.value, MessageState.DELIVERED.value]),
            )
            .group_by(MESSAGES.c.provider)
        )
        for row in delays.all():
            seen[row.provider] = replace(seen.get(row.provider, Seen()), known=row.known, slow=int(row.slow))
        return seen
