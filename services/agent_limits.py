"""How many citizens an agent may help, and what is odd enough to be looked at: pure.

Whoever registers people is where benefit fraud begins: a limit refuses, a flag only tells somebody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.position import Position
from services.agent_values import AgentRules


class Refusal(StrEnum):
    """Why no other citizen can be asked now."""

    AGENT_DAY = "agent_day"
    WITNESS_DAY = "witness_day"
    TOO_FAST = "too_fast"
    DEVICE_DAY = "device_day"
    NUMBER_WEEK = "number_week"


class Flag(StrEnum):
    """What somebody of the organisation should look at."""

    LIMIT = "limit"
    MANY_A_DAY = "many_a_day"
    MANY_AGENTS = "one_number_many_agents"
    MANY_ON_DEVICE = "one_device_many_agents"
    AT_ONCE = "two_at_once"
    ONE_DEVICE = "call_back_on_same_device"
    ONE_PAIR = "call_backs_by_same_two"
    TOO_FAR = "too_far_too_soon"
    CLAIMED = "claimed_by_agent"


@dataclass(frozen=True, slots=True)
class Before:
    """What went before, as counted: `agent`, `witnessed`, `device`: citizens of this day; `number`: sessions asked for
    it in a week, by `number_agents` other agents; `device_agents`: other agents on the device today; `last`: when this
    agent last asked somebody; `open_elsewhere`: sessions of hers that are active now, elsewhere than on this device;
    `place`: where she last said that she was, at `place_at`."""

    agent: int = 0
    witnessed: int = 0
    device: int = 0
    device_agents: int = 0
    number: int = 0
    number_agents: int = 0
    last: datetime | None = None
    open_elsewhere: int = 0
    place: Position | None = None
    place_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """`refused`: None where the citizen may be asked."""

    refused: Refusal | None
    flags: tuple[Flag, ...]


def judge(before: Before, witnessed: bool, rules: AgentRules, now: datetime, here: Position | None = None) -> Judged:
    """Whether one more citizen may be asked, and what is odd about it. `here`: where she says that she is."""
    refused = _refused(before, witnessed, rules, now)
    odd = (
        (Flag.LIMIT, refused is not None),
        (Flag.MANY_A_DAY, before.agent + 1 == rules.flag_a_day),
        (Flag.MANY_AGENTS, before.number_agents + 1 >= rules.flag_number_agents),
        (Flag.MANY_ON_DEVICE, before.device_agents >= 2),
        (Flag.AT_ONCE, before.open_elsewhere > 0),
        (Flag.TOO_FAR, is_too_far(before, here, rules, now)),
    )
    return Judged(refused, tuple(flag for flag, raised in odd if raised))


def is_too_far(before: Before, here: Position | None, rules: AgentRules, now: datetime) -> bool:
    """Whether nobody travels so fast: two persons with one card, or places that are not true. Where a place is not
    known, nothing is said."""
    if here is None or before.place is None or before.place_at is None:
        return False
    hours = max(timedelta(0), now - before.place_at) / timedelta(hours=1)
    return before.place.metres_to(here) > rules.near_m + rules.most_kmh * 1000 * hours


def _refused(before: Before, witnessed: bool, rules: AgentRules, now: datetime) -> Refusal | None:
    if before.agent >= rules.a_day:
        return Refusal.AGENT_DAY
    if witnessed and before.witnessed >= rules.witnessed_a_day:
        return Refusal.WITNESS_DAY
    if before.device >= rules.device_a_day:
        return Refusal.DEVICE_DAY
    if before.number >= rules.number_a_week:
        return Refusal.NUMBER_WEEK
    if before.last is not None and now < before.last + rules.pause:
        return Refusal.TOO_FAST
    return None
