"""Our messages ask, and an answer does what was asked and no more: visits kept or cancelled, places chosen, once."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.deadline import Deadline
from domain.msisdn import Msisdn
from i18n.text import Word
from services import visits
from services.alerts import Alert, AlertKind
from services.caller import Caller
from services.outcomes import Booked, Days, Times, VisitRefused
from services.questions import Asks, Question
from services.reminders import TIMER_HANDLERS
from services.timers import TimerKind, fire_timers
from services.values import Visit
from sms.records.outbox import SqlOutbox
from sms.tables import MESSAGES, PROMPTS
from tests.gateway.texting import Exchange
from tests.gateway.walks import at_home, with_account
from tests.phone import AfricasTalkingPhone, request
from tests.whole import Whole

AYGUN, STRANGER = "+994501234501", "+994505520099"
HER_CARD, ANOTHERS = "41000019", "41000024"
_PROMPT = (PROMPTS.c.id, PROMPTS.c.message_id, PROMPTS.c.about_index, PROMPTS.c.expires_at)
PLACES = (
    "41000019: ready to collect. Other places: 1 Demo Bank Yasamal, 2 Demo Bank Sumqayit, 3 Demo Bank Gencə. "
    "To collect at one of them, reply its number. Where and when now: dial *123#"
).replace("ə", "e")


@pytest.fixture
def exchange(gateway_whole: Whole) -> Exchange:
    return Exchange(gateway_whole)


class Diary:
    """What a woman does with her visits by telephone, and what the ministry has of them."""

    def __init__(self, exchange: Exchange, number: str = AYGUN, language: str = "en") -> None:
        self.exchange, self.number, self.language = exchange, Msisdn.parse(number), language

    async def book(self, place: int = 0) -> None:
        """The first time that is open in three days or later; `place`: of the list of times."""
        parts = self.exchange.whole.parts
        async with parts.database.unit_of_work() as work:
            desk = self.exchange.desk_for(work, Deadline.after(20, parts.desk.clock))
            person = await desk.records.people.greet(self.number, self.language)
            caller = Caller(self.number, person, self.language, False, "ussd", "s")
            days = await visits.days(desk, caller, "id_card", "asan-01")
            assert isinstance(days, Days)
            times = await visits.times(desk, caller, "id_card", "asan-01", days.days[2].id)
            assert isinstance(times, Times)
            booked = await visits.book(desk, caller, times.times[place].id, f"book-{place}")
        assert isinstance(booked, Booked)

    async def known(self) -> list[Visit]:
        """At the ministry."""
        parts = self.exchange.whole.parts
        async with parts.database.unit_of_work() as work:
            desk = self.exchange.desk_for(work, Deadline.after(20, parts.desk.clock))
            person = await desk.records.people.by_number(self.number)
            assert person
        calendar = parts.desk.ministries.appointments("id_card")
        found = await calendar.of_participant(person.applicant, Deadline.after(20, parts.desk.clock))
        return sorted(found, key=lambda visit: visit.slot.starts)

    async def set_again(self) -> None:
        """The timer of the reminder, once more."""
        (visit,) = await self.known()
        parts = self.exchange.whole.parts
        async with parts.database.unit_of_work() as work:
            records = self.exchange.keeper.over(work)
            person = await records.people.by_number(self.number)
            assert person
            kept = {"reference": visit.id, "source": "guichet", "starts": visit.slot.starts.isoformat()}
            kept |= {"place": "", "participant": person.applicant}
            due = parts.desk.clock.now()
            await records.timers.set(person.id, TimerKind.APPOINTMENT_REMINDER.value, "id_card", visit.id, kept, due)

    async def reminded(self, *, sent: bool = True) -> list[str]:
        """The day before, at ten; the texts that come."""
        starts = (await self.known())[0].slot.starts
        clock = self.exchange.whole.clock
        clock.at = datetime.combine(starts.date() - timedelta(days=1), starts.timetz()).astimezone(UTC)
        clock.at = clock.at.replace(hour=6, minute=0)
        before = len(await self.exchange.messages(self.number.e164))
        await fire_timers(self.exchange.whole.parts.desk, TIMER_HANDLERS)
        if sent:
            await self.exchange.hand_over()
        clock.advance(timedelta(minutes=5))
        return [told.text for told in (await self.exchange.messages(self.number.e164))[before:]]


@pytest.fixture
async def diary(exchange: Exchange) -> AsyncIterator[Diary]:
    her = Diary(exchange)
    await her.book()
    yield her


# --- do you come? -----------------------------------------------------------------------------------------


async def test_a_reminder_asks_and_yes_is_remembered(exchange: Exchange, diary: Diary) -> None:
    (reminder,) = await diary.reminded()
    assert reminder.startswith("Reminder of your visit: Identity card, ")
    assert reminder.endswith("Reply 1 if you come, 2 to cancel it, or dial *123#")
    thanks = await exchange.one(AYGUN, "1")
    assert thanks.startswith("Thank you. You are expected on ")
    assert await exchange.one(AYGUN, "yes please") == thanks
    assert len(await diary.known()) == 1
    assert [intent for _, intent in await exchange.rows()] == ["visit_yes", "visit_yes"]


async def test_who_said_that_she_comes_is_not_asked_again(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    await exchange.one(AYGUN, "1")
    await exchange.text(AYGUN, "MENU")
    # A copy of the ministry's event: the timer is set anew, and reminds her a second time.
    await diary.set_again()
    exchange.whole.clock.advance(timedelta(seconds=5))
    before = len(await exchange.messages(AYGUN))
    await fire_timers(exchange.whole.parts.desk, TIMER_HANDLERS)
    (again,) = (await exchange.messages(AYGUN))[before:]
    assert again.text.startswith("Reminder of your visit: Identity card, ")
    assert "Reply" not in again.text
    assert (await exchange.rows(MESSAGES.c.text_id, order=MESSAGES.c.id))[-1] == ("sms.visit_reminder",)


async def test_no_cancels_the_visit_once_however_often_it_comes(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    first = await exchange.one(AYGUN, "2")
    assert first.startswith("Your visit is cancelled: Identity card, ")
    assert await diary.known() == []
    assert await exchange.one(AYGUN, "2") == first
    assert (await exchange.one(AYGUN, "1")).startswith("This visit is no longer there")


async def test_a_visit_that_the_office_does_not_cancel_stands_and_she_hears_why(
    exchange: Exchange, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    await diary.reminded()
    no = {"ministry": "asan", "operation": "appointment.delete", "kind": "status", "value": 422, "times": 1}
    exchange.whole.sandbox.state.world.faults.add(no)
    unsaid = await exchange.one(AYGUN, "2")
    assert unsaid.startswith("Identity card: your visit could not be cancelled")
    assert len(await diary.known()) == 1

    async def refused(*asked: object) -> VisitRefused:
        return VisitRefused("Too late to cancel")

    monkeypatch.setattr("sms.visit_answers.cancel_visit", refused)
    said = await exchange.one(AYGUN, "2")
    assert said.startswith("Identity card: your visit was not cancelled and stays as it was. Reason: Too late to")


async def test_a_yes_to_what_was_cancelled_meanwhile_is_told_so(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    (visit,) = await diary.known()
    calendar, her = exchange.whole.parts.desk.ministries.appointments("id_card"), await diary_of(exchange, AYGUN)
    assert await calendar.cancel(visit.id, her.applicant, Deadline.after(20, exchange.whole.clock))
    assert (await exchange.one(AYGUN, "1")).startswith("This visit is no longer there")


async def test_who_changes_her_mind_is_heard(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    await exchange.one(AYGUN, "yes")
    assert (await exchange.one(AYGUN, "no")).startswith("Your visit is cancelled")
    assert await diary.known() == []


async def test_what_is_no_answer_is_told_what_is_one_and_loses_nothing(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    how = "Reply 1 if you come to your visit, 2 to cancel it. For anything else, dial *123#"
    for text in ("3", "maybe", "I shall be ten minutes late"):
        assert await exchange.one(AYGUN, text) == how
    assert ANOTHERS in await exchange.one(AYGUN, f"STATUS {ANOTHERS}"), "keywords are heard as ever"
    assert len(await diary.known()) == 1
    assert (await exchange.one(AYGUN, "1")).startswith("Thank you")


async def test_nothing_was_asked_before_the_message_went_out(exchange: Exchange, diary: Diary) -> None:
    assert len(await diary.reminded(sent=False)) == 1
    assert "did not understand" in await exchange.one(AYGUN, "2")
    assert len(await diary.known()) == 1


async def test_what_was_written_before_the_reminder_answers_nothing(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    await exchange.take(AYGUN, "2", sent_at=exchange.whole.clock.now() - timedelta(minutes=30))
    await exchange.handle()
    assert (await exchange.rows())[-1] == ("ignored", "late")
    assert len(await diary.known()) == 1


async def test_after_the_visit_has_begun_it_is_too_late(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    exchange.whole.clock.advance(timedelta(hours=47))
    assert await exchange.one(AYGUN, "2") == "It is too late to answer that question by SMS. Please dial *123#"
    exchange.whole.clock.advance(timedelta(days=3))
    assert await exchange.inbox.sweep()
    assert "did not understand" in await exchange.one(AYGUN, "2")


async def test_the_last_question_wins(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    await exchange.one(AYGUN, f"STATTU {ANOTHERS}")
    assert ANOTHERS in await exchange.one(AYGUN, "1")
    assert "did not understand" in await exchange.one(AYGUN, "2"), "an answer to nothing cancels nothing"
    assert len(await diary.known()) == 1


async def test_a_menu_played_since_takes_the_question_away(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    await exchange.one(AYGUN, "MENU")
    exchange.whole.clock.advance(timedelta(minutes=20))
    await exchange.one(AYGUN, "2")
    assert len(await diary.known()) == 1


async def test_cancel_while_a_visit_is_asked_about_names_it_first(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    assert (await exchange.one(AYGUN, "Cancel")).startswith("Cancel this visit: Identity card, ")
    assert await exchange.one(AYGUN, "perhaps") == "Reply 1 for yes, 2 for no, or dial *123#"
    assert await exchange.one(AYGUN, "no") == "Nothing was changed. For anything else, dial *123#"
    assert len(await diary.known()) == 1
    assert (await exchange.one(AYGUN, "1")).startswith("Thank you"), "the reminder's own question still stands"
    assert (await exchange.one(AYGUN, "Cancel")).startswith("Cancel this visit: Identity card, ")
    assert (await exchange.one(AYGUN, "1")).startswith("Your visit is cancelled")
    assert await diary.known() == []


async def test_of_two_visits_the_one_to_cancel_is_named(exchange: Exchange, diary: Diary) -> None:
    await diary.book(3)
    assert len(await diary.reminded()) == 2
    asked = await exchange.one(AYGUN, "2")
    assert asked.startswith("Cancel this visit: Identity card, ")
    (kept,) = [visit for visit in await diary.known() if f"{visit.slot.starts:%H:%M}" not in asked]
    assert (await exchange.one(AYGUN, "1")).startswith("Your visit is cancelled")
    assert await diary.known() == [kept]


async def test_of_two_visits_the_other_is_named_when_it_is_not_the_first(exchange: Exchange, diary: Diary) -> None:
    await diary.book(3)
    await diary.reminded()
    first = await exchange.one(AYGUN, "2")
    (kept,) = [visit for visit in await diary.known() if f"{visit.slot.starts:%H:%M}" in first]
    other = await exchange.one(AYGUN, "no")
    assert other.startswith("Cancel this visit: Identity card, ")
    assert other != first
    assert (await exchange.one(AYGUN, "1")).startswith("Your visit is cancelled")
    assert await diary.known() == [kept]
    assert (await exchange.one(AYGUN, "1")).startswith("Thank you"), "nor is the question of the other lost"


async def test_who_cancels_neither_of_two_keeps_both_and_may_still_answer(exchange: Exchange, diary: Diary) -> None:
    await diary.book(3)
    await diary.reminded()
    for text in ("2", "no"):
        await exchange.one(AYGUN, text)
    assert await exchange.one(AYGUN, "no") == "Nothing was changed. For anything else, dial *123#"
    assert len(await diary.known()) == 2
    assert (await exchange.one(AYGUN, "2")).startswith("Cancel this visit: Identity card, ")


async def test_a_digit_that_may_be_meant_for_a_survey_cancels_no_visit(exchange: Exchange, diary: Diary) -> None:
    await asks_her_opinion(exchange)
    await exchange.hand_over()
    await diary.reminded()
    assert (await exchange.one(AYGUN, "2")).startswith("Cancel this visit: Identity card, ")
    assert len(await diary.known()) == 1
    assert (await exchange.one(AYGUN, "1")).startswith("Your visit is cancelled")
    assert await diary.known() == []


async def test_a_cancelled_visit_is_told_also_after_the_last_word(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    for _ in range(5):
        await exchange.text(AYGUN, "I am on holiday, back on Monday")
    assert await exchange.text(AYGUN, "I am on holiday, back on Monday") == [], "the last word was said"
    for place in range(18):
        await exchange.text(AYGUN, f"text number {place}")
    (told,) = await exchange.text(AYGUN, "2")
    assert told.startswith("Your visit is cancelled: Identity card, ")
    assert await diary.known() == []
    assert await exchange.text(AYGUN, "2") == [], "once"
    assert await exchange.text(AYGUN, "STOP") == [], "what she can repeat for ever is not answered for ever"


async def test_while_the_office_is_away_nothing_is_lost_and_she_may_answer_again(
    exchange: Exchange, diary: Diary
) -> None:
    await diary.reminded()
    await faults(exchange, "status", 503)
    before = await exchange.rows(*_PROMPT, order=PROMPTS.c.id)
    assert "nothing was changed" in await exchange.one(AYGUN, "2")
    await exchange.one(AYGUN, "HELP")
    assert "nothing was changed" in await exchange.one(AYGUN, "2")
    assert await exchange.rows(*_PROMPT, order=PROMPTS.c.id) == before, "it is still the reminder's question"
    await faults(exchange, "none", 0)
    exchange.whole.clock.advance(timedelta(minutes=2))
    assert (await exchange.one(AYGUN, "2")).startswith("Your visit is cancelled")
    assert await diary.known() == []


async def test_an_answer_handled_again_after_a_death_cancels_once(
    exchange: Exchange, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    await diary.reminded()
    keep = exchange.inbox._finish

    async def dies(*_: Any) -> None:
        raise RuntimeError("killed before the reply was written")

    monkeypatch.setattr(exchange.inbox, "_finish", dies)
    await exchange.take(AYGUN, "2")
    await exchange.inbox.handle()
    assert await diary.known() == []
    monkeypatch.setattr(exchange.inbox, "_finish", keep)
    exchange.whole.clock.advance(timedelta(minutes=2))
    before = len(await exchange.messages(AYGUN))
    await exchange.handle()
    (told,) = (await exchange.messages(AYGUN))[before:]
    assert told.text.startswith("Your visit is cancelled")


async def test_who_has_the_number_now_answers_for_nobody_else(exchange: Exchange, diary: Diary) -> None:
    await diary.reminded()
    await exchange.one(AYGUN, "WRONG")
    people = await diary_of(exchange, AYGUN)
    assert people.former_holder
    assert "no longer there" in await exchange.one(AYGUN, "2")


async def test_a_pin_is_not_needed_for_what_we_asked(exchange: Exchange, diary: Diary) -> None:
    phone = AfricasTalkingPhone(exchange.whole.app, AYGUN)
    await phone.dial()
    await with_account(phone)
    assert (await diary_of(exchange, AYGUN)).has_account
    await diary.reminded()
    assert (await exchange.one(AYGUN, "2")).startswith("Your visit is cancelled")
    assert await diary.known() == []


async def test_under_a_name_that_nobody_can_reply_to_nothing_is_asked(exchange: Exchange, diary: Diary) -> None:
    outbox = exchange.keeper
    parts = exchange.whole.parts
    mute = type(outbox)(
        outbox.database, outbox.sealer, outbox.keys, outbox.clock, outbox.ids,
        outbox=lambda sealed: SqlOutbox(sealed, outbox.clock, outbox.ids),
    )  # fmt: skip
    starts = (await diary.known())[0].slot.starts
    exchange.whole.clock.at = (starts - timedelta(hours=20)).astimezone(UTC)
    await fire_timers(replace(parts.desk, open_records=mute.open), TIMER_HANDLERS)
    reminder = (await exchange.messages(AYGUN))[-1].text
    assert "Reply" not in reminder
    assert "*123#" in reminder
    async with parts.database.unit_of_work() as work:
        assert (await work.execute(select(PROMPTS.c.id))).all() == []


@pytest.mark.parametrize(("language", "yes", "no"), [("az", "bəli", "xeyr"), ("fr", "oui", "non")])
async def test_in_every_language_of_the_pack(exchange: Exchange, language: str, yes: str, no: str) -> None:
    diary = Diary(exchange, language=language)
    await diary.book()
    await diary.reminded()
    await exchange.one(AYGUN, yes)
    await exchange.one(AYGUN, "?!")
    await exchange.one(AYGUN, no)
    assert await diary.known() == []
    sent = await exchange.messages(AYGUN)
    assert all(len(told.parts) <= 2 for told in sent)
    assert {len(told.parts) for told in sent[1:]} == {1}


# --- where shall it wait? ---------------------------------------------------------------------------------


async def test_another_place_is_offered_chosen_confirmed_once(exchange: Exchange) -> None:
    await at_home(AfricasTalkingPhone(exchange.whole.app, AYGUN))
    assert await exchange.one(AYGUN, f"PICKUP {HER_CARD}") == PLACES
    assert await exchange.one(AYGUN, "2") == f"Collect {HER_CARD} at Demo Bank Sumqayit? If so, reply 1."
    moved = await exchange.one(AYGUN, "1")
    assert "Demo Bank Sumqayit" in moved
    assert await where(exchange) == "branch-03"
    assert "did not understand" in await exchange.one(AYGUN, "1"), "the question is answered"


async def test_no_and_what_is_no_number_of_a_place_move_nothing(exchange: Exchange) -> None:
    await at_home(AfricasTalkingPhone(exchange.whole.app, AYGUN))
    was = await where(exchange)
    await exchange.one(AYGUN, f"PICKUP {HER_CARD}")
    again = "Reply with the number of a place, like 1, or dial *123#"
    assert await exchange.one(AYGUN, "7") == again
    assert await exchange.one(AYGUN, "where I was born") == again
    await exchange.one(AYGUN, "1")
    assert await exchange.one(AYGUN, "nope") == "Nothing was changed. For anything else, dial *123#"
    assert await where(exchange) == was


async def test_nobody_else_is_offered_anything_and_an_account_chooses_with_its_pin(exchange: Exchange) -> None:
    assert "Demo Bank" not in await exchange.one(STRANGER, f"PICKUP {HER_CARD}")
    phone = AfricasTalkingPhone(exchange.whole.app, AYGUN)
    await at_home(phone)
    await with_account(phone)
    assert (await diary_of(exchange, AYGUN)).has_account
    assert await exchange.one(AYGUN, f"PICKUP {HER_CARD}") == (
        f"{HER_CARD}: ready to collect. Where and when to collect: dial *123#"
    )


async def test_an_offer_is_two_parts_at_most_in_every_language(exchange: Exchange) -> None:
    for language in ("AZ", "EN", "FR"):
        await exchange.one(AYGUN, f"LANG {language}")
        await exchange.one(AYGUN, f"PICKUP {HER_CARD}")
        await exchange.one(AYGUN, "3")
        await exchange.one(AYGUN, "2")
    assert all(len(told.parts) <= 2 for told in await exchange.messages(AYGUN))


# --- what the stories need --------------------------------------------------------------------------------


async def faults(exchange: Exchange, kind: str, value: int) -> None:
    body = json.dumps({"ministry": "asan", "operation": "*", "kind": kind, "value": value}).encode()
    headers = {"content-type": "application/json"}
    if kind == "none":
        await request(exchange.whole.sandbox, "DELETE", "/sandbox/faults")
    else:
        await request(exchange.whole.sandbox, "POST", "/sandbox/faults", body=body, headers=headers)


async def where(exchange: Exchange) -> str:
    parts = exchange.whole.parts
    found = await parts.desk.ministries.applications("social_aid").get(HER_CARD, Deadline.after(20, parts.desk.clock))
    assert found and found.pickup
    return str(found.pickup.place.id)


async def diary_of(exchange: Exchange, number: str) -> Any:
    async with exchange.whole.parts.database.unit_of_work() as work:
        return await exchange.keeper.over(work).people.by_number(Msisdn.parse(number))


async def asks_her_opinion(exchange: Exchange) -> None:
    """A survey's question is put for her."""
    until = exchange.whole.clock.now() + timedelta(days=7)
    async with exchange.whole.parts.database.unit_of_work() as work:
        records = exchange.keeper.over(work)
        person = await records.people.by_number(Msisdn.parse(AYGUN))
        assert person
        values = {"service": Word("service.id_card"), "question": Word("question.received")}
        asks = Asks(
            Question.SURVEY, "sms.survey_visit_ask", {**values, "survey": "0" * 32, "person": str(person.id)}, until
        )
        await records.outbox.put(
            Alert(
                person=person.id,
                to=Msisdn.parse(AYGUN),
                kind=AlertKind.SURVEY,
                text_id="sms.survey_visit",
                values=values,
                language="en",
                source="asan",
                expires_at=until,
                asks=asks,
            )
        )
