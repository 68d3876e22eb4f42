"""She binds an address in the app, chooses e-mail, and the ministry decides: the letter arrives."""

import json
import re
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from standardwebhooks import Webhook

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from gateway.commands import mail as command
from gateway.settings import DEMO_EVENT_SECRET
from mail.bounces import read
from mail.tables import CODES, MAILS
from sandbox.mailbox import Mailbox
from services import messages
from services.caller import Caller
from services.outcomes import Messages
from sms.tables import MESSAGES
from tests.mail.test_bounces import report
from tests.mobile_api.citizen import Citizen
from tests.phone import request
from tests.whole import Whole

HERS, ADDRESS, REFERENCE = "+994501234502", "Elchin@Example.org", "41000024"


async def code_of(whole: Whole, mailbox: Mailbox) -> str:
    await whole.parts.worker.round()
    found = re.search(r"\b[0-9]{6}\b", mailbox.mails[-1].text)
    assert found
    return found[0]


async def bound(whole: Whole, mailbox: Mailbox) -> Citizen:
    """Signed in, with an address that alerts go to."""
    her = await Citizen(whole, HERS).sign_in()
    begun = await her.ask("POST", "/me/email", {"address": ADDRESS})
    assert begun.status == 202
    typed = {"request_id": begun.json["request_id"], "code": await code_of(whole, mailbox)}
    assert (await her.ask("POST", "/me/email/verify", typed)).status == 204
    assert (await her.ask("PATCH", "/me", {"alerts_by": "email"})).status == 204
    return her


async def decided(whole: Whole, id: str = "evt-1", subject: str = REFERENCE) -> int:
    """The ministry says so, and the worker does its round."""
    event = {
        "specversion": "1.0", "id": id, "source": "https://vemtas.example/events", "type": "application.granted",
        "subject": subject, "time": "2026-11-23T06:00:00Z",
        "data": {"amount": {"value": "245.00", "currency": "AZN"}, "contact": {"msisdn": HERS, "language": "en"}},
    }  # fmt: skip
    event["source"] = next(iter(whole.parts.pack.events.sources.values())).source
    body = json.dumps(event)
    at = whole.clock.now().astimezone(UTC)
    signed = {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(DEMO_EVENT_SECRET).sign(id, at, body),
        "content-type": "application/cloudevents+json",
    }
    answer = await request(whole.app, "POST", "/events", body=body.encode(), headers=signed)
    for _ in range(2):
        await whole.parts.worker.round()
    return answer.status


async def count(whole: Whole, table: Any, *where: Any) -> int:
    async with whole.parts.database.unit_of_work() as work:
        found = await work.execute(select(func.count()).select_from(table).where(*where))
        return int(found.scalar_one())


async def test_the_ministry_decides_and_the_letter_arrives(mailing: Whole, mailbox: Mailbox) -> None:
    her = await bound(mailing, mailbox)
    shown = (await her.ask("GET", "/me")).json
    assert shown["email"] == {"address": "E…@example.org", "alerts_by": "email", "failing": False}
    [consent] = shown["consents"]
    assert (consent["purpose"], consent["words"], consent["channel"]) == ("email", "mail.code@1", "app")
    assert await decided(mailing) == 202
    mail = mailbox.mails[-1]
    assert mail.to == ("Elchin@example.org",)
    assert mail.read["Subject"] == "The decision on your application"
    assert "Your application was granted." in mail.text and "245.00" in mail.text and REFERENCE in mail.text
    # By mail, and so by no SMS; the same event again tells nobody.
    assert await count(mailing, MESSAGES, MESSAGES.c.kind == "granted") == 0
    await decided(mailing, "evt-2")
    assert await count(mailing, MAILS, MAILS.c.kind == "granted") == 1


