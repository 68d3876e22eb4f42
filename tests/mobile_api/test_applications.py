"""Her applications in the app: begun on USSD, seen at once, whatever her ministry does at the moment."""

from datetime import timedelta

from domain.msisdn import Msisdn
from sandbox.ministries.demo_data import DEMOS
from services.known_applications import FRESH
from services.ports import LinkedBy
from tests.mobile_api.citizen import BenchCitizen, at_the_bench
from tests.whole import Whole

AYGUN, READY = "+994501234501", "41000019"
GUNEL, IN_REVIEW, HER_KEY = "+994501234503", "41000035", "639052"
SABINE, SENT_BACK = "+994501234505", DEMOS[4].file_id
ONE = "/applications/{reference}"


async def linked(her: BenchCitizen, reference: str, by: LinkedBy = LinkedBy.FACT) -> None:
    async with her.bench.whole.parts.database.unit_of_work() as work:
        records = her.bench.store.over(work)
        person = await records.people.by_number(Msisdn.parse(her.number))
        assert person is not None
        await records.links.add(person.id, "social_aid", reference, by)


async def test_read_on_ussd_it_stands_in_the_app_while_the_ministry_is_away(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, AYGUN)
    assert await her.get("/applications") == {"items": [], "next": None}
    assert "312.40 manat" in (await her.dial("1", READY)).text
    await her.ministry_away()
    (item,) = (await her.get("/applications"))["items"]
    assert item == {
        "reference": READY,
        "service": "social_aid",
        "service_name": "Targeted social aid",
        "state": "ready_for_pickup",
        "state_name": item["state_name"],
        "due_on": None,
        "as_of": "2026-11-23T06:00:00Z",
    }
    assert item["state_name"] and item["state_name"] != "state.ready_for_pickup"
    # In full too, as last heard of, and it says so.
    whole_api.clock.advance(timedelta(hours=1))
    details = await her.get(f"/applications/{READY}", ONE)
    assert (details["state"], details["live"], details["as_of"]) == ("ready_for_pickup", False, "2026-11-23T06:00:00Z")
    assert details["amount"] == {"amount": "312.40", "currency": "AZN"}
    assert details["pickup"]["place"].startswith("Demo Bank")
    assert [seen["state"] for seen in details["history"]] == ["received", "ready_for_pickup"]
    await her.quiet()


async def test_what_is_old_is_asked_for_behind_her_back(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, GUNEL)
    await linked(her, IN_REVIEW)
    # Never heard of: waited for, a short while.
    (item,) = (await her.get("/applications"))["items"]
    assert (item["state"], item["due_on"] is not None) == ("in_review", True)
    await her.sandbox("POST", "/sandbox/move", reference=IN_REVIEW, to="refused")
    assert (await her.get("/applications"))["items"][0]["state"] == "in_review"
    whole_api.clock.advance(FRESH + timedelta(seconds=1))
    assert (await her.get("/applications"))["items"][0]["state"] == "in_review"
    await her.quiet()
    (item,) = (await her.get("/applications"))["items"]
    assert (item["state"], item["as_of"]) == ("refused", "2026-11-23T06:05:01Z")


async def test_one_in_full_with_what_can_be_done_next(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, SABINE)
    details = await her.get(f"/applications/{SENT_BACK}", ONE)
    assert details["live"] and details["needs"]
    steps = {step["step"]: step["href"] for step in details["next_steps"]}
    assert steps == {
        "amend": f"/api/v1/applications/{SENT_BACK}/amend",
        "add_document": f"/api/v1/applications/{SENT_BACK}/documents",
    }
    # Seen once, it is among hers.
    assert [item["reference"] for item in (await her.get("/applications"))["items"]] == [SENT_BACK]


async def test_anothers_is_answered_like_one_that_is_not_and_guesses_are_counted(whole_api: Whole) -> None:
    """json_api-019 of the catalogue of bad inputs."""
    her = await at_the_bench(whole_api, "+994501234599")
    anothers = await her.ask("GET", f"/applications/{READY}", declared=ONE)
    unknown = await her.ask("GET", "/applications/99999999", declared=ONE)
    assert (anothers.status, anothers.body) == (404, unknown.body)
    for path in (f"/applications/{READY}/amend", f"/applications/{READY}/documents"):
        refused = await her.ask("GET", path, declared=path.replace(READY, "{reference}"))
        assert refused.status in (404, 409) and b"312" not in refused.body
    for _ in range(10):
        last = await her.ask("GET", f"/applications/{READY}", declared=ONE)
    assert (last.status, last.json["code"]) == (429, "too_many_tries")
    assert (await her.get("/applications"))["items"] == []


