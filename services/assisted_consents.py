"""Asking a citizen whether an agent may help her, and her yes or no: a code sent to her, or a key on her telephone."""

from dataclasses import dataclass
from uuid import UUID

from domain.errors import InvalidValue
from domain.msisdn import Msisdn, takes_sms
from domain.position import Position
from i18n.text import SlotValue, Word
from services.agent_limits import Flag, Refusal, judge
from services.agent_ports import AgentRecords
from services.agent_values import Agent, Assisted, Mode, Stage
from services.agents import CITIZEN_TOKEN, note
from services.alerts import Alert, AlertKind
from services.caller import Caller
from services.desk import Desk
from services.outcomes_assisted import (
    CitizenAgreed,
    CitizenAsked,
    CitizenFirst,
    ClaimWrong,
    ConsentDead,
    ConsentWrong,
    HelpAgreed,
    HelpGone,
    HelpRefused,
    NumberUnfit,
)
from services.ports import Binding, Person
from services.sign_in_codes import make_token, token_hash, typed_code
from services.sign_in_limits import charges

TEXT, WORDS = "sms.assist_code", "sms.assist_code@1"
SOURCE = "agents"
NO_NUMBER = Msisdn("")
SLIP_GUESS, SLIPS_A_DAY = "slip_again", 10


@dataclass(frozen=True, slots=True)
class Wish:
    """With what an agent wants to help. `services`: fewer than the purpose opens, empty for all of them.
    `witness`: the name of who heard her agree, where she has no telephone; `slip`: the code on the slip that she had
    earlier this day, where she comes back. `here`: where the agent says that she is."""

    purpose: str
    number: Msisdn | None = None
    services: frozenset[str] = frozenset()
    witness: str = ""
    practice: bool = False
    slip: str = ""
    here: Position | None = None

    @property
    def mode(self) -> Mode:
        if self.practice:
            return Mode.PRACTICE
        return Mode.WITNESS if self.number is None else Mode.PHONE


