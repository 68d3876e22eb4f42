"""What travels between the outbox, the providers and the reports."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from msgspec import Struct

from domain.ids import made_at
from domain.msisdn import Msisdn


class Encoding(StrEnum):
    """How a text travels: septets of GSM-7 (3GPP TS 23.038 §6.2.1), or 16-bit units of UCS-2 (§6.2.3)."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


class Mode(StrEnum):
    """Whether a provider reaches real phones."""

    LIVE = "live"
    SANDBOX = "sandbox"
    EMULATOR = "emulator"


class Outbound(Struct, frozen=True):
    """One message for a provider. `parts` are the texts of its segments, cut by us; `text` is the whole.

    `id` and `attempt` together are its name towards a provider that lets us choose one; `part_ids` are unguessable
    names of the parts, for providers that give no ids but call back an address of ours (Kannel).
    `valid_seconds`: how long the provider may go on trying.
    """

    id: UUID
    attempt: int
    to: Msisdn
    sender: str
    text: str
    encoding: Encoding
    parts: tuple[str, ...]
    valid_seconds: int
    link_id: str = ""
    part_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. `provider_ids`: one, or one a part; `cost_millis` where it says so."""

    provider_ids: tuple[str, ...]
    cost_millis: int | None = None
    currency: str = ""


class Refusal(StrEnum):
    """Why a provider will not send this one, whoever asks."""

    NUMBER = "bad_number"
    BLOCKED = "blocked"
    SENDER = "bad_sender"
    CONTENT = "content"
    OTHER = "refused"


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never send this message: asking again is no use."""

    why: Refusal


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing was handed over, and that is certain: another provider, or this one later, may be asked.

    `account`: it is the account (key, balance), so every message would meet the same: the provider rests.
    `after_seconds`: what the provider asked for (Retry-After).
    """

    why: str
    account: bool = False
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """It was written, or may have been, and no answer was understood: it may be on its way to her phone."""

    why: str


SendReceipt: TypeAlias = Accepted | Refused | NotSent | Unanswered


class ReportWord(StrEnum):
    """What a delivery report says, in our words. `interim`: it is still on its way."""

    INTERIM = "interim"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One report. `provider_id` is normalised; `word` ours, `raw` the provider's own (at most 32 characters);
    `to` where it names the recipient. `spooled`: its id there, where it could not be stored as it came (`came_at`)."""

    provider: str
    provider_id: str
    word: ReportWord
    raw: str = ""
    reason: str = ""
    to: Msisdn | None = None
    network: str = ""
    spooled: UUID | None = None


@dataclass(frozen=True, slots=True)
class InboundSms:
    """An SMS that somebody sent us. `sender` is the text that came: only a well-formed number is ever answered.

    `provider_id`: "" where the provider gives none. `sent_at`: as it says: what is late answers nothing. `spooled`: its
    id in the spool, where it could not be stored as it came (`came_at`).
    """

    provider: str
    provider_id: str
    sender: str
    to: str
    text: str
    sent_at: datetime | None = None
    network: str = ""
    link_id: str = ""
    spooled: UUID | None = None


GAP = "[…]"
"""Stands in an `InboundSms`'s text wherever parts of it never came."""


def came_at(told: InboundSms | DeliveryReport, now: datetime) -> datetime:
    """When it came to us: `now`, unless it waited in the spool."""
    return made_at(told.spooled) if told.spooled else now


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a provider's list. `last_id`: of its last entry, readable or not; "" where the list has no more."""

    messages: tuple[InboundSms, ...]
    last_id: str


@dataclass(frozen=True, slots=True)
class OptOutNotice:
    """A provider tells that a number blocked us (or, `back`, takes us again)."""

    provider: str
    sender: str
    number: Msisdn
    back: bool = False
