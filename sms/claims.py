"""A message on its way through the worker: claimed, worded, and what came of it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

import msgspec

from domain.msisdn import Msisdn
from i18n.text import SlotValue
from services.alerts import AlertKind, Policy
from sms.ports import Provider
from sms.retry import Fate
from sms.values import Encoding, SendReceipt
from storage.sealing import SealingKey


class Worded(Protocol):
    """A text cut into its parts (`sms.templates.Composed`)."""

    @property
    def text(self) -> str: ...

    @property
    def encoding(self) -> Encoding: ...

    @property
    def parts(self) -> tuple[str, ...]: ...


Compose: TypeAlias = Callable[[str, Mapping[str, SlotValue], str], Worded]
"""(text id, values, language); raises `TextError` for what cannot be said."""

Choose: TypeAlias = Callable[[AlertKind, Msisdn, str, frozenset[str]], str | None]
"""(kind, number, network, providers to avoid) to the name of a provider, or None while there is none."""


# Structs, not dataclasses: thousands are made in a second.
class Claimed(msgspec.Struct, frozen=True):
    """A row of the queue that this worker holds until the lease ends. `attempts`: sendings begun before."""

    id: UUID
    token: UUID
    event: UUID | None
    policy: Policy
    source: str
    language: str
    to: Msisdn
    expires_at: datetime | None
    attempts: int
    extra_sends: int
    link_id: str = ""

    def __repr__(self) -> str:
        return f"Claimed({self.id})"


class Unworded(msgspec.Struct, frozen=True):
    """A claim with what its words are made of, which is let go once they are: a thousand messages are on their way at
    any time, and the less each of them holds the quicker all go.

    `avoid`: the provider that would not take it last time.
    """

    claim: Claimed
    kind: AlertKind
    text_id: str
    values: Mapping[str, SlotValue]
    network: str
    avoid: str
    key: SealingKey

    def __repr__(self) -> str:
        return f"Unworded({self.claim.id})"


Seal: TypeAlias = Callable[[str, UUID, SealingKey], bytes]
"""(text, message, the person's key) to the text as it is kept (`sms.records.queue.SqlQueue.seal`)."""


class Written(msgspec.Struct, frozen=True):
    """Worded and sealed, without a provider yet. `worded`: None where it cannot be said."""

    claim: Claimed
    kind: AlertKind
    network: str
    avoid: str
    worded: Worded | None
    sealed: bytes


class Ready(msgspec.Struct, frozen=True):
    """Worded, sealed, and with a provider. `cost_millis`: what we expect it to cost; `parts`: how many."""

    claim: Claimed
    provider: Provider
    worded: Worded
    sealed: bytes
    parts: int
    cost_millis: int
    # Names of the parts, unguessable, where a provider reports by names that we give.
    part_ids: tuple[str, ...] = ()


class Heard(msgspec.Struct, frozen=True):
    """What a provider answered; what that means for the message is said when it is written."""

    ready: Ready
    receipt: SendReceipt
    handed_over_at: datetime


class Outcome(msgspec.Struct, frozen=True):
    """What came of a claim. `ready` is None where it was never begun; `receipt` where no provider was asked."""

    claim: Claimed
    fate: Fate
    ready: Ready | None = None
    receipt: SendReceipt | None = None
    handed_over_at: datetime | None = None
