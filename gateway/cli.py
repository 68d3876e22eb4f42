"""The `guichet` command line. Exit status 0 only when all is well."""

import argparse
import os
import sys
from collections.abc import Sequence

from gateway.commands import (
    agents,
    audit,
    complaints,
    demo,
    doctor,
    erased,
    indicators,
    mail,
    menus,
    messages,
    migrate,
    pack,
    people,
    retention,
    sandbox,
    serve,
    sms,
    staff,
    stores,
    worker,
)
from gateway.settings import SettingsError
from storage.errors import EmbeddedServerFailed

COMMANDS = (
    serve,
    worker,
    demo,
    sandbox,
    migrate,
    menus,
    sms,
    messages,
    agents,
    staff,
    people,
    complaints,
    indicators,
    mail,
    pack,
    audit,
    erased,
    retention,
    doctor,
    stores,
)


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command; each command's module adds its own part."""
    parser = argparse.ArgumentParser(
        prog="guichet",
        description="An open gateway that lets citizens without a smartphone reach their state.",
        epilog="Settings are environment variables GUICHET_*: see docs/settings.md.",
    )
    parser.add_argument("--country", metavar="NAME|DIR", help="the pack: a name in countries/, or a folder")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit status."""
    chosen = build_parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except SettingsError as wrong:
        print(f"guichet: {wrong}", file=sys.stderr)
        return 2
    except EmbeddedServerFailed as failed:
        print(f"guichet: {failed} (a second demonstration needs a folder of its own: --data)", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read us has seen enough (`| head`); what is still buffered must not be complained about either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
