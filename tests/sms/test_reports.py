"""What a report does, as a table, and over every order in which reports can come."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.reports import Judged, PartState, Standing, Verdict, judge
from sms.states import FINAL, MAY_FOLLOW, MessageState
from sms.values import ReportWord

M, P, W, V = MessageState, PartState, ReportWord, Verdict

TABLE = [
    # message, its part, the word: message, part, verdict
    (M.SENT, P.SENT, W.INTERIM, M.SENT, P.SENT, V.NOTED),
    (M.SENT, P.SENT, W.DELIVERED, M.DELIVERED, P.DELIVERED, V.APPLIED),
    (M.SENT, P.SENT, W.UNDELIVERED, M.UNDELIVERED, P.UNDELIVERED, V.APPLIED),
    (M.SENT, P.SENT, W.UNKNOWN, M.SENT, P.SENT, V.UNKNOWN_WORD),
    (M.UNKNOWN, P.SENT, W.INTERIM, M.SENT, P.SENT, V.APPLIED),
    (M.UNKNOWN, P.SENT, W.DELIVERED, M.DELIVERED, P.DELIVERED, V.APPLIED),
    (M.UNKNOWN, P.SENT, W.UNDELIVERED, M.UNDELIVERED, P.UNDELIVERED, V.APPLIED),
    (M.UNKNOWN, P.SENT, W.UNKNOWN, M.UNKNOWN, P.SENT, V.UNKNOWN_WORD),
    (M.DELIVERED, P.DELIVERED, W.INTERIM, M.DELIVERED, P.DELIVERED, V.NOTED),
    (M.DELIVERED, P.DELIVERED, W.DELIVERED, M.DELIVERED, P.DELIVERED, V.NOTED),
    (M.DELIVERED, P.DELIVERED, W.UNDELIVERED, M.DELIVERED, P.DELIVERED, V.CONTRADICTED),
    (M.UNDELIVERED, P.UNDELIVERED, W.DELIVERED, M.UNDELIVERED, P.UNDELIVERED, V.CONTRADICTED),
    (M.UNDELIVERED, P.UNDELIVERED, W.UNDELIVERED, M.UNDELIVERED, P.UNDELIVERED, V.NOTED),
    (M.EXPIRED, P.SENT, W.INTERIM, M.EXPIRED, P.SENT, V.NOTED),
    (M.EXPIRED, P.SENT, W.DELIVERED, M.DELIVERED, P.DELIVERED, V.APPLIED),
    (M.EXPIRED, P.SENT, W.UNDELIVERED, M.UNDELIVERED, P.UNDELIVERED, V.APPLIED),
    # A code whose answer was lost ended as failed; that it did arrive is kept, and changes nothing.
    (M.FAILED, P.SENT, W.DELIVERED, M.FAILED, P.DELIVERED, V.CONTRADICTED),
    (M.FAILED, P.SENT, W.UNDELIVERED, M.FAILED, P.UNDELIVERED, V.APPLIED),
    # Being sent (again): whoever does it writes the state, the report waits.
    (M.SENDING, P.SENT, W.DELIVERED, M.SENDING, P.SENT, V.PARKED),
    # It waits to be sent once more: that need not be.
    (M.QUEUED, P.SENT, W.INTERIM, M.QUEUED, P.SENT, V.NOTED),
    (M.QUEUED, P.SENT, W.DELIVERED, M.DELIVERED, P.DELIVERED, V.APPLIED),
    (M.HELD, P.SENT, W.UNDELIVERED, M.UNDELIVERED, P.UNDELIVERED, V.APPLIED),
]


@pytest.mark.parametrize(("state", "part", "word", "then", "part_then", "verdict"), TABLE)
def test_one_report(state, part, word, then, part_then, verdict):
    assert judge(Standing(state, {(1, 1): part}), (1, 1), word) == Judged(then, part_then, verdict)


def test_what_expired_before_it_was_handed_over_stays_so():
    standing = Standing(M.EXPIRED, {(1, 1): P.SENT}, handed_over=False)
    assert judge(standing, (1, 1), W.DELIVERED).state is M.EXPIRED


@pytest.mark.parametrize("state", [M.QUEUED, M.HELD])
def test_what_was_never_handed_over_is_not_settled_by_a_report(state):
    standing = Standing(state, {(1, 1): P.SENT}, handed_over=False)
    assert judge(standing, (1, 1), W.DELIVERED) == Judged(state, P.SENT, V.PARKED)


def test_of_two_sendings_the_one_that_arrived_counts_and_only_the_later_one_can_fail():
    both = {(1, 1): P.SENT, (2, 1): P.SENT}
    assert judge(Standing(M.SENT, both), (1, 1), W.UNDELIVERED).state is M.SENT
    assert judge(Standing(M.SENT, both), (1, 1), W.DELIVERED).state is M.DELIVERED
    assert judge(Standing(M.SENT, both), (2, 1), W.UNDELIVERED).state is M.UNDELIVERED


def heard(reports, parts=2, state=M.SENT):
    """The message's states, one after another, and the verdicts."""
    known = {(1, part): P.SENT for part in range(1, parts + 1)}
    states, verdicts = [state], []
    for part, word in reports:
        judged = judge(Standing(states[-1], known), (1, part), word)
        known[1, part] = judged.part
        states.append(judged.state)
        verdicts.append(judged.verdict)
    return states, verdicts


