"""The PIN: choosing one, proving it, changing it. Five wrong rest it for 30 minutes, ten need a reset."""

from datetime import datetime
from math import ceil

from domain.digits import fold
from domain.pins import is_pin, is_weak
from services.accounts import with_account
from services.caller import Caller, Secret
from services.desk import Desk
from services.outcomes import (
    NoAccount,
    PinAccepted,
    PinChanged,
    PinLocked,
    PinMalformed,
    PinNeeded,
    PinResetNeeded,
    PinRight,
    PinsDiffer,
    PinWeak,
    PinWrong,
)
from services.ports import PinRecord, PinRules

RULES = PinRules()


async def check_new_pin(desk: Desk, caller: Caller, pin: Secret) -> PinAccepted | PinWeak | PinMalformed:
    """Is it fit to be a PIN? Its seal lets the second typing be compared without keeping the first."""
    if not is_pin(pin):
        return PinMalformed()
    if is_weak(pin, caller.msisdn.e164):
        return PinWeak()
    return PinAccepted(desk.fingerprints.pin_seal(caller.session, pin))


async def verify_pin(
    desk: Desk, caller: Caller, pin: Secret
) -> PinRight | PinWrong | PinLocked | PinResetNeeded | NoAccount:
    """Prove it. The try is counted and committed before anything is compared.

    The right one wakes a number that fell silent: no account is ever opened on a silent one, so this PIN was set
    before. One that may have been set after a SIM swap wakes nothing, for that number has ended (`sim_swaps.judge`).
    """
    person = await with_account(desk, caller)
    if person is None:
        return NoAccount()
    now = desk.clock.now()
    record = await desk.records.accounts.count_try(person.id, now, RULES)
    if record is None:
        at_rest = await desk.records.accounts.pin(person.id)
        return _at_rest(at_rest, now) if at_rest else NoAccount()
    await desk.records.settle()
    if not await desk.pins.matches(fold(pin), record.hash, desk.deadline):
        return _wrong(record, now)
    fresh = await desk.pins.hash(fold(pin), desk.deadline) if desk.pins.outdated(record.hash) else None
    await desk.records.accounts.pin_was_right(person.id, fresh)
    await desk.records.people.confirm_number(caller.msisdn, person.id)
    return PinRight()


async def change_pin(desk: Desk, caller: Caller, pin: Secret, pin_seal: str) -> PinChanged | PinsDiffer | PinNeeded:
    """A new PIN in place of one that was proven in this session."""
    person = await with_account(desk, caller)
    if person is None or not caller.proven:
        return PinNeeded()
    if not desk.fingerprints.seals(caller.session, pin, pin_seal):
        return PinsDiffer()
    await desk.records.settle()
    kept = await desk.pins.hash(pin, desk.deadline)
    await desk.records.accounts.set_pin(person.id, kept)
    return PinChanged()


def _wrong(record: PinRecord, now: datetime) -> PinWrong | PinLocked | PinResetNeeded:
    if record.failures < RULES.failures and record.tries < RULES.tries:
        return PinWrong(min(RULES.tries - record.tries, RULES.failures - record.failures))
    return _at_rest(record, now)


def _at_rest(record: PinRecord, now: datetime) -> PinLocked | PinResetNeeded:
    if record.failures >= RULES.failures:
        return PinResetNeeded()
    left = (record.locked_until - now).total_seconds() if record.locked_until else 0.0
    return PinLocked(max(1, ceil(left / 60)))