async def ask(
    desk: Desk, agent: Agent, wish: Wish, language: str, address: str = "", device: bytes | None = None
) -> CitizenAsked | CitizenAgreed | HelpRefused | NumberUnfit | ClaimWrong:
    """Ask her on her own telephone; with a witness, or in practice, see `Mode`. Limits are counted one at a time."""
    scope, records = _scope(desk, wish), desk.records.assisted()
    if wish.slip and not await _may_try_slip(desk, agent):
        return await _refused(desk, agent, Refusal.WITNESS_DAY)
    await records.agents.lock(agent.id, device)
    now, rules = desk.clock.now(), desk.assistance.rules
    before = await records.sessions.before(agent.id, device, wish.number, now)
    judged = judge(before, wish.mode is Mode.WITNESS, rules, now, wish.here)
    if wish.mode is not Mode.PRACTICE:
        await records.flags.raise_(agent, judged.flags)
        if judged.refused is not None:
            return await _refused(desk, agent, judged.refused)
    if wish.mode is not Mode.PHONE:
        return await _without_telephone(desk, records, agent, wish, scope, language, device)
    assert wish.number is not None  # noqa: S101 - by its mode
    if not takes_sms(wish.number, desk.assistance.region):
        return NumberUnfit()
    person = await desk.records.people.meet(wish.number, language)
    if person.id == agent.person:
        return NumberUnfit()
    if not await _may_be_sent(desk, records, wish.number, address, agent):
        await records.flags.raise_(agent, (Flag.LIMIT,))
        return await _refused(desk, agent, Refusal.NUMBER_WEEK)
    id, code = desk.ids.uuid7(), desk.assistance.codes.make()
    session = _session(desk, agent, wish, scope, id, person.id, code, device)
    await records.sessions.keep(session, wish.here)
    await desk.records.outbox.put(_message(desk, agent, wish, session, person, code))
    await note(desk, agent.id, "assisted.ask", person.id, id)
    return CitizenAsked(id.hex, int(rules.consent.total_seconds() // 60))


async def consent(
    desk: Desk, agent: Agent, id: UUID, typed: str, language: str, agent_session: UUID | None = None
) -> CitizenAgreed | ConsentWrong | ConsentDead | CitizenFirst:
    """The code that she was sent. The try is counted and committed before anything is compared. `agent_session`: in
    which a token is wanted."""
    code, records, rules = typed_code(typed), desk.records.assisted(), desk.assistance.rules
    if code is None:
        return ConsentWrong()
    kept = await records.sessions.count_try(id, agent.id, rules.tries)
    if kept is None:
        return ConsentDead()
    if not desk.assistance.codes.matches(kept, id, agent.id.hex, code):
        return ConsentWrong()
    session = await records.sessions.of_agent(id, agent.id)
    if session is None:
        return ConsentDead()
    person = await _holder(desk, session, language)
    if person is None:
        return CitizenFirst()
    return await opened(desk, agent.id, session, person, language, "code", agent_session) or ConsentDead()


async def agree(desk: Desk, caller: Caller) -> HelpAgreed | HelpGone:
    """She says yes on her own telephone, to the latest who asks."""
    return await agree_to(desk, caller, None)


async def agree_to(desk: Desk, caller: Caller, id: UUID | None) -> HelpAgreed | HelpGone:
    """She says yes to this one."""
    session = await _asked_of(desk, caller, id)
    if session is None or caller.person is None:
        return HelpGone()
    done = await opened(desk, session.agent, session, caller.person.id, caller.language, caller.channel)
    return HelpAgreed(done.minutes) if done else HelpGone()


async def decline(desk: Desk, caller: Caller) -> HelpGone:
    """She says no to the latest who asks."""
    session = await _asked_of(desk, caller, None)
    if session is not None:
        await desk.records.assisted().sessions.refuse(session.id)
        await note(desk, session.agent, "assisted.refused", session.person, session.id)
    return HelpGone()


async def opened(
    desk: Desk,
    agent: UUID,
    session: Assisted,
    person: UUID,
    language: str,
    proof: str,
    agent_session: UUID | None = None,
) -> CitizenAgreed | None:
    """From now the agent may act, until the time is over; into her ledger of consents, with what proved it."""
    records, lives = desk.records.assisted(), desk.assistance.rules.active
    if not await records.sessions.activate(session.id, person, desk.clock.now() + lives):
        return None
    await desk.records.accounts.give_consent(
        person, f"assisted:{session.id.hex}", WORDS, language, channel="agent", proof=proof, agent=agent
    )
    await note(desk, agent, "assisted.open", person, session.id)
    token = await token_for(desk, session.id, agent_session) if agent_session else ""
    return CitizenAgreed(session.id.hex, int(lives.total_seconds() // 60), token)


async def token_for(desk: Desk, id: UUID, agent_session: UUID) -> str:
    """A token for the open session, in place of any before, good while the agent is signed in there; "" where it is
    not open."""
    token = CITIZEN_TOKEN + make_token(desk.assistance.codes.random_bytes)
    given = await desk.records.assisted().sessions.give_token(id, token_hash(token), agent_session)
    return token if given else ""


async def _asked_of(desk: Desk, caller: Caller, id: UUID | None) -> Assisted | None:
    if caller.person is None or not caller.bound or not caller.attested or caller.agent is not None:
        return None
    found = await desk.records.assisted().sessions.of_person(caller.person.id, 5)
    return next((one for one in found if one.stage is Stage.ASKED and id in (None, one.id)), None)


async def _without_telephone(
    desk: Desk,
    records: AgentRecords,
    agent: Agent,
    wish: Wish,
    scope: frozenset[str],
    language: str,
    device: bytes | None,
) -> CitizenAsked | CitizenAgreed | ClaimWrong:
    """Somebody new, of whom nothing is known, or who comes back. In practice nobody: the code is told at once."""
    person = await _came_back(desk, agent, wish) if wish.slip else await records.people.without_number(language)
    if person is None:
        return ClaimWrong()
    id = desk.ids.uuid7()
    code = desk.assistance.codes.make()
    session = _session(desk, agent, wish, scope, id, person, code, device)
    await records.sessions.keep(session, wish.here)
    await note(desk, agent.id, f"assisted.ask_{'again' if wish.slip else wish.mode}", person, id)
    if wish.mode is Mode.PRACTICE:
        return CitizenAsked(id.hex, int(desk.assistance.rules.consent.total_seconds() // 60), code)
    done = await opened(desk, agent.id, session, person, language, "witness")
    if done is None:
        raise InvalidValue("a session that was just made is not there")
    return done


async def _may_try_slip(desk: Desk, agent: Agent) -> bool:
    """A try is counted, and committed, before any code is looked for."""
    return await desk.records.guesses.allow(SLIP_GUESS, agent.id.hex, SLIPS_A_DAY, desk.today()) is not None


async def _came_back(desk: Desk, agent: Agent, wish: Wish) -> UUID | None:
    """Whom the agent herself helped earlier this day before the same witness, by the code on her slip; nobody whom
    another agent helped, who has claimed it since, or who has a telephone by now."""
    records, since = desk.records.assisted(), desk.clock.now() - desk.assistance.rules.comes_back
    session = await records.sessions.of_claim(wish.slip, agent.id, since)
    if session is None or session.witness.casefold() != wish.witness.casefold():
        return None
    helped = await records.people.get(session.person)
    if helped is None or helped.has_number or helped.has_account:
        return None
    return helped.id


def _scope(desk: Desk, wish: Wish) -> frozenset[str]:
    """The services that she is asked about; raises `InvalidValue` for what the pack does not know."""
    allowed = desk.assistance.purposes.get(wish.purpose)
    if allowed is None or not wish.services <= allowed:
        raise InvalidValue("no such purpose, or not with these services")
    if (wish.mode is Mode.WITNESS) != bool(wish.witness):
        raise InvalidValue("a witness where there is no telephone, and only there")
    if wish.slip and wish.mode is not Mode.WITNESS:
        raise InvalidValue("who has a telephone needs no slip to come back")
    return wish.services or allowed


def _session(
    desk: Desk,
    agent: Agent,
    wish: Wish,
    scope: frozenset[str],
    id: UUID,
    person: UUID,
    code: str,
    device: bytes | None,
) -> Assisted:
    now = desk.clock.now()
    return Assisted(
        id=id,
        agent=agent.id,
        organisation=agent.organisation.id,
        person=person,
        number=wish.number if wish.mode is Mode.PHONE else None,
        mode=wish.mode,
        purpose=wish.purpose,
        services=scope,
        stage=Stage.ASKED,
        asked_at=now,
        ask_until=now + desk.assistance.rules.consent,
        witness=wish.witness,
        code=desk.assistance.codes.kept(id, agent.id.hex, code),
        device=device,
    )


def _message(desk: Desk, agent: Agent, wish: Wish, session: Assisted, person: Person, code: str) -> Alert:
    assert wish.number is not None  # noqa: S101 - asked by telephone
    values: dict[str, SlotValue] = {
        "agent": agent.name,
        "organisation": agent.organisation.name,
        "purpose": Word(f"purpose.{wish.purpose}"),
        "one_time": code,
    }
    return Alert(
        person=person.id,
        to=wish.number,
        kind=AlertKind.CONSENT,
        text_id=TEXT,
        values=values,
        language=person.language,
        source=SOURCE,
        expires_at=session.ask_until,
    )


async def _may_be_sent(desk: Desk, records: AgentRecords, number: Msisdn, address: str, agent: Agent) -> bool:
    """Within the limits of codes for signing in: an agent's device is no better a place to send messages from. On her
    telephone, which has no address, it is she who is bounded, and not all agents together."""
    wanted = charges(number, address, desk.assistance.sms, asker=f"agent:{agent.id.hex}")
    if await records.counters.reached(wanted):
        return False
    for charge in wanted:
        if not await records.counters.take(charge):
            return False
    return True


async def _holder(desk: Desk, session: Assisted, language: str) -> UUID | None:
    """Whose number it is today, as for whoever signs in; None where only her PIN could tell."""
    if session.number is None:
        return await _trainee(desk, session, language)
    person = await desk.records.people.by_number(session.number)
    if person is not None and person.binding is Binding.STALE:
        if person.has_account:
            return None
        await desk.records.people.end_number(session.number, person.id)
        person = None
    # An agent's language is not hers because he helped her.
    return (await desk.records.people.greet(session.number, language, chosen=False)).id


async def _trainee(desk: Desk, session: Assisted, language: str) -> UUID:
    """Whom somebody in training helps: nobody, who agreed to everything."""
    for code in session.services:
        config = desk.services.get(code)
        if config is not None and config.consent is not None:
            await desk.records.accounts.give_consent(
                session.person, config.consent, config.consent_text, language, channel="agent", proof="practice"
            )
    return session.person


async def _refused(desk: Desk, agent: Agent, why: Refusal) -> HelpRefused:
    await note(desk, agent.id, f"assisted.limit_{why}")
    # What was counted and flagged stays, whatever becomes of the request.
    await desk.records.settle()
    return HelpRefused(Word(f"assist_limit.{why}"))
