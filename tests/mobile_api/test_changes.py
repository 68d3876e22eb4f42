"""What changed, in one answer: nothing is missed, however transactions interleave, and a phone's data plan lasts."""

import gzip
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock

import msgspec
import pytest

from domain.money import Money
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from mobile_api.resources import appointments, messages
from services.known_ports import ChangeKind
from services.records.changes import KEPT
from services.values import Application, Pickup, Place
from tests.mobile_api.app_and_telephone import Citizen, citizen, open_account, without_pin
from tests.whole import Whole

LEYLA = "+994507770321"
TEN_KB = 10 * 1024


@pytest.fixture
async def her(whole_api: Whole) -> Citizen:
    return await citizen(whole_api, LEYLA)


async def person(her: Citizen) -> Any:
    async with her.bench.whole.parts.database.unit_of_work() as work:
        found = await her.bench.store.over(work).people.by_number(Msisdn.parse(her.number))
        assert found is not None
        return found.id


async def touch(her: Citizen, kind: str, subject: str, *, gone: bool = False) -> None:
    whose = await person(her)
    async with her.bench.whole.parts.database.unit_of_work() as work:
        await her.bench.store.over(work).changes.touch(whose, kind, subject, gone=gone)


async def changes(her: Citizen, since: str = "") -> Any:
    return await her.get("/changes", query=f"since={since}")


def told(answer: Any) -> set[str]:
    """Of what no part of the answer shows: which were told as changed."""
    return {thing["id"] for thing in answer["also"]}


async def test_a_late_commit_is_not_passed_over(her: Citizen) -> None:
    whose, store, database = await person(her), her.bench.store, her.bench.whole.parts.database
    begun = (await changes(her))["next"]
    async with database.unit_of_work() as early:
        # Begins first and has its number, and is slow.
        await store.over(early).changes.touch(whose, "test", "slow")
        async with database.unit_of_work() as late:
            await store.over(late).changes.touch(whose, "test", "fast")
        first = await changes(her, begun)
        assert told(first) == {"fast"}
    second = await changes(her, first["next"])
    assert "slow" in told(second)
    # Once all is at rest, each is told no more.
    third = await changes(her, second["next"])
    assert told(await changes(her, third["next"])) == set()


async def test_a_change_while_she_reads_page_by_page(her: Citizen) -> None:
    since = (await changes(her))["next"]
    for number in range(130):
        await touch(her, "test", f"t{number}")
    page = await changes(her, since)
    seen = told(page)
    assert page["more"] and len(seen) == 60
    await touch(her, "test", "t0")
    while page["more"]:
        page = await changes(her, page["next"])
        seen |= told(page)
    assert seen == {f"t{number}" for number in range(130)}
    assert "t0" in told(page) | told(await changes(her, page["next"]))


async def test_items_deletions_and_beginning_anew(her: Citizen) -> None:
    whose, store, database = await person(her), her.bench.store, her.bench.whole.parts.database
    since = (await changes(her))["next"]
    async with database.unit_of_work() as work:
        records = store.over(work)
        await records.known.saw(whose, [application(1, her.number), application(2, her.number)], her_day(her))
    answer = await changes(her, since)
    assert (answer["whole"], answer["more"]) == (False, False)
    assert {item["reference"] for item in answer["applications"]} == {"41000001", "41000002"}
    assert answer["applications"][0]["as_of"] == "2026-11-23T06:00:00Z"
    # The same heard again is no change; another state is.
    async with database.unit_of_work() as work:
        records = store.over(work)
        await records.known.saw(
            whose, [application(1, her.number), application(2, her.number, "granted")], her_day(her)
        )
    again = await changes(her, answer["next"])
    assert [item["state"] for item in again["applications"]] == ["granted"]
    await touch(her, ChangeKind.APPLICATION, "41000001", gone=True)
    assert {"kind": "application", "id": "41000001"} in (await changes(her, again["next"]))["gone"]
    # An app that was asleep for too long begins anew, and is told so; so does one with another database's position.
    her.bench.whole.clock.advance(KEPT + timedelta(days=1))
    async with database.unit_of_work() as work:
        await store.over(work).people.confirm_number(Msisdn.parse(her.number), whose)
    asleep = await changes(her, again["next"])
    assert asleep["whole"] and len(asleep["applications"]) == 2
    assert (await changes(her, "1.7fffffffffffff.b4d00"))["whole"]
    await her.quiet()


