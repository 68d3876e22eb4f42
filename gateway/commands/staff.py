"""`guichet staff`: who may open the operations page, with a password and a second factor.

The password is asked for, or read from standard input where that is no terminal. The key of the second factor is shown
once, for an app on her own telephone: only she should see it.
"""

import argparse
import getpass
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.audit import AuditEntry
from domain.deadline import Deadline
from domain.errors import InvalidValue
from gateway.commands.acting import Act, Verbs
from gateway.operations import Operations
from gateway.ops_page.page import staff_of, staff_vault
from services.records.staff import SqlStaff
from services.staff_sign_in import staff_name, staff_password
from services.totp import KEY_OCTETS, address, written

_SECONDS = 10.0


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("staff", help="who may open the operations page", description=__doc__)
    verbs = Verbs(parser)

    def verb(name: str, about: str, act: Act, *, named: bool = True) -> None:
        added = verbs.add(name, about, act)
        if named:
            added.add_argument("name", help="small letters, digits, dots, dashes")

    verb("add", "a new account: asks for its password, shows the key of the second factor", _add)
    verb("reset", "a new password and a new second factor; ends her sessions and her lock", _reset)
    verb("suspend", "from now on she sees nothing", _suspend)
    verb("resume", "she may sign in again", _resume)
    verb("remove", "she left: nothing of her stays but the audit log", _remove)
    verb("list", "names and states", _list, named=False)


@asynccontextmanager
async def _book(operations: Operations, act: str, name: str) -> AsyncIterator[SqlStaff]:
    """Staff, in one transaction with the entry in the audit log."""
    async with operations.database.unit_of_work() as work:
        staff = staff_of(operations.store, work)
        yield staff
        await staff.record(AuditEntry(operations.operator, act, f"operator:{name}", channel="command"))


async def _add(operations: Operations, arguments: argparse.Namespace) -> int:
    name, (hashed, key) = staff_name(arguments.name), await _secrets(operations)
    async with _book(operations, "staff.add", name) as book:
        if not await book.add(name, hashed, key):
            raise InvalidValue("somebody has this name already: `guichet staff reset` makes new secrets for her")
    return _shown(name, key)


async def _reset(operations: Operations, arguments: argparse.Namespace) -> int:
    name, (hashed, key) = staff_name(arguments.name), await _secrets(operations)
    async with _book(operations, "staff.reset", name) as book:
        if not await book.reset(name, hashed, key):
            raise InvalidValue("nobody has this name")
    return _shown(name, key)


async def _suspend(operations: Operations, arguments: argparse.Namespace) -> int:
    return await _put(operations, arguments.name, "staff.suspend", "suspended")


async def _resume(operations: Operations, arguments: argparse.Namespace) -> int:
    return await _put(operations, arguments.name, "staff.resume", "active")


async def _remove(operations: Operations, arguments: argparse.Namespace) -> int:
    async with _book(operations, "staff.remove", staff_name(arguments.name)) as book:
        if not await book.remove(arguments.name):
            raise InvalidValue("nobody has this name")
    print(f"{arguments.name}: removed")
    return 0


async def _put(operations: Operations, name: str, act: str, state: str) -> int:
    async with _book(operations, act, staff_name(name)) as book:
        if not await book.put(name, state):
            raise InvalidValue("nobody has this name")
    print(f"{name}: {state}")
    return 0


async def _list(operations: Operations, arguments: argparse.Namespace) -> int:
    async with operations.database.unit_of_work() as work:
        found = await staff_of(operations.store, work).all()
    now = operations.store.clock.now()
    for each in found:
        locked = ", locked" if each.locked_until and each.locked_until > now else ""
        print(f"{each.name:<32}  {each.state}{locked}, since {each.created_at:%Y-%m-%d}")
    if not found:
        print("nobody: guichet staff add NAME")
    return 0


async def _secrets(operations: Operations) -> tuple[str, bytes]:
    """The password's hash, and a new key."""
    password = staff_password(_typed())
    vault = staff_vault(operations.store.sealer.ring)
    try:
        hashed = await vault.hash(password, Deadline.after(_SECONDS, operations.store.clock))
    finally:
        vault.close()
    return hashed, secrets.token_bytes(KEY_OCTETS)


def _typed() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise InvalidValue("the two differ")
    return password


def _shown(name: str, key: bytes) -> int:
    code = written(key)
    print(f"{name} signs in at /ops/ with her password and an app for codes (TOTP).")
    print(f"Key for the app, shown this once: {' '.join(code[at : at + 4] for at in range(0, len(code), 4))}")
    print(f"The same as an address: {address(key, 'Guichet', name)}")
    return 0
