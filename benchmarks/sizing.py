"""How many machines, how much memory and how much money: from assumptions and measured figures to a table. Pure.

    .venv/bin/python -m benchmarks.sizing
    .venv/bin/python -m benchmarks.sizing --set calls_a_person=4 gateway_hops=2500 --people 3e6 40e6

Every assumption and every figure is a value of `Assumed` or `Measured`, printed with the table: set what you know
better. Nothing is measured here; each figure of `Measured` names the command that gives it.
"""

import argparse
import math
import sys
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

SECONDS_A_MONTH = 30 * 86_400


def _is(default: float, why: str) -> Any:
    return field(default=default, metadata={"why": why})


@dataclass(frozen=True)
class Assumed:
    """What nobody has measured: people's habits, and how full a machine may be."""

    calls_a_person: float = _is(1.0, "USSD calls a person a month, everybody counted")
    hops_a_call: float = _is(6.0, "screens of a call")
    busy_hour: float = _is(0.12, "part of a day's calls in its busiest hour")
    spike: float = _is(5.0, "after an announcement: times the busiest hour")
    sms_a_person: float = _is(0.5, "SMS a person a month")
    sms_burst: float = _is(0.2, "part of a month's SMS that falls due in one hour, such as a payment day's")
    parts_a_sms: float = _is(1.4, "parts of an SMS: one letter outside GSM-7 halves the room")
    price_a_part: float = _is(0.02, "price of a part: an operator's contract")
    call_minutes: float = _is(10.0, "minutes that a session is kept after its last hop (GUICHET_SESSION_TTL)")
    hour_of_starts: float = _is(1.0, "hours that a caller's count of starts is kept")
    kept_months: float = _is(12.0, "months that rows of messages are kept")
    people_known: float = _is(0.4, "part of the people with rows of their own: number, account, applications")
    person_bytes: float = _is(4000.0, "bytes on disk a person with rows of her own")
    ministry_calls: float = _is(1.0, "questions to ministries a call")
    full: float = _is(0.5, "how full a core may be at the spike")


@dataclass(frozen=True)
class Measured:
    """What the benchmarks print, of one core each."""

    gateway_hop: float = _is(220.0, "CPU µs of a hop after the first: make bench-peers")
    gateway_start: float = _is(480.0, "CPU µs of a call's first hop: make bench-peers")
    ministry_call: float = _is(
        125.0, "CPU µs of a question to a ministry, by HTTP: .venv/bin/python -m benchmarks.http_clients"
    )
    worker_sms: float = _is(200.0, "CPU µs of the worker a message: make bench-queue")
    database_sms: float = _is(85.0, "CPU µs of PostgreSQL a message: make bench-queue")
    database_start: float = _is(130.0, "CPU µs of PostgreSQL a call's first hop: make bench-peers")
    redis_hop: float = _is(47.0, "CPU µs of Redis a hop: make bench-peers")
    session_bytes: float = _is(960.0, "bytes in Redis a caller: make bench-growth")
    message_bytes: float = _is(1490.0, "bytes on disk a message, indexes included: make bench-growth")


@dataclass(frozen=True)
class Size:
    """What that many people need. Rates a second, bytes, money a month."""

    people: float
    hops: float
    starts: float
    gateway_cores: float
    sms: float
    worker_cores: float
    database_cores: float
    redis_cores: float
    redis_bytes: float
    database_bytes: float
    sms_a_month: float
    money_a_month: float


