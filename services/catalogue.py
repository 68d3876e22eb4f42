"""The catalogue: which services there are, what each needs, costs and takes."""

from services.caller import Caller
from services.desk import Desk, ServiceName, service_word
from services.outcomes import Catalogue, ServiceFree, ServiceGone, ServiceNeeds, ServiceShown
from services.values import ServiceInfo
from services.wording import listed


async def services(desk: Desk, caller: Caller) -> Catalogue:
    """All services that the pack lists."""
    return Catalogue(desk.service_items(lambda config: config.listed))


async def info(desk: Desk, service: ServiceName) -> ServiceInfo | None:
    """What its ministry says of it now, with the pack's days where the ministry tells none."""
    config = desk.service(service)
    if config is None:
        return None
    ministry = await desk.registry(config.code)
    told = await ministry.info(config.code, desk.for_ministry())
    if told is None or told.days is not None:
        return told
    return ServiceInfo(told.service, told.documents, told.fee, config.days)


async def open(
    desk: Desk, caller: Caller, service: ServiceName
) -> ServiceShown | ServiceFree | ServiceNeeds | ServiceGone:
    """One service, as its ministry describes it now."""
    told = await info(desk, service)
    config = desk.service(service)
    if told is None or config is None:
        return ServiceGone()
    word, needs = service_word(config.code), listed(told.documents, caller.language)
    if told.fee is None or told.days is None:
        return ServiceNeeds(word, needs)
    if told.fee.minor == 0:
        return ServiceFree(word, needs, told.days)
    return ServiceShown(word, needs, told.fee, told.days)
