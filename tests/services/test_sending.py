"""Having details sent to oneself, and having an answer sent that the ministry does not give now."""

from dataclasses import replace

import pytest

from domain.errors import MinistryBusy, MinistryRefused, MinistryUnavailable
from domain.states import ApplicationState
from i18n.text import Word
from services import applications, pickups, sending, visits
from services.alerts import Alert
from services.answering import GIVE_UP, answer
from services.outcomes import (
    AnswerPromised,
    DetailsSent,
    NotSendable,
    PickupReady,
    PinNeeded,
    SentTooOften,
    StateOnly,
    TooManyTries,
    Unanswered,
    VisitShown,
)
from services.promises import Promises
from services.sending import A_DAY, ANSWER
from services.tidings import answer_of
from services.timers import fire_timers
from tests.services.test_intents import confirm
from tests.services.town import CARD, KAMRAN, LEYLA, SERVICES, Town


@pytest.fixture
def town(town: Town) -> Town:
    """One whose gateway can send."""
    town.notices = Promises(SERVICES, channel_open=lambda: True)
    return town


def sent(town: Town) -> list[Alert]:
    return [alert for _, _, alert in town.store.outbox]


async def work(town: Town) -> int:
    return await fire_timers(town.desk(), {ANSWER: answer})


# --- details ----------------------------------------------------------------------------------------------


async def test_where_to_collect_is_sent_to_her(town: Town):
    caller = await town.known()
    shown = await pickups.find(town.desk(), caller, "7002")
    assert getattr(shown, "by_sms", None) is True
    assert await sending.pickup(town.desk(), caller, "7002") == DetailsSent()
    [alert] = sent(town)
    assert (alert.to, alert.text_id, alert.subject) == (LEYLA, "sms.pickup_from", "7002")
    assert (alert.values["place"], alert.values["address"]) == ("Bank branch 1", "1 Nizami St")
    assert alert.values["hours"] == "9-17"


async def test_without_hours_it_is_where_and_when(town: Town):
    assert CARD.pickup
    closed = replace(CARD.pickup, place=replace(CARD.pickup.place, hours={}))
    town.ministry.files["7002"] = replace(CARD, pickup=closed)
    assert await sending.pickup(town.desk(), await town.known(), "7002") == DetailsSent()
    assert sent(town)[0].text_id == "sms.ready_from"


async def test_until_when_where_there_is_a_last_day(town: Town):
    assert CARD.pickup
    last = replace(CARD.pickup, available_until=CARD.pickup.available_from)
    town.ministry.files["7002"] = replace(CARD, pickup=last)
    caller = await town.known()
    assert isinstance(await pickups.find(town.desk(), caller, "7002"), PickupReady)
    await sending.pickup(town.desk(), caller, "7002")
    assert sent(town)[0].text_id == "sms.pickup_until"


async def test_a_visit_is_sent_to_her(town: Town):
    await town.known()
    await confirm(town)
    caller = await town.caller()
    shown = await visits.open(town.desk(), caller, "passport/v1")
    assert isinstance(shown, VisitShown) and shown.by_sms
    assert await sending.visit(town.desk(), caller, "passport/v1") == DetailsSent()
    assert [(alert.text_id, alert.values["number"]) for alert in sent(town)] == [("sms.visit_booked", "v1")]
    assert await sending.visit(town.desk(), caller, "passport/v9") == NotSendable()


async def test_five_a_day(town: Town):
    caller = await town.known()
    for _ in range(A_DAY):
        assert await sending.pickup(town.desk(), caller, "7002") == DetailsSent()
    assert await sending.pickup(town.desk(), caller, "7002") == SentTooOften()
    assert await sending.answer(town.desk(), caller, "7002") == SentTooOften()
    town.later(days=1)
    assert await sending.pickup(town.desk(), caller, "7002") == DetailsSent()
    assert len(sent(town)) == A_DAY + 1


async def test_another_gets_nothing_that_she_may_not_see(town: Town):
    stranger = await town.known(KAMRAN)
    assert isinstance(await pickups.find(town.desk(), stranger, "7002"), StateOnly)
    assert await sending.pickup(town.desk(), stranger, "7002") == NotSendable()
    assert await sending.visit(town.desk(), stranger, "passport/v1") == NotSendable()
    assert sent(town) == []


async def test_with_an_account_the_pin_comes_first(town: Town):
    caller = await town.known(pin="491625")
    assert await sending.pickup(town.desk(), caller, "7002") == PinNeeded()
    assert await sending.visit(town.desk(), caller, "passport/v1") == PinNeeded()
    proven = await town.caller(verified=True)
    assert await sending.pickup(town.desk(), proven, "7002") == DetailsSent()


async def test_without_a_channel_nothing_is_offered(town: Town):
    town.notices = None
    caller = await town.known()
    shown = await pickups.find(town.desk(), caller, "7002")
    assert getattr(shown, "by_sms", None) is False
    assert await sending.pickup(town.desk(), caller, "7002") == NotSendable()
    assert await sending.answer(town.desk(), caller, "7002") == NotSendable()
    town.ministry.fails = MinistryUnavailable("m")
    with pytest.raises(MinistryUnavailable):
        await applications.find(town.desk(), caller, "7001")


