"""Her e-mail address: bound to her once a code sent to it was typed back, chosen for alerts, and removed.

All of it wants the PIN where there is an account, and is told to her number: alerts tell of decisions and money.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.email_address import EmailAddress
from services.alerts import AlertKind
from services.caller import Caller
from services.desk import Desk
from services.email_ports import PURPOSE, AlertsBy
from services.known_ports import ChangeKind
from services.outcomes import PinNeeded
from services.outcomes_email import EmailAsked, EmailChanged, EmailNone, EmailOff, EmailTooMany
from services.ports import Notice
from services.rights import person_of, record
from services.sign_in import CodeDead, CodeWrong
from services.sign_in_codes import SignInCodes, typed_code

LIVES = timedelta(minutes=10)
TRIES = 5
# A day's codes for one address, whoever asks for them (nobody's mailbox is filled by us), and for one person.
PER_ADDRESS, PER_PERSON = 5, 10
# What she agreed to stands in the letter with the code.
WORDS = "mail.code@1"


@dataclass(frozen=True, slots=True)
class OwnEmail:
    """`codes`: how they are made, and what is kept of them."""

    codes: SignInCodes

    async def begin(
        self, desk: Desk, caller: Caller, session: UUID, address: EmailAddress
    ) -> EmailAsked | EmailOff | EmailTooMany | PinNeeded:
        """A code goes to the address; whose it may be already is not told."""
        if refused := _refused(desk, caller):
            return refused
        person, today = person_of(caller).id, desk.today()
        guesses, emails = desk.records.guesses, desk.records.email()
        limits = (("email_person", person.hex, PER_PERSON), ("email_address", address.folded, PER_ADDRESS))
        for kind, subject, most in limits:
            if await guesses.allow(kind, subject, most, today) is None:
                return EmailTooMany()
        request, code = desk.ids.uuid7(), self.codes.make()
        kept = self.codes.kept(request, _device(session), code)
        await emails.ask(request, person, address, kept, code, caller.language, LIVES)
        return EmailAsked(request, int(LIVES.total_seconds()))

    async def confirm(
        self, desk: Desk, caller: Caller, session: UUID, request: UUID, code: str
    ) -> EmailChanged | CodeWrong | CodeDead | EmailOff | PinNeeded:
        """The code was read there. The try is counted and committed before anything is compared."""
        if refused := _refused(desk, caller):
            return refused
        typed = typed_code(code)
        if typed is None:
            return CodeWrong()
        person, emails = person_of(caller).id, desk.records.email()
        found = await emails.count_try(request, person, TRIES)
        if found is None:
            return CodeDead()
        if not self.codes.matches(found.code, request, _device(session), typed):
            return CodeWrong()
        if not await emails.bind(request, person):
            return CodeDead()
        await desk.records.accounts.give_consent(
            person, PURPOSE, WORDS, caller.language, channel=caller.channel, proof=caller.session[:100]
        )
        await _changed(desk, caller, "email.add", tell=True)
        return EmailChanged()


async def choose(desk: Desk, caller: Caller, by: AlertsBy) -> EmailChanged | EmailNone | EmailOff | PinNeeded:
    """On which channel alerts come from now on."""
    if refused := _refused(desk, caller):
        return refused
    if not await desk.records.email().choose(person_of(caller).id, by):
        return EmailChanged() if by is AlertsBy.SMS else EmailNone()
    await _changed(desk, caller, "email.choose", tell=by is AlertsBy.EMAIL)
    return EmailChanged()


async def remove(desk: Desk, caller: Caller) -> EmailChanged | EmailNone | EmailOff | PinNeeded:
    """No mail any more; alerts come by SMS."""
    if refused := _refused(desk, caller):
        return refused
    person = person_of(caller).id
    if not await desk.records.email().remove(person):
        return EmailNone()
    await desk.records.accounts.withdraw_consent(person, PURPOSE)
    await _changed(desk, caller, "email.remove")
    return EmailChanged()


def _refused(desk: Desk, caller: Caller) -> EmailOff | PinNeeded | None:
    if caller.must_prove or not caller.bound or not caller.attested:
        return PinNeeded()
    return None if desk.records.email().open else EmailOff()


async def _changed(desk: Desk, caller: Caller, act: str, *, tell: bool = False) -> None:
    person = person_of(caller)
    if tell:
        notice = Notice("sms.account_email_changed", {}, kind=AlertKind.ACCOUNT)
        await desk.notices.promise(desk.records, person.id, notice)
    await desk.records.changes.touch(person.id, ChangeKind.ME, "")
    await record(desk, caller, act)


def _device(session: UUID) -> str:
    """To what the code is bound: it is good on the device that asked for it, and for nothing else."""
    return f"email:{session.hex}"
