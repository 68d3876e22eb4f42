"""`guichet mail`: no more letters to an address, because somebody says so, or because a server gave one back."""

import argparse
import asyncio
import os
import sys

from domain.audit import AuditEntry
from domain.email_address import EmailAddress
from domain.errors import GuichetError
from gateway.commands.acting import act_on
from gateway.commands.demo import add_stores_to, stores_of
from gateway.commands.environment import settings_for
from gateway.operations import Operations, open_operations
from gateway.settings import Settings
from mail.bounces import LONGEST, Bounce, read
from mail.records.addresses import SqlEmails
from mail.records.bounces import CameBack, SqlBounces
from services.records.sealed import Sealed
from sms.records.outbox import SqlOutbox


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("mail", help="stop letters to an address; take what came back", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    stop = verbs.add_parser("stop", help="its persons are told by SMS again")
    stop.add_argument("address")
    add_stores_to(stop)
    stop.set_defaults(run=lambda arguments: act_on(arguments, _stop))
    bounced = verbs.add_parser("bounced", help="reads one report of a failed delivery (RFC 3464) on standard input")
    add_stores_to(bounced)
    bounced.set_defaults(run=run_bounced)


def run_bounced(arguments: argparse.Namespace) -> int:
    """What is no report is taken and left: a mail server must not send back what was sent back. What we cannot do now
    it is to bring again (sysexits' `EX_TEMPFAIL`)."""
    bounce = read(sys.stdin.buffer.read(LONGEST))
    if bounce is None:
        print("no report of a failure, or of no letter of ours")
        return 0
    try:
        settings = settings_for(arguments, stores_of(arguments) if arguments.demo else None)
        return asyncio.run(_bounced(settings, bounce))
    except GuichetError as failure:
        print(f"guichet: {failure}", file=sys.stderr)
        return os.EX_TEMPFAIL


async def _stop(operations: Operations, arguments: argparse.Namespace) -> int:
    address, store = EmailAddress.parse(arguments.address), operations.store
    async with operations.database.unit_of_work() as work:
        emails = SqlEmails(Sealed(work, store.sealer, store.keys), store.clock, store.ids)
        stopped = await emails.stop(address)
    await operations.record("mail.stop")
    print(f"{address}: {stopped} told by SMS again" if stopped else f"{address}: nobody is told there")
    return 0 if stopped else 1


async def _bounced(settings: Settings, bounce: Bounce) -> int:
    async with open_operations(settings) as operations:
        store, two_way = operations.store, operations.pack.sms.sender.two_way
        async with operations.database.unit_of_work() as work:
            sealed = Sealed(work, store.sealer, store.keys)
            sms = SqlOutbox(sealed, store.clock, store.ids, two_way)
            changes = store.over(work).changes
            done = await SqlBounces(sealed, sms, changes, store.clock, store.ids).took(bounce)
            if done is not CameBack.UNKNOWN:
                entry = AuditEntry(
                    operations.operator, "mail.bounced", f"message:{bounce.letter.hex}", channel="command"
                )
                await operations.audit.record(work, entry)
    print(f"{bounce.letter.hex}: {_SAID[done]}")
    return 0


_SAID = {
    CameBack.UNKNOWN: "no letter of ours that is waited for",
    CameBack.NOTED: "did not arrive; nothing more is to be told",
    CameBack.TOLD_BY_SMS: "did not arrive; it is told by SMS",
}
