"""Finding the Redis that leads where Sentinel watches several: asked anew at every connection."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import hiredis

from domain.errors import InvalidValue
from storage.redis_wire import Address, Wire

SCHEMES = {"redis+sentinel": "redis", "rediss+sentinel": "rediss"}
_PORT = 26379

Place = tuple[bytes, bytes]
"""Host and port, as a sentinel tells them."""

Connect = Callable[[float], Awaitable[Wire]]
"""A greeted connection within so many seconds; raises `OSError`, `TimeoutError` or an error reply."""


def connector(url: str) -> Connect:
    """How to reach the server of that URL; raises `InvalidValue`, without quoting the password."""
    if url.partition("://")[0] in SCHEMES:
        return Sentinels.parse(url).connect
    return partial(Wire.connect, Address.parse(url))


@dataclass(frozen=True, slots=True)
class Sentinels:
    """Who watches, the name they know the service by, and all about the leader but its place."""

    watchers: tuple[Address, ...]
    service: str
    leader: Address

    @classmethod
    def parse(cls, url: str) -> "Sentinels":
        """From `redis+sentinel://user:password@host:port,host:port/service/database?sentinel_password=…`.

        User and password are the servers'; the sentinels' own are options (`sentinel_user`, `sentinel_password`).
        `rediss+sentinel://` speaks TLS with both. Other options are as `Address.parse` takes them.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            raise InvalidValue("not a Redis URL") from None
        scheme = SCHEMES[parts.scheme]
        whose, _, hosts = parts.netloc.rpartition("@")
        service, _, database = parts.path.strip("/").partition("/")
        options = dict(parse_qsl(parts.query))
        user, password = options.pop("sentinel_user", ""), options.pop("sentinel_password", "")
        ours_alone = {name: options.pop(name) for name in ("db",) if name in options}
        rest = f"?{urlencode(options)}"
        theirs = f"{quote(user, '')}:{quote(password, '')}@" if password else ""
        watchers = tuple(Address.parse(f"{scheme}://{theirs}{host}{rest}") for host in map(_ported, hosts.split(",")))
        if not service:
            raise InvalidValue("a Sentinel URL names the service: redis+sentinel://host:26379,host:26379/service")
        ours = f"{whose}@" if whose else ""
        return cls(
            watchers, service, Address.parse(f"{scheme}://{ours}leader/{database}?{urlencode(options | ours_alone)}")
        )

    async def connect(self, seconds: float) -> Wire:
        """A connection to whom most sentinels name, if that one says itself that it leads; within twice `seconds`.

        The places named are tried in the order of how many name them: one sentinel may not know yet. Half of the time
        is for asking, the other for trying, so that one who is silent leaves the next its share.
        """
        named, clock = await self._named(seconds), asyncio.get_running_loop().time
        until = clock() + seconds
        for place, (host, port) in enumerate(named):
            leader = replace(self.leader, host=host.decode(), port=int(port))
            share = (until - clock()) / (len(named) - place)
            try:
                async with asyncio.timeout(share):
                    return await _leading(leader, seconds)
            except (OSError, TimeoutError, hiredis.HiredisError):
                continue
        raise ConnectionError("no sentinel names a Redis that leads")

    async def _named(self, seconds: float) -> list[Place]:
        """The places that the sentinels name, first what most of them do.

        All are asked at once, and more than half that agree are enough: one that is away costs no time.
        """
        named: Counter[Place] = Counter()
        asked = [
            asyncio.ensure_future(asyncio.wait_for(self._ask(watcher, seconds), seconds)) for watcher in self.watchers
        ]
        try:
            for answer in asyncio.as_completed(asked):
                with contextlib.suppress(OSError, TimeoutError, hiredis.HiredisError):
                    if place := await answer:
                        named[place] += 1
                        if named[place] > len(asked) / 2:
                            break
        finally:
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        return [place for place, _ in named.most_common()]

    async def _ask(self, watcher: Address, seconds: float) -> Place | None:
        wire = await Wire.connect(watcher, seconds)
        try:
            match await wire.send(("SENTINEL", "get-master-addr-by-name", self.service)):
                case [bytes(host), bytes(port)]:
                    return host, port
            return None
        finally:
            wire.close()


async def _leading(address: Address, seconds: float) -> Wire:
    wire = await Wire.connect(address, seconds)
    try:
        match await wire.send(("ROLE",)):
            case [b"master", *_]:
                return wire
        raise ConnectionError("it does not lead")
    except BaseException:
        wire.close()
        raise


def _ported(host: str) -> str:
    return host if host.rpartition(":")[2].isdigit() else f"{host}:{_PORT}"
