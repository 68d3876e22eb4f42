"""What SMS needs of others, fulfilled by `gateway/`."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias
from uuid import UUID

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from sms.states import MessageState
from sms.values import Listed, Mode, Outbound, SendReceipt
from storage.unit_of_work import UnitOfWork


class Provider(Protocol):
    """Sends one message to one number: one aggregator or SMSC, one account.

    `send` never raises for what a network, an answer or an account can do: each is a value of `SendReceipt`. It ends
    within the deadline. `splits`: it wants the whole text and cuts it itself, and gives one id for all of it.
    """

    @property
    def name(self) -> str: ...

    @property
    def mode(self) -> Mode: ...

    async def send(self, message: Outbound, deadline: Deadline) -> SendReceipt: ...

    async def start(self) -> None:
        """Connect, where it keeps a connection."""
        ...

    async def stop(self) -> None: ...


class Fetcher(Protocol):
    """A provider that can list what it received for us since an id: to make good an outage."""

    async def received_since(self, last_id: str) -> Listed:
        """The next page, oldest first; "" for the first."""
        ...


class MenuTurns(Protocol):
    """The menus, played by SMS: one screen a message, no secrets typed."""

    async def turn(self, number: Msisdn, session: str, turn: int, typed: str) -> "MenuScreen":
        """The screen after the session's `turn`-th message; the first begins it, whatever was typed.

        The same turn again gives the same screen and does nothing.
        """
        ...


class MenuScreen(Protocol):
    """One screen as words, and whether it waits for an answer."""

    @property
    def text(self) -> str: ...

    @property
    def goes_on(self) -> bool: ...


class Observer(Protocol):
    """Counts what happens, once it is durable (`UnitOfWork.after_commit`): never a number, a name or a text."""

    def sent(self, provider: str, language: str, parts: int, cost_millis: int) -> None:
        """A provider took a message."""
        ...

    def handed_over(self, provider: str, seconds: float) -> None:
        """A provider took a message, so long after the ministry's event behind it was received."""
        ...

    def delivered(self, provider: str, language: str, seconds: float) -> None:
        """It arrived, so long after it was handed over."""
        ...

    def ended(self, provider: str, state: MessageState) -> None:
        """A message came to an end; `provider` is "" where none ever had it."""
        ...

    def ambiguous(self, provider: str) -> None:
        """It may have been sent: no answer was read."""
        ...

    def refused(self, provider: str, why: str) -> None:
        """It will never send this message."""
        ...

    def not_sent(self, provider: str, why: str, account: bool) -> None:
        """Nothing was handed over; another try follows."""
        ...

    def report(self, provider: str, verdict: str) -> None:
        """A delivery report came (`sms.reports.Verdict`)."""
        ...

    def weighed(self, provider: str, weight: int, paused: bool) -> None:
        """How much of the traffic a provider is trusted with now, 0 to 100."""
        ...


class Undelivered(Protocol):
    """Tells the ministry whose event was behind it that a message did not arrive; within the same transaction."""

    async def __call__(self, work: UnitOfWork, event: UUID, reason: str, /) -> None: ...


OfNumber: TypeAlias = Callable[[UnitOfWork, Msisdn], Awaitable[None]]
"""Hears of a number in the same transaction: that it may be another's by now (`services.ports.People.doubt_number`),
or that it blocks us at its provider, so that our own list is kept in step."""
