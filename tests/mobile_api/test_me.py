"""Herself over the API: language, consents, and numbers that come and go only with PIN, code and notice."""

import asyncio
from datetime import timedelta

from domain.msisdn import Msisdn
from services.own_numbers import MOST
from tests.mobile_api.citizen import Citizen
from tests.whole import Whole

HERS, NEW, OTHERS = "+994501234567", "+994557654321", "+994709998877"


async def test_who_i_am_and_in_which_language(whole_api: Whole) -> None:
    leyla = await Citizen(whole_api, HERS).sign_in()
    shown = (await leyla.ask("GET", "/me")).json
    assert (shown["language"], shown["has_account"], shown["sure"], shown["consents"]) == ("en", False, True, [])
    [number] = shown["numbers"]
    assert number["preferred"] is True
    assert number["number"].endswith(HERS[-2:]) and HERS not in str(shown)
    assert (await leyla.ask("PATCH", "/me", {"language": "fr"})).status == 204
    assert (await leyla.ask("GET", "/me")).json["language"] == "fr"
    assert (await leyla.play()).screen.text.startswith("Services de l'État")
    refused = await leyla.ask("PATCH", "/me", {"language": "xx"})
    assert (refused.status, refused.json["code"]) == (422, "invalid_fields")


async def test_a_consent_given_on_ussd_is_seen_and_withdrawn_in_the_app(whole_api: Whole) -> None:
    leyla = await Citizen(whole_api, HERS).open_account()
    await leyla.sign_in()
    assert await leyla.prove() == 204
    playing = await leyla.play("4", "1", "918273")
    assert playing.screen.name == "apply_consent"
    for key in ("98", "98", "98", "1"):
        screen = await playing.phone.answer(key)
    assert screen.name == "apply_form"
    given = (await leyla.ask("GET", "/me")).json["consents"]
    assert [(each["purpose"], each["channel"]) for each in given] == [("vemtas_sources", "ussd"), ("account", "ussd")]
    assert all(each["words"] and each["given_at"] and each["withdrawn_at"] is None for each in given)
    assert (await leyla.ask("DELETE", "/me/consents/vemtas_sources")).status == 204
    [entry] = (await leyla.ask("GET", "/me/consents/vemtas_sources")).json["items"]
    assert entry["withdrawn_at"] is not None
    assert (await leyla.ask("DELETE", "/me/consents/vemtas_sources")).status == 404
    # Withdrawn is asked anew, and agreeing again is an entry of its own.
    playing = await leyla.play("4", "1", "918273")
    assert playing.screen.name == "apply_consent"
    for key in ("98", "98", "98", "1"):
        await playing.phone.answer(key)
    entries = (await leyla.ask("GET", "/me/consents/vemtas_sources")).json["items"]
    assert [each["withdrawn_at"] is None for each in entries] == [True, False]
    kept = await leyla.ask("DELETE", "/me/consents/account")
    assert (kept.status, kept.json["code"]) == (409, "account_consent")
    assert (await leyla.ask("GET", "/me/consents/nothing")).status == 404


async def test_what_wanted_the_pin_goes_through_with_the_same_key_once_it_is_proven(whole_api: Whole) -> None:
    leyla = await Citizen(whole_api, HERS).open_account()
    await leyla.sign_in()
    async with whole_api.parts.desk.open_records() as records:
        person = await records.people.by_number(Msisdn.parse(HERS))
        assert person is not None
        await records.accounts.give_consent(person.id, "vemtas_sources", "apply.consent@1", "en")
    path = "/me/consents/vemtas_sources"
    assert (await leyla.ask("DELETE", path, key="the-same")).status == 403
    assert await leyla.prove() == 204
    assert (await leyla.ask("DELETE", path, key="the-same")).status == 204
    again = await leyla.ask("DELETE", path, key="the-same")
    assert (again.status, again.headers["idempotency-replayed"]) == (204, "true")


async def add(leyla: Citizen, number: str) -> tuple[int, str]:
    begun = await leyla.ask("POST", "/me/numbers", {"number": number})
    if begun.status != 202:
        return begun.status, begun.json["code"]
    code = await leyla.code(number)
    got = await leyla.ask("POST", "/me/numbers/verify", {"request_id": begun.json["request_id"], "code": code})
    return got.status, got.json.get("id", got.json.get("code"))


