"""Run as a program: forks workers of the mail queue on demand, for the test to kill.

Reads one JSON object a line: {"port": the mail server's, "fault": "" or the point at which the worker kills itself,
"nth": the how manieth time it comes there, "ahead": by how many seconds its clock runs ahead}; answers with its pid.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from domain.clock import SystemClock
from domain.email_address import EmailAddress
from mail.dispatch import MailDispatcher
from mail.letters import Letters
from mail.records.queue import Claimed, Ended, SqlMailQueue
from mail.retry import Fate, Receipt
from mail.smtp import SmtpLink
from storage.engine import create_engine
from storage.unit_of_work import Database, UnitOfWork
from tests.mail.post import Post


class Ahead(SystemClock):
    """The time of some seconds from now."""

    seconds = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


class Fault:
    """Where this process ends: the n-th time that it comes to a point."""

    point, left = "", 1

    @classmethod
    def at(cls, point: str) -> None:
        if point == cls.point:
            cls.left -= 1
            if not cls.left:
                os.kill(os.getpid(), signal.SIGKILL)


class MortalQueue(SqlMailQueue):
    async def claim(self, work: UnitOfWork, limit: int) -> tuple[Sequence[Claimed], Sequence[Ended]]:
        taken = await super().claim(work, limit)
        if taken[0]:
            work.after_commit(lambda: Fault.at("claimed"))
        return taken

    async def finish(self, work: UnitOfWork, claim: Claimed, fate: Fate) -> bool:
        written = await super().finish(work, claim, fate)
        Fault.at("before_commit")
        return written


class MortalLink(SmtpLink):
    async def send(self, sender: EmailAddress, to: EmailAddress, octets: bytes) -> Receipt:
        Fault.at("begun")
        receipt = await super().send(sender, to, octets)
        Fault.at("after_answer")
        return receipt


def worker(post: Post) -> MailDispatcher:
    """As `Post.dispatcher`, and it dies at its point."""
    made = post.dispatcher()
    queue = MortalQueue(post.sealer, post.keys, post.clock, post.ids, post.config)
    letters: Letters = made.letters
    return MailDispatcher(post.database, queue, letters, MortalLink(made.link.server), made.instead, made.counted)


async def _live(url: str, port: int, fault: str, nth: int, ahead: float) -> None:
    Fault.point, Fault.left, Ahead.seconds = fault, nth, ahead
    post = Post(Database(create_engine(url, pool_size=2)), port, Ahead())  # type: ignore[arg-type]
    dispatcher = worker(post)
    while True:
        await dispatcher.sweep()
        await dispatcher.round()
        await asyncio.sleep(0.01)


def main(url: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried at once
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            asyncio.run(_live(url, **order))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