def size(people: float, assumed: Assumed = Assumed(), measured: Measured = Measured()) -> Size:
    """At the spike; cores as full as `assumed.full` allows, spares not counted."""
    calls_a_day = people * assumed.calls_a_person / 30
    starts = calls_a_day * assumed.busy_hour / 3600 * assumed.spike
    hops = starts * assumed.hops_a_call
    sms_a_month = people * assumed.sms_a_person
    sms = sms_a_month * assumed.sms_burst / 3600
    per_core = 1e6 * assumed.full
    # Callers whose session or count of starts is still kept.
    callers = starts * max(assumed.call_minutes * 60, assumed.hour_of_starts * 3600)
    hop = measured.gateway_hop
    a_call = measured.gateway_start + (assumed.hops_a_call - 1) * hop + assumed.ministry_calls * measured.ministry_call
    rows = sms_a_month * assumed.kept_months
    return Size(
        people=people,
        hops=hops,
        starts=starts,
        gateway_cores=starts * a_call / per_core,
        sms=sms,
        worker_cores=sms * measured.worker_sms / per_core,
        database_cores=(sms * measured.database_sms + starts * measured.database_start) / per_core,
        redis_cores=hops * measured.redis_hop / per_core,
        redis_bytes=callers * measured.session_bytes,
        database_bytes=rows * measured.message_bytes + people * assumed.people_known * assumed.person_bytes,
        sms_a_month=sms_a_month,
        money_a_month=sms_a_month * assumed.parts_a_sms * assumed.price_a_part,
    )


def processes(cores: float) -> int:
    """Processes of one core each: what the load needs, and one that may fail."""
    return max(2, math.ceil(cores) + 1)


PLACES = {"one district": 300e3, "one country": 10e6, "100 million people": 100e6}


def table(sizes: dict[str, Size]) -> str:
    """Markdown, a column a size."""
    rows: dict[str, list[str]] = {
        "people": [f"{each.people:,.0f}" for each in sizes.values()],
        "calls begun a second, at the spike": [f"{each.starts:,.1f}" for each in sizes.values()],
        "hops a second, at the spike": [f"{each.hops:,.0f}" for each in sizes.values()],
        "gateways, one core each (one may fail)": [f"{processes(each.gateway_cores)}" for each in sizes.values()],
        "SMS a second, in the busiest hour": [f"{each.sms:,.0f}" for each in sizes.values()],
        "workers, one core each (one may fail)": [f"{processes(each.worker_cores)}" for each in sizes.values()],
        "PostgreSQL: cores, without its replica": [
            f"{max(2, math.ceil(each.database_cores))}" for each in sizes.values()
        ],
        "PostgreSQL: disk": [_bytes(each.database_bytes) for each in sizes.values()],
        "Redis: share of its one core": [f"{each.redis_cores:.1%}" for each in sizes.values()],
        "Redis: memory": [_bytes(each.redis_bytes) for each in sizes.values()],
        "SMS a month": [f"{each.sms_a_month:,.0f}" for each in sizes.values()],
        "money for SMS a month, in the currency of the price": [
            f"{each.money_a_month:,.0f}" for each in sizes.values()
        ],
    }
    head = f"| | {' | '.join(sizes)} |\n|---|{'---|' * len(sizes)}\n"
    return head + "\n".join(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items())


def _bytes(count: float) -> str:
    for unit, factor in (("TB", 1e12), ("GB", 1e9)):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count / 1e6:,.0f} MB"


def inputs(values: Assumed | Measured) -> str:
    """Markdown, a row a value: name, value, what it is."""
    head = "| | value | |\n|---|---|---|\n"
    whys = {each.name: each.metadata["why"] for each in fields(values)}
    return head + "\n".join(f"| {name} | {value:g} | {whys[name]} |" for name, value in asdict(values).items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="of either table of values")
    parser.add_argument("--people", nargs="+", type=float, help="instead of the three")
    options = parser.parse_args()
    given = {name: float(value) for name, _, value in (each.partition("=") for each in options.set)}
    known = {kind: {each.name for each in fields(kind)} for kind in (Assumed, Measured)}
    if unknown := given.keys() - known[Assumed] - known[Measured]:
        parser.error(f"no such value: {', '.join(sorted(unknown))}")
    assumed = replace(Assumed(), **{name: given[name] for name in given.keys() & known[Assumed]})
    measured = replace(Measured(), **{name: given[name] for name in given.keys() & known[Measured]})
    wanted = {f"{each:,.0f}": each for each in options.people} if options.people else PLACES
    print(inputs(assumed), inputs(measured), sep="\n\n", end="\n\n")
    print(table({name: size(people, assumed, measured) for name, people in wanted.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
