"""Promises to tell her when a bus or train comes: made, listed and withdrawn."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from mobile_api.operations import Answer, Asked, Cache, Input, Op, Output, Security, unforeseen
from mobile_api.problems import FieldError, Problem
from mobile_api.resources.auth_values import HEX_ID
from mobile_api.resources.places import PLACE_ID
from mobile_api.resources.places_values import StopShown
from services import stops
from services.outcomes import NoStopsAwaited, PinNeeded, PlaceGone, StopPromised, StopsFull, StopUntold, StopWithdrawn
from services.stops import Awaited

TAG = "me"


class StopWanted(Input, frozen=True):
    """Of which she wants to be told. `place`: a stop of a mobile unit (`GET /places?kind=mobile_unit`)."""

    place: Annotated[str, Meta(pattern=f"^{PLACE_ID}$")]


class StopAwaited(Output, frozen=True):
    """She is told on the working day before `unit` comes to `place`, each time, and of what changes after that.

    `name`: the place as it is called. `next`: when it comes next; null while no day is known.
    """

    id: Annotated[str, Meta(pattern=f"^{HEX_ID}$")]
    place: str
    unit: str
    name: str
    next: StopShown | None

    @classmethod
    def of(cls, awaited: Awaited) -> "StopAwaited":
        promise = awaited.promise
        following = StopShown.of(awaited.next) if awaited.next else None
        return cls(promise.id.hex, promise.place, promise.unit, awaited.name, following)


class StopAwaitedList(Output, frozen=True):
    """All of hers, in the order of asking."""

    items: tuple[StopAwaited, ...]
    next: None = None


async def list_stops(asked: Asked) -> Answer:
    """Hers."""
    _prove(asked)
    found = await stops.hers(asked.desk, asked.caller)
    return Answer(StopAwaitedList(tuple(map(StopAwaited.of, found))))


async def await_stop(asked: Asked) -> Answer:
    """To ask twice is to ask once."""
    _prove(asked)
    wanted: StopWanted = asked.body
    match await stops.promise(asked.desk, asked.caller, wanted.place):
        case StopPromised():
            return Answer(StopAwaited.of(await _made(asked, wanted.place)), 201)
        case StopsFull():
            raise Problem("stops_full")
        case StopUntold():
            raise Problem("cannot_tell")
        case PlaceGone():
            raise Problem("invalid_fields", errors=(FieldError("/place", "invalid"),))
        case PinNeeded():
            raise Problem("pin_needed")
        case other:
            raise unforeseen(other)


async def forget_stop(asked: Asked) -> Answer:
    """She is told no more."""
    match await stops.withdraw(asked.desk, asked.caller, asked.path["id"]):
        case StopWithdrawn():
            return Answer(status=204)
        case NoStopsAwaited():
            raise Problem("not_found")
        case PinNeeded():
            raise Problem("pin_needed")
        case other:
            raise unforeseen(other)


async def _made(asked: Asked, place: str) -> Awaited:
    """Whoever came for the first time has become somebody by it."""
    person = asked.caller.person or await asked.desk.records.people.by_number(asked.caller.msisdn)
    found = () if person is None else await stops.of_person(asked.desk, person.id, asked.language)
    return next(each for each in found if each.promise.place == place)


def _prove(asked: Asked) -> None:
    if asked.caller.must_prove:
        raise Problem("pin_needed")


_EXAMPLE = StopAwaited(UUID(int=0).hex, "bus-01-example", "bus-01", "Example town", None)

OPS: tuple[Op, ...] = (
    Op(
        id="list_stops",
        method="GET",
        path="/me/stops",
        summary="Of which stops of a bus or train I want to be told",
        tag=TAG,
        act=list_stops,
        answers={200: StopAwaitedList},
        problems=("pin_needed",),
        security=Security.PERSON,
        cache=Cache.PRIVATE,
        examples={200: StopAwaitedList((_EXAMPLE,))},
    ),
    Op(
        id="await_stop",
        method="POST",
        path="/me/stops",
        summary="Tell me when the bus or train comes",
        description="At most five. An SMS comes on the last working day before each stop; if the stop is moved or "
        "called off after that, one more says so.",
        tag=TAG,
        act=await_stop,
        body=StopWanted,
        answers={201: StopAwaited},
        problems=("cannot_tell", "pin_needed", "stops_full"),
        security=Security.PERSON,
        write=True,
        examples={"body": StopWanted("bus-01-example"), 201: _EXAMPLE},
    ),
    Op(
        id="forget_stop",
        method="DELETE",
        path="/me/stops/{id}",
        where={"id": HEX_ID},
        summary="Tell me of it no more",
        tag=TAG,
        act=forget_stop,
        answers={204: None},
        problems=("not_found", "pin_needed"),
        security=Security.PERSON,
        write=True,
    ),
)
