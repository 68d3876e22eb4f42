"""Reports on real PostgreSQL, in every order that a provider can think of: the end equals a model's."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.msisdn import Msisdn
from sms.reports import Verdict
from sms.states import MessageState
from sms.values import ReportWord
from storage.unit_of_work import Database
from tests.amounts import amount, sample
from tests.sms.post_office import EVENT, PostOffice

W, V = ReportWord, Verdict
PARTS = 2
numbers = itertools.count(1_000_000)


@pytest.fixture
def office(database: Database) -> PostOffice:
    return PostOffice(database)


SLOW = settings(
    max_examples=amount(12, 40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
REPORT = st.tuples(st.integers(1, PARTS), st.sampled_from(list(W)), st.sampled_from([1, 1, 1, 10]))
SETS = st.lists(REPORT, max_size=6)


@st.composite
def days(draw):
    """Reports in any order, the answer somewhere among them, and perhaps three days of silence after it."""
    steps = draw(SETS)
    answered = draw(st.integers(0, len(steps)))
    late = draw(st.none() | st.integers(answered, len(steps)))
    return steps, answered, late


def model(steps, late):
    """The first final word of each part decides; our own clock only where none of them did."""
    first = {}
    for part, word, _ in steps:
        if word in (W.DELIVERED, W.UNDELIVERED):
            first.setdefault(part, word)
    if W.UNDELIVERED in first.values():
        return MessageState.UNDELIVERED
    if len(first) == PARTS:
        return MessageState.DELIVERED
    return MessageState.EXPIRED if late is not None else MessageState.SENT


@pytest.mark.long
@SLOW
@given(days())
async def test_before_the_answer_backwards_doubled_late_and_by_parts(office: PostOffice, day):
    steps, answered, late = day
    number = Msisdn.parse(f"+99450{next(numbers)}")
    ids = [office.ids.token(8) for _ in range(PARTS)]
    message = await office.message(to=number, event_id=office.ids.uuid7())
    office.told.clear()
    for at, (part, word, times) in enumerate([*steps, (0, W.UNKNOWN, 0)]):
        if at == answered:
            await office.answer(message, *ids)
        if at == late:
            await office.wait(timedelta(hours=73))
        for _ in range(times):
            await office.report(ids[part - 1], word, number)
        await office.report("nobody-knows-it", word, number)
        office.clock.advance(timedelta(seconds=1))
    end = model(steps, late)
    assert await office.state(message) == end
    assert len(office.told) == (end is MessageState.UNDELIVERED)


@pytest.mark.long
@SLOW
@given(st.lists(st.sampled_from(list(W)), max_size=5), st.booleans())
async def test_where_the_answer_was_lost_the_number_leads_to_the_message(office: PostOffice, words, twice):
    number = Msisdn.parse(f"+99455{next(numbers)}")
    message = await office.message(MessageState.UNKNOWN, to=number, handed_over_at=office.clock.now())
    id = office.ids.token(8)
    for word in words:
        office.clock.advance(timedelta(seconds=5))
        for _ in range(2 if twice else 1):
            await office.report(id, word, number)
    finals = [word for word in words if word in (W.DELIVERED, W.UNDELIVERED)]
    known = any(word is not W.UNKNOWN for word in words)
    assert await office.state(message) == (finals[0].value if finals else "sent" if known else "unknown")


@pytest.mark.long
async def test_five_reports_in_all_their_orders_settle_it_alike_and_tell_the_ministry_once(office: PostOffice):
    """A hundred and twenty orders (in `make test` one in seven), the answer in the middle, each report twice."""
    five = [(1, W.INTERIM), (2, W.INTERIM), (1, W.DELIVERED), (2, W.UNDELIVERED), (2, W.UNKNOWN)]
    ends = set()
    for order in sample(list(itertools.permutations(five)), 7):
        number = Msisdn.parse(f"+99451{next(numbers)}")
        ids = [office.ids.token(8) for _ in range(PARTS)]
        message = await office.message(to=number, event_id=EVENT, resend_of=EVENT)
        for at, (part, word) in enumerate(order):
            if at == 2:
                await office.answer(message, *ids)
            for _ in range(2):
                await office.report(ids[part - 1], word, number)
        ends.add(await office.state(message))
        assert len(office.told) == 1
        office.told.clear()
    assert ends == {"undelivered"}


async def test_every_verdict_is_kept_once_and_counted(office: PostOffice):
    message = await office.message(MessageState.SENT, ids=("X",))
    words = [W.INTERIM, W.INTERIM, W.DELIVERED, W.UNDELIVERED, W.UNDELIVERED, W.DELIVERED, W.UNKNOWN]
    said = [await office.report("X", word, raw="Borked" if word is W.UNKNOWN else "") for word in words]
    assert said == [V.NOTED, V.NOTED, V.APPLIED, V.CONTRADICTED, V.CONTRADICTED, V.NOTED, V.UNKNOWN_WORD]
    assert await office.kept() == [
        ("X", "interim", "noted", 2),
        ("X", "delivered", "applied", 2),
        ("X", "undelivered", "contradicted", 2),
        ("X", "?Borked", "unknown_word", 1),
    ]
    assert await office.state(message) == "delivered"
    assert len(office.counted.of("report")) == len(words)
    assert office.counted.of("ended") == [("at", MessageState.DELIVERED)]
