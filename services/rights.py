"""What she may do with what is held about her: see who she is to us, withdraw a consent, read it all, erase it all."""

from uuid import UUID

from domain.audit import AuditEntry
from domain.errors import InvalidValue
from services.assisted_sessions import HELP, stop
from services.caller import Caller
from services.desk import Desk
from services.known_ports import ChangeKind
from services.outcomes import PinNeeded
from services.outcomes_rights import ConsentNone, ConsentOfAccount, ConsentWithdrawn, Erased, Held, Me
from services.ports import Person
from services.rights_ports import Consent

ACCOUNT = "account"


async def me(desk: Desk, caller: Caller) -> Me:
    """Who she is to us. What stands on a number in doubt is told to nobody who merely has it."""
    person = person_of(caller)
    if not caller.bound:
        return Me(person.language, person.has_account, sure=False)
    return Me(
        person.language,
        person.has_account,
        True,
        await desk.records.numbers.of(person.id),
        await desk.records.accounts.consents(person.id),
        await desk.records.email().of(person.id),
    )


async def choose_language(desk: Desk, caller: Caller, language: str) -> None:
    """In which she is spoken to from now on, on every channel."""
    person = person_of(caller)
    await desk.records.people.choose_language(person.id, language)
    await desk.records.changes.touch(person.id, ChangeKind.ME, "")


async def consents(desk: Desk, caller: Caller, purpose: str) -> tuple[Consent, ...] | PinNeeded:
    """The ledger of one purpose, the newest first."""
    if not caller.bound:
        return PinNeeded()
    found = await desk.records.accounts.consents(person_of(caller).id)
    return tuple(consent for consent in found if consent.purpose == purpose)


async def withdraw(
    desk: Desk, caller: Caller, purpose: str
) -> ConsentWithdrawn | ConsentNone | ConsentOfAccount | PinNeeded:
    """What she agreed to stands no longer: where it is asked for, she is asked anew."""
    if caller.must_prove or not caller.bound or not caller.attested:
        return PinNeeded()
    if purpose == ACCOUNT:
        return ConsentOfAccount()
    person = person_of(caller)
    if not await desk.records.accounts.withdraw_consent(person.id, purpose):
        return ConsentNone()
    await desk.records.changes.touch(person.id, ChangeKind.CONSENT, purpose)
    if purpose.startswith(HELP):
        # What she withdraws is not only written down: nobody acts for her any more.
        await stop(desk, caller, UUID(purpose.removeprefix(HELP)))
    # The id of a session may look like a telephone number: the end of it is an entry of its own.
    await record(desk, caller, "consent.withdraw", why="assisted" if purpose.startswith(HELP) else purpose)
    return ConsentWithdrawn()


async def everything(desk: Desk, caller: Caller) -> Held | PinNeeded:
    """All that is held about her, opened. Where there is an account, its PIN comes first."""
    if caller.must_prove or not caller.bound or not caller.attested:
        return PinNeeded()
    await record(desk, caller, "data.export")
    return Held(await desk.records.personal.export(person_of(caller).id))


async def erase(desk: Desk, caller: Caller) -> Erased | PinNeeded:
    """All of it goes, at once and for good; what ministries hold is theirs."""
    if caller.must_prove or not caller.bound or not caller.attested:
        return PinNeeded()
    person = person_of(caller)
    await record(desk, caller, "data.erase")
    await desk.records.personal.erase(person.id)
    return Erased()


def person_of(caller: Caller) -> Person:
    """Who is signed in."""
    if caller.person is None:
        raise InvalidValue("a session that is nobody's")
    return caller.person


async def record(desk: Desk, caller: Caller, act: str, why: str = "") -> None:
    """That she did it herself, in the audit log."""
    herself = f"person:{person_of(caller).id.hex}"
    await desk.records.audit.record(AuditEntry(herself, act, herself, caller.session[:100], why, caller.channel))
