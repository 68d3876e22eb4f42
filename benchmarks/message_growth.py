"""What a claim costs as the table of messages grows from ten thousand rows to five million.

    python -m benchmarks.message_growth --sizes 10000 100000 1000000 5000000

5,000 messages wait; all other rows are done, and copied inside PostgreSQL: an id and blind indexes of their own each,
persons and seals those of the messages that wait. The last column is what table and indexes take on disk, a row.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text

from benchmarks.office import CLAIMED, CLAIMS, POSTGRES_BUFFERS, Cost, Office, unhindered
from gateway.pack import load_pack
from gateway.words import composer_for, translator_for
from sms.tables import MESSAGES
from storage.embedded import embedded_postgres
from storage.engine import create_engine
from storage.migrate import upgrade
from storage.unit_of_work import Database

_COPIED_AT_ONCE = 250_000
# Every row has an index of its own; ids lie before those of the messages that wait, as older ones do.
_OWN = {
    "id": "('00000000-0000-7000-8000-' || lpad(to_hex(:first + copy * :batch + number), 12, '0'))::uuid",
    "recipient_index": "sha256(uuid_send(gen_random_uuid()))",
    "subject_index": "sha256(uuid_send(gen_random_uuid()))",
    "lane": "sha256(uuid_send(gen_random_uuid()))",
    "state": "'delivered'",
    "due_at": "NULL",
    "handed_over_at": "now()",
    "ended_at": "now()",
}


async def measure(url: str, sizes: Sequence[int], waiting: int) -> None:
    """Prints the table. `url`: an empty database's."""
    await upgrade(url)
    pack = load_pack("azerbaijan")
    database = Database(create_engine(url, statement_timeout=600))
    office = Office(database, composer_for(pack, translator_for(pack)), unhindered(pack.sms))
    await office.fill(waiting)
    rows = waiting
    print(f"| rows | claim of {CLAIMED}, ms (median of {CLAIMS}) | PostgreSQL's CPU µs a message | bytes a row |")
    print("|---|---|---|---|")
    for size in sorted(sizes):
        while rows < size:
            rows += await _copy(database, rows, min(waiting, size - rows), min(_COPIED_AT_ONCE, size - rows))
        await office.analyse()
        taken, server = await _claims(office)
        print(f"| {rows:,} | {taken * 1000:.1f} | {server:.0f} | {await _bytes(database) / rows:.0f} |", flush=True)
    await database.close()


async def _copy(database: Database, first: int, batch: int, count: int) -> int:
    """So many more rows, or a little less: whole copies of a batch of those that wait. Gives how many."""
    names = [column.name for column in MESSAGES.columns if column.computed is None]
    given = ", ".join(_OWN.get(name, f"m.{name}") for name in names)
    waiting = f"SELECT *, row_number() OVER () AS number FROM {MESSAGES.name} WHERE phase = 0 LIMIT :batch"
    query = (
        f"INSERT INTO {MESSAGES.name} ({', '.join(names)}) SELECT {given} "
        f"FROM ({waiting}) m, generate_series(0, :copies - 1) copy"
    )
    values = {"first": first, "batch": batch, "copies": max(1, count // batch)}
    async with database.unit_of_work() as work:
        await work.execute(text(query), values)
    return batch * values["copies"]


async def _claims(office: Office) -> tuple[float, float]:
    """The median seconds of a claim; PostgreSQL's microseconds a message, giving back included."""
    before = Cost.now()
    taken = [await office.claim_and_give_back(CLAIMED) for _ in range(CLAIMS)]
    return statistics.median(taken), Cost.now().since(before, CLAIMS * CLAIMED)[1]


async def _bytes(database: Database) -> int:
    async with database.unit_of_work() as work:
        found = await work.execute(text(f"SELECT pg_total_relation_size('{MESSAGES.name}')"))
        return int(found.scalar_one())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--waiting", type=int, default=5000, help="so many of the rows wait (default %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as name:
        Path(name).chmod(0o755)
        with embedded_postgres(Path(name) / "postgres", POSTGRES_BUFFERS) as server:
            asyncio.run(measure(server.url, options.sizes, options.waiting))
    return 0


if __name__ == "__main__":
    sys.exit(main())
