"""The programs of benchmarks/, each as small as it gets, and the tables that it prints then.

In `says`, whose lines come in that order, `#` is a figure and `…` any text; what is said between them is not asked for.
"""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """`module`: of benchmarks/; `yardsticks`: what it needs beyond the development's installation, as
    `GUICHET_TEST_REQUIRE` names it."""

    module: str
    options: str
    says: tuple[str, ...]
    yardsticks: str = ""

    @property
    def command(self) -> list[str]:
        how = ["benchmarks/redis_clients.py"] if self.module == "redis_clients" else ["-m", f"benchmarks.{self.module}"]
        return [sys.executable, *how, *self.options.split()]

    def __str__(self) -> str:
        return f"{self.module} {self.options}".rstrip()


def markdown(head: str, *rows: str) -> tuple[str, ...]:
    """A table's head, the line below it, and its rows."""
    columns = head.count("|") - 1
    return head, "|" + "---|" * columns, *rows


_PHASE = "hops/s | CPU µs: server | Redis | PostgreSQL | our hops/s to theirs | their CPU µs to ours |"
_PHASES = tuple(
    line
    for title in ("four screens after the first", "a call's first screen", "whole calls of five screens")
    for line in markdown(
        f"| {title} | {_PHASE}",
        "| Guichet, everything on | # | # | # | # | 1.00 | 1.00 |",
        "| ussd-menu-builder, Express, node-redis | # | # | # | # | # | # |",
        "| sample app, Flask, gunicorn, redis-py | # | # | # | # | # | # |",
    )
)
_SMS = "| provider answers in | round | bare loop | dispatch | ratio | µs of CPU: bare loop | dispatch + PostgreSQL |"
_SESSIONS = (
    "| sessions | stored, bytes: median | most | with its name | Redis, bytes a caller | open and save, CPU µs |"
)
_MESSAGES = "| rows | claim of 100, ms (median of 40) | PostgreSQL's CPU µs a message | bytes a row |"
_PLACES = "regions districts one letter two words words in a region nothing app: near app: near, 10 km"
_HTTP = [f"| {at} | {name} | # (#–#) | # |" for at in (1, 4, 32) for name in ("aiohttp", "pyreqwest")]
_WAYS = ("SDK as it is", "SDK, connections kept", "our provider")
_CLIENTS = [f"| {at} | {name} | # (#–#) | # |" for at in (1, 16, 64) for name in _WAYS]

