"""A letter comes back: it is told by SMS, its address gets no more until it is proven anew, and no report is believed
that does not know the letter."""

import argparse
import io
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.email_address import EmailAddress
from domain.errors import StoreUnavailable
from gateway.commands import mail as command
from mail.bounces import Bounce, read
from mail.records.addresses import SqlEmails
from mail.records.bounces import CameBack, SqlBounces
from mail.tables import ADDRESSES
from sandbox.mailbox import Mailbox
from services.known_ports import Changed, ChangeKind, Position
from storage.unit_of_work import Database
from tests.mail.post import Post

LETTER = UUID("01a2" + "0" * 27 + "7")


def report(
    letter: UUID = LETTER,
    status: str = "5.1.1",
    action: str = "failed",
    *,
    original: str = "message/rfc822",
    answers: str = "",
) -> bytes:
    """As Postfix writes it."""
    headers = f"From: a@guichet.example\r\nMessage-ID: <{letter.hex}@guichet.example>\r\n" if original else ""
    part = f"--b\r\nContent-Type: {original}\r\n\r\n{headers}Subject: x\r\n\r\nwords\r\n" if original else ""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: qayitdi@guichet.example\r\nSubject: Undelivered Mail\r\n"
        f"{answers}MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\nArrival-Date: Mon, 23 Nov 2026 06:00:00 +0000\r\n\r\n"
        f"Final-Recipient: rfc822; leyla@example.org\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n{part}--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("octets", "bounce"),
    [
        (report(), Bounce(LETTER, True)),
        (report(original="text/rfc822-headers"), Bounce(LETTER, True)),
        (report(action="Failed", status="5.7.1 (refused)"), Bounce(LETTER, True)),
        # Full, or tried for days: this letter did not arrive, the next may.
        (report(status="5.2.2"), Bounce(LETTER, False)),
        (report(status="4.4.1"), Bounce(LETTER, False)),
        (report(status=""), Bounce(LETTER, False)),
        (report(original="", answers=f"References: <{LETTER.hex}@guichet.example>\r\n"), Bounce(LETTER, True)),
        # No failure, or nobody's letter.
        (report(action="delayed", status="4.4.1"), None),
        (report(action="delivered", status="2.1.5"), None),
        (report(original=""), None),
        (report().replace(LETTER.hex.encode(), b"somebody-elses"), None),
        (b"Subject: I am on holiday\r\nAuto-Submitted: auto-replied\r\n\r\nuntil Monday", None),
        (b"", None),
        (b"\xff\xfe\x00" * 99, None),
        (report()[:300], None),
        (report().replace(b'boundary="b"', b'boundary="c"'), None),
    ],
)
def test_what_a_report_says(octets: bytes, bounce: Bounce | None) -> None:
    assert read(octets) == bounce


