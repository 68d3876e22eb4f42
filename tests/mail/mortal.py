"""Run as a program: forks workers of the mail queue on demand, for the test to kill.

Orders: "port", the mail server's; "fault", "" or the point at which the worker kills itself; "nth", the how manieth
time it comes there; "ahead", by how many seconds its clock runs ahead.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

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
from tests.nursery import forks


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


async def _live(url: str, port: int, fault: str = "", nth: int = 1, ahead: float = 0.0) -> None:
    Fault.point, Fault.left, Ahead.seconds = fault, nth, ahead
    post = Post(Database(create_engine(url, pool_size=2)), port, Ahead())  # type: ignore[arg-type]
    dispatcher = worker(post)
    while True:
        await dispatcher.sweep()
        await dispatcher.round()
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    forks(partial(_live, *sys.argv[1:]))
