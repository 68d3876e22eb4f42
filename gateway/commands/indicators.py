"""`guichet indicators`: how people were served in a month, and how long services took to decide.

The same figures as everybody sees, with the same ones withheld (docs/satisfaction.md).
"""

import argparse
import re
from collections.abc import Iterator
from datetime import date

from domain.errors import InvalidValue
from gateway.commands.acting import act_on
from gateway.commands.demo import add_stores_to
from gateway.operations import Operations
from services.indicators import ComplaintFigure, Indicators, SurveyFigure, TimeFigure, of_month

_is_month = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])").fullmatch
_WITHHELD = "withheld: too few"
_ALL = "all"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("indicators", help="how people were served in a month", description=__doc__)
    add_stores_to(parser)
    parser.add_argument("--month", default="", metavar="YYYY-MM", help="default: the newest that is told")
    parser.add_argument("--service", default="", help="only this service")
    parser.add_argument("--place", default="", help="only this place")
    parser.add_argument("--comments", action="store_true", help="also what people wrote beside their answers")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    return act_on(arguments, _print)


async def _print(operations: Operations, arguments: argparse.Namespace) -> int:
    if arguments.month and not _is_month(arguments.month):
        raise InvalidValue("--month is a year and a month, like 2026-11")
    month = date.fromisoformat(f"{arguments.month}-01") if arguments.month else None
    pack = operations.pack
    today = operations.store.clock.now().astimezone(pack.zone).date()
    async with operations.store.open() as records:
        found = await of_month(records.feedback, pack.services, today, month, arguments.service, arguments.place)
    print("\n".join(lines(found)))
    if arguments.comments:
        await operations.record("indicators.comments", why=f"{found.month:%Y-%m}")
        async with operations.store.open() as records:
            for key, words in await records.feedback.surveys.comments(found.month):
                print(f"{key.kind} {key.service} {key.place}: {words}")
    return 0


def lines(found: Indicators) -> Iterator[str]:
    """The figures as a table."""
    yield f"{found.month:%Y-%m}, told from {found.closed_on}"
    if not (found.surveys or found.complaints or found.times):
        yield "nothing to tell (yet)"
    yield from map(_survey, found.surveys)
    yield from map(_complaint, found.complaints)
    yield from map(_time, found.times)


def _survey(figure: SurveyFigure) -> str:
    key = figure.key
    about = f"{key.kind:9} {key.service or _ALL:24} {key.place or _ALL:10} {key.language or _ALL:4}"
    if figure.withheld:
        return f"{about} {_WITHHELD}"
    means = ", ".join(
        f"{each.name} {each.mean}" + (f" ({each.share:.0%} {each.meets} kept)" if each.share is not None else "")
        for each in figure.questions
        if each.mean is not None
    )
    return f"{about} {figure.asked} asked, {figure.answered} answered{': ' + means if means else ''}"


def _complaint(figure: ComplaintFigure) -> str:
    about = f"{'complaint':9} {figure.service or _ALL:24} {figure.place or _ALL:10}"
    if figure.withheld:
        return f"{about} {_WITHHELD}"
    return f"{about} {figure.opened} opened, {figure.answered} answered, {figure.in_time} in time"


def _time(figure: TimeFigure) -> str:
    about = f"{'decided':9} {figure.service:24}"
    if figure.withheld:
        return f"{about} {_WITHHELD}"
    kept = f", {figure.share:.0%} within {figure.promised}" if figure.share is not None else ""
    days = f"mean {figure.mean} working days, 9 of 10 within {figure.nine_of_ten}"
    return f"{about} {figure.decided} decided: {days}{kept}"
