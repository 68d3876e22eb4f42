"""Appointments, places, reports and payments of a mapped ministry, and how requests are made of values."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import (
    InvalidValue,
    MinistryAmbiguous,
    MinistryBusy,
    MinistryContract,
    MinistryHasOne,
    MinistryRefused,
)
from domain.money import Money
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from services.backends.mapped import Mapped
from services.document_ports import Document
from services.ports import BOOKS_FOR
from services.values import ChangePage, DeliveryState, Form, PaymentState, Report, Slot, SlotGone, Submission, Visit
from tests.services.backends.mapped_under_test import mapped_at, settings
from tests.services.backends.test_transport import answer

BASE = "https://town.example/api"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PHONE = Msisdn("+221771234567")
SLOT = {"id": "s1", "at": "2026-11-25T10:00:00", "office": "17", "free": 2}
VISIT = {"visit": "v1", "slot": SLOT}


class Town:
    """A wire that answers by method and path, with (status, JSON) or JSON; keeps what it was asked."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.bodies: list[bytes | None] = []

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None,
        *, connect: float, total: float, cap: int,
    ) -> Any:  # fmt: skip
        where = f"{method} {url.removeprefix(BASE)}"
        self.asked.append(where)
        self.headers.append(headers)
        self.bodies.append(body)
        found = self.answers.get(where, (404, {}))
        status, value = found if isinstance(found, tuple) else (200, found)
        return answer(status, b"" if value is None else msgspec.json.encode(value))


def town(answers: Mapping[str, Any]) -> tuple[Mapped, Town, Deadline]:
    wire = Town(answers)
    return mapped_at(BASE, wire, settings("town")), wire, Deadline.after(30, HandClock(NOW))


async def test_open_times_are_listed_by_following_only_the_query_of_a_link() -> None:
    first = "GET /desks/4/slots?office=17&from=2026-11-23&to=2026-11-30&subject=BR"
    full, past = {**SLOT, "id": "s0", "free": 0}, {**SLOT, "id": "s9", "at": "2026-11-23T08:00:00"}
    elsewhere = {**SLOT, "id": "s8", "office": "18"}
    mapped, wire, deadline = town(
        {
            first: {"slots": [full, past, elsewhere], "links": {"next": "https://evil.example/x?page=2&t=a%2Fb"}},
            "GET /desks/4/slots?page=2&t=a%2Fb": {"slots": [SLOT], "links": {"next": None}},
        }
    )
    assert mapped.appointments
    found = await mapped.appointments.slots("birth_record", "dakar_1", date(2026, 11, 23), date(2026, 11, 30), deadline)
    assert found == [Slot("s1", "birth_record", "dakar_1", datetime(2026, 11, 25, 10, tzinfo=UTC), 2)]
    assert len(wire.asked) == 2


async def test_a_link_to_itself_is_no_endless_list() -> None:
    first = "GET /desks/4/slots?office=17&from=2026-11-23&to=2026-11-30&subject=BR"
    again = {"slots": [], "links": {"next": "?page=1"}}
    mapped, wire, deadline = town({first: again, "GET /desks/4/slots?page=1": again})
    assert mapped.appointments
    with pytest.raises(MinistryContract, match="this page"):
        await mapped.appointments.slots("birth_record", "dakar_1", date(2026, 11, 23), date(2026, 11, 30), deadline)
    assert len(wire.asked) == 2


async def test_a_visit_is_booked_once_moved_and_cancelled() -> None:
    mapped, wire, deadline = town({"GET /slots/s1": SLOT, "POST /visits": {"visit": "v1"}, "GET /people/p1/visits": []})
    port = mapped.appointments
    assert port
    visit = await port.book("s1", "p1", PHONE, "key-1", deadline)
    assert isinstance(visit, Visit) and visit.id == "v1"
    assert wire.bodies[-1] == b'{"slot":"s1","person":"p1","phone":"221771234567"}'
    assert wire.headers[-1]["Idempotency-Key"] == "key-1" and "Idempotency-Key" not in wire.headers[0]
    wire.answers |= {"GET /people/p1/visits": [VISIT], "GET /slots/s2": {**SLOT, "id": "s2"}}
    assert await port.book("s1", "p1", PHONE, "key-2", deadline) == visit, "hers already"
    assert await port.of_participant("p1", deadline) == [visit]
    wire.answers |= {"PATCH /visits/v1": (204, None), "DELETE /visits/v1": (204, None)}
    moved = await port.move("v1", "s2", "p1", deadline)
    assert isinstance(moved, Visit) and moved.slot.id == "s2"
    assert await port.cancel("v1", "p1", deadline) is True
    assert await port.cancel("v7", "p1", deadline) is False
    assert await port.move("v7", "s2", "p1", deadline) is None


