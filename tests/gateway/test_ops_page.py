"""Staff on the operations page: in with a password and a code, out again, and what they see of everybody and nobody."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from gateway.cli import main
from gateway.ops_page.counting import Counting
from gateway.ops_page.page import staff_of
from services.records.sealed import Sealed
from services.records.sign_in import SqlSendCounters
from services.records.staff import ADDRESS
from services.records.staff_tables import STAFF, STAFF_SESSIONS
from services.records.tables import EVENTS
from services.sign_in_limits import Charge, places_of
from services.staff_sign_in import BROWSER_LIVES, FROM_ONE_ADDRESS, FROM_ONE_NETWORK
from sms.records import delivery_days
from sms.tables import MESSAGES, SPEND
from storage.redis_client import RedisClient
from storage.tables import AUDIT_LOG
from tests.databases import Databases
from tests.gateway.ops_desk import PASSWORD, Desk, acts, ended, enrolled, message
from tests.whole import KEYS, Stage, Whole, whole
from ussd_menus.records import giving_up


@pytest.fixture(scope="module")
async def running(databases: Databases, redis_url: str, ministries: tuple[Stage, str]) -> AsyncIterator[Whole]:
    """One gateway for all stories of this module: each has staff of its own."""
    client = RedisClient(redis_url, timeout=30)
    await client.execute("FLUSHALL")
    await client.close()
    async with whole(await databases.migrated("operations"), redis_url, *ministries) as started:
        yield started


@pytest.fixture(autouse=True)
def operator(running: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever types commands."""
    monkeypatch.setenv("GUICHET_DATABASE_URL", running.parts.settings.database_url)
    monkeypatch.setenv("GUICHET_ENCRYPTION_KEYS", KEYS)
    monkeypatch.setenv("GUICHET_OPERATOR", "leyla.m")


