"""Texts that a provider received for us while we could not be told: its list is read and taken once more."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.clock import Clock
from sms.ports import Fetcher
from sms.records.fetches import fetched_up_to, last_fetched
from sms.records.inbound import SqlInbox
from storage.unit_of_work import UnitOfWork

_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Fetching:
    """The chore. What came by its callback too is known by its id; where the list gives it another one, by its sender,
    its text and its time (`SqlInbox.take_listed`)."""

    provider: str
    fetcher: Fetcher
    inbox: SqlInbox
    unit: Callable[[], UnitOfWork]
    clock: Clock

    async def fetch(self) -> int:
        """Reads the next page; gives how many were new. Raises what the fetcher raises: the next round tries again.

        The first time only the place in the list is kept: what is older was somebody else's to answer.
        """
        async with self.unit() as work:
            since = await last_fetched(work, self.provider)
        if since is None:
            await self._begin()
            return 0
        page = await self.fetcher.received_since(since)
        async with self.unit() as work:
            new = await self.inbox.take_listed(work, page.messages)
            if page.last_id:
                await fetched_up_to(work, self.provider, page.last_id, self.clock.now())
        return new

    async def _begin(self) -> None:
        last = ""
        for _ in range(_MOST_PAGES):
            page = await self.fetcher.received_since(last)
            if page.last_id in ("", last):
                break
            last = page.last_id
        async with self.unit() as work:
            await fetched_up_to(work, self.provider, last, self.clock.now())
