"""Which numbers are asked after for a SIM swap, and what is noted of the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, union, update

from domain.audit import AuditEntry
from domain.clock import Clock
from domain.ids import Ids
from domain.msisdn import Msisdn
from services.ports import Binding, LinkedBy
from services.records.people import SILENCE, SqlPeople
from services.records.sealed import Sealed
from services.records.tables import ACCOUNTS, LINKS, NUMBERS
from services.swap_ports import AskedNumber, Standing, Turns
from storage.audit import Audit
from storage.errors import KeyMissing

_asked_at, _not_before = NUMBERS.c.swap_asked_at, NUMBERS.c.swap_ask_after
_request = NUMBERS.c.swap_request
_proven_since = func.coalesce(NUMBERS.c.proven_at, NUMBERS.c.created_at)
_pin_since = func.coalesce(ACCOUNTS.c.pin_since, ACCOUNTS.c.created_at)
_by_proof = LINKS.c.linked_by != LinkedBy.CONTACT.value
_HEAD = 1000
_active = NUMBERS.c.state == Binding.ACTIVE.value


@dataclass(frozen=True, slots=True)
class SqlSwapBook:
    """`swap_ports.SwapBook` in PostgreSQL."""

    sealed: Sealed
    audit: Audit
    clock: Clock
    ids: Ids
    # Where the answer came from, for the audit log.
    channel: str = "worker"

    async def due(self, turns: Turns, most: int) -> Sequence[UUID]:
        await self._pass_over_silent(turns.now - SILENCE)
        found: dict[UUID, None] = {}
        for whose in (_resets, _fresh, _never_asked, _rest, _failed):
            if len(found) < most:
                rows = await self.sealed.work.execute(whose(turns).limit(most))
                found |= dict.fromkeys(rows.scalars())
        return list(found)[:most]

    async def _pass_over_silent(self, since: datetime) -> None:
        """Of those whose turn comes next, who has been silent too long is stale, as whoever calls would find her: else
        all who ever fell silent stand at the head of the queue, and are read at every round."""
        head = (
            select(NUMBERS.c.id)
            .where(_active, _not_before.is_(None))
            .order_by(_not_before.nulls_first(), _asked_at.nulls_first(), NUMBERS.c.id)
            .limit(_HEAD)
            .with_for_update(skip_locked=True)
        )
        await self.sealed.work.execute(
            update(NUMBERS)
            .where(NUMBERS.c.id.in_(head), _active, NUMBERS.c.last_seen < since)
            .values(state=Binding.STALE.value)
        )

    async def claim(self, numbers: Sequence[UUID], began: datetime, until: datetime) -> Sequence[AskedNumber]:
        free = (
            select(NUMBERS.c.id)
            .where(NUMBERS.c.id.in_(numbers), _active, _rested(began), or_(_asked_at.is_(None), _asked_at < began))
            .with_for_update(skip_locked=True)
        )
        claimed = await self.sealed.work.execute(
            update(NUMBERS)
            .where(NUMBERS.c.id.in_(free))
            .values(swap_ask_after=until)
            .returning(NUMBERS.c.id, NUMBERS.c.person_id, NUMBERS.c.msisdn)
        )
        opened = [await self._opened(row) for row in claimed.all()]
        return [asked for asked in opened if asked]

    async def _opened(self, row: Row[Any]) -> AskedNumber | None:
        try:
            number = await self.sealed.open(row.person_id, row.msisdn, NUMBERS.name, "msisdn", row.id)
        except KeyMissing:
            return None  # its person was forgotten in this very moment: the row goes too
        return AskedNumber(row.id, row.person_id, Msisdn.parse(number))

    async def answered(self, asked: AskedNumber, at: datetime) -> Standing | None:
        return await self._standing(asked, swap_asked_at=at, swap_ask_after=None, swap_request=None)

    async def answers_later(self, asked: AskedNumber, at: datetime, request: str) -> None:
        await self.sealed.work.execute(
            update(NUMBERS)
            .where(NUMBERS.c.id == asked.id, NUMBERS.c.person_id == asked.person, _active)
            .values(swap_asked_at=at, swap_ask_after=None, swap_request=request)
        )

    async def awaits(self, request: str, since: datetime) -> AskedNumber | None:
        found = await self.sealed.work.execute(
            select(NUMBERS.c.id, NUMBERS.c.person_id, NUMBERS.c.msisdn)
            .where(_request == request, _active, _asked_at >= since)
            .limit(2)
        )
        rows = found.all()
        # A provider that gives a name twice has not said whose the answer is.
        return await self._opened(rows[0]) if len(rows) == 1 else None

    async def answered_later(self, asked: AskedNumber, request: str) -> Standing | None:
        # A worker may be asking anew: its mark stays. And whoever waited here for another's answer finds none.
        return await self._standing(asked, _request == request, swap_request=None)

    async def _standing(self, asked: AskedNumber, *where: ColumnElement[bool], **noted_of: object) -> Standing | None:
        work = self.sealed.work
        # The account first, as whoever types a PIN: two that wait for each other would fail a hop.
        await work.execute(select(ACCOUNTS.c.person_id).where(ACCOUNTS.c.person_id == asked.person).with_for_update())
        noted = await work.execute(
            update(NUMBERS)
            .where(NUMBERS.c.id == asked.id, NUMBERS.c.person_id == asked.person, _active, *where)
            .values(noted_of)
            .returning(_proven_since, NUMBERS.c.swapped_on)
        )
        row = noted.first()
        return Standing(row[0], await self._key_since(asked.person), row[1]) if row else None

    async def _key_since(self, person: UUID) -> datetime | None:
        """Read once the number is held: whoever opens an account holds it too (`SqlPeople.hold`), so hers is seen here,
        or she sees the doubt."""
        work = self.sealed.work
        account = (await work.execute(select(_pin_since).where(ACCOUNTS.c.person_id == person))).scalar_one_or_none()
        if account is not None:
            pin_since: datetime = account
            return pin_since
        found = await work.execute(select(func.max(LINKS.c.created_at)).where(LINKS.c.person_id == person, _by_proof))
        newest: datetime | None = found.scalar_one()
        return newest

    async def doubt(self, asked: AskedNumber, swapped_on: date) -> None:
        await self._swapped(asked, swapped_on, Binding.STALE)
        await SqlPeople(self.sealed, self.clock, self.ids).doubt_number(asked.number)

    async def end(self, asked: AskedNumber, swapped_on: date) -> None:
        await self._swapped(asked, swapped_on, Binding.ENDED)
        await SqlPeople(self.sealed, self.clock, self.ids).end_number(asked.number, asked.person)

    async def _swapped(self, asked: AskedNumber, day: date, becomes: Binding) -> None:
        work = self.sealed.work
        # Whoever has several numbers may have asked from another one: she asks again. Which it was is not kept.
        await work.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == asked.person).values(reset_due=None))
        await work.execute(update(NUMBERS).where(NUMBERS.c.id == asked.id).values(swapped_on=day))
        entry = AuditEntry(
            "system", "numbers.swapped", f"person:{asked.person.hex}", why=becomes.value, channel=self.channel
        )
        await self.audit.record(work, entry)


def _resets(turns: Turns) -> Select[Any]:
    """A PIN is about to be replaced: at its beginning, before its end, and daily while it can be used."""
    due = ACCOUNTS.c.reset_due
    before_end = due - turns.near
    return (
        select(NUMBERS.c.id)
        .join(ACCOUNTS, ACCOUNTS.c.person_id == NUMBERS.c.person_id)
        .where(
            *_askable(turns),
            due > turns.now - turns.usable,
            or_(
                _older(turns.now - turns.again),
                _asked_at < due - turns.wait,
                and_(before_end <= turns.now, _asked_at < before_end),
            ),
        )
        .order_by(_not_before.nulls_first(), due, NUMBERS.c.id)
    )


def _fresh(turns: Turns) -> Select[Any]:
    """What was made or set lately, on a number that may have been another's already.

    Each part of it by an index: once a minute nobody reads all numbers. Ids are made in the order of time.
    """
    since = turns.fresh_since
    made_since = UUID(int=int(since.timestamp() * 1000) << 80)
    lately = union(
        select(NUMBERS.c.id).where(NUMBERS.c.id >= made_since, NUMBERS.c.created_at > since),
        select(NUMBERS.c.id).where(NUMBERS.c.proven_at > since),
        _numbers_of(ACCOUNTS.c.person_id).where(ACCOUNTS.c.pin_since > since),
        _numbers_of(LINKS.c.person_id).where(LINKS.c.id >= made_since, LINKS.c.created_at > since, _by_proof),
    )
    # Materialised: else it is looked up for each number in the order of turns.
    new = lately.cte("lately").prefix_with("MATERIALIZED")
    return (
        select(NUMBERS.c.id)
        .join(new, new.c.id == NUMBERS.c.id)
        .where(*_askable(turns), _older(turns.now - turns.again))
        .order_by(_not_before.nulls_first(), _asked_at.nulls_first(), NUMBERS.c.id)
    )


def _numbers_of(person: ColumnElement[UUID]) -> Select[Any]:
    return select(NUMBERS.c.id).where(NUMBERS.c.person_id == person)


def _never_asked(turns: Turns) -> Select[Any]:
    return (
        select(NUMBERS.c.id).where(*_askable(turns), _not_before.is_(None), _asked_at.is_(None)).order_by(NUMBERS.c.id)
    )


def _rest(turns: Turns) -> Select[Any]:
    due = _asked_at <= turns.now - turns.every
    return (
        select(NUMBERS.c.id)
        .where(*_askable(turns), _not_before.is_(None), due)
        .order_by(_asked_at.nulls_first(), NUMBERS.c.id)
    )


def _failed(turns: Turns) -> Select[Any]:
    """After all others that are due: one whose question fails holds nobody up."""
    return (
        select(NUMBERS.c.id)
        .where(*_askable(turns), _not_before <= turns.now, _older(turns.now - turns.every))
        .order_by(_not_before.nulls_first(), NUMBERS.c.id)
    )


def _askable(turns: Turns) -> tuple[ColumnElement[bool], ...]:
    """Active, also by its silence; proven before today; neither being asked for nor resting; and none whose answer is
    under way."""
    heard_of = NUMBERS.c.last_seen >= turns.now - SILENCE
    awaited = or_(_request.is_(None), _asked_at.is_(None), _asked_at <= turns.awaited_since)
    return _active, heard_of, _proven_since < turns.today_began, _rested(turns.now), awaited


def _rested(now: datetime) -> ColumnElement[bool]:
    return or_(_not_before.is_(None), _not_before <= now)


def _older(than: datetime) -> ColumnElement[bool]:
    return or_(_asked_at.is_(None), _asked_at <= than)
