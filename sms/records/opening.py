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
from sms.claims import Claimed
from sms.holding import End, Hold, Judgement
from sms.records.outbox import NAME
from sms.states import MessageState
from storage.errors import KeyMissing, SealBroken
from storage.person_keys import PersonKeys
from storage.sealing import Sealer, SealingKey
from storage.unit_of_work import Record, UnitOfWork


class _Facts(msgspec.Struct, frozen=True):
    """What the outbox sealed."""

    to: str
    values: dict[str, Any]
    link_id: str = ""


_decode = msgspec.json.Decoder(_Facts).decode
_KINDS = {kind.value: kind for kind in AlertKind}
# By their texts: an enum's own hash is Python, and asked for every message.
_POLICIES = {kind.value: policy for kind, policy in POLICIES.items()}
# What this worker cannot make out another can, whose version or keys are newer.
ANOTHER_WORKER_PAUSE = timedelta(minutes=5)


class Opened(msgspec.Struct, frozen=True):
    """A row whose facts could be read."""

    id: UUID
    row: Record
    kind: AlertKind
    to: Msisdn
    facts: _Facts
    key: SealingKey


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens what a claim found."""

    sealer: Sealer
    keys: PersonKeys

    async def open(
        self, work: UnitOfWork, rows: Sequence[Record], now: datetime
    ) -> tuple[list[Opened], list[tuple[Record, Judgement]]]:
        """Those that open, and the end of those that do not: erased persons, and what was changed in the table."""
        keys, broken = await self._keys(work, {row["person_id"] for row in rows if row["person_id"] and row["sealed"]})
        opened: list[Opened] = []
        judged: list[tuple[Record, Judgement]] = []
        for row in rows:
            id, person, sealed = row["id"], row["person_id"], row["sealed"]
            key, kind = keys.get(person), _KINDS.get(row["kind"])
            if kind is None or person in broken:
                judged.append((row, _for_another(row, "unknown_kind" if kind is None else "unknown_key", now)))
                continue
            if key is None or sealed is None:
                judged.append((row, End(MessageState.SUPPRESSED, "erased")))
                continue
            try:
                facts = _decode(self.sealer.unseal(sealed, NAME, "sealed", id, key))
            except (SealBroken, msgspec.DecodeError):
                judged.append((row, End(MessageState.FAILED, "unreadable")))
                continue
            opened.append(Opened(id, row, kind, Msisdn(facts.to), facts, key))
        return opened, judged

    async def _keys(self, work: UnitOfWork, persons: set[UUID]) -> tuple[dict[UUID, SealingKey], set[UUID]]:
        """The persons' keys, and of whom there is one that does not open here."""
        try:
            return await self.keys.load_many(work, persons), set()
        except SealBroken:
            keys: dict[UUID, SealingKey] = {}
            broken = set()
            for person in persons:
                try:
                    keys[person] = await self.keys.load(work, person)
                except KeyMissing:  # she was forgotten
                    continue
                except SealBroken:
                    broken.add(person)
            return keys, broken


def claimed(one: Opened, token: UUID, doubted: bool) -> Claimed:
    """`doubted`: the number may be another's by now, so nothing is said but that there is something."""
    row = one.row
    return Claimed(
        id=one.id,
        token=token,
        event=row["event_id"],
        kind=one.kind,
        policy=_POLICIES[row["kind"]],
        text_id=CONTENTLESS if doubted else row["text_id"],
        source=row["source"],
        language=row["language"],
        to=one.to,
        values={} if doubted else _values(one.facts.values),
        network=row["network"],
        expires_at=row["expires_at"],
        attempts=row["attempts"],
        extra_sends=row["extra_sends"],
        key=one.key,
        link_id=one.facts.link_id,
        avoid=row["provider"],
    )


def _values(plain: Mapping[str, object]) -> Mapping[str, Any]:
    try:
        return facts_from_json(plain)
    except InvalidValue:
        return {}  # it cannot be worded, which is said where it is tried


def _for_another(row: Record, reason: str, now: datetime) -> Judgement:
    """It is left to a worker that can read it, for as long as it is worth sending."""
    if row["expires_at"] is not None and row["expires_at"] <= now:
        return End(MessageState.EXPIRED, "too_late")
    return Hold(now + ANOTHER_WORKER_PAUSE, reason)
