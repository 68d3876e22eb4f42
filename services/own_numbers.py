"""Her own numbers: one more, proven by a code sent to it; one less; and which of them she is reached at.

All of it wants the PIN, proven on the device in the hand, and is told to the number in force. A number added less
than a day ago takes over from no other: whoever stole PIN and device has a day in which she is warned.
"""

from datetime import timedelta
from uuid import UUID

from domain.msisdn import Msisdn
from services.alerts import AlertKind
from services.caller import Caller
from services.desk import Desk
from services.known_ports import ChangeKind
from services.outcomes import NoAccount, PinNeeded
from services.outcomes_rights import (
    NumberAdded,
    NumberChanged,
    NumberGone,
    NumberNeeded,
    NumbersFull,
    NumberTaken,
    NumberTooNew,
)
from services.ports import Notice
from services.rights import person_of, record
from services.rights_ports import HeldNumber
from services.sign_in import CodeDead, CodeWrong, SignIn, Started
from services.sign_in_ports import SignInRecords

MOST = 5
SETTLES = timedelta(hours=24)


async def begin(
    desk: Desk,
    records: SignInRecords,
    sign_in: SignIn,
    caller: Caller,
    session: UUID,
    number: Msisdn,
    address: str,
) -> Started | PinNeeded | NoAccount | NumbersFull:
    """A code goes to the number: the same answer whoever has it, and under the limits of signing in."""
    if refused := _refused(caller):
        return refused
    if len(await desk.records.numbers.of(person_of(caller).id)) >= MOST:
        return NumbersFull()
    return await sign_in.start(records, number, address, _device(session), caller.language)


async def confirm(
    desk: Desk, records: SignInRecords, sign_in: SignIn, caller: Caller, session: UUID, request: UUID, code: str
) -> NumberAdded | NumberTaken | NumbersFull | CodeWrong | CodeDead | PinNeeded | NoAccount:
    """The code was read on the new number: it is hers, and the number in force is told."""
    if refused := _refused(caller):
        return refused
    number = await sign_in.prove_number(records, request, code, _device(session))
    if not isinstance(number, Msisdn):
        return number
    person = person_of(caller)
    held = await desk.records.numbers.of(person.id, locked=True)
    if len(held) >= MOST and all(each.number != number for each in held):
        return NumbersFull()
    await _tell(desk, caller)
    added = await desk.records.numbers.add(person.id, number)
    if added is None:
        return NumberTaken()
    await _changed(desk, caller, "numbers.add")
    return NumberAdded(added)


async def remove(
    desk: Desk, caller: Caller, number: UUID
) -> NumberChanged | NumberGone | NumberNeeded | NumberTooNew | PinNeeded | NoAccount:
    """It is hers no longer: lost, or given away. Devices that signed in by it are signed out."""
    if refused := _refused(caller):
        return refused
    # Locked: of two removals at once each would leave what the other takes.
    held = await desk.records.numbers.of(person_of(caller).id, locked=True)
    if not any(each.id == number for each in held):
        return NumberGone()
    others = [each for each in held if each.id != number]
    if not others:
        return NumberNeeded()
    if all(_is_new(desk, other) for other in others):
        return NumberTooNew()
    await _tell(desk, caller)
    await desk.records.numbers.remove(person_of(caller).id, number)
    await _changed(desk, caller, "numbers.remove")
    return NumberChanged()


async def prefer(
    desk: Desk, caller: Caller, number: UUID
) -> NumberChanged | NumberGone | NumberTooNew | PinNeeded | NoAccount:
    """She is reached there from now on."""
    if refused := _refused(caller):
        return refused
    held = await desk.records.numbers.of(person_of(caller).id, locked=True)
    wanted = next((each for each in held if each.id == number), None)
    if wanted is None:
        return NumberGone()
    if _is_new(desk, wanted) and len(held) > 1:
        return NumberTooNew()
    await _tell(desk, caller)
    await desk.records.numbers.prefer(person_of(caller).id, number)
    await _changed(desk, caller, "numbers.prefer")
    return NumberChanged()


def _refused(caller: Caller) -> PinNeeded | NoAccount | None:
    if caller.proven and caller.has_account:
        return None
    return PinNeeded() if caller.has_account else NoAccount()


def _is_new(desk: Desk, number: HeldNumber) -> bool:
    return number.added_at > desk.clock.now() - SETTLES


async def _tell(desk: Desk, caller: Caller) -> None:
    """The number in force, before it may be another."""
    notice = Notice("sms.account_numbers_changed", {}, kind=AlertKind.ACCOUNT)
    await desk.notices.promise(desk.records, person_of(caller).id, notice)


async def _changed(desk: Desk, caller: Caller, act: str) -> None:
    await desk.records.changes.touch(person_of(caller).id, ChangeKind.ME, "")
    await record(desk, caller, act)


def _device(session: UUID) -> str:
    """To what the code is bound. No app can call its device so: a code for this signs nobody in."""
    return f"number:{session.hex}"
