"""The one decision about what follows an attempt, as a table."""

from datetime import timedelta

import pytest

from services.alerts import POLICIES, AlertKind
from sms.config import Waits
from sms.retry import Fate, after_attempt, after_silence
from sms.states import MAY_FOLLOW, MessageState
from sms.values import Accepted, NotSent, Refusal, Refused, SendReceipt, Unanswered
from tests.sms.queueing import NOW

ALERT, CODE = POLICIES[AlertKind.GRANTED], POLICIES[AlertKind.CODE]
WAITS = Waits()
S = MessageState


def at(**after: float) -> object:
    return NOW + timedelta(**after)


@pytest.mark.parametrize(
    ("policy", "receipt", "attempts", "extra", "state", "due", "reason", "handed", "counts"),
    [
        (ALERT, Accepted(("1",)), 1, 0, S.SENT, at(hours=72), "", True, True),
        (ALERT, Accepted(("1",)), 2, 1, S.SENT, at(hours=72), "", True, True),
        (CODE, Accepted(("1",)), 1, 0, S.SENT, at(hours=72), "", True, True),
        (ALERT, Refused(Refusal.NUMBER), 1, 0, S.FAILED, None, "bad_number", False, True),
        (CODE, Refused(Refusal.BLOCKED), 1, 0, S.FAILED, None, "blocked", False, True),
        # Certainly not sent: tried again, ever more seldom, until it expires.
        (ALERT, NotSent("refused"), 1, 0, S.QUEUED, at(seconds=5), "not_sent", False, True),
        (ALERT, NotSent("refused"), 2, 0, S.QUEUED, at(seconds=15), "not_sent", False, True),
        (ALERT, NotSent("refused"), 5, 0, S.QUEUED, at(seconds=405), "not_sent", False, True),
        (ALERT, NotSent("refused"), 9, 0, S.QUEUED, at(hours=1), "not_sent", False, True),
        (ALERT, NotSent("refused"), 400, 0, S.QUEUED, at(hours=1), "not_sent", False, True),
        (CODE, NotSent("refused"), 1, 0, S.QUEUED, at(seconds=5), "not_sent", False, True),
        (ALERT, NotSent("busy", after_seconds=90), 1, 0, S.QUEUED, at(seconds=90), "not_sent", False, True),
        (ALERT, NotSent("busy", after_seconds=10**6), 1, 0, S.QUEUED, at(hours=1), "not_sent", False, True),
        # The account's fault is no attempt, however often.
        (ALERT, NotSent("balance", account=True), 1, 0, S.QUEUED, at(minutes=1), "account", False, False),
        (ALERT, NotSent("balance", account=True), 40, 0, S.QUEUED, at(minutes=1), "account", False, False),
        (ALERT, NotSent("key", True, 300), 1, 0, S.QUEUED, at(seconds=300), "account", False, False),
        # It may be on its way: an alert waits for a report, first to be sent once more, then to the end.
        (ALERT, Unanswered("time-out"), 1, 0, S.UNKNOWN, at(minutes=10), "unanswered", True, True),
        (ALERT, Unanswered("time-out"), 2, 1, S.UNKNOWN, at(hours=72), "unanswered", True, True),
        (CODE, Unanswered("time-out"), 1, 0, S.FAILED, None, "unanswered", True, True),
    ],
)
def test_after_an_attempt(
    policy: object,
    receipt: SendReceipt,
    attempts: int,
    extra: int,
    state: S,
    due: object,
    reason: str,
    handed: bool,
    counts: bool,
) -> None:
    fate = after_attempt(policy, receipt, attempts, extra, WAITS, NOW)  # type: ignore[arg-type]
    assert fate == Fate(state, due, reason, handed, counts)  # type: ignore[arg-type]
    assert state in MAY_FOLLOW[S.SENDING]


@pytest.mark.parametrize(
    ("policy", "extra", "expected"),
    [
        (ALERT, 0, Fate(S.QUEUED, NOW, "unanswered")),
        (ALERT, 1, Fate(S.EXPIRED, None, "no_report")),
        (CODE, 0, Fate(S.FAILED, None, "unanswered")),
    ],
)
def test_after_a_wait_without_a_report(policy: object, extra: int, expected: Fate) -> None:
    fate = after_silence(policy, extra, WAITS, NOW)  # type: ignore[arg-type]
    assert fate == expected
    assert fate.state in MAY_FOLLOW[S.UNKNOWN]


def test_a_provider_may_be_away_for_as_long_as_the_message_is_worth_sending() -> None:
    for attempts in range(1, 1000):
        fate = after_attempt(ALERT, NotSent("down"), attempts, 0, WAITS, NOW)
        assert fate.state is S.QUEUED
        assert fate.due_at is not None and fate.due_at - NOW <= timedelta(hours=1)