async def test_a_number_more_wants_pin_and_code_and_is_told_to_the_old_one(whole_api: Whole) -> None:
    whole_api.parts.desk.notices.channel_open = lambda: True  # type: ignore[attr-defined]
    leyla = await Citizen(whole_api, HERS).sign_in()
    assert await add(leyla, NEW) == (409, "no_account")
    await leyla.open_account()
    assert await add(leyla, NEW) == (403, "pin_needed")
    assert await leyla.prove() == 204
    begun = await leyla.ask("POST", "/me/numbers", {"number": NEW})
    wrong = {"request_id": begun.json["request_id"], "code": "000000"}
    assert (await leyla.ask("POST", "/me/numbers/verify", wrong)).json["code"] == "code_wrong"
    # The code signs nobody in: it is bound to this device and purpose.
    stranger = Citizen(whole_api, NEW)
    stolen = {"request_id": begun.json["request_id"], "code": await leyla.code(NEW), "device": "another-device-00001"}
    assert (await stranger.ask("POST", "/auth/otp/verify", stolen)).status == 422
    whole_api.clock.advance(timedelta(seconds=61))
    status, added = await add(leyla, NEW)
    assert status == 201
    told = await leyla.facts("account")
    assert {(each["to"], each["text"]) for each in told} == {(HERS, "sms.account_numbers_changed")}
    numbers = (await leyla.ask("GET", "/me/numbers")).json["items"]
    assert [(each["id"] == added, each["preferred"]) for each in numbers] == [(False, True), (True, False)]
    # For a day it takes over from no other.
    old = next(each["id"] for each in numbers if each["id"] != added)
    for method, path in (("POST", f"/me/numbers/{added}/prefer"), ("DELETE", f"/me/numbers/{old}")):
        refused = await leyla.ask(method, path)
        assert (refused.status, refused.json["code"]) == (409, "number_too_new")
    # On the new telephone she is who she is: the same account, the same PIN.
    assert (await Citizen(whole_api, NEW).play("6")).screen.name == "account_menu"
    whole_api.clock.advance(timedelta(hours=25))
    await leyla.sign_in()
    assert await leyla.prove() == 204
    assert (await leyla.ask("POST", f"/me/numbers/{added}/prefer")).status == 204
    numbers = (await leyla.ask("GET", "/me/numbers")).json["items"]
    assert numbers[0]["id"] == added
    # The number that she is signed in by goes, and the device with it.
    assert (await leyla.ask("DELETE", f"/me/numbers/{old}")).status == 204
    assert (await leyla.ask("GET", "/me")).status == 401
    assert (await Citizen(whole_api, HERS).play("2", "6")).screen.name == "account_none"
    phone = await Citizen(whole_api, NEW).sign_in()
    assert await phone.prove() == 204
    last = await phone.ask("DELETE", f"/me/numbers/{added}")
    assert (last.status, last.json["code"]) == (409, "number_needed")


async def test_no_more_numbers_than_there_may_be_whichever_codes_were_begun_before(whole_api: Whole) -> None:
    """Codes for two more are on their way while there is room for one."""
    leyla = await Citizen(whole_api, HERS).open_account()
    await leyla.sign_in()
    assert await leyla.prove() == 204
    more = [f"+99455700{n:02}00" for n in range(1, MOST - 1)]
    async with whole_api.parts.desk.open_records() as records:
        person = await records.people.by_number(Msisdn.parse(HERS))
        assert person is not None
        for number in more:
            assert await records.numbers.add(person.id, Msisdn.parse(number))
    begun = {number: await leyla.ask("POST", "/me/numbers", {"number": number}) for number in (NEW, OTHERS)}
    typed = [
        {"request_id": reply.json["request_id"], "code": await leyla.code(number)} for number, reply in begun.items()
    ]
    replies = await asyncio.gather(*(leyla.ask("POST", "/me/numbers/verify", body) for body in typed))
    assert sorted(reply.status for reply in replies) == [201, 409]
    assert next(reply.json["code"] for reply in replies if reply.status == 409) == "numbers_full"
    assert len((await leyla.ask("GET", "/me/numbers")).json["items"]) == MOST


async def test_a_number_of_anothers_account_is_not_taken(whole_api: Whole) -> None:
    await Citizen(whole_api, OTHERS).open_account()
    leyla = await Citizen(whole_api, HERS).open_account()
    await leyla.sign_in()
    assert await leyla.prove() == 204
    assert await add(leyla, OTHERS) == (409, "number_taken")
    other = await Citizen(whole_api, OTHERS).sign_in()
    [number] = (await other.ask("GET", "/me/numbers")).json["items"]
    for method, path in (("DELETE", f"/me/numbers/{number['id']}"), ("POST", f"/me/numbers/{number['id']}/prefer")):
        assert (await leyla.ask(method, path)).status == 404
