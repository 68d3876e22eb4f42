"""Where a session is kept when Redis goes away within a hop."""

from typing import Any, cast

from domain.clock import SystemClock
from domain.errors import StoreUnavailable
from domain.msisdn import Msisdn
from storage.keys import KeyRing
from storage.redis_client import RedisClient
from storage.session_sealing import SessionSealer
from ussd_menus import session_store
from ussd_menus.session_store import Locked, SessionStore, session_keys

SEALER = SessionSealer(KeyRing.of({"k": bytes(32)}))


class Stores:
    """Redis that answers everything but the saving of a session, and PostgreSQL; both note what they are asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def script(self, source: str, *, repeatable: bool = False) -> Any:
        name = {session_store._SAVE: "redis save", session_store._RELEASE: "redis release"}.get(source, "redis open")
        stores = self

        class Noted:
            async def call(self, keys: object, args: object = ()) -> int:
                stores.asked.append(name)
                if name == "redis save":
                    raise StoreUnavailable("away")
                return 1

        return Noted()

    async def open(self, key: bytes, token: str, lock_seconds: float, ttl: int) -> bytes | Locked | None:
        self.asked.append("open")
        return None

    async def save(self, key: bytes, token: str, sealed: bytes, ttl: int) -> bool:
        self.asked.append("save")
        return True

    async def release(self, key: bytes, token: str) -> None:
        self.asked.append("release")

    async def peek(self, key: bytes) -> bytes | None:
        return None


async def test_redis_gives_the_lock_back_only_when_the_session_is_kept_elsewhere() -> None:
    stores = Stores()
    store = SessionStore(cast("RedisClient", stores), stores, SEALER, SystemClock(), ttl=60)
    keys = session_keys(SEALER, "at", "s", Msisdn("+994501234501"))
    assert await store.save(keys, "token", b"session", None, degraded=False)
    # The same hop again may wait for that lock: let in before, it would find the session as it was.
    assert stores.asked == ["redis save", "open", "save", "redis release"]
