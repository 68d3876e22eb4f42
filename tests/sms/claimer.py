"""Run as a program: the process beside a worker of tests, at a time that stands still."""

import asyncio
import socket
import sys
from datetime import datetime
from uuid import UUID

from msgspec import structs
from sqlalchemy.engine import make_url

from domain.errors import StoreUnavailable
from sms import beside
from sms.beside import Beside, Launch, answer
from sms.claims import Written
from sms.preparing import Writing
from sms.records.claiming import Claim, SqlClaims
from sms.records.queue import SqlQueue
from sms.telling import Ends
from storage.engine import create_engine
from storage.unit_of_work import Database
from tests.sms.queueing import Post, compose


def launched(post: Post, fault: str = "") -> Launch:
    """With the database and the time of that office. `fault`: what becomes of each claim: "away", "broken",
    "late", "unheard of" (a row of a kind that the worker does not know); "elsewhere": PostgreSQL refuses it alone; or
    "another": of another release."""

    async def launch(its: socket.socket) -> asyncio.subprocess.Process:
        url = post.database.engine.url.render_as_string(hide_password=False)
        orders = (str(its.fileno()), url, post.clock.now().isoformat(), fault)
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.sms.claimer", *orders, pass_fds=[its.fileno()]
        )

    return launch


async def _claims(fd: str, url: str, at: str, fault: str) -> None:
    given = make_url(url).set(database="nowhere_at_all") if fault == "elsewhere" else make_url(url)
    database = Database(create_engine(given.render_as_string(hide_password=False)))
    post = Post(database, at=datetime.fromisoformat(at))
    writing = Writing(compose, SqlQueue(post.sealer, post.clock, post.config).seal)
    claims = SqlClaims(post.sealer, post.keys, post.clock, post.ids, post.config)
    told = Ends(post.counted, post.counted.undelivered)

    async def write(token: UUID, most: int) -> Claim[Written]:
        async with database.unit_of_work() as work:
            claim = await claims.claim(work, token, most, writing.written)
            await told(work, claim.ended)
        match fault:
            case "away":
                raise StoreUnavailable("away")
            case "broken":
                raise ValueError("words that may be personal")
            case "late":
                await asyncio.sleep(600)
        return claim

    if fault == "another":
        beside.FORM = "of another release"
    if fault == "unheard of":
        known = beside._row
        beside._row = lambda one: structs.replace(known(one), kind="unheard_of")  # type: ignore[arg-type]
    await answer(socket.socket(fileno=int(fd)), write)
    await database.close()


async def _worker(url: str) -> None:
    """A worker of no words: it starts one, says which process that is, and waits to be killed."""
    post = Post(Database(create_engine(url)))
    beside = Beside(launched(post), post.clock)
    await beside.start()
    print(beside.pid, flush=True)
    await asyncio.sleep(600)


if __name__ == "__main__":
    what, *orders = sys.argv[1:]
    asyncio.run(_worker(*orders) if what == "worker" else _claims(what, *orders))
