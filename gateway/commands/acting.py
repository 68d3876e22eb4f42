"""A command of an operator's, carried out: its settings, its stores, its exit status."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from domain.errors import GuichetError, InvalidValue
from gateway.commands.demo import add_stores_to, stores_of
from gateway.commands.environment import settings_for
from gateway.operations import Operations, open_operations

Act = Callable[[Operations, argparse.Namespace], Awaitable[int]]


def act_on(arguments: argparse.Namespace, act: Act) -> int:
    """What `act` returns; 2 for what was typed wrong, 1 for any other failure, both said on standard error."""
    settings = settings_for(arguments, stores_of(arguments) if arguments.demo else None)

    async def work() -> int:
        async with open_operations(settings) as operations:
            return await act(operations, arguments)

    try:
        return asyncio.run(work())
    except InvalidValue as wrong:
        print(f"guichet: {wrong}", file=sys.stderr)
        return 2
    except GuichetError as failure:
        print(f"guichet: {failure}", file=sys.stderr)
        return 1


class Verbs:
    """The verbs of one command, each of which acts on the stores."""

    def __init__(self, command: argparse.ArgumentParser) -> None:
        self._verbs = command.add_subparsers(dest="verb", metavar="VERB", required=True)

    def add(self, name: str, about: str, act: Act) -> argparse.ArgumentParser:
        """One more, for its own arguments to be added; `about` is what `--help` says."""
        added = self._verbs.add_parser(name, help=about, description=about)
        add_stores_to(added)
        added.set_defaults(run=lambda arguments: act_on(arguments, act))
        return added
