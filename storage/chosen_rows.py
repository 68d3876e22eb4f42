"""Rows that one statement chooses, locks and changes: at most as many as it was told to."""

from typing import Any

from sqlalchemy import Select, select


def chosen_once(chosen: Select[Any]) -> Select[Any]:
    """The one column of `chosen`, which has a LIMIT and locks its rows, to be written after IN.

    As it stands PostgreSQL may run an IN's sub-select once for each row that it looks at: each time other rows are
    locked and skipped, and the LIMIT limits nothing. A WITH that locks rows is run once
    (https://www.postgresql.org/docs/current/queries-with.html, "evaluated only once").
    """
    (column,) = chosen.cte().c
    return select(column)
