"""What a hop promised is sent: once, to the number in force, and no screen promises what cannot be kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

import pytest

from domain.errors import MinistryHasOne, MinistryRefused, MinistryUnavailable
from domain.states import ApplicationState
from i18n.text import Word
from services import apply
from services.alerts import Alert, AlertKind
from services.intents import perform
from services.outcomes import AnswerPromised, BeingProcessed, Booked
from services.ports import IntentState, Notice, Records
from services.promises import Promises
from services.resuming import EXECUTORS, resume_intents
from tests.services.test_intents import confirm, intents_of, work
from tests.services.town import AID, FORM, KAMRAN, LEYLA, SERVICES, ZONE, Town, silence


@pytest.fixture
def sending(town: Town) -> Town:
    """A town whose gateway can send."""
    town.notices = Promises(SERVICES, channel_open=lambda: True, ministries={"passport": "asan"})
    return town


def outbox(town: Town) -> list[Alert]:
    return [alert for _, _, alert in town.store.outbox]


NEWS = Notice("notice.state", {"reference": "7001", "state": Word("state.granted")}, "social_aid", "7001")


async def test_a_notice_goes_to_her_number_in_her_language(sending: Town):
    caller = await sending.known()
    assert caller.person and await sending.notices.promise(sending.records, caller.person.id, NEWS)
    [alert] = outbox(sending)
    assert (alert.to, alert.language, alert.kind, alert.subject) == (LEYLA, "en", AlertKind.PROMISED, "7001")
    assert (alert.text_id, alert.values["reference"], alert.source) == ("notice.state", "7001", "guichet")


async def test_of_one_thing_she_is_told_once(sending: Town):
    caller = await sending.known()
    assert caller.person
    once = Notice("notice.given_up", {"service": Word("service.passport")}, "passport", once=uuid4())
    for _ in range(2):
        assert await sending.notices.promise(sending.records, caller.person.id, once)
    assert [alert.source for alert in outbox(sending)] == ["asan"]


async def test_a_number_in_doubt_hears_no_personal_word(sending: Town):
    caller = await sending.known()
    sending.later(days=91)
    await sending.records.people.greet(LEYLA, "en")  # as it stands now: stale
    assert caller.person and await sending.notices.promise(sending.records, caller.person.id, NEWS)
    [alert] = outbox(sending)
    assert (alert.text_id, alert.values) == ("sms.stale", {})


@pytest.mark.parametrize("service", ["permit", "no_longer_in_the_pack"])
async def test_a_sensitive_service_is_never_named(sending: Town, service: str):
    caller = await sending.known()
    notice = Notice("notice.submit_refused", {"service": Word(f"service.{service}")}, service)
    assert caller.person and await sending.notices.promise(sending.records, caller.person.id, notice)
    assert [(alert.text_id, alert.values) for alert in outbox(sending)] == [("sms.stale", {})]


async def test_who_has_no_number_any_more_is_promised_nothing(sending: Town):
    caller = await sending.known()
    assert caller.person
    await sending.records.people.end_number(LEYLA, caller.person.id)
    assert not await sending.notices.promise(sending.records, caller.person.id, NEWS)
    assert outbox(sending) == []


async def test_without_a_channel_nothing_is_promised(town: Town):
    town.notices = Promises(SERVICES, channel_open=lambda: False)
    caller = await town.known()
    assert not town.notices.can_send()
    assert caller.person and not await town.notices.promise(town.records, caller.person.id, NEWS)
    town.calendar.write_fails = [silence(True)]
    assert await confirm(town) == BeingProcessed()
    assert outbox(town) == []


# --- confirmed writes -------------------------------------------------------------------------------------


async def test_past_its_deadline_a_hop_promises_the_answer_and_it_is_sent_once(sending: Town):
    town = sending
    await town.known()
    town.calendar.delay = 0.1
    assert await confirm(town, seconds=0.02) == AnswerPromised()
    assert await confirm(town, token="t2", seconds=0.02) == AnswerPromised(), "another door, another hop"
    await town.background.drain(1.0)
    assert [(alert.text_id, alert.values["number"]) for alert in outbox(town)] == [("sms.visit_booked", "v1")]
    assert isinstance(await confirm(town), Booked)
    town.later(hours=1)
    assert await work(town) == 0 and len(outbox(town)) == 1


@pytest.mark.parametrize("carried_out", [True, False])
async def test_what_the_worker_finds_out_is_sent(sending: Town, carried_out: bool):
    town = sending
    await town.known()
    town.calendar.write_fails = [silence(carried_out)]
    assert await confirm(town) == AnswerPromised()
    assert outbox(town) == []
    town.later(seconds=70)
    assert await work(town) == 1
    assert [alert.text_id for alert in outbox(town)] == ["sms.visit_booked"]


async def test_a_refusal_is_sent_too(sending: Town):
    town = sending
    await town.known()
    town.calendar.write_fails = [silence(False), (MinistryRefused("asan"), False)]
    assert await confirm(town) == AnswerPromised()
    town.later(seconds=70)
    await work(town)
    assert [(alert.text_id, alert.values) for alert in outbox(town)] == [
        ("notice.book_refused", {"service": Word("service.passport")})
    ]


async def test_a_seat_that_went_to_another_while_she_waited_is_sent_too(sending: Town):
    """Her request never arrived, and meanwhile the time was offered to others."""
    town = sending
    await town.known()
    town.calendar.write_fails = [silence(False)]
    assert await confirm(town) == AnswerPromised()
    del town.calendar.free["s0"]
    town.later(seconds=70)
    assert await work(town) == 1
    [row] = await intents_of(town, "t1")
    assert (row.state, row.result) == (IntentState.REFUSED, {"taken": True})
    assert [alert.text_id for alert in outbox(town)] == ["notice.book_refused"]


@pytest.mark.parametrize(
    ("kind", "no", "text", "reason"),
    [
        ("submit", MinistryRefused("vemtas", "422", " The income is missing. "), "submit_refused_reason", True),
        ("submit", MinistryRefused("vemtas", "422"), "submit_refused", False),
        ("submit", MinistryHasOne("vemtas", "409", "one is open"), "submit_open_there", False),
        ("amend", MinistryRefused("vemtas", "422", "The income is missing."), "amend_refused_reason", True),
        ("amend", MinistryRefused("vemtas", "422"), "amend_refused", False),
    ],
)
async def test_an_application_refused_is_sent_with_the_ministrys_words(
    sending: Town, kind: str, no: MinistryRefused, text: str, reason: bool
):
    """As its screen would have shown them."""
    town, answers = sending, {"people": 4, "rent": True}
    town.ministry.files["7001"] = replace(AID, state=ApplicationState.ACTION_REQUIRED)
    caller = await town.known(KAMRAN if kind == "submit" else LEYLA)
    await apply.consent(town.desk(), caller, "social_aid")
    town.ministry.write_fails = [silence(False), (no, False)]
    if kind == "submit":
        told = await apply.submit(town.desk(), caller, "social_aid", FORM, answers, "t1")
    else:
        told = await apply.amend(town.desk(), caller, "7001", FORM, answers, "t1")
    assert told == AnswerPromised()
    town.later(seconds=70)
    await work(town)
    [alert] = outbox(town)
    values = {"service": Word("service.social_aid")} | ({"reason": "The income is missing."} if reason else {})
    assert (alert.text_id, alert.values) == (f"notice.{text}", values)


async def test_who_has_her_answer_on_the_screen_gets_no_sms(sending: Town):
    await sending.known()
    assert isinstance(await confirm(sending), Booked)
    assert outbox(sending) == []


async def test_an_answer_that_comes_while_the_hop_leaves_is_shown(sending: Town):
    """Between the end of its time and its promise: the end is there already, and nobody is promised anything."""
    town = sending
    await town.known()
    town.calendar.write_fails = [silence(True)]
    await confirm(town)
    town.later(seconds=70)
    intents = town.records.intents
    [open_one] = [intent async for intent in _open(town)]
    assert open_one.state is IntentState.UNKNOWN
    await work(town)
    assert not await intents.owe(open_one.id)
    assert isinstance(await confirm(town), Booked)


async def _open(town: Town):
    async with town.store.open() as records:
        for intent in await records.intents.open_intents(9):
            yield intent


@dataclass
class Refusing:
    """A channel whose outbox fails."""

    inner: Promises

    def can_send(self) -> bool:
        return True

    async def promise(self, records: Records, person: object, notice: Notice) -> bool:
        raise MinistryUnavailable("any failure")


async def test_an_end_that_cannot_be_told_is_not_kept_as_ended(either_town: Town):
    """The end and its notice are one transaction: the worker comes back for both."""
    town = either_town
    await town.known()
    town.notices = Refusing(Promises(SERVICES, channel_open=lambda: True))
    town.calendar.write_fails = [silence(True)]
    assert await confirm(town) == AnswerPromised()
    town.later(seconds=70)
    if not hasattr(town.store, "database"):
        return  # dictionaries roll nothing back
    await work(town)
    [intent] = await intents_of(town, "t1")
    assert intent is not None and intent.state is not IntentState.DONE
    town.notices = None
    town.later(minutes=10)
    assert await resume_intents(town.desk()) == 1
    assert town.told.notices == ["sms.visit_booked"]


async def test_a_crash_after_the_promise_loses_nothing(either_town: Town):
    """The process that promised died with its call: the worker of another one tells."""
    town = either_town
    town.told.can = True
    await town.known()
    town.calendar.write_fails = [silence(True)]
    assert await confirm(town) == AnswerPromised()
    [intent] = await intents_of(town, "t1")
    assert intent is not None and intent.owed
    town.later(seconds=70)
    assert await work(town) == 1
    assert town.told.notices == ["sms.visit_booked"]


async def test_owed_is_seen_by_whoever_ends_it(either_town: Town):
    town = either_town
    caller = await town.known()
    assert caller.person
    payload: Mapping[str, object] = {"slot": "s0", "participant": caller.person.applicant, "contact": LEYLA.e164}
    async with town.store.open() as records:
        intent = await records.intents.prepare(caller.person.id, "book", "passport", b"d", "t9", payload)
        assert await records.intents.owe(intent.id)
    await perform(town.desk(), EXECUTORS["book"], intent)
    assert town.told.notices == ["sms.visit_booked"]
    async with town.store.open() as records:
        assert not await records.intents.owe(intent.id)


async def test_whoever_is_promised_is_told_and_nobody_else(either_town: Town):
    """Hops that leave just when the answer comes: each sees it or is promised it, never both and never neither."""
    town = either_town
    town.told.can = True
    await town.known()
    town.calendar.delay = 0.02
    seen = []
    for number in range(30):
        town.calendar.offer(f"r{number}", datetime(2026, 11, 26, 9, 0, tzinfo=ZONE))
        seconds = 0.018 + number * 0.0004
        seen.append(type(await confirm(town, token=f"r{number}", slot=f"passport/r{number}", seconds=seconds)))
    await town.background.drain(2.0)
    assert set(seen) <= {AnswerPromised, Booked}
    assert len(town.told.notices) == seen.count(AnswerPromised)
