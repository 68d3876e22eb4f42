"""What an error says of the database's server, however it arrives: through SQLAlchemy or past it."""

from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# SQLSTATE classes (PostgreSQL appendix A) that speak of the server, not of the statement: connection (08),
# serialization and deadlock (40), resources (53), operator's hand and time-out (57), system (58).
_SERVER_CLASSES = frozenset({"08", "40", "53", "57", "58"})
_SERVER_STATES = frozenset({"25006", "55P03"})  # read-only after a fail-over; lock not available


def unavailable(error: Exception) -> str:
    """Why the server cannot be used, if that is what this error says; else an empty text. Never quotes SQL."""
    if isinstance(error, PoolTimeout):
        return "no database connection is free"
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        if error.connection_invalidated or state[:2] in _SERVER_CLASSES or state in _SERVER_STATES:
            return f"database unavailable ({state or 'connection lost'})"
        # asyncpg's own client-side errors carry no SQLSTATE: closed connections and command time-outs.
        if not state and isinstance(error.orig.__cause__ if error.orig else None, (OSError, TimeoutError)):
            return "database unavailable (no answer)"
        return ""
    if isinstance(error, (OSError, TimeoutError, DisconnectionError)):
        return "database unavailable (not reached)"
    # asyncpg's errors arrive unwrapped while connecting ("the database system is starting up", 57P03) and from `fetch`.
    state = getattr(error, "sqlstate", None) or ""
    if state[:2] in _SERVER_CLASSES or state in _SERVER_STATES:
        return f"database unavailable ({state})"
    return ""


def refusal(error: Exception) -> str:
    """Why no connection was given: a wrong password, an unknown database, TLS that is not trusted."""
    cause = getattr(error, "orig", None) or error
    return f"database refuses the connection ({getattr(cause, 'sqlstate', None) or type(cause).__name__})"
