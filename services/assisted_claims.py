"""Hand-over: the slip with its claim code, and the citizen taking over from her own telephone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.agent_limits import Flag
from services.agent_values import Agent, Assisted, Ender, Mode
from services.agents import note
from services.apply import DRAFT_LIVES
from services.assisted_held import slip_number
from services.assisted_sessions import Beside
from services.caller import Caller
from services.desk import Desk
from services.outcomes import PinNeeded, TooManyTries
from services.outcomes_assisted import Claimed, ClaimWaits, ClaimWrong
from services.ports import Link, LinkedBy
from services.reading import pin_first

DIGITS = 10
GUESS = "claim"
A_DAY = 5


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed. `claim`: the code, "" where she has a telephone. `held`: what waits for a call-back."""

    agent: str
    badge: str
    organisation: str
    purpose: str
    made_at: datetime
    references: tuple[str, ...]
    held: tuple[str, ...]
    claim: str
    dial: str
    practice: bool


async def slip(desk: Desk, agent: Agent, beside: Beside) -> Slip:
    """A new claim code each time: the one printed before is worth nothing any more. Commits nothing.

    What her PIN guards, or what she has not proven to be hers, is on no paper in the agent's hands.
    """
    session = beside.session
    links = await desk.records.links.of(session.person)
    mine = tuple(map(slip_number, await desk.records.assisted().held.of_session(session.id)))
    references = tuple(link.reference for link in links if _is_printed(desk, beside.caller, link))
    claim = await _claim(desk, session) if session.mode is Mode.WITNESS else ""
    await note(desk, agent.id, "assisted.slip", session.person, session.id)
    return Slip(
        agent.name,
        agent.badge,
        agent.organisation.name,
        session.purpose,
        desk.clock.now(),
        references,
        mine,
        claim,
        desk.assistance.dial,
        session.mode is Mode.PRACTICE,
    )


async def claim(desk: Desk, caller: Caller, code: str) -> Claimed | ClaimWrong | ClaimWaits | TooManyTries | PinNeeded:
    """What was done for her is hers from now on, and no agent's. A try is counted before anything is looked for, and
    the code is used up before anything is done.

    Somebody of whom nothing else is known becomes that person; somebody known takes over her applications and drafts,
    once nothing of it is on its way any more.
    """
    if caller.must_prove or caller.agent is not None or not caller.attested:
        return PinNeeded()
    guesses, today = desk.records.guesses, desk.today()
    if await guesses.allow(GUESS, caller.counted_by, A_DAY, today) is None:
        return TooManyTries()
    records, since = desk.records.assisted(), desk.clock.now() - desk.assistance.rules.claim
    if await _is_agent(desk, caller):
        return ClaimWrong()
    session = await records.sessions.take_claim(code, since) if len(code) == DIGITS else None
    helped = await records.people.get(session.person) if session else None
    if session is None or helped is None or helped.has_number or helped.has_account:
        return ClaimWrong()
    mine = await desk.person(caller)
    is_new = await records.people.is_blank(mine.id)
    if not is_new and await records.people.something_waits(session.person):
        await records.sessions.give_claim_back(session.id, code)
        await guesses.give_back(GUESS, caller.counted_by, today)
        return ClaimWaits()
    await _over(desk, session)
    if is_new:
        await desk.records.personal.erase(mine.id)
        await records.people.take_number(session.person, caller.msisdn, caller.language)
    else:
        await _hand_over(desk, session.person, mine.id)
    # Last, as it commits: the code is not used up by what was not done.
    await guesses.give_back(GUESS, caller.counted_by, today)
    return Claimed()


async def _is_agent(desk: Desk, caller: Caller) -> bool:
    """Agents print slips, and take over nobody with one: on the record, the same answer as for any wrong code."""
    records = desk.records.assisted()
    agent = await records.agents.of_person(caller.person.id) if caller.person else None
    if agent is None:
        return False
    await records.flags.raise_(agent, (Flag.CLAIMED,))
    await note(desk, agent.id, "assisted.claim_by_agent")
    await desk.records.settle()
    return True


async def _over(desk: Desk, session: Assisted) -> None:
    await desk.records.assisted().sessions.end_all(session.person, Ender.CLAIM)
    await desk.records.accounts.withdraw_consent(session.person, f"assisted:{session.id.hex}")
    await note(desk, session.agent, "assisted.claimed", session.person, session.id)


async def _hand_over(desk: Desk, helped: UUID, mine: UUID) -> None:
    """To somebody who is known. Of two drafts the newer stays; visits stay good with their number."""
    for link in await desk.records.links.of(helped):
        await desk.records.links.add(mine, link.service, link.reference, link.by)
    for service in desk.services.services:
        await _draft(desk, helped, mine, service)
    await desk.records.personal.erase(helped)


async def _draft(desk: Desk, helped: UUID, mine: UUID, service: str) -> None:
    kept_at, drafts = desk.records.assisted().people.draft_kept_at, desk.records.drafts
    theirs, hers = await kept_at(helped, service, DRAFT_LIVES), await kept_at(mine, service, DRAFT_LIVES)
    answers = await drafts.get(helped, service)
    if answers is not None and theirs is not None and (hers is None or hers < theirs):
        await drafts.keep(mine, service, answers, theirs + DRAFT_LIVES)


def _is_printed(desk: Desk, caller: Caller, link: Link) -> bool:
    return link.by is not LinkedBy.CONTACT and not pin_first(desk, caller, link.service)


async def _claim(desk: Desk, session: Assisted) -> str:
    random = desk.assistance.codes.random_bytes
    code = f"{int.from_bytes(random(8), 'big') % 10**DIGITS:0{DIGITS}d}"
    return code if await desk.records.assisted().sessions.set_claim(session.id, code) else ""
