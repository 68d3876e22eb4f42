"""`guichet people`: at the counter, two of staff confirm that a number is hers; she may choose a new PIN.

One asks (`confirm`), another approves (`approve`), each with her own password and code, and each with the citizen's
identity document, her telephone and the slip of one of her applications before her. Password and code are asked for, or
read as two lines from standard input where that is no terminal. Nobody of staff sees or sets a PIN.
"""

import argparse
import getpass
import sys
from datetime import timedelta

from domain.errors import GuichetError, InvalidValue
from domain.msisdn import Msisdn
from domain.reference import spellings
from gateway.commands.acting import Verbs
from gateway.commands.messages_shown import instant
from gateway.operations import Operations
from gateway.ops_page.page import staff_of, staff_vault
from services.office_deeds import APPROVED_WITHIN, CHANNEL, CHOSEN_WITHIN, Office, Refusal, Shown
from services.office_ports import Deed
from services.staff_ports import StaffMember
from services.staff_sign_in import StaffSignIn

_MINUTE = timedelta(minutes=1)
_WHY = {
    Refusal.NOBODY: "nobody has this number (any more): who has it now dials, and proves an application by a fact",
    Refusal.REFERENCE_NEEDED: "applications are linked to this number: name one with --reference, and hold her "
    "document against what its ministry has of it",
    Refusal.NOT_HERS: "that application is not of whoever has this number",
    Refusal.NO_ACCOUNT: "there is no account on this number, and so no PIN to choose anew",
    Refusal.ASKED_BY_ANOTHER: "somebody else has asked for this number: approve it, or wait until it has lapsed",
    Refusal.NOT_ASKED: "nobody has asked for this number: guichet people confirm",
    Refusal.LAPSED: f"it was asked for more than {APPROVED_WITHIN // _MINUTE} minutes ago: ask again",
    Refusal.SAME_PERSON: "whoever asked does not approve: it takes another of staff",
}


class NotDone(GuichetError):
    """The state of the number, or who asks, does not allow it: nothing was changed."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("people", help="confirm at the counter that a number is hers", description=__doc__)
    verb = Verbs(parser).add
    confirm = verb("confirm", "the first of two: ask that the number is confirmed", _confirm)
    _takes_what_was_shown(confirm)
    confirm.add_argument("--reason", required=True, help="why; kept in the audit log: no name, no number")
    confirm.add_argument("--new-pin", action="store_true", help="she has forgotten her PIN too, and chooses another")
    _takes_what_was_shown(verb("approve", "the second: it is done", _approve))
    verb("waiting", "what one has asked for and another has not approved", _waiting)


def _takes_what_was_shown(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", help="of the telephone in her hand")
    parser.add_argument("--reference", default="", help="the number on the slip of one of her applications")
    parser.add_argument("--staff", required=True, metavar="NAME", help="who you are (guichet staff list)")


async def _confirm(operations: Operations, arguments: argparse.Namespace) -> int:
    shown, her = _shown(operations, arguments), await _proven(operations, arguments.staff)
    async with operations.store.open_office() as book:
        office = Office(book, operations.store.clock)
        deed = await office.ask(shown, her.name, arguments.reason, new_pin=arguments.new_pin)
    asked = _done(deed)
    lapses = instant(asked.asked_at + APPROVED_WITHIN)
    print(f"{shown.number.masked}: asked. Another of staff approves until {lapses}: guichet people approve")
    return 0


async def _approve(operations: Operations, arguments: argparse.Namespace) -> int:
    shown, her = _shown(operations, arguments), await _proven(operations, arguments.staff)
    async with operations.store.open_office() as book:
        deed = await Office(book, operations.store.clock).approve(shown, her.name)
    done = _done(deed)
    assert done.approved_at is not None  # noqa: S101 - by what approving gives
    print(f"{shown.number.masked}: confirmed by {done.asked_by} and {done.approved_by}, {instant(done.approved_at)}")
    if done.new_pin:
        code, until = operations.pack.service_code, instant(done.approved_at + CHOSEN_WITHIN)
        print(f"She dials {code}, 6, 4 on this telephone, and chooses a PIN that nobody else sees, until {until}")
    return 0


async def _waiting(operations: Operations, arguments: argparse.Namespace) -> int:
    await operations.record("people.waiting")
    async with operations.store.open_office() as book:
        found = await Office(book, operations.store.clock).waiting()
    for each in found:
        pin = ", a new PIN" if each.deed.new_pin else ""
        asked = f"asked by {each.deed.asked_by}, {instant(each.deed.asked_at)}"
        print(f"{each.number.masked}  {asked}{pin}: {each.deed.why}")
    if not found:
        print("none")
    return 0


def _shown(operations: Operations, arguments: argparse.Namespace) -> Shown:
    number = Msisdn.parse(arguments.number, operations.pack.country)
    typed = arguments.reference
    return Shown(number, spellings(typed, operations.pack.services.references) if typed else ())


async def _proven(operations: Operations, name: str) -> StaffMember:
    """Who of staff does it, by her password and a code that is good once: whom the shell belongs to is not enough where
    two people are asked for."""
    password, code = _typed()
    vault = staff_vault(operations.store.sealer.ring)
    try:
        async with operations.database.unit_of_work() as work:
            staff = staff_of(operations.store, work)
            sign_in = StaffSignIn(vault, operations.store.clock, channel=CHANNEL)
            proved = await sign_in.prove(staff, name, password, code)
    finally:
        vault.close()
    if not isinstance(proved, StaffMember):
        raise InvalidValue("name, password or code is not right, or the name is locked or suspended")
    return proved


def _typed() -> tuple[str, str]:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n"), sys.stdin.readline().strip()
    return getpass.getpass("Password: "), getpass.getpass("Code: ").strip()


def _done(deed: Deed | Refusal) -> Deed:
    if isinstance(deed, Refusal):
        raise NotDone(_WHY[deed])
    return deed
