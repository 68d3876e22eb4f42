"""Linking an application to a person by a fact that the ministry itself checks."""

from services.caller import Caller
from services.desk import Desk
from services.facts import check_fact, linkable
from services.outcomes import (
    AlreadyLinked,
    AskBirthDate,
    AskSlipKey,
    FactWrong,
    Linked,
    NotFound,
    PinNeeded,
    ReferenceMalformed,
    TooManyTries,
)
from services.pack_values import LinkFact
from services.ports import LinkedBy, Person
from services.values import Application


async def begin(
    desk: Desk, caller: Caller, reference: str
) -> AskBirthDate | AskSlipKey | ReferenceMalformed | AlreadyLinked | PinNeeded:
    """Which fact to ask for. The ministry is not asked: an unknown reference is answered like any other."""
    parsed = linkable(desk, reference)
    if parsed is None:
        return ReferenceMalformed()
    if caller.must_prove:
        return PinNeeded()
    found, kind = parsed
    if not caller.may_use(found.service):
        return PinNeeded()
    person = caller.person if caller.bound else None
    if person is not None and await desk.records.links.proven(person.id, found.service, found.number):
        return AlreadyLinked()
    return AskBirthDate(found.number) if kind is LinkFact.BIRTH_DATE else AskSlipKey(found.number)


async def link(
    desk: Desk, caller: Caller, reference: str, fact: str
) -> Linked | FactWrong | TooManyTries | NotFound | PinNeeded:
    """Link it, if the fact is right."""
    parsed = linkable(desk, reference)
    if caller.must_prove or (parsed is not None and not caller.may_use(parsed[0].service)):
        return PinNeeded()
    application = await check_fact(desk, caller, reference, fact)
    if not isinstance(application, Application):
        return application
    person = await _proven_person(desk, caller, application)
    await desk.records.links.add(person.id, application.service, application.reference, LinkedBy.FACT)
    await desk.records.known.saw(person.id, (application,), desk.today())
    return Linked(application.reference)


async def _proven_person(desk: Desk, caller: Caller, application: Application) -> Person:
    """Whom the fact speaks of. What she had proven before she fell silent wakes her number, proven again."""
    silent = caller.person if not caller.bound else None
    if silent and await desk.records.links.proven(silent.id, application.service, application.reference):
        await desk.records.people.confirm_number(caller.msisdn, silent.id, by_fact=True)
        return silent
    return await desk.person(caller)
