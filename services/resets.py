"""A forgotten PIN: a fact that the ministry checks, 24 hours, and a notice to the number."""

from datetime import datetime, timedelta
from math import ceil

from services.accounts import with_account
from services.alerts import AlertKind
from services.caller import Caller, Secret
from services.desk import Desk
from services.facts import check_fact, linkable
from services.outcomes import (
    AskBirthDate,
    AskSlipKey,
    FactWrong,
    NoAccount,
    NotFound,
    PinChanged,
    PinsDiffer,
    ReferenceMalformed,
    ResetAtOffice,
    ResetDoubted,
    ResetDue,
    ResetNotAsked,
    ResetWaits,
    TooManyTries,
)
from services.pack_values import LinkFact
from services.ports import Binding, Notice, Person
from services.reading import is_own
from services.values import Application

WAIT = timedelta(hours=24)
# Asked for and then left alone: not a door that stays open.
USABLE = timedelta(days=7)


async def reset_state(
    desk: Desk, caller: Caller
) -> NoAccount | ResetAtOffice | ResetDoubted | ResetNotAsked | ResetWaits | ResetDue:
    """How far a reset of this account's PIN is. Nobody can ask for one here where no slip has a number, nor from a
    number in doubt: there the office confirms it first (`services.office_deeds`)."""
    person = await with_account(desk, caller)
    if person is None:
        return NoAccount()
    reached = await _state(desk, person)
    # What the office has opened may be used in every country.
    return ResetAtOffice() if desk.services.unfiled and not isinstance(reached, ResetDue) else reached


async def reset_fact(desk: Desk, caller: Caller, reference: str) -> AskBirthDate | AskSlipKey | ReferenceMalformed:
    """Which fact proves an application hers. The ministry is not asked: an unknown one is answered like any other."""
    parsed = linkable(desk, reference)
    if parsed is None:
        return ReferenceMalformed()
    found, kind = parsed
    return AskBirthDate(found.number) if kind is LinkFact.BIRTH_DATE else AskSlipKey(found.number)


async def ask_reset(
    desk: Desk, caller: Caller, reference: str, fact: str
) -> ResetWaits | ResetDoubted | FactWrong | TooManyTries | NotFound | NoAccount:
    """Start the 24 hours, if the fact is right for an application of hers. A right PIN meanwhile ends them."""
    person = await with_account(desk, caller)
    if person is None:
        return NoAccount()
    if person.binding is not Binding.ACTIVE:
        # Doubted since she was asked for her slip: no try is counted.
        return ResetDoubted()

    async def hers(application: Application) -> bool:
        return await is_own(desk, caller, application, person)

    checked = await check_fact(desk, caller, reference, fact, hers)
    if not isinstance(checked, Application):
        return checked
    under_way = await _state(desk, person)
    if isinstance(under_way, ResetWaits):
        return under_way
    now = desk.clock.now()
    await desk.records.accounts.ask_reset(person.id, now + WAIT)
    # To the number in force: if it was not she who asked, she has a day to type her PIN or to come to the office.
    hours = {"hours": int(WAIT.total_seconds()) // 3600}
    notice = Notice("sms.account_reset", hours, kind=AlertKind.ACCOUNT)
    await desk.notices.promise(desk.records, person.id, notice)
    return _waits(now + WAIT, now)


async def finish_reset(
    desk: Desk, caller: Caller, pin: Secret, pin_seal: str
) -> PinChanged | PinsDiffer | ResetWaits | ResetDoubted | ResetNotAsked:
    """Set the new PIN once the 24 hours are over, or the office has opened the way."""
    person = await with_account(desk, caller)
    reached = await _state(desk, person) if person else ResetNotAsked()
    if person is None or not isinstance(reached, ResetDue):
        return reached if isinstance(reached, ResetWaits | ResetDoubted) else ResetNotAsked()
    if not desk.fingerprints.seals(caller.session, pin, pin_seal):
        return PinsDiffer()
    await desk.records.settle()
    kept = await desk.pins.hash(pin, desk.deadline)
    # A swapped SIM card may have been found while the PIN was hashed: then the reset is over.
    if not await desk.records.accounts.reset_pin(person.id, kept):
        return ResetNotAsked()
    return PinChanged()


async def _state(desk: Desk, person: Person) -> ResetDoubted | ResetNotAsked | ResetWaits | ResetDue:
    # What was asked for before the number fell silent, or got a new SIM card, opens nothing to whoever holds it now.
    if person.binding is not Binding.ACTIVE:
        return ResetDoubted()
    record = await desk.records.accounts.pin(person.id)
    now = desk.clock.now()
    if record is None or record.reset_due is None or now >= record.reset_due + USABLE:
        return ResetNotAsked()
    return _waits(record.reset_due, now) if now < record.reset_due else ResetDue()


def _waits(due: datetime, now: datetime) -> ResetWaits:
    return ResetWaits(max(1, ceil((due - now).total_seconds() / 3600)))