async def test_letters_are_among_her_messages(mailing: Whole, mailbox: Mailbox) -> None:
    her = await bound(mailing, mailbox)
    since = (await her.ask("GET", "/changes")).json["next"]
    await decided(mailing)
    listed = (await her.ask("GET", "/messages")).json["items"]
    # The code that bound the address, too, is of the past, and is not said again.
    [letter] = [item for item in listed if item["channel"] == "email"]
    assert (letter["kind"], letter["state"]) == ("granted", "sent")
    assert letter in (await her.ask("GET", "/changes", query=f"since={since}")).json["messages"]
    words = (await her.ask("GET", f"/messages/{letter['id']}")).json["text"]
    assert REFERENCE in words and "245.00" in words
    # Page by page over both channels, in the order in which they went out.
    paged, cursor = [], ""
    for _ in listed:
        page = (await her.ask("GET", "/messages", query=f"limit=1&cursor={cursor}")).json
        paged += page["items"]
        cursor = page["next"] or ""
    assert (paged, cursor) == (listed, "")
    assert (await last_messages(mailing))[0] == "message.granted"
    somebody = await Citizen(mailing, "+994557654321").sign_in()
    assert (await somebody.ask("GET", f"/messages/{letter['id']}")).status == 404


async def last_messages(whole: Whole) -> list[str]:
    """What "my last messages" is about on her telephone."""
    async with whole.parts.desk.open_records() as records:
        desk = whole.parts.desk.at(records, Deadline.after(10, whole.clock))
        person = await records.people.by_number(Msisdn(HERS))
        found = await messages.mine(desk, Caller(Msisdn(HERS), person, "en", True, "ussd", "s"))
        assert isinstance(found, Messages)
        return [item.values["title"].id for item in found.messages]  # type: ignore[union-attr]


async def test_what_came_both_ways_is_listed_once_on_the_telephone(mailing: Whole, mailbox: Mailbox) -> None:
    her = await bound(mailing, mailbox)
    assert (await her.ask("PATCH", "/me", {"alerts_by": "both"})).status == 204
    await decided(mailing)
    listed = (await her.ask("GET", "/messages")).json["items"]
    assert "email" in [item["channel"] for item in listed if item["kind"] == "granted"]
    # As if a provider had taken the SMS.
    async with mailing.parts.database.unit_of_work() as work:
        one = MESSAGES.c.kind == "granted"
        await work.execute(update(MESSAGES).where(one).values(state="sending"))
        await work.execute(update(MESSAGES).where(one).values(state="sent", handed_over_at=mailing.clock.now()))
    listed = (await her.ask("GET", "/messages")).json["items"]
    assert sorted(item["channel"] for item in listed if item["kind"] == "granted") == ["email", "sms"]
    assert (await last_messages(mailing)).count("message.granted") == 1


async def test_a_letter_comes_back_and_an_sms_tells_it(mailing: Whole, mailbox: Mailbox) -> None:
    her = await bound(mailing, mailbox)
    await decided(mailing)
    mail = mailbox.mails[-1]
    assert mail.sender == "qayitdi@guichet.example"
    bounce = read(report(UUID(str(mail.read["Message-ID"])[1:33])))
    assert bounce is not None and await command._bounced(mailing.parts.settings, bounce) == 0
    assert await count(mailing, MESSAGES, MESSAGES.c.kind == "granted") == 1
    assert (await her.ask("GET", "/me")).json["email"]["failing"] is True
    [letter] = [one for one in (await her.ask("GET", "/messages")).json["items"] if one["channel"] == "email"]
    assert letter["state"] == "undelivered"
    # Nothing goes there any more, until she proves that it works.
    letters = len(mailbox.mails)
    await decided(mailing, "evt-2", "41000043")
    assert len(mailbox.mails) == letters
    begun = await her.ask("POST", "/me/email", {"address": ADDRESS})
    typed = {"request_id": begun.json["request_id"], "code": await code_of(mailing, mailbox)}
    assert (await her.ask("POST", "/me/email/verify", typed)).status == 204
    shown = (await her.ask("GET", "/me")).json["email"]
    assert (shown["alerts_by"], shown["failing"]) == ("email", False)


async def test_both_and_then_neither_address_nor_loss(mailing: Whole, mailbox: Mailbox) -> None:
    her = await bound(mailing, mailbox)
    assert (await her.ask("PATCH", "/me", {"alerts_by": "both"})).status == 204
    await decided(mailing)
    assert mailbox.mails[-1].read["Subject"] == "The decision on your application"
    assert await count(mailing, MESSAGES, MESSAGES.c.kind == "granted") == 1
    # What she holds is shown to her, and never the code that only the mailbox may tell.
    held = (await her.ask("GET", "/data")).body.decode()
    assert "Elchin@example.org" in held and "one_time" not in held.partition("mail_messages")[2]
    assert (await her.ask("DELETE", "/me/email")).status == 204
    assert (await her.ask("GET", "/me")).json["email"] is None
    gone = await her.ask("DELETE", "/me/email")
    assert (gone.status, gone.json["code"]) == (409, "email_needed")
    refused = await her.ask("PATCH", "/me", {"alerts_by": "email"})
    assert (refused.status, refused.json["code"]) == (409, "email_needed")


