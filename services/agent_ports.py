"""What assisted mode remembers: agents, sessions with citizens, held work, flags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.msisdn import Msisdn
from domain.position import Position
from services.agent_limits import Before, Flag
from services.agent_values import (
    Agent,
    Assisted,
    Ender,
    HeldListed,
    HeldWork,
    Organisation,
    OrganisationKind,
    Stage,
)
from services.sign_in_codes import KeptCode
from services.sign_in_limits import Charge, Limit


@dataclass(frozen=True, slots=True)
class HelpedPerson:
    """Whom an agent helps. `has_number`: she had one some time, so that she is nobody's to take over."""

    id: UUID
    language: str
    applicant: str
    has_account: bool
    has_number: bool
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class AgentSession:
    """An agent's own session on a device."""

    id: UUID
    agent: Agent
    device: bytes


class Counters(Protocol):
    """Counters that bound what is sent: those of signing in."""

    async def reached(self, charges: Sequence[Charge]) -> Limit | None: ...

    async def take(self, charge: Charge) -> bool: ...


class Agents(Protocol):
    """Organisations and who works for them."""

    async def organisation(self, code: str, name: str, kind: OrganisationKind) -> Organisation:
        """The organisation of that code, made or renamed."""
        ...

    async def enrol(self, organisation: UUID, person: UUID, name: str, badge: str, practice: bool) -> UUID | None:
        """The agent's id, made or changed; None where the badge is another's."""
        ...

    async def of_person(self, person: UUID) -> Agent | None: ...

    async def get(self, id: UUID) -> Agent | None: ...

    async def is_active(self, id: UUID) -> bool: ...

    async def lock(self, id: UUID, device: bytes | None) -> None:
        """Until this unit of work ends nobody else counts what this agent did, or what was done on this device."""
        ...

    async def all(self) -> Sequence[Agent]: ...

    async def suspend(self, badge: str, state: str) -> UUID | None:
        """Her new state. Where it is not active her sessions are over, and those with citizens too; their receipts
        are sent with those of the clock."""
        ...

    async def open_session(
        self, id: UUID, agent: UUID, api_session: UUID, token: bytes, device: str, until: datetime
    ) -> None: ...

    async def by_token(self, token: bytes) -> AgentSession | None:
        """Whose it is while she is active, the device is signed in and her number is hers."""
        ...

    async def end_session(self, id: UUID) -> None: ...

    async def shared_device(self, one: UUID, other: UUID, since: datetime) -> bool:
        """Whether both have signed in for a day on one device since then."""
        ...

    def device_index(self, device: str) -> bytes: ...


class AssistedSessions(Protocol):
    """Sessions with citizens."""

    async def before(self, agent: UUID, device: bytes | None, number: Msisdn | None, now: datetime) -> Before: ...

    async def keep(self, session: Assisted, here: Position | None = None) -> None:
        """`here`: where the agent said that she is. That somebody was asked stays counted, whatever becomes of it."""
        ...

    async def get(self, id: UUID) -> Assisted | None:
        """As it stands now, whatever became of its agent."""
        ...

    async def of_agent(self, id: UUID, agent: UUID) -> Assisted | None:
        """The same; None where it is another agent's, or she is none any more."""
        ...

    async def running(self, agent: UUID) -> Assisted | None:
        """The agent's latest that is active, on whatever device; None where she is none any more."""
        ...

    async def count_try(self, id: UUID, agent: UUID, most: int) -> KeptCode | None:
        """Raise the counter *and commit* before anything is compared; None where no try is left, or it is over."""
        ...

    async def activate(self, id: UUID, person: UUID, until: datetime) -> bool:
        """Once only, and only what is still asked."""
        ...

    async def give_token(self, id: UUID, token: bytes, agent_session: UUID) -> bool:
        """The token for an active one, in place of any before; good as long as the agent's own session."""
        ...

    async def by_token(self, token: bytes) -> Assisted | None: ...

    async def refuse(self, id: UUID) -> bool: ...

    async def end(self, id: UUID, by: Ender) -> Stage | None:
        """What the row said before, `asked` or `active`, also where its time was over; None where it was ended."""
        ...

    async def overdue(self, most: int) -> Sequence[Assisted]:
        """Active ones whose time is over and that nobody ended, for this worker alone until the unit of work ends."""
        ...

    async def end_all(self, person: UUID, by: Ender) -> int:
        """And no claim code of hers is good any more."""
        ...

    async def of_person(self, person: UUID, limit: int) -> Sequence[Assisted]:
        """The newest first, whatever their stage."""
        ...

    async def set_claim(self, id: UUID, code: str) -> bool:
        """In place of any before; False where it is over."""
        ...

    async def take_claim(self, code: str, since: datetime) -> Assisted | None:
        """The witnessed session of this code. The code is used up by it: once, also for two at the same moment."""
        ...

    async def of_claim(self, code: str, agent: UUID, since: datetime) -> Assisted | None:
        """The agent's own witnessed session of this code, asked for since then. The code stays good."""
        ...

    async def give_claim_back(self, id: UUID, code: str) -> None:
        """Within the unit of work that took it: the code is good for another time."""
        ...

    async def forget_witnesses(self, before: datetime) -> int:
        """No witness's name is left of sessions asked for by then."""
        ...

    async def counts(self, organisation: UUID | None, since: datetime) -> Sequence[tuple[str, str, str, int]]:
        """Organisation's code, mode, stage and how many."""
        ...


