"""Applying: consent, form, draft, handing in, and mending what was sent back."""

from dataclasses import replace

import pytest

from domain.errors import InvalidValue, MinistryHasOne, MinistryRefused
from domain.states import ApplicationState
from i18n.text import Word
from services import apply
from services.applications import find
from services.outcomes import (
    ActionRequired,
    AlreadyPending,
    Amended,
    BeingProcessed,
    ConsentNeeded,
    DraftFound,
    FormOpened,
    FormUnsupported,
    Kept,
    NothingToAmend,
    OpenThere,
    PinNeeded,
    Received,
    SubmissionRefused,
    SubmissionRefusedUnsaid,
    Submitted,
)
from services.resuming import resume_intents
from services.values import Form, FormUnsupportedReason
from tests.services.town import AID, FORM, KAMRAN, POST, Town, silence

WORD = Word("service.social_aid")
ANSWERS = {"people": 4, "rent": True}


async def agreed(town: Town, number=KAMRAN):
    caller = await town.known(number)
    await apply.consent(town.desk(), caller, WORD)
    return caller


async def hand_in(town: Town, caller, token="t1", answers=ANSWERS):
    return await apply.submit(town.desk(), caller, WORD, FORM, answers, token)


async def test_consent_comes_before_the_form_and_once(town: Town):
    caller = await town.known(KAMRAN)
    assert [item.id for item in (await apply.services(town.desk(), caller)).services] == ["social_aid"]
    assert await apply.begin(town.desk(), caller, "social_aid") == ConsentNeeded(WORD)
    with pytest.raises(InvalidValue):
        await hand_in(town, caller)
    assert await apply.consent(town.desk(), caller, WORD) == FormOpened(WORD, FORM, {})
    assert await apply.begin(town.desk(), caller, WORD) == FormOpened(WORD, FORM, {})


async def test_every_step_of_an_account_is_behind_its_pin(town: Town):
    caller = await agreed(town)
    await apply.keep(town.desk(), caller, WORD, FORM, {"people": 4})
    caller = await town.known(KAMRAN, pin="482915")
    for act in (
        apply.begin(town.desk(), caller, WORD),
        apply.consent(town.desk(), caller, WORD),
        apply.restart(town.desk(), caller, WORD),
        apply.keep(town.desk(), caller, WORD, FORM, {"people": 9}),
        hand_in(town, caller),
    ):
        assert await act == PinNeeded()
    assert "submit" not in town.ministry.asked
    proven = replace(caller, verified=True)
    assert await apply.begin(town.desk(), proven, WORD) == DraftFound(WORD, FORM, {"people": 4})
    assert isinstance(await hand_in(town, proven), Submitted)


async def test_a_draft_waits_seven_days_and_drops_what_the_form_no_longer_asks(town: Town):
    caller = await agreed(town)
    assert await apply.keep(town.desk(), caller, WORD, FORM, {"people": 4, "gone": 1}) == Kept()
    assert await apply.begin(town.desk(), caller, WORD) == DraftFound(WORD, FORM, {"people": 4})
    assert await apply.restart(town.desk(), caller, WORD) == FormOpened(WORD, FORM, {})
    assert await apply.begin(town.desk(), caller, WORD) == FormOpened(WORD, FORM, {})
    await apply.keep(town.desk(), caller, WORD, FORM, ANSWERS)
    town.later(days=7)
    assert await apply.begin(town.desk(), caller, WORD) == FormOpened(WORD, FORM, {})


@pytest.mark.parametrize("given", [None, FormUnsupportedReason("properties.photo")])
async def test_a_form_that_no_keypad_can_fill_names_who_helps(town: Town, given):
    caller = await agreed(town)
    town.ministry.form_given = given
    assert await apply.begin(town.desk(), caller, WORD) == FormUnsupported(POST.name, POST.address)


async def test_what_was_handed_in_is_hers_and_pending(town: Town):
    caller = await agreed(town)
    await apply.keep(town.desk(), caller, WORD, FORM, ANSWERS)
    told = await hand_in(town, caller)
    assert isinstance(told, Submitted) and told.due.isoformat() == "2026-12-14"
    assert await hand_in(town, caller) == told
    assert await hand_in(town, caller, "t2", {"people": 5}) == told, "one at a time"
    assert town.ministry.asked.count("submit") == 1
    assert await town.records.drafts.get(caller.person.id, "social_aid") is None
    assert type(await find(town.desk(), caller, told.reference)) is Received
    assert await apply.begin(town.desk(), caller, WORD) == AlreadyPending(told.reference)


@pytest.mark.parametrize("gives_back_keys", [True, False])
@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lost_answer_hands_nothing_in_twice(town: Town, gives_back_keys, carried_out):
    town.ministry.gives_back_keys = gives_back_keys
    caller = await agreed(town)
    town.ministry.write_fails = [silence(carried_out)]
    assert await hand_in(town, caller) == BeingProcessed()
    town.later(seconds=70)
    assert await resume_intents(town.desk()) == 1
    assert town.ministry.asked.count("submit") == (1 if carried_out else 2)
    assert isinstance(await hand_in(town, caller), Submitted)
    assert len(town.ministry.files) == 4


async def test_a_refused_submission_may_be_handed_in_anew(town: Town):
    caller = await agreed(town)
    town.ministry.write_fails = [(MinistryRefused("vemtas", "400"), False)]
    assert await hand_in(town, caller) == SubmissionRefusedUnsaid()
    assert isinstance(await hand_in(town, caller, "t2"), Submitted)


