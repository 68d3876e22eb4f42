"""Repeating a write without doing it twice: the Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07)."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from mobile_api.problems import Problem
from storage.unit_of_work import UnitOfWork

LEASE = timedelta(seconds=60)
"""After so long a write that never came to its end may be taken up by a repetition of it."""
# A structured field string, or bare as many clients send it. No quotes or backslashes within.
_KEY = re.compile(rb'"([\x21\x23-\x5b\x5d-\x7e]{1,64})"|([\x21\x23-\x5b\x5d-\x7e]{1,64})')


@dataclass(frozen=True, slots=True)
class Write:
    """One write as its sender knows it. `scope`: who; `fingerprint`: the text that is the same for the same request.

    `person` is None where nobody is signed in; else the answer is kept under her key, and goes when she does.
    """

    scope: str
    operation: str
    key: str
    fingerprint: str
    person: UUID | None
    keep: timedelta


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a write was answered, before compression."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Begun:
    """The write is ours to do. `token`: fences off an earlier attempt whose lease ran out."""

    token: UUID


class Idempotency(Protocol):
    """Remembers writes, each once."""

    async def begin(self, work: UnitOfWork, write: Write) -> Begun | StoredAnswer:
        """Ours to do, or the answer it had. Commits. Raises `Problem`: `key_reused`, `still_running`."""
        ...

    async def finish(self, work: UnitOfWork, write: Write, begun: Begun, answer: StoredAnswer) -> None:
        """Keep the answer, in the transaction of the write itself. Raises `still_running` if another took it over."""
        ...

    async def release(self, work: UnitOfWork, write: Write, begun: Begun) -> None:
        """Nothing came of it: the same key may be used again."""
        ...


def key_of(header: bytes | None) -> str:
    """The key, quoted or bare, 1 to 64 printable characters. Raises `key_missing`, `key_malformed`."""
    if header is None or not header.strip():
        raise Problem("key_missing")
    found = _KEY.fullmatch(header.strip())
    if found is None:
        raise Problem("key_malformed")
    return (found[1] or found[2]).decode("ascii")