async def test_a_limit_of_a_million_is_capped(whole_api: Whole) -> None:
    """json_api-020."""
    her = await at_the_bench(whole_api, AYGUN)
    await her.get(f"/applications/{READY}", ONE)
    assert len((await her.get("/applications", query="limit=1000000"))["items"]) == 1


async def test_a_fact_makes_it_hers(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, "+994501234598")
    needed = await her.get("/applications/link", query=f"reference={IN_REVIEW}")
    assert needed == {"fact": "slip_key", "linked": False}
    wrong = await her.ask("POST", "/applications/link", body={"reference": IN_REVIEW, "fact": "000000"})
    assert (wrong.status, wrong.json["code"]) == (422, "fact_wrong")
    assert wrong.json["detail"] == "Tries left today: 4."
    right = await her.ask("POST", "/applications/link", body={"reference": IN_REVIEW, "fact": HER_KEY})
    assert right.json == {"reference": IN_REVIEW}
    assert [item["state"] for item in (await her.get("/applications"))["items"]] == ["in_review"]
    assert (await her.get("/applications/link", query=f"reference={IN_REVIEW}"))["linked"] is True
    # And on USSD.
    assert IN_REVIEW in (await her.dial("6", "1")).text
    for _ in range(5):
        body = {"reference": READY, "fact": "000000"}
        last = await her.ask("POST", "/applications/link", body=body)
    assert (last.status, last.json["code"]) == (429, "too_many_tries")


async def test_pages_in_the_order_of_linking(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, "+994501234597")
    for reference in (IN_REVIEW, READY, SENT_BACK):
        await linked(her, reference)
    first = await her.get("/applications", query="limit=2")
    assert [item["reference"] for item in first["items"]] == [SENT_BACK, READY]
    rest = await her.get("/applications", query=f"limit=2&cursor={first['next']}")
    assert ([item["reference"] for item in rest["items"]], rest["next"]) == ([IN_REVIEW], None)
    nonsense = await her.ask("GET", "/applications", query="cursor=nonsense")
    assert (nonsense.status, nonsense.json["errors"][0]["pointer"]) == (422, "/cursor")


async def test_the_pin_first_and_nothing_at_a_number_in_doubt(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, AYGUN)
    await her.get(f"/applications/{READY}", ONE)
    await her.open_account()
    assert len((await her.get("/applications"))["items"]) == 1
    her.without_pin()
    for path, declared in (
        ("/applications", ""), (f"/applications/{READY}", ONE), ("/changes", ""),
        ("/forms/social_aid", "/forms/{service}"), ("/drafts/social_aid", "/drafts/{service}"),
    ):  # fmt: skip
        refused = await her.ask("GET", path, declared=declared)
        assert (refused.status, refused.json["code"]) == (403, "pin_needed"), path


async def test_a_number_gone_silent_shows_nothing(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, AYGUN)
    await her.get(f"/applications/{READY}", ONE)
    whole_api.clock.advance(timedelta(days=91))
    assert (await her.get("/applications"))["items"] == []
    changes = await her.get("/changes")
    assert "applications" not in changes or changes["applications"] == []
    assert READY not in str(changes)


async def test_what_its_ministry_registers_for_another_now_is_hers_no_more(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, AYGUN)
    await her.get(f"/applications/{READY}", ONE)
    since = (await her.get("/changes"))["next"]
    dossier = whole_api.sandbox.state.world.registries["vemtas"].get(READY)
    dossier.phone = "+994501234555"
    whole_api.clock.advance(FRESH * 2)
    await her.get("/applications")
    await her.quiet()
    assert (await her.get("/applications"))["items"] == []
    gone = (await her.get("/changes", query=f"since={since}"))["gone"]
    assert {"kind": "application", "id": READY} in gone
