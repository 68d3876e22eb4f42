"""`GET /api/v1/applications` with a token, beside a bare Starlette + msgspec route that reads the same sealed rows.

    make bench-api

Both are served by one uvicorn process on one core, on the same PostgreSQL; the load has the other core. All look the
token up, unseal the number it stands for, read the person's five applications and unseal each. The bare routes do
nothing else: no language, no limits, no rights, no conditional answers, no words. One reads with SQLAlchemy, as most
would write it; the exit status goes by that one. The other reads as our list does, past SQLAlchemy (`UnitOfWork.read`).
"""

import argparse
import asyncio
import os
import secrets
import statistics
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from uuid import UUID

from benchmarks.hop import measured, server
from benchmarks.ours import UVICORN, serve, settings_for, stores
from benchmarks.peers.servers import LOADS_CORE, free_port
from domain.money import Money
from domain.msisdn import Msisdn
from domain.states import ApplicationState
from gateway.assembly import assemble
from gateway.settings import Settings
from services.ports import LinkedBy, Records
from services.records.store import RecordStore
from services.sign_in_codes import make_token, token_hash
from services.sign_in_ports import OnDevice, TokenHashes
from services.values import Application
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer

API_PORT, BARE_PORT = free_port(), free_port()
APPLICATIONS = 5
# One caller may ask so often a minute (`mobile_api.quotas`): more callers make more load.
A_CALLER = 60
DAY = date(2026, 11, 23)
OURS, SQLALCHEMY, DRIVER = "GET /api/v1/applications", "bare, with SQLAlchemy", "bare, past SQLAlchemy"
LIST = "/api/v1/applications"
ASKED = ((OURS, API_PORT, LIST), (SQLALCHEMY, BARE_PORT, LIST), (DRIVER, BARE_PORT, "/driver"))


async def store_people(settings: Settings, environment: dict[str, str], count: int, first: int) -> list[str]:
    """That many signed-in persons with five applications each; their tokens."""
    parts = assemble(settings, environment)
    ring = KeyRing.parse(environment["GUICHET_ENCRYPTION_KEYS"])
    store = RecordStore(
        parts.database, Sealer(ring), PersonKeys(ring, parts.desk.clock), parts.desk.clock, parts.desk.ids
    )
    tokens = []
    try:
        for number in range(first, first + count):
            msisdn, token = Msisdn(f"+99450{2000000 + number}"), make_token(secrets.token_bytes)
            until = datetime.now(UTC) + timedelta(hours=1)
            async with parts.database.unit_of_work() as work:
                person = await store.over(work).people.greet(msisdn, "en")
                hashes = TokenHashes(token_hash(token), secrets.token_bytes(32), secrets.token_bytes(32), until)
                session = parts.desk.ids.uuid7()
                assert await store.sign_ins(work).sessions.open(
                    session, person.id, msisdn, OnDevice("bench", session.bytes), hashes, until
                )
                await keep(store.over(work), person.id, number, msisdn)
            tokens.append(token)
    finally:
        await parts.stop()
    return tokens


async def keep(records: Records, person: UUID, number: int, msisdn: Msisdn) -> None:
    """Her applications, handed in through us."""
    made = [
        Application(
            reference=f"{number:04}{each:04}",
            service="social_aid",
            state=ApplicationState.IN_REVIEW,
            ministry_word="In review",
            submitted_on=DAY,
            due_on=DAY + timedelta(days=21),
            amount=Money(35000, "AZN"),
            contact=msisdn,
        )
        for each in range(APPLICATIONS)
    ]
    for application in made:
        await records.links.add(person, application.service, application.reference, LinkedBy.HANDED_IN)
    await records.known.saw(person, made, DAY)


def get(token: str, path: str) -> bytes:
    return (f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nAccept: */*\r\n\r\n").encode()


def streams(tokens: list[str], in_flight: int, path: str) -> list[Iterator[bytes]]:
    """Each connection asks for its own share of the callers, round after round."""
    return [request_each(tokens[start::in_flight], path) for start in range(in_flight)]


def request_each(tokens: list[str], path: str) -> Iterator[bytes]:
    for _ in repeat(None, A_CALLER):
        for token in tokens:
            yield get(token, path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in-flight", type=int, default=16, help="connections (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of both (default %(default)s)")
    parser.add_argument("--people", type=int, default=64, help="callers a round (default %(default)s)")
    parser.add_argument("--least", type=float, default=0.6, help="ratio below which the exit status is 1")
    arguments = parser.parse_args()
    with stores() as (postgres, redis):
        os.sched_setaffinity(0, {LOADS_CORE})
        return _compare(arguments, settings_for(postgres, redis))


def _compare(arguments: argparse.Namespace, environment: dict[str, str]) -> int:
    settings, _ = Settings.read(environment)
    rates: dict[str, list[float]] = {words: [] for words, *_ in ASKED}
    cpu: dict[str, list[float]] = {words: [] for words, *_ in ASKED}
    bare = ["uvicorn", "benchmarks.api_yardstick:app", *UVICORN, "--port", str(BARE_PORT)]
    with server(serve(API_PORT), environment, API_PORT) as ours, server(bare, environment, BARE_PORT) as theirs:
        for number in range(arguments.rounds + 1):
            tokens = asyncio.run(store_people(settings, environment, arguments.people, number * arguments.people))
            for words, port, path in ASKED:
                process = ours if port == API_PORT else theirs
                result, spent = measured(process, port, streams(tokens, arguments.in_flight, path), b'"in_review"')
                if number:  # the first round warms both up
                    rates[words].append(result.rate)
                    cpu[words].append(spent)
    print(f"{arguments.in_flight} in flight, {arguments.rounds} rounds, medians; every body checked")
    print(f"{'':44}{'requests/s':>11}{'CPU us':>9}{'ratio':>8}")
    ratios = {}
    for words, *_ in ASKED:
        ratios[words] = statistics.median(a / b for a, b in zip(rates[OURS], rates[words], strict=True))
        middle = f"{statistics.median(rates[words]):11,.0f}{statistics.median(cpu[words]):9.0f}"
        print(f"{words:44}{middle}{ratios[words]:8.2f}")
    print(f"wanted: at least {arguments.least:.2f} of the one with SQLAlchemy")
    return 0 if ratios[SQLALCHEMY] >= arguments.least else 1


if __name__ == "__main__":
    sys.exit(main())