class Touched:
    """What was marked as changed."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    async def touch(self, person: UUID, kind: str, subject: str, *, gone: bool = False) -> None:
        self.kinds.append(kind)

    async def since(self, person: UUID, position: Position | None, limit: int) -> Changed:
        raise NotImplementedError


@pytest.fixture
def post(database: Database, mailbox: Mailbox) -> Post:
    return Post(database, mailbox.port)


async def came_back(post: Post, octets: bytes) -> CameBack:
    bounce = read(octets)
    assert bounce is not None
    touched = Touched()
    async with post.database.unit_of_work() as work:
        bounces = SqlBounces(post.sealed(work), post.instead(), touched, post.clock, post.ids)
        done = await bounces.took(bounce)
    post.touched += touched.kinds
    return done


async def failing(post: Post) -> Sequence[bool]:
    async with post.database.unit_of_work() as work:
        found = await work.execute(select(ADDRESSES.c.failed_at))
        return [row[0] is not None for row in found]


async def test_a_letter_that_came_back_is_told_by_sms(post: Post, mailbox: Mailbox) -> None:
    person = await post.person()
    [_] = [await post.put(person, "41000035")]
    await post.dispatcher().round()
    waiting = await post.put(person, "41000043")
    [id, _] = await post.rows("id")
    post.clock.advance(timedelta(minutes=1))
    assert await came_back(post, report(id)) is CameBack.TOLD_BY_SMS
    assert (await post.rows("state", "reason"))[0] == ("failed", "bounced")
    assert [told.values["reference"] for told in post.by_sms] == ["41000035"]
    assert await failing(post) == [True] and post.touched == [ChangeKind.ME]
    # Told once, however often it is reported.
    assert await came_back(post, report(id)) is CameBack.UNKNOWN
    # What waits for the address goes by SMS, too.
    await post.dispatcher().round()
    assert (await post.rows("id", "state", "reason"))[1] == (waiting, "suppressed", "opted_out")
    assert [told.values["reference"] for told in post.by_sms] == ["41000035", "41000043"]
    assert len(mailbox.mails) == 1
    async with post.database.unit_of_work() as work:
        emails = SqlEmails(post.sealed(work), post.clock, post.ids)
        held = await emails.of(person)
        assert held is not None and held.failing and await emails.wanted(person) is None


@pytest.mark.parametrize("status", ["5.2.2", "4.4.7"])
async def test_a_full_mailbox_may_be_emptied(post: Post, status: str) -> None:
    await post.put(await post.person())
    await post.dispatcher().round()
    [id] = await post.rows("id")
    assert await came_back(post, report(id, status)) is CameBack.TOLD_BY_SMS
    assert await failing(post) == [False] and post.touched == []


async def test_what_an_sms_told_too_and_what_nobody_sent(post: Post) -> None:
    await post.put(await post.person("both"), alone=False)
    await post.dispatcher().round()
    [id] = await post.rows("id")
    assert await came_back(post, report(id)) is CameBack.NOTED
    assert await failing(post) == [True] and post.by_sms == []
    # No letter, and one that has not gone out yet: nobody can have given it back.
    assert await came_back(post, report()) is CameBack.UNKNOWN
    waiting = await post.put(await post.person(address=EmailAddress.parse("b@example.org")), "41000051")
    assert waiting is not None and await came_back(post, report(waiting)) is CameBack.UNKNOWN


async def test_a_code_that_came_back_is_nobodys_news(post: Post) -> None:
    await post.put_code(await post.person())
    await post.dispatcher().round()
    [id] = await post.rows("id")
    assert await came_back(post, report(id)) is CameBack.NOTED
    assert await failing(post) == [False] and post.by_sms == []


async def test_an_address_that_was_proven_anew_is_not_doubted(post: Post) -> None:
    person = await post.person()
    await post.put(person)
    await post.dispatcher().round()
    [id] = await post.rows("id")
    post.clock.advance(timedelta(minutes=1))
    async with post.database.unit_of_work() as work:
        await work.execute(ADDRESSES.update().values(since=post.clock.now()))
    assert await came_back(post, report(id)) is CameBack.TOLD_BY_SMS
    assert await failing(post) == [False]


def piped(monkeypatch: pytest.MonkeyPatch, octets: bytes) -> int:
    """As a mail server calls the command."""
    monkeypatch.setattr("sys.stdin", argparse.Namespace(buffer=io.BytesIO(octets)))
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    arguments = parser.parse_args(["mail", "bounced"])
    return int(arguments.run(arguments))


def test_a_mail_server_is_never_given_back_what_was_given_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert piped(monkeypatch, b"Subject: hello\r\n\r\n") == 0

    async def away(settings: object, bounce: Bounce) -> int:
        raise StoreUnavailable("away")

    monkeypatch.setattr(command, "settings_for", lambda *_: None)
    monkeypatch.setattr(command, "_bounced", away)
    assert piped(monkeypatch, report()) == 75
    assert "away" in capsys.readouterr().err
