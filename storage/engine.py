"""The SQLAlchemy engine over asyncpg, with time-outs everywhere and settings that PgBouncer allows.

Behind PgBouncer (≥ 1.21, `pool_mode = transaction`, `max_prepared_statements` > 0) asyncpg's named statements are
safe: PgBouncer keeps the names of each client apart. Start-up parameters other than its own few are refused, so
with `pgbouncer=True` none is sent: set the server-side time-outs on the role instead, such as
`ALTER ROLE guichet SET statement_timeout = '5s'`. Nothing here relies on the state of a server session: no LISTEN,
no session advisory lock, no SET outside a transaction.
"""

from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.event import listen
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from domain.errors import InvalidValue

DRIVER = "postgresql+asyncpg"


def create_engine(
    url: str,
    *,
    pool_size: int = 20,
    overflow: int = 0,
    statement_timeout: float = 5.0,
    connect_timeout: float = 2.0,
    pgbouncer: bool = False,
) -> AsyncEngine:
    """An engine that has not connected yet; `url` is `postgresql://…` with or without `+asyncpg`.

    Times are seconds. At most `pool_size` connections are open, and once open they stay so: one of `overflow` is closed
    as soon as it is given back, and under load that is a connection opened anew for each unit of work. Who waits longer
    than `connect_timeout` for one gets `StoreUnavailable` from the unit of work. Raises `InvalidValue` for another kind
    of URL, without quoting it: it holds a password.
    """
    try:
        parsed = make_url(url)
    except Exception:
        raise InvalidValue("not a database URL") from None
    if parsed.drivername not in ("postgresql", "postgres", DRIVER):
        raise InvalidValue(f"not a PostgreSQL URL: {parsed.drivername}")
    milliseconds = str(round(statement_timeout * 1000))
    server_settings = {"application_name": "guichet"}
    if not pgbouncer:
        server_settings |= {
            "statement_timeout": milliseconds,
            "lock_timeout": milliseconds,
            "idle_in_transaction_session_timeout": "15000",
            "jit": "off",
        }
    engine = create_async_engine(
        parsed.set(drivername=DRIVER),
        pool_size=pool_size,
        max_overflow=overflow,
        pool_timeout=connect_timeout,
        pool_recycle=1800,
        hide_parameters=True,  # an error never prints what a citizen wrote
        connect_args={
            "timeout": connect_timeout,
            # A network that swallows packets: the server's own time-out would never be heard of.
            "command_timeout": statement_timeout + 1,
            "server_settings": server_settings,
        },
    )
    listen(engine.sync_engine, "checkout", _not_dead)
    return engine


def _not_dead(connection: Any, _record: object, _proxy: object) -> None:
    """One that was closed while it lay in the pool, as by a restart of the server, is opened anew before anybody gets
    it; otherwise each would cost somebody a failure. Costs no journey: asyncpg knows."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
