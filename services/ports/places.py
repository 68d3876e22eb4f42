"""All places of the country."""

from collections.abc import Sequence
from typing import Protocol

from services.listed_places import ListedPlace, MobileUnit
from services.place_index import PlaceIndex
from services.values import Place


class PlaceBook(Protocol):
    """The pack's places, and those that ministries' guides tell of; always in memory, at once.

    What it answers may be another a minute later: take it anew for each hop."""

    def get(self, place_id: str) -> Place | None: ...

    def offering(self, service: str) -> Sequence[Place]: ...

    @property
    def index(self) -> PlaceIndex:
        """Finds some of many."""
        ...

    def agents(self) -> Sequence[ListedPlace]: ...

    def nearest_agent(self, region: str = "", district: str = "") -> Place | None:
        """One in the district, else in the region, else the first."""
        ...

    def all(self) -> Sequence[ListedPlace]:
        """Every place, of agents and stops of mobile units too, in the country's order."""
        ...

    def units(self) -> Sequence[MobileUnit]: ...

    @property
    def complete(self) -> bool:
        """Every guide has told its places, however long ago: what is missing is off, and not merely not told yet."""
        ...
