"""An agent at work on her own telephone, with her own number and PIN."""

from dataclasses import replace
from uuid import UUID

from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from domain.outcomes import Item
from i18n.text import Word
from services import assisted_consents as consents
from services.agent_values import Agent
from services.agents import known
from services.caller import Caller
from services.desk import Desk
from services.outcomes import PinNeeded
from services.outcomes_assisted import (
    AgentPurposes,
    CitizenAgreed,
    CitizenAsked,
    CitizenFirst,
    ClaimWrong,
    ConsentDead,
    ConsentWrong,
    HelpRefused,
    HelpRuns,
    NobodyHelped,
    NotAnAgent,
    NumberUnfit,
)


async def open(desk: Desk, caller: Caller) -> AgentPurposes | HelpRuns | NotAnAgent | PinNeeded:
    """With what somebody may be helped; or whom she helps already."""
    agent = await _at_work(desk, caller)
    if not isinstance(agent, Agent):
        return agent
    running = await desk.records.assisted().sessions.running(agent.id)
    if running is not None:
        return HelpRuns(agent.name, agent.organisation.name, Word(f"purpose.{running.purpose}"), True)
    return AgentPurposes(tuple(Item(code, {"purpose": Word(f"purpose.{code}")}) for code in desk.assistance.purposes))


async def ask(
    desk: Desk, caller: Caller, number: str, purpose: str
) -> CitizenAsked | CitizenAgreed | HelpRefused | NumberUnfit | NotAnAgent | PinNeeded:
    """Have a citizen asked; on this channel only those who have a telephone. In practice nobody is asked."""
    agent = await _at_work(desk, caller)
    if not isinstance(agent, Agent):
        return agent
    try:
        wanted = Msisdn.parse(number, desk.assistance.region)
    except InvalidValue:
        return NumberUnfit()
    wish = consents.Wish(purpose, None if agent.practice else wanted, practice=agent.practice)
    asked = await consents.ask(desk, agent, wish, caller.language)
    if isinstance(asked, ClaimWrong):
        raise InvalidValue("a telephone sends no slip")
    if isinstance(asked, CitizenAsked) and asked.practice_code:
        done = await consents.consent(desk, agent, UUID(asked.assisted), asked.practice_code, caller.language)
        return replace(done, token="") if isinstance(done, CitizenAgreed) else NumberUnfit()
    return asked


async def consent(
    desk: Desk, caller: Caller, assisted: str, code: str
) -> CitizenAgreed | ConsentWrong | ConsentDead | CitizenFirst | NotAnAgent | PinNeeded:
    """The code that the citizen reads from her own telephone."""
    agent = await _at_work(desk, caller)
    if not isinstance(agent, Agent):
        return agent
    done = await consents.consent(desk, agent, UUID(assisted), code, caller.language)
    # No session of a telephone keeps a token.
    return replace(done, token="") if isinstance(done, CitizenAgreed) else done


async def resume(desk: Desk, caller: Caller) -> CitizenAgreed | NobodyHelped | NotAnAgent | PinNeeded:
    """Go on with the citizen whom she helps."""
    agent = await _at_work(desk, caller)
    if not isinstance(agent, Agent):
        return agent
    running = await desk.records.assisted().sessions.running(agent.id)
    if running is None or running.active_until is None:
        return NobodyHelped()
    left = int((running.active_until - desk.clock.now()).total_seconds() // 60)
    return CitizenAgreed(running.id.hex, left)


async def _at_work(desk: Desk, caller: Caller) -> Agent | NotAnAgent | PinNeeded:
    agent = await known(desk, caller)
    if agent is None:
        return NotAnAgent()
    return agent if caller.proven else PinNeeded()
