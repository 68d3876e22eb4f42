"""Places where something is done or collected: searched by words or by service, with their hours.

The country's data holds no coordinates, so there is no search by nearness.
"""

import unicodedata
from typing import Annotated

from msgspec import Meta

from i18n.letters import plain
from mobile_api.operations import Answer, Asked, Cache, Op, Output
from mobile_api.problems import Problem
from mobile_api.shown import PageQuery, PlaceShown, page
from services.desk import Desk
from services.values import Place


class PlacesQuery(PageQuery, frozen=True):
    """Which places. `q`: words of the name or the address, in any spelling; `service`: where it is given."""

    q: Annotated[str, Meta(max_length=100)] = ""
    service: Annotated[str, Meta(max_length=64)] = ""


class PlaceListed(Output, frozen=True):
    """A place, and the codes of the services given there."""

    place: PlaceShown
    services: tuple[str, ...]


class PlaceList(Output, frozen=True):
    """Places in the country's order. `next`: the cursor of the next page, null on the last."""

    items: tuple[PlaceListed, ...]
    next: str | None


def _offered(desk: Desk) -> dict[str, tuple[Place, list[str]]]:
    """Every place that gives a service, with the services that it gives."""
    found: dict[str, tuple[Place, list[str]]] = {}
    for code in desk.services.services:
        for place in desk.places.offering(code):
            found.setdefault(place.id, (place, []))[1].append(code)
    return dict(sorted(found.items()))


def _folded(words: str) -> str:
    """Letters as a basic keyboard writes them, so that `Gence` finds `Gəncə`."""
    apart = unicodedata.normalize("NFKD", plain(words.casefold()).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


async def list_places(asked: Asked) -> Answer:
    """The places that fit what was asked."""
    query: PlacesQuery = asked.query
    wanted = _folded(query.q).split()
    found = [
        PlaceListed(PlaceShown.of(place, asked.language), tuple(services))
        for place, services in _offered(asked.desk).values()
        if (not query.service or query.service in services)
        and all(word in _folded(f"{place.name} {place.address}") for word in wanted)
    ]
    items, following = page(found, query, lambda item: item.place.id)
    return Answer(PlaceList(items, following))


async def show_place(asked: Asked) -> Answer:
    """One place."""
    found = _offered(asked.desk).get(asked.path["id"])
    if found is None:
        raise Problem("not_found")
    place, services = found
    return Answer(PlaceListed(PlaceShown.of(place, asked.language), tuple(services)))


_EXAMPLE = PlaceListed(PlaceShown("asan-01", "ASAN 1", "Example street 3, Baku", "Mon-Sat 09:00-18:00"), ("id_card",))

OPS: tuple[Op, ...] = (
    Op(
        id="list_places",
        method="GET",
        path="/places",
        summary="Places, by words or by service",
        tag="places",
        act=list_places,
        query=PlacesQuery,
        answers={200: PlaceList},
        cache=Cache.PUBLIC,
        examples={200: PlaceList((_EXAMPLE,), None)},
    ),
    Op(
        id="show_place",
        method="GET",
        path="/places/{id}",
        where={"id": r"[A-Za-z0-9_-]{1,64}"},
        summary="One place and its hours",
        tag="places",
        act=show_place,
        answers={200: PlaceListed},
        cache=Cache.PUBLIC,
        examples={200: _EXAMPLE},
    ),
)