async def test_a_refusal_with_words_is_told_with_them(town: Town):
    caller = await agreed(town)
    town.ministry.write_fails = [(MinistryRefused("vemtas", "422", " The income is missing. "), False)]
    assert await hand_in(town, caller) == SubmissionRefused("The income is missing.")


async def test_one_that_is_open_there_already_is_an_end_that_is_told(town: Town):
    caller = await agreed(town)
    town.ministry.write_fails = [(MinistryHasOne("vemtas", "409", "one is open"), False)]
    assert await hand_in(town, caller) == OpenThere("one is open")
    town.later(seconds=70)
    assert await resume_intents(town.desk()) == 0, "nothing is looked up"
    assert isinstance(await hand_in(town, caller, "t2"), Submitted)


async def test_what_its_ministry_cannot_mend_is_not_opened(town: Town):
    caller = await town.known()
    town.ministry.files["7001"] = replace(AID, state=ApplicationState.ACTION_REQUIRED)
    shown = await find(town.desk(), caller, "7001")
    assert isinstance(shown, ActionRequired) and not shown.unamended
    assert isinstance(await apply.reopen(town.desk(), caller, "7001"), FormOpened)
    town.lacks = {"applications.amend"}
    shown = await find(town.desk(), caller, "7001")
    assert isinstance(shown, ActionRequired) and shown.unamended
    assert await apply.reopen(town.desk(), caller, "7001") == NothingToAmend()


async def test_what_is_a_paper_is_brought_and_not_typed(town: Town):
    caller = await town.known()
    town.ministry.files["7001"] = replace(AID, state=ApplicationState.ACTION_REQUIRED)
    aid = replace(town.services.services["social_aid"], papers=True)
    town.services = replace(town.services, services={**town.services.services, "social_aid": aid})
    shown = await find(town.desk(), caller, "7001")
    assert isinstance(shown, ActionRequired) and shown.papers and shown.unamended


async def test_what_was_left_empty_is_not_handed_in(town: Town):
    caller = await agreed(town)
    form = await apply.read_form(town.desk(), caller, "social_aid")
    assert isinstance(form, Form)
    answers = {form.fields[0].name: 3, form.fields[1].name: None}
    assert isinstance(await apply.submit(town.desk(), caller, WORD, form, answers, "t1"), Submitted)
    (kept,) = town.store.confirmed.values()
    assert kept.intent.payload["answers"] == {form.fields[0].name: 3}


async def test_an_account_keeps_its_drafts_behind_the_pin(town: Town):
    caller = await town.known(KAMRAN, pin="482915")
    assert await apply.begin(town.desk(), caller, WORD) == PinNeeded()
    assert await apply.consent(town.desk(), caller, WORD) == PinNeeded()
    assert type(await apply.begin(town.desk(), replace(caller, verified=True), WORD)) is ConsentNeeded


async def test_what_was_sent_back_is_mended_from_what_was_handed_in(town: Town):
    caller = await town.known()
    sent_back = replace(AID, state=ApplicationState.ACTION_REQUIRED, answers={"people": 2, "id": "x"})
    town.ministry.files["7001"] = sent_back
    assert await apply.reopen(town.desk(), caller, "7001") == FormOpened(WORD, FORM, {"people": 2})
    told = await apply.amend(town.desk(), caller, "7001", FORM, ANSWERS, "a1")
    assert told == Amended("7001")
    assert await apply.amend(town.desk(), caller, "7001", FORM, ANSWERS, "a1") == told
    assert await apply.amend(town.desk(), caller, "7001", FORM, ANSWERS, "a2") == NothingToAmend()
    assert town.ministry.asked.count("amend") == 1


@pytest.mark.parametrize("reference", ["7999", "junk", "7002"])
async def test_nothing_to_amend_is_told_alike(town: Town, reference):
    town.ministry.files["7001"] = replace(AID, state=ApplicationState.ACTION_REQUIRED)
    stranger = await town.known(KAMRAN)
    for asked in (reference, "7001"):
        assert await apply.reopen(town.desk(), stranger, asked) == NothingToAmend()
        assert await apply.amend(town.desk(), stranger, asked, FORM, {}, f"a{asked}") == NothingToAmend()


@pytest.mark.parametrize(
    ("words", "told"),
    [("The deed is cut off.", SubmissionRefused("The deed is cut off.")), ("", SubmissionRefusedUnsaid())],
)
async def test_an_amendment_that_the_ministry_does_not_take_is_told_so(town: Town, words: str, told: object):
    town.ministry.files["7001"] = replace(AID, state=ApplicationState.ACTION_REQUIRED)
    caller = await town.known()
    town.ministry.write_fails = [(MinistryRefused("vemtas", "422", words), False)]
    assert await apply.amend(town.desk(), caller, "7001", FORM, ANSWERS, "a1") == told
    assert await apply.amend(town.desk(), caller, "7001", FORM, ANSWERS, "a2") == Amended("7001")


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lost_amendment_is_looked_up(town: Town, carried_out):
    town.ministry.files["7001"] = replace(AID, state=ApplicationState.ACTION_REQUIRED)
    caller = await town.known()
    town.ministry.write_fails = [silence(carried_out)]
    assert await apply.amend(town.desk(), caller, "7001", FORM, ANSWERS, "a1") == BeingProcessed()
    town.later(seconds=70)
    assert await resume_intents(town.desk()) == 1
    assert await apply.amend(town.desk(), caller, "7001", FORM, ANSWERS, "a1") == Amended("7001")
