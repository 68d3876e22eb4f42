"""F5, F7: PostgreSQL is stopped, killed, somewhere else, slow or full of waiting; nothing that was said is lost."""

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from starlette.applications import Starlette

from gateway.doors.events import EventsDoor, events_routes
from sms.records.books import books
from storage.embedded import embedded_postgres
from storage.migrate import upgrade
from tests.faults.proxy import Proxy, postgres_behind, postgres_through
from tests.faults.test_commit import granted
from tests.gateway.test_events import SECRETS, post, rows
from tests.gateway.walks import at_home
from tests.phone import AfricasTalkingPhone
from tests.services.notice_office import RULES, Office, close, office
from tests.until import until
from tests.whole import Stage, Whole, whole

A_ROUND = 15
"""Events that a ministry sends while one fault lasts."""
CAP, HOP_SECONDS, SLACK_SECONDS = 12, 2.0, 8.0


def door(desk: Office) -> Starlette:
    secrets = tuple(("blind", secret) for _, secret in SECRETS)
    return Starlette(routes=events_routes(EventsDoor(desk.store, RULES, secrets, desk.clock)))


async def sends(app: Starlette, numbers: range, heard: Counter[int]) -> None:
    """As a ministry does: each until it hears 202."""
    for number in numbers:
        while (answer := await post(app, granted(number))).status != 202:
            heard[answer.status] += 1
            assert heard[answer.status] < 100_000, "it never comes back"
            await asyncio.sleep(0.02)
        heard[202] += 1


async def admin(url: str) -> Any:
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def worked_off(desk: Office, count: int) -> None:
    """All that came is told, once each (I1)."""
    while any(state != "handled" for state, _, _ in await desk.events()):
        await desk.work()
    assert len(await rows(desk)) == len(await desk.messages()) == count
    async with desk.store.database.unit_of_work() as work:
        kept = await books(work)
    assert kept.balance and kept.told == count


async def test_every_backend_is_terminated_and_the_server_is_elsewhere(
    clean_url: str, postgres: Proxy, tmp_path: Path, long: int
) -> None:
    """All connections are ended by an operator's hand; then the server is found at another address only."""
    desk = office(postgres_through(postgres, clean_url))
    hand, heard, app = await admin(clean_url), Counter[int](), door(desk)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.symlink_to(postgres_behind(clean_url))
    rounds = 2 + long // 2
    for number in range(rounds):
        sending = asyncio.create_task(sends(app, range(number * A_ROUND, (number + 1) * A_ROUND), heard))
        await until(lambda reached=number * A_ROUND + 5: heard[202] >= reached, sending)
        if number % 2 == 0:
            await hand.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'guichet'"
            )
        else:
            await postgres.down()
            postgres.upstream = str(elsewhere)
            await asyncio.sleep(0.1)
            await postgres.up()
        await sending
    assert heard[202] == rounds * A_ROUND and set(heard) <= {202, 503}
    await worked_off(desk, heard[202])
    await hand.close()
    await close(desk)


@pytest.mark.long_only
async def test_a_server_that_stops_at_once_and_recovers_keeps_what_it_said(
    servers_dir: Path, long: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """`pg_ctl stop -m immediate` and `-m fast`, under load: PostgreSQL recovers from its log."""
    home, heard = servers_dir / "killed", Counter[int]()
    with contextlib.ExitStack() as first:
        url = first.enter_context(embedded_postgres(home)).url
        await upgrade(url)
        hand = await admin(url)
        # The tests' own servers answer before they have written their log; this one may not.
        await hand.execute("ALTER DATABASE postgres SET synchronous_commit = on")
        await hand.close()
        desk = office(url)
        app, pid = door(desk), int((next(home.glob("pginstall*")) / "postmaster.pid").read_text().split()[0])
        sending = asyncio.create_task(sends(app, range(A_ROUND * long), heard))
        await until(lambda: heard[202] >= A_ROUND * long // 3, sending, seconds=600)
        os.kill(pid, signal.SIGQUIT)
        await asyncio.to_thread(first.close)
    for third in (2, 3):
        with embedded_postgres(home):
            await until(lambda reached=A_ROUND * long * third // 3: heard[202] >= reached, sending, seconds=600)
            if third == 3:
                await sending
                await worked_off(desk, A_ROUND * long)
                await close(desk)
    with capsys.disabled():
        print(f"\nF5: {heard[202]:,} events over an immediate and a fast stop; {heard[503]:,} times told to come again")


@pytest.fixture
async def hurried(clean_url: str, redis_url: str, ministries: tuple[Stage, str]) -> AsyncIterator[Whole]:
    """A gateway with two connections, room for twelve hops, and two seconds for each."""
    little = {
        "database_pool": "2",
        "hops_in_flight": str(CAP),
        "hop_deadline": str(HOP_SECONDS),
        "ministry_deadline": "1",
    }
    async with whole(clean_url, redis_url, *ministries, **little) as running:
        yield running


async def test_a_locked_table_and_a_pool_of_two_make_nobody_wait_longer(hurried: Whole, clean_url: str) -> None:
    """Thirty people open what is locked; each is answered within a hop's time, and nothing piles up behind them."""
    phones = [AfricasTalkingPhone(hurried.app, f"+99450{3_000_000 + number}") for number in range(30)]
    for phone in phones:
        await at_home(phone)
    hand, database = await admin(clean_url), hurried.parts.database
    async with hand.transaction():
        await hand.execute("LOCK TABLE people, numbers, intents IN ACCESS EXCLUSIVE MODE")
        for _ in range(2):
            began = time.monotonic()
            answers = await asyncio.gather(*(phone.answer("6") for phone in phones))
            assert time.monotonic() - began < HOP_SECONDS + SLACK_SECONDS
            assert database.in_use() <= 2
            names = Counter(screen.name for screen in answers)
            assert names["limit.busy"] == len(phones) - CAP, names
            assert set(names) <= {"limit.busy", "error.slow", "error.not_saved", "try_later"}, names
    await hand.close()
    await until(lambda: not database.in_use())
    again = [await at_home(AfricasTalkingPhone(hurried.app, phone.msisdn)) for phone in phones[:3]]
    assert all(screen.goes_on for screen in again)
