"""How many citizens an agent may help, and what is odd enough to be looked at: pure.

Whoever registers people is where benefit fraud begins: a limit refuses, a flag only tells somebody.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Before:
    """What went before, as counted: `agent`, `witnessed`, `device`: citizens of this day; `number`: sessions asked for
    it in a week, by `number_agents` other agents; `device_agents`: other agents on the device today; `last`: when this
    agent last asked somebody; `open`: sessions of hers that are active now, elsewhere than on this device."""

    agent: int = 0
    witnessed: int = 0
    device: int = 0
    device_agents: int = 0
    number: int = 0
    number_agents: int = 0
    last: datetime | None = None
    open_elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """`refused`: None where the citizen may be asked."""

    refused: Refusal | None
    flags: tuple[Flag, ...]


def judge(before: Before, witnessed: bool, rules: AgentRules, now: datetime) -> Judged:
    """Whether one more citizen may be asked, and what is odd about it."""
    refused = _refused(before, witnessed, rules, now)
    odd = (
        (Flag.LIMIT, refused is not None),
        (Flag.MANY_A_DAY, before.agent + 1 == rules.flag_a_day),
        (Flag.MANY_AGENTS, before.number_agents + 1 >= rules.flag_number_agents),
        (Flag.MANY_ON_DEVICE, before.device_agents >= 2),
        (Flag.AT_ONCE, before.open_elsewhere > 0),
    )
    return Judged(refused, tuple(flag for flag, raised in odd if raised))


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