# `make test` takes every fifth: with what asks PostgreSQL, with what asks Redis, with neither.
PROGRAMS = [
    Program(
        "sms",
        "--growth --waiting 120 --sizes 200",
        markdown("| rows in the table | claim of 100, ms (median of 40) |", "| 200 | # |"),
    ),
    Program(
        "hop",
        "--rounds 1 --sessions 8 --in-flight 4",
        (
            "4 in flight, 1 rounds, medians; every body checked",
            "hops/s CPU us",
            "hop on the granted screen # #",
            "bare Starlette, redis-py GET+SET # #",
            "ratio # (wanted: 1.00); p50 # ms, p99 # ms",
            "a session at rest # octets; start to ready # s, idle memory # MB",
            "where a hop's processor time goes (profiled in one process, without HTTP):",
            "ussd_menus/conversation.py #%",
        ),
    ),
    Program(
        "sms",
        "--messages 200 --rounds 1 --late 10",
        (
            "200 messages a round, a quarter of it with the slow one, # in flight",
            *markdown(
                _SMS,
                "| 0 ms | 1 | # and # | # | # | # | # + # |",
                "| 10 ms | 1 | # and # | # | # | # | # + # |",
            ),
            "provider answers in 0 ms: median ratio #",
            "µs of CPU a message: bare loop #, dispatch # and PostgreSQL #",
            "provider answers in 10 ms: median ratio #",
            "at least # is wanted where the provider answers at once",
        ),
    ),
    Program(
        "sms",
        "--drain 200",
        markdown("| sent | seconds | memory, MB |", *["| # | # | # |"] * 9, "| 200 | # | # |"),
    ),
    Program(
        "api",
        "--people 4 --rounds 1 --in-flight 4",
        (
            "4 in flight, 1 rounds, medians; every body checked",
            "requests/s CPU us ratio",
            "GET /api/v1/applications # # 1.00",
            "bare, with SQLAlchemy # # #",
            "bare, past SQLAlchemy # # #",
            "wanted: at least # of the one with SQLAlchemy",
        ),
    ),
    Program(
        "growth",
        "--smallest --only session_growth",
        (
            *markdown(_SESSIONS, "| 100 | # | # | # | # | # |"),
            "median session # bytes (wanted: at most #); 100 hops at once",
        ),
    ),
    Program("growth", "--smallest --only message_growth", markdown(_MESSAGES, "| 250 | # | # | # |")),
    Program(
        "hung_ministry",
        "--rounds 1 --seconds 0.2 --rate 100 --ministries 3",
        (
            "3 ministries, 100 hops/s, answers after 10-40 ms, 1 pairs of rounds of 0.2 s, medians",
            "calls to the others, ms p50 p99 p99.9 failed",
            "all answer # # # #",
            "one accepts and never answers # # # #",
            "the hung one's: …; at most # at once",
            "p99, hung to calm, each pair of rounds: #",
            "p99 of the others: #% (wanted: at most +10%)",
        ),
    ),
    Program(
        "redis_clients",
        "0.02",
        (
            "in flight 32 4 1 CPU µs a GET + SET",
            "redis-py # # #",
            "redis-py, gathered a loop turn # # #",
            "one shared connection (ours) # # #",
            "seal and unseal 600 octets: # µs",
        ),
    ),
    Program(
        "queues",
        "--messages 200 --rounds 1",
        (
            "200 messages a round, 100 in flight, 1 rounds, medians",
            *markdown(
                "| | messages/s | CPU µs: sending process | PostgreSQL |",
                "| bare loop | # | # | # |",
                "| pgqueuer | # | # | # |",
                "| outbox | # | # | # |",
            ),
            "outbox to pgqueuer: # (wanted: #)",
        ),
        "peers",
    ),
    Program(
        "growth",
        "--smallest --only menu_growth",
        markdown("| screens | loaded, ms | MB | step, µs | words and pages, µs |", "| 10 | # | # | # | # |"),
    ),
    Program(
        "sms_clients",
        "--calls 64 --runs 1",
        markdown("| in flight | way | CPU µs a message | messages/s |", *_CLIENTS),
    ),
    Program(
        "spool",
        "--entries 40",
        (
            *markdown(
                "| callbacks at once | kept a second | each waits, ms: median | 99th percentile | bytes |",
                *(f"| {at} | # | # | # | # |" for at in (1, 16, 64)),
            ),
            *markdown("| handed in together | texts a second | reports a second |", "| 1 | # | # |", "| 8 | # | # |"),
        ),
    ),
    Program(
        "segments",
        "--seconds 0.01 --one-in 20",
        (
            "# texts, # letters each; µs of CPU a text (times ours)",
            *markdown(
                "| texts | ours | smsutil | split-sms | sms-segments-calculator |",
                "| GSM-7 | # | # (#) | # (#) | # (#) |",
                "| UCS-2 | # | # (#) | # (#) | # (#) |",
                "| all | # | # (#) | # (#) | # (#) |",
            ),
            "smsutil: # of # texts cut alike; 0 with another number of parts",
            "split-sms: # of # texts cut alike; 0 with another number of parts",
            "sms-segments-calculator: # of # texts have as many parts (it counts, and cuts nothing)",
            "ratio to smsutil, all texts: # (wanted: #)",
        ),
        "peers",
    ),
    Program("five_screens", "--calls 8 --rounds 1 --in-flight 4", (*_PHASES, "MB after it: … #, … #, … #"), "peers"),
    Program(
        "http_clients",
        "--calls 64 --runs 1",
        markdown("| in flight | client | CPU µs a call | calls/s |", *_HTTP),
        "pyreqwest",
    ),
    Program(
        "growth",
        "--smallest --only places",
        (f"places built ms MB {_PLACES}", "10 # #" + " # ms" * 8),
    ),
    Program("sizing", "--people 3e6", ("| | value | |", "| | 3,000,000 |", "| hops a second, at the spike | # |")),
    Program(
        "overload",
        "--rounds 1 --seconds 0.5 --times 2 --in-flight 4",
        (
            "4 lines at capacity, then 2 times as many calls",
            *markdown(
                "| round | calls a second: at capacity | begun | finished | goodput | turned away at the first screen "
                "| later | served, p50 and p99 in ms | at capacity | turned away, p99 |",
                "| 1 | # | # | # | # | # | # | #, # | #, # | … |",
            ),
            "goodput # at 2 times as many",
        ),
    ),
    Program(
        "arrival",
        "",
        (
            "# decisions, # at the provider",
            *markdown("| seconds | events |", "| 0.25 | # |", "| 0.5 | # |", "| 1 | # |", "| 2.5 | # |", "| 5 | # |"),
            "half of them within 1 s is wanted",
        ),
    ),
]
