"""What changed for her since she last asked, in one answer: for networks where every request costs.

Each room that shows something of hers gives a `Part`; the answer is put together of them.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from mobile_api.operations import Answer, Asked, Cache, Op, Output, Query, Security
from mobile_api.problems import FieldError, Problem
from services.known_ports import ChangeKind, Position, Touched
from services.reading import parse_reference

_MOST = 60
# What was sent just before midnight may have been written just after.
_MARGIN = timedelta(days=1)
_CURSOR = re.compile(r"[12]\.([0-9a-f]{1,16})\.([0-9a-f]{1,6})(?:\.([0-9a-f]{1,16})\.([0-9a-f]{32}))?").fullmatch
_OF_REFERENCES = frozenset({ChangeKind.APPLICATION.value, ChangeKind.PICKUP.value})

# With what a position begins: read without the PIN, or with it.
_OPEN, _PROVEN = "1.", "2."

Items = Callable[[Asked, frozenset[str] | None], Awaitable[Mapping[str, Output]]]
Recent = Callable[[Asked, date | None], Awaitable[Mapping[str, Output]]]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing. `field`: under which name the answer lists them; `shown`: the struct of each.

    `items`: by id, those of the given ids; for None the newest. It asks no ministry. `recent`, where it stands instead:
    those of that day (UTC) and later, for what comes too often to be marked as changed each time.
    """

    kind: ChangeKind
    field: str
    shown: type[Output]
    items: Items | None = None
    recent: Recent | None = None


class ChangesQuery(Query, frozen=True):
    """Since when: `next` of the answer before; left out, everything."""

    since: Annotated[str, Meta(max_length=96)] = ""


class ChangedThing(Output, frozen=True):
    """Something of hers, by its kind and id."""

    kind: str
    id: str


class ChangesBegin(Output, frozen=True):
    """What every answer begins with.

    `whole`: forget what you have, this is all there is now (lists hold the newest). `gone`: no longer there. `also`:
    changed, to be read where it stands. `next`: the `since` of the next request; `more`: ask again at once. What is
    told once may be told again: an item replaces the one of the same id.
    """

    whole: bool
    more: bool
    next: str
    gone: tuple[ChangedThing, ...] = ()
    also: tuple[ChangedThing, ...] = ()


def changes_ops(parts: Sequence[Part]) -> tuple[Op, ...]:
    """The operation over all parts."""
    lists = [_list_of(part) for part in parts]
    answer = msgspec.defstruct("ChangeList", lists, bases=(ChangesBegin,), frozen=True)
    answer.__doc__ = ChangesBegin.__doc__
    reader = _Reader({part.kind.value: part for part in parts}, answer)
    return (
        Op(
            id="list_changes",
            method="GET",
            path="/changes",
            summary="What changed since you last asked, in one answer",
            tag="changes",
            act=reader.act,
            query=ChangesQuery,
            answers={200: answer},
            problems=("pin_needed",),
            security=Security.PERSON,
            cache=Cache.PRIVATE,
            examples={200: answer(whole=False, more=False, next="1.2f4.b4a3e")},
        ),
    )


def _list_of(part: Part) -> tuple[str, Any, Any]:
    return part.field, tuple[part.shown, ...], ()  # type: ignore[name-defined]


@dataclass(frozen=True, slots=True)
class _Reader:
    parts: Mapping[str, Part]
    answer: type[msgspec.Struct]

    async def act(self, asked: Asked) -> Answer:
        query: ChangesQuery = asked.query
        position, caller = _position(query.since), asked.caller
        if caller.must_prove:
            raise Problem("pin_needed")
        if caller.proven and not query.since.startswith(_PROVEN):
            # What was left out so far, for want of the PIN, would be passed over.
            position = None
        if caller.person is None or not caller.bound:
            return Answer(self.answer(whole=position is None, more=False, next=query.since))
        changed = await asked.desk.records.changes.since(caller.person.id, position, _MOST)
        found = [thing for thing in changed.touched if self._may_be_named(asked, thing)]
        begun = None if changed.whole or position is None else position.day - _MARGIN
        lists = {part.field: await self._list(asked, part, changed.whole, found, begun) for part in self.parts.values()}
        return Answer(
            self.answer(
                whole=changed.whole,
                more=changed.more,
                next=_cursor(changed.next, _PROVEN if caller.proven else _OPEN),
                gone=tuple(ChangedThing(thing.kind, thing.subject) for thing in found if thing.gone),
                also=tuple(ChangedThing(thing.kind, thing.subject) for thing in found if self._is_elsewhere(thing)),
                **lists,
            )
        )

    async def _list(
        self, asked: Asked, part: Part, whole: bool, found: Sequence[Touched], begun: date | None
    ) -> tuple[Output, ...]:
        ids = frozenset(thing.subject for thing in found if thing.kind == part.kind and not thing.gone)
        items: Mapping[str, Output] = {}
        if part.recent is not None:
            items = await part.recent(asked, begun)
        elif part.items is not None and (whole or ids):
            items = await part.items(asked, None if whole else ids)
        return tuple(items.values())

    def _is_elsewhere(self, thing: Touched) -> bool:
        return not thing.gone and thing.kind not in self.parts

    @staticmethod
    def _may_be_named(asked: Asked, thing: Touched) -> bool:
        """Not even that something is gone is told of a sensitive service without the PIN."""
        if asked.caller.proven:
            return True
        if thing.kind == ChangeKind.APPOINTMENT:
            visited = asked.desk.services.get(thing.subject.partition(":")[0])
            return visited is not None and not visited.sensitive
        if thing.kind not in _OF_REFERENCES:
            return True
        reference = parse_reference(asked.desk, thing.subject)
        config = asked.desk.services.get(reference.service) if reference else None
        return config is None or not config.sensitive


def _position(since: str) -> Position | None:
    if not since:
        return None
    found = _CURSOR(since)
    try:
        if found is None:
            raise ValueError
        floor, day = int(found[1], 16), date.fromordinal(int(found[2], 16))
        if floor >= 1 << 63 or (found[3] and int(found[3], 16) >= 1 << 63):
            raise ValueError
    except (ValueError, OverflowError):
        raise Problem("invalid_fields", errors=(FieldError("/since", "invalid"),)) from None
    return Position(floor, day, int(found[3], 16), UUID(found[4])) if found[3] else Position(floor, day)


def _cursor(position: Position | None, kind: str) -> str:
    if position is None:
        return ""
    begins = f"{kind}{position.floor:x}.{position.day.toordinal():x}"
    return begins if position.xid is None or position.id is None else f"{begins}.{position.xid:x}.{position.id.hex}"