async def test_in_with_password_and_code_and_the_code_is_good_once(running: Whole) -> None:
    her = await enrolled(running, "nigar")
    assert (await her.ask("GET", "/ops/session")).status == 401
    for path in ("/ops/live", "/ops/figures"):
        assert (await her.ask("GET", path)).status == 401
    typed = her.code()
    answer = await her.signs_in(typed=typed)
    assert answer.status == 200
    for kept in answer.headers["set-cookie"].split("\n"):
        assert all(word in kept for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/ops"))
    assert json.loads((await her.ask("GET", "/ops/session")).body)["name"] == "nigar"
    assert (await Desk(running, "nigar", her.key).signs_in(typed=typed)).status == 401, "the same code again"
    running.clock.advance(timedelta(seconds=30))
    assert (await Desk(running, "nigar", her.key).signs_in()).status == 200, "and the next one is as good as any"
    assert (await her.ask("DELETE", "/ops/session")).status == 204
    assert (await her.ask("GET", "/ops/session")).status == 401
    assert await acts(running, "nigar") == [
        ("staff.add", ""),
        ("staff.signed_in", ""),
        ("staff.refused", "code"),
        ("staff.signed_in", ""),
        ("staff.signed_out", ""),
    ]


async def test_five_wrong_tries_lock_for_half_an_hour_whatever_comes_then(running: Whole) -> None:
    her = await enrolled(running, "murad")
    for at in range(5):
        wrong = await her.signs_in("wrong horse battery") if at % 2 else await her.signs_in(typed="000000")
        assert (wrong.status, json.loads(wrong.body)) == (401, {"code": "refused"})
    assert (await her.signs_in()).status == 401
    running.clock.advance(timedelta(minutes=29))
    assert (await her.signs_in()).status == 401
    running.clock.advance(timedelta(minutes=2))
    assert (await her.signs_in()).status == 200
    why = [why for act, why in await acts(running, "murad") if act == "staff.refused"]
    assert why == ["code", "password", "code", "password", "code", "locked", "locked"]
    assert ("staff.locked", "5 tries") in await acts(running, "murad")


async def test_who_knows_her_name_cannot_keep_her_out_of_a_browser_of_hers(running: Whole) -> None:
    her = await enrolled(running, "ulviyya")
    await her.signs_in()
    running.clock.advance(timedelta(minutes=1))
    stranger, elsewhere = (Desk(running, "ulviyya", key, "198.51.100.77") for key in (bytes(20), her.key))
    for _ in range(6):
        assert (await stranger.signs_in("wrong horse battery")).status == 401
    assert (await elsewhere.signs_in()).status == 401, "locked for whoever was not seen before"
    assert (await her.signs_in()).status == 200
    running.clock.advance(timedelta(minutes=1))
    assert (await elsewhere.signs_in()).status == 401, "and that she came in opens it for nobody else"
    for _ in range(5):
        assert (await her.signs_in("wrong horse battery")).status == 401
    assert (await her.signs_in()).status == 401, "a browser of hers has five tries as well, then it is a stranger's"
    running.clock.advance(timedelta(minutes=31))
    for _ in range(7):
        assert (await her.signs_in()).status == 200
        running.clock.advance(timedelta(minutes=1))


async def test_a_browser_is_hers_alone_for_a_while_and_with_this_second_factor(running: Whole) -> None:
    her, other = await enrolled(running, "zaur"), await enrolled(running, "ilham")
    await her.signs_in()
    await other.signs_in()
    kept = her.browser

    async def known(browser: str) -> bool:
        async with running.parts.database.unit_of_work() as work:
            octets = bytes.fromhex(browser.partition("=")[2])
            return bool(await staff_of(running.parts.api.store, work).known("zaur", octets))

    assert await known(kept)
    assert not await known(other.browser) and not await known("") and not await known("x=00")
    await enrolled(running, "zaur", "reset")
    assert not await known(kept), "a new second factor: every browser is a stranger again"
    her = await enrolled(running, "zaur", "reset")
    running.clock.advance(timedelta(minutes=1))
    await her.signs_in()
    assert await known(her.browser)
    running.clock.advance(BROWSER_LIVES + timedelta(seconds=1))
    assert not await known(her.browser)


async def test_one_subscriber_of_ipv6_is_one_address(running: Whole) -> None:
    """She has 2^64 of them: each a try, and each a row in the audit log."""
    async with running.parts.database.unit_of_work() as work:
        staff = staff_of(running.parts.api.store, work)
        allowed = [await staff.allow(f"2001:db8:1:2::{at:x}") for at in range(FROM_ONE_ADDRESS + 1)]
        assert allowed == [True] * FROM_ONE_ADDRESS + [False]
        others = [await staff.allow(f"2001:db8:1:{at:x}::1") for at in range(16, FROM_ONE_NETWORK)]
        assert not others[-1], "nor has a network as many as it has subscribers"


async def test_one_who_tries_many_names_is_held_back_by_her_address(running: Whole) -> None:
    stranger = Desk(running, "somebody", bytes(20), "198.51.100.9")
    async with running.parts.database.unit_of_work() as work:
        sealed = Sealed(work, running.parts.api.store.sealer, running.parts.api.store.keys)
        host, _ = places_of(stranger.address)
        await SqlSendCounters(sealed, running.clock).take(Charge(ADDRESS, host, FROM_ONE_ADDRESS - 2))
    answers = [(await stranger.signs_in("hunter2hunter2")).status for _ in range(3)]
    assert answers == [401, 401, 429]
    her = await enrolled(running, "sabina")
    await her.signs_in()
    her.address = stranger.address
    running.clock.advance(timedelta(minutes=1))
    assert (await her.signs_in()).status == 200, "who tries from her office's address keeps no browser of hers out"
    async with running.parts.database.unit_of_work() as work:
        rows = (await work.execute(select(AUDIT_LOG).where(AUDIT_LOG.c.act == "staff.refused"))).all()
    assert not any("hunter2" in f"{row}" or "somebody" in f"{row}" for row in rows), "what was typed may be anything"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "", "sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 400),
        ({"sec-fetch-site": "same-origin"}, 401),
    ],
)
async def test_another_page_makes_nobody_sign_in(running: Whole, headers: dict[str, str], status: int) -> None:
    assert (await Desk(running, "nobody", bytes(20)).signs_in(**headers)).status == status


@pytest.mark.parametrize("body", [{}, {"name": "x"}, [], {"name": 1, "password": "", "code": ""}, "x" * 3000])
async def test_what_is_no_sign_in_is_refused(running: Whole, body: Any) -> None:
    assert (await Desk(running, "x", bytes(20)).ask("POST", "/ops/session", body=body)).status == 400


async def test_a_session_ends_when_nobody_is_there_and_after_a_day_of_work(running: Whole) -> None:
    her = await enrolled(running, "aysel")
    await her.signs_in()
    for _ in range(2):
        running.clock.advance(timedelta(minutes=29))
        assert (await her.ask("GET", "/ops/session", "touched=1")).status == 200
    running.clock.advance(timedelta(minutes=29))
    assert (await her.ask("GET", "/ops/live")).status == 200, "what the page asks by itself keeps nobody signed in"
    running.clock.advance(timedelta(minutes=2))
    assert (await her.ask("GET", "/ops/session", "touched=1")).status == 401
    await her.signs_in()
    for _ in range(17):
        running.clock.advance(timedelta(minutes=29))
        last = (await her.ask("GET", "/ops/session", "touched=1")).status
    assert last == 401, "eight hours are over"
    await running.parts.worker.round()
    async with running.parts.database.unit_of_work() as work:
        assert not (
            await work.execute(select(STAFF_SESSIONS).where(STAFF_SESSIONS.c.expires_at <= running.clock.now()))
        ).all()


