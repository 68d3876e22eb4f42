"""PINs as kept: argon2id (RFC 9106) over an HMAC with a pepper that is not in the database."""

import asyncio
import base64
import hmac
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, GuichetError

T = TypeVar("T")


class PinVaultFailed(GuichetError):
    """A kept PIN cannot be judged: its pepper is not listed, or what was kept is no hash."""


@dataclass(frozen=True, slots=True)
class PinCost:
    """Argon2id's cost: passes, KiB of memory, lanes. OWASP's first choice for interactive use: 19 MiB, 2, 1."""

    passes: int = 2
    memory: int = 19456
    lanes: int = 1


@dataclass(slots=True)
class PinVault:
    """`peppers` by key id, newest first: the first hashes, every one verifies.

    Hashing takes tens of milliseconds of processor: it happens in a few threads, and a caller waits for one no
    longer than the hop has time.
    """

    peppers: Mapping[str, bytes] = field(repr=False)
    cost: PinCost = PinCost()
    threads: int = 2
    _hasher: PasswordHasher = field(init=False, repr=False)
    _pool: ThreadPoolExecutor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._hasher = PasswordHasher(self.cost.passes, self.cost.memory, self.cost.lanes)
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="pin")

    async def hash(self, pin: str, deadline: Deadline) -> str:
        """What to keep: the pepper's id, a space, argon2's own text. Raises `DeadlineExceeded`."""
        newest = next(iter(self.peppers))
        return await self._within(deadline, partial(self._hash, newest, pin))

    async def matches(self, pin: str, kept: str, deadline: Deadline) -> bool:
        """Whether it is the PIN that was kept. Raises `PinVaultFailed`, `DeadlineExceeded`."""
        return await self._within(deadline, partial(self._matches, pin, kept))

    def outdated(self, kept: str) -> bool:
        """Kept under an older pepper or cost: to be hashed anew at the next chance."""
        key_id, _, text = kept.partition(" ")
        return key_id != next(iter(self.peppers)) or self._hasher.check_needs_rehash(text)

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _within(self, deadline: Deadline, work: Callable[[], T]) -> T:
        left = deadline.check()
        try:
            return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(self._pool, work), left)
        except TimeoutError:
            raise DeadlineExceeded("no time left for the PIN") from None

    def _hash(self, key_id: str, pin: str) -> str:
        return f"{key_id} {self._hasher.hash(self._peppered(key_id, pin))}"

    def _matches(self, pin: str, kept: str) -> bool:
        key_id, _, text = kept.partition(" ")
        try:
            return self._hasher.verify(text, self._peppered(key_id, pin))
        except VerifyMismatchError:
            return False
        except (VerificationError, InvalidHashError):
            raise PinVaultFailed("a kept PIN is not readable") from None

    def _peppered(self, key_id: str, pin: str) -> bytes:
        pepper = self.peppers.get(key_id)
        if pepper is None:
            raise PinVaultFailed("the pepper of a kept PIN is not listed")
        return base64.b64encode(hmac.digest(pepper, pin.encode(), "sha256"))