# --- answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [MinistryUnavailable("m", "slow"), MinistryBusy("m")])
async def test_a_ministry_that_does_not_answer_now_is_asked_again_for_her(town: Town, failure: Exception):
    caller = await town.known()
    town.ministry.fails = failure
    assert await applications.find(town.desk(), caller, "7001") == Unanswered(Word(failure.told))
    assert await pickups.find(town.desk(), caller, "7001") == Unanswered(Word(failure.told))
    assert await sending.answer(town.desk(), caller, "7001") == AnswerPromised()
    assert await work(town) == 0, "not at once: it has just failed"
    town.later(minutes=1)
    assert await work(town) == 1 and sent(town) == []
    town.ministry.fails = None
    town.later(minutes=2)
    assert await work(town) == 1
    [alert] = sent(town)
    assert (alert.to, alert.text_id) == (LEYLA, "sms.granted_amount_until")
    town.later(days=2)
    assert await work(town) == 0 and len(sent(town)) == 1


async def test_a_refused_read_is_no_reason_to_wait(town: Town):
    caller = await town.known()
    town.ministry.fails = MinistryRefused("m")
    with pytest.raises(MinistryRefused):
        await applications.find(town.desk(), caller, "7001")


async def test_in_the_end_she_is_told_that_there_is_no_answer(town: Town):
    caller = await town.known()
    town.ministry.fails = MinistryUnavailable("m")
    await sending.answer(town.desk(), caller, "7001")
    looks = 0
    for _ in range(100):
        town.later(minutes=30)
        looks += await work(town)
    assert [alert.text_id for alert in sent(town)] == ["notice.no_answer"]
    assert GIVE_UP.total_seconds() / 1800 >= looks > 20


async def test_a_stranger_is_answered_with_the_state_word(town: Town):
    stranger = await town.known(KAMRAN)
    await sending.answer(town.desk(), stranger, "7001")
    town.later(minutes=1)
    await work(town)
    [alert] = sent(town)
    assert (alert.to, alert.text_id) == (KAMRAN, "notice.state")
    assert alert.values == {"reference": "7001", "state": Word("state.granted")}


async def test_an_unknown_reference_is_answered_too(town: Town):
    caller = await town.known()
    await sending.answer(town.desk(), caller, "7999")
    town.later(minutes=1)
    await work(town)
    assert [alert.text_id for alert in sent(town)] == ["notice.not_found"]


async def test_without_her_pin_she_hears_only_that_it_is_there(town: Town):
    caller = await town.known(pin="491625")
    await sending.answer(town.desk(), caller, "7001")
    town.later(minutes=1)
    await work(town)
    assert [(alert.text_id, alert.values) for alert in sent(town)] == [
        ("sms.sensitive_application", {"reference": "7001"})
    ]


async def test_with_her_pin_typed_she_hears_all(town: Town):
    await town.known(pin="491625")
    await sending.answer(town.desk(), await town.caller(verified=True), "7001")
    town.later(minutes=1)
    await work(town)
    assert [alert.text_id for alert in sent(town)] == ["sms.granted_amount_until"]


async def test_a_sensitive_service_is_not_named_even_to_her(town: Town):
    await town.known(pin="491625")
    await sending.answer(town.desk(), await town.caller(verified=True), "8001")
    town.later(minutes=1)
    await work(town)
    assert [(alert.text_id, alert.values) for alert in sent(town)] == [("sms.stale", {})]


async def test_a_number_that_became_anothers_hears_nothing(town: Town):
    caller = await town.known()
    assert caller.person
    await sending.answer(town.desk(), caller, "7001")
    await town.records.people.end_number(LEYLA, caller.person.id)
    await town.known()  # somebody else has it now
    town.later(minutes=1)
    assert await work(town) == 1
    assert sent(town) == []


async def test_a_number_that_fell_silent_meanwhile_hears_nothing(town: Town):
    caller = await town.known()
    await sending.answer(town.desk(), caller, "7001")
    town.later(days=91)
    assert await work(town) == 1
    assert sent(town) == []


@pytest.mark.parametrize("state", list(ApplicationState))
async def test_every_state_can_be_told(town: Town, state: ApplicationState):
    town.ministry.files["7001"] = replace(town.ministry.files["7001"], state=state)
    caller = await town.known()
    await sending.answer(town.desk(), caller, "7001")
    town.later(minutes=1)
    await work(town)
    [alert] = sent(town)
    assert alert.text_id.startswith(("sms.", "notice.state"))


async def test_asked_twice_told_once(town: Town):
    caller = await town.known()
    for _ in range(2):
        await sending.answer(town.desk(), caller, "7001")
    town.later(minutes=1)
    assert await work(town) == 1 and len(sent(town)) == 1


async def test_an_answer_that_meets_the_days_limit_says_so(town: Town):
    """Not that a message waits for her, where none does."""
    caller = await town.known()
    assert caller.person
    asked, today = town.clock.now(), town.desk().today()
    notice = answer_of(TooManyTries(), "social_aid", "7001", "en", caller.person.id, asked, today)
    assert (notice.text_id, notice.values) == ("notice.too_many", {"reference": "7001"})
