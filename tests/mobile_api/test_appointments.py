"""A visit booked on one channel and moved on another; in the app, with its versions, refusals and calendar file."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from domain.position import Position
from gateway.app_api import CHANGES
from mobile_api.calendar_file import Entry, calendar_file
from services import whole_visits
from services.backends.registry import MinistryMap
from services.outcomes import VisitRefused
from services.resuming import resume_intents
from tests.gateway.walks import Seat, open_seats, typed, walk_to_confirm
from tests.mobile_api.bench import Reply
from tests.mobile_api.citizen import BenchCitizen, at_the_bench
from tests.phone import AfricasTalkingPhone
from tests.whole import Whole

LEYLA, KAMRAN = "+994507770001", "+994507770002"
ONE, MOVE, ICS = "/appointments/{id}", "/appointments/{id}/move", "/appointments/{id}/visit.ics"
ASAN, SERVICE = "asan-04", "passport"


@pytest.fixture
async def her(whole_api: Whole) -> BenchCitizen:
    return await at_the_bench(whole_api, LEYLA)


def world(her: BenchCitizen) -> Any:
    return her.bench.whole.sandbox.state.world


def seats(her: BenchCitizen, service: str = SERVICE) -> list[Seat]:
    return open_seats(world(her), ASAN, service)


async def booked(her: BenchCitizen, slot: str, **more: Any) -> Reply:
    body = {"service": SERVICE, "slot": slot}
    return await her.ask("POST", "/appointments", body=body, **more)


async def moved(her: BenchCitizen, id: str, slot: str, tag: str | None, **more: Any) -> Reply:
    headers = {"if_match": tag} if tag is not None else {}
    return await her.ask("POST", f"/appointments/{id}/move", declared=MOVE, body={"slot": slot}, **headers, **more)


async def on_ussd(her: BenchCitizen, seat: Seat) -> str:
    phone = AfricasTalkingPhone(her.bench.whole.app, her.number)
    await walk_to_confirm(phone, her.bench.whole, seat)
    return (await phone.answer("1")).name


async def mine(her: BenchCitizen) -> list[Any]:
    return list((await her.get("/appointments"))["items"])


# --- one visit, several channels ----------------------------------------------------------------------------


async def test_booked_by_keypad_moved_in_the_app_and_cancelled_by_keypad(her: BenchCitizen) -> None:
    first, second = seats(her)[3], seats(her)[9]
    assert await on_ussd(her, first) == "visit_booked"
    (visit,) = await mine(her)
    assert (visit["service"], visit["place"]["id"]) == (SERVICE, ASAN)
    assert datetime.fromisoformat(visit["starts"]).replace(tzinfo=None) == first.starts
    assert visit["service_name"] == "Passport"
    shown = await her.ask("GET", f"/appointments/{visit['id']}", declared=ONE)
    assert shown.json == visit
    reply = await moved(her, visit["id"], second.slot, shown.headers["etag"])
    assert (reply.status, reply.json["id"]) == (200, visit["id"])
    assert datetime.fromisoformat(reply.json["starts"]).replace(tzinfo=None) == second.starts
    assert reply.headers["etag"] != shown.headers["etag"]
    # On the keypad it is where it was put, and can be cancelled there.
    phone = AfricasTalkingPhone(her.bench.whole.app, her.number)
    await typed(phone, "3", "2") if (await phone.dial()).name == "home" else await typed(phone, "2", "3", "2")
    assert f"{second.starts:%H:%M}" in (await phone.answer("1")).text
    assert (await typed(phone, "2", "1")).name == "visit_cancelled"
    assert await mine(her) == []
    gone = await her.ask("GET", f"/appointments/{visit['id']}", declared=ONE)
    assert (gone.status, gone.json["code"]) == (404, "not_found")


async def test_from_service_to_visit_in_the_app_and_seen_on_the_keypad(her: BenchCitizen) -> None:
    services = (await her.get("/appointments/services"))["items"]
    assert SERVICE in [service["code"] for service in services]
    places = (await her.get("/appointments/places", query=f"service={SERVICE}"))["items"]
    assert ASAN in [place["id"] for place in places]
    days = (await her.get("/appointments/days", query=f"service={SERVICE}&place={ASAN}"))["items"]
    assert days == sorted({seat.starts.date().isoformat() for seat in seats(her)})
    times = (await her.get("/appointments/times", query=f"service={SERVICE}&place={ASAN}&day={days[1]}"))["items"]
    assert [time["slot"] for time in times] == [
        seat.slot for seat in seats(her) if seat.starts.date().isoformat() == days[1]
    ]
    assert all(time["starts"].endswith("+04:00") for time in times)
    reply = await booked(her, times[0]["slot"])
    assert (reply.status, reply.json["starts"]) == (201, times[0]["starts"])
    assert reply.headers["location"] == f"/api/v1/appointments/{reply.json['id']}"
    shown = await her.ask("GET", reply.headers["location"].removeprefix("/api/v1"), declared=ONE)
    assert (shown.json, shown.headers["etag"]) == (reply.json, reply.headers["etag"])
    assert reply.json["number"] in (await her.dial("3", "2", "1")).text


async def test_where_visits_are_for_an_application_it_is_named(
    her: BenchCitizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"service": SERVICE, "slot": seats(her)[0].slot, "application": "41000019"}
    reply = await her.ask("POST", "/appointments", body=body)
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/application"), "here a visit is a person's"
    monkeypatch.setattr(MinistryMap, "does", lambda self, service, operation: True)
    assert all(service["for_application"] for service in (await her.get("/appointments/services"))["items"])
    for named in ("41000019", ""):
        reply = await her.ask("POST", "/appointments", body={**body, "application": named}, key=f"of-{named}")
        assert (reply.status, reply.json["code"]) == (422, "application_needed"), "it is another's, or none"


async def test_whatever_is_repeated_is_booked_once(her: BenchCitizen) -> None:
    seat = seats(her)[0]
    assert await on_ussd(her, seat) == "visit_booked"
    # The same time in the app a moment later is the same visit, under whichever key.
    first = await booked(her, seat.slot, key="one")
    again = await booked(her, seat.slot, key="one")
    other = await booked(her, seat.slot, key="two")
    assert [reply.status for reply in (first, again, other)] == [201, 201, 201]
    assert first.json == again.json == other.json
    assert again.headers["idempotency-replayed"] == "true"
    assert len(world(her).diary.appointments) == 1


# --- versions ----------------------------------------------------------------------------------------------


async def test_a_move_names_the_version_it_was_decided_on(her: BenchCitizen) -> None:
    first, second, third = seats(her)[:3]
    visit = (await booked(her, first.slot)).json
    for tag, status, code in ((None, 428, "version_needed"), ('"x"', 412, "changed_meanwhile")):
        reply = await moved(her, visit["id"], second.slot, tag)
        assert (reply.status, reply.json["code"]) == (status, code)
    # The tag was read in another language; the plain version and the star fit as well.
    az = await her.bench.ask("GET", f"/appointments/{visit['id']}", token=her.token, accept_language="az")
    en = await her.bench.ask("GET", f"/appointments/{visit['id']}", token=her.token, accept_language="en")
    assert az.headers["etag"] != en.headers["etag"]
    assert (await moved(her, visit["id"], second.slot, az.headers["etag"])).status == 200
    # She moved it meanwhile: what was decided on the first version is not done.
    for tag in (az.headers["etag"], f'"{visit["version"]}"', f"W/{en.headers['etag']}"):
        reply = await moved(her, visit["id"], third.slot, tag)
        assert (reply.status, reply.json["code"]) == (412, "changed_meanwhile"), tag
    drop = await her.ask("DELETE", f"/appointments/{visit['id']}", declared=ONE, if_match=en.headers["etag"])
    assert drop.status == 412
    assert (await moved(her, visit["id"], third.slot, "*")).status == 200
    assert (await her.ask("DELETE", f"/appointments/{visit['id']}", declared=ONE)).status == 204
    assert world(her).diary.appointments == {}


async def test_a_repeated_move_is_told_what_it_came_to_not_that_it_changed(her: BenchCitizen) -> None:
    first, second = seats(her)[:2]
    made = await booked(her, first.slot)
    tag = made.headers["etag"]
    world(her).faults.add({"ministry": "asan", "operation": "appointment.modifications", "kind": "cut_after_write"})
    reply = await moved(her, made.json["id"], second.slot, tag, key="k")
    assert (reply.status, reply.json) == (202, {"told": False})
    world(her).faults.drop(None, None)
    await her.quiet()
    her.bench.whole.clock.advance(timedelta(seconds=70))
    assert await resume_intents(her.bench.whole.parts.desk) == 1
    again = await moved(her, made.json["id"], second.slot, tag, key="k")
    assert again.status == 200
    assert datetime.fromisoformat(again.json["starts"]).replace(tzinfo=None) == second.starts


# --- what may go wrong -------------------------------------------------------------------------------------


async def test_a_time_that_somebody_else_took(her: BenchCitizen) -> None:
    seat, other = seats(her)[0], seats(her)[20]
    mine_before = (await booked(her, other.slot)).json
    fill(her, seat)
    body = {"service": SERVICE, "slot": seat.slot, "place": ASAN}
    refused = await her.ask("POST", "/appointments", body=body)
    assert (refused.status, refused.json["code"]) == (409, "slot_taken")
    assert refused.json["choices"] == sorted({open_.starts.date().isoformat() for open_ in seats(her)})
    # Without a place nobody knows where to look; a place that is none is not asked for.
    for place in ("", "asan-99"):
        reply = await her.ask("POST", "/appointments", body=body | {"place": place})
        assert (reply.status, reply.json.get("choices")) == (409, None)
    reply = await moved(her, mine_before["id"], seat.slot, "*")
    assert (reply.status, reply.json["code"]) == (409, "slot_taken")
    assert reply.json["choices"] == refused.json["choices"]
    assert await mine(her) == [mine_before]


async def test_a_no_of_the_ministry_is_told_in_its_own_words(
    her: BenchCitizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = {"ministry": "asan", "operation": "appointment.new", "kind": "status", "value": 422, "times": 1}
    world(her).faults.add(no)
    unsaid = await booked(her, seats(her)[0].slot)
    assert (unsaid.status, unsaid.json["code"]) == (422, "ministry_refused")
    assert unsaid.json["detail"] == "Please ask at its office."

    async def refused(*asked: object) -> VisitRefused:
        return VisitRefused("Bring your card\nfirst\u202e" + "." * 200)

    monkeypatch.setattr(whole_visits, "book", refused)
    said = await booked(her, seats(her)[0].slot)
    assert (said.status, said.json["code"]) == (422, "visit_refused")
    assert said.json["detail"].startswith("Bring your card first.")
    assert len(said.json["detail"]) <= 120


async def test_while_the_ministry_is_silent_it_is_in_hand_and_the_same_key_tells_the_end(her: BenchCitizen) -> None:
    seat = seats(her)[0]
    world(her).faults.add({"ministry": "asan", "operation": "appointment.new", "kind": "cut_after_write"})
    reply = await booked(her, seat.slot, key="k")
    assert (reply.status, reply.json) == (202, {"told": False})
    assert (await booked(her, seat.slot, key="k")).status == 202
    world(her).faults.drop(None, None)
    await her.quiet()
    her.bench.whole.clock.advance(timedelta(seconds=70))
    assert await resume_intents(her.bench.whole.parts.desk) == 1
    done = await booked(her, seat.slot, key="k")
    assert done.status == 201
    assert await mine(her) == [done.json]
    assert len(world(her).diary.appointments) == 1


async def test_a_ministry_that_is_away_hides_no_visit(her: BenchCitizen) -> None:
    visit = (await booked(her, seats(her)[0].slot)).json
    await her.ministry_away("asan")
    assert await her.get("/appointments") == {"items": [visit], "live": False, "next": None}
    for path, declared in ((f"/appointments/{visit['id']}", ONE), (f"/appointments/{visit['id']}/visit.ics", ICS)):
        reply = await her.ask("GET", path, declared=declared)
        assert (reply.status, reply.json["code"]) == (503, "ministry_unavailable")
    for kind in ("days", "times"):
        day = f"&day={seats(her)[0].starts:%Y-%m-%d}" if kind == "times" else ""
        reply = await her.ask("GET", f"/appointments/{kind}", query=f"service={SERVICE}&place={ASAN}{day}")
        assert reply.json["code"] == "ministry_unavailable"


async def test_another_persons_visit_is_as_none_at_all(her: BenchCitizen) -> None:
    visit = (await booked(her, seats(her)[0].slot)).json
    his = await her.another(KAMRAN)
    for id in (visit["id"], f"{SERVICE}:1", "fishing:1", f"id_card:{visit['id'].partition(':')[2]}"):
        path = f"/appointments/{id}"
        for reply in (
            await his.ask("GET", path, declared=ONE),
            await his.ask("GET", f"{path}/visit.ics", declared=ICS),
            await moved(his, id, seats(her)[4].slot, "*"),
            await his.ask("DELETE", path, declared=ONE),
        ):
            assert (reply.status, reply.json["code"]) == (404, "not_found"), (id, reply.body)
    # Nor does her own visit stand under another service's name.
    assert (await her.ask("GET", f"/appointments/id_card:{visit['number']}", declared=ONE)).status == 404
    assert await mine(his) == []
    assert await mine(her) == [visit]


async def test_with_an_account_nothing_is_shown_or_done_before_the_pin(her: BenchCitizen) -> None:
    visit = (await booked(her, seats(her)[0].slot)).json
    await her.open_account()
    her.without_pin()
    path = f"/appointments/{visit['id']}"
    for reply in (
        await her.ask("GET", "/appointments"),
        await her.ask("GET", path, declared=ONE),
        await her.ask("GET", f"{path}/visit.ics", declared=ICS),
        await booked(her, seats(her)[1].slot),
        await moved(her, visit["id"], seats(her)[1].slot, "*"),
        await her.ask("DELETE", path, declared=ONE),
    ):
        assert (reply.status, reply.json["code"]) == (403, "pin_needed")
    assert len(world(her).diary.appointments) == 1


async def test_what_nobody_offers_is_asked_of_no_ministry(her: BenchCitizen) -> None:
    asked = world(her).journal.of("asan", "event.list_details").asked
    far = (date(2026, 11, 22), date(2027, 11, 22), date(1, 1, 1), date(9999, 12, 31))
    for day in far:
        query = f"service={SERVICE}&place={ASAN}&day={day.isoformat()}"
        assert await her.get("/appointments/times", query=query) == {"items": [], "next": None}
    for query, pointer in (
        (f"service=social_aid&place={ASAN}", "/service"),
        (f"service={SERVICE}&place=post-01", "/place"),
        (f"service={SERVICE}&place=bus-01-ismayilli", "/place"),
        (f"service={SERVICE}", "/place"),
        (f"place={ASAN}", "/service"),
        (f"service=A B&place={ASAN}", "/service"),
    ):
        reply = await her.ask("GET", "/appointments/days", query=query.replace(" ", "%20"))
        assert (reply.status, [error["pointer"] for error in reply.json["errors"]]) == (422, [pointer]), reply.body
    assert (await her.ask("GET", "/appointments/places", query="service=visa")).status == 422
    assert world(her).journal.of("asan", "event.list_details").asked == asked


async def test_a_time_of_one_service_is_not_had_in_the_name_of_another(her: BenchCitizen) -> None:
    card, passport = seats(her, "id_card")[0], seats(her)[0]
    visit = (await booked(her, passport.slot)).json
    for reply in (await booked(her, card.slot), await moved(her, visit["id"], card.slot, "*")):
        assert (reply.status, reply.json["code"]) == (422, "invalid_fields")
    for body in ({"service": "social_aid", "slot": "1"}, {"service": SERVICE, "slot": "a/b"}, {"slot": "1"}):
        reply = await her.ask("POST", "/appointments", body=body)
        assert (reply.status, reply.json["code"]) == (422, "invalid_fields"), body
    assert await mine(her) == [visit]


# --- what changed -------------------------------------------------------------------------------------------


async def test_what_a_keypad_or_a_ministry_did_is_among_the_changes(her: BenchCitizen) -> None:
    began = (await her.get("/changes"))["next"]
    assert await on_ussd(her, seats(her)[0]) == "visit_booked"
    await her.ministry_away("asan")
    told = await her.get("/changes", query=f"since={began}")
    (visit,) = told["appointments"]
    await her.sandbox("DELETE", "/sandbox/faults")
    assert [visit] == await mine(her)
    # What the list shows as the changes told it is no news.
    assert (await her.get("/changes", query=f"since={told['next']}"))["appointments"] == []
    # Her ministry moves it by itself: the list learns it, and then the changes know.
    await her.sandbox("POST", f"/sandbox/appointments/{visit['number']}", to="moved")
    (elsewhere,) = await mine(her)
    assert elsewhere["starts"] != visit["starts"]
    later = await her.get("/changes", query=f"since={told['next']}")
    assert later["appointments"] == [elsewhere]
    assert (await her.ask("DELETE", f"/appointments/{visit['id']}", declared=ONE)).status == 204
    gone = await her.get("/changes", query=f"since={later['next']}")
    assert gone["gone"] == [{"kind": "appointment", "id": visit["id"]}]
    assert gone["appointments"] == []
    assert {part.field for part in CHANGES} >= {"applications", "appointments", "pickups"}


# --- the calendar file ----------------------------------------------------------------------------------------


async def test_the_calendar_file_is_read_by_a_calendar(her: BenchCitizen) -> None:
    first, second = seats(her)[0], seats(her)[7]
    visit = (await booked(her, first.slot)).json
    path = f"/appointments/{visit['id']}/visit.ics"
    file = await her.ask("GET", path, declared=ICS)
    assert file.headers["content-type"] == "text/calendar"
    assert file.headers["content-disposition"] == 'attachment; filename="visit.ics"'
    assert file.headers["cache-control"] == "no-store"
    event = read(file.body)
    assert event["SUMMARY"] == f"Passport: {visit['place']['name']}"
    assert event["LOCATION"] == f"{visit['place']['name']}, {visit['place']['address']}"
    assert event["DTSTART"].dt == datetime.fromisoformat(visit["starts"])
    assert visit["number"] in event["DESCRIPTION"]
    assert event["GEO"].latitude == pytest.approx(40.433)
    # Moved, it is the same entry, later: the calendar moves it too.
    her.bench.whole.clock.advance(timedelta(minutes=5))
    assert (await moved(her, visit["id"], second.slot, "*")).status == 200
    later = read((await her.ask("GET", path, declared=ICS)).body)
    assert later["UID"] == event["UID"]
    assert later["SEQUENCE"] > event["SEQUENCE"]
    assert later["DTSTAMP"].dt > event["DTSTAMP"].dt
    zone = her.bench.whole.parts.desk.services.zone
    assert later["DTSTART"].dt.astimezone(zone).replace(tzinfo=None) == second.starts


ENTRY = Entry(
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    datetime(2026, 11, 23, 6, tzinfo=UTC),
    3_600_000,
    datetime(2026, 12, 1, 6, 30, tzinfo=UTC),
    "Passport: ASAN 4",
    "ASAN 4, Nümunə küç. 12, Bakı",
    "Your number at the counter: 70003.",
    "en",
    Position(40.433, 49.962),
)


def test_a_calendar_file_letter_by_letter() -> None:
    assert calendar_file(ENTRY).decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Guichet//Appointments//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "UID:0f8fad5b-d9cb-469f-a165-70867728950e",
        "DTSTAMP:20261123T060000Z",
        "SEQUENCE:3600000",
        "DTSTART:20261201T063000Z",
        "SUMMARY;LANGUAGE=en:Passport: ASAN 4",
        "LOCATION:ASAN 4\\, Nümunə küç. 12\\, Bakı",
        "GEO:40.433000;49.962000",
        "DESCRIPTION;LANGUAGE=en:Your number at the counter: 70003.",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


NASTY = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")) | st.sampled_from(';,\\:"'), max_size=300)


@given(NASTY, NASTY)
def test_whatever_a_place_is_called_the_file_says_it(name: str, number: str) -> None:
    file = calendar_file(
        Entry(ENTRY.uid, ENTRY.made, 1, ENTRY.starts, name, f"x{name}", f"x{number}\nEND:VEVENT", "az")
    )
    event = read(file)
    assert event["SUMMARY"] == name
    assert event["LOCATION"] == f"x{name}"
    assert event["DESCRIPTION"] == f"x{number}\nEND:VEVENT"


def read(file: bytes) -> Any:
    """The one event, by somebody else's parser; and the form that the standard wants of the octets."""
    assert file.endswith(b"\r\n")
    lines = file.removesuffix(b"\r\n").split(b"\r\n")
    assert all(0 < len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    for line in lines:
        line.decode()
    calendar = Calendar.from_ical(file)
    assert not calendar.errors
    (event,) = calendar.walk("VEVENT")
    assert not event.errors
    return event


def fill(her: BenchCitizen, seat: Seat) -> None:
    """Others take every seat."""
    diary = world(her).diary
    number = 0
    while any(seat.slot == open_.slot for open_ in seats(her)):
        number += 1
        diary.book(seat.slot, diary.subscribe({"name": f"other-{number}"}), ASAN)
