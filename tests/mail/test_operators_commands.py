"""`guichet messages` where she is told by e-mail: found, explained, paused, cancelled, and in the books."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import delete, select

from gateway.cli import main
from mail.tables import MAILS
from sandbox.mailbox import Mailbox
from sms.tables import MESSAGES
from storage.tables import AUDIT_LOG
from tests.mail.test_journey import ADDRESS, HERS, REFERENCE, bound, count, decided
from tests.whole import KEYS, Whole

Command = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def guichet(mailing: Whole, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`guichet messages …`: its exit status and what it printed."""
    monkeypatch.setenv("GUICHET_DATABASE_URL", mailing.parts.settings.database_url)
    monkeypatch.setenv("GUICHET_ENCRYPTION_KEYS", KEYS)

    async def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        status = await asyncio.to_thread(main, ["messages", *words])
        said = capsys.readouterr()
        assert ADDRESS not in said.out and HERS not in said.out
        return status, said.out + said.err

    return run


@pytest.mark.parametrize("by", ["email", "both"])
async def test_books_balance_and_an_imbalance_is_found(
    mailing: Whole, mailbox: Mailbox, guichet: Command, by: str
) -> None:
    her = await bound(mailing, mailbox)
    assert (await her.ask("PATCH", "/me", {"alerts_by": by})).status == 204
    await decided(mailing)
    status, said = await guichet("books")
    assert (status, "told 1 persons: balanced" in said) == (0, True), said
    assert re.search(r"^letters sent +2$", said, re.MULTILINE)  # the code that bound the address, too
    table = MAILS if by == "email" else MESSAGES
    async with mailing.parts.database.unit_of_work() as work:
        await work.execute(delete(table).where(table.c.kind == "granted"))
    status, said = await guichet("books")
    assert status == 1 and "NOT BALANCED" in said
    assert f"messages 0, letters {int(by == 'both')}" in said


async def test_books_balance_after_she_is_erased(mailing: Whole, mailbox: Mailbox, guichet: Command) -> None:
    await bound(mailing, mailbox)
    await decided(mailing)
    async with mailing.parts.database.unit_of_work() as work:
        person = (await work.execute(select(MAILS.c.person_id).limit(1))).scalar_one()
    async with mailing.parts.desk.open_records() as records:
        assert await records.personal.erase(person)
    status, said = await guichet("books")
    assert (status, "told 0 persons: balanced" in said) == (0, True), said


async def test_her_letters_are_found_and_explained(mailing: Whole, mailbox: Mailbox, guichet: Command) -> None:
    await bound(mailing, mailbox)
    await decided(mailing)
    status, said = await guichet("find", REFERENCE, "--because", "she asks")
    assert status == 0, said
    shown = re.fullmatch(r"\S+ \S+ UTC sms\.granted\w* by e-mail to E…@example\.org: sent  (\S+)\n", said)
    assert shown, said
    status, said = await guichet("find", "--number", HERS)
    # The code for signing in came by SMS, the one for the address by e-mail.
    assert status == 0 and shown[1] in said and "mail.code by e-mail to E…@example.org: sent" in said
    status, said = await guichet("why", REFERENCE)
    assert status == 0 and said.startswith("1 event, 0 messages, 1 letter\n")
    assert "the mail server has it; nobody reports that it was read" in said
    status, said = await guichet("why", shown[1], "--because", "she asks")
    assert status == 0 and "E…@example.org: sent" in said and "an SMS tells it too" not in said
    async with mailing.parts.database.unit_of_work() as work:
        seen = select(AUDIT_LOG.c.subject).where(AUDIT_LOG.c.act == "messages.why.seen")
        assert f"message:{shown[1].replace('-', '')}" in set((await work.execute(seen)).scalars())
    status, said = await guichet("resend", shown[1], "--reason", "ticket 812")
    assert status == 2 and "a letter is not sent again" in said


async def test_what_is_told_both_ways_is_found_on_both(mailing: Whole, mailbox: Mailbox, guichet: Command) -> None:
    her = await bound(mailing, mailbox)
    assert (await her.ask("PATCH", "/me", {"alerts_by": "both"})).status == 204
    await decided(mailing)
    _, said = await guichet("why", REFERENCE)
    assert said.startswith("1 event, 1 message, 1 letter\n") and "    an SMS tells it too\n" in said


async def test_wrong_letters_are_paused_and_cancelled_with_the_messages(
    mailing: Whole, mailbox: Mailbox, guichet: Command
) -> None:
    her = await bound(mailing, mailbox)
    assert (await her.ask("PATCH", "/me", {"alerts_by": "both"})).status == 204
    assert (await guichet("pause", "--text", "sms.granted*", "--reason", "wrong amounts"))[0] == 0
    letters = len(mailbox.mails)
    await decided(mailing)
    assert len(mailbox.mails) == letters
    assert "wrong amounts\n    1 message and 1 letter wait\n" in (await guichet("pauses"))[1]
    _, said = await guichet("why", REFERENCE)
    assert "waits: a pause\n" in said
    status, said = await guichet("cancel", "--text", "sms.granted*", "--reason", "wrong amounts")
    assert status == 0 and "2 suppressed, 1 letter among them: every source, sms.granted*" in said
    assert (await guichet("go-on", "--text", "sms.granted*"))[0] == 0
    for _ in range(2):
        await mailing.parts.worker.round()
    assert len(mailbox.mails) == letters
    _, said = await guichet("why", REFERENCE)
    assert said.count("was not to be sent (cancelled: wrong amounts)") == 2
    assert await count(mailing, MESSAGES, MESSAGES.c.kind == "granted") == 1
