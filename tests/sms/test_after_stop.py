"""What STOP stops and what it does not, where the pack says that decisions go out in spite of it."""

import pytest

from services.alerts import AlertKind
from sms.holding import Conditions, End, Go, judge
from tests.sms.queueing import CONFIG, NOW

STOPPED = (
    AlertKind.RECEIVED,
    AlertKind.APPOINTMENT_BOOKED,
    AlertKind.APPOINTMENT_REMINDER,
    AlertKind.TERM_ENDING,
    AlertKind.NOTIFY,
)
TOLD_ALL_THE_SAME = (
    AlertKind.GRANTED,
    AlertKind.ACTION_REQUIRED,
    AlertKind.APPOINTMENT_MOVED,
    AlertKind.APPOINTMENT_CANCELLED,
    AlertKind.ACCOUNT,
    AlertKind.REPLY,
)


@pytest.mark.parametrize("kind", STOPPED)
def test_reminders_news_and_ministries_own_texts_stop(kind: AlertKind) -> None:
    assert isinstance(judge(kind, None, Conditions(opted_out=True), CONFIG, NOW), End)


@pytest.mark.parametrize("kind", TOLD_ALL_THE_SAME)
def test_nobody_travels_for_nothing_because_she_wrote_stop(kind: AlertKind) -> None:
    assert judge(kind, None, Conditions(opted_out=True), CONFIG, NOW) == Go()