class HeldWorks(Protocol):
    """Work that waits for a call-back."""

    async def keep(
        self, id: UUID, session: Assisted, service: str, form: str, answers: Mapping[str, object]
    ) -> None: ...

    async def waiting(self, organisation: UUID, asker: UUID) -> Sequence[HeldListed]:
        """The hundred oldest, but for what the asking agent held herself."""
        ...

    async def of_session(self, assisted: UUID) -> Sequence[UUID]:
        """What waits of one citizen's."""
        ...

    async def get(self, id: UUID) -> HeldWork | None:
        """One that still waits."""
        ...

    async def decided_between(self, preparer: UUID, decider: UUID, since: datetime) -> int:
        """How often the one decided what the other had prepared."""
        ...

    async def decide(self, id: UUID, by: UUID, handed_in: bool) -> bool:
        """False for whoever comes second. The answers are kept no longer."""
        ...


class AgentFlags(Protocol):
    """What somebody should look at."""

    async def raise_(self, agent: Agent, flags: Sequence[Flag]) -> None: ...

    async def counts(self, organisation: UUID | None, since: datetime) -> Sequence[tuple[str, str, int]]:
        """Organisation's code, kind and how many."""
        ...


class HelpedPeople(Protocol):
    """Persons without a number of their own, and whose number it is now."""

    async def without_number(self, language: str) -> UUID: ...

    async def get(self, person: UUID) -> HelpedPerson | None: ...

    async def take_number(self, person: UUID, number: Msisdn, language: str) -> None:
        """The number, which nobody has, is hers from now on."""
        ...

    async def draft_kept_at(self, person: UUID, service: str, lives: timedelta) -> datetime | None:
        """When her draft for the service was last kept; drafts live so long."""
        ...

    async def something_waits(self, person: UUID) -> bool:
        """Whether a call-back is due for her, or something of hers is on its way to a ministry."""
        ...

    async def unclaimed(self, before: datetime, most: int) -> Sequence[UUID]:
        """Persons without a number, helped by then, whom nobody has claimed to be."""
        ...

    async def forget_practice(self, before: datetime) -> int:
        """Nobody is left of sessions in practice that were over by then; how many."""
        ...

    async def is_blank(self, person: UUID) -> bool:
        """Whether nothing but a number and a language is known of her."""
        ...


class Synced(Protocol):
    """Drafts that came from devices."""

    async def find(self, agent: UUID, client_id: str) -> UUID | None:
        """The session that it was handed over in."""
        ...

    async def keep(self, agent: UUID, client_id: str, assisted: UUID) -> None: ...


@dataclass(frozen=True, slots=True)
class AgentRecords:
    """All of it within one unit of work."""

    agents: Agents
    sessions: AssistedSessions
    held: HeldWorks
    flags: AgentFlags
    people: HelpedPeople
    counters: Counters
    synced: Synced
