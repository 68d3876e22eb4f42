"""What `guichet doctor` makes of what it saw: findings in plain words, each with what to do. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.settings import Settings
from storage.server_facts import PostgresFacts, RedisFacts, Schema

_SKEW_SEEN, _SKEW_TOO_MUCH = 1.0, 30.0
_OLDEST_POSTGRES, _OLDEST_REDIS = 150000, (6, 2)
_FILES = 4096
_WAITING_SECONDS = 300
_FULL = 0.9


class Level(StrEnum):
    """`fail`: it will not work, or will lose something; `warn`: it works, and somebody should know."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `hint`: what to do, where something is."""

    level: Level
    about: str
    says: str
    hint: str = ""


def ok(about: str, says: str) -> Finding:
    """As it should be."""
    return Finding(Level.OK, about, says)


def warn(about: str, says: str, hint: str) -> Finding:
    """It works, and somebody should know."""
    return Finding(Level.WARN, about, says, hint)


def fail(about: str, says: str, hint: str) -> Finding:
    """It will not work, or will lose something."""
    return Finding(Level.FAIL, about, says, hint)


def status_of(findings: Iterable[Finding]) -> int:
    """0: all is well; 1: something fails; 2: nothing fails, something is worth a look."""
    levels = {finding.level for finding in findings}
    return 1 if Level.FAIL in levels else 2 if Level.WARN in levels else 0


def of_settings(settings: Settings, sources: Sequence[str]) -> list[Finding]:
    """What is not wrong, and seldom meant. `sources`: of events, those that need a secret."""
    found = []
    if not settings.callback_networks:
        says = "anybody who learns a path's secret may send hops"
        found.append(warn("callbacks", says, "GUICHET_CALLBACK_NETWORKS: the addresses of your aggregator"))
    if len(settings.callback_secrets) > 1:
        hint = "take the old one out once the aggregator calls with the new one"
        found.append(warn("callbacks", f"{len(settings.callback_secrets)} secrets are valid", hint))
    if settings.ministry_deadline >= settings.hop_deadline:
        says = f"ministries may take {settings.ministry_deadline:g} s of a hop's {settings.hop_deadline:g}"
        found.append(warn("deadlines", says, "GUICHET_MINISTRY_DEADLINE well below GUICHET_HOP_DEADLINE"))
    unsigned = [source for source in sources if source not in dict(settings.event_secrets)]
    if unsigned:
        says = f"no secret for {', '.join(unsigned)}: events from there are refused, none are sent there"
        found.append(warn("events", says, "GUICHET_EVENT_SECRETS"))
    return found


def of_keys(listed: Sequence[str], used: Iterable[str]) -> list[Finding]:
    """`used`: what persons' keys are wrapped with."""
    if missing := sorted(set(used) - set(listed)):
        hint = "put it back into GUICHET_ENCRYPTION_KEYS, at the end: what it sealed opens with nothing else"
        return [fail("keys", f"key {', '.join(missing)} is in use and not listed", hint)]
    also = f", also open with {', '.join(listed[1:])}" if listed[1:] else ""
    return [ok("keys", f"seals with {listed[0]}{also}")]


_SCHEMA = {
    Schema.CURRENT: ok("schema", "at the newest revision"),
    Schema.BEHIND: fail("schema", "not at the newest revision", "run `guichet migrate`"),
    Schema.AHEAD: warn("schema", "newer than this code", "works; bring this machine to the newer version, too"),
}


def of_postgres(
    facts: PostgresFacts, settings: Settings, before: datetime, after: datetime, schema: Schema
) -> list[Finding]:
    """`before` and `after`: our clock around the question."""
    name, found = "PostgreSQL", []
    if facts.version < _OLDEST_POSTGRES:
        found.append(fail(name, f"{facts.called} is too old", "15 or newer"))
    if facts.follows:
        found.append(fail(name, "it follows another and takes no writes", "give the address of the one that leads"))
    if not found:
        milliseconds = (after - before).total_seconds() * 1000
        found.append(ok(name, f"{facts.called.split()[0]}, answers in {milliseconds:.0f} ms"))
    if not facts.durable:
        hint = "fsync, full_page_writes and synchronous_commit on: what citizens were told was kept must be"
        found.append(warn(name, "does not wait for its disk", hint))
    return [*found, _SCHEMA[schema], _clock(facts.now, before, after), *_connections(facts, settings)]


def _clock(theirs: datetime, before: datetime, after: datetime) -> Finding:
    """Apart by so much at least, whenever between our two looks it was asked."""
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    says, hint = f"{apart:.1f} s apart from PostgreSQL's", "let both follow a time server (NTP)"
    if apart > _SKEW_TOO_MUCH:
        return fail("clock", says, hint)
    return warn("clock", says, hint) if apart > _SKEW_SEEN else ok("clock", "agrees with PostgreSQL's")


