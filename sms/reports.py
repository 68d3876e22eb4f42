"""What a delivery report does to a part, and the parts to their message: the first final word stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sms.states import FINAL, WAITING, MessageState
from sms.values import ReportWord

ACCOUNT = "account"
"""The reason of a report that speaks of our account: the number is not to blame."""

BLOCKED = "blocked"
"""The reason of a report on a number that its provider keeps from us: she has stopped our messages there."""


class Verdict(StrEnum):
    """What became of a report.

    `parked`: its message is not known yet, or is being sent right now. `applied`: it changed something. `noted`: late,
    doubled or interim. `contradicted`: another final word came first. `unknown_word`: counted, nothing else. `lost`:
    parked until nobody waited any more.
    """

    PARKED = "parked"
    APPLIED = "applied"
    NOTED = "noted"
    CONTRADICTED = "contradicted"
    UNKNOWN_WORD = "unknown_word"
    LOST = "lost"


class PartState(StrEnum):
    """How far one part, or a whole message under one id, has come."""

    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


PartKey = tuple[int, int]
"""Attempt and part."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A message and all that providers know of it by. `handed_over`: a provider had it once."""

    state: MessageState
    parts: Mapping[PartKey, PartState]
    handed_over: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What a report makes of them."""

    state: MessageState
    part: PartState
    verdict: Verdict


_FINAL_WORDS: Mapping[ReportWord, PartState] = {
    ReportWord.DELIVERED: PartState.DELIVERED,
    ReportWord.UNDELIVERED: PartState.UNDELIVERED,
}


def judge(standing: Standing, of: PartKey, word: ReportWord) -> Judged:
    """The state of the message and of part `of` once the word has been heard, and what to call that."""
    before = standing.parts[of]
    if word is ReportWord.UNKNOWN:
        return Judged(standing.state, before, Verdict.UNKNOWN_WORD)
    if _is_under_way(standing):
        return Judged(standing.state, before, Verdict.PARKED)
    said = _FINAL_WORDS.get(word)
    after = said if said and before is PartState.SENT else before
    told = _told({**standing.parts, of: after})
    state = _state(standing, told)
    return Judged(state, after, _verdict(standing.state, state, before, said, told))


def _is_under_way(standing: Standing) -> bool:
    """Whoever sends it writes what came of that; a report waits until this is done. Of one that waits to be sent once
    more, and was with a provider before, a report says that it need not be."""
    return standing.state is MessageState.SENDING or (standing.state in WAITING and not standing.handed_over)


def _told(parts: Mapping[PartKey, PartState]) -> MessageState | None:
    """The final state that the parts speak of: any sending that arrived whole, or a hole in the latest one."""
    latest = max(attempt for attempt, _ in parts)
    holes = {attempt for (attempt, _), state in parts.items() if state is not PartState.DELIVERED}
    if any(attempt not in holes for attempt, _ in parts):
        return MessageState.DELIVERED
    if any(attempt == latest and state is PartState.UNDELIVERED for (attempt, _), state in parts.items()):
        return MessageState.UNDELIVERED
    return None


def _state(standing: Standing, told: MessageState | None) -> MessageState:
    # Only our own clock sets `expired`: of one that was handed over, a provider knows better.
    overdue = standing.state is MessageState.EXPIRED and standing.handed_over
    if standing.state in FINAL and not overdue:
        return standing.state
    if told is not None:
        return told
    # Whatever is said of it, the provider has it.
    return MessageState.SENT if standing.state is MessageState.UNKNOWN else standing.state


def _verdict(
    was: MessageState, state: MessageState, before: PartState, said: PartState | None, told: MessageState | None
) -> Verdict:
    if said is None:
        return Verdict.APPLIED if state is not was else Verdict.NOTED
    if before is not PartState.SENT:
        return Verdict.NOTED if before is said else Verdict.CONTRADICTED
    arrived = MessageState.DELIVERED
    if state in FINAL and told is not None and (told is arrived) is not (state is arrived):
        return Verdict.CONTRADICTED
    return Verdict.APPLIED
