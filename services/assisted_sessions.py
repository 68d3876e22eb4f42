"""A session in which an agent helps: whose hands act in it, how it ends, and what the citizen sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain.errors import GuichetError, InvalidValue
from i18n.text import SlotValue, Word
from services.agent_values import Agent, Assisted, Ender, Mode, Stage
from services.agents import CITIZEN_TOKEN, known, note
from services.alerts import AlertKind
from services.assisted_consents import NO_NUMBER
from services.caller import AGENT, Caller
from services.desk import Desk
from services.outcomes_assisted import (
    HelpAsked,
    HelpedBefore,
    HelpEnded,
    HelpGone,
    HelpRuns,
    NobodyHelped,
    NoHelper,
)
from services.ports import Binding, Notice, Person
from services.sign_in_codes import is_token, token_hash

RECEIPT = "sms.assist_receipt"
HELP = "assisted:"
"""What a consent to be helped begins with; the id of the session follows."""
_SHOWN = 20
_AT_ONCE = 50


class TurnSkipped(InvalidValue):
    """An input for a screen that was never shown: it would answer what nobody has read."""


class HelpOver(GuichetError):
    """The citizen agreed to nothing (any more)."""

    told = "error.help_over"


@dataclass(frozen=True, slots=True)
class Beside:
    """An open session and the citizen in it, as use cases know a caller."""

    session: Assisted
    caller: Caller


async def beside(desk: Desk, session: Assisted | None) -> Beside | None:
    """The citizen, while she agrees and her number is still hers; None else. Asked anew at every request and hop."""
    if session is None or session.stage is not Stage.ACTIVE:
        return None
    if not await desk.records.assisted().agents.is_active(session.agent):
        return None
    if session.number is not None:
        person = await desk.records.people.by_number(session.number)
        if person is None or person.id != session.person or person.binding is not Binding.ACTIVE:
            return None
    else:
        person = await person_without_number(desk, session.person)
        if person is None:
            return None
    caller = Caller(
        session.number or NO_NUMBER,
        person,
        person.language,
        verified=False,
        channel=AGENT,
        session=f"agent:{session.id.hex}",
        agent=session.agent,
        scope=session.services,
        witnessed=session.mode is Mode.WITNESS,
    )
    return Beside(session, caller)


async def by_token(desk: Desk, token: str) -> Beside | None:
    """Whose access it is, if it still opens anything."""
    if not token.startswith(CITIZEN_TOKEN) or not is_token(token.removeprefix(CITIZEN_TOKEN)):
        return None
    return await beside(desk, await desk.records.assisted().sessions.by_token(token_hash(token)))


async def of_agent(desk: Desk, agent: UUID, id: UUID) -> Beside | None:
    """The agent's own session with a citizen, if it is open."""
    return await beside(desk, await desk.records.assisted().sessions.of_agent(id, agent))


async def end(desk: Desk, session: Assisted, by: Ender) -> bool:
    """Over at once. The receipt names the agent, says that it is free, how to cancel and how to complain."""
    records = desk.records.assisted()
    before = await records.sessions.end(session.id, by)
    if before is None:
        return False
    await desk.records.accounts.withdraw_consent(session.person, f"{HELP}{session.id.hex}")
    await note(desk, session.agent, f"assisted.ended_by_{by}", session.person, session.id)
    if session.mode is Mode.PRACTICE:
        # Nobody was helped: nobody is remembered.
        await desk.records.personal.erase(session.person)
        return True
    agent = await records.agents.get(session.agent)
    # By what was written: a session whose time is over was one all the same.
    if session.mode is Mode.PHONE and before is Stage.ACTIVE and agent is not None:
        await desk.notices.promise(desk.records, session.person, receipt(agent, session))
    return True


async def end_overdue(desk: Desk) -> int:
    """The worker's chore: what the clock, or the operator, has ended. Each of them has its receipt."""
    async with desk.open_records() as records:
        here = replace(desk, records=records)
        found = await records.assisted().sessions.overdue(_AT_ONCE)
        for session in found:
            await end(here, session, Ender.CLOCK)
        return len(found)


def receipt(agent: Agent, session: Assisted) -> Notice:
    """What she is told when it is over."""
    values: dict[str, SlotValue] = {
        "agent": agent.name,
        "organisation": agent.organisation.name,
        "purpose": Word(f"purpose.{session.purpose}"),
    }
    return Notice(RECEIPT, values, kind=AlertKind.ACCOUNT)


# --- the citizen's own view -------------------------------------------------------------------------------


async def state(desk: Desk, caller: Caller) -> NoHelper | HelpedBefore | HelpAsked | HelpRuns:
    """Who asks to help, helps now, or was the last to help; and whether the caller is an agent herself."""
    is_agent = await known(desk, caller) is not None
    last: HelpedBefore | None = None
    for session in await helpers(desk, caller):
        agent = await desk.records.assisted().agents.get(session.agent)
        if agent is None:
            continue
        about = (agent.name, agent.organisation.name, Word(f"purpose.{session.purpose}"))
        if session.stage is Stage.ASKED:
            return HelpAsked(*about)
        if session.stage is Stage.ACTIVE:
            return HelpRuns(*about, is_agent)
        if last is None and session.active_until is not None:
            last = HelpedBefore(*about, session.asked_at.astimezone(desk.services.zone).date(), is_agent)
    return last or NoHelper(is_agent)


async def helpers(desk: Desk, caller: Caller) -> Sequence[Assisted]:
    """Sessions with her, the newest first: at her own hands only."""
    if caller.person is None or not caller.bound or not caller.attested or caller.agent is not None:
        return ()
    return await desk.records.assisted().sessions.of_person(caller.person.id, _SHOWN)


async def stop(desk: Desk, caller: Caller, id: UUID | None = None) -> HelpEnded | HelpGone:
    """She ends it, at any time; without `id` all that are open."""
    open_ones = [
        session
        for session in await helpers(desk, caller)
        if session.stage in (Stage.ASKED, Stage.ACTIVE) and id in (None, session.id)
    ]
    ended = [await end(desk, session, Ender.CITIZEN) for session in open_ones]
    return HelpEnded() if any(ended) else HelpGone()


async def stop_all(desk: Desk, caller: Caller) -> HelpEnded | HelpGone:
    """All that are open."""
    return await stop(desk, caller)


async def finish(desk: Desk, caller: Caller) -> HelpEnded | NobodyHelped:
    """The agent ends what she has open, on her own telephone."""
    agent = await known(desk, caller)
    session = await desk.records.assisted().sessions.running(agent.id) if agent else None
    if session is None:
        return NobodyHelped()
    await end(desk, session, Ender.AGENT)
    return HelpEnded()


async def person_without_number(desk: Desk, id: UUID) -> Person | None:
    """Whom nobody can reach: her session alone knows her."""
    found = await desk.records.assisted().people.get(id)
    if found is None:
        return None
    return Person(found.id, found.language, Binding.ACTIVE, found.has_account, found.applicant, found.last_seen, True)
