"""Where an application stands, for whoever types its number: what an address and its network may ask in a day."""

import pytest

from services.outcomes import NotFound, StateOnly, TooManyTries
from services.public_status import ASKED_A_DAY, MISSED_A_DAY, state_of
from tests.services.town import Town

UNKNOWN, KNOWN = "7999", "7001"


async def test_whoever_has_a_network_of_addresses_guesses_no_more_than_with_one(town: Town) -> None:
    desk = town.desk()
    answers = [type(await state_of(desk, UNKNOWN, f"2001:db8:0:1::{n:x}")) for n in range(MISSED_A_DAY + 1)]
    assert answers == [NotFound] * MISSED_A_DAY + [TooManyTries]
    # The next /64 is somebody else's, until its /48 has had ten times as much.
    for n in range(2, 11):
        for _ in range(MISSED_A_DAY):
            assert isinstance(await state_of(desk, UNKNOWN, f"2001:db8:0:{n:x}::1"), NotFound)
    assert isinstance(await state_of(desk, UNKNOWN, "2001:db8:0:ff::1"), TooManyTries)
    assert isinstance(await state_of(desk, UNKNOWN, "2001:db8:1::1"), NotFound)


async def test_of_the_fourth_version_each_address_is_one(town: Town) -> None:
    desk = town.desk()
    for _ in range(MISSED_A_DAY):
        assert isinstance(await state_of(desk, UNKNOWN, "192.0.2.1"), NotFound)
    assert isinstance(await state_of(desk, UNKNOWN, "::ffff:192.0.2.1"), TooManyTries)
    assert isinstance(await state_of(desk, UNKNOWN, "192.0.2.2"), NotFound)


@pytest.mark.parametrize("asker", ["", "2001:db8::1"])
async def test_what_is_found_is_no_guess(town: Town, asker: str) -> None:
    desk = town.desk()
    for _ in range(ASKED_A_DAY):
        assert isinstance(await state_of(desk, KNOWN, asker), StateOnly)
    assert isinstance(await state_of(desk, KNOWN, asker), TooManyTries)
