"""Rows of the queue opened: their persons' keys, their facts, and what becomes of those that do not open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from services.alert_facts import facts_from_json
from services.alerts import POLICIES, AlertKind
from services.tellings import CONTENTLESS
from sms.claims import Claimed, Unworded
from sms.holding import End, Hold, Judgement
from sms.records.outbox import NAME
from sms.states import MessageState
from storage.errors import SealBroken
from storage.person_keys import PersonKeys
from storage.sealing import Sealer, SealingKey


class Due(msgspec.Struct, frozen=True):
    """A row that is due, with its person's key as it is wrapped: the columns of the claim's query, in their order."""

    id: UUID
    person: UUID | None
    event: UUID | None
    kind: str
    text_id: str
    source: str
    language: str
    sealed: bytes | None
    recipient_index: bytes
    network: str
    lane: bytes | None
    provider: str
    expires_at: datetime | None
    attempts: int
    extra_sends: int
    ahead: datetime | None
    wrapped: bytes | None
    stopped: bool | None
    cool_until: datetime | None
    doubted: bool | None
    asked: bool


class _Facts(msgspec.Struct, frozen=True):
    """What the outbox sealed. `values`: as they were written (`services.alert_facts`)."""

    to: str
    values: dict[str, Any]
    link_id: str = ""


_decode = msgspec.json.Decoder(_Facts).decode
# By their texts: an enum's own hash is Python, and asked for every message.
_KINDS = {kind.value: (kind, policy) for kind, policy in POLICIES.items()}
# What this worker cannot make out another can, whose version or keys are newer.
ANOTHER_WORKER_PAUSE = timedelta(minutes=5)


class Opened(msgspec.Struct, frozen=True):
    """A row whose facts could be read."""

    due: Due
    kind: AlertKind
    to: Msisdn
    facts: _Facts
    key: SealingKey


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens what a claim found."""

    sealer: Sealer
    keys: PersonKeys

    def all(self, rows: Sequence[Due], now: datetime) -> list[Opened]:
        """Those that open."""
        return [one for due in rows if isinstance(one := self.open(due, now), Opened)]

    def open(self, due: Due, now: datetime) -> Opened | Judgement:
        """The row opened; or its end where it does not open: erased persons, and what was changed in the table."""
        known = _KINDS.get(due.kind)
        if known is None:
            return _for_another(due, "unknown_kind", now)
        if due.person is None or due.wrapped is None or due.sealed is None:
            return End(MessageState.SUPPRESSED, "erased")
        try:
            key = self.keys.opened(due.person, due.wrapped)
        except SealBroken:
            return _for_another(due, "unknown_key", now)
        try:
            facts = _decode(self.sealer.unseal(due.sealed, NAME, "sealed", due.id, key))
        except (SealBroken, ValueError):
            return End(MessageState.FAILED, "unreadable")
        return Opened(due, known[0], Msisdn(facts.to), facts, key)


def claimed(one: Opened, token: UUID, doubted: bool) -> Unworded:
    """`doubted`: the number may be another's by now, so nothing is said but that there is something."""
    due = one.due
    claim = Claimed(
        due.id,
        token,
        due.event,
        _KINDS[due.kind][1],
        due.source,
        due.language,
        one.to,
        due.expires_at,
        due.attempts,
        due.extra_sends,
        one.facts.link_id,
    )
    text_id, values = (CONTENTLESS, {}) if doubted else (due.text_id, _values(one.facts.values))
    return Unworded(claim, one.kind, text_id, values, due.network, due.provider, one.key)


def _values(written: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return facts_from_json(written)
    except InvalidValue:
        return {}  # it cannot be worded, which is said where it is tried


def _for_another(due: Due, reason: str, now: datetime) -> Judgement:
    """It is left to a worker that can read it, for as long as it is worth sending."""
    if due.expires_at is not None and due.expires_at <= now:
        return End(MessageState.EXPIRED, "too_late")
    return Hold(now + ANOTHER_WORKER_PAUSE, reason)
