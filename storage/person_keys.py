"""One key per person, wrapped by the ring: destroying it makes all that was sealed for her unreadable."""

import secrets
from collections import OrderedDict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.clock import Clock
from domain.ids import RandomBytes
from storage.errors import KeyMissing, SealBroken
from storage.keys import KeyRing, KeyUse
from storage.sealing import PERSON, SealingKey, close, header, key_id_of, open_sealed
from storage.tables import PERSON_KEYS
from storage.unit_of_work import UnitOfWork

_CACHED = 4096
_CACHED_SECONDS = 60.0  # the longest that another process may still open a person's values after her erasure


class PersonKeys:
    """Makes, finds, destroys and rewraps the keys of persons."""

    def __init__(self, ring: KeyRing, clock: Clock, random_bytes: RandomBytes = secrets.token_bytes) -> None:
        self._ring = ring
        self._clock = clock
        self._random = random_bytes
        self._wrapping = {key_id: SealingKey.of(key_id, ring.derive(KeyUse.PERSON_KEYS, key_id)) for key_id in ring.ids}
        # Nearly all are wrapped with this one.
        self._newest, self._newest_head = self._wrapping[ring.newest], header(ring.newest)
        self._cache: OrderedDict[UUID, tuple[float, SealingKey]] = OrderedDict()

    async def create(self, work: UnitOfWork, person: UUID) -> SealingKey:
        """The person's key, made now unless she has one (two at once end with the same key)."""
        octets = self._random(32)
        values = {
            "person_id": person,
            "wrapped": self._wrap(octets, person),
            "wrapping_key_id": self._ring.newest,
            "created_at": self._clock.now(),
        }
        made = await work.execute(
            insert(PERSON_KEYS).values(values).on_conflict_do_nothing().returning(PERSON_KEYS.c.person_id)
        )
        if made.first() is None:
            return await self.load(work, person)
        return self._remember(work, person, SealingKey.of(PERSON, octets))

    async def load(self, work: UnitOfWork, person: UUID) -> SealingKey:
        """The person's key; raises `KeyMissing` if she has none (any more)."""
        if cached := self._cached(person):
            return cached
        wrapped = (
            await work.execute(select(PERSON_KEYS.c.wrapped).where(PERSON_KEYS.c.person_id == person))
        ).scalar_one_or_none()
        if wrapped is None:
            raise KeyMissing("this person has no key")
        return self._remember(work, person, SealingKey.of(PERSON, self._unwrap(wrapped, person)))

    async def load_many(self, work: UnitOfWork, persons: Collection[UUID]) -> dict[UUID, SealingKey]:
        """The keys of those who have one still, with one query for all that are not remembered."""
        found = {person: cached for person in persons if (cached := self._cached(person))}
        missing = [person for person in persons if person not in found]
        if not missing:
            return found
        rows = await work.fetch("SELECT person_id, wrapped FROM person_keys WHERE person_id = ANY($1)", missing)
        loaded = {row["person_id"]: self.opened(row["person_id"], row["wrapped"]) for row in rows}
        work.after_commit(lambda: self._keep_all(loaded))
        return found | loaded

    def opened(self, person: UUID, wrapped: bytes) -> SealingKey:
        """The key that a query brought with a row of that person; raises `SealBroken`.

        It is not remembered: thousands, used once each, would only push each other out of the processor's memory.
        """
        return SealingKey.of(PERSON, self._unwrap(wrapped, person))

    async def destroy(self, work: UnitOfWork, person: UUID) -> None:
        """Erases the key; other processes forget theirs within a minute."""
        self._cache.pop(person, None)
        await work.execute(delete(PERSON_KEYS).where(PERSON_KEYS.c.person_id == person))
        work.after_commit(lambda: self._cache.pop(person, None) and None)

    async def rewrap(self, work: UnitOfWork, limit: int = 500) -> int:
        """Wraps up to `limit` keys anew under the newest ring key; gives how many. 0 = the rotation is done."""
        old = await work.execute(
            select(PERSON_KEYS.c.person_id, PERSON_KEYS.c.wrapped)
            .where(PERSON_KEYS.c.wrapping_key_id != self._ring.newest)
            .order_by(PERSON_KEYS.c.person_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = old.all()
        for person, wrapped in rows:
            await work.execute(
                update(PERSON_KEYS)
                .where(PERSON_KEYS.c.person_id == person)
                .values(
                    wrapped=self._wrap(self._unwrap(wrapped, person), person),
                    wrapping_key_id=self._ring.newest,
                )
            )
        return len(rows)

    def _wrap(self, octets: bytes, person: UUID) -> bytes:
        return close(octets, _place(person), self._newest, self._random(12))

    def _unwrap(self, wrapped: bytes, person: UUID) -> bytes:
        key = self._newest if wrapped.startswith(self._newest_head) else self._wrapping.get(key_id_of(wrapped))
        if key is None:
            raise SealBroken("a person's key is wrapped with a key that is not listed")
        return open_sealed(wrapped, _place(person), key)

    def _cached(self, person: UUID) -> SealingKey | None:
        found = self._cache.get(person)
        if found is None or found[0] < self._clock.monotonic():
            return None
        self._cache.move_to_end(person)
        return found[1]

    def _remember(self, work: UnitOfWork, person: UUID, key: SealingKey) -> SealingKey:
        # Only once committed: a key that was rolled back must never seal anything.
        work.after_commit(lambda: self._keep(person, key))
        return key

    def _keep_all(self, keys: Mapping[UUID, SealingKey]) -> None:
        for person, key in keys.items():
            self._keep(person, key)

    def _keep(self, person: UUID, key: SealingKey) -> None:
        self._cache[person] = (self._clock.monotonic() + _CACHED_SECONDS, key)
        self._cache.move_to_end(person)
        if len(self._cache) > _CACHED:
            self._cache.popitem(last=False)


def _place(person: UUID) -> bytes:
    return f"person_keys|wrapped|{person.hex}".encode()
