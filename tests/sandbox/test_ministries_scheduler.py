"""The Scheduler building block, asked over HTTP in each of the ways that its standard leaves open."""

import asyncio
import json
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from sandbox.ministries.places import CENTRES
from sandbox.ministries.slots import CATEGORIES, slot, slots

ASAN = "/ministries/asan"
WHO = {"requestor_id": "gateway", "request_token": "demo"}


async def ask(client: aiohttp.ClientSession, method: str, path: str, status: int = 200, **params: str) -> Any:
    async with client.request(method, ASAN + path, params=WHO | params) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def listed(client: aiohttp.ClientSession, what: str, **params: str) -> list[Any]:
    """Flattened: GovStack lists are arrays of arrays."""
    (items,) = await ask(client, "GET", f"/{what}/list_details", **params)
    return list(items)


async def events(client: aiohttp.ClientSession, host: str = "asan-01", **more: str) -> list[Any]:
    wanted = {"event_filter[host_entity_id]": host, "event_filter[category]": "passport"}
    return await listed(client, "event", **wanted, **more)


async def subscribe(client: aiohttp.ClientSession, phone: str) -> str:
    text = await ask(client, "POST", "/subscriber/new", **{"subscriber_details[phone]": phone})
    assert text.startswith("subscriber_id:")
    return str(text.partition(":")[2])


async def book(client: aiohttp.ClientSession, event: str, who: str, status: int = 200) -> Any:
    return await ask(
        client,
        "POST",
        "/appointment/new",
        status,
        **{
            "appointment_details[event_ids][]": event,
            "appointment_details[participant_type]": "subscriber",
            "appointment_details[participant_id]": who,
        },
    )


async def open_event(client: aiohttp.ClientSession, limit: str = "", skip: int = 0) -> str:
    more = {"event_filter[subscriber_limit]": limit} if limit else {}
    found = [e["event_id"] for e in await events(client, **more) if e["details"]["status"] == "open"]
    return str(found[skip])


async def test_fifteen_centres_are_known(client: aiohttp.ClientSession) -> None:
    entities = await listed(client, "entity")
    assert [entity["entity_id"] for entity in entities] == [f"asan-{n:02d}" for n in range(1, 16)]
    assert sum(entity["details"]["venue"]["city"] == "Bakı" for entity in entities) == 5
    assert len(await listed(client, "entity", **{"entity_filter[entity_id]": "asan-03"})) == 1


async def test_events_are_naive_local_texts(client: aiohttp.ClientSession) -> None:
    found = await events(client)
    assert len(found) == 10 * 14
    first = found[0]["details"]
    assert (first["from"], first["to"], first["deadline"]) == (
        "2026-11-23T09:00:00",
        "2026-11-23T09:30:00",
        "2026-11-23T08:00:00",
    )
    assert first["status"] == "closed"  # it is ten o'clock
    assert first["subscriber_limit"] in {"1", "2", "3"}
    assert found[-1]["details"]["from"] == "2026-12-04T16:30:00"


async def test_the_question_may_be_written_in_three_ways(client: aiohttp.ClientSession) -> None:
    wanted = {"host_entity_id": "asan-02", "category": "id_card", "from": "2026-11-24T00:00:00"}
    brackets = {f"event_filter[{name}]": value for name, value in wanted.items()}
    inside = {f"qry[event_filter][{name}]": value for name, value in wanted.items()}
    as_json = {"qry": json.dumps({"event_filter": wanted})}
    answers = [await listed(client, "event", **asked) for asked in (brackets, inside, as_json)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0]["details"]["from"] == "2026-11-24T09:00:00"


async def test_only_what_is_required_is_told(client: aiohttp.ClientSession) -> None:
    (event,) = await listed(
        client,
        "event",
        **{
            "event_filter[event_id][]": await open_event(client),
            "event_details_required[period]": "true",
            "event_details_required[status]": "true",
            "event_details_required[venue]": "false",
        },
    )
    assert set(event["details"]) == {"from", "to", "status"}


async def test_events_are_the_same_every_time(client: aiohttp.ClientSession) -> None:
    assert await events(client) == await events(client)
    today = datetime(2026, 11, 23).date()
    for centre in CENTRES:
        for category in CATEGORIES:
            for known in slots(centre, category, today):
                assert slot(known.id) == known


@pytest.mark.parametrize("event_id", ["", "1", "99126112300", "11926112300", "11226112399", "11226133100", "x" * 11])
def test_an_event_id_that_never_was(event_id: str) -> None:
    assert slot(event_id) is None


async def test_one_centre_has_no_days_for_one_service(client: aiohttp.ClientSession) -> None:
    wanted = {"event_filter[host_entity_id]": "asan-15", "event_filter[category]": "property_extract"}
    assert await listed(client, "event", **wanted) == []


