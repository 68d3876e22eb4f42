"""Any row of puts, claims, deaths, answers, reports and sweeps ends in PostgreSQL as in a model without any."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from domain.msisdn import Msisdn
from services.alerts import AlertKind
from sms.holding import LIVES
from sms.records.report_chores import ReportChores
from sms.records.reports import SqlReports
from sms.states import MAY_FOLLOW, MessageState
from sms.values import (
    Accepted,
    DeliveryReport,
    NotSent,
    Outbound,
    Refusal,
    Refused,
    ReportWord,
    SendReceipt,
    Unanswered,
)
from storage.engine import create_engine
from storage.unit_of_work import Database
from tests.faults.outbox_model import Model
from tests.sms.post_office import Counted
from tests.sms.queueing import CONFIG, NOW, Post

T = TypeVar("T")
ALERT, CODE = AlertKind.GRANTED, AlertKind.CODE
ANSWERS = ("no answer", "accepted", "refused", "not sent")
HOURS = (timedelta(minutes=11), timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=80))
# Over at once, by the database's clock: whoever sweeps next takes over.
LEASE = {"lease": timedelta(seconds=-1), "call": timedelta(seconds=-60)}
EMPTY = "TRUNCATE sms_messages, sms_lookups, sms_claims, sms_parts, sms_reports, sms_number_health"


class Died(BaseException):
    """A worker's process is gone."""


def reachable() -> dict[str, set[str]]:
    """The states that lead on from each, in any number of steps, and itself."""
    found: dict[str, set[str]] = {}
    for state in MessageState:
        seen, open_still = {state}, [state]
        while open_still:
            new = MAY_FOLLOW[open_still.pop()] - seen
            seen |= new
            open_still += new
        found[state.value] = {each.value for each in seen}
    return found


REACHABLE = reachable()


