"""What sessions take in Redis, a thousand of them to a million; and whether a hop's two calls cost more.

    python -m benchmarks.session_growth --sizes 1000 10000 100000 1000000

The sessions are those that callers leave behind on every screen of several ways through the menus, and on the screen
that says that aid was granted; sealed and kept by the gateway's own store, each caller with her count of starts and,
where the screen may be taken up again, her resumable session. `stored` is the sealed value alone.
"""

import argparse
import asyncio
import random
import statistics
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.hop import conversation, granted_state
from benchmarks.ours import settings_for, stores
from domain.msisdn import Msisdn
from gateway.aggregators.africastalking.ussd import read_hop
from gateway.assembly import Assembly, assemble
from gateway.settings import Settings
from ussd_menus.session import Session, encode
from ussd_menus.session_store import Resumable, SessionKeys, session_keys

AT_ONCE = 100
WANTED_BYTES = 600
# What callers type after the first screen: offices of the capital and their hours, documents, an application's number.
WAYS = ("00*8*1*2*1*1", "00*8*2*asan", "00*5", "00*1*4", "00*2", "00*6", "00*9*9")


@dataclass(frozen=True)
class Left:
    """What a hop left behind: the session and what may be taken up, as they are before they are sealed."""

    session: bytes
    resumable: Resumable


async def left_behind(parts: Assembly, ways: tuple[str, ...] = WAYS) -> list[Left]:
    """One for every hop of the ways."""
    store, found = conversation(parts)._store, list[Left]()
    keep = store.save

    async def spy(keys: SessionKeys, token: str, session: bytes, resumable: Resumable, *, degraded: bool) -> bool:
        found.append(Left(session, resumable))
        return await keep(keys, token, session, resumable, degraded=degraded)

    store.save = spy  # type: ignore[method-assign]
    for number, way in enumerate(ways):
        typed = way.split("*")
        for hops in range(len(typed) + 1):
            form = {
                "sessionId": f"ATUid_ways{number:026d}",
                "serviceCode": "*123#",
                "phoneNumber": f"+99455{2000000 + number}",
                "networkCode": "40001",
                "text": "*".join(typed[:hops]),
            }
            await parts.conversation.hop(read_hop(b"", urlencode(form).encode()))
    store.save = keep  # type: ignore[method-assign]
    granted = Session(parts.library.current.version, "az", granted_state(), verified=True, hops=3)
    return [*found, Left(encode(granted), None)]


async def measure(parts: Assembly, sizes: list[int]) -> int:
    kept = await left_behind(parts)
    await parts.redis.execute("FLUSHALL")
    empty = await _used(parts)
    print("| sessions | stored, bytes: median | most | with its name | Redis, bytes a caller | open and save, CPU µs |")
    print("|---|---|---|---|---|---|")
    done, middle = 0, 0.0
    for size in sorted(sizes):
        began, before = time.process_time(), done
        while done < size:
            until = min(size, done + AT_ONCE)
            await asyncio.gather(*(_keep(parts, number, kept[number % len(kept)]) for number in range(done, until)))
            done = until
        each = (time.process_time() - began) / (done - before) * 1e6
        seen = [_keys(parts, number).redis[0] for number in random.Random(1).sample(range(done), min(done, 1000))]
        lengths = [int(await parts.redis.execute("STRLEN", name)) for name in seen]
        whole = statistics.median([int(await parts.redis.execute("MEMORY", "USAGE", name)) for name in seen])
        middle = statistics.median(lengths)
        taken = (await _used(parts) - empty) / done
        print(f"| {done:,} | {middle:.0f} | {max(lengths)} | {whole:.0f} | {taken:.0f} | {each:.0f} |", flush=True)
    print(f"\nmedian session {middle:.0f} bytes (wanted: at most {WANTED_BYTES}); {AT_ONCE} hops at once")
    return 0 if middle <= WANTED_BYTES else 1


def _keys(parts: Assembly, number: int) -> SessionKeys:
    msisdn = Msisdn(f"+99450{1000000 + number}" if number < 9_000_000 else f"+99455{number - 8_000_000}")
    return session_keys(conversation(parts)._sealer, "africastalking", f"ATUid_{number:026d}", msisdn)


async def _keep(parts: Assembly, number: int, left: Left) -> None:
    keys, token, store = _keys(parts, number), f"{number:x}", conversation(parts)._store
    await store.open(keys, token)
    await store.save(keys, token, left.session, left.resumable, degraded=False)


async def _used(parts: Assembly) -> int:
    told = (await parts.redis.execute("INFO", "memory")).decode()
    return int(told.partition("used_memory:")[2].partition("\r")[0])


async def run(postgres: str, redis: str, sizes: list[int]) -> int:
    # A million sessions take longer to make than sessions live.
    environment = settings_for(postgres, redis) | {"GUICHET_SESSION_TTL": "3600"}
    parts = assemble(Settings.read(environment)[0], environment)
    try:
        return await measure(parts, sizes)
    finally:
        await parts.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    options = parser.parse_args()
    with stores() as (postgres, redis):
        return asyncio.run(run(postgres, redis, options.sizes))


if __name__ == "__main__":
    sys.exit(main())
