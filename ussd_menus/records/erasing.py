"""What the USSD channel holds of a person who is erased: her sessions in Redis, sealed and short-lived as they are."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import StoreUnavailable
from services.background import Background
from services.records.sealed import Sealed
from services.rights_ports import Subject
from storage.redis_client import RedisClient
from storage.session_sealing import SessionSealer
from ussd_menus.session_store import session_keys

log = logging.getLogger("guichet.ussd.sessions")

_AT_ONCE = b"1000"


@dataclass(frozen=True, slots=True)
class UssdRoom:
    """`services.records.personal.Room`. Sessions go once the erasure is committed, and off the hop that asked for it:
    to find them means to look through all names. Where Redis is away they end by themselves within minutes.

    The lock of the hop that is being answered stays, and with it what that hop writes at its end: where it is.
    """

    redis: RedisClient
    sealer: SessionSealer
    channels: Sequence[str]
    background: Background

    async def erase(self, sealed: Sealed, subject: Subject) -> None:
        tags = {
            session_keys(self.sealer, channel, "", number).redis[2].removesuffix("r")
            for channel in self.channels
            for number in subject.numbers
        }
        if not tags:
            return

        def begin() -> None:
            self.background.run(subject.person, self._forget(tags))

        sealed.work.after_commit(begin)

    def _forget(self, tags: set[str]) -> Callable[[], Coroutine[Any, Any, None]]:
        async def forget() -> None:
            try:
                for tag in tags:
                    await self.redis.execute("DEL", f"{tag}r", f"{tag}n")
                    await self._sessions(f"{tag}s:*")
            except StoreUnavailable:
                log.warning("Redis is away: the sessions of a person who was erased are left to expire")

        return forget

    async def _sessions(self, pattern: str) -> None:
        cursor = b"0"
        while True:
            cursor, keys = await self.redis.execute("SCAN", cursor, "MATCH", pattern, "COUNT", _AT_ONCE)
            if keys:
                await self.redis.execute("DEL", *keys)
            if int(cursor) == 0:
                return
