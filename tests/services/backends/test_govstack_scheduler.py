"""Scheduler 1.0: times, the last seat, and visits that are mine already."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import msgspec
import pytest

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import MinistryAmbiguous, MinistryBusy, MinistryContract, MinistryRefused, MinistryUnavailable
from services.backends import queries
from services.backends.config import FieldCase, QueryStyle
from services.backends.govstack_scheduler import SchedulerAppointments
from services.backends.scheduler_entries import new_id
from services.backends.wire import HttpWire, RawAnswer
from services.values import Slot, SlotGone, Visit
from tests.services.backends.backends_under_test import ASAN, Sandbox, no_longer_than, scheduler, today, transport
from tests.services.backends.contract_rows import PHONE
from tests.services.backends.test_transport import ScriptedWire, answer

BAKU = ZoneInfo("Asia/Baku")


class CamelWire:
    """Stands for a Scheduler of the branch that renames everything: the same ministry, spoken to in camel case."""

    def __init__(self, wire: HttpWire) -> None:
        self.wire = wire

    async def send(self, method: str, url: str, headers: Any, body: bytes | None, **limits: Any) -> RawAnswer:
        base, _, query = url.partition("?")
        pairs = parse_qsl(query)
        assert "_" not in "".join(name for name, _ in pairs), "a name that it would not know"
        asked = [(re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name), value) for name, value in pairs]
        answer = await self.wire.send(method, f"{base}?{urlencode(asked)}", headers, body, **limits)
        named = re.sub(rb"(?<=[a-z])_([a-z])(?=[a-z_]*\"?:)", lambda found: found[1].upper(), answer.body)
        return RawAnswer(answer.status, answer.headers, named)


@pytest.fixture(params=[*QueryStyle, FieldCase.CAMEL])
def asan(request: pytest.FixtureRequest, sandbox: Sandbox, wire: HttpWire) -> SchedulerAppointments:
    url = sandbox.ministry("asan")
    if isinstance(request.param, QueryStyle):
        return scheduler(url, wire, request.param)
    config = msgspec.structs.replace(ASAN, field_case=FieldCase.CAMEL)
    return SchedulerAppointments(transport("asan", url, CamelWire(wire)), config)


async def open_slots(asan: SchedulerAppointments, place: str = "asan_1") -> list[Slot]:
    first = today()
    return list(await asan.slots("identity_card", place, first, first + timedelta(days=20), no_longer_than(30)))


async def last_seat(asan: SchedulerAppointments, sandbox: Sandbox) -> Slot:
    """A slot that has one seat left: filled up by strangers as far as that."""
    found = (await open_slots(asan))[-1]
    for stranger in range(5):
        before = found
        async with sandbox.session.get(
            f"{sandbox.ministry('asan')}/event/list_details",
            params={"requestor_id": "x", "request_token": "x", "event_filter[event_id]": found.id},
        ) as got:
            details = (await got.json())[0][0]["details"]
        taken = stranger
        if int(details["subscriber_limit"]) - taken <= 1:
            return before
        assert isinstance(await asan.book(found.id, f"stranger-{stranger}", PHONE, "k", no_longer_than(30)), Visit)
    raise AssertionError("no such slot")


async def test_times_are_the_places_own(asan: SchedulerAppointments) -> None:
    slots = await open_slots(asan)
    assert slots and slots == sorted(slots, key=lambda slot: slot.starts)
    assert {(slot.service, slot.place_id) for slot in slots} == {("identity_card", "asan_1")}
    assert all(slot.starts.tzinfo == BAKU and 9 <= slot.starts.hour <= 16 for slot in slots)
    day = slots[-1].starts.date()
    some = await asan.slots("identity_card", "asan_1", day, day, no_longer_than(30))
    assert some and {slot.starts.date() for slot in some} == {day}


async def test_nothing_in_the_past_or_after_its_deadline(sandbox: Sandbox, wire: HttpWire) -> None:
    asan = scheduler(sandbox.ministry("asan"), wire)
    slots = await open_slots(asan)
    at = slots[3].starts - timedelta(minutes=59)  # the sandbox wants an hour's notice
    deadline = Deadline.after(2, HandClock(at.astimezone(UTC)))
    left = await asan.slots("identity_card", "asan_1", today(), slots[-1].starts.date(), deadline)
    assert left and min(slot.starts for slot in left) > slots[3].starts


async def test_booked_moved_and_cancelled(asan: SchedulerAppointments, sandbox: Sandbox) -> None:
    first, second = (await open_slots(asan))[-2:]
    assert await asan.of_participant("me", no_longer_than(30)) == []
    visit = await asan.book(first.id, "me", PHONE, "k", no_longer_than(30))
    assert isinstance(visit, Visit) and visit.slot == first
    assert await asan.of_participant("me", no_longer_than(30)) == [visit]
    moved = await asan.move(visit.id, second.id, "me", no_longer_than(30))
    assert moved == Visit(visit.id, second)
    assert await asan.move(visit.id, second.id, "me", no_longer_than(30)) == moved
    assert await asan.cancel(visit.id, "me", no_longer_than(30)) is True
    assert await asan.cancel(visit.id, "me", no_longer_than(30)) is False
    assert await asan.move(visit.id, first.id, "me", no_longer_than(30)) is None
    assert await asan.of_participant("me", no_longer_than(30)) == []


async def test_booking_twice_is_one_visit_and_one_subscriber(asan: SchedulerAppointments, sandbox: Sandbox) -> None:
    slot = (await open_slots(asan))[-1]
    visits = [await asan.book(slot.id, "me", PHONE, "k", no_longer_than(30)) for _ in range(3)]
    assert visits[0] == visits[1] == visits[2]
    assert await sandbox.counted("asan", "appointment.new") == 1
    assert await sandbox.counted("asan", "subscriber.new") == 1


async def test_booking_at_once_from_two_doors_is_one_visit(asan: SchedulerAppointments, sandbox: Sandbox) -> None:
    slot = (await open_slots(asan))[-1]
    first = await asan.book((await open_slots(asan))[-2].id, "me", PHONE, "k", no_longer_than(30))
    assert isinstance(first, Visit)
    both = await asyncio.gather(*(asan.book(slot.id, "me", PHONE, "k", no_longer_than(30)) for _ in range(4)))
    assert len({visit.id for visit in both if isinstance(visit, Visit)}) == 1
    assert await sandbox.counted("asan", "appointment.new") == 2


async def test_a_booking_whose_answer_was_lost_is_found_again(asan: SchedulerAppointments, sandbox: Sandbox) -> None:
    slot = (await open_slots(asan))[-1]
    await sandbox.fault("asan", "appointment.new", "cut_after_write", times=1)
    with pytest.raises(MinistryAmbiguous):
        await asan.book(slot.id, "me", PHONE, "k", no_longer_than(30))
    visit = await asan.book(slot.id, "me", PHONE, "k", no_longer_than(30))
    assert isinstance(visit, Visit)
    assert await sandbox.counted("asan", "appointment.new") == 1


async def test_one_last_seat_and_two_citizens(asan: SchedulerAppointments, sandbox: Sandbox) -> None:
    slot = await last_seat(asan, sandbox)
    results = await asyncio.gather(
        *(asan.book(slot.id, f"citizen-{number}", PHONE, "k", no_longer_than(30)) for number in range(4))
    )
    assert [type(result) for result in results].count(Visit) == 1
    assert results.count(SlotGone()) == 3
    assert await asan.slot(slot.id, no_longer_than(30)) is None
    assert isinstance(await asan.book(slot.id, "latecomer", PHONE, "k", no_longer_than(30)), SlotGone)


@pytest.mark.parametrize("status", [400, 403, 404, 409])
@pytest.mark.parametrize("mine", [True, False])
async def test_a_refused_booking_is_mine_already_or_gone(status: int, mine: bool) -> None:
    """The lists said nothing of it a moment ago; meanwhile the other door's booking, or a stranger's, arrived."""
    entry = {
        "appointment_id": 9,
        "details": {"event_id": "5", "participant_id": "71", "event_details": event()["details"]},
    }
    wire = ScriptedWire(
        json_answer([[{"subscriber_id": 71, "details": {"name": "me"}}]]),
        json_answer([[]]),
        json_answer([[event()]]),
        answer(status, b""),
        json_answer([[entry]] if mine else [[]]),
        json_answer([[event(status="closed")]]),
    )
    asan = SchedulerAppointments(transport("asan", "http://m.test", wire), ASAN)
    got = await asan.book("5", "me", PHONE, "k", Deadline.after(2, HandClock(datetime(2026, 11, 22, tzinfo=UTC))))
    assert isinstance(got, SlotGone) is not mine
    assert isinstance(got, Visit) is mine
    assert [method for method, _ in wire.sent].count("POST") == 1


@pytest.mark.parametrize(("status", "expected"), [(400, MinistryRefused), (403, MinistryRefused)])
async def test_a_refusal_with_seats_left_is_no_race(
    status: int, expected: type[Exception], asan: SchedulerAppointments, sandbox: Sandbox
) -> None:
    slot = (await open_slots(asan))[-1]
    await sandbox.fault("asan", "appointment.new", "status", status)
    with pytest.raises(expected):
        await asan.book(slot.id, "me", PHONE, "k", no_longer_than(30))


async def test_the_race_lost_while_moving_keeps_the_old_seat(asan: SchedulerAppointments, sandbox: Sandbox) -> None:
    first, second = (await open_slots(asan))[-2:]
    visit = await asan.book(first.id, "me", PHONE, "k", no_longer_than(30))
    assert isinstance(visit, Visit)
    await sandbox.fault("asan", "appointment.modifications", "status", 409)
    assert isinstance(await asan.move(visit.id, second.id, "me", no_longer_than(30)), SlotGone)
    assert await asan.of_participant("me", no_longer_than(30)) == [visit]


async def test_nobody_moves_or_cancels_anothers_visit(asan: SchedulerAppointments, sandbox: Sandbox) -> None:
    first, second = (await open_slots(asan))[-2:]
    visit = await asan.book(first.id, "me", PHONE, "k", no_longer_than(30))
    assert isinstance(visit, Visit)
    assert await asan.book(second.id, "other", PHONE, "k", no_longer_than(30))
    assert await asan.cancel(visit.id, "other", no_longer_than(30)) is False
    assert await asan.move(visit.id, second.id, "stranger", no_longer_than(30)) is None
    assert await asan.of_participant("me", no_longer_than(30)) == [visit]


@pytest.mark.parametrize("slot_id", ["00000000000", "x", "no/such?slot", "../event"])
async def test_a_slot_that_never_was(slot_id: str, asan: SchedulerAppointments) -> None:
    assert await asan.slot(slot_id, no_longer_than(30)) is None
    assert isinstance(await asan.book(slot_id, "me", PHONE, "k", no_longer_than(30)), SlotGone)


@pytest.mark.parametrize("kind", ["cut", "cut_after_write", "status"])
async def test_a_lost_new_subscriber_leaves_nothing_open(
    kind: str, asan: SchedulerAppointments, sandbox: Sandbox
) -> None:
    slot = (await open_slots(asan))[-1]
    await sandbox.fault("asan", "subscriber.new", kind, 500 if kind == "status" else None, times=1)
    with pytest.raises(MinistryUnavailable):
        await asan.book(slot.id, "me", PHONE, "k", no_longer_than(30))
    assert await sandbox.counted("asan", "appointment.new", "asked") == 0
    assert isinstance(await asan.book(slot.id, "me", PHONE, "k", no_longer_than(30)), Visit)
    assert len(await asan.of_participant("me", no_longer_than(30))) == 1


async def test_a_busy_ministry_is_busy(asan: SchedulerAppointments, sandbox: Sandbox) -> None:
    await sandbox.fault("asan", "*", "status", 429)
    with pytest.raises(MinistryBusy):
        await open_slots(asan)


@pytest.mark.parametrize(
    "said",
    [
        "appointment_id:17",
        "[Event_id:5,appointment_id:17]",
        "{Appointment_ID: 17}",
        "AppointmentId = 17",
        {"appointment_id": 17},
        {"appointmentId": "17"},
        [{"appointment_id": "17"}],
        ["Event_id:5,appointment_id:17"],
        '"appointment_id":"17"',
    ],
)
def test_new_ids_in_all_the_ways_they_are_said(said: object) -> None:
    assert new_id(said, "appointment") == "17"


@pytest.mark.parametrize("said", ["", "done", "event_id:5", None, 17, True, {}, {"appointment_id": True}, [[]], []])
def test_answers_without_an_id(said: object) -> None:
    assert new_id(said, "appointment") == ""


def event(**details: object) -> dict[str, object]:
    plain = {"category": "id_card", "host_entity_id": "asan-01", "from": "2026-11-23T09:00:00", "status": "open"}
    return {"event_id": 5, "details": {**plain, **details}}


def json_answer(value: object) -> RawAnswer:
    return answer(200, msgspec.json.encode(value), {"content-type": "json"})


async def slot_of(answered: object) -> Slot | None:
    wire = ScriptedWire(json_answer(answered))
    asan = SchedulerAppointments(transport("asan", "http://m.test", wire), ASAN)
    return await asan.slot("5", Deadline.after(2, HandClock(datetime(2026, 11, 22, tzinfo=UTC))))


@pytest.mark.parametrize("listed", [[[event()]], [event()], [[], [event()]]])
async def test_lists_within_lists_and_ids_as_numbers(listed: object) -> None:
    found = await slot_of(listed)
    assert found == Slot("5", "identity_card", "asan_1", datetime(2026, 11, 23, 9, tzinfo=BAKU))


@pytest.mark.parametrize(
    "closed",
    [
        event(status="closed"),
        event(deadline="2026-11-21T09:00:00"),
        event(**{"from": "2026-11-20T09:00:00"}),
        event(seats_left="0"),
        event(category="elsewhere"),
    ],
)
async def test_times_that_cannot_be_booked(closed: object) -> None:
    assert await slot_of([[closed]]) is None


@pytest.mark.parametrize(
    "broken",
    [
        {},
        "open",
        [[5]],
        [[event(**{"from": "tomorrow"})]],
        [[event(**{"from": None})]],
        [[event(seats_left="two")]],
        [[{"event_id": None, "details": {}}]],
        [[event(deadline=[])]],
        [[event(host_entity_id="")]],
    ],
)
async def test_lists_that_do_not_read(broken: object) -> None:
    with pytest.raises(MinistryContract):
        await slot_of(broken)


KNOWN = [[{"subscriber_id": 71, "details": {"name": "me"}}]]
NOON = datetime(2026, 11, 22, tzinfo=UTC)


def appointment(event_id: str = "5") -> dict[str, object]:
    details = {"event_id": event_id, "participant_id": "71", "event_details": event()["details"]}
    return {"appointment_id": 9, "details": details}


class SlowWire(ScriptedWire):
    """After the write, the time is up."""

    def __init__(self, clock: HandClock, *script: RawAnswer) -> None:
        super().__init__(*script)
        self.clock = clock

    async def send(self, method: str, *more: object, **limits: object) -> RawAnswer:
        got = await super().send(method, *more, **limits)  # type: ignore[arg-type]
        if method != "GET":
            self.clock.advance(timedelta(seconds=60))
        return got


# What the look after a write meets, by status; None: our own time is up before it.
LOOKS = [503, 429, 403, 401, 302, None]


async def looked_after(verb: str, look: int | None, written: RawAnswer, *before: RawAnswer) -> list[str]:
    """Ask for a write whose answer leaves its end open, with a look after it that fails; gives the methods used."""
    clock = HandClock(NOON)
    looks = [answer(look, b"")] * 2 if look else []
    script = (json_answer(KNOWN), *before, written, *looks)
    wire = ScriptedWire(*script) if look else SlowWire(clock, *script)
    asan, deadline = SchedulerAppointments(transport("asan", "http://m.test", wire), ASAN), Deadline.after(2, clock)
    with pytest.raises(MinistryAmbiguous):
        if verb == "book":
            await asan.book("5", "me", PHONE, "k", deadline)
        else:
            await asan.move("9", "5", "me", deadline)
    return [method for method, _ in wire.sent]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("status", [200, 400, 409])
async def test_booked_and_the_look_after_it_fails_leaves_it_open(status: int, look: int | None) -> None:
    """It is never told as "nothing was done": a 200 without an id has booked, and a 409 may be her own booking."""
    sent = await looked_after("book", look, answer(status, b""), json_answer([[]]), json_answer([[event()]]))
    assert sent.count("POST") == 1


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("status", [400, 404, 409])
async def test_moved_and_the_look_after_it_fails_leaves_it_open(status: int, look: int | None) -> None:
    before = (json_answer([[appointment("6")]]), json_answer([[event()]]))
    sent = await looked_after("move", look, answer(status, b""), *before)
    assert sent.count("PUT") == 1


async def test_booked_and_only_the_second_look_fails() -> None:
    script = [json_answer(KNOWN), json_answer([[]]), json_answer([[event()]]), answer(400, b""), json_answer([[]])]
    wire = ScriptedWire(*script, *[answer(503, b"")] * 2)
    asan = SchedulerAppointments(transport("asan", "http://m.test", wire), ASAN)
    with pytest.raises(MinistryAmbiguous):
        await asan.book("5", "me", PHONE, "k", Deadline.after(2, HandClock(NOON)))


async def test_a_look_that_fails_before_the_write_has_done_nothing() -> None:
    wire = ScriptedWire(json_answer(KNOWN), *[answer(503, b"")] * 2)
    asan = SchedulerAppointments(transport("asan", "http://m.test", wire), ASAN)
    with pytest.raises(MinistryUnavailable):
        await asan.book("5", "me", PHONE, "k", Deadline.after(2, HandClock(NOON)))
    assert {method for method, _ in wire.sent} == {"GET"}


def test_names_in_either_case_and_either_style() -> None:
    nested = {"event_filter": {"host_entity_id": "a-1", "event_id": ["5", "6"]}, "event_details_required": {}}
    plain = {"requestor_id": "g", "request_token": ""}
    assert queries.encode(plain, nested, QueryStyle.BRACKETS, FieldCase.CAMEL) == [
        ("requestorId", "g"),
        ("eventFilter[hostEntityId]", "a-1"),
        ("eventFilter[eventId][]", "5"),
        ("eventFilter[eventId][]", "6"),
    ]
    asked = queries.encode(plain, nested, QueryStyle.QRY_JSON, FieldCase.CAMEL)
    assert asked[1] == ("qry", '{"eventFilter":{"hostEntityId":"a-1","eventId":["5","6"]}}')


async def test_answers_are_read_in_either_case_and_lists_under_the_packs_path() -> None:
    details = {"category": "id_card", "hostEntityId": "asan-01", "from": "2026-11-23T09:00:00", "seatsLeft": "2"}
    wire = ScriptedWire(json_answer([[{"eventId": 5, "details": details}]]))
    config = msgspec.structs.replace(ASAN, list_path="list-details")
    asan = SchedulerAppointments(transport("asan", "http://m.test", wire), config)
    found = await asan.slot("5", Deadline.after(2, HandClock(datetime(2026, 11, 22, tzinfo=UTC))))
    assert found is not None and (found.place_id, found.seats_left) == ("asan_1", 2)
    assert wire.sent[0][1].startswith("http://m.test/event/list-details?")