async def test_who_is_suspended_or_reset_is_out_at_once(running: Whole) -> None:
    her = await enrolled(running, "rena")
    await her.signs_in()
    assert await asyncio.to_thread(main, ["staff", "suspend", "rena"]) == 0
    assert (await her.ask("GET", "/ops/session")).status == 401
    running.clock.advance(timedelta(minutes=1))
    assert (await her.signs_in()).status == 401
    assert await asyncio.to_thread(main, ["staff", "resume", "rena"]) == 0
    assert (await her.signs_in()).status == 200
    again = await enrolled(running, "rena", "reset")
    assert (await her.ask("GET", "/ops/session")).status == 401
    assert (await her.signs_in()).status == 401, "the old key is no key"
    assert (await again.signs_in()).status == 200
    assert await asyncio.to_thread(main, ["staff", "remove", "rena"]) == 0
    assert (await again.ask("GET", "/ops/session")).status == 401


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (["add", "Leyla M"], PASSWORD, "a name has"),
        (["add", "shorty"], "short", "a password has 12"),
        (["reset", "nobody"], PASSWORD, "nobody has this name"),
        (["suspend", "nobody"], "", "nobody has this name"),
    ],
)
def test_the_command_says_what_is_wrong(
    running: Whole,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    typed: str,
    said: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    assert main(["staff", *arguments]) == 2
    assert said in capsys.readouterr().err


async def test_of_two_who_type_the_same_code_at_once_one_is_in(running: Whole) -> None:
    her = await enrolled(running, "elnur")
    both = await asyncio.gather(her.signs_in(), Desk(running, "elnur", her.key).signs_in())
    assert sorted(answer.status for answer in both) == [200, 401]


async def test_a_key_that_cannot_be_opened_any_more_lets_nobody_in(running: Whole) -> None:
    """Not even whoever makes codes of no key at all."""
    her = await enrolled(running, "gunel")
    async with running.parts.database.unit_of_work() as work:
        await work.execute(update(STAFF).where(STAFF.c.name == "gunel").values(totp=b"sealed with a key that is gone"))
    assert (await her.signs_in()).status == 401
    assert (await Desk(running, "gunel", b"").signs_in()).status == 401
    assert ("staff.refused", "code") in await acts(running, "gunel")


async def test_nothing_of_the_secrets_is_in_the_database(running: Whole) -> None:
    her = await enrolled(running, "samir")
    await her.signs_in()
    token = bytes.fromhex(her.cookie.partition("=")[2])
    async with running.parts.database.unit_of_work() as work:
        kept = f"{(await work.execute(select(STAFF))).all()}{(await work.execute(select(STAFF_SESSIONS))).all()}"
    assert PASSWORD not in kept and repr(her.key)[2:-1] not in kept and repr(token)[2:-1] not in kept


async def test_where_people_give_up_is_told_of_five_and_of_no_fewer(running: Whole) -> None:
    her = await enrolled(running, "kamran")
    await her.signs_in()
    for number in range(6):
        await ended(running, number, ("home", "status_ask"))
    await ended(running, 0, ("home", "home", "status_ask"), net="00000")
    for number in range(4):
        await ended(running, number, ("home", "visit_service"))
    await ended(running, 9, ("home", "status_ask"), outcome="success")
    for number in range(6):
        await ended(running, number, ("a screen of somebody else",))
    await running.parts.ops.count_screens()
    seen = json.loads((await her.ask("GET", "/ops/figures")).body)["screens"]
    assert seen == [{"screen": "status_ask", "seen": 5, "given_up": 5}]
    for query, found in [
        ("language=az", 1),
        ("network=40001", 1),
        ("language=fr", 0),
        ("network=40002", 0),
        ("network=-", 0),
    ]:
        shown = json.loads((await her.ask("GET", "/ops/figures", query)).body)
        assert len(shown["screens"]) == found, query


async def test_whether_messages_arrive_is_told_of_five_numbers_by_provider_and_language(running: Whole) -> None:
    her = await enrolled(running, "leyla")
    await her.signs_in()
    rows = [("kannel", "az", "delivered", number) for number in range(11)]
    rows += [("kannel", "az", "undelivered", number) for number in range(5)] + [("kannel", "az", "sent", 1)] * 5
    rows += [("kannel", "fr", "delivered", 7)] * 9 + [("", "az", "failed", number) for number in range(6)]
    rows += [("", "en", state, number) for number in range(9) for state in ("queued", "held", "suppressed")]
    async with running.parts.database.unit_of_work() as work:
        await work.execute(insert(MESSAGES), [message(running, *row) for row in rows])
    await running.parts.ops.count_deliveries()
    await running.parts.ops.count_deliveries()
    database, day = running.parts.database, running.clock.now().date()
    async with database.unit_of_work() as one, database.unit_of_work() as other, asyncio.timeout(30):
        for work in (one, other):
            await delivery_days.count_day(work, day)
            await giving_up.count_day(work, day, ["status_ask"], ["az"], ["40001"])
            assert (await work.fetch("SHOW statement_timeout"))[0]["statement_timeout"] == "1min", (
                "as PgBouncer needs it"
            )
    shown = json.loads((await her.ask("GET", "/ops/figures")).body)["deliveries"]
    assert [tuple(each.values()) for each in shown if each["provider"] and each["language"]] == [
        ("-", "az", 5, 0, 0, 0, 5),
        ("kannel", "az", 20, 10, 5, 5, 0),
    ]
    assert {each["language"] for each in shown if not each["provider"]} == {"az"}


async def test_what_every_process_counts_is_one_line(running: Whole) -> None:
    her = await enrolled(running, "tural")
    await her.signs_in()
    parts = running.parts
    other = Counting(parts.metrics.registry, dict, parts.database, running.clock, parts.desk.ids.uuid7())
    hops = parts.metrics.hops("africastalking")
    await parts.ops.counting.hand_in()
    await other.hand_in()
    running.clock.advance(timedelta(minutes=5))
    for _ in range(3):
        hops.seen("answered", 0.02)
    parts.metrics.ministry_call("vemtas", "status", "MinistryUnavailable", 1.0)
    for counting in (parts.ops.counting, other, other):
        await counting.hand_in()
    running.clock.advance(timedelta(seconds=90))
    live = json.loads((await her.ask("GET", "/ops/live")).body)
    assert sum(step["hops"] for step in live["hops"][-3:]) == 6, "two processes, each once"
    assert [step["p95"] for step in live["hops"][-3:] if step["hops"]] == [pytest.approx(0.024, abs=0.002)]
    vemtas = next(each for each in live["ministries"] if each["name"] == "vemtas")
    assert sum(step["failed"] for step in vemtas["steps"]) == 2 and vemtas["processes"] == 1
    async with parts.database.unit_of_work() as work:
        await work.fetch("UPDATE counted_minutes SET count = count + 1")
    again = json.loads((await her.ask("GET", "/ops/live")).body)
    assert again["hops"] == live["hops"], "minutes that are whole are read once, not at every look"
    day = json.loads((await her.ask("GET", "/ops/live", "span=day")).body)
    assert day["step"] == 1200 and len(day["hops"]) == 72


async def test_dead_letters_and_spend_are_told_as_they_are(running: Whole) -> None:
    her = await enrolled(running, "farid")
    await her.signs_in()
    now = running.clock.now()
    today = now.astimezone(running.parts.pack.zone).date()
    async with running.parts.database.unit_of_work() as work:
        for at in range(2):
            await work.execute(
                insert(EVENTS).values(
                    id=running.parts.desk.ids.uuid7(), source="vemtas", event_id=f"e{at}", digest=b"", type="t",
                    state="dead", outcome="no_recipient", told=0, attempts=1, received_at=now,
                )
            )  # fmt: skip
        await work.execute(insert(SPEND).values(source="vemtas", period="day", begins=today, millis=9_900_000, parts=1))
    shown = json.loads((await her.ask("GET", "/ops/figures", "spoken=en")).body)
    assert [(each["source"], each["why"], each["count"]) for each in shown["dead"]] == [("vemtas", "no_recipient", 2)]
    (spent,) = shown["spend"]
    assert (spent["source"], spent["day"], spent["day_cap"]) == ("vemtas", 9900, 500000)
    assert shown["satisfaction"] == [] and shown["least"] == 5
    await running.parts.ops.counting.hand_in()  # so that it has nothing to hand in by itself meanwhile
    await running.parts.worker.round()
    running.clock.advance(timedelta(days=3))
    await running.parts.worker.round()
    async with running.parts.database.unit_of_work() as work:
        left = (await work.execute(text("SELECT count(*) FROM counted_minutes"))).scalar_one()
    assert left == 0
