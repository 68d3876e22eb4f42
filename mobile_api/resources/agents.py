"""Agents themselves: signing in for the day, what they can help with, call-backs, and their organisation's counts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from i18n.text import Text, Word
from mobile_api.operations import Answer, Asked, Op, Security
from mobile_api.problems import Problem
from mobile_api.resources.agent_values import (
    AgentDesk,
    AgentShown,
    AgentSignIn,
    AgentTokens,
    CallBackDone,
    CalledBack,
    Count,
    HeldList,
    HeldListed,
    HeldShown,
    OrganisationCounts,
    PurposeShown,
)
from mobile_api.resources.auth_values import HEX_ID
from mobile_api.resources.pins import pin_refused
from services import agents, assisted_callbacks
from services.agent_values import Agent, AgentState
from services.assisted_held import slip_number
from services.desk import service_word
from services.outcomes import (
    AnswerPromised,
    BeingProcessed,
    SubmissionRefused,
    SubmissionRefusedUnsaid,
    Submitted,
)
from services.outcomes_assisted import HelpGone, NotAnAgent

TAG = "agents"
COUNTED = timedelta(days=30)
_REPLAY_SECONDS = 300
_TOKEN = f"{agents.TOKEN}k0dZ5yq0oT3Qf1s9l2mXbV7cRjUeHnWaPi4gE6tD8Yw"


async def working(asked: Asked) -> Agent:
    """The agent who asks, as she is now."""
    agent = await asked.desk.records.assisted().agents.get(asked.agent)
    if agent is None or agent.state is not AgentState.ACTIVE:
        raise Problem("not_an_agent")
    return agent


async def sign_in(asked: Asked) -> Answer:
    """A working day on this device."""
    typed: AgentSignIn = asked.body
    outcome = await agents.sign_in(asked.desk, asked.caller, asked.signed_in, typed.pin, typed.device)
    match outcome:
        case agents.AgentSignedIn(agent=agent, token=token, seconds=seconds):
            return Answer(AgentTokens(token, seconds, _shown(agent)))
        case NotAnAgent():
            raise Problem("not_an_agent")
        case other:
            raise pin_refused(other)


async def sign_out(asked: Asked) -> Answer:
    """The day is over."""
    await asked.desk.records.assisted().agents.end_session(asked.signed_in)
    return Answer(status=204)


async def own_desk(asked: Asked) -> Answer:
    """Who works here, and with what."""
    agent = await working(asked)
    purposes = asked.desk.assistance.purposes.items()
    shown = tuple(PurposeShown(code, asked.say(f"purpose.{code}"), tuple(sorted(opens))) for code, opens in purposes)
    return Answer(AgentDesk(_shown(agent), shown))


async def list_held(asked: Asked) -> Answer:
    """That something waits for a call-back, but for what she prepared herself."""
    agent, zone = await working(asked), asked.desk.services.zone
    items = tuple(
        HeldListed(
            work.id.hex,
            slip_number(work.id),
            work.service,
            asked.say(service_word(work.service)),
            work.held_at.astimezone(zone).date(),
        )
        for work in await assisted_callbacks.waiting(asked.desk, agent)
    )
    return Answer(HeldList(items))


async def show_held(asked: Asked) -> Answer:
    """What is read out at the call-back."""
    agent, id = await working(asked), UUID(asked.path["id"])
    found = await assisted_callbacks.show(asked.desk, agent, id)
    if found is None:
        raise Problem("not_found")
    work, name = found.work, asked.say(service_word(found.work.service))
    config = asked.desk.services.get(work.service)
    words = asked.say(Text(config.consent_text.partition("@")[0])) if config and config.consent else ""
    until, answers = found.decided_from, dict(work.answers)
    left = max(0, int((until - asked.desk.clock.now()).total_seconds()))
    return Answer(
        HeldShown(id.hex, slip_number(id), work.service, name, found.witness, answers, work.held_at, until, words, left)
    )


async def call_back(asked: Asked) -> Answer:
    """What she said when she was called back."""
    try:
        return await _called_back(asked)
    except assisted_callbacks.OneDevice:
        raise Problem("one_device") from None
    except assisted_callbacks.TooSoon as soon:
        raise Problem("call_back_later", after_seconds=soon.seconds) from None


async def _called_back(asked: Asked) -> Answer:
    said: CalledBack = asked.body
    agent, id = await working(asked), UUID(asked.path["id"])
    assert asked.session is not None  # noqa: S101 - an agent's operation
    device = asked.session.device or None
    if not said.agreed:
        if not await assisted_callbacks.refuse(asked.desk, agent, id, device):
            raise Problem("not_found")
        return Answer(CallBackDone("refused"))
    match await assisted_callbacks.confirm(asked.desk, agent, id, device):
        case Submitted(reference=reference):
            return Answer(CallBackDone("handed_in", reference))
        case BeingProcessed() | AnswerPromised():
            return Answer(CallBackDone("processing"))
        case SubmissionRefused() | SubmissionRefusedUnsaid():
            raise Problem("ministry_refused")
        case HelpGone():
            raise Problem("not_found")


async def counts(asked: Asked) -> Answer:
    """Of her own organisation."""
    agent, records = await working(asked), asked.desk.records.assisted()
    since, own = asked.desk.clock.now() - COUNTED, agent.organisation.id
    sessions = tuple(Count(f"{row[1]}.{row[2]}", row[3]) for row in await records.sessions.counts(own, since))
    flags = tuple(Count(row[1], row[2]) for row in await records.flags.counts(own, since))
    return Answer(OrganisationCounts(agent.organisation.name, sessions, flags))


def limit_reached(why: str) -> Problem:
    """A limit that stands before another citizen."""
    return Problem("agent_limit", {"why": Word(why)}, after_seconds=60)


def _shown(agent: Agent) -> AgentShown:
    return AgentShown(agent.name, agent.badge, agent.organisation.name, agent.practice)


_WHEN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_AGENT = AgentShown("Aygün Quliyeva", "V-014", "Red Crescent volunteers", False)
_HELD = HeldListed("0" * 32, "G-1A2B3C4D", "social_aid", "Social aid", _WHEN.date())
_HELD_IN_FULL = HeldShown(
    "0" * 32, "G-1A2B3C4D", "social_aid", "Social aid", "Rashid Aliyev", {"rents": True}, _WHEN, _WHEN
)
_WHERE = {"id": HEX_ID}

OPS: tuple[Op, ...] = (
    Op(
        id="agent_sign_in",
        method="POST",
        path="/agent/sign-in",
        summary="Begin an agent's working day on this device",
        description="After signing in with a code like anybody. The token is for the operations of agents alone.",
        tag=TAG,
        act=sign_in,
        body=AgentSignIn,
        answers={200: AgentTokens},
        problems=("not_an_agent", "pin_wrong", "pin_locked", "pin_reset_needed", "no_account"),
        security=Security.PERSON,
        write=True,
        replay_seconds=_REPLAY_SECONDS,
        examples={"body": AgentSignIn("284913", _TOKEN[-22:]), 200: AgentTokens(_TOKEN, 28800, _AGENT)},
    ),
    Op(
        id="agent_sign_out",
        method="POST",
        path="/agent/sign-out",
        summary="End the working day",
        tag=TAG,
        act=sign_out,
        answers={204: None},
        security=Security.AGENT,
        write=True,
    ),
    Op(
        id="agent_desk",
        method="GET",
        path="/agent/me",
        summary="Who works here, and with what people can be helped",
        tag=TAG,
        act=own_desk,
        answers={200: AgentDesk},
        problems=("not_an_agent",),
        security=Security.AGENT,
        examples={200: AgentDesk(_AGENT, (PurposeShown("apply", "an application", ("social_aid",)),))},
    ),
    Op(
        id="list_held",
        method="GET",
        path="/agent/callbacks",
        summary="What waits for a call-back in her organisation",
        tag=TAG,
        act=list_held,
        answers={200: HeldList},
        problems=("not_an_agent",),
        security=Security.AGENT,
        examples={200: HeldList((_HELD,))},
    ),
    Op(
        id="show_held",
        method="GET",
        path="/agent/callbacks/{id}",
        summary="What is read out at the call-back",
        description="Who read it is on record. Nothing can be decided before `decided_from`.",
        tag=TAG,
        act=show_held,
        answers={200: HeldShown},
        problems=("not_an_agent",),
        security=Security.AGENT,
        where=_WHERE,
        examples={200: _HELD_IN_FULL},
    ),
    Op(
        id="call_back",
        method="POST",
        path="/agent/callbacks/{id}",
        summary="What was said at the call-back",
        description="By another agent than the one who prepared it, on another device, and not at once: two persons, "
        "never one.",
        tag=TAG,
        act=call_back,
        body=CalledBack,
        answers={200: CallBackDone},
        problems=("not_an_agent", "one_device", "call_back_later", "ministry_refused", "ministry_unavailable"),
        security=Security.AGENT,
        write=True,
        where=_WHERE,
        examples={"body": CalledBack(True), 200: CallBackDone("handed_in", "41000035")},
    ),
    Op(
        id="agent_counts",
        method="GET",
        path="/agent/counts",
        summary="How many were helped, and what was flagged, in her organisation",
        tag=TAG,
        act=counts,
        answers={200: OrganisationCounts},
        problems=("not_an_agent",),
        security=Security.AGENT,
        examples={200: OrganisationCounts("Red Crescent", (Count("phone.ended", 12),), (Count("limit", 1),))},
    ),
)
