"""Choosing where to collect by SMS: places offered in the answer to PICKUP, one chosen, confirmed once."""

from domain.errors import DeadlineExceeded, MinistryError
from i18n.letters import slot_units
from i18n.slots import slot_type
from i18n.text import SlotValue
from services import pickups
from services.alerts import AlertKind
from services.caller import Caller
from services.desk import Desk
from services.outcomes import AnswerPromised, BeingProcessed, PickupMoved, StateOnly
from services.prompted import other_places
from services.questions import Question
from services.reading import NotRead
from services.stored import word
from services.values import Application
from services.wording import said
from sms.keyword_words import Intent
from sms.records.prompts import Mark
from sms.replies import IN_HAND, NOTHING_DONE, READY, SURE_AGAIN, Answer, Given, Reply, asked_anew

MOST = 4
_ROOM = slot_type("sentence").longest


async def offer(
    desk: Desk, caller: Caller, reference: str, found: Application | NotRead, intent: Intent
) -> Reply | None:
    """The answer to PICKUP where what waits may wait elsewhere and is hers; None where there is nothing to offer, or
    so much that it is better read by dialling."""
    if intent is not Intent.PICKUP or found != StateOnly(READY):
        return None
    places = await other_places(desk, caller, reference)
    listed = ", ".join(f"{number} {said(place.name)}" for number, place in enumerate(places, 1))
    if not places or len(places) > MOST or slot_units(listed) > _ROOM:
        return None
    facts: dict[str, SlotValue] = {"reference": reference}
    for number, place in enumerate(places, 1):
        facts |= {f"point{number}": place.id, f"place{number}": said(place.name)}
    values: dict[str, SlotValue] = {"reference": reference, "state": READY, "places": listed}
    return Reply("sms.reply_pickup_places", values, asks=(Question.PICKUP, facts))


async def chosen(desk: Desk, given: Given) -> Answer:
    """To the places: the number of one."""
    answered, facts = given.answered, given.prompt.facts
    number = answered.typed.lstrip("0") if answered is not None else ""
    if f"point{number}" in facts:
        asked: dict[str, SlotValue] = {
            "reference": facts["reference"], "point": facts[f"point{number}"], "place": facts[f"place{number}"]
        }  # fmt: skip
        told = {"reference": facts["reference"], "place": asked["place"]}
        asks = (Question.PICKUP_SURE, asked)
        return Answer("pickup_sure", Reply("sms.reply_pickup_sure", told, asks=asks, until=given.prompt.expires_at))
    if answered is not None and answered.yes is False:
        return Answer("pickup_kept", NOTHING_DONE, marks=(given.prompt.id, Mark.OVER))
    return Answer("pickup_unclear", Reply("sms.reply_pickup_again", closes=False))


async def sure(desk: Desk, given: Given) -> Answer:
    """To "shall it wait there?": 1 yes."""
    if given.answered is not None and given.answered.is_yes():
        return await _choose(desk, given)
    if given.answered is not None and given.answered.is_no():
        return Answer("pickup_kept", NOTHING_DONE)
    return Answer("pickup_unclear", SURE_AGAIN)


async def _choose(desk: Desk, given: Given) -> Answer:
    facts, prompt = given.prompt.facts, given.prompt
    reference, point = word(facts, "reference"), word(facts, "point")
    try:
        ended = await pickups.choose(desk, given.caller, reference, point, prompt.token)
    except (MinistryError, DeadlineExceeded):
        return asked_anew("pickup_away", prompt)
    match ended:
        case PickupMoved(place, address, _):
            told: dict[str, SlotValue] = {"reference": reference, "place": place, "address": address}
            return Answer("pickup_moved", Reply("notice.choose_pickup_done", told, kind=AlertKind.PROMISED))
        case BeingProcessed() | AnswerPromised():
            return Answer("pickup_moved", IN_HAND)
    return Answer("pickup_refused", Reply("sms.reply_pickup_refused"))