@pytest.mark.parametrize("status", [409, 404, 403])
async def test_a_seat_that_somebody_else_took_is_gone(status: int) -> None:
    mapped, _, deadline = town(
        {"GET /slots/s1": SLOT, "POST /visits": (status, {"message": "no"}), "GET /people/p1/visits": []}
    )
    assert mapped.appointments
    assert await mapped.appointments.book("s1", "p1", PHONE, "k", deadline) == SlotGone()


async def test_a_statuses_meaning_is_the_packs() -> None:
    mapped, wire, deadline = town({"GET /files/1/": (500, {})})
    assert mapped.applications
    assert await mapped.applications.get("1", deadline) is None and len(wire.asked) == 1
    wire.answers["GET /files/1/"] = (423, {})
    with pytest.raises(MinistryBusy):
        await mapped.applications.get("1", deadline)
    wire.answers["GET /files/1/"] = (403, {})
    assert await mapped.applications.get("1", deadline) is None, "not hers: as good as not there"
    wire.answers["GET /files/1/"] = (422, {"message": "Demo Citizen must not"})
    with pytest.raises(MinistryRefused) as caught:
        await mapped.applications.get("1", deadline)
    assert caught.value.words == "Demo Citizen must not" and "Demo" not in str(caught.value)


async def test_an_application_is_completed_by_a_second_request() -> None:
    file = {"id": 1, "status": "open", "filed": "20261120", "sum": "12.500", "parcel": {"number": "P/1"}}
    mapped, wire, deadline = town({"GET /files/1/": file})
    assert mapped.applications
    found = await mapped.applications.get("1", deadline)
    assert found and found.delivery is None and len(wire.asked) == 1, "its number cannot stand in a path"
    file["parcel"] = {"number": "P1"}
    wire.answers["GET /parcels/P1"] = {"status": "moving", "number": "P1"}
    found = await mapped.applications.get("1", deadline)
    assert found and found.delivery and found.delivery.state is DeliveryState.ON_THE_WAY
    assert (found.state, found.submitted_on) == (ApplicationState.IN_REVIEW, date(2026, 11, 20))
    assert found.amount == Money(12500, "XOF")
    wire.answers["GET /parcels/P1"] = (503, {})
    found = await mapped.applications.get("1", deadline)
    assert found and found.delivery is None, "an application without its parcel is better than none"
    wire.answers["GET /parcels/P1"] = {"status": "lost", "number": "P1"}
    with pytest.raises(MinistryContract, match=r"delivery at `\{state: status, tracking: number\}`"):
        await mapped.applications.get("1", deadline)


async def test_a_field_that_does_not_fit_is_named_and_its_value_is_not() -> None:
    mapped, _, deadline = town({"GET /files/1/": {"id": "1", "status": "open", "filed": "Demo Citizen"}})
    assert mapped.applications
    with pytest.raises(MinistryContract) as caught:
        await mapped.applications.get("1", deadline)
    said = str(caught.value)
    assert "applications.get" in said and "date(filed, '%Y%m%d')" in said and "Demo" not in said


async def test_a_document_goes_as_a_file() -> None:
    mapped, wire, deadline = town({"PUT /files/1/papers": (204, None)})
    assert mapped.applications
    assert await mapped.applications.attach("1", Document("image/png", b"\x89PNG"), "key-1", deadline)
    assert wire.bodies[-1] and b"\x89PNG" in wire.bodies[-1]
    assert wire.headers[-1]["content-type"].startswith("multipart/form-data")


