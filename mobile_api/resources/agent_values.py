"""What goes in and out of the operations of agents, and of the citizens whom they help."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta

from mobile_api.operations import Input, Output
from mobile_api.resources.auth_values import DeviceKey, RequestId
from mobile_api.resources.forms_values import Answers

Words = Annotated[str, Meta(min_length=1, max_length=64)]
Code = Annotated[str, Meta(min_length=1, max_length=32)]


class AgentSignIn(Input, frozen=True):
    """The PIN of her own account. `device`: random, made by the page and kept on the device."""

    pin: Code
    device: DeviceKey


class AgentShown(Output, frozen=True):
    """Who works here. `practice`: in training; nothing reaches a ministry."""

    name: str
    badge: str
    organisation: str
    practice: bool


class AgentTokens(Output, frozen=True):
    """`access_token` goes into the header Authorization. It ends with the device's own session. Seconds."""

    access_token: str
    expires_in: int
    agent: AgentShown
    token_type: str = "Bearer"  # noqa: S105 - a kind, not a token


class PurposeShown(Output, frozen=True):
    """With what somebody can be helped, and what that opens."""

    code: str
    name: str
    services: tuple[str, ...]


class AgentDesk(Output, frozen=True):
    """The agent's own page."""

    agent: AgentShown
    purposes: tuple[PurposeShown, ...]


class CitizenWanted(Input, frozen=True):
    """Whom an agent wants to help. `number`: her telephone; without one, `witness`: who hears her agree.

    `services`: fewer than the purpose opens. `practice`: nobody is asked, and no ministry hears of it. `slip`: the code
    on the slip that the same agent gave her earlier this day, where she comes back with the same witness. Where the
    agent is, where the device knows: `at_place`, one of ours, or `near`, north and east in degrees.
    """

    purpose: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    number: Annotated[str, Meta(max_length=32)] = ""
    witness: Annotated[str, Meta(max_length=60)] = ""
    services: tuple[str, ...] = ()
    practice: bool = False
    slip: Annotated[str, Meta(pattern=r"^([0-9]{10})?$")] = ""
    at_place: Annotated[str, Meta(max_length=64)] = ""
    near: Annotated[str, Meta(pattern=r"^(-?[0-9]{1,2}(\.[0-9]{1,8})?,-?[0-9]{1,3}(\.[0-9]{1,8})?)?$")] = ""


class AssistedShown(Output, frozen=True):
    """A session with a citizen. `state`: asked, active, ended or refused. `expires_in`: seconds until it is over.

    `practice_code`: in practice, what a citizen would have been sent.
    """

    id: RequestId
    mode: str
    state: str
    purpose: str
    services: tuple[str, ...]
    expires_in: int
    practice_code: str = ""


class CodeHeard(Input, frozen=True):
    """The code that the citizen was sent, typed by her or read out by her."""

    code: Code


class AssistedTokens(Output, frozen=True):
    """Access to what she agreed to; "" in practice. It cannot be renewed. Seconds."""

    id: RequestId
    access_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - a kind, not a token


class MenuInput(Input, frozen=True):
    """One input in her menus. `run`: counts how often the menus were begun; `turn`: 1 begins them, without an input.
    The next is the number after the last that was answered; the same again gives the same screen, and one that leaves
    a number out is refused: it would answer a screen that nobody has read."""

    turn: Annotated[int, Meta(ge=1, le=10_000)]
    input: Annotated[str, Meta(max_length=160)] = ""
    run: Annotated[int, Meta(ge=1, le=1000)] = 1


class MenuScreen(Output, frozen=True):
    """A screen of her menus. `goes_on`: false where the next input begins a new run. `screen`: its name."""

    text: str
    goes_on: bool
    screen: str


class SlipShown(Output, frozen=True):
    """What is printed for her. `lines`: the same in words, ready to print. `claim`: with it she takes over later."""

    lines: tuple[str, ...]
    references: tuple[str, ...]
    held: tuple[str, ...]
    claim: str
    dial: str
    agent: str
    badge: str
    organisation: str
    made_at: datetime
    practice: bool


class HeldListed(Output, frozen=True):
    """That another agent of the organisation prepared something, which waits for a call-back."""

    id: RequestId
    slip: str
    service: str
    name: str
    held_on: date


class HeldShown(Output, frozen=True):
    """What is read out at the call-back. It can be decided from `decided_from` on, which is in `decided_in` seconds.
    `consent`: the words that must be agreed to, "" for none."""

    id: RequestId
    slip: str
    service: str
    name: str
    witness: str
    answers: Answers
    held_at: datetime
    decided_from: datetime
    consent: str = ""
    decided_in: int = 0


class HeldList(Output, frozen=True):
    """Work that waits for a call-back, the oldest first."""

    items: tuple[HeldListed, ...]
    next: None = None


class CalledBack(Input, frozen=True):
    """Whether she, or her witness, said that she wants it handed in, and agreed to the words about sources."""

    agreed: bool


class CallBackDone(Output, frozen=True):
    """`state`: handed_in, processing or refused. `reference`: the ministry's."""

    state: str
    reference: str = ""


class Count(Output, frozen=True):
    """How many, of what: a mode and a state of sessions, or a flag."""

    what: str
    count: int


class OrganisationCounts(Output, frozen=True):
    """One organisation over the last 30 days."""

    organisation: str
    sessions: tuple[Count, ...]
    flags: tuple[Count, ...]


class HelperShown(Output, frozen=True):
    """Who helped, helps or asks to help: for the citizen."""

    id: RequestId
    agent: str
    organisation: str
    purpose: str
    state: str
    asked_at: datetime


class HelperList(Output, frozen=True):
    """The latest first."""

    items: tuple[HelperShown, ...]
    next: None = None


class HelpAnswer(Input, frozen=True):
    """Her yes or no."""

    agrees: bool


class ClaimTyped(Input, frozen=True):
    """The claim code of a slip."""

    code: Code
