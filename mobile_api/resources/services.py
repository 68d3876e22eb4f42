"""The services of the country: what each needs, costs and takes. The same for everybody: nobody need sign in."""

from typing import Annotated

from msgspec import Meta

from mobile_api.operations import Answer, Asked, Cache, Op, Output, unforeseen
from mobile_api.problems import Problem
from mobile_api.shown import Amount
from services import catalogue
from services.desk import service_word
from services.outcomes import ServiceFree, ServiceGone, ServiceNeeds, ServiceShown
from services.pack_values import ServiceConfig
from services.wording import NOTHING

CODE = r"[a-z0-9_]{1,64}"


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

    `needs`: documents to bring, one line in the language of the answer. `fee`: null where it is `free`, and where the
    ministry does not tell. `days`: working days until it is decided.
    """

    service: ServiceListed
    needs: str
    fee: Amount | None
    days: Annotated[int, Meta(ge=0)] | None
    free: bool = False


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
    listed = _listed(asked, config)
    if not config.listed:
        return Answer(ServiceDescribed(listed, "", None, config.days))
    match await catalogue.open(asked.desk, asked.anybody, config.code):
        case ServiceShown(needs=needs, fee=fee, days=days):
            return Answer(ServiceDescribed(listed, _said(needs), Amount.of(fee), days))
        case ServiceFree(needs=needs, days=days):
            return Answer(ServiceDescribed(listed, _said(needs), None, days, free=True))
        case ServiceNeeds(needs=needs):
            return Answer(ServiceDescribed(listed, _said(needs), None, config.days))
        case ServiceGone():
            raise Problem("not_found")
        case other:
            raise unforeseen(other)


def _said(needs: str) -> str:
    return "" if needs == NOTHING else needs


_EXAMPLE = ServiceListed("social_aid", "Targeted social aid", True, False, True, True)

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
        problems=("ministry_unavailable",),
        cache=Cache.PUBLIC,
        examples={200: ServiceDescribed(_EXAMPLE, "Identity card; proof of income", None, 15, free=True)},
    ),
)
