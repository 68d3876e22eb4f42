"""Agents, their organisations, and the sessions in which an agent helps one citizen."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.msisdn import Msisdn
from services.sign_in_codes import KeptCode, SignInCodes
from services.sign_in_limits import SignInLimits


class OrganisationKind(StrEnum):
    """What an organisation's agents are."""

    VOLUNTEERS = "volunteers"
    POST = "post"
    COUNTER = "counter"


class AgentState(StrEnum):
    """Only an active agent does anything."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


class Mode(StrEnum):
    """How the citizen agreed: on her own telephone; before a witness, having none; or nobody did, in practice."""

    PHONE = "phone"
    WITNESS = "witness"
    PRACTICE = "practice"


class Stage(StrEnum):
    """Where a session stands. What had its time is ended, whatever the row says."""

    ASKED = "asked"
    ACTIVE = "active"
    ENDED = "ended"
    REFUSED = "refused"


class Ender(StrEnum):
    """Who ended it."""

    AGENT = "agent"
    CITIZEN = "citizen"
    CLAIM = "claim"
    CLOCK = "clock"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who answers for agents."""

    id: UUID
    code: str
    name: str
    kind: OrganisationKind


@dataclass(frozen=True, slots=True)
class Agent:
    """`person`: whose number, account and PIN she signs in with. `badge`: printed on what she wears. `practice`: she
    is in training, and touches no ministry."""

    id: UUID
    organisation: Organisation
    person: UUID
    name: str
    badge: str
    state: AgentState
    practice: bool = False


@dataclass(frozen=True, slots=True)
class Assisted:
    """A session in which `agent` helps `person` with `purpose`, within `services`.

    `number`: as the agent gave it; None where there is no telephone. `code`: what is kept of the consent code.
    `ask_until`, `active_until`: instants at which it is over by itself. `device`: blind index of the agent's, None
    for her telephone.
    """

    id: UUID
    agent: UUID
    organisation: UUID
    person: UUID
    number: Msisdn | None
    mode: Mode
    purpose: str
    services: frozenset[str]
    stage: Stage
    asked_at: datetime
    ask_until: datetime
    active_until: datetime | None = None
    witness: str = ""
    code: KeptCode | None = field(default=None, repr=False)
    device: bytes | None = field(default=None, repr=False)

    def at(self, now: datetime) -> "Assisted":
        """As it stands now."""
        over = (self.stage is Stage.ASKED and self.ask_until <= now) or (
            self.stage is Stage.ACTIVE and (self.active_until is None or self.active_until <= now)
        )
        return replace(self, stage=Stage.ENDED) if over else self


@dataclass(frozen=True, slots=True)
class HeldListed:
    """That something waits for a call-back, and nothing of what was said."""

    id: UUID
    service: str
    held_at: datetime


@dataclass(frozen=True, slots=True)
class HeldWork:
    """What waits for a call-back before it is handed in."""

    id: UUID
    assisted: UUID
    person: UUID
    agent: UUID | None
    service: str
    form: str
    answers: dict[str, object] = field(repr=False)
    held_at: datetime


@dataclass(frozen=True, slots=True)
class AgentRules:
    """How many, how fast, how long (the pack's `assisted.yaml`). `number_a_week`: sessions asked for one number by
    anybody. `device_a_day`: citizens on one device, whoever works on it. `call_back`: how long what was held rests
    before it can be decided; `apart`: for how long two agents must have shared no device to call back for each other;
    `flag_pair`: at how many call-backs of the same two in that time it is told. `most_kmh`, `near_m`: how fast an
    agent travels at most, and how far apart two places may be all the same. `comes_back`: how long somebody without a
    telephone may come back with her slip."""

    a_day: int = 30
    witnessed_a_day: int = 5
    pause: timedelta = timedelta(minutes=2)
    device_a_day: int = 60
    number_a_week: int = 4
    flag_a_day: int = 20
    flag_number_agents: int = 3
    consent: timedelta = timedelta(minutes=10)
    tries: int = 5
    active: timedelta = timedelta(minutes=30)
    session: timedelta = timedelta(hours=8)
    claim: timedelta = timedelta(days=90)
    bundle: timedelta = timedelta(days=7)
    call_back: timedelta = timedelta(minutes=30)
    apart: timedelta = timedelta(days=30)
    flag_pair: int = 3
    most_kmh: int = 120
    near_m: int = 10_000
    comes_back: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Assistance:
    """What assisted mode needs at a desk. `purposes`: purpose to the services it opens; `codes`: consent codes;
    `bundle_keys`: by key id, newest first, for what goes onto devices; `dial`: the code for the menus."""

    rules: AgentRules = AgentRules()
    purposes: dict[str, frozenset[str]] = field(default_factory=dict)
    financial: frozenset[str] = frozenset()
    region: str = ""
    dial: str = ""
    sms: SignInLimits = field(default_factory=SignInLimits)
    codes: SignInCodes = field(default=SignInCodes({}), repr=False)
    bundle_keys: dict[str, bytes] = field(default_factory=dict, repr=False)
