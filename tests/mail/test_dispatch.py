"""Mails over real SMTP and real tables: what is sent, what is tried again, and what never goes twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, text, update

from domain.email_address import EmailAddress
from i18n.text import Word
from mail.envelope import envelope
from mail.letters import Letter
from mail.records.addresses import SqlEmails
from mail.records.queue import forget
from mail.states import MailState
from mail.tables import ADDRESSES, MAILS
from sandbox.mailbox import Mailbox
from services.alerts import AlertKind
from services.records.tables import CONSENTS
from storage.unit_of_work import Database
from tests.mail.post import HERS, NOW, PACK, Post
from tests.mail.samples import every_alert
from tests.ports import Port


@pytest.fixture
def post(database: Database, mailbox: Mailbox) -> Post:
    return Post(database, mailbox.port)


async def test_a_letter_as_it_arrives(post: Post, mailbox: Mailbox) -> None:
    person = await post.person()
    assert await post.put(person)
    assert await post.dispatcher("secret").round() == 1
    [mail] = mailbox.mails
    read = mail.read
    [id] = await post.rows("id")
    assert (mail.sender, mail.to) == ("qayitdi@guichet.example", ("leyla@example.org",))
    assert read["From"] == "State services <xidmetler@guichet.example>"
    assert read["Subject"] == "A document is waiting for you"
    assert read["Message-ID"] == f"<{id.hex}@guichet.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Content-Language"] == "en"
    assert read["List-Unsubscribe"] == "<mailto:dayandir@guichet.example>"
    assert read.get_content_type() == "text/plain" and not read.is_multipart() and mail.octets.isascii()
    text = mail.text
    assert "Reference: 41000035\nPlace: Nəsimi filialı\nAddress: Bakı, Nizami" in text
    assert "dial *123#" in text and "http" not in text and "bad.example" not in text
    assert await post.rows("state", "attempts", "reason") == [("sent", 1, "")]
    assert post.ended == [MailState.SENT] and post.by_sms == []
    assert await post.dispatcher().round() == 0


async def test_one_event_is_mailed_once(post: Post) -> None:
    person, event = await post.person(), post.ids.uuid7()
    assert await post.put(person, event=event)
    assert await post.put(person, event=event) is None


@pytest.mark.parametrize(
    ("fault", "state", "reason", "by_sms"),
    [
        (("rcpt", "450 greylisted"), "queued", "later", 0),
        (("end", "451 later"), "queued", "later", 0),
        (("connect", "421 full"), "queued", "not_reached", 0),
        (("mail", "drop"), "queued", "lost", 0),
        (("rcpt", "550 no such user"), "failed", "recipient", 1),
        (("end", "554 no"), "failed", "content", 1),
        (("mail", "550 not you"), "queued", "account", 0),
    ],
)
async def test_what_the_server_answers(
    post: Post, mailbox: Mailbox, fault: tuple[str, str], state: str, reason: str, by_sms: int
) -> None:
    """What cannot be mailed is told by SMS where no SMS told it."""
    mailbox.faults.append(fault)
    await post.put(await post.person())
    await post.dispatcher().round()
    assert await post.rows("state", "reason") == [(state, reason)]
    assert len(post.by_sms) == by_sms
    if by_sms:
        told = post.by_sms[0]
        assert (told.to.e164, told.text_id, told.values["reference"]) == ("+994501234567", "sms.ready", "41000035")
    if state == "queued":
        post.clock.advance(timedelta(minutes=6))
        await post.dispatcher().round()
        assert await post.rows("state") == ["sent"]


async def test_what_an_sms_told_too_is_not_told_again(post: Post, mailbox: Mailbox) -> None:
    mailbox.faults.append(("rcpt", "550 no such user"))
    await post.put(await post.person("both"), alone=False)
    await post.dispatcher().round()
    assert await post.rows("state") == ["failed"] and post.by_sms == []


@pytest.mark.parametrize("lost", ["drop", "silence"])
async def test_an_answer_that_was_lost(post: Post, mailbox: Mailbox, lost: str) -> None:
    """Once more after ten minutes, under the same Message-ID; then no more."""
    mailbox.faults += [("end", lost), ("end", lost)]
    await post.put(await post.person())
    dispatcher = post.dispatcher(seconds=0.2)
    await dispatcher.round()
    assert await post.rows("state", "reason") == [("unknown", "unanswered")]
    for minutes in (9, 2, 30, 600):
        post.clock.advance(timedelta(minutes=minutes))
        await dispatcher.sweep()
        await dispatcher.round()
    assert len(mailbox.mails) == 2
    assert len({mail.read["Message-ID"] for mail in mailbox.mails}) == 1
    assert await post.rows("state", "extra_sends") == [("failed", 1)]
    assert post.by_sms == []  # it may have arrived, twice


async def test_a_code_never_goes_twice(post: Post, mailbox: Mailbox) -> None:
    mailbox.faults.append(("end", "drop"))
    await post.put_code(await post.person())
    dispatcher = post.dispatcher()
    await dispatcher.round()
    assert "123456" in mailbox.mails[0].text
    for _ in range(3):
        post.clock.advance(timedelta(minutes=3))
        await dispatcher.sweep()
        await dispatcher.round()
    assert len(mailbox.mails) == 1
    assert await post.rows("state", "reason") == [("failed", "unanswered")]


async def killed(post: Post, mailbox: Mailbox) -> None:
    """A worker that dies while the server has the letter and has not answered."""
    mailbox.faults.append(("end", "silence"))
    working = asyncio.create_task(post.dispatcher(seconds=60).round())
    await asyncio.wait_for(mailbox.arrived.wait(), 5)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_killed_after_the_last_dot(post: Post, mailbox: Mailbox) -> None:
    """No loss, and one letter too many at most."""
    await post.put(await post.person())
    await killed(post, mailbox)
    assert await post.rows("state") == ["sending"]
    survivor = post.dispatcher()
    assert await survivor.sweep() == 0  # its lease holds
    await post.lease_over()
    await survivor.sweep()
    assert await post.rows("state") == ["unknown"]
    post.clock.advance(timedelta(minutes=11))
    await survivor.sweep()
    await survivor.round()
    assert await post.rows("state") == ["sent"]
    assert len(mailbox.mails) == 2


async def test_killed_with_a_code_in_hand(post: Post, mailbox: Mailbox) -> None:
    await post.put_code(await post.person())
    await killed(post, mailbox)
    await post.lease_over()
    await post.dispatcher().sweep()
    assert await post.rows("state") == ["failed"] and len(mailbox.mails) == 1


async def test_killed_before_it_began(post: Post, mailbox: Mailbox) -> None:
    """Claimed and not begun: as if never claimed, codes too; and whoever died writes nothing any more."""
    await post.put_code(await post.person())
    dead = post.dispatcher()
    async with post.database.unit_of_work() as work:
        [claim], _ = await dead.queue.claim(work, 10)
    survivor = post.dispatcher()
    assert await survivor.round() == 0
    await post.lease_over()
    await survivor.sweep()
    async with post.database.unit_of_work() as work:
        assert not await dead.queue.begin(work, claim)
    await survivor.round()
    assert await post.rows("state", "attempts") == [("sent", 1)] and len(mailbox.mails) == 1


async def test_a_refused_login_rests_the_account(post: Post, mailbox: Mailbox) -> None:
    person = await post.person()
    for reference in ("41000035", "41000043", "41000051"):
        await post.put(person, reference)
    dispatcher = post.dispatcher("wrong")
    assert await dispatcher.round() == 3
    # One try, and the others were given back.
    assert sorted(await post.rows("state", "reason", "attempts")) == [("queued", "", 0)] * 2 + [
        ("queued", "account", 0)
    ]
    assert await dispatcher.round() == 0
    dispatcher.link.server = replace(dispatcher.link.server, password="secret")
    post.clock.advance(timedelta(minutes=5))
    await dispatcher.round()
    assert await post.rows("state") == ["sent"] * 3


async def test_where_tls_is_wanted_nothing_goes_in_clear(post: Post, mailbox: Mailbox) -> None:
    await post.put(await post.person())
    dispatcher = post.dispatcher("secret")
    dispatcher.link.server = replace(dispatcher.link.server, starttls=True)
    await dispatcher.round()
    assert await post.rows("state", "reason") == [("queued", "account")] and not mailbox.mails


async def test_nobody_listens(post: Post, port: Port) -> None:
    post.port = port()
    await post.put(await post.person())
    dispatcher = post.dispatcher()
    await dispatcher.round()
    assert await post.rows("state", "reason") == [("queued", "not_reached")]
    assert await dispatcher.round() == 0
    # After a day it is told by SMS.
    post.clock.advance(timedelta(days=1))
    await dispatcher.round()
    assert await post.rows("state", "reason") == [("expired", "too_late")]
    assert len(post.by_sms) == 1


async def test_alerts_of_one_reference_go_in_order(post: Post, mailbox: Mailbox) -> None:
    mailbox.faults.append(("rcpt", "450 later"))
    person = await post.person()
    await post.put(person, kind=AlertKind.RECEIVED, text_id="sms.received_no_due")
    await post.put(person)
    await post.put(person, "41000043")
    dispatcher = post.dispatcher()
    for _ in range(3):
        await dispatcher.round()
    assert await post.rows("state") == ["queued", "queued", "sent"]
    post.clock.advance(timedelta(minutes=1))
    for _ in range(2):
        await dispatcher.round()
    assert [mail.read["Subject"] for mail in mailbox.mails][1:] == [
        "News about your application", "A document is waiting for you",
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["stopped", "removed", "other", "withdrawn"])
async def test_who_wants_no_mail_any_more_is_told_by_sms(post: Post, mailbox: Mailbox, how: str) -> None:
    person = await post.person()
    await post.put(person)
    async with post.database.unit_of_work() as work:
        emails = SqlEmails(post.sealed(work), post.clock, post.ids)
        match how:
            case "stopped":
                assert await emails.stop(EmailAddress.parse("LEYLA@example.org")) == 1
            case "removed":
                assert await emails.remove(person)
            case "withdrawn":
                await work.execute(update(CONSENTS).values(withdrawn_at=NOW))
            case "other":
                await work.execute(delete(ADDRESSES))
    if how == "other":
        await post.person(address=EmailAddress.parse("leyla@example.org"))
    await post.dispatcher().round()
    assert await post.rows("state", "reason") == [("suppressed", "opted_out")]
    assert len(post.by_sms) == 1 and not mailbox.mails


async def test_the_rate_is_one_for_all_workers(post: Post, mailbox: Mailbox) -> None:
    post.config = replace(post.config, per_minute=3)
    person = await post.person()
    for number in range(8):
        await post.put(person, f"4100003{number}")
    workers = [post.dispatcher() for _ in range(3)]
    for _ in range(3):
        await asyncio.gather(*(worker.round() for worker in workers))
    assert len(mailbox.mails) == 3
    post.clock.advance(timedelta(seconds=61))
    await asyncio.gather(*(worker.round() for worker in workers))
    assert len(mailbox.mails) == 6


async def test_the_rate_holds_however_the_statement_is_planned(post: Post) -> None:
    post.config = replace(post.config, per_minute=3)
    person = await post.person()
    for number in range(8):
        await post.put(person, f"4100003{number}")
    async with post.database.unit_of_work() as work:
        for way in ("hashjoin", "hashagg", "mergejoin", "material", "sort", "memoize"):
            await work.execute(text(f"SET LOCAL enable_{way} = off"))
        taken, _ = await post.dispatcher().queue.claim(work, 10)
        assert len(taken) == 3


async def test_sensitive_services_are_not_named(post: Post, mailbox: Mailbox) -> None:
    person = await post.person()
    await post.put(person, kind=AlertKind.GRANTED, text_id="sms.sensitive_application", values={"reference": "9"})
    await post.put(
        person, "2", kind=AlertKind.GRANTED, text_id="sms.granted",
        values={"service": Word("service.rehabilitation_equipment"), "reference": "2"},
    )  # fmt: skip
    await post.dispatcher().round()
    for mail in mailbox.mails:
        assert mail.read["Subject"] == "News from the state services"
        text = mail.text.lower()
        assert "granted" not in text and "rehab" not in text and "Service:" not in text
    assert len(mailbox.mails) == 2


def test_no_header_can_be_added() -> None:
    assert PACK.mail is not None
    bad = Letter("Hello\r\nBcc: all@example.org", "Body\n.\nmore\n", "en")
    octets = envelope(PACK.mail, uuid4(), HERS, bad, NOW)
    assert b"\nBcc:" not in octets
    with pytest.raises(ValueError):
        envelope(PACK.mail, uuid4(), HERS, replace(bad, language="en\r\nBcc: all@example.org"), NOW)


async def test_facts_go_after_seven_days_and_rows_later(post: Post) -> None:
    await post.put(await post.person())
    await post.dispatcher().round()

    async def left(days: int) -> Sequence[object]:
        post.clock.advance(timedelta(days=days))
        async with post.database.unit_of_work() as work:
            await forget(work, post.clock.now())
        return [sealed is not None for sealed in await post.rows("sealed")]

    assert await left(6) == [True]
    assert await left(2) == [False]
    assert await left(90) == []


async def test_a_letter_for_every_text_in_every_language(post: Post) -> None:
    """Whatever an SMS of a kind says a letter says too: through the real catalogs, with every slot filled."""
    letters = post.dispatcher().letters
    for language in ("az", "en", "fr"):
        for kind, text_id, values in every_alert(language):
            letter = letters.letter(kind, text_id, values, language)
            assert letter.subject and "{" not in letter.subject + letter.body
            assert len(letter.body.splitlines()) > 4


def test_nothing_else_is_in_the_table() -> None:
    assert {"sealed", "lane"} == {
        column.name for column in MAILS.columns if str(column.type) in ("BLOB", "BYTEA", "LargeBinary")
    }