async def test_a_consent_withdrawn_stops_the_letters(mailing: Whole, mailbox: Mailbox) -> None:
    her = await bound(mailing, mailbox)
    assert (await her.ask("DELETE", "/me/consents/email")).status == 204
    await decided(mailing)
    assert await count(mailing, MESSAGES, MESSAGES.c.kind == "granted") == 1
    assert await count(mailing, MAILS, MAILS.c.kind == "granted") == 0


async def test_erased_with_her(mailing: Whole, mailbox: Mailbox) -> None:
    her = await bound(mailing, mailbox)
    assert (await her.ask("POST", "/me/email", {"address": ADDRESS})).status == 202
    desk = mailing.parts.desk
    async with mailing.parts.database.unit_of_work() as work:
        person = (await work.execute(select(MAILS.c.person_id).limit(1))).scalar_one()
    async with desk.open_records() as records:
        assert await records.personal.erase(person)
    assert await count(mailing, MAILS) == await count(mailing, CODES) == 0


async def test_five_tries_are_counted_before_they_are_compared(mailing: Whole, mailbox: Mailbox) -> None:
    her = await Citizen(mailing, HERS).sign_in()
    begun = await her.ask("POST", "/me/email", {"address": ADDRESS})
    right = await code_of(mailing, mailbox)
    wrong = "000000" if right != "000000" else "111111"
    said = []
    for typed in (*[wrong] * 5, right):
        got = await her.ask("POST", "/me/email/verify", {"request_id": begun.json["request_id"], "code": typed})
        said.append(got.json["code"])
    assert said == ["code_wrong"] * 5 + ["code_dead"]
    # Another person's request is nobody's else.
    begun = await her.ask("POST", "/me/email", {"address": ADDRESS})
    stolen = {"request_id": begun.json["request_id"], "code": await code_of(mailing, mailbox)}
    stranger = await Citizen(mailing, "+994557654321").sign_in()
    assert (await stranger.ask("POST", "/me/email/verify", stolen)).json["code"] == "code_dead"


async def test_a_code_lives_ten_minutes_of_the_database(mailing: Whole, mailbox: Mailbox) -> None:
    her = await Citizen(mailing, HERS).sign_in()
    for passed, fast, status in ((10, 0, 410), (8, 11, 204)):
        begun = await her.ask("POST", "/me/email", {"address": ADDRESS})
        typed = {"request_id": begun.json["request_id"], "code": await code_of(mailing, mailbox)}
        async with mailing.parts.database.unit_of_work() as work:
            await work.execute(update(CODES).values(expires_at=CODES.c.expires_at - timedelta(minutes=passed)))
        mailing.clock.advance(timedelta(minutes=fast))
        assert (await her.ask("POST", "/me/email/verify", typed)).status == status


async def test_no_mailbox_is_filled_and_no_pin_gone_around(mailing: Whole, mailbox: Mailbox) -> None:
    her = await Citizen(mailing, HERS).sign_in()
    answers = [await her.ask("POST", "/me/email", {"address": ADDRESS}) for _ in range(6)]
    assert [answer.status for answer in answers] == [202] * 5 + [429]
    bad = await her.ask("POST", "/me/email", {"address": "a@b.az\r\nBcc: c@d.az"})
    assert (bad.status, bad.json["code"]) == (422, "invalid_fields")
    other = await Citizen(mailing, "+994557654321").open_account()
    await other.sign_in()
    for method, path, body in (
        ("POST", "/me/email", {"address": "x@example.org"}),
        ("DELETE", "/me/email", None),
        ("PATCH", "/me", {"alerts_by": "email"}),
    ):
        refused = await other.ask(method, path, body)
        assert (refused.status, refused.json["code"]) == (403, "pin_needed")
