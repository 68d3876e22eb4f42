"""Calls to the gateway that wait for nobody: posted in the background, tried again until they are taken."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

Headers = Callable[[], Mapping[str, str]]
Work = Callable[[], Awaitable[object]]
_LONGEST_WAIT = 60.0  # seconds; what a Retry-After is believed up to


@dataclass(slots=True)
class Postman:
    """Posts to `gateway_url`; `pauses` are the seconds before each further try, `seconds` how long one may take.

    More than `most` that wait are dropped and counted: a gateway that is away does not fill the sandbox's memory.
    """

    gateway_url: str
    pauses: tuple[float, ...] = (0.5, 1, 2, 4, 8, 16, 30)
    seconds: float = 5.0
    most: int = 20_000
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(16))
    # Counts of first tries, further tries, those taken, those given up and those dropped.
    tally: Counter[str] = field(default_factory=Counter)
    # Tasks are kept here so that none is lost to the garbage collector before it has spoken.
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    last: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def send(self, path: str, body: bytes, headers: Headers) -> bool:
        """Post until a 2xx comes or patience ends; whether it was taken. `headers` are made anew for each try."""
        self.tally["posted"] += 1
        for pause in (*self.pauses, None):
            status, asked = await self.try_once(path, body, headers())
            if 200 <= status < 300:
                self.tally["taken"] += 1
                return True
            if pause is None or status == 410:
                break
            self.tally["repeated"] += 1
            await asyncio.sleep(max(pause, asked))
        self.tally["given_up"] += 1
        return False

    async def try_once(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, float]:
        """The status, 0 for no answer, and the seconds of its Retry-After."""
        url = URL(self.gateway_url.rstrip("/") + path, encoded=True)
        timeout = aiohttp.ClientTimeout(total=self.seconds)
        try:
            async with (
                self.at_once,
                aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "guichet-sandbox"}) as client,
                client.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                asked = answer.headers.get("Retry-After", "")
                return answer.status, min(_LONGEST_WAIT, float(asked)) if asked.isdecimal() else 0.0
        except (aiohttp.ClientError, TimeoutError):
            return 0, 0.0

    def soon(self, work: Work, seconds: float = 0.0, after: str = "") -> None:
        """Do `work` in the background, `seconds` from now; what names the same `after` is done one after another."""
        if len(self.tasks) >= self.most:
            self.tally["dropped"] += 1
            return
        before = self.last.get(after) if after else None
        task = asyncio.get_running_loop().create_task(_in_turn(work, seconds, before))
        self.tasks.add(task)
        if after:
            self.last[after] = task

        def done(task: asyncio.Task[None]) -> None:
            self.tasks.discard(task)
            if self.last.get(after) is task:
                del self.last[after]

        task.add_done_callback(done)


async def _in_turn(work: Work, seconds: float, before: asyncio.Task[None] | None) -> None:
    if before is not None:
        await asyncio.wait({before})
    await asyncio.sleep(seconds)
    await work()
