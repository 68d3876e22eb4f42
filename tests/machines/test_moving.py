"""Every hop, call and text of a session goes to another gateway than the one before, and nobody can tell."""

import re
from pathlib import Path

import pytest

from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.machines.conftest import Found
from tests.machines.town import Town
from tests.phone import Screen
from tests.transcripts.doors import DOORS, WRITES
from tests.transcripts.test_transcripts import _difference, _with_names
from tests.transcripts.walk import FOLDER, Walker, caller, country_of, played, transcripts
from ussd_menus.transcripts import parse

QUICK = {"azerbaijan": ("az/status_granted", "en/visit_book", "az/apply")}
# Only from within a gateway can these be made to happen.
_WITHIN = re.compile(r"^(sms: on|@ (sms|agent|complaints|places)\b)", re.MULTILINE)


class Twice(Walker):
    """A caller whose aggregator delivers every hop again, at the other gateway."""

    async def type(self, typed: str) -> Screen:
        screen = await super().type(typed)
        repeated = await self._phone.hop()  # type: ignore[union-attr]
        assert repeated == screen, f"{typed!r} again: {repeated.name}"
        self.whole.app.turn += 1
        return screen


def chosen(country: str, long: int) -> list[Path]:
    """In the long form all that can be played from without."""
    if long == 1:
        return [FOLDER / f"{name}.txt" for name in QUICK.get(country, ())]
    return [
        path for path in transcripts() if country_of(path) == country and not _WITHIN.search(path.read_text("utf-8"))
    ]


@pytest.mark.parametrize("country", ["azerbaijan", "senegal", "morocco", "vietnam"])
async def test_a_conversation_moves_at_every_hop(
    country: str, found: Found, databases: Databases, machines_url: str, redis: RedisClient, long: int
) -> None:
    if not (paths := chosen(country, long)):
        pytest.skip("the other countries' conversations move in the long form (make machines)")
    async with found(country=country) as town:
        await town.stand()
        for at, path in enumerate(paths):
            await databases.emptied(machines_url)
            await redis.execute("FLUSHALL")
            town.begin_anew()
            await as_written(town, path, DOORS[at % len(DOORS)])
        here = [town.front.counts[machine.url] for machine in town.front.behind]
        assert town.front.counts.total() == sum(here) and abs(here[0] - here[1]) <= 1
        assert not town.machines.broken()


async def as_written(town: Town, path: Path, door: str) -> None:
    """The golden transcript, which one gateway gave."""
    written = parse(path.read_text("utf-8"))
    walker = caller(town.behind, door, path.parent.name, written)
    came = await played(walker, written)
    if door != WRITES:
        came = _with_names(came, written)
    if came != written:
        pytest.fail(_difference(path, written, came), pytrace=False)


async def test_a_hop_that_comes_again_is_answered_by_the_other_gateway(found: Found, long: int) -> None:
    """The aggregator lost the answer and asks again: the same screen, to the letter, and nothing is done twice."""
    async with found() as town:
        await town.stand()
        path = FOLDER / "en/visit_book.txt"
        written = parse(path.read_text("utf-8"))
        made = caller(town.behind, WRITES, "en", written)
        came = await played(Twice(made.whole, made.door, made.language, made.msisdn, made.network), written)
        assert came == written, _difference(path, written, came)
        assert len(town.world.diary.appointments) == 1