async def test_places_come_in_pages() -> None:
    office = {"nr": 17, "name": "Dakar Plateau", "region": "Dakar", "geo": {"lat": 14.67, "lon": -17.44},
              "gives": ["BR", "??"], "hours": [{"d": [1, 2, 3], "o": "08:00", "c": "17:00"}]}  # fmt: skip
    mapped, wire, deadline = town(
        {
            "GET /offices?offset=0&limit=2": [office, {"nr": 18, "name": "Thiès"}],
            "GET /offices?offset=2&limit=2": [{"nr": 19, "name": "Louga"}],
        }
    )
    assert mapped.guide
    first, second, third = await mapped.guide.places(deadline)
    assert (first.place.id, first.region, first.services) == ("dakar_1", "Dakar", ("birth_record",))
    assert first.at and first.opening[0].days == {1, 2, 3} and len(wire.asked) == 2
    assert (second.place.name, third.place.id) == ("Thiès", "19")


async def test_what_people_say_is_taken_and_followed() -> None:
    schema = {"properties": {"stars": {"type": "number", "title": "Stars", "minimum": 1, "maximum": 5}}}
    mapped, wire, deadline = town(
        {
            "GET /kinds": [{"k": "road", "t": "Road", "questions": [1]}, {"k": "idea", "t": "Idea", "questions": []}],
            "GET /kinds/road": {"schema": schema},
            "POST /reports": (201, {"token": "t1"}),
            "GET /tokens/t1": {"nr": "R7"},
            "GET /reports/R7": {"status": "done", "said": "Mended", "at": "2026-11-23T08:00:00Z"},
        }
    )
    desk = mapped.reports
    assert desk
    assert [(kind.code, kind.asks) for kind in await desk.kinds("fr", deadline)] == [("road", True), ("idea", False)]
    assert isinstance(await desk.questions("road", "fr", deadline), Form)
    taken = await desk.send(Report("road", "A hole"), deadline)
    assert (taken.number, taken.token) == ("", "t1") and await desk.number("t1", deadline) == "R7"
    (standing,) = await desk.standing(["R7", "R8"], deadline)
    assert standing.closed and standing.words == "Mended"
    wire.answers["POST /reports"] = (409, {})
    with pytest.raises(MinistryAmbiguous):
        await desk.send(Report("road", "A hole"), deadline)


async def test_payments_are_told_newest_first() -> None:
    sums = [
        {"id": 1, "state": "SENT", "amount": "25000", "day": "2026-10-01"},
        {"id": 2, "state": "WAITING", "amount": 25000, "day": None},
        {"id": 3, "state": "SENT", "amount": "25000", "day": "2026-11-01"},
    ]
    mapped, _, deadline = town({"GET /files/1/sums": sums})
    assert mapped.payments
    paid = await mapped.payments.of("birth_record", "1", deadline)
    assert paid and [one.id for one in paid] == ["2", "3", "1"]
    assert paid[0].state is PaymentState.PENDING and paid[0].amount == Money(25000, "XOF")
    assert await mapped.payments.of("birth_record", "2", deadline) is None


async def test_what_the_pack_leaves_out_the_ministry_cannot() -> None:
    mapped, wire, deadline = town({})
    port = mapped.applications
    assert port
    assert await port.of_applicant("p", "birth_record", deadline) == ()
    assert await port.changed("birth_record", NOW, deadline) == ChangePage()
    assert await port.form("birth_record", "fr", deadline) is None
    assert await port.info("birth_record", deadline) is None
    assert wire.asked == []
    visa = mapped_at(BASE, wire, settings("asan_visa"))
    assert (visa.appointments, visa.guide, visa.reports, visa.payments) == (None, None, None, None)


def lettered(answers: Mapping[str, Any], **more: Any) -> tuple[Any, Town, Deadline]:
    """The town, where numbers have letters: `DB-2026-004431`."""
    wire = Town(answers)
    raw = {**settings("town"), "references": "DB-####-######", **more}
    return mapped_at(BASE, wire, raw).applications, wire, Deadline.after(30, HandClock(NOW))


