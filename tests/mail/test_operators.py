"""What an operator may ask and stop of letters: a pause, a cancel, what waits; and the books over both channels."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, text, update

from domain.msisdn import Msisdn
from mail.records.erasing import MailRoom
from mail.records.inspection import TELLINGS, LetterInspection
from mail.tables import MAILS
from sandbox.mailbox import Mailbox
from services.records.tables import EVENTS
from services.rights_ports import Subject
from sms.records.books import Books, books, told_by_sms
from sms.records.inspection import Inspection
from sms.records.outbox import SqlOutbox
from sms.tables import MESSAGES
from storage.unit_of_work import Database
from tests.mail.post import Post, alert

# By the names of `sms.ready`, from "vemtas".
NAMED = [("vemtas", ""), ("", "sms.ready"), ("vemtas", "sms.rea*"), ("", "")]
OTHERS = [("asan", ""), ("", "sms.granted"), ("asan", "sms.ready"), ("", "sms.ready_*")]


@pytest.fixture
def post(database: Database, mailbox: Mailbox) -> Post:
    return Post(database, mailbox.port)


def desk(post: Post) -> LetterInspection:
    return LetterInspection(post.sealer, post.keys, post.clock, post.ids)


def sms_desk(post: Post) -> Inspection:
    return Inspection(post.sealer, post.keys, post.clock, post.ids)


async def pause(post: Post, source: str, text_id: str) -> None:
    async with post.database.unit_of_work() as work:
        await sms_desk(post).pause(work, source, text_id, "wrong amounts")


async def go_on(post: Post, source: str, text_id: str) -> None:
    async with post.database.unit_of_work() as work:
        assert await sms_desk(post).go_on(work, source, text_id)


async def cancel(post: Post, source: str = "", text_id: str = "sms.ready") -> list[int]:
    """How many at each call, until there are none."""
    counts = [1]
    while counts[-1]:
        async with post.database.unit_of_work() as work:
            counts.append(await desk(post).cancel(work, source, text_id, "wrong amounts"))
    return counts[1:-1]


@pytest.mark.parametrize("named", NAMED)
async def test_a_pause_holds_letters_until_go_on(post: Post, mailbox: Mailbox, named: tuple[str, str]) -> None:
    person = await post.person()
    await post.put(person)
    await post.put(person, "41000043", text_id="sms.ready_ask" if "*" not in named[1] else "sms.ready")
    await pause(post, *named)
    assert await post.dispatcher().round() == 0
    assert await post.rows("state") == ["queued"] * 2 and not mailbox.mails
    async with post.database.unit_of_work() as work:
        assert await desk(post).waiting(work, *named) == 2
    await go_on(post, *named)
    assert await post.dispatcher().round() == 2
    assert await post.rows("state") == ["sent"] * 2


@pytest.mark.parametrize("named", OTHERS)
async def test_a_pause_of_others_holds_no_letter(post: Post, named: tuple[str, str]) -> None:
    await post.put(await post.person())
    await pause(post, *named)
    assert await post.dispatcher().round() == 1
    assert await post.rows("state") == ["sent"]


async def test_however_much_is_paused_all_else_goes_out(post: Post, mailbox: Mailbox) -> None:
    person = await post.person()
    for place in range(30):
        await post.put(person, f"{place}")
    await pause(post, "vemtas", "")
    await post.put(person, "41000050", source="asan")
    await post.put_code(person)
    assert await post.dispatcher().round() == 2
    assert len(mailbox.mails) == 2
    await pause(post, "", "mail.code")
    await post.put_code(person)
    assert await post.dispatcher().round() == 0


async def test_what_is_paused_too_long_ends_and_is_told_by_sms(post: Post) -> None:
    """The SMS is of the same source and text, and so the pause holds it in its turn."""
    await post.put(await post.person())
    await pause(post, "vemtas", "")
    post.clock.advance(timedelta(days=1, minutes=1))
    await post.dispatcher().round()
    assert await post.rows("state", "reason") == [("expired", "too_late")]
    assert [told.text_id for told in post.by_sms] == ["sms.ready"]


async def test_what_waits_is_cancelled_and_no_sms_tells_it_instead(post: Post, mailbox: Mailbox) -> None:
    person = await post.person()
    for place in range(3):
        await post.put(person, f"{place}")
    await post.put(person, "41000050", source="asan", text_id="sms.granted")
    assert await cancel(post, "vemtas", "sms.rea*") == [3]
    assert await post.dispatcher().round() == 1
    for _ in range(3):
        post.clock.advance(timedelta(hours=9))
        await post.dispatcher().sweep()
        await post.dispatcher().round()
    states = await post.rows("state", "reason")
    assert states == [("suppressed", "cancelled: wrong amounts")] * 3 + [("sent", "")]
    assert len(mailbox.mails) == 1 and post.by_sms == []


async def test_what_was_claimed_and_not_begun_is_cancelled_too(post: Post, mailbox: Mailbox) -> None:
    await post.put(await post.person())
    queue = post.dispatcher().queue
    async with post.database.unit_of_work() as work:
        [claim], _ = await queue.claim(work, 10)
    assert await cancel(post) == [1]
    async with post.database.unit_of_work() as work:
        assert not await queue.begin(work, claim)
    assert await post.rows("state") == ["suppressed"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ([], "sent"),
        ([("end", "451 later")], "suppressed"),
        ([("end", "554 no")], "suppressed"),
        ([("end", "drop")], "expired"),
    ],
)
async def test_what_is_being_handed_over_goes_once_at_most(
    post: Post, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, fault: Sequence[tuple[str, str]], state: str
) -> None:
    """It was cancelled between the mark and the answer: whatever the server answers, it goes no second time, by SMS
    neither."""
    mailbox.faults += fault
    await post.put(await post.person())
    dispatcher = post.dispatcher(seconds=0.5)
    send = dispatcher.link.send

    async def send_late(*letter: object) -> object:
        assert await cancel(post) == [1]
        return await send(*letter)  # type: ignore[arg-type]

    monkeypatch.setattr(type(dispatcher.link), "send", lambda link, *letter: send_late(*letter))
    await dispatcher.round()
    monkeypatch.undo()
    for _ in range(4):
        post.clock.advance(timedelta(minutes=11))
        await post.dispatcher().sweep()
        await post.dispatcher().round()
    assert await post.rows("state") == [state]
    assert len(mailbox.mails) == 1 and post.by_sms == []


# The books.


async def told(post: Post, *persons: UUID, by: str, counted: int | None = None) -> UUID:
    """A handled event that told these on these channels."""
    event = post.ids.uuid7()
    row = {
        "id": event, "source": "vemtas", "event_id": event.hex, "digest": b"d", "type": "application.ready",
        "state": "handled", "outcome": "told", "told": len(persons) if counted is None else counted, "attempts": 1,
        "received_at": post.clock.now(),
    }  # fmt: skip
    async with post.database.unit_of_work() as work:
        await work.execute(insert(EVENTS).values(row))
    for person in persons:
        if by != "sms":
            await post.put(person, event.hex, event=event, alone=by == "email")
        if by != "email":
            await by_sms(post, person, event)
    return event


async def by_sms(post: Post, person: UUID, event: UUID) -> None:
    async with post.database.unit_of_work() as work:
        outbox = SqlOutbox(post.sealed(work), post.clock, post.ids)
        await outbox.put(replace(alert(person, event.hex), event=event))


async def kept(post: Post) -> Books:
    async with post.database.unit_of_work() as work:
        return await books(work, TELLINGS)


@pytest.mark.parametrize("by", ["sms", "email", "both"])
async def test_books_balance_whichever_way_she_is_told(post: Post, by: str) -> None:
    await told(post, await post.person(), await post.person(), by=by)
    await told(post, by=by)
    found = await kept(post)
    assert found.balance and (found.events, found.told) == (2, 2)


async def test_a_letter_that_failed_and_its_sms_are_one_telling(post: Post) -> None:
    person = await post.person()
    event = await told(post, person, by="email")
    async with post.database.unit_of_work() as work:
        await work.execute(update(MAILS).values(state="failed", reason="recipient", ended_at=post.clock.now()))
    assert (await kept(post)).balance
    await by_sms(post, person, event)
    assert (await kept(post)).balance


@pytest.mark.parametrize(
    ("by", "lost", "persons", "messages", "letters"),
    [("email", MAILS, 1, 0, 1), ("both", MESSAGES, 2, 1, 2), ("sms", MESSAGES, 1, 1, 0)],
)
async def test_one_that_is_lost_is_found(
    post: Post, by: str, lost: object, persons: int, messages: int, letters: int
) -> None:
    """Of "both" the letter says that an SMS is to stand beside it."""
    first, second = await post.person(), await post.person()
    event = await told(post, first, second, by=by)
    async with post.database.unit_of_work() as work:
        await work.execute(delete(lost).where(lost.c.person_id == second))  # type: ignore[arg-type, attr-defined]
    [wrong] = (await kept(post)).unbalanced
    assert (wrong.event, wrong.told) == (event, 2)
    assert (wrong.persons, wrong.messages, wrong.letters) == (persons, messages, letters)


async def test_one_of_both_that_told_nobody_at_all_is_found(post: Post) -> None:
    event = await told(post, by="both", counted=1)
    [wrong] = (await kept(post)).unbalanced
    assert (wrong.event, wrong.persons, wrong.messages, wrong.letters) == (event, 0, 0, 0)


async def test_a_letter_alone_that_went_and_an_sms_are_told_twice(post: Post) -> None:
    person = await post.person()
    event = await told(post, person, by="email")
    await post.dispatcher().round()
    await by_sms(post, person, event)
    [wrong] = (await kept(post)).unbalanced
    assert (wrong.persons, wrong.messages, wrong.letters) == (1, 1, 1)


async def test_two_letters_to_one_person_are_no_telling_of_two(post: Post) -> None:
    first, second = await post.person(), await post.person()
    await told(post, first, second, by="email")

    class Undone(Exception):
        pass

    with pytest.raises(Undone):
        async with post.database.unit_of_work() as work:
            # The index forbids it: as if it had been lost.
            await work.execute(text("DROP INDEX uq_mail_messages_event_person"))
            await work.execute(update(MAILS).values(person_id=first))
            [wrong] = (await books(work, TELLINGS)).unbalanced
            raise Undone
    assert (wrong.told, wrong.persons, wrong.letters) == (2, 1, 2)


@pytest.mark.parametrize("by", ["email", "both"])
async def test_books_balance_after_somebody_was_erased(post: Post, by: str) -> None:
    """Her letters go with her; the events that told her by them alone told one person less."""
    first, second = await post.person(), await post.person()
    await told(post, first, second, by=by)
    await told(post, first, by=by)
    async with post.database.unit_of_work() as work:
        await MailRoom(told_by_sms).erase(post.sealed(work), Subject(first, (), ()))
        await work.execute(update(MESSAGES).where(MESSAGES.c.person_id == first).values(person_id=None))
        await work.execute(delete(MAILS).where(MAILS.c.person_id == first))
    found = await kept(post)
    assert found.balance and found.told == (1 if by == "email" else 3)


# Finding.


async def test_letters_are_found_by_reference_with_what_is_known_of_them(post: Post) -> None:
    person = await post.person()
    event = await told(post, person, by="email")
    await post.put(person, event.hex)  # a reminder of the same, with no event behind it
    await post.put(person, "41000043")
    await pause(post, "vemtas", "")
    async with post.database.unit_of_work() as work:
        found = await desk(post).of_subject(work, {event}, event.hex)
        assert await desk(post).to_number(work, Msisdn.parse("+994551112233")) == []
        assert await desk(post).letter(work, UUID(int=1)) is None
        assert await desk(post).letter(work, found[0].id) == found[0]
    assert [seen.event for seen in found] == [None, event]
    assert all(seen.paused and f"{seen.to}" == "l…@example.org" for seen in found)
    assert "leyla" not in f"{found}"
    # Once its facts are emptied its event still says what it was about.
    async with post.database.unit_of_work() as work:
        await work.execute(update(MAILS).values(sealed=None))
        found = await desk(post).of_subject(work, {event}, event.hex)
    assert [(seen.event, seen.to) for seen in found] == [(event, None)]
