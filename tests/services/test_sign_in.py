"""Signing in: a code is tried five times at most and good once; nobody is sent to for money; tokens that come twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event, func, select, update

import gateway.tables
from domain.msisdn import Msisdn
from mobile_api import strict_json
from mobile_api.problems import Problem
from mobile_api.resources.auth_values import CodeTyped
from mobile_api.validation import convert
from services import signed_in_devices as devices
from services.outcomes import PinNeeded, PinRight, StateOnly
from services.reading import read, read_own
from services.records.sign_in_tables import REQUESTS, SESSIONS
from services.sign_in import CodeDead, CodeWrong, SignIn, Tokens
from services.sign_in_codes import SignInCodes
from services.sign_in_limits import SignInLimits, SpendCap
from services.signed_in_devices import SessionEnded
from storage.unit_of_work import UnitOfWork
from tests.amounts import amount
from tests.databases import Databases
from tests.services.sign_in_desk import PHONE, CountingCodes, SignInDesk, sign_in_desk
from tests.services.town import KAMRAN, LEYLA

BAD_INPUTS = Path(__file__).parent.parent / "data" / "bad_inputs.json"
SECONDS = 60.0
# Over the same ten thousand numbers.
STARTS = amount(1_000, 10_000)


@pytest_asyncio.fixture(scope="session")
async def sign_in_url(databases: Databases) -> str:
    return await databases.migrated("sign_in")


@pytest_asyncio.fixture
async def desk(databases: Databases, sign_in_url: str) -> AsyncIterator[SignInDesk]:
    opened = sign_in_desk(await databases.emptied(sign_in_url))
    yield opened
    await opened.background.drain(SECONDS)
    await opened.town.records.settle()
    opened.town.vault.close()
    await opened.store.database.close()


def with_limits(desk: SignInDesk, limits: SignInLimits) -> SignInDesk:
    desk.sign_in = SignIn(
        desk.store.open_sign_ins,
        SignInCodes({"k1": b"p" * 32}),
        "AZ",
        desk.clock,
        desk.store.ids,
        desk.background,
        limits,
        observer=desk.watch,
    )
    return desk


def other(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 1_000_000:06d}"


async def rows(desk: SignInDesk, table: Any) -> int:
    async with desk.store.database.unit_of_work() as work:
        return int((await work.execute(select(func.count()).select_from(table))).scalar_one())


async def passes(desk: SignInDesk, by: timedelta) -> None:
    """So much time, as PostgreSQL has it."""
    async with desk.store.database.unit_of_work() as work:
        await work.execute(update(REQUESTS).values(expires_at=REQUESTS.c.expires_at - by))


# --- a code ---------------------------------------------------------------------------------------------


async def test_a_code_comes_by_sms_and_signs_in_once(desk: SignInDesk) -> None:
    request, code = await desk.code(LEYLA)
    [sent] = await desk.messages()
    row = sent["row"]
    assert (sent["to"], row.kind, row.text_id, row.source) == (LEYLA.e164, "code", "sms.code", "sign_in")
    assert row.expires_at == desk.clock.now() + timedelta(minutes=5)
    tokens = await desk.verify(request, code)
    assert isinstance(tokens, Tokens)
    caller = await desk.caller(tokens.access)
    assert caller is not None
    assert (caller.msisdn, caller.verified, caller.bound, caller.attested) == (LEYLA, False, True, True)
    assert await desk.verify(request, code) == CodeDead()
    assert await rows(desk, SESSIONS) == 1


async def test_nothing_of_it_is_kept_in_clear(desk: SignInDesk) -> None:
    request, code = await desk.code(LEYLA)
    tokens = await desk.verify(request, code, name="Leyla's phone")
    assert isinstance(tokens, Tokens)
    kept = ""
    async with desk.store.database.unit_of_work() as work:
        for table in gateway.tables.METADATA.sorted_tables:
            for row in (await work.execute(select(table))).all():
                kept += " ".join(v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row)
    family, turn = tokens.refresh.split(".")
    for secret in (code, PHONE, LEYLA.e164, LEYLA.e164[1:], tokens.access, family, turn, "Leyla's phone"):
        # Six digits may stand in an id by chance, alone they may not.
        assert f" {secret} " not in kept if len(secret) == 6 else secret not in kept
    assert code not in repr(tokens)
    assert tokens.access not in repr(tokens)


async def test_a_thousand_wrong_codes_at_once_are_five(desk: SignInDesk) -> None:
    request, code = await desk.code(LEYLA)
    CountingCodes.compared.clear()
    outcomes = []
    for hundred in range(0, 1000, 100):
        wrong = (desk.verify(request, other(code, 1 + hundred + more)) for more in range(100))
        outcomes += await asyncio.gather(*wrong)
    evaluated = len(CountingCodes.compared)
    print(f"1,000 wrong codes, 100 at a time: {evaluated} compared, {outcomes.count(CodeDead())} refused unread")
    assert evaluated == outcomes.count(CodeWrong()) == 5
    assert outcomes.count(CodeDead()) == 995
    assert await desk.verify(request, code) == CodeDead()
    assert await rows(desk, SESSIONS) == 0


async def test_the_try_is_committed_before_anything_is_compared(desk: SignInDesk) -> None:
    request, code = await desk.code(LEYLA)

    class Dying(SignInCodes):
        def matches(self, kept, request, device, code):  # type: ignore[no-untyped-def]
            raise RuntimeError("the process dies here")

    desk.sign_in._codes = Dying({"k1": b"p" * 32})
    for _ in range(5):
        with pytest.raises(RuntimeError):
            await desk.verify(request, code)
    assert await desk.verify(request, code) == CodeDead()


async def test_fifty_right_codes_at_once_open_one_session(desk: SignInDesk) -> None:
    request, code = await desk.code(LEYLA)
    outcomes = await asyncio.gather(*(desk.verify(request, code) for _ in range(50)))
    assert sum(isinstance(outcome, Tokens) for outcome in outcomes) == 1
    assert outcomes.count(CodeDead()) == 49
    assert await rows(desk, SESSIONS) == 1


async def test_a_code_is_good_for_its_own_request_and_device_alone(desk: SignInDesk) -> None:
    (hers, her_code), (his, his_code) = await desk.code(LEYLA), await desk.code(KAMRAN)
    assert her_code != his_code
    assert await desk.verify(his, her_code) == CodeWrong()
    assert await desk.verify(hers, her_code, device="another-phone-entirely") == CodeWrong()
    assert isinstance(await desk.verify(hers, her_code), Tokens)


async def test_a_code_lives_five_minutes_whatever_the_gateways_clocks_say(desk: SignInDesk) -> None:
    desk.clock.advance(timedelta(minutes=10))  # asked for at a gateway that is fast,
    request, code = await desk.code(LEYLA)
    desk.clock.advance(-timedelta(minutes=20))  # typed at one that is slow
    await passes(desk, timedelta(minutes=5))
    assert await desk.verify(request, code) == CodeDead()

    request, code = await desk.code(KAMRAN)  # and the other way round
    desk.clock.advance(timedelta(minutes=20))
    await passes(desk, timedelta(minutes=3))
    assert isinstance(await desk.verify(request, code), Tokens)


async def test_a_code_survives_a_change_of_the_key(desk: SignInDesk) -> None:
    request, code = await desk.code(LEYLA)
    old = desk.sign_in._codes.peppers["k1"]
    desk.sign_in._codes = SignInCodes({"k2": b"n" * 32, "k1": old})
    assert isinstance(await desk.verify(request, code), Tokens)
    desk.clock.advance(timedelta(minutes=2))
    request, code = await desk.code(LEYLA)
    desk.sign_in._codes = SignInCodes({"k3": b"o" * 32})
    assert await desk.verify(request, code) == CodeWrong()


# --- nobody learns who is known -------------------------------------------------------------------------


async def test_the_answer_and_its_work_are_the_same_for_every_number(
    desk: SignInDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.signed_in(LEYLA)
    numbers = {
        "known, within the pause": LEYLA,
        "unknown": KAMRAN,
        "abroad": Msisdn.parse("+212661234567"),
        "a landline": Msisdn.parse("+994124980000"),
    }
    statements: list[str] = []
    listening = desk.store.database.engine.sync_engine
    asking = asyncio.current_task()

    @event.listens_for(listening, "before_cursor_execute")
    def _seen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if asyncio.current_task() is asking:
            statements.append(statement)

    past_sqlalchemy = UnitOfWork.fetch

    async def fetched(work: UnitOfWork, sql: str, *values: Any) -> Any:
        if asyncio.current_task() is asking:
            statements.append(sql)
        return await past_sqlalchemy(work, sql, *values)

    monkeypatch.setattr(UnitOfWork, "fetch", fetched)
    answers, work = {}, {}
    for what, number in numbers.items():
        statements.clear()
        answers[what] = await desk.start(number)
        work[what] = tuple(statements)
        await desk.background.drain(SECONDS)
    event.remove(listening, "before_cursor_execute", _seen)
    assert {(answer.expires_in, answer.resend_after) for answer in answers.values()} == {(300, 60)}
    assert len(set(work.values())) == 1
    assert len(work["unknown"]) == 1
    assert len(await desk.messages()) == 2  # Leyla's first, and Kamran's
    assert desk.watch.seen["withheld not_ours"] == 2
    # Nor does typing tell: no code of a message that never went out is ever right.
    for answer in (answers["abroad"], answers["a landline"], answers["known, within the pause"]):
        assert await desk.verify(answer.request, "123456") in (CodeWrong(), CodeDead())


async def test_a_number_gets_one_a_minute_and_five_a_day(desk: SignInDesk) -> None:
    for _ in range(20):
        await desk.start(LEYLA)
        await desk.background.drain(SECONDS)
        desk.clock.advance(timedelta(seconds=30))
    assert len(await desk.messages()) == 5
    assert desk.watch.seen == {"put": 5, "withheld number_pause": 5, "withheld number_day": 10}
    assert desk.watch.alarms == []
    desk.clock.advance(timedelta(days=1))
    await desk.code(LEYLA)


@pytest.mark.long
async def test_ten_thousand_starts_over_neighbours_send_a_hundred_at_most(desk: SignInDesk) -> None:
    cap = SpendCap(price=45, hour=45 * 120, day=45 * 400)
    with_limits(desk, SignInLimits(spend=cap))
    numbers = [Msisdn(f"+99450{2_345_000 + more:07d}") for more in range(0, 10_000, 10_000 // STARTS)]
    addresses = [f"203.{more // 250}.{more % 250}.9" for more in range(500)]
    wave = 100
    for first in range(0, len(numbers), wave):
        await asyncio.gather(
            *(desk.start(numbers[at], addresses[at % len(addresses)]) for at in range(first, first + wave))
        )
        await desk.background.drain(SECONDS)
    sent, seen = len(await desk.messages()), desk.watch.seen
    spent = f"spent {sent * cap.price} of {cap.hour}"
    print(f"{STARTS:,} starts from 500 addresses: {sent} messages, {spent}; {dict(seen)}")
    assert 0 < sent <= 100
    assert sent * cap.price <= cap.hour
    assert seen["put"] == sent
    assert sum(seen.values()) == STARTS
    assert seen["withheld failed"] == seen["withheld crowded"] == 0
    assert desk.watch.alarms
    assert len(desk.watch.alarms) == len(set(desk.watch.alarms))  # each once
    assert await rows(desk, REQUESTS) == STARTS


async def test_money_ends_before_anything_else_where_numbers_and_addresses_are_many(desk: SignInDesk) -> None:
    with_limits(desk, SignInLimits(spend=SpendCap(price=45, hour=1000, day=1500)))
    numbers = [Msisdn(f"+9945{5 if more % 2 else 0}{2_000_000 + more * 40_001:07d}") for more in range(60)]

    async def all_of(them: list[Msisdn]) -> int:
        await asyncio.gather(*(desk.start(number, f"203.0.{at}.9") for at, number in enumerate(them)))
        await desk.background.drain(SECONDS)
        return len(await desk.messages())

    assert await all_of(numbers) == 22  # 22 * 45 = 990
    desk.clock.advance(timedelta(hours=1))
    assert await all_of([Msisdn(f"+99470{2_000_000 + more * 40_001:07d}") for more in range(60)]) == 33  # 1485 of 1500
    assert set(desk.watch.alarms) == {"spend_hour", "spend_day"}


async def test_more_than_can_wait_is_withheld_and_nobody_sees_it(desk: SignInDesk) -> None:
    desk.sign_in._most_waiting = 0
    started = await desk.start(LEYLA)
    assert (started.expires_in, await desk.messages()) == (300, [])
    assert desk.watch.seen == {"withheld crowded": 1}


# --- a number that changed hands ------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [True, False])
async def test_an_app_speaks_for_whom_only_a_ministry_told_of(desk: SignInDesk, chosen: bool) -> None:
    async with desk.store.open() as records:
        known = await records.people.greet(LEYLA, "fr", chosen=chosen)
    caller = await desk.caller((await desk.signed_in(LEYLA)).access)
    assert caller is not None and caller.person is not None
    assert (caller.person.id, caller.person.language_chosen) == (known.id, True)
    assert (caller.person.language == "fr") is chosen, "hers, or the app's"


async def test_a_number_that_fell_silent_starts_anew_with_somebody_new(desk: SignInDesk) -> None:
    before = await desk.caller((await desk.signed_in(LEYLA)).access)
    desk.clock.advance(timedelta(days=91))
    after = await desk.caller((await desk.signed_in(LEYLA)).access)
    assert before is not None and after is not None
    assert before.person is not None and after.person is not None
    assert before.person.id != after.person.id
    assert after.person.former_holder
    # The ministry registered the number for 7001, but whoever has it now is not the one it meant.
    assert isinstance(await read(desk.town.desk(), after, "7001"), StateOnly)


async def test_with_an_account_a_silent_number_shows_nothing_until_the_pin(desk: SignInDesk) -> None:
    tokens = await desk.signed_in(LEYLA, name="Leyla's old phone")
    first = await desk.caller(tokens.access)
    assert first is not None and first.person is not None
    kept = await desk.town.vault.hash("284913", desk.town.desk().deadline)
    await desk.town.records.accounts.create(first.person.id, kept, "account.consent@1", "en")
    await desk.town.records.settle()
    desk.clock.advance(timedelta(days=59))
    still = await desk.signed_in(LEYLA, name="Leyla's new phone")
    desk.clock.advance(timedelta(days=50))
    async with desk.store.open() as records:
        await records.people.doubt_number(LEYLA)
    tokens = await desk.signed_in(LEYLA, name="Somebody's phone")
    caller = await desk.caller(tokens.access)
    assert caller is not None and not caller.bound and caller.must_prove
    assert await read_own(desk.town.desk(), caller, "7001") == PinNeeded()
    assert isinstance(await read(desk.town.desk(), caller, "7001"), StateOnly)
    async with desk.store.open_sign_ins() as records:
        assert [one.name for one in await devices.devices(records, caller, tokens.session)] == ["Somebody's phone"]
        assert await devices.sign_out_everywhere(records, caller) == PinNeeded()
        assert await devices.sign_out_device(records, caller, tokens.session, still.session) == PinNeeded()
    # It is Leyla after all.
    async with desk.store.database.unit_of_work() as work:
        records, town_desk = desk.store.sign_ins(work), desk.town.desk(records=desk.store.over(work))
        assert await devices.prove(town_desk, records, desk.sign_in, caller, tokens.session, "284913") == PinRight()
    hers = await desk.caller(tokens.access)
    assert hers is not None and hers.bound and hers.proven
    async with desk.store.open_sign_ins() as records:
        names = [one.name for one in await devices.devices(records, hers, tokens.session)]
    assert names == ["Somebody's phone", "Leyla's new phone"]
    desk.clock.advance(timedelta(minutes=14, seconds=50))
    later = await desk.caller(tokens.access)
    assert later is not None and later.proven
    turned = await desk.refresh(tokens.refresh)
    desk.clock.advance(timedelta(seconds=11))
    later = await desk.caller(turned.access)
    assert later is not None and not later.proven


async def test_when_a_number_ends_so_do_its_sessions(desk: SignInDesk) -> None:
    tokens = await desk.signed_in(LEYLA)
    caller = await desk.caller(tokens.access)
    assert caller is not None and caller.person is not None
    async with desk.store.open() as records:
        await records.people.end_number(LEYLA, caller.person.id)
    assert await desk.caller(tokens.access) is None
    assert await desk.refresh(tokens.refresh) == SessionEnded()
    new = await desk.caller((await desk.signed_in(LEYLA)).access)
    assert new is not None and new.person is not None and new.person.id != caller.person.id


async def test_who_is_erased_is_signed_out(desk: SignInDesk) -> None:
    tokens = await desk.signed_in(LEYLA)
    caller = await desk.caller(tokens.access)
    assert caller is not None and caller.person is not None
    async with desk.store.open() as records:
        await records.people.forget(caller.person.id)
    assert await desk.caller(tokens.access) is None
    assert await rows(desk, SESSIONS) == 0


# --- tokens ---------------------------------------------------------------------------------------------


async def test_a_refresh_token_is_good_once_and_its_second_use_ends_the_family(desk: SignInDesk) -> None:
    first = await desk.signed_in(LEYLA)
    second = await desk.refresh(first.refresh)
    third = await desk.refresh(second.refresh)
    assert (second.session, third.session) == (first.session, first.session)
    assert await desk.caller(first.access) is None
    assert await desk.caller(third.access) is not None
    # Long replaced, still known for what it is.
    assert await desk.refresh(first.refresh) == SessionEnded()
    assert desk.watch.seen["reused"] == 1
    assert await desk.caller(third.access) is None
    assert await desk.refresh(third.refresh) == SessionEnded()
    assert desk.watch.seen["reused"] == 1


async def test_the_same_refresh_token_from_two_sides_gives_tokens_to_one_and_then_to_none(desk: SignInDesk) -> None:
    first = await desk.signed_in(LEYLA)
    outcomes = await asyncio.gather(*(desk.refresh(first.refresh) for _ in range(10)))
    given = [outcome for outcome in outcomes if isinstance(outcome, Tokens)]
    assert len(given) == 1
    assert await desk.caller(given[0].access) is None


async def test_tokens_end_in_their_time(desk: SignInDesk) -> None:
    tokens = await desk.signed_in(LEYLA)
    assert (tokens.access_seconds, tokens.session_seconds) == (900, 60 * 24 * 3600)
    desk.clock.advance(timedelta(minutes=15))
    assert await desk.caller(tokens.access) is None
    desk.clock.advance(timedelta(days=59))
    tokens = await desk.refresh(tokens.refresh)
    assert tokens.session_seconds < 24 * 3600
    desk.clock.advance(timedelta(days=1))
    assert await desk.refresh(tokens.refresh) == SessionEnded()


async def test_junk_is_no_token_and_costs_no_look(desk: SignInDesk) -> None:
    async with desk.store.database.unit_of_work() as work:
        records = desk.store.sign_ins(work)
        for junk in (
            "",
            "x",
            "eyJhbGciOiJub25lIn0.e30.",
            "../../dev/null",
            "a" * 42,
            "a" * 44,
            "ä" * 43,
            "' OR 1=1 --",
        ):
            assert await devices.by_access_token(records.sessions, junk) is None
            assert await devices.refresh(desk.sign_in, records, junk) == SessionEnded()
        assert work._connection is None


async def test_devices_are_listed_and_signed_out(desk: SignInDesk) -> None:
    phone, tablet = await desk.signed_in(LEYLA, "Phone"), await desk.signed_in(LEYLA, "Tablet")
    his = await desk.signed_in(KAMRAN, "Kamran's")
    hers, him = await desk.caller(phone.access), await desk.caller(his.access)
    assert hers is not None and him is not None
    async with desk.store.open_sign_ins() as records:
        assert [one.name for one in await devices.devices(records, hers, phone.session)] == ["Tablet", "Phone"]
        assert await devices.sign_out_device(records, him, his.session, phone.session) is False
        assert await devices.sign_out_device(records, hers, phone.session, tablet.session) is True
    assert await desk.caller(tablet.access) is None
    async with desk.store.open_sign_ins() as records:
        await devices.sign_out(records, hers, phone.session)
    assert await desk.caller(phone.access) is None
    again, more = await desk.signed_in(LEYLA), await desk.signed_in(LEYLA, "One more")
    caller = await desk.caller(again.access)
    assert caller is not None
    async with desk.store.open_sign_ins() as records:
        assert await devices.sign_out_everywhere(records, caller) == 2
    assert await desk.caller(more.access) is None
    assert await desk.caller(his.access) is not None


async def test_signing_in_again_on_a_device_leaves_no_older_session_there(desk: SignInDesk) -> None:
    tablet, phone = await desk.signed_in(LEYLA, "Tablet"), await desk.signed_in(LEYLA, "Phone")
    his = await desk.signed_in(KAMRAN, "Phone")  # a telephone that two share
    again = await desk.signed_in(LEYLA, "Phone")
    hers = await desk.caller(again.access)
    assert hers is not None
    assert await desk.caller(phone.access) is None
    assert await desk.refresh(phone.refresh) == SessionEnded()
    assert await desk.caller(tablet.access) is not None and await desk.caller(his.access) is not None
    async with desk.store.open_sign_ins() as records:
        assert [one.name for one in await devices.devices(records, hers, again.session)] == ["Phone", "Tablet"]


async def test_of_very_many_devices_the_one_used_longest_ago_is_signed_out(desk: SignInDesk) -> None:
    with_limits(desk, SignInLimits(number_a_day=100, address=100, blocks=()))
    first = await desk.signed_in(LEYLA, "0")
    second = await desk.signed_in(LEYLA, "1")
    desk.clock.advance(timedelta(seconds=1))
    await desk.refresh(first.refresh)
    for number in range(2, 11):
        last = await desk.signed_in(LEYLA, str(number))
    assert await desk.refresh(second.refresh) == SessionEnded()
    hers = await desk.caller(last.access)
    assert hers is not None
    async with desk.store.open_sign_ins() as records:
        names = [one.name for one in await devices.devices(records, hers, last.session)]
    assert len(names) == 10 and "0" in names and "1" not in names


async def test_what_had_its_time_is_swept(desk: SignInDesk) -> None:
    await desk.signed_in(LEYLA)
    await desk.store.sweep()
    assert (await rows(desk, REQUESTS), await rows(desk, SESSIONS)) == (1, 1)
    desk.clock.advance(timedelta(days=91))
    await passes(desk, timedelta(days=2))
    await desk.store.sweep()
    assert (await rows(desk, REQUESTS), await rows(desk, SESSIONS)) == (0, 0)
    assert await rows(desk, gateway.tables.METADATA.tables["sign_in_counters"]) == 0


# --- bad inputs -----------------------------------------------------------------------------------------


async def test_every_bad_input_about_codes_and_tokens(desk: SignInDesk) -> None:
    entries = {entry["id"]: entry for entry in json.loads(BAD_INPUTS.read_text())["inputs"]}
    served: list[str] = []

    def expect(id: str, words: str) -> dict[str, Any]:
        assert entries[id]["expect"] == words
        served.append(id)
        return entries[id]

    # A number instead of text: refused before a try is counted.
    entry = expect("json_api-009", "422; no attempt burned or one, documented")
    request, code = await desk.code(LEYLA)
    sent = json.loads(entry["json_text"]) | {"request_id": request.hex, "device": PHONE}
    with pytest.raises(Problem) as refused:
        convert(strict_json.parse(json.dumps(sent).encode()), CodeTyped)
    assert (refused.value.status, refused.value.errors[0].pointer) == (422, "/code")
    async with desk.store.database.unit_of_work() as work:
        assert (await work.execute(select(REQUESTS.c.tries))).scalar_one() == 0

    entry = expect("json_api-012", "normalised and accepted")
    sent = json.loads(entry["json_text"]) | {"request_id": request.hex, "device": PHONE}
    typed = convert(strict_json.parse(json.dumps(sent).encode()), CodeTyped)
    arabic = code.translate(str.maketrans("123456", typed.code)).translate(str.maketrans("0789", "٠٧٨٩"))
    assert isinstance(await desk.verify(request, arabic), Tokens)

    expect("json_api-013", "second refused")
    assert await desk.verify(request, code) == CodeDead()

    expect("json_api-014", "exactly one session token")
    request, code = await desk.code(KAMRAN)
    outcomes = await asyncio.gather(*(desk.verify(request, code) for _ in range(50)))
    assert sum(isinstance(outcome, Tokens) for outcome in outcomes) == 1

    expect("json_api-016", "refused")
    desk.clock.advance(timedelta(minutes=2))
    (_, code_a), (b, code_b) = await desk.code(LEYLA), await desk.code(KAMRAN)
    assert code_a != code_b
    assert await desk.verify(b, code_a) == CodeWrong()

    expect("json_api-027", "second refused and whole family revoked")
    first = await desk.verify(b, code_b)
    assert isinstance(first, Tokens)
    second = await desk.refresh(first.refresh)
    assert await desk.refresh(first.refresh) == SessionEnded()
    assert await desk.caller(second.access) is None
    assert await desk.refresh(second.refresh) == SessionEnded()

    for id in ("json_api-025", "json_api-026"):
        assert entries[id]["expect"] in ("401", "401 each")
        served.append(id)
    for token in ("eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2Rldi9udWxsIn0.e30.AAAA", "eyJhbGciOiJub25lIn0.e30."):
        assert await desk.caller(token) is None
    print(f"{len(served)} bad inputs about codes and tokens served: {', '.join(served)}")
    assert len(served) == 8