async def test_a_number_with_letters_is_digits_here_and_whole_there() -> None:
    port, wire, deadline = lettered({"GET /files/DB-2026-004431/": {"id": "DB-2026-004431", "status": "open"}})
    found = await port.get("2026004431", deadline)
    assert found and found.reference == "2026004431"
    assert await port.get("004431", deadline) is None and len(wire.asked) == 1, "none of its own has so few"


@pytest.mark.parametrize("theirs", ["DX-2026-004431", "DB-2026-04431", "DB-2026-0044311", "DB-2026-00443x", 4431])
async def test_a_number_that_does_not_fit_the_mask_is_a_failure(theirs: object) -> None:
    port, _, deadline = lettered({"GET /files/DB-2026-004431/": {"id": theirs, "status": "open"}})
    with pytest.raises(MinistryContract, match="mask"):
        await port.get("2026004431", deadline)


SUBMISSION = Submission("birth_record", "f", "p1", {}, PHONE, "key-1")


def taking(statuses: Mapping[int, str]) -> dict[str, Any]:
    raw = settings("town")
    raw["services"]["birth_record"]["form"] = {"type": "object", "properties": {"a": {"type": "string"}}}
    submit = {"method": "POST", "path": "/files", "statuses": statuses, "picks": {"reference": "id"}}
    raw["applications"] |= {"submit": submit}
    return raw


async def test_a_conflict_where_one_is_handed_in_is_told_unless_the_pack_means_another_thing() -> None:
    wire, deadline = Town({"POST /files": (409, {"message": "one is open"})}), Deadline.after(30, HandClock(NOW))
    port = mapped_at(BASE, wire, taking({})).applications
    assert port
    with pytest.raises(MinistryHasOne) as caught:
        await port.submit(SUBMISSION, deadline)
    assert caught.value.words == "one is open"
    port = mapped_at(BASE, wire, taking({409: "conflict"})).applications
    assert port
    with pytest.raises(MinistryAmbiguous):
        await port.submit(SUBMISSION, deadline)


def without(*operations: str) -> tuple[Mapped, Town, Deadline]:
    raw, wire = settings("town"), Town({})
    for operation in operations:
        del raw["appointments"][operation]
    return mapped_at(BASE, wire, raw), wire, Deadline.after(30, HandClock(NOW))


async def test_a_time_that_is_told_by_no_id_is_found_in_the_list_of_its_day() -> None:
    mapped, wire, deadline = without("slot")
    port, query = mapped.appointments, "GET /desks/4/slots?office=17&from=2026-11-{}&to=2026-11-{}&subject=BR"
    wire.answers |= {query.format(23, 30): {"slots": [SLOT]}, query.format(25, 25): {"slots": [SLOT]}}
    wire.answers |= {"POST /visits": {"visit": "v1"}, "GET /people/p1/visits": []}
    assert port
    (listed,) = await port.slots("birth_record", "dakar_1", date(2026, 11, 23), date(2026, 11, 30), deadline)
    assert await port.slot(listed.id, deadline) == listed
    visit = await port.book(listed.id, "p1", PHONE, "key-1", deadline)
    assert visit == Visit("v1", listed) and wire.bodies[-1] is not None and b'"slot":"s1"' in wire.bodies[-1]
    wire.answers["GET /people/p1/visits"] = [VISIT]
    (hers,) = await port.of_participant("p1", deadline)
    assert hers.slot.id == listed.id, "hers is recognised by the same id"
    asked = len(wire.asked)
    for other in ("s1", "elsewhere~dakar_1~2026-11-25~s1", "birth_record~dakar_1~someday~s1"):
        assert await port.slot(other, deadline) is None
    assert len(wire.asked) == asked


