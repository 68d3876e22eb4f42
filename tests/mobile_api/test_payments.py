"""What was paid out, in the app: from the ministry's register behind its security server."""

from tests.mobile_api.citizen import at_the_bench
from tests.whole import Whole

NIGAR, COLLECTED = "+994501234507", "41000070"
ONE = "/applications/{reference}/payments"
PATH = f"/applications/{COLLECTED}/payments"


async def test_hers_in_the_app_and_on_the_keypad(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, NIGAR)
    items = (await her.get(PATH, ONE))["items"]
    assert [(item["state"], item["amount"]["amount"]) for item in items] == [
        ("pending", "180.00"), ("paid", "180.00"), ("failed", "180.00"),
    ]  # fmt: skip
    assert all(item["day"] and item["state_name"] and "payment." not in item["state_name"] for item in items)
    assert "180.00" in (await her.dial("1", COLLECTED, "1", "1")).text


async def test_another_learns_nothing_and_the_pin_comes_first(whole_api: Whole) -> None:
    stranger = await at_the_bench(whole_api, "+994501234599")
    refused = await stranger.ask("GET", PATH, declared=ONE)
    assert refused.status == 404 and b"180" not in refused.body
    her = await at_the_bench(whole_api, NIGAR)
    await her.open_account()
    her.without_pin()
    refused = await her.ask("GET", PATH, declared=ONE)
    assert (refused.status, refused.json["code"]) == (403, "pin_needed")


async def test_a_register_that_is_away_is_said_so(whole_api: Whole) -> None:
    her = await at_the_bench(whole_api, NIGAR)
    rule = {"ministry": "security-server", "operation": "forward", "kind": "x_road_error"}
    await her.sandbox("POST", "/sandbox/faults", **rule)
    refused = await her.ask("GET", PATH, declared=ONE)
    assert (refused.status, refused.json["code"]) == (503, "ministry_unavailable")
    await her.sandbox("DELETE", "/sandbox/faults")
