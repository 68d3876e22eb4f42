"""F9, F12, F14, F22, F23: the queue while a provider is away, clocks disagree, words cannot be said, many sweep."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from services.alerts import AlertKind
from sms.config import Sender
from sms.dispatch import Dispatcher
from sms.pace import Pace
from sms.values import NotSent, Unanswered
from storage.engine import create_engine
from storage.unit_of_work import Database
from tests.faults.test_commit import granted
from tests.faults.test_postgres import door
from tests.gateway.test_events import post as posted
from tests.gateway.test_events import rows
from tests.services.notice_office import close, office
from tests.sms.queueing import CONFIG, NOW, Post

ALL_DAY = replace(CONFIG, quiet_from=CONFIG.quiet_until)


STEP = 5  # seconds between two looks once it is back


def about(number: int) -> dict[str, Any]:
    """A reference, which its text says too."""
    return {"subject": str(number), "values": {"reference": str(number)}}


async def step(post: Post) -> None:
    """Later, by our clock and by the database's, which the rate is reckoned by."""
    post.clock.advance(timedelta(seconds=STEP))
    async with post.database.unit_of_work() as work:
        await work.execute(text(f"UPDATE sms_rates SET filled_at = filled_at - interval '{STEP} s'"))


def in_order(post: Post) -> None:
    """Each message once (I2), and of one person and reference the earlier first."""
    seen = post.provider.seen
    assert len(seen) == len({message.id for message in seen})
    for subject in {message.text for message in seen}:
        ids = [message.id for message in seen if message.text == subject]
        assert ids == sorted(ids)


async def test_a_provider_that_was_away_for_four_hours_gets_it_all_in_order(database: Database) -> None:
    """F9. A message every six minutes meanwhile, and the rate is kept when it is back."""
    rate, post = 5, Post(database, replace(ALL_DAY, sender=Sender("7575", True, per_second=5)))
    persons = [await post.person() for _ in range(4)]
    away = post.provider.answer = lambda message: NotSent("refused")
    put = 0
    for _ in range(20):
        for _ in range(2):
            await post.put(persons[put % 4], **about(put % 4))
            put += 1
        await post.dispatcher().once()
        post.clock.advance(timedelta(minutes=12))
    assert post.clock.now() - NOW == timedelta(hours=4) and away
    assert {row.state for row in await post.rows()} <= {"queued", "held"}, "none lost, none failed"
    post.provider.answer, post.provider.seen = None, []
    post.clock.advance(timedelta(hours=1))  # the longest pause between two tries
    waited = 0
    while len(post.provider.seen) < put:
        before = len(post.provider.seen)
        await post.dispatcher().once()
        assert len(post.provider.seen) - before <= rate * STEP
        await step(post)
        waited += 1
        assert waited < 60 * 60
    assert await post.states() == ["sent"] * put
    in_order(post)


async def test_clocks_that_jump_and_disagree_send_nothing_twice(database: Database, clean_url: str, long: int) -> None:
    """F14. Four workers, from ten minutes slow to an hour fast, and each is set anew all the while."""
    post, draw, count = Post(database, ALL_DAY), random.Random(14), 30 + 10 * long
    person = await post.person()
    for at in range(count):
        kind = AlertKind.CODE if at % 4 == 0 else AlertKind.GRANTED
        await post.put(
            person, kind=kind, subject="" if at % 4 == 0 else str(at % (7 + long)), expires_at=NOW + timedelta(days=2)
        )
    workers = []
    for minutes in (-10, 0, 10, 60):
        other = Post(database, ALL_DAY, NOW + timedelta(minutes=minutes))
        other.provider = post.provider
        workers.append((other, other.dispatcher(pace=Pace(batch=10))))
    for _ in range(400):
        await asyncio.gather(*(dispatcher.once() for _, dispatcher in workers))
        await asyncio.gather(*(dispatcher.sweep() for _, dispatcher in workers))
        for other, dispatcher in workers:
            other.clock.at += timedelta(minutes=draw.choice([-60, -5, 0, 5, 60]))  # as a time server sets it
            other.clock._elapsed += 1
            dispatcher._claim_at = 0.0
        if {row.state for row in await post.rows()} == {"sent"}:
            break
    assert await post.states() == ["sent"] * count
    assert len(post.provider.seen) == len({message.id for message in post.provider.seen}) == count
    assert {row.extra_sends for row in await post.rows()} == {0}


