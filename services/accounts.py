"""Who somebody is to us: her language, and the account she opens once and may close."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from domain.errors import StoreUnavailable
from services import surveys
from services.caller import AGENT, SMS, Caller, Secret
from services.desk import Desk
from services.outcomes import (
    AccountClosed,
    AccountCreated,
    AccountExists,
    AccountOpen,
    KnownCaller,
    LanguageChosen,
    NewCaller,
    NoAccount,
    PinNeeded,
    PinsDiffer,
    UnaskedCaller,
)
from services.ports import Binding, Person

# A day is near enough to tell 90 silent ones, and most calls then write nothing.
SEEN_EVERY = timedelta(days=1)


async def recognise(desk: Desk, caller: Caller) -> NewCaller | KnownCaller | UnaskedCaller:
    """Whether we know this number, and which language it speaks; whoever calls is not silent.

    Whom a ministry told of, or who dialled a code with everything in it, has not been asked yet which. By SMS she
    is not: each question is one that she pays for; nor by an agent, at whose side she has said what she speaks.
    """
    person = caller.person
    if person is None:
        return NewCaller()
    asked_before = person.language_chosen or caller.channel in (SMS, AGENT)
    if caller.attested and person.binding is Binding.ACTIVE and person.last_seen <= desk.clock.now() - SEEN_EVERY:
        # Records that can only be read still tell her language: the day is noted at another call. By itself, for what
        # failed takes all with it that stands in its transaction.
        with suppress(StoreUnavailable):
            await desk.records.settle()
            async with desk.open_records() as records:
                await records.people.greet(caller.msisdn, person.language, chosen=False)
    opinion = await surveys.is_open(desk, person)
    known = KnownCaller if asked_before else UnaskedCaller
    return known(person.language, person.has_account, opinion)


async def choose_language(desk: Desk, caller: Caller, language: str) -> LanguageChosen:
    """Keep the language; whoever chooses one is known from then on."""
    await desk.records.people.greet(caller.msisdn, language, attested=caller.attested)
    return LanguageChosen(language)


async def state(desk: Desk, caller: Caller) -> NoAccount | AccountOpen:
    """Whether this number has an account."""
    return AccountOpen() if await with_account(desk, caller) else NoAccount()


async def create(desk: Desk, caller: Caller, pin: Secret, pin_seal: str) -> AccountCreated | PinsDiffer | AccountExists:
    """Open the account with the PIN typed a second time; the words agreed to are kept with their version.

    Never for whom the number stands in doubt, though the doubt came while the PIN was hashed: this PIN would wake it
    (`pins.verify_pin`). Whoever acts on such a number is somebody new.
    """
    if not desk.fingerprints.seals(caller.session, pin, pin_seal):
        return PinsDiffer()
    if await with_account(desk, caller):
        return AccountExists()
    await desk.records.settle()
    kept = await desk.pins.hash(pin, desk.deadline)
    held = await desk.records.people.hold(caller.msisdn)
    if held is not None and held.has_account:
        return AccountExists()
    person = await desk.person(replace(caller, person=held))
    made = await desk.records.accounts.create(
        person.id,
        kept,
        desk.services.account_consent,
        caller.language,
        channel=caller.channel,
        proof=caller.session,
    )
    return AccountCreated() if made else AccountExists()


async def close(desk: Desk, caller: Caller) -> AccountClosed | PinNeeded | NoAccount:
    """Close the account: all that was kept for the person is erased, in every room, and the key to what was sealed."""
    person = await with_account(desk, caller)
    if person is None:
        return NoAccount()
    if not caller.proven:
        return PinNeeded()
    await desk.records.personal.erase(person.id)
    return AccountClosed()


async def with_account(desk: Desk, caller: Caller) -> Person | None:
    """The caller as she is now, if she has an account: it may have been opened in this very session."""
    person = await desk.records.people.by_number(caller.msisdn)
    return person if person is not None and person.has_account else None
