"""The catalogue: which services there are, what each needs, costs and takes."""

from domain.errors import InvalidValue
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
    told = await _told(desk, config.code)
    if told is None or told.days is not None:
        return told
    return ServiceInfo(told.service, told.documents, told.fee, config.days)


async def _told(desk: Desk, code: str) -> ServiceInfo | None:
    """As the guide to the service says, else as the ministry that takes applications for it does."""
    await desk.records.settle()
    guide = desk.ministries.guide(code)
    told = await guide.info(code, desk.for_ministry()) if guide else None
    if told is not None:
        return told
    try:
        ministry = desk.ministries.applications(code)
    except InvalidValue:
        return None  # nobody takes applications for it: what no guide tells nobody does
    return await ministry.info(code, desk.for_ministry())


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
