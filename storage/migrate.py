"""Bringing a database to the newest shape, also when two processes try at once (`guichet migrate`).

No step builds an index CONCURRENTLY. That cannot be in a transaction, and ours holds the lock that keeps a second
process out: given up meanwhile, two build at once. It would not end, either: it waits for every older transaction,
and who waits for our lock is one, so that PostgreSQL ends one of the two. A lock of the session instead does not hold
through PgBouncer. And where it fails halfway an invalid index stays, that a person must look at. So, once countries
have large tables, a step makes its index with `if_not_exists=True`, and a large country builds it by hand before,
under the same name: the step then finds it (decision 3). Before the first release every database begins empty, where
an index costs nothing: steps until then just make theirs.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from domain.errors import StoreUnavailable
from storage.database_failures import unavailable
from storage.engine import create_engine
from storage.metadata import METADATA
from storage.server_facts import Schema

HERE = Path(__file__).parent / "migrations"
VERSIONS = HERE / "versions"
_LOCK = 0x6775_6963_6865_7401  # "guichet", 1
_LOCK_WAIT_SECONDS = 120
_TABLE_LOCK_SECONDS = 2

_Result = TypeVar("_Result")


async def upgrade(url: str, *, versions: Path = VERSIONS) -> str:
    """Runs every step that is missing, all in one transaction; gives the revision reached ("" if none exists).

    Who comes second waits for the first, then finds nothing to do. A step that waits more than two seconds for a
    table in use gives up, changes nothing and raises `StoreUnavailable`: better a late migration than a queue of
    hops behind its lock. Every lock belongs to the transaction, so PgBouncer does no harm.

    A database that a newer version has brought on is left as it is, and its revision given: nothing goes backwards.
    """

    def run(connection: Connection) -> str:
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_WAIT_SECONDS}s'"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{_TABLE_LOCK_SECONDS}s'"))
        config = _config(connection, METADATA, versions)
        if _standing(connection, config) is not Schema.AHEAD:
            command.upgrade(config, "head")
        return MigrationContext.configure(connection).get_current_revision() or ""

    return await _run(url, run)


async def up_to_date(url: str, *, versions: Path = VERSIONS) -> bool:
    """True when the database has the newest revision that this code knows."""
    return await standing(url, versions=versions) is Schema.CURRENT


async def standing(url: str, *, versions: Path = VERSIONS) -> Schema:
    """The database beside the revisions that this code knows."""
    return await _run(url, lambda connection: _standing(connection, _config(connection, METADATA, versions)))


def _standing(connection: Connection, config: Config) -> Schema:
    steps = ScriptDirectory.from_config(config)
    reached = set(MigrationContext.configure(connection).get_current_heads())
    if reached == set(steps.get_heads()):
        return Schema.CURRENT
    known = {step.revision for step in steps.walk_revisions()}
    return Schema.BEHIND if reached <= known else Schema.AHEAD


async def differences(url: str, metadata: MetaData = METADATA) -> list[Any]:
    """How the database differs from the declared tables (Alembic's operations); empty when they agree.

    The caller has imported every room's `tables.py`, so that `metadata` is whole.
    """

    def run(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    return await _run(url, run)


async def revise(
    url: str, message: str, metadata: MetaData = METADATA, *, revision: str, versions: Path = VERSIONS
) -> None:
    """Writes the next step from the differences, to be read and corrected before it is committed."""

    def run(connection: Connection) -> None:
        config = _config(connection, metadata, versions)
        command.revision(config, message, autogenerate=True, rev_id=revision)

    await _run(url, run)


def _config(connection: Connection, metadata: MetaData, versions: Path) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config


async def _run(url: str, work: Callable[[Connection], _Result]) -> _Result:
    # As if behind PgBouncer, whether it is there or not: what a step needs is set within its transaction.
    engine = create_engine(url, pool_size=1, overflow=0, statement_timeout=600.0, pgbouncer=True)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    except Exception as error:
        if reason := unavailable(error):
            raise StoreUnavailable(reason) from error
        raise
    finally:
        await engine.dispose()
