"""Linking an application by a fact: five tries a day, and nobody learns what exists."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.applications import find
from services.facts import _iso_date
from services.links import begin, link
from services.outcomes import (
    AlreadyLinked,
    AskBirthDate,
    AskSlipKey,
    FactWrong,
    Granted,
    Linked,
    NotFound,
    PinNeeded,
    ReferenceMalformed,
    TooManyTries,
)
from services.ports import Binding
from tests.services.town import AID, KAMRAN, LEYLA, Town


async def test_the_service_says_which_fact_and_the_ministry_is_not_asked(town: Town):
    caller = await town.known(KAMRAN)
    assert await begin(town.desk(), caller, "70 01") == AskBirthDate("7001")
    assert await begin(town.desk(), caller, "7999") == AskBirthDate("7999")
    assert await begin(town.desk(), caller, "8001") == AskSlipKey("8001")
    assert await begin(town.desk(), caller, "9001") == ReferenceMalformed(), "passports are not linked"
    assert await begin(town.desk(), caller, "x") == ReferenceMalformed()
    assert town.ministry.asked == []


@pytest.mark.parametrize("typed", ["17.05.1980", "17051980", "1980-05-17", "17/5/1980", "١٧٠٥١٩٨٠"])
async def test_a_birth_date_is_understood_as_people_write_it(town: Town, typed):
    caller = await town.known(KAMRAN)
    assert await link(town.desk(), caller, "7001", typed) == Linked("7001")
    assert await begin(town.desk(), caller, "7001") == AlreadyLinked()
    assert type(await find(town.desk(), caller, "7001")) is Granted


async def test_a_slip_key_is_read_without_gaps_and_case(town: Town):
    assert await link(town.desk(), await town.known(KAMRAN), "8001", " qk-7p ") == Linked("8001")


async def test_five_tries_a_day_and_unknown_looks_like_wrong(town: Town):
    caller = await town.known(KAMRAN)
    references = ["7001", "7999", "7001", "7999", "7001", "7001", "7999"]
    seen = [await link(town.desk(), caller, reference, "01.01.1970") for reference in references]
    assert seen == [FactWrong(4), FactWrong(3), FactWrong(2), FactWrong(1)] + [TooManyTries()] * 3
    assert await link(town.desk(), caller, "7001", "17.05.1980") == TooManyTries()
    town.later(days=1)
    assert await link(town.desk(), caller, "7001", "17.05.1980") == Linked("7001")


async def test_many_numbers_do_not_guess_at_one_person(town: Town):
    town.services = replace(town.services, facts_per_reference=3)
    base = await town.known(KAMRAN)
    seen = []
    for last in range(4):
        other = replace(base, msisdn=type(KAMRAN)(f"+99455765432{last}"), person=None)
        seen.append(type(await link(town.desk(), other, "7001", "01.01.1970")))
    assert seen == [FactWrong, FactWrong, FactWrong, TooManyTries]


async def test_what_the_ministry_does_not_hold_matches_nothing(town: Town):
    town.ministry.files["7001"] = replace(AID, birth_date=None)
    town.ministry.files["8001"] = replace(town.ministry.files["8001"], slip_key="")
    caller = await town.known(KAMRAN)
    for reference, fact in (("7001", ""), ("7001", "?"), ("8001", ""), ("8001", "?" * 64)):
        assert type(await link(town.desk(), caller, reference, fact)) is FactWrong


async def test_a_service_without_a_fact_links_nothing(town: Town):
    assert await link(town.desk(), await town.known(), "9001", "x") == NotFound()


async def test_the_pin_comes_first_where_there_is_one(town: Town):
    caller = await town.known(KAMRAN, pin="482915")
    assert await begin(town.desk(), caller, "7001") == PinNeeded()
    assert await link(town.desk(), caller, "7001", "17.05.1980") == PinNeeded()


async def test_whoever_proves_a_fact_on_a_silent_number_does_not_inherit_it(town: Town):
    old = await town.known(LEYLA)
    await town.records.links.add(old.person.id, "social_aid", "7002", "fact")
    town.later(days=100)
    assert await link(town.desk(), await town.caller(LEYLA), "8001", "QK7P") == Linked("8001")
    new = await town.caller(LEYLA)
    assert new.person.id != old.person.id and new.person.former_holder
    assert not await town.records.links.proven(new.person.id, "social_aid", "7002")


async def test_proving_again_what_was_linked_wakes_a_silent_number(town: Town):
    caller = await town.known(KAMRAN)
    await link(town.desk(), caller, "7001", "17.05.1980")
    town.later(days=100)
    assert (await town.caller(KAMRAN)).person.binding is Binding.STALE
    assert await link(town.desk(), await town.caller(KAMRAN), "7001", "17.05.1980") == Linked("7001")
    awake = await town.caller(KAMRAN)
    assert awake.person.binding is Binding.ACTIVE and awake.person.id == caller.person.id


@given(st.dates())
def test_every_day_is_read_back_however_it_is_written(day):
    if day.year < 1000:
        return
    for typed in (day.strftime("%d.%m.%Y"), day.strftime("%d%m%Y"), day.isoformat()):
        assert _iso_date(typed) == day.isoformat()


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(typed):
    assert len(_iso_date(typed)) in (0, 10)