async def test_a_position_that_is_none(her: Citizen) -> None:
    for since in ("nonsense", "1.zz.1", "1.ffffffffffffffff.b4a3e", "1.1.ffffff", "1.1.0"):
        refused = await her.ask("GET", "/changes", query=f"since={since}")
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/since"), since


async def test_what_was_left_out_for_want_of_the_pin_comes_once_it_is_proven(her: Citizen) -> None:
    """A sensitive service is not named without the PIN: the position of such a reading is none for one with it."""
    services, proven = her.bench.whole.parts.desk.services.services, her.bench.tokens.signed_in
    config = services["social_aid"]
    whose = await person(her)
    with mock.patch.dict(services, social_aid=replace(config, sensitive=True)):
        without_pin(her)
        since = (await changes(her))["next"]
        async with her.bench.whole.parts.database.unit_of_work() as work:
            await her.bench.store.over(work).known.saw(whose, [application(1, her.number)], her_day(her))
        filtered = await changes(her, since)
        assert (filtered["whole"], filtered["applications"]) == (False, [])
        await open_account(her)
        her.bench.tokens.signed_in = proven  # type: ignore[method-assign]
        answer = await changes(her, filtered["next"])
        assert answer["whole"] and [item["reference"] for item in answer["applications"]] == ["41000001"]
        assert not (await changes(her, answer["next"]))["whole"]


async def test_another_persons_changes_are_hers_alone(her: Citizen) -> None:
    somebody = await citizen(her.bench.whole, "+994507770322")
    since = (await changes(somebody))["next"]
    await touch(her, "test", "mine")
    assert told(await changes(somebody, since)) == set()


async def test_ten_kilobytes_hold_a_typical_person(her: Citizen) -> None:
    """Five applications, three visits and ten messages: those as they are read, these as their rooms show them."""
    whose = await person(her)
    since = (await changes(her))["next"]
    async with her.bench.whole.parts.database.unit_of_work() as work:
        records = her.bench.store.over(work)
        await records.known.saw(whose, [application(n, her.number, "ready_for_pickup") for n in range(5)], her_day(her))
    answer = await her.ask("GET", "/changes", query=f"since={since}")
    assert len(answer.json["applications"]) == 5 and len(answer.json["pickups"]) == 5
    (visit,) = (
        next(op for op in appointments.OPS if op.path == "/appointments" and op.method == "GET").examples[200].items
    )
    (message,) = next(op for op in messages.OPS if op.path == "/messages").examples[200].items
    whole = answer.json | {
        "appointments": msgspec.to_builtins([visit] * 3), "messages": msgspec.to_builtins([message] * 10)
    }  # fmt: skip
    body = msgspec.json.encode(whole)
    print(f"changes of a typical person: {len(body)} octets, {len(gzip.compress(body))} compressed")
    assert len(body) < TEN_KB


def her_day(her: Citizen) -> Any:
    return her.bench.whole.parts.desk.today()


def application(number: int, contact: str, state: str = "in_review") -> Application:
    place = Place("demo-bank-1", "Demo Bank, Example branch", "12 Example street, Baku")
    return Application(
        reference=f"4100000{number}",
        service="social_aid",
        state=ApplicationState(state),
        submitted_on=None,
        amount=Money(31240, "AZN"),
        pickup=Pickup(place) if state == "ready_for_pickup" else None,
        contact=Msisdn(contact),
    )
