"""A desk at which people sign in: real records, a clock and dice in the hand, and an outbox that can be read."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from domain.clock import HandClock
from domain.ids import Ids
from domain.msisdn import Msisdn
from services.background import Background
from services.caller import Caller
from services.records.sealed import Sealed
from services.records.store import RecordStore
from services.sign_in import CodeDead, CodeWrong, SignIn, Started, Tokens
from services.sign_in_codes import SignInCodes
from services.sign_in_limits import SignInLimits
from services.signed_in_devices import by_access_token
from services.signed_in_devices import refresh as refreshed
from sms.records.outbox import SqlOutbox
from sms.tables import MESSAGES
from storage.engine import create_engine
from storage.keys import KeyRing, KeyUse
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database
from tests.services.town import START, Town

PHONE = "a-phone-of-somebody-1"


@dataclass
class Watch:
    """`SignInObserver` that remembers."""

    seen: Counter[str] = field(default_factory=Counter)
    alarms: list[str] = field(default_factory=list)

    def code_put(self) -> None:
        self.seen["put"] += 1

    def code_withheld(self, why: str) -> None:
        self.seen[f"withheld {why}"] += 1

    def limit_reached(self, limit: str) -> None:
        self.alarms.append(limit)

    def code_verified(self) -> None:
        self.seen["verified"] += 1

    def code_refused(self, why: str) -> None:
        self.seen[why] += 1

    def token_reused(self) -> None:
        self.seen["reused"] += 1


class CountingCodes(SignInCodes):
    """Counts how many codes were compared."""

    compared: list[UUID] = []  # noqa: RUF012

    def matches(self, kept, request, device, code):  # type: ignore[no-untyped-def]
        self.compared.append(request)
        return super().matches(kept, request, device, code)


@dataclass(repr=False)
class SignInDesk:
    """Each method is one request with a unit of work of its own."""

    clock: HandClock
    store: RecordStore
    sign_in: SignIn
    watch: Watch
    background: Background
    town: Town

    async def start(
        self, number: Msisdn, address: str = "198.51.100.7", device: str = PHONE, language: str = "en"
    ) -> Started:
        async with self.store.database.unit_of_work() as work:
            return await self.sign_in.start(self.store.sign_ins(work), number, address, device, language)

    async def code(self, number: Msisdn, **more: str) -> tuple[UUID, str]:
        """Asks for a code and reads it off the telephone."""
        before = await self.messages()
        started = await self.start(number, **more)
        await self.background.drain(30.0)
        [text] = (await self.messages())[len(before) :]
        return started.request, text["values"]["one_time"]

    async def verify(
        self, request: UUID, code: str, device: str = PHONE, name: str = "A phone"
    ) -> Tokens | CodeWrong | CodeDead:
        async with self.store.database.unit_of_work() as work:
            return await self.sign_in.verify(self.store.sign_ins(work), request, code, device, name, "en")

    async def signed_in(self, number: Msisdn, name: str = "A phone") -> Tokens:
        """On a device of that name."""
        self.clock.advance(timedelta(seconds=61))
        device = f"device-{name.encode().hex()}"
        tokens = await self.verify(*await self.code(number, device=device), device=device, name=name)
        assert isinstance(tokens, Tokens)
        return tokens

    async def refresh(self, token: str):  # type: ignore[no-untyped-def]
        async with self.store.database.unit_of_work() as work:
            return await refreshed(self.sign_in, self.store.sign_ins(work), token)

    async def caller(self, access: str) -> Caller | None:
        """Whom the token stands for."""
        async with self.store.database.unit_of_work() as work:
            found = await by_access_token(self.store.sessions(work), access)
        return Caller(found.number, found.person, "en", found.proven, "app", found.id.hex) if found else None

    async def messages(self) -> list[dict]:  # type: ignore[type-arg]
        async with self.store.database.unit_of_work() as work:
            sealed = Sealed(work, self.store.sealer, self.store.keys)
            rows = (await work.execute(select(MESSAGES).order_by(MESSAGES.c.id))).all()
            return [
                {
                    **await sealed.open_map(row.person_id, row.sealed, "sms_messages", "sealed", row.id),
                    "row": row,
                }
                for row in rows
            ]


def sign_in_desk(url: str, limits: SignInLimits = SignInLimits()) -> SignInDesk:  # noqa: B008
    """On a migrated, emptied database."""
    clock = HandClock(START)
    ring, ids = KeyRing.of({"k1": b"1" * 32}), Ids(clock)
    store = RecordStore(
        # As many as are at work at once: what flows over is closed and opened anew each time.
        Database(create_engine(url, pool_size=30, overflow=0)),
        Sealer(ring),
        PersonKeys(ring, clock),
        clock,
        ids,
        outbox=lambda sealed: SqlOutbox(sealed, clock, ids),
    )
    watch, background = Watch(), Background()
    codes = CountingCodes({key_id: ring.derive(KeyUse.SIGN_IN, key_id) for key_id in ring.ids})
    CountingCodes.compared.clear()
    sign_in = SignIn(store.open_sign_ins, codes, "AZ", clock, ids, background, limits, observer=watch)
    return SignInDesk(clock, store, sign_in, watch, background, Town(clock, store))