def _connections(facts: PostgresFacts, settings: Settings) -> list[Finding]:
    pool = settings.database_pool
    if settings.pgbouncer:
        if facts.timeout == "0":
            hint = "ALTER ROLE … SET statement_timeout = '5s' (docs/operations.md, behind PgBouncer)"
            return [warn("time-outs", "behind PgBouncer nobody limits a statement", hint)]
        return [ok("time-outs", f"behind PgBouncer the role limits a statement to {facts.timeout}")]
    says = f"{pool} a process at most; PostgreSQL has {facts.places}, of which {facts.taken} are taken"
    if pool > facts.places:
        return [fail("connections", says, "a smaller GUICHET_DATABASE_POOL, or a larger max_connections")]
    if facts.taken > _FULL * facts.places:
        return [warn("connections", says, "fewer processes, a smaller GUICHET_DATABASE_POOL, or PgBouncer")]
    return [ok("connections", f"{says}: room for {facts.places // pool} processes in all")]


def of_redis(facts: RedisFacts, milliseconds: float) -> list[Finding]:
    """`milliseconds`: that its answer took."""
    name, found = "Redis", []
    if facts.version < _OLDEST_REDIS:
        found.append(fail(name, f"{facts.called} is too old", "6.2 or newer, or Valkey"))
    if facts.follows:
        found.append(fail(name, "it follows another and takes no writes", "give the leader's address, or Sentinel's"))
    if not facts.saved:
        found.append(fail(name, "could not write to its disk and takes no writes", "its disk; or save nothing at all"))
    if not found:
        found.append(ok(name, f"{facts.called}, answers in {milliseconds:.0f} ms"))
    return [*found, *_memory(facts)]


def _memory(facts: RedisFacts) -> list[Finding]:
    megabytes, name = f"{facts.used / 1e6:.0f} MB in use", "Redis's memory"
    if not facts.most:
        return [warn(name, f"{megabytes}, without a bound", "maxmemory, and maxmemory-policy volatile-ttl")]
    bound = f"{megabytes} of {facts.most / 1e6:.0f}"
    if facts.used > _FULL * facts.most:
        return [fail(name, f"{bound}: nearly full", "a larger maxmemory; sessions are a few hundred octets each")]
    if facts.evicted:
        hint = "a larger maxmemory: sessions that go early are rebuilt from their histories, slowly"
        return [warn(name, f"{bound}; {facts.evicted} keys were thrown out for want of room", hint)]
    if facts.policy == "noeviction":
        hint = "maxmemory-policy volatile-ttl: what ends soonest goes first"
        return [warn(name, f"{bound}; once full it takes nothing more", hint)]
    return [ok(name, f"{bound}, {facts.policy}")]


def of_files(allowed: int) -> Finding:
    """`allowed`: open files a process may have; each telephone, ministry and store is one."""
    if allowed < _FILES:
        return warn("open files", f"{allowed} a process", f"at least {_FILES}: ulimit -n, or LimitNOFILE")
    return ok("open files", f"{allowed} a process")


def of_spool(room: bool, waiting: int, oldest: float, aside: int) -> list[Finding]:
    """`oldest`: seconds that the first has been waiting; `aside`: what could not be opened or stored."""
    name, hint, found = "spool", "docs/runbooks.md, GuichetSpoolWaits", []
    if not room:
        found.append(fail(name, "its disk is full: SMS callbacks are answered 503 while PostgreSQL is away", hint))
    if oldest > _WAITING_SECONDS:
        found.append(warn(name, f"{waiting} callbacks wait, the first for {oldest:.0f} s", hint))
    if aside:
        found.append(warn(name, f"{aside} callbacks are aside", "docs/runbooks.md, GuichetSpoolPutAside"))
    return found or [ok(name, f"{waiting} callbacks wait" if waiting else "nothing waits")]


def of_swaps(days: int) -> Finding:
    """`days`: how often each number's network is asked whether its SIM card was changed; 0 for never."""
    if not days:
        return ok("SIM swaps", "nobody is asked whether a SIM card was changed (GUICHET_SIM_SWAP_DAYS is 0)")
    every = "every day" if days == 1 else f"every {days} days"
    return ok("SIM swaps", f"networks are asked {every} whether a number's SIM card was changed")


def of_queue(due: int, oldest: float) -> Finding:
    """`due`: messages that could go now; `oldest`: seconds that the first of them has been waiting."""
    if oldest > _WAITING_SECONDS:
        return warn("queue", f"{due} messages wait, the first for {oldest:.0f} s", "is a `guichet worker` running?")
    return ok("queue", f"{due} messages wait" if due else "nothing waits")
