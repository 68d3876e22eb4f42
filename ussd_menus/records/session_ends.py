"""Ended sessions: how long, how many hops, at which screen; never what was typed or shown."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.msisdn import Msisdn
from storage.session_sealing import SessionSealer
from ussd_menus.records.snapshots import OpenUnit
from ussd_menus.session_store import session_keys
from ussd_menus.tables import session_ends, sessions

KEPT = timedelta(days=90)
"""How long the ends are kept for counting where people give up."""


class SessionEnds:
    """Keeps one row a session, however often the event comes."""

    def __init__(self, unit: OpenUnit, sealer: SessionSealer, clock: Clock) -> None:
        self._unit = unit
        self._sealer = sealer
        self._clock = clock

    async def keep(
        self,
        *,
        aggregator: str,
        session: str,
        msisdn: Msisdn,
        network: str | None,
        outcome: str,
        duration_ms: int | None,
        hops: int | None,
        cost: str | None,
        screens: tuple[str, ...],
    ) -> None:
        """Durable when it returns; raises `StoreUnavailable`. `duration_ms` is in milliseconds."""
        keys, now = session_keys(self._sealer, aggregator, session, msisdn), self._clock.now()
        row = insert(session_ends).values(
            key=keys.session,
            aggregator=aggregator,
            network=network,
            outcome=outcome,
            duration_ms=duration_ms,
            hops=hops,
            cost=cost,
            screens=list(screens),
            language=select(sessions.c.language).where(sessions.c.key == keys.session).scalar_subquery(),
            # Another tomorrow: how many people there were is known of each day, and nobody is followed.
            caller=self._sealer.mac("caller-day", f"{now:%Y-%m-%d}\0{msisdn.e164}"),
            ended_at=now,
        )
        async with self._unit() as work:
            await work.execute(
                row.on_conflict_do_update(
                    index_elements=[session_ends.c.key], set_={"doubles": session_ends.c.doubles + 1}
                )
            )

    async def sweep(self) -> int:
        """Drop what has been counted long ago; the number of rows dropped."""
        old = session_ends.c.ended_at < func.clock_timestamp() - KEPT
        async with self._unit() as work:
            return (await work.execute(delete(session_ends).where(old))).rowcount
