"""A number that A had, that fell silent, and that B has now: not one byte of A on any channel."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain.msisdn import Msisdn
from gateway.words import composer_for
from services.alert_facts import facts_from_json
from services.records.tables import LINKS, PEOPLE
from sms.tables import MESSAGES
from sms.values import InboundSms
from tests.mobile_api.citizen import Citizen
from tests.mobile_api.test_data import HERS, NAME, REFERENCE, TEXTED, lived, person_of
from tests.read_once import translator_for
from tests.whole import Whole

ANOTHER = "+994557654321"
# Ways through the menus that would show something of hers: status, pickup, visits, aid, account, messages.
WALKS = (("6", "1"), ("6", "6"), ("6", "5"), ("1",), ("2",), ("3",), ("3", "2"), ("4", "1"), ("6", "7"))
TEXTS = ("STATUS", "HELP", "MENU", "1", "2", "YES", "LANG EN", "what is this", "VISIT", "PICKUP")


async def words_sent(whole: Whole, since: int) -> list[str]:
    """Every message put since, in words."""
    composer = composer_for(whole.parts.pack, translator_for(whole.parts.pack))
    leyla = Citizen(whole, HERS)
    said = []
    for facts in await leyla.facts_of_all():
        said.append(composer.compose(facts["text"], facts_from_json(facts["values"]), "en").text)
    return said[since:]


@pytest.mark.parametrize("account", [True, False])
async def test_not_one_byte_of_its_former_holder(whole_api: Whole, account: bool) -> None:
    leyla = await lived(whole_api)
    person = await person_of(whole_api)
    async with whole_api.parts.desk.open_records() as records:
        assert await records.numbers.add(person, Msisdn.parse(ANOTHER))
    async with whole_api.parts.database.unit_of_work() as work:
        if not account:
            await work.execute(PEOPLE.metadata.tables["accounts"].delete())
        applicant = (await work.execute(select(PEOPLE.c.applicant).where(PEOPLE.c.id == person))).scalar_one()
        links = [id.hex for id in (await work.execute(select(LINKS.c.id))).scalars()]
        sent = [id.hex for id in (await work.execute(select(MESSAGES.c.id))).scalars()]
    hers = [REFERENCE, *NAME.split(), TEXTED, ANOTHER, ANOTHER[-7:], applicant, person.hex, *links, *sent]
    await whole_api.parts.worker.round()
    before = len(await words_sent(whole_api, 0))
    whole_api.clock.advance(timedelta(days=91))
    other = Citizen(whole_api, HERS)
    # On USSD.
    for walk in WALKS:
        await other.play(*walk)
        await other.play("2", *walk)
    # By SMS.
    for text in TEXTS:
        whole_api.clock.advance(timedelta(minutes=2))
        await whole_api.parts.sms.intake.inbound(InboundSms("africastalking", str(uuid4()), HERS, "5555", text))
        await whole_api.parts.worker.round()
    other.said += await words_sent(whole_api, before)
    # In the app: her old device, and a new one.
    old = await leyla.ask("GET", "/me")
    assert old.status == 401
    await other.sign_in()
    for path, methods in other.document["paths"].items():
        if "get" in methods and "{" not in path:
            await other.ask("GET", path)
    # Of a reference that he types himself he reads the state word, like anybody.
    assert (await other.ask("GET", f"/applications/{REFERENCE}")).json.get("details") is None
    other.said.pop()
    for path in (f"/messages/{sent[0]}", "/me/consents/account"):
        assert (await other.ask("GET", path)).status in (401, 403, 404), path
    assert (await other.ask("DELETE", "/me/consents/account")).status in (403, 409, 404)
    refused = await other.ask("POST", "/data/erase", {"confirm": "erase"})
    assert refused.status == (403 if account else 204)
    found = {canary for canary in hers for said in other.said if canary in said}
    assert found == set()
    # Hers is still hers where she is reached: nothing was taken from her either.
    async with whole_api.parts.desk.open_records() as records:
        assert await records.links.of(person)