def model(reports, parts=2):
    """Written anew and simply: the first final word of each part, then all or any."""
    first = {}
    for part, word in reports:
        if word in (W.DELIVERED, W.UNDELIVERED):
            first.setdefault(part, word)
    if W.UNDELIVERED in first.values():
        return M.UNDELIVERED
    return M.DELIVERED if len(first) == parts else M.SENT


CONSISTENT = [
    [(1, W.INTERIM), (2, W.INTERIM), (1, W.DELIVERED), (2, W.DELIVERED), (1, W.UNKNOWN)],
    [(1, W.INTERIM), (2, W.INTERIM), (1, W.DELIVERED), (2, W.UNDELIVERED), (2, W.UNDELIVERED)],
    [(1, W.INTERIM), (1, W.INTERIM), (1, W.DELIVERED), (2, W.INTERIM), (2, W.UNKNOWN)],
]


@pytest.mark.parametrize("reports", CONSISTENT)
def test_a_consistent_set_ends_alike_in_each_of_its_120_orders(reports):
    ends = {heard(order)[0][-1] for order in itertools.permutations(reports)}
    assert ends == {model(reports)}


WORDS = st.sampled_from(list(ReportWord))


@given(st.lists(st.tuples(st.integers(1, 3), WORDS), max_size=12), st.sampled_from([M.SENT, M.EXPIRED, M.UNKNOWN]))
def test_whatever_comes_the_first_final_words_decide_and_states_only_go_forward(reports, begun):
    states, verdicts = heard(reports, parts=3, state=begun)
    end = model(reports, parts=3)
    words = any(word is not W.UNKNOWN for _, word in reports)
    silent = M.EXPIRED if begun is M.EXPIRED else M.SENT if words or begun is M.SENT else begun
    assert states[-1] is (silent if end is M.SENT else end)
    for before, after in itertools.pairwise(states):
        assert before is after or after in MAY_FOLLOW[before]
    assert all(state is states[-1] for state in states[next_final(states) :])
    contradictions = sum(verdict is V.CONTRADICTED for verdict in verdicts)
    assert contradictions == expected_contradictions(reports)


def next_final(states):
    return next((at for at, state in enumerate(states) if state in FINAL and state is not M.EXPIRED), len(states))


def expected_contradictions(reports):
    """A final word that is not the first of its part and not the same."""
    first, count = {}, 0
    for part, word in reports:
        if word in (W.DELIVERED, W.UNDELIVERED):
            count += first.setdefault(part, word) is not word
    return count


@given(st.lists(st.tuples(st.integers(1, 2), WORDS), max_size=8))
def test_a_report_ten_times_does_what_it_does_once(reports):
    tenfold = [report for report in reports for _ in range(10)]
    assert heard(tenfold)[0][-1] is heard(reports)[0][-1]
