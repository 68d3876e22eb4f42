"""One suite over every backend: whatever a ministry does, the same few answers come out, in time.

The ministries are simulated ones, reached over HTTP, straight and through a mediator. What is asked of them:
`contract_rows.py`; how each outcome is provoked: `contract_outcomes.py`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pytest

from domain.errors import (
    DeadlineExceeded,
    GuichetError,
    MinistryAmbiguous,
    MinistryBusy,
    MinistryContract,
    MinistryError,
    MinistryRefused,
    MinistryUnavailable,
)
from sandbox.ministries.faults import Kind
from services.backends.registry import STANDARDS
from services.backends.wire import HttpWire
from tests.amounts import turned
from tests.services.backends.backends_under_test import Sandbox, no_longer_than, registration
from tests.services.backends.contract_outcomes import ANYTHING, OUTCOMES, ROWS, Outcome
from tests.services.backends.contract_rows import AID, PHONE, READS, SOME, WRITES, Reach, Row, Run

Failures = tuple[type[MinistryError], type[MinistryError]]
# What a read becomes, what a write becomes.
DOWN: Failures = (MinistryUnavailable, MinistryAmbiguous)
NONSENSE: Failures = (MinistryContract, MinistryAmbiguous)
BREACH: Failures = (MinistryContract, MinistryContract)
NO: Failures = (MinistryRefused, MinistryRefused)
# How a write may end that the ministry was never asked for.
UNSENT = (MinistryUnavailable, DeadlineExceeded)
FAULTS: list[tuple[str, object, Failures]] = [
    ("status", 500, DOWN),
    ("status", 503, DOWN),
    ("status", 429, (MinistryBusy, MinistryBusy)),
    ("status", 402, NO),
    ("status", 403, NO),
    ("status", 422, NO),
    ("status", 401, BREACH),
    ("cut", None, DOWN),
    ("cut", 10, DOWN),
    ("cut_after_write", None, DOWN),
    ("html", 200, NONSENSE),
    ("html", 404, BREACH),
    ("html", 502, DOWN),
    ("wrong_type", "text/html", NONSENSE),
    ("huge", 100 * 2**20, NONSENSE),
    ("deep", 40, NONSENSE),
    ("deep", None, NONSENSE),
    ("redirect", None, BREACH),
    ("double", None, NONSENSE),
    ("truncated_json", None, NONSENSE),
    ("x_road_error", "Server.ServerProxy.ServiceFailed.HttpError", DOWN),
]
# Those that take all the time there is. Without a deadline each of them would last half a minute and more.
SLOW: list[tuple[str, object]] = [("hang", None), ("drop_after_write", None), ("delay", 60), ("drip", 1)]
# Seconds that a call has where a ministry hangs.
TIME = 0.5
# So late may the machine be; still far from what the faults last.
SLACK = 5.0
# The Scheduler's writes answer with a bare text of which only the id matters: where it is lost, the lists tell.
TEXT_ANSWERS = {"double", "truncated_json"}
# Behind a mediator: the same, and what it says itself. The second: whether the ministry was asked.
MEDIATORS: list[tuple[str, bool, Failures]] = [
    ("Client.BadRequest", False, (MinistryUnavailable, MinistryUnavailable)),
    ("Server.ServerProxy.AccessDenied", False, (MinistryUnavailable, MinistryUnavailable)),
    ("Server.ServerProxy.ServiceFailed.HttpError", False, DOWN),
    ("Server.ClientProxy.IOError", True, DOWN),
]

SOME_READS = [row for row in SOME if not row.writes]
# Without a question before it: what fails is what was asked.
ONE_CALL = [*SOME_READS, *(ROWS[name] for name in ("submit", "mapped_form_encoded", "report_send"))]
TYPED = [*SOME_READS, ROWS["submit"]]


@dataclass
class _Nowhere(Sandbox):
    """Where nobody listens."""

    known: str = ""

    async def reference(self, phase: str, service: str = "social_aid") -> str:
        return self.known


def names(rows: Sequence[Row]) -> list[str]:
    return [row.name for row in rows]


def is_told_by_lists(row: Row, kind: str) -> bool:
    return row.writes and row.standard == "govstack-scheduler-1.0" and kind in TEXT_ANSWERS


async def ends(run: Run) -> type[GuichetError] | None:
    """The class of the failure; None where there was none."""
    try:
        assert await run()
    except (MinistryError, DeadlineExceeded) as failure:
        return type(failure)
    return None


async def meets(row: Row, reach: Reach, run: Run, kind: str, value: object, failures: Failures) -> None:
    """The row ends as it should, having asked no more often than it may."""
    await reach.sandbox.fault(row.ministry, row.asks, kind, value)
    asked_before = await reach.sandbox.counted(row.ministry, row.asks, "asked")
    ended = await ends(run)
    assert ended is (None if is_told_by_lists(row, kind) else failures[row.writes]), (row.name, kind, value)
    asked = await reach.sandbox.counted(row.ministry, row.asks, "asked") - asked_before
    assert asked == 1 or (not row.writes and asked == 2), (row.name, kind, value, "a write once, a read at most twice")


def faults_of(row: Row) -> list[tuple[str, object, Failures]]:
    """In `make test` a third of them, another for each row: reads and writes meet them all."""
    turn = [each.name for each in (*READS, *WRITES)].index(row.name)
    return turned(FAULTS, turn, 3)


async def meets_all(row: Row, reach: Reach) -> None:
    """One fault after the other; what one of them let a write do is undone before the next."""
    run = await row.made(reach)
    for fault in faults_of(row):
        if row.writes:
            await reach.sandbox.reset()
            run = await row.made(reach)
        else:
            await reach.sandbox.calm()
        await meets(row, reach, run, *fault)


def test_every_standard_has_every_outcome_and_its_operations_here() -> None:
    assert set(OUTCOMES) == set(STANDARDS)
    for standard, outcomes in OUTCOMES.items():
        assert set(outcomes) == set(Outcome), standard
    assert {row.standard for row in READS} == set(STANDARDS)


def test_every_fault_of_the_sandbox_is_met() -> None:
    assert {kind for kind, *_ in (*FAULTS, *SLOW)} | {"empty"} == {kind.value for kind in Kind}


@pytest.mark.long
@pytest.mark.parametrize("row", [*READS, *WRITES], ids=str)
async def test_every_fault_has_one_meaning_in_every_operation(row: Row, sandbox: Sandbox, wire: HttpWire) -> None:
    await meets_all(row, Reach(sandbox, wire))


@pytest.mark.long
@pytest.mark.parametrize("row", SOME, ids=str)
async def test_behind_a_mediator_it_is_the_same(row: Row, sandbox: Sandbox, wire: HttpWire) -> None:
    await meets_all(row, Reach(sandbox, wire, behind=True))


@pytest.mark.parametrize("row", ONE_CALL, ids=str)
@pytest.mark.parametrize(("kind", "delivered", "failures"), MEDIATORS, ids=[kind for kind, *_ in MEDIATORS])
async def test_a_mediator_that_fails_is_told_from_the_ministry(
    row: Row, kind: str, delivered: bool, failures: Failures, sandbox: Sandbox, wire: HttpWire
) -> None:
    run = await row.made(Reach(sandbox, wire, behind=True))
    await sandbox.fault("security-server", "forward", "x_road_error", kind, before_write=not delivered)
    assert await ends(run) is failures[row.writes]
    if row.writes:
        assert await sandbox.counted(row.ministry, row.asks) == delivered


@pytest.mark.parametrize("behind", [False, True], ids=["straight", "mediated"])
@pytest.mark.parametrize(("kind", "value"), SLOW, ids=[kind for kind, _ in SLOW])
@pytest.mark.parametrize("rows", [READS, WRITES], ids=["reads", "writes"])
async def test_whatever_never_ends_ends_in_time(
    rows: Sequence[Row], kind: str, value: object, behind: bool, sandbox: Sandbox, wire: HttpWire
) -> None:
    reach = Reach(sandbox, wire, behind)
    # `attach` asks for its upload first, and here that never ends: it would be `upload` once more.
    chosen = [row for row in rows if row.name != "attach" and (not behind or row in SOME)]
    runs = [await row.made(reach) for row in chosen]
    for row in chosen:
        await sandbox.fault(row.ministry, row.asks, kind, value)
    before = await asked_of(sandbox, chosen)
    reach.deadline = no_longer_than(TIME)
    ended = await asyncio.gather(*(ends(run) for run in runs))
    assert time.monotonic() < reach.deadline.at + SLACK
    # On a busy machine there was no time to begin, or a write's first question took it all: then it was not sent.
    wrong = [(row.name, end) for row, end in zip(chosen, ended, strict=True) if end not in (DOWN[row.writes], *UNSENT)]
    assert wrong == []
    unsent = Counter(
        (row.ministry, row.asks) for row, end in zip(chosen, ended, strict=True) if row.writes and end in UNSENT
    )
    most = Counter((row.ministry, row.asks) for row in chosen)
    most.subtract(await asked_of(sandbox, chosen) - before)
    assert all(count <= most[request] for request, count in unsent.items()), "sent, and said not to be"


async def asked_of(sandbox: Sandbox, rows: Sequence[Row]) -> Counter[tuple[str, str]]:
    """How often the ministries were asked for what the rows ask, by ministry and request."""
    requests = {(row.ministry, row.asks) for row in rows}
    return Counter({request: await sandbox.counted(*request, "asked") for request in requests})


async def test_a_hop_with_less_time_has_its_answers_in_that_time(sandbox: Sandbox, wire: HttpWire) -> None:
    """Operations of several calls share one deadline: each of these has time for less than one of its ministry's."""
    rows, reach = (*READS, *WRITES), Reach(sandbox, wire)
    runs = [await row.made(reach) for row in rows]
    await sandbox.fault("*", "*", "hang")
    reach.deadline = no_longer_than(TIME / 3)
    ended = await asyncio.gather(*(ends(run) for run in runs))
    assert time.monotonic() < reach.deadline.at + SLACK
    assert set(ended) <= {MinistryUnavailable, MinistryAmbiguous, DeadlineExceeded}


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("behind", [False, True], ids=["straight", "mediated"])
async def test_every_outcome_comes_out_as_the_port_says(
    standard: str, outcome: Outcome, behind: bool, sandbox: Sandbox, wire: HttpWire
) -> None:
    reach, told = Reach(sandbox, wire, behind), OUTCOMES[standard][outcome]
    if isinstance(told.call, str):
        row = ROWS[told.call]
        run = await row.made(reach)
        if told.fault is not None:
            await sandbox.fault(row.ministry, row.asks, *told.fault)
    else:
        run = partial(told.call, reach)
    if isinstance(told.gives, type):
        with pytest.raises(told.gives) as caught:
            await run()
        assert type(caught.value) is told.gives
        return
    given = await run()
    assert given if told.gives is ANYTHING else given == told.gives, told.how


