"""The menus by SMS in the other countries' packs: in each of their languages one conversation, as it is written."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.gateway.test_menu_by_sms import waits
from tests.gateway.texting import Exchange
from tests.whole import Stage, Whole, whole
from ussd_menus.transcripts import Exchange as Hop
from ussd_menus.transcripts import parse, write

GOLDEN = Path(__file__).with_name("menus_by_sms")


@pytest.fixture(params=["morocco", "senegal", "vietnam"])
async def country(
    request: pytest.FixtureRequest, clean_url: str, redis_url: str, redis: object, ministries: tuple[Stage, str]
) -> AsyncIterator[Whole]:
    """A gateway of that country: one for all of its languages, for each is another caller's."""
    async with whole(clean_url, redis_url, *ministries, guides=False, country=request.param) as running:
        yield running


async def test_each_language_of_a_country_goes_as_it_is_written(country: Whole, request: pytest.FixtureRequest) -> None:
    files = sorted(GOLDEN.glob(f"{country.parts.pack.name}_*.txt"))
    assert [file.stem.rpartition("_")[2] for file in files] == sorted(country.parts.pack.languages)
    exchange = Exchange(country)
    for file in files:
        written = parse(file.read_text("utf-8"))
        msisdn = written.headers["msisdn"]
        came: list[Hop] = []
        for hop in written.exchanges:
            country.clock.advance(timedelta(minutes=1))
            sent = await exchange.text(msisdn, hop.typed)
            came.append(replace(hop, goes_on=await waits(exchange, msisdn), screen="\n".join(sent), name=""))
        played = write(replace(written, exchanges=tuple(came)))
        if request.config.getoption("--rewrite-transcripts"):
            file.write_text(played, "utf-8")
        assert played == file.read_text("utf-8")
        assert max(len(composed.parts) for composed in await exchange.messages(msisdn)) <= 2
