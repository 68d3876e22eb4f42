"""What is the same for every operation: form, language, repeating, caching, limits, and the document."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import func, select, update

from mobile_api.openapi import problems_of
from mobile_api.problems import STATUS, Problem, ProblemWords
from mobile_api.resources import places, services
from mobile_api.tables import IDEMPOTENCY
from tests.mobile_api.bench import GREETED, PREFIX, Bench, Reply, assert_as_declared, open_bench
from tests.phone import request
from tests.read_once import translator_for
from tests.whole import Whole

CATALOGUE = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text("utf-8"))["inputs"]
    if entry["surface"] == "json_api"
}
SERVED_ELSEWHERE = {
    "json_api-012", "json_api-013", "json_api-014", "json_api-016", "json_api-027",  # codes and tokens
    "json_api-019",  # another's objects
    "json_api-033",  # texts that go into an SMS
}  # fmt: skip


@pytest.fixture
async def bench(whole_api: Whole) -> AsyncIterator[Bench]:
    yield open_bench(whole_api)


def problem(reply: Reply, status: int, code: str) -> Any:
    """The problem, which is as RFC 9457 wants it and has our code."""
    assert (reply.status, reply.json.get("code")) == (status, code), reply.body
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.json["status"] == status
    assert reply.json["title"]
    return reply.json


async def rows(bench: Bench) -> int:
    async with bench.whole.parts.database.unit_of_work() as work:
        return int((await work.execute(select(func.count()).select_from(IDEMPOTENCY))).scalar_one())


# --- the catalogue of bad inputs ------------------------------------------------------------------------


def bodies() -> dict[str, tuple[bytes, set[int]]]:
    """Entry to the body it sends and the statuses it expects."""
    made = {
        "json_api-002": b"",
        "json_api-003": bytes.fromhex(CATALOGUE["json_api-003"]["hex"]),
        "json_api-004": b"[" * 100_000 + b"]" * 100_000,
        "json_api-008": b'{"n":' + b"9" * 5000 + b"}",
    }
    expected = {"json_api-003": {201, 400}, "json_api-037": {201}, "json_api-039": {422}}
    ids = ("002", "003", "004", "005", "006", "007", "008", "009", "018", "037", "038", "039")
    found = {}
    for id in (f"json_api-{number}" for number in ids):
        entry = CATALOGUE[id]
        body = made.get(id, entry.get("json_text", "").encode())
        words = entry["expect"].replace(",", " ").replace(";", " ").split()
        found[id] = (body, expected.get(id) or {int(word) for word in words if word in ("400", "422")})
    return found


@pytest.mark.parametrize("id", bodies())
async def test_a_broken_body_is_refused_as_the_catalogue_expects(bench: Bench, id: str) -> None:
    body, expected = bodies()[id]
    reply = await bench.ask("POST", "/wishes", body=body, token=await bench.person(), key=str(uuid4()))
    assert reply.status in expected, reply.body
    assert_as_declared(await bench.document(), "POST", "/wishes", reply)
    if reply.status != 201:
        assert bench.effects.done == []
        assert await rows(bench) == 0


async def test_the_catalogues_headers_and_limits(bench: Bench) -> None:
    token = await bench.person()
    # 025, 026: whatever a token claims of itself, only its being known counts.
    for claimed in ("eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2Rldi9udWxsIn0.e30.x", "a.b.c", "../../dev/null", "\x80"):
        problem(await bench.ask("GET", "/wishes/1", token=claimed), 401, "sign_in_needed")
    # 030: a key of 10 kB, and one with control characters.
    for key in ("k" * 10_240, "a\x01b", 'a"b', "two words"):
        reply = await bench.ask("POST", "/wishes", body={}, token=token, key=key)
        problem(reply, 400, "key_malformed")
    # 047: a request id that breaks lines is replaced by one of ours.
    for wrong in (CATALOGUE["json_api-047"]["headers"]["X-Request-Id"], "a\r\nSet-Cookie: x=1", "", "x" * 65):
        reply = await bench.ask("GET", "/services", x_request_id=wrong)
        assert reply.headers["x-request-id"] != wrong
        assert "set-cookie" not in reply.headers
    assert (await bench.ask("GET", "/services", x_request_id="mine-1")).headers["x-request-id"] == "mine-1"
    # 020: a limit of a million is capped, not obeyed.
    reply = await bench.ask("GET", "/places", query="limit=1000000")
    assert reply.status == 200
    assert len(reply.json["items"]) <= 100


def test_every_entry_of_the_catalogue_is_served_somewhere(capsys: pytest.CaptureFixture[str]) -> None:
    here = {*bodies(), "json_api-020", "json_api-025", "json_api-026", "json_api-030", "json_api-047"}
    assert here | SERVED_ELSEWHERE == set(CATALOGUE)
    with capsys.disabled():
        print(f"\n{len(here)} of the catalogue's {len(CATALOGUE)} json_api entries belong to the pipeline")


# --- the request's form -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{}", "text/plain", 415, "wrong_media_type"),
        (b"{}", "application/json; charset=latin-1", 415, "wrong_media_type"),
        (b"{}", "application/json; charset=UTF-8", 201, ""),
        (b"{}", "Application/JSON", 201, ""),
        (b"\xff\xfe", "application/json", 400, "invalid_json"),
        (b'{"name": "\\ud800"}', "application/json", 400, "invalid_json"),
        (b'{"name": "a\\u0000"}', "application/json", 400, "invalid_json"),
        (b'{"n": 99999999999999999999}', "application/json", 400, "invalid_json"),
        (b'"' + b"a" * (256 * 1024) + b'"', "application/json", 413, "body_too_large"),
        (b"null", "application/json", 422, "invalid_fields"),
        (b"[]", "application/json", 422, "invalid_fields"),
    ],
)
async def test_media_types_and_strict_json(bench: Bench, body: bytes, kind: str, status: int, code: str) -> None:
    token = await bench.person()
    reply = await bench.ask("POST", "/wishes", body=body, token=token, key=str(uuid4()), content_type=kind)
    assert reply.status == status, reply.body
    assert not code or problem(reply, status, code)


async def test_what_is_wrong_is_pointed_at_and_never_repeated(bench: Bench) -> None:
    token = await bench.person()

    async def wrong(body: dict[str, Any]) -> Any:
        reply = await bench.ask("POST", "/wishes", body=body, token=token, key=str(uuid4()), accept_language="en")
        return problem(reply, 422, "invalid_fields")["errors"]

    kind = "This is of another kind than is expected."
    assert await wrong({"lines": ["a", 4217]}) == [{"pointer": "/lines/1", "detail": kind}]
    assert await wrong({"code": 421742}) == [{"pointer": "/code", "detail": kind}]
    assert await wrong({"secret_4217": 1}) == [{"pointer": "", "detail": "Something here is not known."}]
    assert (await wrong({"birth_date": "2023-02-30"}))[0]["pointer"] == "/birth_date"
    assert (await wrong({"name": ""}))[0]["pointer"] == "/name"


async def test_queries_are_checked_as_bodies_are(bench: Bench) -> None:
    for query in (
        "limit=0",
        "limit=x",
        "limit=1&limit=2",
        "q=%ff",
        "q=a%00",
        "service=" + "x" * 65,
        "&".join("a" * 99),
    ):
        problem(await bench.ask("GET", "/places", query=query), 422, "invalid_fields")
    assert (await bench.ask("GET", "/places", query="utm_source=poster")).status == 200


async def test_paths_that_lead_nowhere(bench: Bench) -> None:
    problem(await bench.ask("GET", "/nothing"), 404, "not_found")
    problem(await bench.ask("GET", "/services/" + "x" * 100), 404, "not_found")
    problem(await bench.ask("GET", "/services/a\0b"), 404, "not_found")
    refused = await bench.ask("DELETE", "/services")
    problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET, HEAD"
    head = await bench.ask("HEAD", "/services")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 0


async def test_who_may_do_what(bench: Bench) -> None:
    person, agent = await bench.person(), await bench.person("+994507770002", agent=uuid4())
    refused = await bench.ask("GET", "/wishes/1")
    problem(refused, 401, "sign_in_needed")
    assert refused.headers["www-authenticate"].startswith("Bearer")
    problem(await bench.ask("GET", "/agents", token=person), 403, "agents_only")
    problem(await bench.ask("POST", "/wishes", body={}, token=agent, key="1"), 403, "not_for_agents")
    assert (await bench.ask("GET", "/wishes/1", token=agent)).status == 200


async def test_a_fault_of_ours_says_nothing_of_anybody(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        problem(await bench.ask("GET", "/break"), 500, "ours")
    assert "0501234567" not in caplog.text
    assert "RuntimeError" in caplog.text


async def test_an_operation_that_takes_too_long_is_ended(whole_api: Whole) -> None:
    bench = open_bench(whole_api, seconds=0.3)
    bench.effects.slow = 30
    token = await bench.person()
    reply = await bench.ask("POST", "/wishes", body={}, token=token, key="k")
    problem(reply, 503, "too_slow")
    assert int(reply.headers["retry-after"]) > 0
    bench.effects.slow = 0
    assert (await bench.ask("POST", "/wishes", body={}, token=token, key="k")).status == 201


async def test_an_upload_is_of_the_kind_that_is_taken(bench: Bench) -> None:
    token = await bench.person()
    reply = await bench.ask("POST", "/upload", body=b"{}", token=token, key="1")
    problem(reply, 415, "wrong_media_type")
    reply = await bench.ask("POST", "/upload", body=b"\xff\xd8\xff", token=token, key="2", content_type="image/jpeg")
    assert reply.status == 201
    assert bench.effects.done == [3]


# --- languages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("fr-MA, en;q=0.5", "fr"), ("en;q=0.1, az;q=0.9", "az"), ("de", "az"), ("*", "az"), ("", "az"),
        ("fr;q=0, en", "en"), ("x" * 5000, "az"), (";;;=,q", "az"),
    ],
)  # fmt: skip
async def test_problems_speak_the_callers_language(bench: Bench, asked: str, spoken: str) -> None:
    reply = await bench.ask("GET", "/nothing", accept_language=asked)
    titles = {"az": "Burada heç nə yoxdur.", "en": "There is nothing here.", "fr": "Il n'y a rien ici."}
    assert reply.headers["content-language"] == spoken
    assert problem(reply, 404, "not_found")["title"] == titles[spoken]


async def test_every_problem_has_words_in_every_language(bench: Bench) -> None:
    words = ProblemWords(translator_for(bench.whole.parts.pack), ("az", "en", "fr"))
    for code in STATUS:
        titles = {json.loads(words.body(Problem(code), language))["title"] for language in ("az", "en", "fr")}
        assert len(titles) == 3, code


async def test_a_person_who_asks_for_none_is_answered_in_her_own_language(bench: Bench) -> None:
    token = await bench.person(language="fr")
    assert (await bench.ask("GET", "/wishes/1", token=token)).headers["content-language"] == "fr"
    assert (await bench.ask("GET", "/wishes/1", token=token, accept_language="en")).headers["content-language"] == "en"


# --- repeating a write --------------------------------------------------------------------------------------


async def test_a_write_needs_a_key_quoted_or_bare(bench: Bench) -> None:
    token = await bench.person()
    problem(await bench.ask("POST", "/wishes", body={}, token=token), 400, "key_missing")
    bare = await bench.ask("POST", "/wishes", body={}, token=token, key="abc")
    quoted = await bench.ask("POST", "/wishes", body={}, token=token, key='"abc"')
    assert bare.status == quoted.status == 201
    assert bare.body == quoted.body
    assert quoted.headers["idempotency-replayed"] == "true"
    assert len(bench.effects.done) == 1


async def test_the_same_key_for_something_else_is_refused(bench: Bench) -> None:
    token = await bench.person()
    await bench.ask("POST", "/wishes", body={"name": "A"}, token=token, key="k")
    problem(await bench.ask("POST", "/wishes", body={"name": "B"}, token=token, key="k"), 422, "key_reused")
    # The same thing, written in another order, is the same thing.
    again = await bench.ask("POST", "/wishes", body=b'{ "n" : 0, "name":"A"}', token=token, key="k")
    assert again.status == 201


async def test_a_key_is_its_persons_and_its_operations(bench: Bench) -> None:
    first, second = await bench.person(), await bench.person("+994507770002")
    for token in (first, second):
        assert (await bench.ask("POST", "/wishes", body={}, token=token, key="k")).status == 201
    assert (await bench.ask("POST", "/open", body={}, key="k")).status == 201
    assert len({key for _, _, key in bench.effects.done}) == 3


async def test_fifty_at_once_have_one_effect(bench: Bench) -> None:
    token = await bench.person()
    bench.effects.slow = 0.2
    replies = await asyncio.gather(
        *(bench.ask("POST", "/wishes", body={"name": "A"}, token=token, key="k") for _ in range(50))
    )
    assert len(bench.effects.done) == 1
    assert {reply.status for reply in replies} <= {201, 409}
    assert len({reply.body for reply in replies if reply.status == 201}) == 1
    for reply in replies:
        if reply.status == 409:
            problem(reply, 409, "still_running")
    final = await bench.ask("POST", "/wishes", body={"name": "A"}, token=token, key="k")
    assert final.body == next(reply.body for reply in replies if reply.status == 201)


async def test_a_refusal_is_kept_and_what_was_done_before_it_is_not(bench: Bench) -> None:
    token = await bench.person()
    bench.effects.refuse = "changed_meanwhile"
    refused = await bench.ask("POST", "/wishes", body={}, token=token, key="k")
    problem(refused, 412, "changed_meanwhile")
    bench.effects.refuse = ""
    again = await bench.ask("POST", "/wishes", body={}, token=token, key="k")
    problem(again, 412, "changed_meanwhile")
    assert again.headers["idempotency-replayed"] == "true"
    assert len(bench.effects.done) == 1
    async with bench.whole.parts.database.unit_of_work() as work:
        assert await bench.store.over(work).people.by_number(GREETED) is None


@pytest.mark.parametrize("code", ["pin_needed", "help_over"])
async def test_what_was_refused_for_want_of_the_pin_goes_with_the_same_key(bench: Bench, code: str) -> None:
    token = await bench.person()
    bench.effects.refuse = code
    assert (await bench.ask("POST", "/wishes", body={}, token=token, key="k")).json["code"] == code
    bench.effects.refuse = ""
    assert (await bench.ask("POST", "/wishes", body={}, token=token, key="k")).status == 201


async def test_a_fault_of_ours_may_be_repeated(bench: Bench) -> None:
    token = await bench.person()
    bench.effects.refuse = "not_saved"
    problem(await bench.ask("POST", "/wishes", body={}, token=token, key="k"), 503, "not_saved")
    bench.effects.refuse = ""
    assert (await bench.ask("POST", "/wishes", body={}, token=token, key="k")).status == 201


async def test_an_attempt_that_died_is_taken_up_under_the_same_confirmation(bench: Bench) -> None:
    token = await bench.person()
    await bench.ask("POST", "/wishes", body={}, token=token, key="k")
    async with bench.whole.parts.database.unit_of_work() as work:
        await work.execute(update(IDEMPOTENCY).values(state="running", sealed=None))
    problem(await bench.ask("POST", "/wishes", body={}, token=token, key="k"), 409, "still_running")
    bench.whole.clock.advance(timedelta(seconds=61))
    assert (await bench.ask("POST", "/wishes", body={}, token=token, key="k")).status == 201
    (_, _, first), (_, _, second) = bench.effects.done
    assert first == second


async def test_a_key_is_forgotten_after_a_day(bench: Bench) -> None:
    token = await bench.person()
    await bench.ask("POST", "/wishes", body={}, token=token, key="k")
    bench.whole.clock.advance(timedelta(hours=24, seconds=1))
    assert (await bench.ask("POST", "/wishes", body={"name": "B"}, token=token, key="k")).status == 201
    bench.whole.clock.advance(timedelta(hours=25))
    async with bench.whole.parts.database.unit_of_work() as work:
        await bench.idempotency.sweep(work)
    assert await rows(bench) == 0


async def test_what_was_answered_is_sealed_and_goes_with_the_person(bench: Bench) -> None:
    token = await bench.person()
    answered = await bench.ask("POST", "/wishes", body={"name": "Canary"}, token=token, key="the-key")
    async with bench.whole.parts.database.unit_of_work() as work:
        (row,) = (await work.execute(select(IDEMPOTENCY))).all()
    kept = b"".join(value for value in row if isinstance(value, bytes))
    for secret in (b"Canary", b"the-key", answered.json["id"].encode()):
        assert secret not in kept
    assert (await bench.ask("POST", "/forget", token=token, key="f")).status == 204
    assert await rows(bench) == 0


# --- caching, compression, limits ---------------------------------------------------------------------------


async def test_what_the_caller_has_is_not_sent_again(bench: Bench) -> None:
    first = await bench.ask("GET", "/services", accept_language="en")
    assert first.headers["cache-control"].startswith("public")
    assert "Accept-Language" in first.headers["vary"]
    again = await bench.ask("GET", "/services", accept_language="en", if_none_match=f'"other", {first.headers["etag"]}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (
        await bench.ask("GET", "/services", accept_language="fr", if_none_match=first.headers["etag"])
    ).status == 200

    token = await bench.person()
    private = await bench.ask("GET", "/wishes/1", token=token)
    assert private.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in private.headers["vary"]
    assert (await bench.ask("GET", "/wishes/1", token=token, if_none_match=private.headers["etag"])).status == 304
    assert (await bench.ask("GET", "/wishes/1", if_none_match=private.headers["etag"])).status == 401


async def test_long_answers_are_compressed_for_those_who_take_it(bench: Bench) -> None:
    plain = await bench.ask("GET", "/places")
    packed = await bench.ask("GET", "/places", accept_encoding="br;q=1.0, gzip;q=0.8")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert packed.headers["etag"] == plain.headers["etag"]
    refused = await bench.ask("GET", "/places", accept_encoding="gzip;q=0, br")
    assert "content-encoding" not in refused.headers
    # A strong tag names these very octets.
    strong = await bench.ask("GET", "/versioned", accept_encoding="gzip")
    assert strong.headers["etag"] == '"v7"'
    assert "content-encoding" not in strong.headers


async def test_limits_are_told_and_held(whole_api: Whole) -> None:
    bench = open_bench(whole_api, quota=3)
    told = [await bench.ask("GET", "/services") for _ in range(4)]
    assert [reply.status for reply in told] == [200, 200, 200, 429]
    assert told[0].headers["ratelimit-policy"] == '"requests";q=3;w=60'
    assert told[0].headers["ratelimit"] == '"requests";r=2;t=60'
    assert told[3].headers["ratelimit"].startswith('"requests";r=0;t=')
    assert 1 <= int(told[3].headers["retry-after"]) <= 60
    assert problem(told[3], 429, "too_many_requests")["type"].endswith("#quota-exceeded")
    whole_api.clock.advance(timedelta(seconds=60))
    assert (await bench.ask("GET", "/services")).status == 200


async def test_invented_tokens_cost_no_look_beyond_the_limit(whole_api: Whole) -> None:
    bench = open_bench(whole_api, quota=3)
    token, looked = await bench.person(), []
    known = bench.tokens.signed_in

    async def signed_in(work: Any, token: str, language: str) -> Any:
        looked.append(token)
        return await known(work, token, language)

    bench.tokens.signed_in = signed_in  # type: ignore[method-assign]
    assert (await bench.ask("GET", "/wishes/1", token=token)).status == 200
    told = [(await bench.ask("GET", "/wishes/1", token=f"invented-{n}")).status for n in range(6)]
    assert told == [401, 401, 401, 429, 429, 429]
    assert len(looked) == 4
    # Who was signed in before goes on, and who asks for what everybody may know.
    assert (await bench.ask("GET", "/wishes/1", token=token)).status == 200
    assert (await bench.ask("GET", "/services")).status == 200


async def test_a_network_of_the_sixth_version_is_one_caller(whole_api: Whole) -> None:
    """Whoever has a /64 has 2^64 addresses: they share one limit."""
    bench = open_bench(whole_api, quota=3)

    async def ask(host: str) -> int:
        return (await request(bench.app, "GET", f"{PREFIX}/services", client=(host, 1))).status

    assert [await ask(f"2001:db8:0:1::{n:x}") for n in range(4)] == [200, 200, 200, 429]
    assert await ask("2001:db8:0:2::1") == 200
    assert [await ask(f"::ffff:192.0.2.{n}") for n in (1, 1, 1)] == [200] * 3
    assert (await ask("192.0.2.1"), await ask("192.0.2.2")) == (429, 200)


# --- the document, and the operations that are real -----------------------------------------------------------


async def test_the_document_is_valid_and_its_examples_are_as_declared(bench: Bench) -> None:
    document = await bench.document()
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    for op in (*services.OPS, *places.OPS):
        described = document["paths"][op.path][op.method.lower()]
        for status in op.examples:
            content = described["responses"][str(status)]["content"]["application/json"]
            example = Reply(int(status), {"content-type": "application/json"}, json.dumps(content["example"]).encode())
            assert_as_declared(document, op.method, op.path, example)
        assert {str(STATUS[code]) for code in problems_of(op)} <= set(described["responses"])


async def test_the_page_loads_nothing_from_anywhere(bench: Bench) -> None:
    page = await bench.ask("GET", "/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    text = page.body.decode()
    assert "http://" not in text
    assert "https://" not in text
    assert "<script" not in text
    assert "list_places" in text
    assert "This Idempotency-Key was used for another request." in text, "a code is said in words"
    assert '"distance_m": ' in text, "what comes back is shown"


async def test_services_as_the_ministries_describe_them(bench: Bench) -> None:
    document = await bench.document()
    for language in ("az", "en", "fr"):
        listed = await bench.ask("GET", "/services", accept_language=language)
        assert_as_declared(document, "GET", "/services", listed)
        for service in listed.json["items"]:
            shown = await bench.ask("GET", f"/services/{service['code']}", accept_language=language)
            assert shown.status == 200, shown.body
            assert_as_declared(document, "GET", "/services/{code}", shown)
            assert shown.json["service"] == service
    aid = (await bench.ask("GET", "/services/social_aid", accept_language="en")).json
    assert aid["service"]["name"] != "social_aid"
    assert aid["needs"]
    assert aid["days"] == 15
    gone = await bench.ask("GET", "/services/fishing_licence")
    problem(gone, 404, "not_found")
    assert_as_declared(document, "GET", "/services/{code}", gone)


async def test_places_by_words_by_service_and_page_by_page(bench: Bench) -> None:
    document = await bench.document()
    all_of_them = await bench.ask("GET", "/places", query="kind=centre", accept_language="en")
    assert_as_declared(document, "GET", "/places", all_of_them)
    assert len(all_of_them.json["items"]) == 18
    first = all_of_them.json["items"][0]
    assert first["place"]["hours"] == "Mon-Sat 09:00-18:00"
    spelled_plainly = await bench.ask("GET", "/places", query="q=BAKI%20asan")
    assert 0 < len(spelled_plainly.json["items"]) < 15
    assert (await bench.ask("GET", "/places", query="q=nowhere")).json["items"] == []
    assert len((await bench.ask("GET", "/places", query="kind=centre&service=id_card")).json["items"]) == 15
    seen, cursor = [], ""
    while cursor is not None:
        page = (await bench.ask("GET", "/places", query=f"kind=centre&limit=4&cursor={cursor}")).json
        seen += [item["place"]["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == [item["place"]["id"] for item in all_of_them.json["items"]]
    shown = await bench.ask("GET", f"/places/{seen[0]}", accept_language="en")
    assert_as_declared(document, "GET", "/places/{id}", shown)
    assert shown.json == first
    problem(await bench.ask("GET", "/places/none"), 404, "not_found")
