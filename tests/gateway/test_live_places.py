"""A pack whose places come from its ministries: on the telephone and in the app, also while these are away."""

from pathlib import Path
from shutil import copytree

import pytest

import countries
from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.phone import PHONES, request
from tests.whole import Stage, whole


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Azerbaijan's, without a place of its own."""
    folder = tmp_path_factory.mktemp("pack") / "azerbaijan"
    copytree(Path(countries.__file__).parent / "azerbaijan", folder)
    for name in ("places.yaml", "satisfaction.yaml"):
        (folder / name).unlink()
    return folder


async def test_offices_of_a_guide_are_found_also_after_a_restart_without_it(
    pack: Path, databases: Databases, clean_url: str, redis: RedisClient, redis_url: str, ministries: tuple[Stage, str]
) -> None:
    stage, url = ministries
    async with whole(clean_url, redis_url, stage, url, country=str(pack)) as running:
        book = running.parts.desk.places
        she = PHONES["africastalking"](running.app, "+994501230077", "40001")
        # A first call: her language; then 8, by name, the only one found.
        shown = [await she.dial()] + [await she.answer(key) for key in ("2", "8", "2", "gence", "1", "1", "2")]
        texts = [screen.text for screen in shown]
        assert "1 ASAN 7 (demo) Gence" in texts[4]
        assert "Phone: +994120000021" in texts[5] and "Open today: 09:00-18:00" in texts[5]
        assert "1 Identity card" in texts[6]
        assert "Photo 3x4" in texts[7] and "40" in texts[7], "what to bring, as the guide says"
        listed = await request(running.app, "GET", "/api/v1/places", query="region=Bak%C4%B1&kind=centre")
        assert listed.text.count('"kind":"centre"') == 6, "five ASAN centres and one of ABAD's"
        units = await request(running.app, "GET", "/api/v1/units")
        assert units.text.count('"kind":"train"') == 1 and "Yevlax" in units.text
        before = [each.place.id for each in book.all()]
    async with whole(clean_url, redis_url, stage, "http://127.0.0.1:9", country=str(pack)) as again:
        # The sandbox listens elsewhere: nobody answers.
        book = again.parts.desk.places
        assert [each.place.id for each in book.all()] == before
