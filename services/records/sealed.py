"""Sealing for one unit of work: each value under its person's key, bound to its table, column and row."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from storage.person_keys import PersonKeys
from storage.sealing import Sealer, SealingKey
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Sealed:
    """What records seal and open with."""

    work: UnitOfWork
    sealer: Sealer
    keys: PersonKeys

    async def key(self, person: UUID) -> SealingKey:
        """The person's, to open many values with `sealer`; raises `KeyMissing` for one who was forgotten."""
        return await self.keys.load(self.work, person)

    async def seal(self, person: UUID, value: str, table: str, column: str, id: UUID) -> bytes:
        """The text, sealed; raises `KeyMissing` for a person who was forgotten."""
        return self.sealer.seal(value, table, column, id, await self.keys.load(self.work, person))

    async def open(self, person: UUID, sealed: bytes, table: str, column: str, id: UUID) -> str:
        """The text that was sealed there."""
        return self.sealer.unseal_text(sealed, table, column, id, await self.keys.load(self.work, person))

    async def seal_map(self, person: UUID, value: Mapping[str, object], table: str, column: str, id: UUID) -> bytes:
        """Plain data, sealed as JSON."""
        return await self.seal(person, json.dumps(value, ensure_ascii=False), table, column, id)

    async def open_map(self, person: UUID, sealed: bytes, table: str, column: str, id: UUID) -> dict[str, Any]:
        """The plain data that was sealed there."""
        opened = json.loads(await self.open(person, sealed, table, column, id))
        return opened if isinstance(opened, dict) else {}

    def index(self, value: str, purpose: str) -> bytes:
        """The blind index to store."""
        return self.sealer.blind_index(value, purpose)

    def indexes(self, value: str, purpose: str) -> tuple[bytes, ...]:
        """The blind indexes to look for: two while a key is rotated."""
        return self.sealer.blind_indexes(value, purpose)
