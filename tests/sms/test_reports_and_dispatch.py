"""Reports meet the real dispatcher: before its answer, instead of its answer, and after a worker's death."""

import asyncio
from datetime import timedelta

import pytest

from domain.msisdn import Msisdn
from sms.records.report_chores import ReportChores
from sms.records.reports import SqlReports
from sms.reports import Verdict
from sms.values import Accepted, DeliveryReport, NotSent, ReportWord, Unanswered
from storage.unit_of_work import Database
from tests.sms.post_office import Counted
from tests.sms.queueing import Post
from tests.until import until

LEYLA = Msisdn.parse("+994501234567")


class Both(Post):
    """The queue's post office, with real reports."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.reports = SqlReports(self.clock, self.ids, self.sealer, self.keys, self.config, Counted())
        self.chores = ReportChores(database, self.reports)
        self.counted.adopt = self.reports.adopt

    async def report(self, id: str, word: ReportWord = ReportWord.DELIVERED) -> Verdict:
        async with self.database.unit_of_work() as work:
            return await self.reports.take(work, DeliveryReport("recorder", id, word, to=LEYLA))

    async def sent_again(self, after: timedelta) -> int:
        """How often the provider was asked once the chores ran so much later."""
        self.clock.advance(after)
        await self.chores.adopt_parked()
        dispatcher = self.dispatcher()
        await dispatcher.sweep()
        await dispatcher.once()
        return len(self.provider.seen)


@pytest.fixture
def post(database: Database) -> Both:
    return Both(database)


async def test_the_report_is_there_before_the_answer(post: Both):
    message = await post.put(await post.person())
    post.provider.gate = asyncio.Event()
    sending = asyncio.create_task(post.dispatcher().once())
    await until(lambda: post.provider.seen, sending)
    assert await post.report(f"{message}-1-0") is Verdict.PARKED
    post.provider.gate.set()
    await sending
    assert await post.states() == ["delivered"]


async def test_no_answer_but_a_report_and_nothing_is_sent_again(post: Both):
    await post.put(await post.person())
    post.provider.answers.append(Unanswered("no answer"))
    await post.dispatcher().once()
    assert await post.states() == ["unknown unanswered"]
    assert await post.report("an id of theirs") is Verdict.APPLIED
    assert await post.sent_again(timedelta(minutes=11)) == 1
    row = (await post.rows())[0]
    assert (row.state, row.reason, row.due_at) == ("delivered", "", None)


async def test_the_worker_died_and_the_report_came_before_anybody_noticed(post: Both):
    await post.put(await post.person())
    post.provider.gate = asyncio.Event()
    dying = asyncio.create_task(post.dispatcher().once())
    await until(lambda: post.provider.seen, dying)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await post.report("an id of theirs") is Verdict.PARKED
    post.provider.gate = None
    await post.lease_over()
    await post.dispatcher().sweep()
    assert await post.sent_again(timedelta(seconds=5)) == 1
    assert await post.states() == ["delivered"]
    assert await post.sent_again(timedelta(minutes=11)) == 1


async def test_names_of_ours_are_known_even_where_the_answer_was_lost(post: Both):
    await post.put(await post.person())
    post.provider.answers.append(Unanswered("no answer"))
    await post.dispatcher(names_parts=frozenset({"recorder"})).once()
    (name,) = post.provider.seen[0].part_ids
    assert await post.report(name, ReportWord.INTERIM) is Verdict.APPLIED
    assert await post.report(name) is Verdict.APPLIED
    assert await post.states() == ["delivered"]


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("word", [ReportWord.DELIVERED, ReportWord.UNDELIVERED])
async def test_a_report_settles_what_waits_to_be_sent_once_more(post: Both, word: ReportWord, named: bool, held: bool):
    message = await post.put(await post.person())
    post.provider.answers.append(Unanswered("no answer"))
    dispatcher = post.dispatcher(names_parts=frozenset({"recorder"} if named else ()))
    await dispatcher.once()
    name = post.provider.seen[0].part_ids[0] if named else "an id of theirs"
    post.clock.advance(timedelta(minutes=11))
    await dispatcher.sweep()
    if held:
        await post.change(message, state="held", reason="cooling", due_at=post.clock.now() + timedelta(hours=1))
    assert (await post.row(message)).state == ("held" if held else "queued")
    assert await post.report(name, word) is Verdict.APPLIED
    assert (await post.row(message)).state == word.value
    assert await post.sent_again(timedelta(hours=2)) == 1


async def test_names_given_anew_after_an_account_refusal_are_known(post: Both):
    message = await post.put(await post.person())
    post.provider.answers.append(NotSent("balance", account=True))
    dispatcher = post.dispatcher(names_parts=frozenset({"recorder"}))
    post.provider.answer = lambda sent: Accepted(sent.part_ids)
    await dispatcher.once()
    post.clock.advance(timedelta(minutes=5))
    await dispatcher.once()
    first, second = (sent.part_ids[0] for sent in post.provider.seen)
    assert first != second and [sent.attempt for sent in post.provider.seen] == [1, 1]
    assert await post.report(second) is Verdict.APPLIED
    assert (await post.row(message)).state == "delivered"
