"""What was sent to her, over the API: page by page, in her language, and what is sensitive only with the PIN."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from domain.msisdn import Msisdn
from services.alerts import Alert, AlertKind
from sms.tables import MESSAGES
from tests.mobile_api.citizen import Citizen
from tests.whole import Whole

HERS, OTHERS = "+994501234567", "+994709998877"


async def sent(whole: Whole, number: str, kind: AlertKind, text_id: str, service: str = "", **values: object) -> str:
    """A message that went out to the number a moment ago; its id."""
    async with whole.parts.desk.open_records() as records:
        person = await records.people.greet(Msisdn.parse(number), "en")
        alert = Alert(person.id, Msisdn.parse(number), kind, text_id, values, "az", "guichet", service)  # type: ignore[arg-type]
        id = await records.outbox.put(alert)
    assert isinstance(id, UUID)
    whole.clock.advance(timedelta(seconds=1))
    async with whole.parts.database.unit_of_work() as work:
        for state in ("sending", "sent", "delivered"):
            went = {"state": state, "handed_over_at": whole.clock.now()}
            await work.execute(update(MESSAGES).where(MESSAGES.c.id == id).values(went))
    return id.hex


async def test_pages_of_what_was_sent(whole_api: Whole) -> None:
    ids = [await sent(whole_api, HERS, AlertKind.ACCOUNT, "sms.account_pin_changed") for _ in range(5)]
    await sent(whole_api, OTHERS, AlertKind.ACCOUNT, "sms.account_pin_changed")
    leyla = await Citizen(whole_api, HERS).sign_in()
    seen, cursor = [], ""
    for most in (2, 2, 1):
        page = (await leyla.ask("GET", "/messages", query=f"limit=2&cursor={cursor}")).json
        assert len(page["items"]) == most
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"] or ""
    assert (seen, cursor) == (ids[::-1], "")
    first = page["items"][0]
    assert (first["kind"], first["channel"], first["state"]) == ("account", "sms", "delivered")
    assert (await leyla.ask("GET", "/messages", query="cursor=nonsense")).status == 422


async def test_a_message_is_said_again_in_her_language_and_a_code_is_not(whole_api: Whole) -> None:
    changed = await sent(whole_api, HERS, AlertKind.ACCOUNT, "sms.account_pin_changed")
    code = await sent(whole_api, HERS, AlertKind.CODE, "sms.code", one_time="482913", minutes=5)
    others = await sent(whole_api, OTHERS, AlertKind.ACCOUNT, "sms.account_pin_changed")
    leyla = await Citizen(whole_api, HERS).sign_in()
    for language, word in (("en", "PIN"), ("fr", "PIN"), ("az", "PIN")):
        said = (await leyla.ask("GET", f"/messages/{changed}", language=language)).json
        assert word in said["text"] and "*123#" in said["text"]
    assert "482913" not in (await leyla.ask("GET", f"/messages/{code}")).json["text"]
    assert (await leyla.ask("GET", f"/messages/{others}")).status == 404
    assert (await leyla.ask("GET", f"/messages/{'0' * 32}")).status == 404
    # With an account, its PIN comes first.
    await leyla.open_account()
    for path in ("/messages", f"/messages/{changed}"):
        refused = await leyla.ask("GET", path)
        assert (refused.status, refused.json["code"]) == (403, "pin_needed")
    assert await leyla.prove() == 204
    assert (await leyla.ask("GET", "/messages")).status == 200