@pytest.mark.parametrize("row", READS, ids=str)
@pytest.mark.parametrize(("kind", "value"), [("status", 503), ("cut", None)])
async def test_a_read_survives_one_fast_failure(
    row: Row, kind: str, value: object, sandbox: Sandbox, wire: HttpWire
) -> None:
    run = await row.made(Reach(sandbox, wire))
    await sandbox.fault(row.ministry, row.asks, kind, value, times=1)
    assert await run()


@pytest.mark.parametrize("row", [*READS, *WRITES], ids=str)
async def test_a_slow_answer_within_the_time_is_an_answer(row: Row, sandbox: Sandbox, wire: HttpWire) -> None:
    run = await row.made(Reach(sandbox, wire))
    await sandbox.fault(row.ministry, row.asks, "delay", 0.05)
    assert await run()


@pytest.mark.parametrize("row", TYPED, ids=str)
async def test_what_stands_behind_the_content_type_is_passed_over(row: Row, sandbox: Sandbox, wire: HttpWire) -> None:
    kind = "text/calendar" if row.standard == "icalendar" else "application/json"
    run = await row.made(Reach(sandbox, wire))
    await sandbox.fault(row.ministry, row.asks, "wrong_type", f"{kind}; charset=utf-8")
    assert await run()


@pytest.mark.parametrize("row", READS, ids=str)
async def test_an_empty_answer_is_against_the_standard(row: Row, sandbox: Sandbox, wire: HttpWire) -> None:
    run = await row.made(Reach(sandbox, wire))
    await sandbox.fault(row.ministry, row.asks, "empty")
    assert await ends(run) is MinistryContract


