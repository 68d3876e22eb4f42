"""Where to go: the nearest office, an agent in the next street, the bus that comes on Tuesday; and what to bring."""

import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.errors import InvalidValue
from domain.position import Position
from gateway.pack import PackErrors, find_pack, load_pack
from services.listed_places import Calls, ListedPlace, PlaceKind
from services.values import Place
from tests.mobile_api.bench import Bench, Reply, assert_as_declared, open_bench
from tests.whole import Whole

# In the middle of Baku, and in İsmayıllı, 120 km away as the crow flies, where there is no office.
BAKU, ISMAYILLI = "40.379,49.847", "40.789,48.150"
TUESDAY = timedelta(days=1)


@pytest.fixture
async def bench(whole_api: Whole) -> AsyncIterator[Bench]:
    yield open_bench(whole_api)


async def get(bench: Bench, path: str, declared: str = "", query: str = "", **headers: str) -> Any:
    reply = await bench.ask("GET", path, query=query, accept_language="en", **headers)
    assert_as_declared(await bench.document(), "GET", declared or path, reply)
    assert reply.status == 200, reply.body
    return reply.json


async def refused(bench: Bench, query: str) -> Any:
    reply: Reply = await bench.ask("GET", "/places", query=query, accept_language="en")
    assert_as_declared(await bench.document(), "GET", "/places", reply)
    assert (reply.status, reply.json["code"]) == (422, "invalid_fields"), (query, reply.body)
    return reply.json["errors"]


async def test_the_nearest_comes_first_and_what_is_too_far_is_left_out(bench: Bench) -> None:
    found = (await get(bench, "/places", query=f"near={BAKU}&kind=centre"))["items"]
    distances = [item["distance_m"] for item in found]
    assert distances == sorted(distances)
    assert len(found) == 15 + 3, "ASAN's, and ABAD's for families' businesses"
    assert 0 < distances[0] < 5_000
    assert {item["place"]["id"] for item in found[:6]} == {"abad-01", *(f"asan-0{number}" for number in range(1, 6))}
    near = (await get(bench, "/places", query=f"near={BAKU}&within=15&kind=centre"))["items"]
    assert [item["place"]["id"] for item in near] == [item["place"]["id"] for item in found[:6]]
    # An agent who helps with a form is a place too; what is helped with there can be asked for.
    helps = (await get(bench, "/places", query=f"near={BAKU}&service=social_aid"))["items"]
    assert [(item["place"]["id"], item["kind"]) for item in helps] == [("post-01", "agent"), ("post-02", "agent")]


