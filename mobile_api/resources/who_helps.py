"""Who helps me: for the citizen. Her yes or no, the end at any time, and taking over what an agent did."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from mobile_api.operations import Answer, Asked, Op, Security, unforeseen
from mobile_api.problems import Problem
from mobile_api.resources.agent_values import ClaimTyped, HelpAnswer, HelperList, HelperShown
from mobile_api.resources.auth_values import HEX_ID
from services import assisted_claims, assisted_consents, assisted_sessions
from services.outcomes import PinNeeded, TooManyTries
from services.outcomes_assisted import Claimed, ClaimWaits, ClaimWrong, HelpGone

TAG = "me"


async def list_helpers(asked: Asked) -> Answer:
    """Who helped, helps or asks to."""
    items = []
    for session in await assisted_sessions.helpers(asked.desk, asked.caller):
        agent = await asked.desk.records.assisted().agents.get(session.agent)
        name, organisation = (agent.name, agent.organisation.name) if agent else ("-", "-")
        purpose = asked.say(f"purpose.{session.purpose}")
        items.append(HelperShown(session.id.hex, name, organisation, purpose, session.stage, session.asked_at))
    return Answer(HelperList(tuple(items)))


async def answer_helper(asked: Asked) -> Answer:
    """Her yes or no to one who asks."""
    said: HelpAnswer = asked.body
    id = UUID(asked.path["id"])
    done: object
    if said.agrees:
        done = await assisted_consents.agree_to(asked.desk, asked.caller, id)
    else:
        done = await assisted_sessions.stop(asked.desk, asked.caller, id)
    if isinstance(done, HelpGone):
        raise Problem("help_over")
    return Answer(status=204)


async def stop_helper(asked: Asked) -> Answer:
    """She ends it."""
    if isinstance(await assisted_sessions.stop(asked.desk, asked.caller, UUID(asked.path["id"])), HelpGone):
        raise Problem("not_found")
    return Answer(status=204)


async def claim(asked: Asked) -> Answer:
    """What an agent did for her before a witness is hers, at this number."""
    typed: ClaimTyped = asked.body
    match await assisted_claims.claim(asked.desk, asked.caller, typed.code):
        case Claimed():
            return Answer(status=204)
        case ClaimWrong():
            raise Problem("claim_wrong")
        case ClaimWaits():
            raise Problem("claim_waits")
        case TooManyTries():
            raise Problem("too_many_tries")
        case PinNeeded():
            raise Problem("pin_needed")
        case other:
            raise unforeseen(other)


_WHERE: Mapping[str, str] = {"id": HEX_ID}
_WHEN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_HELPER = HelperShown("0" * 32, "Aygün Quliyeva", "Red Crescent", "an application", "ended", _WHEN)

OPS: tuple[Op, ...] = (
    Op(
        id="list_helpers",
        method="GET",
        path="/me/helpers",
        summary="Who helped me, helps me, or asks to",
        tag=TAG,
        act=list_helpers,
        answers={200: HelperList},
        security=Security.PERSON,
        examples={200: HelperList((_HELPER,))},
    ),
    Op(
        id="answer_helper",
        method="POST",
        path="/me/helpers/{id}/answer",
        summary="Say yes or no to somebody who asks to help me",
        tag=TAG,
        act=answer_helper,
        body=HelpAnswer,
        answers={204: None},
        problems=("help_over",),
        security=Security.PERSON,
        write=True,
        where=_WHERE,
        examples={"body": HelpAnswer(True)},
    ),
    Op(
        id="stop_helper",
        method="DELETE",
        path="/me/helpers/{id}",
        summary="End somebody's help",
        tag=TAG,
        act=stop_helper,
        answers={204: None},
        security=Security.PERSON,
        write=True,
        where=_WHERE,
    ),
    Op(
        id="claim_slip",
        method="POST",
        path="/me/claims",
        summary="Take over what was done for me, with the code on the slip",
        tag=TAG,
        act=claim,
        body=ClaimTyped,
        answers={204: None},
        problems=("claim_wrong", "too_many_tries", "pin_needed"),
        security=Security.PERSON,
        write=True,
        examples={"body": ClaimTyped("0123456789")},
    ),
)
