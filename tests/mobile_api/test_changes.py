"""What changed, in one answer: nothing is missed, however transactions interleave, and a phone's data plan lasts."""

import gzip
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import delete, update

from domain.money import Money
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from mobile_api.resources import appointments, messages
from services.alerts import Alert, AlertKind
from services.complaints import answer as answer_complaint
from services.known_ports import ChangeKind
from services.records.changes import KEPT
from services.records.satisfaction_tables import COMPLAINTS
from services.satisfaction_ports import About, Complaint, ComplaintState
from services.values import Application, Pickup, Place
from sms.tables import MESSAGES
from tests.mobile_api.citizen import BenchCitizen, at_the_bench
from tests.whole import Whole

LEYLA = "+994507770321"
TEN_KB = 10 * 1024


@pytest.fixture
async def her(whole_api: Whole) -> BenchCitizen:
    return await at_the_bench(whole_api, LEYLA)


async def person(her: BenchCitizen) -> Any:
    async with her.bench.whole.parts.database.unit_of_work() as work:
        found = await her.bench.store.over(work).people.by_number(Msisdn.parse(her.number))
        assert found is not None
        return found.id


async def touch(her: BenchCitizen, kind: str, subject: str, *, gone: bool = False) -> None:
    whose = await person(her)
    async with her.bench.whole.parts.database.unit_of_work() as work:
        await her.bench.store.over(work).changes.touch(whose, kind, subject, gone=gone)


async def changes(her: BenchCitizen, since: str = "") -> Any:
    return await her.get("/changes", query=f"since={since}")


def told(answer: Any) -> set[str]:
    """Of what no part of the answer shows: which were told as changed."""
    return {thing["id"] for thing in answer["also"]}


async def test_nothing_new_is_304_however_much_others_write(her: BenchCitizen) -> None:
    somebody = await at_the_bench(her.bench.whole, "+994507770322")
    since = (await changes(her))["next"]
    await touch(her, "test", "mine")
    since = (await changes(her, since))["next"]
    first = await her.ask("GET", "/changes", query=f"since={since}")
    assert first.json["next"] == since and not told(first.json)
    tag = first.headers["etag"]
    for day in range(3):
        await touch(somebody, "test", f"theirs-{day}")
        her.bench.whole.clock.advance(timedelta(days=1))
        again = await her.bench.ask("GET", "/changes", query=f"since={since}", token=her.token, if_none_match=tag)
        assert (again.status, again.body) == (304, b"")
    await touch(her, "test", "mine")
    again = await her.bench.ask("GET", "/changes", query=f"since={since}", token=her.token, if_none_match=tag)
    assert (again.status, told(again.json)) == (200, {"mine"})
    assert again.json["next"] != since


async def test_a_position_to_which_nothing_came_does_not_grow_old(her: BenchCitizen) -> None:
    whose, clock = await person(her), her.bench.whole.clock
    since = first = (await changes(her))["next"]
    for _ in range(20):
        clock.advance(timedelta(days=6))
        async with her.bench.whole.parts.database.unit_of_work() as work:
            await her.bench.store.over(work).people.confirm_number(Msisdn.parse(her.number), whose)
        answer = await changes(her, since)
        assert not answer["whole"]
        since = answer["next"]
    assert since != first


async def test_a_message_is_told_when_it_goes_out_and_when_it_arrives(her: BenchCitizen) -> None:
    since = (await changes(her))["next"]
    hers, now = await person(her), her.bench.whole.clock.now()
    async with her.bench.whole.parts.desk.open_records() as records:
        alert = Alert(hers, Msisdn.parse(her.number), AlertKind.ACCOUNT, "sms.account_pin_changed", {}, "en", "guichet")
        message = await records.outbox.put(alert)
        assert message is not None
    assert (await changes(her, since))["messages"] == []
    await became(her, message, state="sending")
    await became(her, message, state="sent", handed_over_at=now)
    answer = await changes(her, since)
    assert [(one["id"], one["state"]) for one in answer["messages"]] == [(message.hex, "sent")]
    quiet = await changes(her, answer["next"])
    assert (quiet["messages"], quiet["next"]) == ([], answer["next"])
    # The report comes four days later.
    her.bench.whole.clock.advance(timedelta(days=4))
    await became(her, message, state="delivered")
    late = await changes(her, quiet["next"])
    assert [(one["id"], one["state"]) for one in late["messages"]] == [(message.hex, "delivered")]
    assert (await changes(her, late["next"]))["messages"] == []


async def became(her: BenchCitizen, message: UUID, **values: object) -> None:
    async with her.bench.whole.parts.database.unit_of_work() as work:
        await work.execute(update(MESSAGES).where(MESSAGES.c.id == message).values(**values))