@pytest.mark.parametrize(
    ("path", "body"),
    [("/files/{reference}/visits", {"slot": "{slot}"}), ("/visits", {"slot": "{slot}", "file": "{reference}"})],
)
async def test_a_visit_is_booked_for_an_application_where_the_request_names_it(path: str, body: dict[str, str]) -> None:
    raw = settings("town")
    raw["references"] = "F-####"
    raw["appointments"]["book"] |= {"path": path, "body": body}
    wire = Town({"GET /slots/s1": SLOT, "GET /people/p1/visits": []})
    wire.answers |= {f"POST {path.format(reference='F-0042')}": {"visit": "v1"}}
    mapped, deadline = mapped_at(BASE, wire, raw), Deadline.after(30, HandClock(NOW))
    assert mapped.appointments
    assert BOOKS_FOR not in mapped.lacks
    booked = await mapped.appointments.book("s1", "p1", PHONE, "key-1", deadline, "0042")
    assert isinstance(booked, Visit) and booked.id == "v1"
    assert b"F-0042" in (wire.bodies[-1] or b"") or "F-0042" in wire.asked[-1], "as the ministry writes it"
    with pytest.raises(InvalidValue):
        await mapped.appointments.book("s1", "p1", PHONE, "key-1", deadline)
    wire.answers |= {"GET /people/p1/visits": [VISIT], f"POST {path.format(reference='F-0043')}": {"visit": "v2"}}
    other = await mapped.appointments.book("s1", "p1", PHONE, "key-2", deadline, "0043")
    assert isinstance(other, Visit) and other.id == "v2", "for another of hers the same time is another visit"
    wire.answers[f"POST {path.format(reference='F-0043')}"] = (409, {"message": "no"})
    assert await mapped.appointments.book("s1", "p1", PHONE, "key-3", deadline, "0043") == SlotGone()
    assert BOOKS_FOR in town({})[0].lacks, "elsewhere a visit is a person's"


async def test_a_list_of_visits_may_say_for_which_application_each_is() -> None:
    raw = settings("town")
    raw["references"] = "F-####"
    raw["appointments"]["of_participant"]["picks"]["reference"] = "file"
    wire = Town({"GET /people/p1/visits": [{**VISIT, "file": "F-0042"}, VISIT]})
    mapped, deadline = mapped_at(BASE, wire, raw), Deadline.after(30, HandClock(NOW))
    assert mapped.appointments
    visits = await mapped.appointments.of_participant("p1", deadline)
    assert [visit.application for visit in visits] == ["0042", ""]


@pytest.mark.parametrize(
    ("nothing", "answer", "told"),
    [
        ("contract", {"papers": [], "fee": None}, True),
        ("contract", {"fee": {"value": 20}}, True),
        ("contract", {"error": "other"}, None),
        ("not_found", {"error": "other"}, False),
    ],
)
async def test_papers_and_fee_are_told_unless_nothing_of_them_is_there(
    nothing: str, answer: Any, told: bool | None
) -> None:
    """`told`: None for a failure, False where the pack says that they may be missing."""
    raw = settings("town")
    picks = {"documents": "papers[].name", "fee": "fee.value", "days": "days"}
    raw["applications"]["info"] = {"path": "/fees/{service}", "picks": picks, "nothing": nothing}
    wire = Town({"GET /fees/BR": answer})
    port, deadline = mapped_at(BASE, wire, raw).applications, Deadline.after(30, HandClock(NOW))
    assert port
    if told is None:
        with pytest.raises(MinistryContract, match="none of it is there"):
            await port.info("birth_record", deadline)
    else:
        assert (await port.info("birth_record", deadline) is not None) is told


async def test_where_nobody_lists_her_visits_a_known_one_is_moved_and_cancelled() -> None:
    mapped, wire, deadline = without("of_participant")
    assert mapped.appointments and "appointments.of_participant" in mapped.lacks
    wire.answers |= {"GET /slots/s2": {**SLOT, "id": "s2"}, "PATCH /visits/v1": (204, None)}
    moved = await mapped.appointments.move("v1", "s2", "p1", deadline)
    assert isinstance(moved, Visit) and moved.slot.id == "s2"
    wire.answers["DELETE /visits/v1"] = (204, None)
    assert await mapped.appointments.cancel("v1", "p1", deadline) is True
    assert await mapped.appointments.cancel("v7", "p1", deadline) is False
