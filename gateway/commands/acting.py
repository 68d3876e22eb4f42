"""A command of an operator's, carried out: its settings, its stores, its exit status."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from domain.errors import GuichetError, InvalidValue
from gateway.commands.demo import stores_of
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
