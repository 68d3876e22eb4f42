"""At a post office of Hanoi: a clerk hands in the criminal record with a citizen, who then follows it to her door."""

from collections.abc import AsyncIterator
from unittest import mock

import pytest

from sandbox.ministries.dossier import Phase
from services.places_live import LivePlaces
from storage.redis_client import RedisClient
from tests.databases import Databases
from tests.mobile_api.agent_office import Office
from tests.transcripts.walk import Walker
from tests.whole import Stage, whole

CLERK, CITIZEN = "+84901234501", "+84912345678"
# Name, birth, where from, what for; one home and one occupation since the age of 14; where it is brought; yes.
ANSWERS = (
    "Nguyen Thi Kim Anh", "05 09 1996", "Ha Noi", "1", "12 Cau Giay, Ha Noi", "05 09 2010", "2",
    "Tho may", "Xuong may Ha Noi", "01 03 2015", "2", "12 Cau Giay, Ha Noi", "1",
)  # fmt: skip


@pytest.fixture
async def office(
    databases: Databases, api_url: str, redis_url: str, redis: RedisClient, api_ministries: tuple[Stage, str]
) -> AsyncIterator[Office]:
    """Vietnam's gateway. The guide of the 13,000 offices is not read: nobody here looks for one."""
    url = await databases.emptied(api_url)
    with mock.patch.object(LivePlaces, "refresh"):
        async with whole(url, redis_url, *api_ministries, country="vietnam") as running:
            yield Office(running)


async def test_a_clerk_hands_in_the_criminal_record_step_by_step(office: Office) -> None:
    clerk = await office.agent(CLERK, "B-014", code="post")
    id, beside = await office.helped(clerk, CITIZEN)
    assert "National Public Service Portal" in await office.menu(clerk, id, "", "4", "1")
    assert "own phone: *123#" in await office.menu(clerk, id, "1", first=4)

    # What is sent where she agrees to with her own hand; then the clerk goes on.
    citizen = Walker(office.whole, "africastalking", "en", CITIZEN, "45202")
    seen = [await citizen.type(typed) for typed in ("*123#", "2", "4", "1", "98", "1")]
    assert seen[-1].name == "apply_form"
    done = await office.menu(clerk, id, "", "4", "1", *ANSWERS, run=2)
    assert "Your application was received. Number 26" in done
    reference = done.split("Number ")[1][:10]

    kept = await office.ask("GET", f"/applications/{reference}", token=beside)
    assert kept.json["state"] == "received" and kept.json["delivery"] is None
    fee = kept.json["fee"]
    assert fee["amount"] == {"amount": "200000", "currency": "VND"}
    assert (fee["reference"], fee["paid"]) == (f"LP{reference}", False)

    await office.ask("POST", f"/agent/citizens/{id}/end", token=clerk)
    registry = office.whole.sandbox.state.world.registry_of(reference)
    registry.enter(registry.get(reference), Phase.SENT)
    hers = await office.ask("GET", f"/applications/{reference}", token=await office.person(CITIZEN))
    assert hers.json["fee"]["paid"] is True
    delivery = hers.json["delivery"]
    assert (delivery["state"], delivery["carrier"]) == ("on_the_way", "VNPost")
    assert delivery["tracking"].startswith(f"EC{reference[1:9]}") and delivery["day"]
