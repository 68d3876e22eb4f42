"""Values that many answers show: amounts and places, and lists cut into pages."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from msgspec import Meta

from domain.money import Money
from mobile_api.operations import Output, Query
from services.values import Place, in_language

T = TypeVar("T")

MOST_ITEMS = 100
Limit = Annotated[int, Meta(ge=1, description=f"How many at most; above {MOST_ITEMS} it is {MOST_ITEMS}.")]
Cursor = Annotated[str, Meta(max_length=128, description="`next` of the page before.")]


class Amount(Output, frozen=True):
    """Money: `amount` in major units as decimal text, `currency` by ISO 4217."""

    amount: Annotated[str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]

    @classmethod
    def of(cls, money: Money) -> "Amount":
        return cls(f"{money.amount:f}", money.currency)


class PlaceShown(Output, frozen=True):
    """A place. `hours`: for people, in the language of the answer; empty where nobody told them."""

    id: str
    name: str
    address: str
    hours: str

    @classmethod
    def of(cls, place: Place, language: str) -> "PlaceShown":
        return cls(place.id, place.called(language), place.located(language), in_language(place.hours, language))


class PageQuery(Query, frozen=True):
    """Which part of a list."""

    limit: Limit = 50
    cursor: Cursor = ""


def page(items: Sequence[T], asked: PageQuery, id_of: Callable[[T], str]) -> tuple[tuple[T, ...], str | None]:
    """One page of a list whose order stays, and the cursor of the next one; None where this is the last.

    A cursor is the id of the last item shown; one that is not known (any more) begins anew.
    """
    ids = [id_of(item) for item in items]
    first = ids.index(asked.cursor) + 1 if asked.cursor in ids else 0
    last = first + min(asked.limit, MOST_ITEMS)
    return tuple(items[first:last]), ids[last - 1] if last < len(items) else None
