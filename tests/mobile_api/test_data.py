"""Everything held about her, read and erased: afterwards nothing of her is left, and nothing brings her back."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.msisdn import Msisdn
from gateway.data_catalogue import catalogue
from services.alerts import Alert, AlertKind
from services.events import KeptEvent
from services.ports import LinkedBy
from services.records.sealed import Sealed
from services.records.tables import EVENTS, FORMER_NUMBERS, PEOPLE
from sms.tables import INBOUND, MESSAGES, PARTS, PROMPTS
from sms.values import InboundSms
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.tables import AUDIT_LOG, ERASED_PEOPLE, PERSON_KEYS
from tests.canaries import hits, in_postgresql, in_redis
from tests.mobile_api.citizen import PIN, Citizen
from tests.phone import request
from tests.whole import KEYS, Whole

HERS, OTHERS = "+994501234567", "+994709998877"
AYGUN, READY = "+994501234501", "41000019"
REFERENCE, NAME, TEXTED = "41000056", "Zarqvina Kanarey", "please tell me when my money comes"
EVENT = f'{{"subject":"{REFERENCE}","data":{{"contact":{{"msisdn":"{HERS}"}}}}}}'


async def lived(whole: Whole, number: str = HERS, reference: str = REFERENCE) -> Citizen:
    """She has an account, an application, a draft, messages, an event behind one, a text and a question open."""
    leyla = await Citizen(whole, number).open_account()
    at = Msisdn.parse(number)
    store = whole.parts.desk
    async with store.open_records() as records:
        person = await records.people.by_number(at)
        assert person is not None
        await records.links.add(person.id, "social_aid", reference, LinkedBy.FACT)
        await records.drafts.keep(person.id, "social_aid", {"name": NAME}, datetime(2027, 1, 1, tzinfo=UTC))
        await records.timers.set(
            person.id, "visit", "social_aid", reference, {"name": NAME}, datetime(2027, 1, 1, tzinfo=UTC)
        )
    keeper = whole.parts.api.store
    async with whole.parts.database.unit_of_work() as work:
        events = keeper.events(work)
        kept = KeptEvent("vemtas", str(uuid4()), "application.granted", reference, b"d" * 32, EVENT.encode())
        await events.keep(kept)
    async with whole.parts.database.unit_of_work() as work:
        event = (await work.execute(select(EVENTS.c.id).where(EVENTS.c.event_id == kept.event_id))).scalar_one()
        await keeper.over(work).outbox.put(
            Alert(person.id, at, AlertKind.GRANTED, "sms.account_pin_changed", {}, "az", "vemtas", "social_aid",
                  reference, event=event)
        )  # fmt: skip
    sms = InboundSms("africastalking", str(uuid4()), number, "5555", TEXTED)
    await whole.parts.sms.intake.inbound(sms)
    return await leyla.sign_in()


async def person_of(whole: Whole, number: str = HERS) -> UUID:
    async with whole.parts.desk.open_records() as records:
        person = await records.people.by_number(Msisdn.parse(number))
    assert person is not None
    return person.id


async def test_everything_is_shown_opened_and_only_with_the_pin(whole_api: Whole) -> None:
    leyla = await lived(whole_api)
    await lived(whole_api, OTHERS, "41000064")
    refused = await leyla.ask("GET", "/data")
    assert (refused.status, refused.json["code"]) == (403, "pin_needed")
    assert await leyla.prove() == 204
    held = (await leyla.ask("GET", "/data")).json
    text = json.dumps(held, ensure_ascii=False)
    for hers in (HERS, REFERENCE, NAME, TEXTED, "social_aid", "account.consent"):
        assert hers in text, hers
    assert OTHERS not in text and "41000064" not in text and "argon2" not in text
    assert [section["name"] for section in held["sections"]][:3] == ["you", "numbers", "account"]
    # Every table that has a row of hers and is to be shown is there: none was forgotten.
    shown = {table["name"] for section in held["sections"] for table in section["tables"]}
    async with whole_api.parts.database.unit_of_work() as work:
        person = await person_of(whole_api)
        for entry in catalogue().values():
            if entry.by == "person_id" and entry.section:
                table = EVENTS.metadata.tables[entry.name]
                rows = await work.execute(select(table.c.person_id).where(table.c.person_id == person).limit(1))
                assert (rows.first() is not None) == (entry.name in shown), entry.name


async def test_after_erasing_nothing_of_her_is_left_anywhere(whole_api: Whole, api_url: str, redis: object) -> None:
    leyla = await lived(whole_api)
    await leyla.play("1", REFERENCE)
    other = await lived(whole_api, OTHERS, "41000064")
    person = await person_of(whole_api)
    async with whole_api.parts.database.unit_of_work() as work:
        [message] = (
            await work.execute(
                select(MESSAGES.c.id).where(MESSAGES.c.person_id == person, MESSAGES.c.event_id.is_not(None))
            )
        ).scalars()
    for body in ({}, {"confirm": "yes"}, {"confirm": "erase", "more": 1}):
        assert (await leyla.ask("POST", "/data/erase", body)).status == 422
    assert (await leyla.ask("POST", "/data/erase", {"confirm": "erase"})).json["code"] == "pin_needed"
    assert await leyla.prove() == 204
    assert (await leyla.ask("POST", "/data/erase", {"confirm": "erase"})).status == 204
    assert (await leyla.ask("GET", "/me")).status == 401
    await whole_api.parts.desk.background.drain(30)
    tables = await in_postgresql(api_url)
    ring = KeyRing.parse(KEYS)
    sealer = Sealer(ring)
    indexes = {
        purpose: sealer.blind_index(value, purpose).hex()
        for value, purpose in (
            (HERS, "msisdn"), (HERS, "sms_recipient"), (REFERENCE, "reference"), (REFERENCE, "sms_subject"),
            (REFERENCE, "event_subject"), (REFERENCE, "timer_subject"),
        )
    }  # fmt: skip
    everything = [value for values in tables.values() for value in values]
    canaries = [HERS, HERS[1:], HERS[4:], REFERENCE, "Zarqvina", "Kanarey", TEXTED, PIN]
    assert hits(canaries, [*everything, *await in_redis(redis)]) == []  # type: ignore[arg-type]
    # Not even that a blind index of hers is there: no row can be found by her number or reference any more.
    raw = {value.hex() for value in everything}
    assert {name for name, index in indexes.items() if index in raw} == set()
    # Her id stands among the erased, in the audit log, and nowhere else.
    where = {
        name
        for name, values in tables.items()
        for value in values
        if person.bytes in value or person.hex.encode() in value
    }
    assert where == {"erased_people", "audit_log"}
    async with whole_api.parts.database.unit_of_work() as work:
        row = (await work.execute(select(MESSAGES).where(MESSAGES.c.id == message))).one()
        assert (row.person_id, row.sealed, row.sent_text, row.state, row.reason) == (
            None,
            None,
            None,
            "suppressed",
            "erased",
        )
        assert (await work.execute(select(PARTS.c.message_id))).first() is None
        [body] = (await work.execute(select(EVENTS.c.body).where(EVENTS.c.subject_index.is_(None)))).scalars()
        assert body is None
        acts = (
            await work.execute(select(AUDIT_LOG.c.act).where(AUDIT_LOG.c.actor == f"person:{person.hex}"))
        ).scalars()
        assert "data.erase" in set(acts)
        assert (await work.execute(select(PERSON_KEYS).where(PERSON_KEYS.c.person_id == person))).first() is None
    # Another's life goes on.
    assert await other.prove() == 204
    assert "41000064" in json.dumps((await other.ask("GET", "/data")).json)
    # The worker finds nothing to trip over, and whoever dials from the number is somebody new.
    await whole_api.parts.worker.round()
    assert (await Citizen(whole_api, HERS).play("2", "6")).screen.name == "account_none"
    assert await person_of(whole_api) != person


@pytest.mark.parametrize("how", ["removed", "wrong", "kept"])
async def test_whoever_has_a_number_of_hers_next_inherits_nothing(whole_api: Whole, how: str) -> None:
    """The ministry has the number of its application still: what was ended, and with whom, must outlive her."""
    other_one = "+994557654321"
    aygun = await Citizen(whole_api, AYGUN).open_account()
    person = await person_of(whole_api, AYGUN)
    async with whole_api.parts.desk.open_records() as records:
        assert await records.numbers.add(person, Msisdn.parse(other_one))
        first = next(each for each in await records.numbers.of(person) if each.number.e164 == AYGUN)
        if how == "removed":
            assert await records.numbers.remove(person, first.id)
        elif how == "wrong":
            await records.people.end_number(Msisdn.parse(AYGUN), person)
    aygun = await Citizen(whole_api, other_one).sign_in()
    assert await aygun.prove() == 204
    assert (await aygun.ask("POST", "/data/erase", {"confirm": "erase"})).status == 204
    for number in (AYGUN, other_one):
        async with whole_api.parts.desk.open_records() as records:
            assert await records.people.had_holder(Msisdn.parse(number))
    # Before anything is chosen, on USSD and in the app: the state word, as for anybody, and none of it kept as his.
    rauf = Citizen(whole_api, AYGUN)
    await rauf.play("2", "1", READY)
    await rauf.sign_in()
    shown = await rauf.ask("GET", f"/applications/{READY}")
    assert shown.json.get("details") is None
    await rauf.ask("GET", "/applications")
    assert not any(canary in said for said in rauf.said for canary in ("312.4", "31240", "Demo Bank")), rauf.said
    # What is kept for it is of nobody.
    async with whole_api.parts.database.unit_of_work() as work:
        rows = (await work.execute(select(FORMER_NUMBERS))).all()
    assert len(rows) == 2 and all(set(row._mapping) == {"number_index", "number"} for row in rows)
    assert not any(number[4:].encode() in bytes(row.number) for row in rows for number in (AYGUN, other_one))


async def test_a_code_that_is_alive_is_not_read_in_what_is_held_about_her(whole_api: Whole) -> None:
    """It went to a number that is to be added: only who has that telephone in the hand knows it."""
    leyla = await Citizen(whole_api, HERS).open_account()
    await leyla.sign_in()
    assert await leyla.prove() == 204

    async def codes() -> list[dict[str, object]]:
        held = (await leyla.ask("GET", "/data")).json
        tables = [table for section in held["sections"] for table in section["tables"]]
        [messages] = [table["rows"] for table in tables if table["name"] == "sms_messages"]
        return [row for row in messages if row["kind"] == "code"]

    [sent] = await codes()
    assert sent["state"] and not {"sealed", "sent_text"} & set(sent)
    code = await leyla.code()
    assert code not in (await leyla.ask("GET", "/data")).body.decode()
    # Dead, it is data like any other.
    whole_api.clock.advance(timedelta(minutes=6))
    [dead] = await codes()
    assert code in str(dead["sealed"])


async def test_what_is_known_of_an_application_is_shown_by_the_names_of_its_fields(whole_api: Whole) -> None:
    aygun = await Citizen(whole_api, AYGUN).sign_in()
    assert (await aygun.ask("GET", f"/applications/{READY}")).status == 200
    held = (await aygun.ask("GET", "/data")).json
    tables = {table["name"]: table["rows"] for section in held["sections"] for table in section["tables"]}
    [row] = tables["known_applications"]
    facts = row["sealed"]
    assert (facts["reference"], facts["state"], facts["amount_minor"]) == (READY, "ready_for_pickup", 31240)
    assert {"state", "day"} == set(facts["history"][0])


async def test_late_reports_and_replays_bring_nothing_back(whole_api: Whole, api_url: str) -> None:
    leyla = await lived(whole_api)
    person = await person_of(whole_api)
    async with whole_api.parts.database.unit_of_work() as work:
        [message] = (
            await work.execute(select(MESSAGES.c.id).where(MESSAGES.c.person_id == person, MESSAGES.c.kind == "code"))
        ).scalars()
        await work.execute(
            PARTS.insert().values(
                message_id=message, attempt=1, part=1, provider="africastalking", provider_id="ATXid_late",
                state="sent", created_at=whole_api.clock.now(),
            )
        )  # fmt: skip
    assert await leyla.prove() == 204
    assert (await leyla.ask("POST", "/data/erase", {"confirm": "erase"})).status == 204

    async def books() -> dict[str, list[bytes]]:
        tables = await in_postgresql(api_url)
        return {
            name: sorted(values) for name, values in tables.items() if name in ("sms_messages", "people", "numbers")
        }

    before = await books()
    body = f"id=ATXid_late&status=Success&phoneNumber={HERS.replace('+', '%2B')}&networkCode=40001"
    got = await request(whole_api.app, "POST", "/africastalking/demo/delivery-reports", body=body.encode())
    assert got.status == 200
    await whole_api.parts.worker.round()
    assert await books() == before


async def test_a_backup_from_before_is_erased_again(whole_api: Whole) -> None:
    """What a backup brings back, `guichet erased replay` takes away: by the ids kept outside it."""
    from gateway.commands.erased import replay

    leyla = await lived(whole_api)
    person = await person_of(whole_api)
    async with whole_api.parts.database.unit_of_work() as work:
        backup = {
            table.name: [dict(row._mapping) for row in (await work.execute(select(table))).all()]
            for table in (PEOPLE, PERSON_KEYS, PEOPLE.metadata.tables["numbers"], PEOPLE.metadata.tables["links"])
        }
    assert await leyla.prove() == 204
    assert (await leyla.ask("POST", "/data/erase", {"confirm": "erase"})).status == 204
    async with whole_api.parts.database.unit_of_work() as work:
        [kept] = (await work.execute(select(ERASED_PEOPLE.c.person_id))).scalars()
        assert kept == person
        await work.execute(ERASED_PEOPLE.delete())
        for name, rows in backup.items():
            await work.execute(PEOPLE.metadata.tables[name].insert(), rows)
    assert await person_of(whole_api) == person
    store = whole_api.parts.api.store
    assert await replay(store, [person, uuid4()]) == 1
    assert await replay(store, [person]) == 0
    async with whole_api.parts.database.unit_of_work() as work:
        assert (await work.execute(select(PEOPLE.c.id).where(PEOPLE.c.id == person))).first() is None
        assert (
            await work.execute(select(PERSON_KEYS.c.person_id).where(PERSON_KEYS.c.person_id == person))
        ).first() is None


async def test_closing_the_account_by_ussd_erases_as_much(whole_api: Whole, api_url: str) -> None:
    await lived(whole_api)
    person = await person_of(whole_api)
    playing = await Citizen(whole_api, HERS).play("6", "5", "1")
    screen = playing.screen if playing.screen.name == "account_closed" else await playing.phone.answer(PIN)
    assert screen.name == "account_closed", screen
    tables = await in_postgresql(api_url)
    assert person.bytes in tables["erased_people"]
    assert person.bytes not in tables["people"]
    assert hits([HERS, REFERENCE, "Kanarey"], [value for values in tables.values() for value in values]) == []
    async with whole_api.parts.database.unit_of_work() as work:
        assert (await work.execute(select(INBOUND.c.sealed))).scalars().all() == [b""]
        assert (await work.execute(select(PROMPTS.c.kind))).first() is None
        ring = KeyRing.parse(KEYS)
        sealed = Sealed(work, Sealer(ring), PersonKeys(ring, whole_api.clock))
        assert sealed.index(HERS, "msisdn") not in set(tables["numbers"])
