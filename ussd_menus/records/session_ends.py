"""Ended sessions: how long, how many hops, at which screen; never what was typed or shown."""

from datetime import timedelta

from sqlalchemy import delete, func

from domain.clock import Clock
from domain.msisdn import Msisdn
from storage.session_sealing import SessionSealer
from ussd_menus.records.snapshots import OpenUnit
from ussd_menus.session_store import session_keys
from ussd_menus.tables import session_ends

# Past SQLAlchemy (`UnitOfWork.alone`): every call ends with one.
_KEEP = """
INSERT INTO ussd_session_ends AS kept
       (key, aggregator, network, outcome, duration_ms, hops, cost, screens, caller, ended_at, language)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (SELECT language FROM ussd_sessions WHERE key = $1))
ON CONFLICT (key) DO UPDATE SET doubles = kept.doubles + 1
"""

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
        # Another tomorrow: how many people there were is known of each day, and nobody is followed.
        caller = self._sealer.mac("caller-day", f"{now:%Y-%m-%d}\0{msisdn.e164}")
        row = (keys.session, aggregator, network, outcome, duration_ms, hops, cost, list(screens), caller, now)
        async with self._unit() as work:
            await work.alone(_KEEP, *row)

    async def sweep(self) -> int:
        """Drop what has been counted long ago; the number of rows dropped."""
        old = session_ends.c.ended_at < func.clock_timestamp() - KEPT
        async with self._unit() as work:
            return (await work.execute(delete(session_ends).where(old))).rowcount