async def test_an_answered_complaint_comes_with_its_answer(her: BenchCitizen) -> None:
    since, desk = (await changes(her))["next"], her.bench.whole.parts.desk
    whose = await person(her)
    numbers = [await complained(her, text) for text in ("The lift is broken.", *("Nobody was there.",) * 6)]
    answer = await changes(her, since)
    assert {one["number"] for one in answer["complaints"]} == set(numbers)
    async with desk.open_records() as records:
        assert await answer_complaint(records, desk.notices, desk.today(), numbers[0], "It goes again.")
    answered = await changes(her, answer["next"])
    (shown,) = answered["complaints"]
    assert (shown["number"], shown["state"], shown["answer"]) == (numbers[0], "answered", "It goes again.")
    assert answered["also"] == [] and answered["surveys"] == []
    # What is kept no longer is passed over.
    async with her.bench.whole.parts.database.unit_of_work() as work:
        await work.execute(delete(COMPLAINTS).where(COMPLAINTS.c.person_id == whose))
    assert (await changes(her, answer["next"]))["complaints"] == []


async def complained(her: BenchCitizen, text: str) -> str:
    whose, desk = await person(her), her.bench.whole.parts.desk
    async with desk.open_records() as records:
        opened = await records.feedback.complaints.open(
            Complaint(
                desk.ids.uuid7(), whose, "", About.PLACE, "", "asan-01", "asan-01", text, ComplaintState.OPEN,
                desk.today(), desk.today(), "en",
            ),
            desk.ids.token(),
        )  # fmt: skip
        await records.changes.touch(whose, ChangeKind.FEEDBACK, opened.number)
    return opened.number


async def test_a_late_commit_is_not_passed_over(her: BenchCitizen) -> None:
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
    fourth = await changes(her, third["next"])
    assert (told(fourth), fourth["next"]) == (set(), third["next"])


async def test_what_another_writes_for_long_keeps_no_answer_from_being_304(her: BenchCitizen) -> None:
    """Hers is told again as long as a transaction older than it is open, but in the same words."""
    whose, store, database = await person(her), her.bench.store, her.bench.whole.parts.database
    somebody = await at_the_bench(her.bench.whole, "+994507770323")
    theirs = await person(somebody)
    since = (await changes(her))["next"]
    async with database.unit_of_work() as long:
        await store.over(long).changes.touch(theirs, "test", "theirs")
        await touch(her, "test", "mine")
        first = await changes(her, since)
        second = await her.ask("GET", "/changes", query=f"since={first['next']}")
        again = await her.bench.ask(
            "GET", "/changes", query=f"since={first['next']}", token=her.token, if_none_match=second.headers["etag"]
        )
        assert again.status == 304
    async with database.unit_of_work() as late:
        await store.over(late).changes.touch(whose, "test", "after")
    third = await changes(her, second.json["next"])
    assert "after" in told(third)


async def test_a_change_while_she_reads_page_by_page(her: BenchCitizen) -> None:
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


async def test_items_deletions_and_beginning_anew(her: BenchCitizen) -> None:
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


async def test_a_position_that_is_none(her: BenchCitizen) -> None:
    for since in ("nonsense", "1.zz.1", "1.ffffffffffffffff.b4a3e", "1.1.ffffff", "1.1.0"):
        refused = await her.ask("GET", "/changes", query=f"since={since}")
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/since"), since


async def test_what_was_left_out_for_want_of_the_pin_comes_once_it_is_proven(her: BenchCitizen) -> None:
    """A sensitive service is not named without the PIN: the position of such a reading is none for one with it."""
    services, proven = her.bench.whole.parts.desk.services.services, her.bench.tokens.signed_in
    config = services["social_aid"]
    whose = await person(her)
    with mock.patch.dict(services, social_aid=replace(config, sensitive=True)):
        her.without_pin()
        since = (await changes(her))["next"]
        async with her.bench.whole.parts.database.unit_of_work() as work:
            await her.bench.store.over(work).known.saw(whose, [application(1, her.number)], her_day(her))
        filtered = await changes(her, since)
        assert (filtered["whole"], filtered["applications"]) == (False, [])
        await her.open_account()
        her.bench.tokens.signed_in = proven  # type: ignore[method-assign]
        answer = await changes(her, filtered["next"])
        assert answer["whole"] and [item["reference"] for item in answer["applications"]] == ["41000001"]
        assert not (await changes(her, answer["next"]))["whole"]


async def test_another_persons_changes_are_hers_alone(her: BenchCitizen) -> None:
    somebody = await at_the_bench(her.bench.whole, "+994507770322")
    since = (await changes(somebody))["next"]
    await touch(her, "test", "mine")
    assert told(await changes(somebody, since)) == set()


async def test_ten_kilobytes_hold_a_typical_person(her: BenchCitizen) -> None:
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


def her_day(her: BenchCitizen) -> Any:
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
