"""What signing in on the operations page needs of records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Who may sign in, with what she has to prove. `key`: empty where it cannot be opened any more, and then no code
    is right. `step`: of the last code that was used; `last`: this try locks; `browser`: she signed in from it before,
    and its own tries are counted."""

    id: UUID
    name: str
    password: str = field(repr=False)
    key: bytes = field(repr=False)
    step: int = 0
    last: bool = False
    browser: str = ""


@dataclass(frozen=True, slots=True)
class StaffSeen:
    """One of staff, as a list shows her."""

    name: str
    state: str
    created_at: datetime
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class StaffSession:
    """Somebody signed in."""

    id: UUID
    name: str
    expires_at: datetime


class StaffRecords(Protocol):
    """Within one unit of work."""

    async def allow(self, address: str) -> bool:
        """Counts a try from this address and its network; False where there were too many. `begin_try` commits it."""
        ...

    async def known(self, name: str, browser: bytes) -> StaffMember | None:
        """Counts a try of a browser that she signed in from before (`browser`: what `remembered` gave it), and commits;
        None for any other, and for one that tried too often: they are strangers."""
        ...

    async def begin_try(self, name: str) -> StaffMember | None:
        """Counts a stranger's try before it is judged, and commits; None for a name that is unknown, locked or
        suspended."""
        ...

    async def why_not(self, name: str) -> str:
        """Why there was None: "locked", "suspended" or "unknown"."""
        ...

    async def proved(self, member: StaffMember, step: int, password: str | None) -> bool:
        """Both were right: tries are forgotten, the step is used up. False where another used it meanwhile. `password`:
        hashed anew, where its pepper or cost is old."""
        ...

    def remembered(self, member: StaffMember, browser: bytes) -> bytes:
        """For the browser she is in with, to bring along next time. `browser`: its name, where it has none yet."""
        ...

    async def open_session(self, member: StaffMember, token: bytes) -> StaffSession:
        """A session for whoever brings this token; the hash is kept."""
        ...

    async def session(self, token: bytes, touched: bool) -> StaffSession | None:
        """The session of a token, while it lives. `touched`: somebody is there, and it goes on."""
        ...

    async def end_session(self, token: bytes) -> StaffSession | None:
        """Ends it; gives which."""
        ...

    async def record(self, entry: AuditEntry) -> None:
        """In the audit log."""
        ...


class StaffBook(Protocol):
    """Who may sign in, for commands."""

    async def add(self, name: str, password: str, key: bytes) -> bool:
        """False where the name is taken."""
        ...

    async def reset(self, name: str, password: str, key: bytes) -> bool:
        """A new password and key, no lock, and no session of before; False for an unknown name."""
        ...

    async def put(self, name: str, state: str) -> bool:
        """`suspended` ends her sessions; False for an unknown name."""
        ...

    async def remove(self, name: str) -> bool:
        """Forgets her; False for an unknown name."""
        ...

    async def all(self) -> Sequence[StaffSeen]: ...
