"""The services of the country: what each needs, costs and takes. The same for everybody: nobody need sign in."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from mobile_api.operations import Answer, Asked, Cache, Op, Output
from mobile_api.problems import Problem
from mobile_api.shown import Amount, PlaceShown
from services import catalogue
from services.desk import service_word
from services.finding_places import Found, Wanted, find
from services.listed_places import PlaceKind
from services.pack_values import ServiceConfig
from services.values import ServiceInfo, in_language

# Where there are more, `GET /places?service=` turns the pages.
_MOST_PLACES = 100
CODE = r"[a-z0-9_]{1,64}"
Way: TypeAlias = Literal["phone", "app", "visit", "agent"]


class ServiceListed(Output, frozen=True):
    """One service, and what can be done about it here. `described`: what it needs can be read."""

    code: str
    name: str
    can_apply: bool
    can_book: bool
    can_collect: bool
    described: bool


class ServiceList(Output, frozen=True):
    """All services, in the country's order."""

    items: tuple[ServiceListed, ...]
    next: None = None


class ServiceDescribed(Output, frozen=True):
    """What a service asks of people.

    `needs`: documents to bring, in the language of the answer. `fee`: null where it is `free`, and where the ministry
    does not tell. `days`: working days until it is decided. `how`: the ways to it; `where`: the places that give it
    (see `/places?service=` for the nearest).
    """

    service: ServiceListed
    needs: tuple[str, ...]
    fee: Amount | None
    days: Annotated[int, Meta(ge=0)] | None
    free: bool = False
    how: tuple[Way, ...] = ()
    where: tuple[PlaceShown, ...] = ()


def _listed(asked: Asked, config: ServiceConfig) -> ServiceListed:
    name = asked.say(service_word(config.code))
    return ServiceListed(config.code, name, config.applies, config.visits, config.pickup, config.listed)


async def list_services(asked: Asked) -> Answer:
    """All services of the pack."""
    return Answer(ServiceList(tuple(_listed(asked, config) for config in asked.desk.services.services.values())))


async def describe_service(asked: Asked) -> Answer:
    """One service, as its ministry describes it now."""
    config = asked.desk.services.get(asked.path["code"])
    if config is None:
        raise Problem("not_found")
    told = (
        await catalogue.info(asked.desk, config.code) if config.listed else ServiceInfo(config.code, days=config.days)
    )
    if told is None:
        raise Problem("not_found")
    needs = (in_language(document, asked.language).strip() for document in told.documents)
    free = told.fee is not None and told.fee.minor == 0
    given = find(asked.desk.places.index, Wanted(service=config.code))
    return Answer(
        ServiceDescribed(
            _listed(asked, config),
            tuple(filter(None, needs)),
            Amount.of(told.fee) if told.fee is not None and not free else None,
            told.days,
            free,
            _ways(config, given),
            tuple(PlaceShown.of(found.listed.place, asked.language) for found in given[:_MOST_PLACES]),
        )
    )


def _ways(config: ServiceConfig, given: Sequence[Found]) -> tuple[Way, ...]:
    ways: list[Way] = ["phone", "app"] if config.applies or config.visits else []
    if config.visits:
        ways.append("visit")
    if any(found.listed.kind is PlaceKind.AGENT for found in given):
        ways.append("agent")
    return tuple(ways)


_EXAMPLE = ServiceListed("social_aid", "Targeted social aid", True, False, True, True)
_EXAMPLE_DESCRIBED = ServiceDescribed(
    _EXAMPLE,
    ("Identity card", "Proof of income"),
    None,
    15,
    free=True,
    how=("phone", "app", "agent"),
    where=(PlaceShown("post-01", "Post office 1", "Example street 10, Baku", "Mon-Fri 09:00-17:00"),),
)

OPS: tuple[Op, ...] = (
    Op(
        id="list_services",
        method="GET",
        path="/services",
        summary="All services",
        tag="services",
        act=list_services,
        answers={200: ServiceList},
        cache=Cache.PUBLIC,
        examples={200: ServiceList((_EXAMPLE,))},
    ),
    Op(
        id="describe_service",
        method="GET",
        path="/services/{code}",
        where={"code": CODE},
        summary="What a service needs, costs and takes",
        tag="services",
        act=describe_service,
        answers={200: ServiceDescribed},
        problems=("ministry_unavailable", "ministry_refused"),
        cache=Cache.PUBLIC,
        examples={200: _EXAMPLE_DESCRIBED},
    ),
)