async def test_what_cannot_be_said_stands_in_nobodys_way(database: Database) -> None:
    """F22. Every third has no words, in the same lane and batch as the others; each ends alone, with its reason."""
    post = Post(database)
    person = await post.person()
    for at in range(30):
        await post.put(person, **about(at % 2), text_id="sms.unsayable" if at % 3 == 0 else "sms.granted")
    for _ in range(40):
        await post.dispatcher().once()
        post.clock.advance(timedelta(minutes=1))
    ended = Counter(await post.states())
    assert ended["sent"] == 20 and sum(ended.values()) == 30
    assert all(state.startswith("failed ") for state in ended if state != "sent")
    in_order(post)


async def test_sweepers_at_once_take_each_thing_over_once(database: Database, clean_url: str, long: int) -> None:
    """F23. Of workers that died and of answers that were lost; four sweep at once, over connections of their own."""
    post, count = Post(database, ALL_DAY), 20 + 5 * long
    person = await post.person()
    post.provider.answer = lambda message: Unanswered("cut")
    for kind in (AlertKind.GRANTED, AlertKind.CODE):
        for _ in range(count):
            await post.put(person, kind=kind, subject="", expires_at=NOW + timedelta(days=1))
    while any(row.state == "queued" for row in await post.rows()):
        await post.dispatcher().once()
        post.clock.advance(timedelta(seconds=1))
    others = [Database(create_engine(clean_url, pool_size=2)) for _ in range(4)]
    sweepers = [post.dispatcher() for _ in others]
    for sweeper, other in zip(sweepers, others, strict=True):
        sweeper._database = other
    post.clock.advance(timedelta(minutes=11))
    post.provider.answer = None
    moved = await asyncio.gather(*(sweeper.sweep() for sweeper in sweepers))
    assert sum(moved) == count, "alerts whose wait is over; of codes there is nothing to do"
    await asyncio.gather(*(drained(sweeper) for sweeper in sweepers))
    times = Counter(message.id for message in post.provider.seen)
    by_kind = {row.id: row.kind for row in await post.rows()}
    assert Counter((by_kind[id], n) for id, n in times.items()) == {("granted", 2): count, ("code", 1): count}
    for other in others:
        await other.close()


async def drained(dispatcher: Dispatcher) -> None:
    while await dispatcher.once():
        pass


async def test_a_burst_with_doubles_out_of_order_tells_each_once_and_nothing_old(clean_url: str, long: int) -> None:
    """F12. Three of ten come twice, one of ten after the newer one of its reference; some are told to come again."""
    desk, draw, count = office(clean_url), random.Random(12), 20 * long
    app, sent = door(desk), []
    for number in range(count):
        event = granted(number)
        sent.append(event)
        if draw.random() < 0.3:
            sent.insert(draw.randrange(max(0, len(sent) - 20), len(sent)), event)
        if draw.random() < 0.1:
            data = {**event["data"], "sequence": 0}  # type: ignore[dict-item]
            older = {**event, "id": f"old-{number}", "type": "application.in_review", "data": data}
            sent.append(older)
    ids, heard = {str(event["id"]) for event in sent}, Counter[int]()
    while sent:
        answers = await asyncio.gather(*(posted(app, event) for event in sent[:40]))
        heard.update(answer.status for answer in answers)
        again = [event for event, answer in zip(sent, answers, strict=False) if answer.status != 202]
        sent[:40] = again
    assert set(heard) <= {202, 429, 503}
    assert len(await rows(desk)) == len(ids)
    for _ in range(len(ids)):
        if not await desk.work():
            break
    messages = await desk.messages()
    assert Counter(message.kind for message in messages) == {"granted": count}
    assert len({message.event for message in messages}) == count
    assert Counter(outcome for _, outcome, _ in await desk.events()) == {"told": count, "stale": len(ids) - count}
    await close(desk)
