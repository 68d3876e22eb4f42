"""The operations page, put together: who may open it, what it reads, and the chores that make its days."""

from collections.abc import Callable
from datetime import UTC, timedelta

from starlette.routing import BaseRoute
from starlette.types import Scope

from gateway.doors.ops import OpsDoor
from gateway.messaging import Ground
from gateway.ops_page.counting import Counting
from gateway.ops_page.reading import OpsReading
from gateway.worker import Chore
from services.backends.registry import MinistryMap
from services.pin_vault import PinVault
from services.ports import Ministries
from services.records import operations
from services.records.sealed import Sealed
from services.records.staff import SqlStaff
from services.records.store import RecordStore
from services.staff_ports import StaffSession
from services.staff_sign_in import Refused, SignedIn, StaffSignIn
from sms.records import delivery_days
from storage.engine import create_engine
from storage.keys import KeyRing, KeyUse
from storage.unit_of_work import Database, UnitOfWork
from ussd_menus.library import MenuLibrary
from ussd_menus.records import giving_up

MINUTES = 60.0
# Messages come to an end for three days (`Waits.final`): so long each day is counted anew, the last two often.
OFTEN, SELDOM = 5 * MINUTES, 60 * MINUTES
A_DAY_SECONDS = 60.0
# The day before is still counted until what ended at midnight has arrived.
LATE = timedelta(minutes=30)


def staff_of(store: RecordStore, work: UnitOfWork) -> SqlStaff:
    """Staff within a unit of work."""
    return SqlStaff(Sealed(work, store.sealer, store.keys), store.audit, store.clock, store.ids)


def staff_vault(ring: KeyRing) -> PinVault:
    """Where their passwords are hashed: one thread, so that who tries many takes nothing from others."""
    return PinVault({id: ring.derive(KeyUse.PIN_PEPPER, id) for id in ring.ids}, threads=1)


class OpsPage:
    """Made at start-up."""

    def __init__(self, ground: Ground, ring: KeyRing, library: MenuLibrary, ministries: Ministries) -> None:
        self._ground, self._library = ground, library
        # Days of a country are counted in one statement each, which takes longer than anybody else may wait.
        self._patient = Database(
            create_engine(
                ground.settings.database_url,
                pool_size=1,
                overflow=0,
                statement_timeout=A_DAY_SECONDS,
                connect_timeout=A_DAY_SECONDS,  # one chore waits for the other
                pgbouncer=ground.settings.pgbouncer,
            )
        )
        self._vault = staff_vault(ring)
        self._sign_in = StaffSignIn(self._vault, ground.clock)
        self.reading = OpsReading(ground.store, ground.pack, ground.clock, ground.translator)
        breakers = ministries.breakers if isinstance(ministries, MinistryMap) else dict
        self.counting = Counting(ground.metrics.registry, breakers, ground.database, ground.clock, ground.ids.uuid7())
        self.chores = (
            Chore("where people give up", self.count_screens, OFTEN),
            Chore("what became of messages", self.count_deliveries, OFTEN),
            Chore("what became of older messages", self._older_deliveries, SELDOM),
            Chore("minutes and staff of long ago", self._sweep, SELDOM),
        )

    def routes(self, address_of: Callable[[Scope], str]) -> list[BaseRoute]:
        return OpsDoor(self, self.reading, address_of).routes()

    async def close(self) -> None:
        self._vault.close()
        await self._patient.close()

    async def sign_in(
        self, name: str, password: str, code: str, address: str, browser: bytes = b""
    ) -> SignedIn | Refused:
        """Raises as `StaffSignIn`."""
        async with self._ground.database.unit_of_work() as work:
            staff = staff_of(self._ground.store, work)
            return await self._sign_in.sign_in(staff, name, password, code, address, browser)

    async def sign_out(self, token: bytes) -> None:
        async with self._ground.database.unit_of_work() as work:
            await self._sign_in.sign_out(staff_of(self._ground.store, work), token)

    async def session(self, token: bytes, touched: bool) -> StaffSession | None:
        async with self._ground.database.unit_of_work() as work:
            return await staff_of(self._ground.store, work).session(token, touched)

    async def count_screens(self) -> None:
        """Today, and yesterday for as long as its last sessions may still be told."""
        pack, now = self._ground.pack, self._ground.clock.now().astimezone(UTC)
        names = [screen.name for screen in self._library.current.screens()]
        for day in sorted({(now - LATE).date(), now.date()}):
            async with self._patient.unit_of_work() as work:
                await giving_up.count_day(work, day, names, list(pack.languages), list(pack.networks))

    async def count_deliveries(self) -> None:
        """Today and yesterday."""
        await self._deliveries(0, 1)

    async def _older_deliveries(self) -> None:
        await self._deliveries(2, 3)

    async def _deliveries(self, *days_ago: int) -> None:
        today = self._ground.clock.now().astimezone(UTC).date()
        for days in days_ago:
            async with self._patient.unit_of_work() as work:
                await delivery_days.count_day(work, today - timedelta(days=days))

    async def _sweep(self) -> None:
        now = self._ground.clock.now()
        async with self._ground.database.unit_of_work() as work:
            await operations.sweep(work, now)
            await giving_up.sweep(work, now.astimezone(UTC).date())
            await delivery_days.sweep(work, now.astimezone(UTC).date())
            staff = staff_of(self._ground.store, work)
            await staff.sweep()
            await staff.reseal()