async def test_pages_of_the_nearest_go_on_where_they_ended(bench: Bench) -> None:
    whole = [item["place"]["id"] for item in (await get(bench, "/places", query=f"near={BAKU}&limit=100"))["items"]]
    seen, cursor = [], ""
    while cursor is not None:
        page = await get(bench, "/places", query=f"near={BAKU}&limit=7&cursor={cursor}")
        seen += [item["place"]["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == whole
    assert len(set(whole)) == len(whole) == 15 + 3 + 2 + 13


async def test_where_there_is_no_office_a_bus_comes(bench: Bench) -> None:
    (stop,) = (await get(bench, "/places", query=f"near={ISMAYILLI}&within=20&service=passport"))["items"]
    assert (stop["kind"], stop["unit"], stop["open_now"]) == ("mobile_unit", "bus-01", False)
    assert [call["begins"] for call in stop["stops"]] == ["2026-11-24T10:00:00+04:00", "2026-12-08T10:00:00+04:00"]
    assert "demo" in stop["place"]["name"]
    # The clock stands at ten on Monday: a day later the bus stands there, and when it has left the next is told.
    bench.whole.clock.advance(TUESDAY)
    assert (await get(bench, f"/places/{stop['place']['id']}", "/places/{id}"))["open_now"] is True
    bench.whole.clock.advance(timedelta(hours=7))
    later = await get(bench, f"/places/{stop['place']['id']}", "/places/{id}")
    assert (later["open_now"], later["stops"][0]["begins"]) == (False, "2026-12-08T10:00:00+04:00")
    # Letters as a keyboard has them find it too.
    assert [item["unit"] for item in (await get(bench, "/places", query="q=ismayilli"))["items"]] == ["bus-01"]


async def test_one_train_and_ten_buses(bench: Bench) -> None:
    units = (await get(bench, "/units"))["items"]
    assert [unit["kind"] for unit in units] == ["bus"] * 10 + ["train"]
    assert all("demo" in unit["name"] for unit in units)
    train = await get(bench, "/units/train-01", "/units/{id}")
    assert train == units[-1]
    first = [place["stops"][0]["begins"] for place in train["stops"]]
    assert first == sorted(first)
    assert len(first) == 3
    gone = await bench.ask("GET", "/units/tram-01")
    assert_as_declared(await bench.document(), "GET", "/units/{id}", gone)
    assert gone.json["code"] == "not_found"


async def test_hours_for_machines_and_for_people(bench: Bench) -> None:
    shown = await get(bench, "/places/asan-01", "/places/{id}")
    assert shown["place"]["hours"] == "Mon-Sat 09:00-18:00"
    always = {"first": None, "last": None}
    assert shown["opening"] == [{"days": [1, 2, 3, 4, 5, 6], "opens": "09:00", "closes": "18:00", **always}]
    assert shown["open_now"] is True  # Monday, ten in Baku
    for hours, is_open in ((8, False), (15, True), (6 * 24 - 9, False)):  # 18:00 that day, 09:00 next day, Sunday 10:00
        bench.whole.clock.advance(timedelta(hours=hours))
        assert (await get(bench, "/places/asan-01", "/places/{id}"))["open_now"] is is_open
    # 31 December is a holiday (Day of Solidarity), a Thursday.
    bench.whole.clock.advance(timedelta(days=32))
    assert bench.whole.clock.now().date() == date(2026, 12, 31)
    assert (await get(bench, "/places/asan-01", "/places/{id}"))["open_now"] is False


async def test_what_is_no_position_is_refused(bench: Bench) -> None:
    for near in ("91,0", "0,181", "nan,nan", "40.4", "40.4,", ",", "", "a,b", "1e3,2", "40.4;49.8"):
        await refused(bench, f"near={near}")
    for within in ("0", "-1", "99999", "x", "nan"):
        await refused(bench, f"near={BAKU}&within={within}")
    assert (await refused(bench, "within=5"))[0]["pointer"] == "/near"
    await refused(bench, "kind=castle")
    assert (await get(bench, "/places", query="near=-90,-180"))["items"]


async def test_places_may_be_kept_and_come_compressed(bench: Bench) -> None:
    query = f"near={BAKU}"
    first = await bench.ask("GET", "/places", query=query, accept_encoding="gzip")
    assert (first.headers["cache-control"], first.headers["content-encoding"]) == ("public, max-age=300", "gzip")
    again = await bench.ask("GET", "/places", query=query, if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


async def test_what_a_service_needs_is_a_list_in_her_language(bench: Bench) -> None:
    aid = await get(bench, "/services/social_aid", "/services/{code}")
    assert aid["needs"] == ["Identity card"]
    assert (aid["free"], aid["fee"], aid["days"]) == (True, None, 15)
    assert aid["how"] == ["phone", "app", "agent"]
    assert [place["id"] for place in aid["where"]] == ["post-01", "post-02"]
    french = (await bench.ask("GET", "/services/social_aid", accept_language="az")).json
    assert french["needs"] != aid["needs"]
    passport = await get(bench, "/services/passport", "/services/{code}")
    assert (passport["needs"], passport["how"]) == (["Identity card", "Photo 3x4"], ["phone", "app", "visit"])
    assert {place["id"] for place in passport["where"]} >= {"asan-01", "bus-01-ismayilli"}


# --- pure ---------------------------------------------------------------------------------------------------


def test_the_great_circle() -> None:
    baku, ganja = Position(40.4093, 49.8671), Position(40.6828, 46.3606)
    assert baku.metres_to(baku) == 0
    assert abs(baku.metres_to(ganja) - 297_800) < 600
    assert baku.metres_to(ganja) == ganja.metres_to(baku)
    # Over the date line it is near; the other side of the world is half of it away.
    assert Position(0, 179.9).metres_to(Position(0, -179.9)) == 22_239
    assert Position(90, 0).metres_to(Position(-90, 0)) == 20_015_114
    for wrong in ("", "1", "1,2,3", "nan,1", "inf,1", "91,1", "1,-181"):
        with pytest.raises(InvalidValue):
            Position.parse(wrong)


@pytest.mark.parametrize(
    ("every", "now", "days", "told"),
    [
        (0, "2026-11-23T10:00", 28, ["2026-11-24"]),
        (0, "2026-11-24T16:00", 28, []),
        (2, "2026-11-24T15:59", 14, ["2026-11-24", "2026-12-08"]),
        (2, "2026-11-24T16:00", 14, ["2026-12-08"]),
        (1, "2027-03-18T09:00", 7, []),  # the 23rd is in the holidays of Novruz
        (1, "2027-03-18T09:00", 14, ["2027-03-30"]),
        (1, "2026-11-01T09:00", 7, []),
    ],
)
def test_when_a_unit_calls(every: int, now: str, days: int, told: list[str]) -> None:
    pack = load_pack("azerbaijan")
    rule = Calls(date(2026, 11, 24), every, datetime(1, 1, 1, 10).time(), datetime(1, 1, 1, 16).time())
    stop = ListedPlace(Place("s", "S"), PlaceKind.MOBILE_UNIT, unit="u", calls=(rule,))
    at = datetime.fromisoformat(now).replace(tzinfo=pack.zone)
    assert [str(found.begins.date()) for found in stop.stops(at, days, pack.days_off)] == told


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": "soon"}, "units.yaml"),
        ({"at": [91, 0]}, "units.yaml"),
        ({"from": "16:00", "until": "16:00"}, "units.yaml: s-1: ends before it begins"),
        ({"id": "asan-01"}, "units.yaml: u-1.stops: the id 'asan-01' stands twice"),
        ({"id": "no spaces"}, "units.yaml"),
    ],
)
def test_what_is_wrong_with_a_stop_is_told_before_serving(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    source = find_pack("azerbaijan")
    for file in source.iterdir():
        if file.name != "units.yaml":
            (tmp_path / file.name).symlink_to(file)
    stop = {"id": "s-1", "name": "S", "address": "", "first": date(2026, 1, 1), "from": "10:00", "until": "16:00"}
    unit = {"kind": "bus", "name": "U", "services": ["passport"], "stops": [stop | wrong]}
    (tmp_path / "units.yaml").write_text(yaml.safe_dump({"units": {"u-1": unit}}))
    with pytest.raises(PackErrors) as told:
        load_pack(str(tmp_path))
    assert said in str(told.value), json.dumps(told.value.findings)


async def test_by_region_and_district(bench: Bench) -> None:
    areas = (await get(bench, "/areas", query="kind=centre"))["items"]
    baku = next(area for area in areas if area["region"] == "Bakı")
    assert baku["places"] == 6
    districts = ["Nərimanov", "Nəsimi", "Səbail", "Suraxanı", "Xətai", "Yasamal"]
    assert [area["name"] for area in baku["districts"]] == districts
    found = (await get(bench, "/places", query="region=Bak%C4%B1&district=Yasamal"))["items"]
    assert [item["place"]["id"] for item in found] == ["asan-03", "post-01"]
    assert {item["region"] for item in found} == {"Bakı"}
    assert (await get(bench, "/places", query="region=Nowhere"))["items"] == []


async def test_how_it_stands_today(bench: Bench) -> None:
    office = await get(bench, "/places/asan-01", "/places/{id}")
    assert office["today"] == {"now": "open", "hours": "09:00-18:00", "opens": None, "opens_hours": ""}
    stop = await get(bench, "/places/bus-03-lerik", "/places/{id}")
    assert stop["today"] is None and stop["stops"]
