"""Menus that are being played by SMS: the session that a number's next message belongs to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.msisdn import Msisdn
from sms.records.indexes import RECIPIENT
from sms.tables import MENU_SESSIONS
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

SILENCE = timedelta(minutes=10)
"""After so long without a message the menu is left."""


@dataclass(frozen=True, slots=True)
class MenuSession:
    """`turns`: messages answered so far, the one that began it among them."""

    session: str
    turns: int
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class SqlMenuSessions:
    """Rows of `sms_menu_sessions`, at most one a number; commits nothing."""

    sealer: Sealer
    clock: Clock

    async def find(self, work: UnitOfWork, number: Msisdn) -> MenuSession | None:
        """The one that waits for her, if it has not been silent too long."""
        found = await work.execute(
            select(MENU_SESSIONS.c.session, MENU_SESSIONS.c.turns, MENU_SESSIONS.c.expires_at)
            .where(self._of(number), MENU_SESSIONS.c.expires_at > self.clock.now())
            .order_by(MENU_SESSIONS.c.expires_at.desc())
            .limit(1)
        )
        row = found.first()
        return MenuSession(row.session, row.turns, row.expires_at - SILENCE) if row else None

    async def keep(self, work: UnitOfWork, number: Msisdn, session: str, turns: int) -> None:
        """It waits for her next message."""
        values = {"session": session, "turns": turns, "expires_at": self.clock.now() + SILENCE}
        row = insert(MENU_SESSIONS).values(recipient_index=self.sealer.blind_index(number.e164, RECIPIENT), **values)
        await work.execute(row.on_conflict_do_update(index_elements=[MENU_SESSIONS.c.recipient_index], set_=values))

    async def end(self, work: UnitOfWork, number: Msisdn) -> None:
        """It is over."""
        await work.execute(delete(MENU_SESSIONS).where(self._of(number)))

    async def sweep(self, work: UnitOfWork) -> int:
        """Forget those that fell silent; how many."""
        old = MENU_SESSIONS.c.expires_at <= self.clock.now()
        return (await work.execute(delete(MENU_SESSIONS).where(old))).rowcount

    def _of(self, number: Msisdn) -> ColumnElement[bool]:
        return MENU_SESSIONS.c.recipient_index.in_(self.sealer.blind_indexes(number.e164, RECIPIENT))
