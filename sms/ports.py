"""What SMS needs of others, fulfilled by `gateway/`."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from sms.values import InboundSms, Mode, Outbound, SendReceipt


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

    async def received_since(self, last_id: str) -> Sequence[InboundSms]: ...


class MenuTurns(Protocol):
    """The menus, played by SMS: one screen a message, no secrets typed."""

    async def turn(self, number: Msisdn, session: str, typed: str | None, language: str, network: str) -> "MenuScreen":
        """`typed` is None for a new start."""
        ...


class MenuScreen(Protocol):
    """One screen as words, and whether it waits for an answer."""

    @property
    def text(self) -> str: ...

    @property
    def goes_on(self) -> bool: ...


Labels = Mapping[str, str]
