"""The call-back: a second agent hears from the citizen, or her witness, that the held work is what she wants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.errors import GuichetError
from services.agent_limits import Flag
from services.agent_values import Agent, Assisted, HeldListed, HeldWork, Mode
from services.agents import note
from services.apply import applicable, read_form, submit
from services.assisted_consents import NO_NUMBER
from services.assisted_sessions import person_without_number
from services.caller import AGENT, Caller
from services.desk import Desk
from services.outcomes_assisted import HelpGone
from services.submissions import HandedIn
from services.values import Form


class TooSoon(GuichetError):
    """What was held rests before it is decided: nobody plays two persons within the same minutes. `seconds`: left."""

    def __init__(self, seconds: int) -> None:
        super().__init__("a call-back comes later than this")
        self.seconds = seconds


class OneDevice(GuichetError):
    """Who calls back does so on the device on which it was prepared, or has shared one with who prepared it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits, to be read out at the call-back. `decided_from`: no earlier."""

    work: HeldWork
    witness: str
    decided_from: datetime


async def waiting(desk: Desk, agent: Agent) -> Sequence[HeldListed]:
    """That something waits in her organisation, but for what she held herself; nothing of what was said. Nothing for
    who is in training: what waits is of real people, and goes to a real ministry."""
    if agent.practice:
        return ()
    return await desk.records.assisted().held.waiting(agent.organisation.id, agent.id)


async def show(desk: Desk, agent: Agent, id: UUID) -> Waiting | None:
    """One of them in full, on the record with whose it is."""
    found = await _mine_to_decide(desk, agent, id)
    if found is None:
        return None
    work, session = found
    await note(desk, agent.id, "assisted.call_back_read", work.person, work.assisted)
    return Waiting(work, session.witness, work.held_at + desk.assistance.rules.call_back)


async def refuse(desk: Desk, agent: Agent, id: UUID, device: bytes | None) -> bool:
    """The citizen wants nothing of it, or nobody knows her there. False where there is nothing to decide."""
    work = await _decidable(desk, agent, id, device)
    if work is None or not await desk.records.assisted().held.decide(id, agent.id, handed_in=False):
        return False
    await note(desk, agent.id, "assisted.call_back_refused", work.person, work.assisted)
    return True


async def confirm(desk: Desk, agent: Agent, id: UUID, device: bytes | None) -> HandedIn | HelpGone:
    """She agreed, to the words about sources too: it is handed in, once. Two persons, never one."""
    work = await _decidable(desk, agent, id, device)
    person = await person_without_number(desk, work.person) if work else None
    if work is None or person is None:
        return HelpGone()
    caller = Caller(NO_NUMBER, person, person.language, False, AGENT, f"agent:{work.id.hex}", agent.id)
    config = applicable(desk, work.service)
    form = await read_form(desk, caller, work.service)
    if not isinstance(form, Form) or form.id != work.form:
        return HelpGone()
    await _flag_pair(desk, agent, work)
    if not await desk.records.assisted().held.decide(id, agent.id, handed_in=True):
        return HelpGone()
    if config.consent is not None:
        await desk.records.accounts.give_consent(
            person.id,
            config.consent,
            config.consent_text,
            person.language,
            channel=AGENT,
            proof="call-back",
            agent=agent.id,
        )
    await note(desk, agent.id, "assisted.call_back", work.person, work.assisted)
    outcome = await submit(desk, caller, work.service, form, work.answers, id.hex)
    return outcome if isinstance(outcome, HandedIn) else HelpGone()


async def _decidable(desk: Desk, agent: Agent, id: UUID, device: bytes | None) -> HeldWork | None:
    """The same, by somebody who is another on another device, and not at once. Raises `OneDevice`, `TooSoon`."""
    found = await _mine_to_decide(desk, agent, id)
    if found is None:
        return None
    work, session = found
    if device is None or device == session.device or await _shared(desk, agent, work):
        await desk.records.assisted().flags.raise_(agent, (Flag.ONE_DEVICE,))
        await note(desk, agent.id, "assisted.call_back_one_device", work.person, work.assisted)
        # The flag stays, whatever becomes of the request.
        await desk.records.settle()
        raise OneDevice()
    left = work.held_at + desk.assistance.rules.call_back - desk.clock.now()
    if left > timedelta(0):
        raise TooSoon(int(left.total_seconds()) + 1)
    return work


async def _shared(desk: Desk, agent: Agent, work: HeldWork) -> bool:
    """Whether both were at work on one device of late: two cards in one hand."""
    since = desk.clock.now() - desk.assistance.rules.apart
    return work.agent is not None and await desk.records.assisted().agents.shared_device(work.agent, agent.id, since)


async def _flag_pair(desk: Desk, agent: Agent, work: HeldWork) -> None:
    """Always the same two: nothing is wrong with it in a small office, and somebody should know."""
    records, rules = desk.records.assisted(), desk.assistance.rules
    if work.agent is None:
        return
    before = await records.held.decided_between(work.agent, agent.id, desk.clock.now() - rules.apart)
    if before + 1 >= rules.flag_pair:
        await records.flags.raise_(agent, (Flag.ONE_PAIR,))


async def _mine_to_decide(desk: Desk, agent: Agent, id: UUID) -> tuple[HeldWork, Assisted] | None:
    """What another agent of the organisation held, and beside whom."""
    records = desk.records.assisted()
    work = await records.held.get(id)
    if work is None or agent.practice or work.agent in (agent.id, None):
        return None
    session = await records.sessions.get(work.assisted)
    if session is None or session.organisation != agent.organisation.id or session.mode is not Mode.WITNESS:
        return None
    return work, session
