"""From the queue to a provider and back: order, holds, fencing, caps, and what is written down."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, text

from domain.msisdn import Msisdn
from services.alerts import AlertKind
from services.records.operation_tables import SUSPENSIONS
from services.records.tables import PEOPLE
from sms.config import Caps, Sender
from sms.pace import Pace
from sms.records.indexes import RECIPIENT
from sms.records.overdue import SqlOverdue
from sms.records.queue import SqlQueue
from sms.tables import NUMBER_HEALTH, OPT_OUTS, PARTS, RATES, SPEND
from sms.values import Accepted, NotSent, Refusal, Refused, Unanswered
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.unit_of_work import Database
from tests.sms.queueing import CONFIG, NOW, Post, Recorder
from tests.until import until


async def test_a_message_goes_out_and_all_about_it_is_written_down(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    id = await post.put(person, link_id="abc", event=post.ids.uuid7())
    assert await post.dispatcher().once() == 1
    [sent] = post.provider.seen
    assert (sent.id, sent.attempt, sent.to.e164, sent.sender) == (id, 1, "+994501234567", "7575")
    assert (sent.text, sent.link_id, sent.parts) == ("sms.granted az 48213", "abc", ("sms.granted az 48213",))
    row = await post.row(id)
    assert (row.state, row.provider, row.provider_mode, row.encoding) == ("sent", "recorder", "emulator", "GSM-7")
    assert (row.parts, row.cost_millis, row.cost_currency, row.attempts) == (1, 4500, "AZN", 1)
    assert row.handed_over_at == NOW and row.due_at == NOW + timedelta(hours=72)
    assert row.claim_token is None
    async with database.unit_of_work() as work:
        assert await post.sealed(work).open(person, row.sent_text, "sms_messages", "sent_text", row.id) == sent.text
        [part] = (await work.execute(select(PARTS))).all()
    assert (part.message_id, part.attempt, part.part, part.provider_id) == (id, 1, 1, f"{id}-1-0")
    assert post.counted.adopted == [id]
    assert post.counted.events == [("sent", "recorder", "az", 1, 4500)]


async def test_codes_go_first_then_answers_then_alerts_then_reminders(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    kinds = [AlertKind.UNIT_COMING, AlertKind.GRANTED, AlertKind.REPLY, AlertKind.CODE]
    for kind in kinds:
        await post.put(person, kind=kind, text_id=kind.value, subject="")
    dispatcher = post.dispatcher(pace=Pace(batch=1, in_flight=1, ahead=0))
    while await dispatcher.once():
        pass
    assert [sent.text.split()[0] for sent in post.provider.seen] == ["code", "reply", "granted", "unit_coming"]


async def test_in_a_lane_the_earliest_goes_first_and_one_at_a_time(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    for at in range(3):
        await post.put(person, text_id=f"sms.{at}")
    other = await post.put(person, text_id="sms.other", subject="other")
    dispatcher = post.dispatcher()
    assert await dispatcher.once() == 2
    assert post.texts() == ["sms.0 az 48213", "sms.other az 48213"]
    assert (await post.row(other)).state == "sent"
    for _ in range(2):
        assert await dispatcher.once() == 0  # not looked at again quite yet
        post.clock.advance(timedelta(seconds=1))
        assert await dispatcher.once() == 1
    assert post.texts()[2:] == ["sms.1 az 48213", "sms.2 az 48213"]


async def test_an_unknown_one_holds_its_lane_for_ten_minutes_at_most(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    await post.put(person, text_id="sms.0")
    await post.put(person, text_id="sms.1")
    post.provider.answers = [Unanswered("time-out")]
    dispatcher = post.dispatcher(unanswered=timedelta(hours=1))
    assert await dispatcher.once() == 1
    post.clock.advance(timedelta(minutes=9))
    assert await dispatcher.once() == 0
    post.clock.advance(timedelta(minutes=2))
    assert await dispatcher.once() == 1
    assert await post.states() == ["unknown unanswered", "sent"]


async def test_one_for_later_holds_nobody(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    await post.put(person, text_id="sms.later", not_before=NOW + timedelta(days=1))
    await post.put(person, text_id="sms.now")
    assert await post.dispatcher().once() == 1
    assert post.texts() == ["sms.now az 48213"]


async def test_quiet_hours_hold_and_what_is_released_is_looked_at_again(database: Database) -> None:
    post = Post(database, at=NOW + timedelta(hours=13))  # eleven at night
    one, other = await post.person(), await post.person()
    decision = await post.put(one)
    received = await post.put(other, kind=AlertKind.RECEIVED, to=Msisdn("+994501234568"))
    code = await post.put(one, kind=AlertKind.CODE)
    dispatcher = post.dispatcher()
    assert await dispatcher.once() == 1
    assert (await post.row(code)).state == "sent"
    for id in (decision, received):
        row = await post.row(id)
        assert (row.state, row.reason) == ("held", "quiet_hours")
        assert row.due_at == NOW.replace(hour=4) + timedelta(days=1)  # eight in Baku
    await stop_for(post, "+994501234568")
    post.clock.advance(timedelta(hours=9, seconds=1))
    assert await dispatcher.once() == 1
    assert await post.states() == ["sent", "suppressed opted_out", "sent"]


async def stop_for(post: Post, number: str, sender: str = "", sealer: Sealer | None = None) -> None:
    async with post.database.unit_of_work() as work:
        await work.execute(
            insert(OPT_OUTS).values(
                id=uuid4(),
                recipient_index=(sealer or post.sealer).blind_index(number, RECIPIENT),
                sender=sender,
                how="keyword",
                since=NOW,
            )
        )


async def test_stop_holds_for_its_sender_alone_and_ends_when_it_is_taken_back(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    await stop_for(post, "+994501234567", sender="7575")
    await stop_for(post, "+994501234568", sender="OTHER")
    await post.put(person, kind=AlertKind.RECEIVED)
    await post.put(person, kind=AlertKind.RECEIVED, to=Msisdn("+994501234568"))
    await post.put(person, kind=AlertKind.GRANTED, subject="another")
    dispatcher = post.dispatcher()
    await dispatcher.once()
    assert await post.states() == ["suppressed opted_out", "sent", "sent"]
    async with database.unit_of_work() as work:
        await work.execute(OPT_OUTS.update().values(ended_at=NOW))
    id = await post.put(person, kind=AlertKind.RECEIVED)
    await dispatcher.once()
    assert (await post.row(id)).state == "sent"


async def test_stop_is_found_under_the_old_key_while_keys_are_rotated(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    await stop_for(post, "+994501234567")
    newer = KeyRing.of({"newer": b"n" * 32, "test": b"k" * 32})
    post.sealer = Sealer(newer)
    post.keys = PersonKeys(newer, post.clock)
    await post.put(person, kind=AlertKind.RECEIVED)
    await post.dispatcher().once()
    assert await post.states() == ["suppressed opted_out"]


async def test_a_number_that_keeps_failing_rests_but_gets_codes(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    until = NOW + timedelta(hours=5)
    async with database.unit_of_work() as work:
        index = post.sealer.blind_index("+994501234567", RECIPIENT)
        await work.execute(insert(NUMBER_HEALTH).values(recipient_index=index, failures=3, cool_until=until))
    held, code = await post.put(person), await post.put(person, kind=AlertKind.CODE)
    dispatcher = post.dispatcher()
    assert await dispatcher.once() == 1
    assert ((await post.row(held)).due_at, (await post.row(code)).state) == (until, "sent")
    post.clock.advance(timedelta(hours=5))
    assert await dispatcher.once() == 1


@pytest.mark.parametrize(
    "pause", [("vemtas", ""), ("", "sms.granted"), ("vemtas", "sms.granted"), ("", "sms.gr*"), ("", "")]
)
async def test_a_pause_stops_what_it_names_within_one_claim(database: Database, pause: tuple[str, str]) -> None:
    post = Post(database)
    person = await post.person()
    async with database.unit_of_work() as work:
        values = {"source": pause[0], "text_id": pause[1], "reason": "wrong amounts", "since": NOW}
        await work.execute(insert(SUSPENSIONS).values(values))
    for _ in range(5):
        await post.put(person, subject="")
    await post.put(person, text_id="sms.granted_ask", subject="")
    other = await post.put(person, source="asan", text_id="sms.other", subject="")
    await post.dispatcher().once()
    states = await post.states()
    assert states[:6] == ["held paused"] * 6, "the same text with a question in it, too"
    assert (await post.row(other)).state == ("held" if pause == ("", "") else "sent")


async def test_what_is_too_late_is_not_sent_and_the_ministry_hears_of_it(database: Database) -> None:
    post = Post(database)
    event = uuid4()
    await post.put(await post.person(), event=event, expires_at=NOW + timedelta(hours=1))
    post.clock.advance(timedelta(hours=1))
    assert await post.dispatcher().once() == 0
    assert await post.states() == ["expired too_late"]
    assert post.counted.told == [(event, "too_late")]
    assert post.counted.events == [("ended", "", "expired")]


async def test_an_erased_person_is_told_nothing_though_the_row_remains(database: Database) -> None:
    post = Post(database)
    one, other = await post.person(), await post.person()
    await post.put(one)
    await post.put(other)
    async with database.unit_of_work() as work:
        await work.execute(delete(PEOPLE).where(PEOPLE.c.id == one))
        await post.keys.destroy(work, one)
        await post.keys.destroy(work, other)
    await post.dispatcher().once()
    assert await post.states() == ["suppressed erased", "suppressed erased"] and not post.provider.seen


async def test_a_text_that_cannot_be_said_ends_alone(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    event = uuid4()
    await post.put(person, text_id="sms.unsayable", event=event, subject="")
    await post.put(person, subject="")
    assert await post.dispatcher().once() == 1
    assert await post.states() == ["failed cannot_be_worded", "sent"]
    assert post.counted.told == [(event, "cannot_be_worded")]


async def test_a_row_that_somebody_changed_in_the_table_is_not_sent(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    one, other = await post.put(person, subject=""), await post.put(person, subject="")
    await post.change(one, sealed=(await post.row(other)).sealed)
    assert await post.dispatcher().once() == 1
    assert await post.states() == ["failed unreadable", "sent"]


async def test_what_each_answer_leads_to(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    events = [uuid4() for _ in range(6)]
    for event in events:
        await post.put(person, subject="", event=event)
    post.provider.answers = [
        Accepted(("one",), 3000, "AZN"),
        Refused(Refusal.NUMBER),
        NotSent("refused"),
        NotSent("balance", account=True),
        Unanswered("time-out"),
    ]
    code = await post.put(person, kind=AlertKind.CODE, subject="")
    post.provider.answers.insert(0, Unanswered("time-out"))
    await post.dispatcher(pace=Pace(in_flight=1, ahead=0)).once()
    assert await post.states() == [
        "sent",
        "failed bad_number",
        "queued not_sent",
        "queued account",
        "unknown unanswered",
        "sent",
        "failed unanswered",
    ]
    rows = await post.rows()
    assert [row.attempts for row in rows] == [1, 1, 1, 0, 1, 1, 1]
    assert [row.cost_millis for row in rows] == [3000, 0, 0, 0, 4500, 4500, 4500]
    assert [row.sent_text is not None for row in rows] == [True, False, False, False, True, True, True]
    assert post.counted.told == [(events[1], "bad_number")]
    assert ("rest", "recorder", "balance") in post.counted.events
    assert post.counted.events.count(("ambiguous", "recorder")) == 2
    assert (await post.row(code)).handed_over_at == NOW


async def test_an_alert_without_an_answer_goes_once_more_and_never_again(database: Database) -> None:
    post = Post(database)
    id = await post.put(await post.person())
    post.provider.answer = lambda message: Unanswered("time-out")
    dispatcher = post.dispatcher()
    assert await dispatcher.once() == 1
    post.clock.advance(timedelta(minutes=9))
    assert await dispatcher.sweep() == 0
    post.clock.advance(timedelta(minutes=1))
    assert await dispatcher.sweep() == 1
    assert await dispatcher.once() == 1
    row = await post.row(id)
    assert (row.state, row.attempts, row.extra_sends) == ("unknown", 2, 1)
    post.clock.advance(timedelta(days=2))
    assert await dispatcher.sweep() == 0 and await dispatcher.once() == 0
    post.clock.advance(timedelta(days=2))
    await dispatcher.sweep()
    assert await post.states() == ["expired no_report"] and len(post.provider.seen) == 2


async def test_a_provider_that_breaks_has_perhaps_sent_it(database: Database) -> None:
    class Broken(Recorder):
        async def send(self, message: object, deadline: object) -> Accepted:
            raise ZeroDivisionError

    post = Post(database)
    await post.put(await post.person())
    assert await post.dispatcher(Broken()).once() == 1
    assert await post.states() == ["unknown unanswered"]


async def test_no_transaction_is_open_while_a_provider_is_asked(database: Database) -> None:
    post = Post(database)
    await post.put(await post.person())
    post.provider.gate = asyncio.Event()
    sending = asyncio.create_task(post.dispatcher().once())
    await until(lambda: post.provider.seen, sending)

    async def none_open() -> bool:
        async with database.unit_of_work() as work:
            query = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = 'sms'"
            return (await work.execute(text(query))).scalar_one() == 0

    await until(none_open)  # one of this worker's would stay so until it is answered
    row = (await post.rows())[0]
    assert (row.state, row.provider, row.attempts) == ("sending", "recorder", 1)
    post.provider.gate.set()
    assert await sending == 1


async def test_two_workers_send_each_message_once(database: Database, sms_url: str) -> None:
    post = Post(database)
    persons = [await post.person() for _ in range(5)]
    for at in range(300):
        await post.put(persons[at % 5], subject=str(at % 90), values={"reference": f"lane-{at % 90}"})
    other = Database(create_engine(sms_url))
    workers = [post.dispatcher(pace=Pace(batch=40)), post.dispatcher(pace=Pace(batch=40))]
    workers[1]._database = other
    for _ in range(60):
        await asyncio.gather(*(worker.once() for worker in workers))
        post.clock.advance(timedelta(seconds=1))
    await other.close()
    assert await post.states() == ["sent"] * 300
    assert len(post.provider.seen) == len({message.id for message in post.provider.seen}) == 300
    for lane in range(90):
        ids = [message.id for message in post.provider.seen if message.text.endswith(f" lane-{lane}")]
        assert len(ids) in (3, 4) and ids == sorted(ids)


async def test_who_lost_its_lease_writes_nothing_over_its_successor(database: Database) -> None:
    post = Post(database)
    id = await post.put(await post.person())
    slow = Recorder(gate=asyncio.Event())
    sending = asyncio.create_task(post.dispatcher(slow).once())
    await until(lambda: slow.seen, sending)
    await lose_leases(post)
    assert (await post.row(id)).state == "unknown"
    post.clock.advance(timedelta(minutes=10))
    async with database.unit_of_work() as work:
        await SqlOverdue(post.clock, CONFIG).look_again(work)
    assert (await post.row(id)).state == "queued"
    slow.answer = lambda message: Refused(Refusal.OTHER)
    slow.gate.set()  # type: ignore[union-attr]
    await sending
    assert (await post.row(id)).state == "queued" and not post.counted.events
    assert await post.dispatcher().once() == 1
    assert await post.states() == ["sent"]


async def test_an_answer_that_comes_after_the_lease_is_believed_while_nobody_acted_on_its_loss(
    database: Database,
) -> None:
    post = Post(database)
    id = await post.put(await post.person())
    post.provider.gate = asyncio.Event()
    sending = asyncio.create_task(post.dispatcher().once())
    await until(lambda: post.provider.seen, sending)
    await lose_leases(post)
    assert (await post.row(id)).state == "unknown"
    post.provider.gate.set()
    await sending
    assert await post.states() == ["sent"] and post.counted.adopted == [id]


async def lose_leases(post: Post) -> None:
    """They are over, and somebody sweeps."""
    await post.lease_over()
    async with post.database.unit_of_work() as work:
        await SqlOverdue(post.clock, post.config).take_over(work)


async def test_what_was_claimed_and_never_begun_goes_back_and_counts_for_nothing(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    await post.put(person)
    await post.put(person, kind=AlertKind.CODE)
    dispatcher = post.dispatcher()
    await dispatcher._claim()
    assert await post.states() == ["sending", "sending"]
    await lose_leases(post)
    assert await post.states() == ["queued", "queued"]
    await dispatcher._begin()  # the first worker wakes up: it may not begin any more
    assert not post.provider.seen
    assert await post.dispatcher().once() == 2
    assert [row.extra_sends for row in await post.rows()] == [0, 0]


async def test_a_source_spends_no_more_than_its_cap_of_the_day_and_of_the_month(database: Database) -> None:
    caps = {"vemtas": Caps(day=9, month=14)}  # 4.5 a part: two a day, three a month
    post = Post(database, replace(CONFIG, caps=caps, default_caps=None))
    person = await post.person()
    for _ in range(4):
        await post.put(person, subject="")
    await post.put(person, subject="", source="asan")
    dispatcher = post.dispatcher()
    assert await dispatcher.once() == 3
    held = [row for row in await post.rows() if row.state == "held"]
    midnight = NOW.replace(hour=20)
    assert [(row.reason, row.due_at) for row in held] == [("spend_cap", midnight)] * 2
    post.clock.advance(timedelta(hours=20))  # two at night: the cap is a new one, and the hours are quiet
    assert await dispatcher.once() == 0
    post.clock.advance(timedelta(hours=4))
    assert await dispatcher.once() == 1
    [last] = [row for row in await post.rows() if row.state == "held"]
    assert last.due_at == NOW.replace(day=30, hour=20)
    async with database.unit_of_work() as work:
        rows = (await work.execute(select(SPEND).order_by(SPEND.c.source, SPEND.c.period, SPEND.c.begins))).all()
    spent = [(row.source, row.period, row.millis, row.parts) for row in rows]
    assert spent == [
        ("asan", "day", 4500, 1),
        ("asan", "month", 4500, 1),
        ("vemtas", "day", 9000, 2),
        ("vemtas", "day", 4500, 1),
        ("vemtas", "month", 13500, 3),
    ]


async def test_what_was_not_sent_costs_nothing(database: Database) -> None:
    post = Post(database)
    post.provider.answers = [NotSent("refused"), Refused(Refusal.NUMBER), Unanswered("time-out")]
    person = await post.person()
    for _ in range(3):
        await post.put(person, subject="")
    await post.dispatcher().once()
    async with database.unit_of_work() as work:
        spent = (await work.execute(select(SPEND.c.millis).where(SPEND.c.period == "day"))).scalars().all()
    assert list(spent) == [4500]


async def test_all_workers_together_keep_to_the_senders_rate(database: Database) -> None:
    # Two may go at once; nothing comes in, however long this machine takes.
    post = Post(database, replace(CONFIG, sender=Sender("7575", True, 0)))
    person = await post.person()
    for _ in range(30):
        await post.put(person, subject="")
    one, other = post.dispatcher(), post.dispatcher()
    one._share.most = other._share.most = 30
    assert await one.once() + await other.once() == 2
    assert [row.state for row in await post.rows()].count("queued") == 28  # given back, not kept
    async with database.unit_of_work() as work:
        await work.execute(RATES.update().values(millitokens=80_000))
    assert await one.once() == 2  # what may go at once, however long nobody sent


async def test_a_message_longer_than_what_may_go_at_once_goes_too(database: Database) -> None:
    post = Post(database, replace(CONFIG, sender=Sender("7575", True, 1)))
    await post.put(await post.person(), values={"long": "x" * 600})  # four parts, two may go at once
    dispatcher = post.dispatcher()
    for _ in range(3):
        await dispatcher.once()
        async with database.unit_of_work() as work:
            await work.execute(RATES.update().values(filled_at=text("now() - interval '10 seconds'")))
    assert await post.states() == ["sent"]
    assert len((await post.rows())[0].lane) == 32 and post.provider.seen[0].parts[3]


async def test_a_provider_that_reports_by_our_names_is_known_by_them_before_it_is_asked(database: Database) -> None:
    post = Post(database)
    id = await post.put(await post.person())
    post.provider.gate = asyncio.Event()
    dispatcher = post.dispatcher(names_parts=frozenset({"recorder"}))
    post.provider.answer = lambda message: Accepted(message.part_ids)
    sending = asyncio.create_task(dispatcher.once())
    await until(lambda: post.provider.seen, sending)
    async with database.unit_of_work() as work:
        [part] = (await work.execute(select(PARTS))).all()
    assert (part.message_id, part.provider_id) == (id, post.provider.seen[0].part_ids[0])
    post.provider.gate.set()
    await sending
    async with database.unit_of_work() as work:
        assert len((await work.execute(select(PARTS))).all()) == 1


async def test_a_stopping_worker_finishes_what_it_offered_and_gives_back_the_rest(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    for _ in range(6):
        await post.put(person, subject="")
    post.provider.gate = asyncio.Event()
    stopped = asyncio.Event()
    dispatcher = post.dispatcher(pace=Pace(in_flight=2, ahead=1))  # one more is begun, and no provider sees it
    running = asyncio.create_task(dispatcher.run(stopped))
    await until(lambda: len(post.provider.seen) == 2, running)
    stopped.set()

    async def given_back() -> bool:
        return (await post.states()).count("queued") == 4

    await until(given_back, running)
    assert not running.done() and len(post.provider.seen) == 2
    post.provider.gate.set()
    await running
    assert sorted(await post.states()) == ["queued", "queued", "queued", "queued", "sent", "sent"]


async def test_a_running_worker_is_woken_for_what_was_just_put(database: Database) -> None:
    post = Post(database)
    person = await post.person()
    stopped = asyncio.Event()
    dispatcher = post.dispatcher(pace=Pace(idle=30))
    running = asyncio.create_task(dispatcher.run(stopped))
    await asyncio.sleep(0.1)
    await post.put(person)
    dispatcher.wake()

    async def sent() -> bool:
        return await post.states() == ["sent"]

    await until(sent, running, seconds=20)
    stopped.set()
    await running


async def test_after_a_begin_that_broke_what_waits_for_a_free_call_is_waited_with(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the loop that begins would go round and never let anybody else on."""
    post = Post(database)
    person = await post.person()
    post.provider.gate = asyncio.Event()
    dispatcher = post.dispatcher(pace=Pace(in_flight=1, ahead=10))
    await post.put(person, subject="")
    await dispatcher._claim()
    await dispatcher._begin()  # no call is free any more
    await post.put(person, subject="")
    again = await post.put(person, subject="")
    await post.change(again, extra_sends=1)
    await dispatcher._claim()
    assert dispatcher._may_begin()

    async def breaks(*_: object) -> None:
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr(SqlQueue, "begin", breaks)
        with pytest.raises(ValueError):
            await dispatcher._begin()
    assert [ready.claim.id for ready in dispatcher._ready] == [again]
    assert not dispatcher._may_begin()
    dispatcher._roomy_at = 9  # whatever was reckoned before
    await dispatcher._begin()
    assert not dispatcher._may_begin()
    post.provider.gate.set()
    await until(lambda: dispatcher._may_begin())
    await dispatcher._begin()
    await until(lambda: len(post.provider.seen) == 2)
    assert post.provider.seen[-1].id == again


async def test_what_was_sent_is_forgotten_after_seven_days(database: Database) -> None:
    post = Post(database)
    id = await post.put(await post.person())
    dispatcher = post.dispatcher()
    await dispatcher.once()
    post.clock.advance(timedelta(days=6, hours=23))
    await dispatcher.sweep()
    assert (await post.row(id)).sent_text is not None
    post.clock.advance(timedelta(hours=2))
    assert await dispatcher.sweep() == 1
    row = await post.row(id)
    assert row.sent_text is None and row.sealed is not None and row.state == "sent"
