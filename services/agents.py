"""Agents: who is one, and her own session on a device, apart from what she may do as a citizen."""

from dataclasses import dataclass, field
from uuid import UUID

from domain.audit import AuditEntry
from services.agent_ports import AgentSession
from services.agent_values import Agent, AgentState
from services.caller import Caller, Secret
from services.desk import Desk
from services.outcomes import NoAccount, PinLocked, PinResetNeeded, PinRight, PinWrong
from services.outcomes_assisted import NotAnAgent
from services.pins import verify_pin
from services.sign_in_codes import is_token, make_token, token_hash

TOKEN, CITIZEN_TOKEN = "agent.", "beside."


@dataclass(frozen=True, slots=True)
class AgentSignedIn:
    """`token` is shown once. Seconds."""

    agent: Agent
    token: str = field(repr=False)
    seconds: int


async def known(desk: Desk, caller: Caller) -> Agent | None:
    """The active agent whose own number this is; anybody can write her number above a text message."""
    if caller.person is None or not caller.bound or not caller.attested or caller.agent is not None:
        return None
    agent = await desk.records.assisted().agents.of_person(caller.person.id)
    return agent if agent is not None and agent.state is AgentState.ACTIVE else None


async def sign_in(
    desk: Desk, caller: Caller, api_session: UUID, pin: Secret, device: str
) -> AgentSignedIn | NotAnAgent | PinWrong | PinLocked | PinResetNeeded | NoAccount:
    """A working day on this device; it ends with the device's own session, or when she is suspended."""
    agent = await known(desk, caller)
    if agent is None:
        return NotAnAgent()
    outcome = await verify_pin(desk, caller, pin)
    if not isinstance(outcome, PinRight):
        return outcome
    token, lives = TOKEN + make_token(desk.assistance.codes.random_bytes), desk.assistance.rules.session
    until = desk.clock.now() + lives
    agents, id = desk.records.assisted().agents, desk.ids.uuid7()
    await agents.open_session(id, agent.id, api_session, token_hash(token), device, until)
    await note(desk, agent.id, "agents.sign_in", session=id)
    return AgentSignedIn(agent, token, int(lives.total_seconds()))


async def by_token(desk: Desk, token: str) -> AgentSession | None:
    """Whose session it is."""
    if not token.startswith(TOKEN) or not is_token(token.removeprefix(TOKEN)):
        return None
    return await desk.records.assisted().agents.by_token(token_hash(token))


async def note(desk: Desk, agent: UUID, act: str, person: UUID | None = None, session: UUID | None = None) -> None:
    """An agent's act, into the audit log."""
    subject = f"person:{person.hex}" if person else ""
    entry = AuditEntry(f"agent:{agent.hex}", act, subject, session.hex if session else "", channel="agent")
    await desk.records.audit.record(entry)