class Outbox(RuleBasedStateMachine):
    """Each message has a number and no lane of its own: what goes when is the model's to say."""

    database: Database
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.post = Post(self.database, replace(CONFIG, quiet_from=CONFIG.quiet_until))
        reports = SqlReports(
            self.post.clock, self.post.ids, self.post.sealer, self.post.keys, self.post.config, Counted()
        )
        self.reports, self.chores = reports, ReportChores(self.database, reports)
        self.post.counted.adopt = reports.adopt  # type: ignore[method-assign]
        self.model, self.ids = Model(NOW), list[UUID]()
        self.before: dict[UUID, str] = {}

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)

    @initialize()
    def begins(self) -> None:
        async def begin() -> UUID:
            async with self.database.unit_of_work() as work:
                await work.execute(text(EMPTY))
            return await self.post.person()

        self.person = self.run(begin())
        self.put([ALERT, CODE, ALERT, ALERT])

    @rule(kinds=st.lists(st.sampled_from([ALERT, ALERT, CODE]), min_size=1, max_size=5))
    def put(self, kinds: list[AlertKind]) -> None:
        for kind in kinds:
            to = Msisdn(f"+99450{1_000_000 + len(self.ids)}")
            id = self.run(self.post.put(self.person, kind=kind, to=to, subject=""))
            assert id
            self.ids.append(id)
            self.model.put(kind is CODE, LIVES[kind])

    @rule(answers=st.lists(st.sampled_from(ANSWERS), min_size=2, max_size=5))
    def work(self, answers: list[str]) -> None:
        """A worker's round; the provider answers in turn."""
        going = self.model.claimed()
        fates = {self.ids[at]: answers[at % len(answers)] for at in going}
        self.post.provider.answer = lambda message: self.answer(message, fates[message.id])
        self.run(self.post.dispatcher(**LEASE).once())
        for at in going:
            self.model.marked(at)
            answer = fates[self.ids[at]]
            self.model.messages[at].sends += answer != "not sent"
            self.model.ended(at, answer)

    @rule(point=st.sampled_from(["claimed", "marked", "answered"]))
    def crash(self, point: str) -> None:
        """A worker dies once it has got so far."""
        going = self.model.claimed()
        self.post.provider.answer = None

        async def dies() -> None:
            dispatcher = self.post.dispatcher(**LEASE)
            await dispatcher._claim()
            if point == "marked":
                dispatcher._calls.start = lambda messages: None  # type: ignore[method-assign]
            while point != "claimed" and dispatcher._ready:
                await dispatcher._begin()  # what goes once more goes alone
            while dispatcher._calls:
                await asyncio.sleep(0)

        with suppress(Died):
            self.run(dies())
        for at in going if point != "claimed" else ():
            self.model.marked(at)
            self.model.messages[at].sends += point == "answered"

    @precondition(lambda self: any(message.named for message in self.model.messages))
    @rule(data=st.data(), word=st.sampled_from([ReportWord.DELIVERED, ReportWord.UNDELIVERED, ReportWord.INTERIM]))
    def report(self, data: st.DataObject, word: ReportWord) -> None:
        at = data.draw(st.sampled_from([at for at, one in enumerate(self.model.messages) if one.named]))

        async def take() -> None:
            async with self.database.unit_of_work() as work:
                to = Msisdn(f"+99450{1_000_000 + at}")
                id = f"{self.ids[at]}-{self.model.messages[at].tries}-0"
                await self.reports.take(work, DeliveryReport("recorder", id, word, to=to))

        for _ in range(data.draw(st.integers(1, 2))):
            self.run(take())
        self.model.report(at, word.value)

    @rule()
    def sweep(self) -> None:
        async def sweeps() -> None:
            await self.post.dispatcher().sweep()
            await self.chores.adopt_parked()
            await self.chores.expire()
            await self.chores.lose_parked()

        self.run(sweeps())
        self.model.sweep()

    @rule(by=st.sampled_from(HOURS))
    def advance(self, by: timedelta) -> None:
        self.post.clock.advance(by)
        self.model.now += by

    @invariant()
    def agree(self) -> None:
        """I1: all are there, once; I2: none was sent more often than its kind allows; I4: none goes back."""
        rows = {row.id: row for row in self.run(self.post.rows())} if self.ids else {}
        assert list(rows) == self.ids
        sends = Counter(message.id for message in self.post.provider.seen)
        for id, one in zip(self.ids, self.model.messages, strict=True):
            assert (rows[id].state, rows[id].extra_sends) == (one.state, one.extra)
            assert one.sends <= 1 + one.extra <= (1 if one.once_only else 2)
            assert sends[id] >= one.sends
            assert rows[id].state in REACHABLE[self.before.get(id, "queued")]
        self.before = {id: row.state for id, row in rows.items()}

    def teardown(self) -> None:
        """I3: with a provider that is well, each comes to an end by itself, and none stays with a dead worker."""
        for _ in range(4):
            self.sweep()
            self.work(["accepted"])
            self.advance(timedelta(hours=80))
        self.sweep()
        self.agree()
        assert {message.state for message in self.model.messages} <= {"delivered", "undelivered", "failed", "expired"}

    @staticmethod
    def answer(message: Outbound, how: str) -> SendReceipt:
        match how:
            case "accepted":
                return Accepted((f"{message.id}-{message.attempt}-0",))
            case "refused":
                return Refused(Refusal.NUMBER)
            case "not sent":
                return NotSent("refused")
        return Unanswered("cut")


def test_the_outbox_and_the_model_agree(clean_url: str, long: int) -> None:
    class On(Outbox):
        database = Database(create_engine(clean_url, pool_size=2))
        loop = asyncio.new_event_loop()

    examples = settings(
        max_examples=10 * long,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=long == 1,
        database=None,
        phases=[Phase.generate] if long == 1 else list(Phase),
    )
    try:
        run_state_machine_as_test(On, settings=examples)  # type: ignore[no-untyped-call]
    finally:
        On.loop.run_until_complete(On.database.close())
        On.loop.close()
