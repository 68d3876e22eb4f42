"""The rows that the queue's statements take: as one JSON text each, since asyncpg looks at each element of an array."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sms.claims import Ready
from sms.states import MessageState
from sms.values import Encoding, Mode


class Mark(msgspec.Struct, frozen=True):
    """What is written before a message is handed over."""

    id: UUID
    token: UUID
    provider: str
    mode: Mode
    encoding: Encoding
    parts: int
    cost: int
    attempts: int

    @classmethod
    def of(cls, ready: Ready) -> "Mark":
        claim, provider, worded = ready.claim, ready.provider, ready.worded
        return cls(
            claim.id,
            claim.token,
            provider.name,
            provider.mode,
            worded.encoding,
            ready.parts,
            ready.cost_millis,
            claim.attempts + 1,
        )


class Result(msgspec.Struct, frozen=True):
    """What came of it. `sent_text`: sealed, as PostgreSQL reads octets; `attempt`: the one whose parts these are."""

    id: UUID
    token: UUID
    state: MessageState
    reason: str
    due_at: datetime | None
    attempts: int
    cost: int
    currency: str
    sent_text: str | None
    handed: datetime | None
    ended_at: datetime | None
    attempt: int
    provider: str
    provider_ids: tuple[str, ...]


class Names(msgspec.Struct, frozen=True):
    """The names that we give to its parts."""

    id: UUID
    attempt: int
    provider: str
    part_ids: tuple[str, ...]

    @classmethod
    def of(cls, ready: Ready) -> "Names":
        return cls(ready.claim.id, ready.claim.attempts + 1, ready.provider.name, ready.part_ids)


def as_json(rows: Sequence[msgspec.Struct]) -> str:
    """For `json_to_recordset`."""
    return msgspec.json.encode(rows).decode()
