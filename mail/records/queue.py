"""The queue of mails: claimed with a lease and a token, marked before it is sent, and written by who holds the token.

Mails are few: one statement a step, one mail after the other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, null, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from domain.clock import Clock
from domain.email_address import EmailAddress
from domain.errors import InvalidValue
from domain.ids import Ids
from i18n.text import SlotValue
from mail.config import MailConfig
from mail.records.addresses import SqlEmails, forget_codes
from mail.records.outbox import alert_of, facts_of
from mail.retry import Fate, Unanswered, after_attempt
from mail.states import CANCELLED, FINAL, MailState
from mail.tables import MAILS
from services.alert_facts import facts_from_json
from services.alerts import POLICIES, Alert, AlertKind, Policy
from services.records.sealed import Sealed
from services.records.suspensions import held, suspended
from storage.chosen_rows import chosen_once
from storage.errors import KeyMissing, SealBroken
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import UnitOfWork

KEPT, FACTS_KEPT = timedelta(days=90), timedelta(days=7)
"""After a mail's end: that it was sent, and what it told."""
CODES_KEPT = timedelta(days=1)

# Workers claim one after the other, so that the rate holds for all of them together.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('guichet.mail'))")
_BUSY = text("""
SELECT count(*) FROM mail_messages WHERE begun_at > :since OR (state = 'sending' AND begun_at IS NULL)
""")
_BEGIN = text("""
UPDATE mail_messages SET begun_at = :now, attempts = attempts + 1
WHERE id = :id AND claim_token = :token AND state = 'sending' AND begun_at IS NULL
  AND lease_until > now() + CAST(:call AS interval) AND expires_at > :now
RETURNING id
""")
# While the row is `unknown` the token stays: an answer that comes late is believed after all.
_FINISH = text("""
UPDATE mail_messages SET state = CAST(:state AS text), reason = :reason, due_at = :due, attempts = :attempts,
  handed_over_at = COALESCE(:handed, handed_over_at), ended_at = :ended, lease_until = NULL,
  claim_token = CASE WHEN CAST(:state AS text) = 'unknown' THEN claim_token END
WHERE id = :id AND claim_token = :token AND state IN ('sending', 'unknown') RETURNING id
""")
_REASON = text("""
SELECT reason FROM mail_messages
WHERE id = :id AND claim_token = :token AND state IN ('sending', 'unknown') FOR UPDATE
""")
_GIVE_BACK = text("""
UPDATE mail_messages SET state = 'queued', claim_token = NULL, lease_until = NULL
WHERE id = ANY(CAST(:ids AS uuid[])) AND claim_token = :token AND state = 'sending' AND begun_at IS NULL
""")
_DEAD = text("""
SELECT id, claim_token, kind, attempts, extra_sends, begun_at FROM mail_messages
WHERE state = 'sending' AND lease_until < now() AND kind = ANY(CAST(:kinds AS text[])) FOR UPDATE SKIP LOCKED
""")
# Once more, where it is worth sending still. Codes are never `unknown`.
_LOOK_AGAIN = text("""
UPDATE mail_messages SET state = CASE WHEN expires_at > :now THEN 'queued' ELSE 'expired' END,
  ended_at = CASE WHEN expires_at > :now THEN NULL ELSE :now END, due_at = :now, extra_sends = extra_sends + 1,
  claim_token = NULL
WHERE state = 'unknown' AND due_at <= :now
""")
_FORGET = text("UPDATE mail_messages SET sealed = NULL WHERE sealed IS NOT NULL AND ended_at < :before")
_DELETE = text("DELETE FROM mail_messages WHERE ended_at < :before")
_KINDS = [kind.value for kind in AlertKind]


