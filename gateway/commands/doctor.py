"""`guichet doctor`: is everything that the gateway needs there, and well?

Exit status 0: all is; 1: something fails; 2: nothing fails, and something is worth a look.
"""

import argparse
import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.metadata import version

from domain.errors import GuichetError, InvalidValue
from domain.ids import made_at
from gateway import checkup, reachable
from gateway.assembly import Assembly, assemble
from gateway.checkup import Finding, Level, fail, ok, warn
from gateway.commands.demo import add_stores_to, environment_of
from gateway.commands.environment import settings_for
from gateway.messaging import can_send
from gateway.pack import Pack, PackErrors
from gateway.settings import Settings, SettingsError
from services.backends.config import MinistryConfig
from sms.records.books import queue_now
from storage.errors import RedisRefused, SpoolFailed
from storage.keys import KeyRing
from storage.server_facts import Schema, keys_in_use, postgres_facts, redis_facts

_SECONDS = 5.0
_COLOURS = {Level.OK: "\033[32m", Level.WARN: "\033[33m", Level.FAIL: "\033[31m"}


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("doctor", help="check settings, stores, menus and pack", description=__doc__)
    parser.add_argument("--no-calls", action="store_true", help="do not knock at ministries and providers")
    add_stores_to(parser)
    port = "with --demo: the sandbox's port (default: where that demonstration's listens)"
    parser.add_argument("--sandbox-port", type=int, help=port)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        own = environment_of(arguments) if arguments.demo else {}
        # What stands in this shell is not the demonstration's, which has settings of its own, and all of them.
        environment = own or dict(os.environ)
        settings = Settings.read(own)[0] if own else settings_for(arguments)
        if not own:  # the demonstration's secrets are known to everybody
            settings.require_real(environment)
        parts = assemble(settings, environment)
    except (SettingsError, InvalidValue) as wrong:
        return _told([fail("settings", str(wrong), "docs/settings.md")])
    except PackErrors as wrong:
        return _told([fail("pack", str(wrong), "`guichet pack check DIR` tells it all")])
    ministries = None if arguments.no_calls else parts.pack.ministries_for(environment)
    return _told(asyncio.run(_examined(settings, parts, ministries)))


async def _examined(
    settings: Settings, parts: Assembly, ministries: Mapping[str, MinistryConfig] | None
) -> list[Finding]:
    """`ministries`: at whose doors to knock, and at providers'; None for nobody's."""
    pack = parts.pack
    found = [ok("settings", f"log level {settings.log_level}")]
    found += checkup.of_settings(settings, signing(pack))
    found.append(ok("pack", f"{pack.name}, menus {parts.library.current.version[:12]}, {', '.join(pack.languages)}"))
    found += [_time(parts), checkup.of_files(reachable.open_files())]
    found += await asyncio.to_thread(_spool, parts)
    found.append(checkup.of_swaps(settings.sim_swap_days))
    try:
        found += await _looked("PostgreSQL", "GUICHET_DATABASE_URL", lambda: _postgres(settings, parts))
        found += await _looked("Redis", "GUICHET_REDIS_URL", lambda: _redis(parts))
        if not can_send(settings, pack.sms):
            hint = "the account of a provider that a route of sms.yaml names"
            found.append(warn("SMS", "no provider is set: nothing is sent, nothing is promised", hint))
        if ministries is not None:
            found += await reachable.knocked(settings, ministries)
    finally:
        await parts.stop()
    return found


def signing(pack: Pack) -> list[str]:
    """Sources that push, or are told of what did not arrive: one that is only read needs no secret."""
    return sorted(
        name for name, source in pack.events.sources.items() if not source.poll_seconds or name in pack.callbacks
    )


def _time(parts: Assembly) -> Finding:
    try:
        parts.pack.days_off.load()
    except InvalidValue as wrong:
        return fail("time", str(wrong), "pack.yaml: holidays.calendar")
    return ok("time", f"{parts.pack.zone.key}, tzdata {version('tzdata')}, holidays {version('holidays')}")


def _spool(parts: Assembly) -> list[Finding]:
    spooling = parts.sms.intake.spooling
    if spooling is None:
        return [ok("spool", "none: while PostgreSQL is away SMS callbacks are answered 503")]
    spool = spooling.spool
    try:
        room, ids, aside = spool.prove(), spool.waiting(), spool.aside()
    except (SpoolFailed, OSError) as failure:
        return [fail("spool", str(failure), "GUICHET_SPOOL; is its volume mounted here?")]
    oldest = (parts.clock.now() - made_at(ids[0])).total_seconds() if ids else 0.0
    return checkup.of_spool(room, len(ids), oldest, aside)


async def _looked(name: str, setting: str, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    """What `look` finds, or that it is not there at all."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await look()
    except TimeoutError:
        return [fail(name, f"no answer within {_SECONDS:g} s", f"{setting}; is it up, and reached from here?")]
    except (GuichetError, RedisRefused) as failure:
        return [fail(name, str(failure), f"{setting}; is it up, and reached from here?")]


async def _postgres(settings: Settings, parts: Assembly) -> list[Finding]:
    from storage.migrate import standing  # slow to import: see `gateway.commands.migrate`

    schema = await standing(settings.database_url)
    async with parts.database.unit_of_work() as work:
        # Once for nothing: what is measured and compared is an answer, not the making of a connection.
        await postgres_facts(work)
        before = parts.clock.now()
        facts = await postgres_facts(work)
        found = checkup.of_postgres(facts, settings, before, parts.clock.now(), schema)
        if schema is not Schema.BEHIND:
            found += checkup.of_keys(KeyRing.parse(settings.encryption_keys).ids, await keys_in_use(work))
            now = await queue_now(work, parts.clock.now())
            found.append(checkup.of_queue(now.due, now.oldest.total_seconds()))
    return found


async def _redis(parts: Assembly) -> list[Finding]:
    await parts.redis.ping()
    began = time.perf_counter()
    facts = await redis_facts(parts.redis)
    return checkup.of_redis(facts, (time.perf_counter() - began) * 1000)


def _told(found: Sequence[Finding]) -> int:
    """A line a finding, its hint below it, and a sum; gives the exit status."""
    coloured, wide = _is_terminal(), max(len(finding.about) for finding in found)
    for finding in found:
        word = f"{finding.level:<4}"
        word = f"{_COLOURS[finding.level]}{word}\033[0m" if coloured else word
        print(f"{word}  {finding.about:<{wide}}  {finding.says}")
        if finding.hint:
            print(f"{'':<{wide + 8}}→ {finding.hint}")
    counts = {level: sum(finding.level is level for finding in found) for level in Level}
    print(f"\n{counts[Level.OK]} ok, {counts[Level.WARN]} to look at, {counts[Level.FAIL]} failing")
    return checkup.status_of(found)


def _is_terminal() -> bool:
    with contextlib.suppress(OSError):
        return os.isatty(1) and "NO_COLOR" not in os.environ
    return False
