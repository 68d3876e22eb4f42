"""Opening, proving, locking, changing, resetting, closing: the life of an account."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deadline import Deadline
from domain.errors import DeadlineExceeded, StoreUnavailable
from services.accounts import choose_language, close, create, recognise, state
from services.applications import find, mine
from services.caller import SMS
from services.fingerprints import Fingerprints
from services.outcomes import (
    AccountClosed,
    AccountCreated,
    AccountExists,
    AccountOpen,
    FactWrong,
    KnownCaller,
    LanguageChosen,
    NewCaller,
    NoAccount,
    NoApplications,
    NotFound,
    PinAccepted,
    PinChanged,
    PinLocked,
    PinMalformed,
    PinNeeded,
    PinResetNeeded,
    PinRight,
    PinsDiffer,
    PinWeak,
    PinWrong,
    ResetDoubted,
    ResetDue,
    ResetNotAsked,
    ResetWaits,
    StateOnly,
    TooManyTries,
    UnaskedCaller,
)
from services.pin_vault import PinCost, PinVault, PinVaultFailed
from services.pins import change_pin, check_new_pin, verify_pin
from services.ports import Binding, LinkedBy
from services.resets import ask_reset, finish_reset, reset_state
from tests.services.conftest import record_store
from tests.services.town import KAMRAN, LEYLA, Town

PIN, OTHER = "482915", "739160"


async def opened(town: Town, number=LEYLA):
    return await town.known(number, pin=PIN)


async def seal(town: Town, caller, pin=PIN) -> str:
    accepted = await check_new_pin(town.desk(), caller, pin)
    assert isinstance(accepted, PinAccepted)
    return accepted.pin_seal


async def test_a_caller_becomes_known_by_choosing_a_language(town: Town):
    caller = await town.caller()
    assert await recognise(town.desk(), caller) == NewCaller()
    assert await choose_language(town.desk(), caller, "az") == LanguageChosen("az")
    assert await recognise(town.desk(), await town.caller()) == KnownCaller("az", False)


async def test_whom_a_ministry_told_of_is_asked_for_her_language_when_she_first_calls(town: Town):
    await town.records.people.meet(LEYLA, "az")
    caller = await town.caller()
    assert await recognise(town.desk(), caller) == UnaskedCaller("az", False), "spoken to in it until she is asked"
    by_sms = replace(caller, channel=SMS)
    assert await recognise(town.desk(), by_sms) == KnownCaller("az", False), "there a question costs her a message"
    await choose_language(town.desk(), caller, "fr")
    assert await recognise(town.desk(), await town.caller()) == KnownCaller("fr", False)


async def test_an_account_is_opened_once_with_the_same_pin_twice(town: Town):
    caller = await town.known()
    assert await state(town.desk(), caller) == NoAccount()
    pin_seal = await seal(town, caller)
    assert PIN not in pin_seal
    assert await create(town.desk(), caller, OTHER, pin_seal) == PinsDiffer()
    assert await create(town.desk(), caller, PIN, pin_seal) == AccountCreated()
    assert AccountCreated.proves_pin
    assert await state(town.desk(), caller) == AccountOpen()
    assert await create(town.desk(), caller, PIN, pin_seal) == AccountExists()
    assert await recognise(town.desk(), await town.caller()) == KnownCaller("en", True)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12a456", "٤٨٢٩١٥"])
async def test_six_ascii_digits_or_no_pin(town: Town, typed):
    assert await check_new_pin(town.desk(), await town.known(), typed) == PinMalformed()


@pytest.mark.parametrize("typed", ["123456", "111111", "654321", "170580", "234567"])
async def test_weak_pins_are_refused(town: Town, typed):
    assert await check_new_pin(town.desk(), await town.known(), typed) == PinWeak()


async def test_a_seal_is_worth_nothing_in_another_session(town: Town):
    caller = await town.known()
    elsewhere = replace(caller, session="session-2")
    assert await create(town.desk(), elsewhere, PIN, await seal(town, caller)) == PinsDiffer()


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=8), st.text(max_size=8))
def test_seals_agree_for_the_same_session_and_pin_only(session, other, pin, second):
    prints = Fingerprints(b"k" * 32)
    same = prints.pin_seal(session, pin) == prints.pin_seal(other, second)
    assert same == ((session, pin) == (other, second)) or "\0" in session + other


async def test_five_wrong_rest_the_pin_and_the_right_one_does_not_help(town: Town):
    caller = await opened(town)
    seen = [await verify_pin(town.desk(), caller, OTHER) for _ in range(6)]
    assert seen == [PinWrong(4), PinWrong(3), PinWrong(2), PinWrong(1), PinLocked(30), PinLocked(30)]
    town.later(minutes=10)
    assert await verify_pin(town.desk(), caller, PIN) == PinLocked(20)
    town.later(minutes=20)
    assert await verify_pin(town.desk(), caller, PIN) == PinRight()
    assert await verify_pin(town.desk(), caller, OTHER) == PinWrong(4)


async def test_ten_wrong_need_a_reset(town: Town):
    caller = await opened(town)
    for _ in range(5):
        await verify_pin(town.desk(), caller, OTHER)
    town.later(minutes=30)
    seen = [await verify_pin(town.desk(), caller, OTHER) for _ in range(5)]
    assert seen == [PinWrong(4), PinWrong(3), PinWrong(2), PinWrong(1), PinResetNeeded()]
    town.later(days=30)
    assert await verify_pin(town.desk(), caller, PIN) == PinResetNeeded()


async def test_fifty_tries_at_once_evaluate_at_most_five(store, clock):
    town = Town(clock, store)
    caller = await opened(town)
    evaluated = []
    real = PinVault.matches

    class Watched(PinVault):
        async def matches(self, pin, kept, deadline):
            evaluated.append(pin)
            return await real(self, pin, kept, deadline)

    town.vault.close()
    town.vault = Watched({"k1": b"p" * 32}, PinCost(1, 8, 1))

    async def one_try():
        async with store.open() as records:
            return await verify_pin(town.desk(10.0, records), caller, OTHER)

    seen = await asyncio.gather(*(one_try() for _ in range(50)))
    town.vault.close()
    assert len(evaluated) == 5
    assert sum(isinstance(outcome, PinWrong) for outcome in seen) == 4
    assert sum(isinstance(outcome, PinLocked) for outcome in seen) == 46


async def test_the_try_is_counted_even_if_the_comparison_fails(town: Town):
    caller = await opened(town)
    with pytest.raises(DeadlineExceeded):
        await verify_pin(town.desk(0.0), caller, PIN)
    assert (await town.records.accounts.pin(caller.person.id)).tries == 1


async def test_a_right_pin_makes_a_silent_number_hers_again(town: Town):
    caller = await opened(town)
    town.later(days=100)
    caller = await town.caller()
    assert caller.person.binding is Binding.STALE
    assert await mine(town.desk(), caller) == PinNeeded()
    assert await verify_pin(town.desk(), caller, PIN) == PinRight()
    assert (await town.caller()).person.binding is Binding.ACTIVE


async def test_a_new_holder_of_a_silent_number_opens_an_account_of_her_own(either_town: Town):
    town = either_town
    old = await town.known(LEYLA)
    await town.records.links.add(old.person.id, "social_aid", "7001", LinkedBy.FACT)
    town.later(days=91)
    caller = await town.caller()
    assert await create(town.desk(), caller, PIN, await seal(town, caller)) == AccountCreated()
    caller = await town.caller()
    assert caller.person.id != old.person.id and caller.person.former_holder
    assert await verify_pin(town.desk(), caller, PIN) == PinRight()
    proven = await town.caller(verified=True)
    assert await mine(town.desk(), proven) == NoApplications()
    assert type(await find(town.desk(), proven, "7001")) is StateOnly
    assert await town.records.accounts.pin(old.person.id) is None


async def test_no_second_account_is_opened_over_a_silent_one(town: Town):
    caller = await opened(town)
    town.later(days=91)
    silent = await town.caller()
    assert await create(town.desk(), silent, OTHER, await seal(town, silent, OTHER)) == AccountExists()
    assert await change_pin(town.desk(), silent, OTHER, await seal(town, silent, OTHER)) == PinNeeded()
    assert (await town.caller()).person.binding is Binding.STALE
    assert await verify_pin(town.desk(), silent, PIN) == PinRight()
    assert (await town.caller()).person.id == caller.person.id


async def test_a_pin_proven_before_the_number_fell_silent_proves_nothing_after(town: Town):
    await opened(town)
    town.later(days=91)
    silent = await town.caller(verified=True)
    assert await mine(town.desk(), silent) == PinNeeded()
    assert await change_pin(town.desk(), silent, OTHER, await seal(town, silent, OTHER)) == PinNeeded()
    assert await close(town.desk(), silent) == PinNeeded()


async def test_a_reset_asked_for_before_the_number_fell_silent_opens_nothing(town: Town):
    caller = await opened(town)
    town.later(days=85)
    await ask_reset(town.desk(), caller, "7001", "17.05.1980")
    town.later(days=6)
    assert (await town.caller()).person.binding is Binding.STALE
    assert await reset_state(town.desk(), caller) == ResetDoubted(), "it is for the office to see whose number it is"
    assert await finish_reset(town.desk(), caller, OTHER, await seal(town, caller, OTHER)) == ResetDoubted()
    asked = [await ask_reset(town.desk(), caller, "7001", "17.05.1980") for _ in range(9)]
    assert asked == [ResetDoubted()] * 9, "nothing is asked for, and no try is counted"
    assert (await town.caller()).person.binding is Binding.STALE


async def test_whoever_calls_now_and_then_never_falls_silent(either_town: Town):
    town = either_town
    caller = await town.known()
    for _ in range(4):
        town.later(days=40)
        assert await recognise(town.desk(), await town.caller()) == KnownCaller("en", False)
    now = await town.caller()
    assert (now.person.id, now.person.binding) == (caller.person.id, Binding.ACTIVE)
    town.later(days=91)
    await recognise(town.desk(), await town.caller())
    assert (await town.caller()).person.binding is Binding.STALE, "a call does not wake a silent number"


async def test_the_day_of_contact_is_noted_once_a_day_and_never_in_the_way(town: Town):
    await town.known()
    noted = []

    async def greet(number, language, *, chosen):
        noted.append(language)
        raise StoreUnavailable("read only")

    @asynccontextmanager
    async def read_only():
        yield SimpleNamespace(people=SimpleNamespace(greet=greet))

    desk = replace(town.desk(), open_records=read_only)
    assert await recognise(desk, await town.caller()) == KnownCaller("en", False)
    assert noted == []
    town.later(days=1)
    assert await recognise(desk, await town.caller()) == KnownCaller("en", False)
    assert noted == ["en"]


async def test_no_connection_is_held_while_a_pin_waits_to_be_hashed(emptied, clock):
    town = Town(clock, record_store(emptied, clock))
    waiting = []

    class Watched(PinVault):
        async def hash(self, pin, deadline):
            waiting.append(emptied.engine.pool.checkedout())
            return await super().hash(pin, deadline)

    caller = await town.known()
    town.vault.close()
    town.vault = Watched({"k1": b"p" * 32}, PinCost(1, 8, 1))
    assert await create(town.desk(), caller, PIN, await seal(town, caller)) == AccountCreated()
    await town.records.settle()
    proven = await town.caller(verified=True)
    assert await change_pin(town.desk(), proven, OTHER, await seal(town, proven, OTHER)) == PinChanged()
    await ask_reset(town.desk(), proven, "7001", "17.05.1980")
    town.later(hours=24)
    assert await finish_reset(town.desk(), proven, PIN, await seal(town, proven)) == PinChanged()
    await town.records.settle()
    town.vault.close()
    assert waiting == [0, 0, 0]


async def test_a_try_stays_counted_when_its_unit_of_work_is_rolled_back(emptied, clock):
    store = record_store(emptied, clock)
    town = Town(clock, store)
    caller = await opened(town)
    with pytest.raises(DeadlineExceeded):
        async with store.open() as records:
            await verify_pin(town.desk(0.0, records), caller, OTHER)
    town.vault.close()
    async with store.open() as records:
        assert (await records.accounts.pin(caller.person.id)).tries == 1


async def test_the_pin_is_changed_only_when_proven(town: Town):
    caller = await opened(town)
    pin_seal = await seal(town, caller, OTHER)
    assert await change_pin(town.desk(), caller, OTHER, pin_seal) == PinNeeded()
    proven = replace(caller, verified=True)
    assert await change_pin(town.desk(), proven, PIN, pin_seal) == PinsDiffer()
    assert await change_pin(town.desk(), proven, OTHER, pin_seal) == PinChanged()
    assert await verify_pin(town.desk(), caller, OTHER) == PinRight()


async def test_no_account_has_no_pin(town: Town):
    for caller in (await town.caller(), await town.known()):
        assert await verify_pin(town.desk(), caller, PIN) == NoAccount()
        assert await reset_state(town.desk(), caller) == NoAccount()
        assert await ask_reset(town.desk(), caller, "7001", "17.05.1980") == NoAccount()
        assert await close(town.desk(), caller) == NoAccount()


async def test_a_forgotten_pin_takes_the_fact_and_a_day(town: Town):
    caller = await opened(town)
    pin_seal = await seal(town, caller, OTHER)
    assert await reset_state(town.desk(), caller) == ResetNotAsked()
    assert await finish_reset(town.desk(), caller, OTHER, pin_seal) == ResetNotAsked()
    assert await ask_reset(town.desk(), caller, "junk", "17.05.1980") == NotFound()
    assert await ask_reset(town.desk(), caller, "7001", "18.05.1980") == FactWrong(4)
    assert await ask_reset(town.desk(), caller, "7001", "17.05.1980") == ResetWaits(24)
    assert town.told.notices == ["sms.account_reset"]
    town.later(hours=5, minutes=10)
    assert await reset_state(town.desk(), caller) == ResetWaits(19)
    assert await ask_reset(town.desk(), caller, "7001", "17051980") == ResetWaits(19), "asking again delays nothing"
    assert await finish_reset(town.desk(), caller, OTHER, pin_seal) == ResetWaits(19)
    town.later(hours=19)
    assert await reset_state(town.desk(), caller) == ResetDue()
    assert await finish_reset(town.desk(), caller, PIN, pin_seal) == PinsDiffer()
    assert await finish_reset(town.desk(), caller, OTHER, pin_seal) == PinChanged()
    assert await verify_pin(town.desk(), caller, OTHER) == PinRight()
    assert await reset_state(town.desk(), caller) == ResetNotAsked()


async def test_whoever_still_knows_the_pin_ends_a_reset_that_another_asked_for(town: Town):
    caller = await opened(town)
    await ask_reset(town.desk(), caller, "7001", "17.05.1980")
    assert await verify_pin(town.desk(), caller, PIN) == PinRight()
    assert await reset_state(town.desk(), caller) == ResetNotAsked()


async def test_a_reset_left_alone_for_a_week_is_over(town: Town):
    caller = await opened(town)
    await ask_reset(town.desk(), caller, "7001", "17.05.1980")
    town.later(days=9)
    assert await reset_state(town.desk(), caller) == ResetNotAsked()


async def test_a_reset_takes_an_application_of_ones_own(town: Town):
    thief = await opened(town, KAMRAN)
    assert await ask_reset(town.desk(), thief, "7001", "17.05.1980") == FactWrong(4)
    seen = [await ask_reset(town.desk(), thief, "7001", "17.05.1980") for _ in range(5)]
    assert seen[-1] == TooManyTries()


async def test_closing_takes_the_pin_and_leaves_nothing(town: Town):
    caller = await opened(town)
    assert await close(town.desk(), caller) == PinNeeded()
    assert await close(town.desk(), replace(caller, verified=True)) == AccountClosed()
    assert await recognise(town.desk(), await town.caller()) == NewCaller()


def test_a_kept_pin_costs_what_owasp_asks_for() -> None:
    kept = PinVault({"k1": b"1" * 32})
    assert kept.cost == PinCost(passes=2, memory=19 * 1024, lanes=1)
    assert kept._hash("k1", PIN).startswith("k1 $argon2id$v=19$m=19456,t=2,p=1$")


async def test_the_vault_rotates_its_pepper_and_keeps_no_pin_in_sight():
    from tests.services.town import START, HandClock

    deadline = Deadline.after(5, HandClock(START))
    old = PinVault({"k1": b"1" * 32}, PinCost(1, 8, 1))
    kept = await old.hash(PIN, deadline)
    assert PIN not in kept and "argon2id" in kept and PIN not in repr(old)
    both = PinVault({"k2": b"2" * 32, "k1": b"1" * 32}, PinCost(1, 8, 1))
    assert await both.matches(PIN, kept, deadline) and both.outdated(kept)
    assert not await both.matches(OTHER, kept, deadline)
    fresh = await both.hash(PIN, deadline)
    assert fresh.startswith("k2 ") and not both.outdated(fresh)
    with pytest.raises(PinVaultFailed):
        await old.matches(PIN, fresh, deadline)
    with pytest.raises(PinVaultFailed):
        await old.matches(PIN, "k1 nonsense", deadline)
    old.close(), both.close()


async def test_an_sms_that_anybody_may_have_written_keeps_no_binding_alive(either_town: Town):
    town = either_town
    await town.known()
    town.later(days=80)
    texting = replace(await town.caller(), channel="sms")
    assert await recognise(town.desk(), texting) == KnownCaller("en", False)
    assert await choose_language(town.desk(), texting, "fr") == LanguageChosen("fr")
    town.later(days=11)
    person = (await town.caller()).person
    assert person and (person.binding, person.language) == (Binding.STALE, "fr")


async def test_a_call_keeps_it_alive(either_town: Town):
    town = either_town
    await town.known()
    town.later(days=80)
    await recognise(town.desk(), await town.caller())
    town.later(days=11)
    assert (await town.caller()).bound
