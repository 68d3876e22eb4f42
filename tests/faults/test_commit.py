"""F6: the connection is cut at COMMIT, before the commit or after it: nobody knows which, and there is one effect."""

import contextlib
from collections import Counter
from datetime import timedelta
from itertools import cycle, product

from starlette.applications import Starlette

from domain.errors import StoreUnavailable
from gateway.doors.events import EventsDoor, events_routes
from services.resuming import GRACE
from sms.records.books import books
from storage.engine import create_engine
from storage.unit_of_work import Database
from tests.faults.proxy import Cut, Proxy, postgres_through
from tests.gateway.test_events import SECRETS, post, rows
from tests.gateway.walks import open_seats, walk_to_confirm
from tests.phone import AfricasTalkingPhone
from tests.services.notice_office import RULES, Office, close, office
from tests.sms.queueing import Post
from tests.whole import Stage, whole

COMMIT = b"COMMIT;\0"
# The end of each statement that is sent with its values (PostgreSQL's protocol: Execute, then Sync): what is saved by
# itself has no COMMIT.
STATEMENT = b"E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04"
EVENTS, MESSAGES, VISITS = 50, 20, 4
HOWS = (Cut.UNHEARD, Cut.UNSENT)


def granted(number: int) -> dict[str, object]:
    """A ministry's event about somebody of her own."""
    return {
        "specversion": "1.0",
        "id": f"cut-{number}",
        "source": "blind",
        "type": "application.granted",
        "subject": str(8_000_000 + number),
        "time": "2026-11-23T06:00:00Z",
        "data": {
            "amount": {"value": "312.40", "currency": "AZN"},
            "contact": {"msisdn": f"+99450{1_000_000 + number % 20}", "language": "en"},
            "sequence": 1,
        },
    }


async def test_an_event_whose_commit_was_cut_is_one_row_and_one_message(
    database: Database, postgres: Proxy, long: int
) -> None:
    """The ministry sends it until it hears 202; the worker takes it up until it is handled."""
    desk, count = office(postgres_through(postgres, str(database.engine.url))), EVENTS * long
    secrets = tuple((("blind", secret) for _, secret in SECRETS))
    door = Starlette(routes=events_routes(EventsDoor(desk.store, RULES, secrets, desk.clock)))
    heard: Counter[int] = Counter()
    for number, how in zip(range(count), cycle(HOWS), strict=False):
        postgres.cut_at(COMMIT, how)
        for _ in range(3):
            answer = await post(door, granted(number))
            heard[answer.status] += 1
            if answer.status == 202:
                break
    assert heard == {503: count, 202: count} and postgres.cuts == count
    assert len(await rows(desk)) == count
    await handled(desk, postgres)
    assert await desk.events() == [("handled", "told", 1)] * count
    messages = await desk.messages()
    assert len(messages) == len({message.event for message in messages}) == count
    async with database.unit_of_work() as work:
        kept = await books(work)
    assert kept.balance and kept.events == kept.told == count
    await close(desk)


async def handled(desk: Office, postgres: Proxy) -> None:
    """The worker's rounds, each seventh commit cut, until nothing is open."""
    for how in cycle(HOWS):
        postgres.cut_at(COMMIT, how, times=1_000_000, every=7)
        with contextlib.suppress(StoreUnavailable):
            await desk.work()
        postgres.look = None
        desk.clock.advance(timedelta(minutes=2))
        if all(state == "handled" for state, _, _ in await desk.events()):
            return


async def test_a_message_whose_commits_are_cut_is_sent_once(database: Database, postgres: Proxy, long: int) -> None:
    """Its claim, its mark before the sending, its end: each round is cut at another of their statements."""
    through = Database(create_engine(postgres_through(postgres, str(database.engine.url)), pool_size=3))
    post, count = Post(database), MESSAGES * long
    person = await post.person()
    for at in range(count):
        await post.put(person, subject=str(at % 10), text_id=f"sms.{at}")
    worker = Post(through)
    worker.keys, worker.ids, worker.provider, worker.clock = post.keys, post.ids, post.provider, post.clock
    # A claim whose end nobody heard of stands until its lease is over, by the database's clock: here at once.
    lease = {"lease": timedelta(seconds=-1), "call": timedelta(seconds=-60)}
    # A connection begins with some of its own: a dozen reaches all of them.
    places = cycle(product(range(1, 13), HOWS))
    while {row.state for row in await post.rows()} - {"sent"}:
        at, how = next(places)
        postgres.cut_at(STATEMENT, how, every=at)
        dispatcher = worker.dispatcher(**lease)
        with contextlib.suppress(StoreUnavailable):
            await dispatcher.once()
        postgres.look = None
        with contextlib.suppress(StoreUnavailable):
            await dispatcher._finish()
            await dispatcher.sweep()
        post.clock.advance(timedelta(minutes=1))
    assert postgres.cuts > 1
    times = Counter(message.id for message in post.provider.seen)
    extra = {row.id: row.extra_sends for row in await post.rows()}
    assert len(times) == count
    assert {id: n for id, n in times.items() if n > 1 + extra[id]} == {}
    await through.close()


async def test_a_visit_whose_commits_were_cut_is_one_visit(
    clean_url: str, redis_url: str, postgres: Proxy, ministries: tuple[Stage, str], long: int
) -> None:
    """Each commit of the hop that confirms, in turn. She presses again for as long as she is told to."""
    times = {"hop_deadline": "9", "ministry_deadline": "8"}
    async with whole(postgres_through(postgres, clean_url), redis_url, *ministries, **times) as running:
        world = running.sandbox.state.world
        today = world.clock.local().date()
        seats = [
            seat
            for place in range(1, 16)
            for seat in open_seats(world, f"asan-{place:02d}", "passport")
            if seat.starts.date() > today
        ]
        count = VISITS * long
        for number, seat in enumerate(seats[:: len(seats) // count][:count]):
            phone = AfricasTalkingPhone(running.app, f"+99450{2_000_000 + number}")
            await walk_to_confirm(phone, running, seat)
            postgres.cut_at(COMMIT, HOWS[number % 2], every=1 + number // 2 % 3)
            screen = await phone.answer("1")
            postgres.look = None
            if screen.name == "try_later":
                await phone.answer("0")
                screen = await phone.answer("1")
            assert screen.name in ("visit_booked", "visit_processing", "promised"), screen
        running.clock.advance(GRACE + timedelta(seconds=1))
        await running.parts.worker.round()
        per_person = Counter(seat.participant_id for seat in world.diary.appointments.values())
        assert len(per_person) == count and set(per_person.values()) == {1}
        assert postgres.cuts == count
