"""Workers killed with SIGKILL at every point: no letter is lost, one goes once more at most, a code never twice."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from domain.clock import HandClock, SystemClock
from sandbox.mailbox import Mailbox
from storage.unit_of_work import Database
from tests.mail.post import Post
from tests.nursery import WAIT, Nursery, dead, kill
from tests.nursery import nursery as opened

BEFORE_A_WORD = ("claimed", "begun")
AFTER_THE_LAST_DOT = ("after_data", "after_answer", "before_commit")
KILLS = 8
SIX_MINUTES = 360.0


@pytest.fixture(scope="module")
async def nursery(mail_url: str) -> AsyncIterator[Nursery]:
    async with opened("tests.mail.mortal", mail_url) as made:
        yield made


@pytest.fixture
def post(database: Database, mailbox: Mailbox) -> Post:
    """What survives: its clock goes on from now when it is told to."""
    return Post(database, mailbox.port, HandClock(SystemClock().now()))


def times(mailbox: Mailbox) -> Counter[str]:
    """How often each letter arrived, by its Message-ID."""
    return Counter(str(mail.read["Message-ID"])[1:33] for mail in mailbox.mails)


async def survive(post: Post) -> None:
    """Another worker takes over once the lease is over, and works until nothing waits."""
    survivor = post.dispatcher()
    await post.lease_over()
    await survivor.sweep()
    await survivor.round()
    for _ in range(4):
        post.clock.advance(post.config.waits.unanswered)
        await survivor.sweep()
        while await survivor.round():
            pass


@pytest.mark.parametrize("code", [False, True])
@pytest.mark.parametrize("point", [*BEFORE_A_WORD, *AFTER_THE_LAST_DOT])
async def test_a_worker_killed_at_a_point(
    post: Post, mailbox: Mailbox, nursery: Nursery, point: str, code: bool
) -> None:
    person = await post.person()
    await (post.put_code(person) if code else post.put(person))
    if point == "after_data":
        # Killed from outside, while the server has the letter and has not answered yet.
        mailbox.faults.append(("end", "silence"))
        worker = await nursery.born(port=mailbox.port)
        await asyncio.wait_for(mailbox.arrived.wait(), WAIT)
        await kill(worker)
    else:
        await dead(await nursery.born(port=mailbox.port, fault=point))
    assert await post.rows("state") == ["sending"]
    seen = len(mailbox.mails)
    assert seen == (0 if point in BEFORE_A_WORD else 1)

    await survive(post)
    [(id, state, extra)] = await post.rows("id", "state", "extra_sends")
    if point == "claimed":
        assert (state, extra, len(mailbox.mails)) == ("sent", 0, 1)
    elif code:
        # It may have been sent, for all that anybody knows.
        assert (state, extra, len(mailbox.mails)) == ("failed", 0, seen)
    else:
        assert (state, extra, len(mailbox.mails)) == ("sent", 1, seen + 1)
    assert set(times(mailbox)) <= {id.hex} and post.by_sms == []


async def test_workers_killed_one_after_the_other(post: Post, mailbox: Mailbox, nursery: Nursery) -> None:
    """Each at some letter and point of its work. The next one's clock is minutes ahead, so that it sends again what was
    left unanswered, and is killed at that, too."""
    person, draw = await post.person(), random.Random(1)
    for number in range(KILLS):
        for place in range(4):
            await post.put(person, f"{41000000 + 10 * number + place}")
        await post.put_code(person)
        point, nth = draw.choice(("begun", "after_answer", "before_commit")), draw.randint(1, 4)
        await dead(await nursery.born(port=mailbox.port, fault=point, nth=nth, ahead=number * SIX_MINUTES))
        await post.lease_over()
        post.clock.advance(post.config.waits.unanswered * 0.6)
    await survive(post)
    arrived = times(mailbox)
    rows = await post.rows("id", "kind", "state", "reason", "extra_sends")
    assert len(rows) == 5 * KILLS
    for id, kind, state, reason, extra in rows:
        if kind == "code":
            assert arrived[id.hex] <= 1 and state in ("sent", "failed", "expired"), (state, reason)
            assert arrived[id.hex] or state != "sent"
            continue
        # Either it arrived, or it was begun twice and both workers died before they had said a word.
        assert arrived[id.hex] <= 1 + extra <= 2
        assert state == "sent" or (state, reason, extra) == ("failed", "unanswered", 1)
        assert arrived[id.hex] or state != "sent"
    assert max(arrived.values()) == 2, "some were killed after the last dot"
    print(
        f"{KILLS} kills: {sum(arrived.values())} letters, {sum(n - 1 for n in arrived.values())} of them a second time"
    )
