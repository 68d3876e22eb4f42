"""The fact that only the applicant knows: checked in constant time, five tries a day, counted beforehand."""

import re
from collections.abc import Awaitable, Callable
from datetime import date

from domain.digits import fold
from domain.errors import InvalidValue, MinistryError
from domain.reference import Reference
from services.caller import Caller
from services.desk import Desk
from services.fingerprints import same
from services.outcomes import FactWrong, NotFound, TooManyTries
from services.pack_values import LinkFact
from services.values import Application

BY_NUMBER = "fact"
BY_REFERENCE = "fact-reference"


async def check_fact(
    desk: Desk,
    caller: Caller,
    typed: str,
    fact: str,
    also: Callable[[Application], Awaitable[bool]] | None = None,
) -> Application | FactWrong | TooManyTries | NotFound:
    """The application, if the fact is right for it and `also` holds; an unknown reference looks like a wrong fact.

    Tries are counted by number, and by reference too: many numbers must not guess at one person's birth date.
    """
    parsed = linkable(desk, typed)
    if parsed is None:
        return NotFound()
    reference, kind = parsed
    today, settings, guesses = desk.today(), desk.services, desk.records.guesses
    subjects = ((BY_NUMBER, caller.counted_by), (BY_REFERENCE, f"{reference.service}/{reference.number}"))
    tries = await guesses.allow(*subjects[0], settings.facts_per_day, today)
    if tries is None or await guesses.allow(*subjects[1], settings.facts_per_reference, today) is None:
        return TooManyTries()
    ministry = await desk.registry(reference.service)
    try:
        application = await ministry.get(reference.number, desk.for_ministry())
    except MinistryError:
        for subject in subjects:
            await guesses.give_back(*subject, today)
        raise
    right = application is not None and same(_plain(fact, kind), _expected(application, kind))
    if application is None or not right or (also is not None and not await also(application)):
        return FactWrong(tries) if tries else TooManyTries()
    for subject in subjects:
        await guesses.give_back(*subject, today)
    return application


def linkable(desk: Desk, typed: str) -> tuple[Reference, LinkFact] | None:
    """The reference and by which fact its service is linked; None where it is malformed or cannot be linked."""
    try:
        reference = Reference.parse(typed, desk.services.references)
    except InvalidValue:
        return None
    config = desk.services.get(reference.service)
    return (reference, config.link_fact) if config is not None and config.link_fact is not None else None


def _expected(application: Application, kind: LinkFact) -> str:
    # What a ministry does not hold matches nothing: the stand-in is longer than anything typed may be.
    if kind is LinkFact.BIRTH_DATE:
        return application.birth_date.isoformat() if application.birth_date else "?" * 64
    return _plain(application.slip_key, kind) or "?" * 64


def _plain(fact: str, kind: LinkFact) -> str:
    """As compared: an ISO date (DDMMYYYY and the like are understood), or the key in capitals without gaps."""
    folded = fold(fact)[:32]
    if kind is LinkFact.SLIP_KEY:
        return "".join(char for char in folded.upper() if char.isalnum())
    return _iso_date(folded) or folded


def _iso_date(typed: str) -> str:
    year_first = re.fullmatch(r"(\d{4})[-./ ](\d{1,2})[-./ ](\d{1,2})", typed)
    day_first = re.fullmatch(r"(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4})|(\d{2})(\d{2})(\d{4})", typed)
    if year_first:
        year, month, day = year_first.groups()
    elif day_first:
        day, month, year = (part for part in day_first.groups() if part is not None)
    else:
        return ""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
