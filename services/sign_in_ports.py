"""What signing in remembers: requests for codes, counters, and signed-in devices."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias
from uuid import UUID

from domain.msisdn import Msisdn
from services.ports import Outbox, People, Person
from services.sign_in_codes import KeptCode
from services.sign_in_limits import Charge, Limit


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A code that may still be tried."""

    id: UUID
    number: Msisdn
    code: KeptCode


class CodeRequests(Protocol):
    """Requests for codes, one row each, whether a message went out or not. How long one lives is measured where they
    are kept, and not by whoever asks."""

    async def keep(self, id: UUID, number: Msisdn, code: KeptCode, lives: timedelta) -> None: ...

    async def count_try(self, id: UUID, most: int) -> CodeRequest | None:
        """Raise the counter *and commit* before anything is compared; None where no try is left, the time is over,
        or the code was used."""
        ...

    async def use(self, id: UUID) -> bool:
        """Once only: False for whoever comes second. Commits nothing."""
        ...


class SendCounters(Protocol):
    """Counters that bound what is sent."""

    async def reached(self, charges: Sequence[Charge]) -> Limit | None:
        """The first limit of which too little is left, with one look: in a flood most are refused here."""
        ...

    async def take(self, charge: Charge) -> bool:
        """False, and nothing taken, where it is too much. Commits nothing."""
        ...


@dataclass(frozen=True, slots=True)
class TokenHashes:
    """What is kept of a pair of tokens, and until when the access token is good."""

    access: bytes = field(repr=False)
    family: bytes = field(repr=False)
    turn: bytes = field(repr=False)
    access_until: datetime


@dataclass(frozen=True, slots=True)
class OnDevice:
    """Where she signs in. `name` as the app gave it; `hash`: `sign_in_codes.device_hash`."""

    name: str
    hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in device. `proven`: the PIN was typed on it a short while ago."""

    id: UUID
    person: Person
    number: Msisdn
    proven: bool


@dataclass(frozen=True, slots=True)
class Turned:
    """A session that got new tokens, and when it ends for good."""

    id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """An entry of the devices list; `name` as the app gave it."""

    id: UUID
    name: str
    signed_in_at: datetime
    last_used_at: datetime


class Sessions(Protocol):
    """Signed-in devices. One stands for a person at one number: when the number is ended, so is it."""

    async def open(
        self, id: UUID, person: UUID, number: Msisdn, device: OnDevice, tokens: TokenHashes, until: datetime
    ) -> bool:
        """False where the number is not (any more) the person's. What she had open on the same device ends, and of
        very many the one that was used longest ago."""
        ...

    async def by_access(self, access: bytes) -> OpenSession | None: ...

    async def turn(self, presented_turn: bytes, tokens: TokenHashes) -> Turned | None:
        """New tokens for those presented; None where these are not the family's latest, or it has ended."""
        ...

    async def end_family(self, family: bytes) -> bool:
        """A used token came back: the session is over. True where it was open. Commits."""
        ...

    async def of(self, person: UUID) -> Sequence[Device]:
        """The last used first."""
        ...

    async def end(self, person: UUID, session: UUID) -> bool:
        """False where she has no such open session."""
        ...

    async def end_all(self, person: UUID) -> int: ...

    async def prove(self, session: UUID, until: datetime) -> None:
        """The PIN was right."""
        ...


@dataclass(frozen=True, slots=True)
class SignInRecords:
    """All of it within one unit of work. `settle` commits what was done so far."""

    people: People
    outbox: Outbox
    requests: CodeRequests
    counters: SendCounters
    sessions: Sessions
    settle: Callable[[], Awaitable[None]]


OpenSignInRecords: TypeAlias = Callable[[], AbstractAsyncContextManager[SignInRecords]]


class SignInObserver(Protocol):
    """Counts, for metrics and alarms. Words of ours only: no number, no address."""

    def code_put(self) -> None: ...

    def code_withheld(self, why: str) -> None:
        """`why`: a limit's name, `not_ours` for a number that is no mobile of the country, `crowded`, or `failed`."""
        ...

    def limit_reached(self, limit: str) -> None:
        """A limit that bounds many together: raised once in its window, for somebody to look."""
        ...

    def code_verified(self) -> None: ...

    def code_refused(self, why: str) -> None:
        """`wrong` or `dead`."""
        ...

    def token_reused(self) -> None:
        """A refresh token came a second time: its session was ended."""
        ...


class Unobserved:
    """`SignInObserver` where nobody looks."""

    def code_put(self) -> None: ...

    def code_withheld(self, why: str) -> None: ...

    def limit_reached(self, limit: str) -> None: ...

    def code_verified(self) -> None: ...

    def code_refused(self, why: str) -> None: ...

    def token_reused(self) -> None: ...