def _claim(
    now: datetime, token: UUID, lease: timedelta, paused: Collection[tuple[str, str]], limit: int
) -> ReturningUpdate[Any]:
    """Behind an earlier one of its lane that is open it waits; but not behind one that waits for its own hour.

    What is paused is passed over, however much of it there is, and ends when its time is over all the same. States are
    written out as the indexes have them.
    """
    mail, earlier = MAILS.c, MAILS.alias("earlier")
    its_own_hour = (earlier.c.state == "queued") & (earlier.c.reason == "") & (earlier.c.due_at > now)
    blocked = exists().where(
        earlier.c.lane == mail.lane,
        earlier.c.id < mail.id,
        text("earlier.state IN ('queued', 'sending', 'unknown')"),
        ~its_own_hour,
    )
    chosen = (
        select(mail.id)
        .where(
            text("mail_messages.state = 'queued'"),
            mail.due_at <= now,
            mail.kind.in_(_KINDS),
            ~blocked,
            ~held(MAILS, paused) | (mail.expires_at <= now),
        )
        .order_by(mail.priority, mail.due_at, mail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    values = {
        "state": MailState.SENDING.value,
        "reason": "",
        "claim_token": token,
        "begun_at": null(),
        "lease_until": func.now() + lease,
    }
    return update(MAILS).where(mail.id.in_(chosen_once(chosen))).values(values).returning(MAILS)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this worker holds. `instead`: the alert to be told by SMS where this cannot be mailed."""

    id: UUID
    token: UUID
    kind: AlertKind
    text_id: str
    language: str
    to: EmailAddress = field(repr=False)
    values: Mapping[str, SlotValue] = field(repr=False)
    attempts: int
    extra_sends: int
    instead: Alert | None = field(default=None, repr=False)

    @property
    def policy(self) -> Policy:
        return POLICIES[self.kind]


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of one: it ends here, or waits again. `instead`: to be told by SMS if it ended."""

    state: MailState
    instead: Alert | None = None


@dataclass(frozen=True, slots=True)
class SqlMailQueue:
    """Steps of the queue, each in the unit of work it is given."""

    sealer: Sealer
    keys: PersonKeys
    clock: Clock
    ids: Ids
    config: MailConfig

    async def claim(self, work: UnitOfWork, limit: int) -> tuple[Sequence[Claimed], Sequence[Ended]]:
        """Those that may go now, most urgent first, as far as the rate allows; and those that ended at a look. What an
        operator has paused is not among them, but to be ended."""
        now, token = self.clock.now(), self.ids.uuid7()
        await work.execute(_ONE_AT_A_TIME)
        busy = (await work.execute(_BUSY, {"since": now - timedelta(minutes=1)})).scalar_one()
        room = min(limit, self.config.per_minute - busy)
        if room <= 0:
            return (), ()
        wanted = _claim(now, token, self.config.waits.lease, await suspended(work), room)
        rows = (await work.execute(wanted)).mappings().all()
        taken: list[Claimed] = []
        ended: list[Ended] = []
        for row in sorted(rows, key=lambda row: (row["priority"], row["id"])):
            judged = await self._judge(work, dict(row), token, now)
            if isinstance(judged, Claimed):
                taken.append(judged)
                continue
            fate, alert = judged
            await self._write(work, row["id"], token, fate, row["attempts"])
            ended.append(Ended(fate.state, alert))
        return taken, ended

    async def begin(self, work: UnitOfWork, claim: Claimed) -> bool:
        """The mark before the first octet; False where it is ours no longer, or too late."""
        values = {"id": claim.id, "token": claim.token, "now": self.clock.now(), "call": self.config.waits.call}
        return (await work.execute(_BEGIN, values)).first() is not None

    async def finish(self, work: UnitOfWork, claim: Claimed, fate: Fate) -> Ended | None:
        """What came of it; None where another has it. What was cancelled meanwhile and did not go goes no more."""
        row = (await work.execute(_REASON, {"id": claim.id, "token": claim.token})).first()
        if row is None:
            return None
        instead = None if fate.handed_over else claim.instead
        if row.reason.startswith(CANCELLED) and not fate.handed_over:
            fate, instead = Fate(MailState.SUPPRESSED, reason=row.reason, counts=fate.counts), None
        await self._write(work, claim.id, claim.token, fate, claim.attempts + fate.counts)
        return Ended(fate.state, instead)

    async def give_back(self, work: UnitOfWork, claims: Sequence[Claimed]) -> None:
        """As if never claimed: what was not begun."""
        if claims:
            await work.execute(_GIVE_BACK, {"ids": [claim.id for claim in claims], "token": claims[0].token})

    async def sweep(self, work: UnitOfWork) -> int:
        """Takes over from workers that died, sends once more what nobody answered; gives how many."""
        now, moved = self.clock.now(), 0
        for row in (await work.execute(_DEAD, {"kinds": _KINDS})).all():
            fate = Fate(MailState.QUEUED, now)
            if row.begun_at is not None:
                policy = POLICIES[AlertKind(row.kind)]
                fate = after_attempt(
                    policy.once_only, Unanswered(), row.attempts, row.extra_sends, self.config.waits, now
                )
            moved += await self._write(work, row.id, row.claim_token, fate, row.attempts)
        return moved + (await work.execute(_LOOK_AGAIN, {"now": now})).rowcount

    async def _judge(
        self, work: UnitOfWork, row: Mapping[str, Any], token: UUID, now: datetime
    ) -> Claimed | tuple[Fate, Alert | None]:
        sealed, kind, person = Sealed(work, self.sealer, self.keys), AlertKind(row["kind"]), row["person_id"]
        if row["sealed"] is None:
            return Fate(MailState.SUPPRESSED, reason="erased"), None
        try:
            facts = await facts_of(sealed, row)
            # What may have arrived is not told a second time on another channel.
            instead = alert_of(row, facts) if row["alone"] and row["handed_over_at"] is None else None
            values = facts_from_json(facts["values"])
        except (KeyMissing, SealBroken, InvalidValue):
            return Fate(MailState.FAILED, reason="unreadable"), None
        if row["expires_at"] <= now:
            return Fate(MailState.EXPIRED, reason="too_late"), instead
        to = EmailAddress(facts["to"])
        if kind is not AlertKind.CODE:
            held = await SqlEmails(sealed, self.clock, self.ids).wanted(person)
            if held is None or held.address != to:
                return Fate(MailState.SUPPRESSED, reason="opted_out"), instead
        return Claimed(
            row["id"],
            token,
            kind,
            row["text_id"],
            row["language"],
            to,
            values,
            row["attempts"],
            row["extra_sends"],
            instead,
        )

    async def _write(self, work: UnitOfWork, id: UUID, token: UUID, fate: Fate, attempts: int) -> bool:
        now = self.clock.now()
        values = {
            "id": id,
            "token": token,
            "state": fate.state.value,
            "reason": fate.reason,
            "due": fate.due_at,
            "attempts": attempts,
            "handed": now if fate.handed_over else None,
            "ended": now if fate.state in FINAL else None,
        }
        return (await work.execute(_FINISH, values)).first() is not None


async def forget(work: UnitOfWork, now: datetime) -> int:
    """Facts of mails that ended long enough ago, then the rows; and codes nobody can use."""
    forgotten = (await work.execute(_FORGET, {"before": now - FACTS_KEPT})).rowcount
    deleted = (await work.execute(_DELETE, {"before": now - KEPT})).rowcount
    return forgotten + deleted + await forget_codes(work, CODES_KEPT)
