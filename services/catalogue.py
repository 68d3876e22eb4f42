"""The catalogue: which services there are, what each needs, costs and takes."""

from services.caller import Caller
from services.desk import Desk, ServiceName, service_word
from services.outcomes import Catalogue, ServiceFree, ServiceGone, ServiceNeeds, ServiceShown
from services.wording import listed


async def services(desk: Desk, caller: Caller) -> Catalogue:
    """All services that the pack lists."""
    return Catalogue(desk.service_items(lambda config: config.listed))


async def open(
    desk: Desk, caller: Caller, service: ServiceName
) -> ServiceShown | ServiceFree | ServiceNeeds | ServiceGone:
    """One service, as its ministry describes it now."""
    config = desk.service(service)
    if config is None:
        return ServiceGone()
    ministry = await desk.registry(config.code)
    info = await ministry.info(config.code, desk.for_ministry())
    if info is None:
        return ServiceGone()
    word, needs = service_word(config.code), listed(info.documents, caller.language)
    days = info.days if info.days is not None else config.days
    if info.fee is None or days is None:
        return ServiceNeeds(word, needs)
    if info.fee.minor == 0:
        return ServiceFree(word, needs, days)
    return ServiceShown(word, needs, info.fee, days)