@pytest.mark.parametrize("row", READS, ids=str)
async def test_json_of_another_kind_is_against_the_standard(row: Row, sandbox: Sandbox, wire: HttpWire) -> None:
    run = await row.made(Reach(sandbox, wire))
    await sandbox.fault(row.ministry, row.asks, "status", 200)
    assert await ends(run) is MinistryContract


@pytest.mark.parametrize("name", [
    "submit", "amend", "choose_pickup", "mapped_submit", "mapped_amend", "mapped_form_encoded", "report_send",
])  # fmt: skip
async def test_done_without_an_answer_is_an_open_question(name: str, sandbox: Sandbox, wire: HttpWire) -> None:
    row = ROWS[name]
    run = await row.made(Reach(sandbox, wire))
    await sandbox.fault(row.ministry, row.asks, "empty")
    assert await ends(run) is MinistryAmbiguous
    assert await sandbox.counted(row.ministry, row.asks) == 1


async def test_a_lost_submission_is_found_again_by_its_applicant(sandbox: Sandbox, wire: HttpWire) -> None:
    vemtas = registration(sandbox.ministry("vemtas"), wire)
    deadline = no_longer_than(10)
    assert await vemtas.of_applicant(AID.applicant, AID.service, deadline) == ()
    await sandbox.fault("vemtas", "applications.submit", "cut_after_write")
    with pytest.raises(MinistryAmbiguous):
        await vemtas.submit(AID, deadline)
    (found,) = await vemtas.of_applicant(AID.applicant, AID.service, deadline)
    assert found.contact == PHONE


@pytest.mark.parametrize("row", ONE_CALL, ids=str)
async def test_a_ministry_that_is_not_there_is_unavailable(row: Row, sandbox: Sandbox, wire: HttpWire) -> None:
    """Nothing was done, were it a write."""
    ready = await sandbox.reference("card_ready")
    run = await row.made(Reach(_Nowhere("http://127.0.0.1:9", sandbox.session, ready), wire))
    assert await ends(run) is MinistryUnavailable
