"""The catalogue of bad inputs at the app's own doors: numbers at signing in and at "my numbers"; codes, tokens and
names over HTTP. What is wrong with a body whatever it is for: test_pipeline.py."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from gateway.words import composer_for
from services.alert_facts import facts_from_json
from tests.mobile_api.bench import Reply
from tests.mobile_api.citizen import DEVICE
from tests.mobile_api.one_of_each import ANSWERS, READY, OneOfEach
from tests.read_once import translator_for

DATA = json.loads((Path(__file__).parents[1] / "data" / "bad_inputs.json").read_text("utf-8"))["inputs"]
PHONES = {entry["id"]: entry for entry in DATA if entry["surface"] == "phone"}
JSON_API = {entry["id"]: entry for entry in DATA if entry["surface"] == "json_api"}
# What an entry means, written for a number of the pack's own country: the same repair, and a code that goes out.
AT_HOME = {
    "phone-001": "050 12{:05} ",
    "phone-004": "+994 (0)50 12{:05}",
    "phone-005": "+994\u201150\u201312\u2014{:05}\u2212",
    "phone-008": "+\u0669\u0669\u0664\u0665\u0660\u0661\u0662{:05}",
}
# Abroad no code goes, so a number without its country's prefix is read as one of ours: it is none.
NOT_WITHOUT_PREFIX = {"phone-005"}


def expects(id: str, words: str) -> dict[str, Any]:
    """The entry, whose own words a test asserts."""
    entry: dict[str, Any] = {**PHONES, **JSON_API}[id]
    assert entry["expect"] == words, id
    return entry


async def at_both_doors(each: OneOfEach, number: Any) -> tuple[Reply, Reply]:
    """A code is asked for: to sign in, and to add a number."""
    return (
        await each.her.ask("POST", "/auth/otp", {"number": number, "device": DEVICE}),
        await each.her.ask("POST", "/me/numbers", {"number": number}),
    )


async def codes_to(each: OneOfEach) -> list[str]:
    await each.whole.parts.desk.background.drain(30.0)
    return [facts["to"] for facts in await each.her.facts("code")]


async def test_every_number_of_the_catalogue_at_both_doors(everything: OneOfEach) -> None:
    before = await codes_to(everything)
    for id, entry in PHONES.items():
        number = entry["value"] if "value" in entry else json.loads(entry["json_text"])["phone"]
        replies = await at_both_doors(everything, number)
        for reply in replies:
            _is_as_expected(id, entry["expect"], number, reply)
    # Read as what they are, and none of them a mobile number of the country: nothing goes there.
    assert await codes_to(everything) == before
    print(f"phone: {len(PHONES)} entries at two doors")


def _is_as_expected(id: str, expected: str, number: Any, reply: Reply) -> None:
    taken = reply.status == 202
    if not taken:
        assert (reply.status, reply.json["code"], reply.json["errors"][0]["pointer"]) == (
            422, "invalid_fields", "/number"
        ), (id, reply.body)  # fmt: skip
        assert str(number) not in reply.body.decode()
    match expected:
        case "422":
            assert not taken
        case "+212661234567 only when country is set":
            assert not taken
            assert Msisdn.parse(number, "MA").e164 == "+212661234567"
        case "+212661234567 or refused; not a third number":
            assert _read(number) in (None, "+212661234567")
        case "normalised to ASCII: same blind index":
            assert taken and _read(number) == "+212661234567"
        case "warned or refused by number type" | "refused" | "refused with hint":
            # A satellite's and a fixed line are numbers: answered like all, and no code goes there.
            assert not taken or id in ("phone-013", "phone-015"), id
            assert taken or reply.json["errors"][0]["detail"]
        case "refused (E.164 max 15)" | "refused: extension not allowed":
            assert not taken, id
        case plain:
            assert plain.startswith("+")
            assert Msisdn.parse(number).e164 == plain
            assert taken == (id not in NOT_WITHOUT_PREFIX)


def _read(number: str) -> str | None:
    try:
        return Msisdn.parse(number, "AZ").e164
    except InvalidValue:
        return None


async def test_the_same_repairs_for_a_number_of_the_country(everything: OneOfEach) -> None:
    for place, written in enumerate(AT_HOME.values()):
        last = f"{40_000 + place}"
        digits = last.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) if "\u0669" in written else last
        everything.whole.clock.advance(timedelta(seconds=61))
        await everything.stays()
        for reply in await at_both_doors(everything, written.format(0).replace("00000", digits)):
            assert reply.status == 202, (written, reply.body)
            everything.whole.clock.advance(timedelta(seconds=61))
        assert (await codes_to(everything))[-1] == f"+9945012{last}"


async def test_codes_and_tokens_over_http(everything: OneOfEach) -> None:
    each, her = everything, everything.her

    async def begun(number: str) -> dict[str, Any]:
        reply = await each.done(her, "POST", "/auth/otp", {"number": number, "device": DEVICE})
        return {"request_id": reply.json["request_id"], "code": await her.code(number), "device": DEVICE}

    expects("json_api-014", "exactly one session token")
    right = await begun(each.stranger())
    replies = await asyncio.gather(*(her.ask("POST", "/auth/otp/verify", right) for _ in range(50)))
    assert sorted(reply.status for reply in replies) == [200, *[410] * 49]

    expects("json_api-012", "normalised and accepted")
    right = await begun(each.stranger())
    arabic = right["code"].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    tokens = (await each.done(her, "POST", "/auth/otp/verify", {**right, "code": arabic})).json

    expects("json_api-013", "second refused")
    assert (await her.ask("POST", "/auth/otp/verify", right)).status == 410

    expects("json_api-016", "refused")
    a, b = await begun(each.stranger()), await begun(each.stranger())
    assert a["code"] != b["code"]
    assert (await her.ask("POST", "/auth/otp/verify", {**b, "code": a["code"]})).json["code"] == "code_wrong"

    expects("json_api-009", "422; no attempt burned or one, documented")
    for _ in range(10):
        assert (await her.ask("POST", "/auth/otp/verify", {**a, "code": int(a["code"])})).status == 422
    assert (await her.ask("POST", "/auth/otp/verify", a)).status == 200

    # A hundred wrong ones at once (a thousand at the use case: tests/services/test_sign_in.py): five are compared.
    right = await begun(each.stranger())
    wrong = [{**right, "code": f"{(int(right['code']) + more) % 1_000_000:06}"} for more in range(1, 101)]
    replies = await asyncio.gather(*(her.ask("POST", "/auth/otp/verify", body) for body in wrong))
    assert sorted(reply.json["code"] for reply in replies) == [*["code_dead"] * 95, *["code_wrong"] * 5]
    assert (await her.ask("POST", "/auth/otp/verify", right)).json["code"] == "code_dead"

    expects("json_api-027", "second refused and whole family revoked")
    first = {"refresh_token": tokens["refresh_token"]}
    second = (await each.done(her, "POST", "/auth/refresh", first)).json
    her.token = second["access_token"]
    assert (await her.ask("GET", "/me")).status == 200
    assert (await her.ask("POST", "/auth/refresh", first)).json["code"] == "session_ended"
    assert (await her.ask("GET", "/me")).status == 401
    assert (await her.ask("POST", "/auth/refresh", {"refresh_token": second["refresh_token"]})).status == 401


async def test_anothers_application_is_not_there(everything: OneOfEach) -> None:
    expects("json_api-019", "404, same as not existing")
    others, nobodys = [await everything.other.ask("GET", f"/applications/{id}") for id in (READY, "41999992")]
    assert (others.status, others.body) == (nobodys.status, nobodys.body)
    assert others.status == 404
    expects("json_api-020", "capped")
    assert (await everything.her.ask("GET", "/applications", query="limit=1000000")).status == 200


async def test_a_name_that_is_an_address_is_in_no_message(everything: OneOfEach) -> None:
    name = json.loads(expects("json_api-033", "refused or URL made inert in SMS")["json_text"])["name"]
    number = everything.stranger()
    somebody = everything.other
    somebody.number, somebody.token = number, await everything.office.person(number)
    body = {"service": "social_aid", "answers": {**ANSWERS, "fullName": name[:30]}, "consent": True}
    answers = [
        await somebody.ask("POST", "/applications", body),
        await somebody.ask("POST", "/feedback/complaints", {"about": "service", "subject": name[:64], "text": name}),
        await somebody.ask("POST", "/feedback/complaints", {"about": "service", "subject": "id_card", "text": name}),
    ]
    assert all(reply.status in (201, 422) for reply in answers), [reply.body for reply in answers]
    await everything.whole.parts.desk.background.drain(30.0)
    composer = composer_for(everything.whole.parts.pack, translator_for(everything.whole.parts.pack))
    for facts in await somebody.facts("", number):
        assert "evil" not in composer.compose(facts["text"], facts_from_json(facts["values"]), "en").text


def test_every_entry_is_asserted_by_its_own_words() -> None:
    here = {"json_api-009", "json_api-012", "json_api-013", "json_api-014", "json_api-016", "json_api-019"}
    here |= {"json_api-020", "json_api-027", "json_api-033"}
    from tests.mobile_api.test_pipeline import SERVED_ELSEWHERE, bodies

    whatever_it_is_for = {*bodies(), "json_api-025", "json_api-026", "json_api-030", "json_api-047"}
    assert here >= SERVED_ELSEWHERE
    assert here | whatever_it_is_for == set(JSON_API)
    print(f"json_api: {len(JSON_API)} entries, {len(whatever_it_is_for)} of them of the pipeline's, {len(here)} here")
    assert (len(JSON_API), len(PHONES)) == (24, 16)