async def test_a_visit_is_booked_moved_and_cancelled(client: aiohttp.ClientSession) -> None:
    who = await subscribe(client, "+994501234501")
    event, other = await open_event(client), await open_event(client, skip=1)
    text = await book(client, event, who)
    assert text.startswith(f"[Event_id:{event},appointment_id:")
    number = text.rstrip("]").rpartition(":")[2]

    (mine,) = await listed(client, "appointment", **{"appointment_filter[participant_id]": who})
    assert (mine["appointment_id"], mine["details"]["event_id"]) == (number, event)
    assert mine["details"]["event_details"]["host_entity_id"] == "asan-01"
    assert mine["details"]["status"] == "confirmed"

    moving = {"appointment_id": number, "details[event_id]": other}
    assert (
        await ask(client, "PUT", "/appointment/modifications", **moving)
        == f"[Event_id:{other},appointment_id:{number}]"
    )
    assert await ask(client, "PUT", "/appointment/modifications", **moving)  # said twice, moved once
    (mine,) = await listed(client, "appointment", **{"appointment_filter[appointment_id]": number})
    assert mine["details"]["event_id"] == other

    assert await ask(client, "DELETE", "/appointment", appointment_id=number) == f"appointment_id:{number}"
    assert (await ask(client, "DELETE", "/appointment", 404, appointment_id=number))["code"] == "appointment_not_found"
    assert await listed(client, "appointment", **{"appointment_filter[participant_id]": who}) == []


async def test_a_subscriber_keeps_her_id(client: aiohttp.ClientSession) -> None:
    who = await subscribe(client, "+994501234501")
    assert await subscribe(client, " 994501234501") == who  # the plus was lost to a space
    (known,) = await listed(client, "subscriber", **{"subscriber_filter[phone]": "+994501234501"})
    assert known == {"subscriber_id": who, "details": {"phone": "+994501234501"}}


async def test_a_pseudonym_is_enough(client: aiohttp.ClientSession) -> None:
    text = await ask(client, "POST", "/subscriber/new", **{"subscriber_details[name]": "p-17"})
    await subscribe(client, "+994501234501")
    (known,) = await listed(client, "subscriber", **{"subscriber_filter[name]": "p-17"})
    assert text == f"subscriber_id:{known['subscriber_id']}"
    assert (await ask(client, "POST", "/subscriber/new", 400))["code"] == "subscriber_unnamed"


async def test_the_last_seat_goes_to_one_of_fifty(client: aiohttp.ClientSession) -> None:
    event = await open_event(client, limit="1")
    people = [await subscribe(client, f"+9945012350{n:02d}") for n in range(50)]

    async def try_it(who: str) -> tuple[int, str]:
        asked = WHO | {"appointment_details[event_ids][]": event, "appointment_details[participant_id]": who}
        async with client.post(f"{ASAN}/appointment/new", params=asked) as answer:
            body = await answer.json()
            return answer.status, body if isinstance(body, str) else body["code"]

    answers = await asyncio.gather(*map(try_it, people))
    assert sorted(status for status, _ in answers) == [200] + [409] * 49
    assert {code for status, code in answers if status == 409} == {"event_full"}
    (now,) = await listed(client, "event", **{"event_filter[event_id][]": event})
    assert now["details"]["status"] == "closed"


async def test_twice_the_same_person_is_told_apart_from_full(client: aiohttp.ClientSession) -> None:
    who, event = await subscribe(client, "+994501234501"), await open_event(client, limit="1")
    await book(client, event, who)
    assert (await book(client, event, who, 409))["code"] == "already_booked"


async def test_a_seat_that_is_left_can_be_had_again(client: aiohttp.ClientSession) -> None:
    first, second = await subscribe(client, "+994501234501"), await subscribe(client, "+994501234502")
    event, other = await open_event(client, limit="1"), await open_event(client, limit="1", skip=1)
    number = (await book(client, event, first)).rstrip("]").rpartition(":")[2]
    mine = (await book(client, other, second)).rstrip("]").rpartition(":")[2]
    refused = await ask(
        client, "PUT", "/appointment/modifications", 409, appointment_id=mine, **{"details[event_id]": event}
    )
    assert refused["code"] == "event_full"
    (kept,) = await listed(client, "appointment", **{"appointment_filter[appointment_id]": mine})
    assert kept["details"]["event_id"] == other
    await ask(client, "DELETE", "/appointment", appointment_id=number)
    await book(client, event, second)


async def test_what_cannot_be_booked(client: aiohttp.ClientSession) -> None:
    who = await subscribe(client, "+994501234501")
    past = (await events(client))[0]["event_id"]
    assert (await book(client, past, who, 409))["code"] == "event_closed"
    assert (await book(client, "11227010100", who, 404))["code"] == "event_not_found"
    assert (await book(client, await open_event(client), "1", 404))["code"] == "subscriber_not_found"
    assert (await ask(client, "POST", "/appointment/new", 400))["code"] == "invalid_request"


async def test_who_asks_must_say_so(client: aiohttp.ClientSession) -> None:
    async with client.get(f"{ASAN}/event/list_details") as answer:
        assert answer.status == 400
    asked = {"requestor_id": "gateway", "request_token": "forbidden"}
    async with client.get(f"{ASAN}/event/list_details", params=asked) as answer:
        assert answer.status == 403
    for wrong in ({"qry": "text"}, {"event_filter": "text"}, {"event_filter": "x", "event_filter[a]": "1"}):
        assert (await ask(client, "GET", "/event/list_details", 400, **wrong))["code"] == "invalid_request"
