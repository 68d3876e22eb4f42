"""What people text is answered: once, with the state word at most, and never what a typo only looked like."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from domain.msisdn import Msisdn
from services.alerts import Alert, AlertKind
from services.values import Slot, Visit
from sms.inbox import Overtaken
from sms.records.opt_outs import SqlOptOuts
from sms.tables import INBOUND, MESSAGES
from sms.values import OptOutNotice
from tests.gateway.texting import Exchange
from tests.gateway.walks import at_home, with_account
from tests.phone import AfricasTalkingPhone, request
from tests.whole import Whole

AYGUN, STRANGER = "+994501234501", "+994505520099"
HER_CARD, ANOTHERS, VISA = "41000019", "41000024", "700000011"


@pytest.fixture
def exchange(gateway_whole: Whole) -> Exchange:
    return Exchange(gateway_whole)


# --- where it stands --------------------------------------------------------------------------------------


async def test_the_state_word_and_nothing_else_even_for_her_own_number(exchange: Exchange) -> None:
    await at_home(AfricasTalkingPhone(exchange.whole.app, AYGUN))
    assert await exchange.one(AYGUN, f"STATUS {HER_CARD}") == f"{HER_CARD}: ready to collect. For more, dial *123#"
    assert (
        await exchange.one(STRANGER, f"pickup {HER_CARD}")
        == f"{HER_CARD}: ready to collect. Where and when to collect: dial *123#"
    )
    assert await exchange.one(AYGUN, f"STATUS {ANOTHERS}") == f"{ANOTHERS}: granted. For more, dial *123#"
    assert exchange.woken == 3


@pytest.mark.parametrize(
    ("state", "said"), [("refused", "not granted"), ("action_required", "waiting for you"), ("granted", "granted")]
)
async def test_pickup_of_what_does_not_wait_says_the_state_and_no_place(
    exchange: Exchange, state: str, said: str
) -> None:
    body, kind = json.dumps({"reference": HER_CARD, "to": state}).encode(), {"content-type": "application/json"}
    await request(exchange.whole.sandbox, "POST", "/sandbox/move", body=body, headers=kind)
    assert await exchange.one(STRANGER, f"pickup {HER_CARD}") == f"{HER_CARD}: {said}. For more, dial *123#"


async def test_with_an_account_a_state_word_needs_no_pin_and_details_are_never_sent(exchange: Exchange) -> None:
    phone = AfricasTalkingPhone(exchange.whole.app, AYGUN)
    await at_home(phone)
    await with_account(phone)
    assert "ready to collect" in await exchange.one(AYGUN, f"STATUS {HER_CARD}")
    everything = " ".join(composed.text for composed in await exchange.messages(AYGUN))
    assert "312" not in everything


async def test_a_keyword_with_a_slip_of_the_finger_asks_back_in_her_language(exchange: Exchange) -> None:
    assert (
        await exchange.one(STRANGER, f"STATTU {ANOTHERS}")
        == f"Vouliez-vous dire STATUT {ANOTHERS}? Si oui, répondez 1."
    )
    assert await exchange.one(STRANGER, "oui") == f"{ANOTHERS}: accordée. Pour en savoir plus, composez *123#"
    assert [intent for _, intent in await exchange.rows()] == ["did_you_mean", "status"]


async def test_a_number_with_a_slip_of_the_finger_is_answered_without_asking_the_ministry(exchange: Exchange) -> None:
    await exchange.whole.parts.wire.__aexit__(None, None, None)  # whoever asked now would fail
    assert "Ce numéro n'est pas juste" in await exchange.one(STRANGER, "STATUT 48213")
    assert "Ce numéro n'est pas juste" in await exchange.one(STRANGER, "STATUT 41000018")


async def test_a_bare_number_is_a_question_too(exchange: Exchange) -> None:
    assert "700000011: tesdiq olunub" in await exchange.one(STRANGER, "70000001 1")


async def test_letters_for_digits_ask_back(exchange: Exchange) -> None:
    assert "STATUT 41000024?" in await exchange.one(STRANGER, "statut 41OOOO24")
    assert "41000024: accordée" in await exchange.one(STRANGER, "1")


async def test_guesses_are_counted_as_on_ussd(exchange: Exchange) -> None:
    phone = AfricasTalkingPhone(exchange.whole.app, STRANGER)
    await at_home(phone)
    await phone.answer("1")
    for _ in range(5):
        await phone.answer("45555555")
    for place in range(5):
        exchange.whole.clock.advance(timedelta(minutes=11))
        assert "We find no application" in await exchange.one(STRANGER, f"status 45555555 {'please' * (place % 2)}")
    exchange.whole.clock.advance(timedelta(minutes=11))
    assert "reached today's limit" in await exchange.one(STRANGER, "status 45555555")
    assert "reached today's limit" in await exchange.one(STRANGER, f"status {ANOTHERS}")


async def test_her_own_references_count_as_no_guesses(exchange: Exchange) -> None:
    for _ in range(12):
        exchange.whole.clock.advance(timedelta(minutes=11))
        assert HER_CARD in await exchange.one(AYGUN, f"STATUS {HER_CARD}")


async def test_while_the_ministry_is_away_nothing_is_promised(exchange: Exchange) -> None:
    body = json.dumps({"ministry": "vemtas", "operation": "*", "kind": "status", "value": 503}).encode()
    kind = {"content-type": "application/json"}
    await request(exchange.whole.sandbox, "POST", "/sandbox/faults", body=body, headers=kind)
    assert "700000011: tesdiq olunub" in await exchange.one(STRANGER, f"STATUS {VISA}")
    assert await exchange.one(STRANGER, f"STATUS {ANOTHERS}") == (
        "Nazirlik indi bize cavab vermir. Zehmet olmasa, sonra yeniden sorusun."
    )


# --- once -------------------------------------------------------------------------------------------------


async def test_the_same_id_twice_is_one_message_and_one_reply(exchange: Exchange) -> None:
    taken = [await exchange.take(STRANGER, "HELP", "ATX-1") for _ in range(3)]
    await exchange.handle()
    assert await exchange.take(STRANGER, "HELP", "ATX-1") is False
    await exchange.handle()
    assert taken == [True, False, False]
    assert len(await exchange.messages(STRANGER)) == 1


async def test_five_workers_at_once_answer_each_message_once(exchange: Exchange) -> None:
    for place in range(12):
        await exchange.take(f"+99450552010{place % 4}", f"HELP{'!' * place}")
    while True:
        done = await asyncio.gather(*(exchange.inbox.handle(3) for _ in range(5)))
        if not any(done):
            break
    states = await exchange.rows(INBOUND.c.state)
    assert states == [("answered",)] * 12
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert len((await work.execute(select(MESSAGES.c.id))).all()) == 12


async def test_who_was_overtaken_takes_its_reply_back(exchange: Exchange) -> None:
    await exchange.take(STRANGER, "HELP")
    async with exchange.whole.parts.database.unit_of_work() as work:
        (slow,) = await exchange.received.claim(work, 1)
    exchange.whole.clock.advance(timedelta(minutes=2))
    await exchange.handle()
    with pytest.raises(Overtaken):
        async with exchange.whole.parts.database.unit_of_work() as work:
            await exchange.inbox._answer(work, slow)
    assert len(await exchange.messages(STRANGER)) == 1


async def test_a_message_that_breaks_the_inbox_is_left_alone_in_the_end(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(exchange.inbox._answering.__class__, "answer", broken)
    await exchange.take(STRANGER, "HELP")
    for _ in range(7):
        await exchange.handle()
        exchange.whole.clock.advance(timedelta(minutes=2))
    assert await exchange.rows() == [("failed", "")]


async def test_two_machines_that_answer_each_other_fall_silent(exchange: Exchange) -> None:
    sent = [await exchange.text(STRANGER, "I am on holiday, back on Monday") for _ in range(6)]
    assert [len(replies) for replies in sent] == [1, 1, 1, 1, 0, 0], "one last word"
    told = sum([len(await exchange.text(AYGUN, f"text number {place}")) for place in range(30)])
    assert told == 21
    assert len(await exchange.text(AYGUN, "STOP")) == 0
    assert (await exchange.rows())[-1] == ("ignored", "loop")
    exchange.whole.clock.advance(timedelta(minutes=11))
    assert await exchange.text(AYGUN, "STOP") == [], "it was recorded in the silence too"


async def test_in_the_middle_of_a_menu_the_last_word_says_how_to_go_on(exchange: Exchange) -> None:
    await exchange.one(AYGUN, "English")
    await exchange.one(AYGUN, "MENU")
    for _ in range(9):
        await exchange.one(AYGUN, "3")
        await exchange.one(AYGUN, "0")
    last = "Many messages came from this number, so we stop answering for now. Dial *123#, or write again tomorrow."
    assert await exchange.text(AYGUN, "4") == [last]
    assert await exchange.text(AYGUN, "0") == []
    assert (await exchange.rows())[-2:] == [("answered", "loop"), ("ignored", "loop")]
    exchange.whole.clock.advance(timedelta(minutes=11))
    assert "did not understand" in await exchange.one(AYGUN, "1"), "the menu is over"


async def test_stop_as_the_one_message_too_many_is_confirmed(exchange: Exchange) -> None:
    for place in range(20):
        await exchange.text(STRANGER, f"text {place}")
    (confirmed,) = await exchange.text(STRANGER, "STOP")
    assert "START" in confirmed
    assert await exchange.text(STRANGER, "HELP") == []


# --- stop and start ---------------------------------------------------------------------------------------


async def test_stop_is_confirmed_once_and_then_there_is_silence(exchange: Exchange) -> None:
    (confirmed,) = await exchange.text(AYGUN, "Arrêt svp")
    assert "START" in confirmed
    assert "décisions" in confirmed
    assert await exchange.text(AYGUN, "STOP") == []
    assert await exchange.text(AYGUN, "stop it now, you") == []
    assert await exchange.text(AYGUN, "what is this") == []
    (help_,) = await exchange.text(AYGUN, "AIDE")
    assert "STATUT" in help_
    assert len(await exchange.text(AYGUN, "START")) == 1
    assert len(await exchange.text(AYGUN, "توقف")) == 1


async def test_cancel_asks_what_is_meant_where_she_has_a_visit(exchange: Exchange) -> None:
    async with exchange.whole.parts.database.unit_of_work() as work:
        records = exchange.keeper.over(work)
        her = await records.people.greet(Msisdn.parse(AYGUN), "en")
        starts = exchange.whole.clock.now() + timedelta(days=9)
        await records.visits.keep(her.id, Visit("7001", Slot("s-1", "id_card", "asan-01", starts)))
    assert await exchange.one(AYGUN, "Cancel.") == "Your visit: reply 1. No more messages from us: reply 2."
    assert await exchange.one(AYGUN, "1") == "To change or cancel a visit, dial *123#"
    await exchange.one(AYGUN, "FIN")
    assert "START" in await exchange.one(AYGUN, "2")
    assert "HELP" not in " ".join(await exchange.text(AYGUN, "END of month?"))


async def test_cancel_offers_no_visit_where_she_has_none(exchange: Exchange) -> None:
    assert await exchange.one(STRANGER, "CANCEL") == "Did you mean STOP? If so, reply 1."
    assert "START" in await exchange.one(STRANGER, "yes")
    assert "MENU" in await exchange.one(STRANGER, "CANCEL"), "she has stopped them already"


async def test_a_wish_to_stop_in_a_sentence_asks_back(exchange: Exchange) -> None:
    assert await exchange.one(AYGUN, "stop sending me this") == "STOP demek isteyirdiniz? Eger beledirse, 1 gönderin."
    assert "START" in await exchange.one(AYGUN, "bəli")


async def test_a_providers_block_list_is_kept_in_step(exchange: Exchange) -> None:
    clock, number = exchange.whole.clock, Msisdn.parse(AYGUN)
    opt_outs = SqlOptOuts(exchange.sealer, clock, exchange.whole.parts.desk.ids)
    blocked = OptOutNotice("africastalking", "7575", number)
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert await opt_outs.take(work, blocked)
        assert not await opt_outs.take(work, blocked)
        assert await opt_outs.is_stopped(work, number, "7575")
        assert not await opt_outs.is_stopped(work, number, "8080")
        assert await opt_outs.stop(work, number, "", "keyword")
        assert await opt_outs.take(work, OptOutNotice("africastalking", "7575", number, back=True))
        assert await opt_outs.is_stopped(work, number, "7575"), "what she said herself stands"
        assert await opt_outs.start(work, number)
        assert not await opt_outs.is_stopped(work, number, "7575")


# --- a number that is another's now -----------------------------------------------------------------------


async def test_wrong_ends_the_binding_and_what_waits_at_once(exchange: Exchange) -> None:
    whole, number = exchange.whole, Msisdn.parse(AYGUN)
    await at_home(AfricasTalkingPhone(whole.app, AYGUN))
    async with whole.parts.database.unit_of_work() as work:
        records = exchange.keeper.over(work)
        person = await records.people.by_number(number)
        assert person
        old = person.id
        for held in (None, whole.clock.now() + timedelta(hours=3)):
            await records.outbox.put(
                Alert(old, number, AlertKind.ACCOUNT, "sms.account_created", {}, "en", "guichet", not_before=held)
            )
    assert "will be sent here any more" in await exchange.one(AYGUN, "wrong number")
    async with whole.parts.database.unit_of_work() as work:
        states = (await work.execute(select(MESSAGES.c.state, MESSAGES.c.reason).order_by(MESSAGES.c.id))).all()
        people = exchange.keeper.over(work).people
        now = await people.by_number(number)
        assert await people.contact(old) is None
        assert await people.had_holder(number)
    assert list(map(tuple, states)) == [("suppressed", "wrong_number")] * 2 + [("queued", "")]
    assert now
    assert now.id != old
    assert now.former_holder


async def test_wrong_from_a_number_that_only_a_ministry_knows_ends_it_too(exchange: Exchange) -> None:
    await exchange.one(STRANGER, "SEHV")
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert await exchange.keeper.over(work).people.had_holder(Msisdn.parse(STRANGER))


async def test_start_after_wrong_says_that_the_slip_must_be_linked_again(exchange: Exchange) -> None:
    await at_home(AfricasTalkingPhone(exchange.whole.app, AYGUN))
    assert "link" not in await exchange.one(AYGUN, "START")
    await exchange.one(AYGUN, "WRONG")
    again = await exchange.one(AYGUN, "START")
    assert "dial *123# and link it again" in again
    assert again.startswith("State services: ") and again.endswith("To stop them, text STOP."), "as START always says"


async def test_a_new_number_is_answered_in_the_language_of_its_keyword(exchange: Exchange) -> None:
    said = {"track": "granted", "état": "accordée", "vəziyyət": "tesdiq olunub", "STATUS": "tesdiq olunub"}
    for place, (keyword, word) in enumerate(said.items()):
        assert word in await exchange.one(f"+99450552011{place}", f"{keyword} {ANOTHERS}")


async def test_whom_only_a_ministry_told_of_is_answered_in_the_language_of_her_keyword(exchange: Exchange) -> None:
    async with exchange.whole.parts.database.unit_of_work() as work:
        await exchange.keeper.over(work).people.meet(Msisdn.parse(AYGUN), "az")
    assert (await exchange.one(AYGUN, "HELP")).startswith("Send STATUS")
    assert "tesdiq olunub" in await exchange.one(AYGUN, f"STATUS {ANOTHERS}"), "a word of several: the one we know"
    assert (await exchange.one(AYGUN, f"STATTU {ANOTHERS}")).startswith("Vouliez-vous")
    assert "accordée" in await exchange.one(AYGUN, "1"), "in which she was asked"
    assert "KOMEK" in await exchange.one(AYGUN, "1")
    await exchange.one(AYGUN, "LANG fr")
    assert "STATUT" in await exchange.one(AYGUN, "HELP"), "now she has chosen"


async def test_an_everyday_word_asks_whether_the_number_is_wrong(exchange: Exchange) -> None:
    people = exchange.keeper
    assert await exchange.one(STRANGER, "yanlış") == "Bu nömre sizin deyil? Eger beledirse, 1 gönderin."
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert not await people.over(work).people.had_holder(Msisdn.parse(STRANGER))
    assert "*123# yigin" in await exchange.one(STRANGER, "1"), "the way back"
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert await people.over(work).people.had_holder(Msisdn.parse(STRANGER))


async def test_wrong_in_a_sentence_ends_nothing(exchange: Exchange) -> None:
    await exchange.one(STRANGER, "wrong amount on my card")
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert not await exchange.keeper.over(work).people.had_holder(Msisdn.parse(STRANGER))


# --- language, help, questions ----------------------------------------------------------------------------


async def test_a_language_by_its_code_or_its_name(exchange: Exchange) -> None:
    assert await exchange.one(STRANGER, "LANG fr") == "Nous vous écrirons désormais en francais."
    assert await exchange.one(STRANGER, "English please") == "From now on we write to you in English."
    # What there is, each as it calls itself (in plain letters, as English goes).
    there = "To change the language, send LANG and two letters: AZ (Azerbaycanca), EN (English), FR (Francais)"
    for text in ("lang vi", "LANG", "lang klingon", "vietnamiese"):
        assert await exchange.one(STRANGER, text) == there, text
    phone = AfricasTalkingPhone(exchange.whole.app, STRANGER)
    assert "Check my application" in (await phone.dial()).text


async def test_a_language_misspelt_asks_back(exchange: Exchange) -> None:
    """In the language that she seems to read; after LANG in that of the keyword."""
    assert await exchange.one(STRANGER, "Englsh") == "Did you mean LANG EN? If so, reply 1."
    assert await exchange.one(STRANGER, "1") == "From now on we write to you in English."
    assert await exchange.one(AYGUN, "DIL fransizc") == "DIL FR demek isteyirdiniz? Eger beledirse, 1 gönderin."
    assert await exchange.one(AYGUN, "1") == "Nous vous écrirons désormais en francais."


async def test_an_answer_to_nothing_is_not_understood(exchange: Exchange) -> None:
    assert "KOMEK" in await exchange.one(STRANGER, "1")
    assert "STATUS" in await exchange.one(STRANGER, " \n ")


async def test_pickup_without_a_number_says_how_to_ask_for_a_pickup(exchange: Exchange) -> None:
    assert await exchange.one(STRANGER, "pickup") == (
        "Send PICKUP and the number on your slip, like this: PICKUP 12345678"
    )


@pytest.mark.parametrize("written", [timedelta(minutes=-10), timedelta(hours=-3)])
async def test_what_was_written_before_a_question_does_not_answer_it(exchange: Exchange, written: timedelta) -> None:
    clock = exchange.whole.clock
    for question, answer in (("FIN", "2"), ("STATTU 41000024", "oui"), ("MENU", "1")):
        clock.advance(timedelta(minutes=30))
        await exchange.one(STRANGER, question)
        before = len(await exchange.messages(STRANGER))
        await exchange.take(STRANGER, answer, sent_at=clock.now() + written)
        await exchange.handle()
        assert len(await exchange.messages(STRANGER)) == before
        assert (await exchange.rows())[-1] == ("ignored", "late")
    await exchange.take(STRANGER, "1", sent_at=clock.now())
    await exchange.handle()
    assert (await exchange.rows())[-1] == ("answered", "menu"), "the question is still open"


async def test_an_answer_that_was_hours_on_its_way_answers_nothing(exchange: Exchange) -> None:
    clock = exchange.whole.clock
    await exchange.one(STRANGER, "FIN")
    written = clock.now() + timedelta(minutes=1)
    clock.advance(timedelta(hours=5))
    await exchange.take(STRANGER, "2", sent_at=written)
    await exchange.take(STRANGER, "STATUT 41000024", sent_at=written)
    await exchange.handle()
    assert (await exchange.rows())[1:] == [("ignored", "late"), ("answered", "status")], "a keyword always acts"


async def test_abroad_what_stops_messages_is_heard_and_nothing_is_answered(exchange: Exchange) -> None:
    abroad = "+33612345678"
    for text in ("HELP", f"STATUS {ANOTHERS}", "MENU", "1", "STOP", "WRONG"):
        assert await exchange.text(abroad, text) == []
    opt_outs = SqlOptOuts(exchange.sealer, exchange.whole.clock, exchange.whole.parts.desk.ids)
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert await opt_outs.is_stopped(work, Msisdn.parse(abroad))
        assert await exchange.keeper.over(work).people.had_holder(Msisdn.parse(abroad))


async def test_answers_have_a_cap_of_their_own(exchange: Exchange) -> None:
    await exchange.one(STRANGER, "HELP")
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert (await work.execute(select(MESSAGES.c.source))).scalar_one() == "answers"


async def test_a_number_is_answered_so_often_a_day_and_stop_is_heard_all_the_same(exchange: Exchange) -> None:
    clock, answered = exchange.whole.clock, 0
    for place in range(62):
        clock.advance(timedelta(minutes=10, seconds=1))
        answered += len(await exchange.text(STRANGER, f"HELP {place}"))
    assert answered == 61, "the last of them says that it is the last"
    assert await exchange.text(STRANGER, "STOP") == []
    opt_outs = SqlOptOuts(exchange.sealer, clock, exchange.whole.parts.desk.ids)
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert await opt_outs.is_stopped(work, Msisdn.parse(STRANGER))
    clock.advance(timedelta(days=1))
    assert await exchange.text(STRANGER, "HELP")


async def test_a_question_is_open_for_a_day(exchange: Exchange) -> None:
    await exchange.one(STRANGER, f"STATTU {ANOTHERS}")
    exchange.whole.clock.advance(timedelta(hours=25))
    assert ANOTHERS not in await exchange.one(STRANGER, "1")


async def test_every_reply_is_one_part(exchange: Exchange) -> None:
    for text in ("HELP", f"STATUS {ANOTHERS}", "STATUS", "STATUS 12", "LANG", "stpo", "FIN", "WRONG", "STOP", "START"):
        exchange.whole.clock.advance(timedelta(minutes=11))
        await exchange.text(STRANGER, text)
    sent = await exchange.messages(STRANGER)
    assert len(sent) == 10
    assert {len(composed.parts) for composed in sent} == {1}


async def test_nothing_is_answered_where_no_number_wrote(exchange: Exchange) -> None:
    for sender in ("MTN", "7575", "", "+99", "AYGÜN"):
        assert await exchange.take(sender, "STOP")
    await exchange.handle()
    assert {state for state, _ in await exchange.rows()} == {"quarantined"}
    async with exchange.whole.parts.database.unit_of_work() as work:
        assert (await work.execute(select(MESSAGES.c.id))).all() == []


async def test_an_answer_goes_back_with_its_link_and_does_not_wait_for_morning(exchange: Exchange) -> None:
    exchange.whole.clock.at = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # midnight in Baku
    await exchange.take(STRANGER, "HELP", link_id="LINK-1", network="40001")
    await exchange.handle()
    async with exchange.whole.parts.database.unit_of_work() as work:
        (row,) = (await work.execute(select(MESSAGES))).all()
        key = await exchange.keys.load(work, row.person_id)
    facts = json.loads(exchange.sealer.unseal(row.sealed, "sms_messages", "sealed", row.id, key))
    assert (facts["link_id"], row.network, row.priority) == ("LINK-1", "40001", 1)
    assert row.due_at == exchange.whole.clock.now()
