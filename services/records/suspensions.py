"""What operators stopped, on every channel at once: what a source and a text name, of an alert and of a table's rows.

"" stands for every source or every text, `sms.granted*` for every text that begins so, and a name also for the same
text with a question in it.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Table, and_, false, or_, true

from services.questions import ASKING
from storage.unit_of_work import UnitOfWork

_SUSPENDED = "SELECT source, text_id FROM sms_suspensions"


async def suspended(work: UnitOfWork) -> Collection[tuple[str, str]]:
    """What is stopped now: sources and texts, as operators named them."""
    return {(row["source"], row["text_id"]) for row in await work.read(_SUSPENDED)}


def is_held(suspended: Collection[tuple[str, str]], source: str, text_id: str) -> bool:
    """Whether any of these names an alert of this source and text."""
    names = ("", text_id, text_id.removesuffix(ASKING))
    return any(
        of in ("", source) and (text_id.startswith(named[:-1]) if named.endswith("*") else named in names)
        for of, named in suspended
    )


def held(rows: Table, suspended: Collection[tuple[str, str]]) -> ColumnElement[bool]:
    """The same of rows with the columns `source` and `text_id`."""
    return or_(false(), *(of(rows, source, text_id) for source, text_id in suspended))


def of(rows: Table, source: str, text_id: str) -> ColumnElement[bool]:
    """The rows that a source and a text name."""
    conditions: list[ColumnElement[bool]] = []
    if source:
        conditions.append(rows.c.source == source)
    if text_id.endswith("*"):
        conditions.append(rows.c.text_id.startswith(text_id[:-1], autoescape=True))
    elif text_id:
        conditions.append(rows.c.text_id.in_([text_id, f"{text_id}{ASKING}"]))
    return and_(true(), *conditions)
