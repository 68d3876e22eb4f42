"""Where an application stands, for whoever types its number where nobody is known: a kiosk, a library's computer."""

from domain.errors import MinistryError
from services.desk import Desk
from services.outcomes import NotFound, ReferenceMalformed, StateOnly, TooManyTries
from services.reading import parse_reference, state_word
from services.sign_in_limits import places_of

# A kiosk stands for many people in a day. Those who guess miss: references carry a check character.
ASKED_A_DAY = 300
MISSED_A_DAY = 20
# A network's counters hold as much as ten addresses of it may ask.
_NETWORK = 10
_ASKED, _MISSED = "public_asked", "public_missed"


async def state_of(desk: Desk, typed: str, asker: str) -> ReferenceMalformed | NotFound | TooManyTries | StateOnly:
    """The state word, as a bare reference tells it on any channel; a sensitive service is never found.

    `asker`: the address where the question comes from; what it and its network may ask in a day is counted and
    committed before its ministry is asked. Raises `MinistryError`, which costs no try.
    """
    reference = parse_reference(desk, typed)
    if reference is None:
        return ReferenceMalformed()
    if not await _counted(desk, asker):
        return TooManyTries()
    config = desk.services.get(reference.service)
    if config is None or config.sensitive:
        return NotFound()
    try:
        found = await (await desk.registry(reference.service)).get(reference.number, desk.for_ministry())
    except MinistryError:
        await _give_back(desk, asker, _ASKED, _MISSED)
        raise
    if found is None:
        return NotFound()
    await _give_back(desk, asker, _MISSED)
    return StateOnly(state_word(found))


async def _counted(desk: Desk, asker: str) -> bool:
    """Whether it may be asked once more; counted as asked, and as missed until it is found."""
    for kind, most in ((_ASKED, ASKED_A_DAY), (_MISSED, MISSED_A_DAY)):
        for place, times in _places(asker).items():
            if await desk.records.guesses.allow(kind, place, most * times, desk.today()) is None:
                return False
    return True


async def _give_back(desk: Desk, asker: str, *kinds: str) -> None:
    for kind in kinds:
        for place in _places(asker):
            await desk.records.guesses.give_back(kind, place, desk.today())


def _places(asker: str) -> dict[str, int]:
    """What is counted, and how many askers' worth each may ask."""
    host, network = places_of(asker)
    return {host: 1, f"network {network}": _NETWORK}
