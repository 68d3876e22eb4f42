"""What changed for her since she last asked, in one answer: for networks where every request costs.

Each room that shows something of hers gives a `Part`; the answer is put together of them. `next` moves only where
something of hers did, so that an app that asks again with it hears 304 while there is nothing new.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from mobile_api.operations import Answer, Asked, Cache, Op, Output, Query, Security
from mobile_api.problems import FieldError, Problem
from services.known_ports import ChangeKind, Position, Touched
from services.reading import parse_reference

_MOST = 60
_CURSOR = re.compile(
    r"[12]\.([0-9a-f]{1,16})\.([0-9a-f]{1,6})(?:\.([0-9a-f]{1,16})\.([0-9a-f]{32}))?(?:-([0-9a-f]{16}))?"
).fullmatch
_SEEN_OCTETS = 8
_OF_REFERENCES = frozenset({ChangeKind.APPLICATION.value, ChangeKind.PICKUP.value})

# With what a position begins: read without the PIN, or with it.
_OPEN, _PROVEN = "1.", "2."

Items = Callable[[Asked, frozenset[str] | None], Awaitable[Mapping[str, Output]]]
Recent = Callable[[Asked], Awaitable[Sequence[Output]]]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing (a kind may have several parts). `field`: under which name the answer lists them; `shown`: the
    struct of each.

    `items`: by id, those of the given ids; for None the newest. It asks no ministry. `recent`, where it stands instead:
    the newest as they are now, for what changes too often to be marked each time. They are told where one of them is
    another than when she last asked.
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
    reader = _Reader(tuple(parts), frozenset(part.kind.value for part in parts), answer)
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
class _Since:
    """What her `since` says. `seen`: of what was recent when she asked."""

    position: Position | None = None
    seen: str = ""


@dataclass(frozen=True, slots=True)
class _Reader:
    parts: tuple[Part, ...]
    kinds: frozenset[str]
    answer: type[msgspec.Struct]

    async def act(self, asked: Asked) -> Answer:
        query: ChangesQuery = asked.query
        since, caller = _since(query.since), asked.caller
        if caller.must_prove:
            raise Problem("pin_needed")
        if caller.proven and not query.since.startswith(_PROVEN):
            # What was left out so far, for want of the PIN, would be passed over.
            since = _Since()
        if caller.person is None or not caller.bound:
            return Answer(self.answer(whole=since.position is None, more=False, next=query.since))
        changed = await asked.desk.records.changes.since(caller.person.id, since.position, _MOST)
        found = [thing for thing in changed.touched if self._may_be_named(asked, thing)]
        lists = {part.field: await self._list(asked, part, changed.whole, found) for part in self.parts}
        recent = {part.field: lists[part.field] for part in self.parts if part.recent is not None}
        seen = _seen(recent)
        if seen == since.seen and not changed.whole:
            lists |= dict.fromkeys(recent, ())
        return Answer(
            self.answer(
                whole=changed.whole,
                more=changed.more,
                next=_cursor(changed.next, _PROVEN if caller.proven else _OPEN, seen),
                gone=tuple(ChangedThing(thing.kind, thing.subject) for thing in found if thing.gone),
                also=tuple(ChangedThing(thing.kind, thing.subject) for thing in found if self._is_elsewhere(thing)),
                **lists,
            )
        )

    async def _list(self, asked: Asked, part: Part, whole: bool, found: Sequence[Touched]) -> tuple[Output, ...]:
        if part.recent is not None:
            return tuple(await part.recent(asked))
        ids = frozenset(thing.subject for thing in found if thing.kind == part.kind and not thing.gone)
        if part.items is None or not (whole or ids):
            return ()
        return tuple((await part.items(asked, None if whole else ids)).values())

    def _is_elsewhere(self, thing: Touched) -> bool:
        return not thing.gone and thing.kind not in self.kinds

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


def _since(since: str) -> _Since:
    if not since:
        return _Since()
    found = _CURSOR(since)
    try:
        if found is None:
            raise ValueError
        floor, day = int(found[1], 16), date.fromordinal(int(found[2], 16))
        if floor >= 1 << 63 or (found[3] and int(found[3], 16) >= 1 << 63):
            raise ValueError
    except (ValueError, OverflowError):
        raise Problem("invalid_fields", errors=(FieldError("/since", "invalid"),)) from None
    more = (int(found[3], 16), UUID(found[4])) if found[3] else (None, None)
    return _Since(Position(floor, day, *more), found[5] or "")


def _cursor(position: Position | None, kind: str, seen: str) -> str:
    if position is None:
        return ""
    begins = f"{kind}{position.floor:x}.{position.day.toordinal():x}"
    if position.xid is not None and position.id is not None:
        begins += f".{position.xid:x}.{position.id.hex}"
    return f"{begins}-{seen}" if seen else begins


def _seen(recent: Mapping[str, Sequence[Output]]) -> str:
    """Which they are, and how each stands, in the words she reads; "" for none."""
    if not any(recent.values()):
        return ""
    return hashlib.blake2b(msgspec.json.encode(recent), digest_size=_SEEN_OCTETS).hexdigest()
