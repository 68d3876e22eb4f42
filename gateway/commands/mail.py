"""`guichet mail stop ADDRESS`: whoever reads that mailbox wants no more letters."""

import argparse
import asyncio
import sys

from domain.email_address import EmailAddress
from domain.errors import GuichetError, InvalidValue
from gateway.commands.demo import add_stores_to, stores_of
from gateway.commands.environment import settings_for
from gateway.operations import open_operations
from gateway.settings import Settings
from mail.records.addresses import SqlEmails
from services.records.sealed import Sealed


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("mail", help="stop letters to an address", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    stop = verbs.add_parser("stop", help="its persons are told by SMS again")
    stop.add_argument("address")
    add_stores_to(stop)
    stop.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_for(arguments, stores_of(arguments.data) if arguments.demo else None)
    try:
        address = EmailAddress.parse(arguments.address)
        return asyncio.run(_stop(settings, address))
    except InvalidValue as wrong:
        print(f"guichet: {wrong}", file=sys.stderr)
        return 2
    except GuichetError as failure:
        print(f"guichet: {failure}", file=sys.stderr)
        return 1


async def _stop(settings: Settings, address: EmailAddress) -> int:
    async with open_operations(settings) as operations:
        store = operations.store
        async with operations.database.unit_of_work() as work:
            emails = SqlEmails(Sealed(work, store.sealer, store.keys), store.clock, store.ids)
            stopped = await emails.stop(address)
        await operations.record("mail.stop")
    print(f"{address}: {stopped} told by SMS again" if stopped else f"{address}: nobody is told there")
    return 0 if stopped else 1
