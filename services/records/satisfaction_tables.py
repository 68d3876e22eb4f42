"""The tables of surveys, complaints and answer times. What a person wrote is sealed under her key.

Figures outlive persons: counts stay when she is forgotten.
"""

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from services.records.columns import instant, own_id
from storage.metadata import METADATA


def _cell(**settings: Any) -> list[Column[Any]]:
    """What a figure is about."""
    return [
        Column("month", Date, nullable=False, **settings),
        Column("kind", Text, nullable=False, **settings),
        Column("service", Text, nullable=False, **settings),
        Column("place", Text, nullable=False, **settings),
        Column("language", Text, nullable=False, **settings),
    ]


SURVEYS = Table(
    "surveys",
    METADATA,
    own_id(),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    # Of the visit or application, so that the same is asked about once; null once an anonymous one is over.
    Column("subject_index", LargeBinary, nullable=True),
    *_cell(),
    # Her answers and comment, under her key; emptied when an anonymous one is over.
    Column("sealed", LargeBinary, nullable=True),
    # over: answered, or anonymous and so not told; refused: she wants to be asked no more.
    Column("state", Text, nullable=False),
    instant("asked_at"),
    instant("expires_at"),
    UniqueConstraint("person_id", "kind", "subject_index"),
    CheckConstraint("state IN ('open', 'over', 'refused')", name="state"),
    Index("ix_surveys_expires_at", "expires_at"),
)

SURVEYS_ASKED = Table(
    "surveys_asked",
    METADATA,
    # How many were asked: of the surveys themselves not enough is kept to count them.
    *_cell(primary_key=True),
    Column("asked", Integer, nullable=False),
)

SURVEY_ANSWERS = Table(
    "survey_answers",
    METADATA,
    # Counts alone, so that nothing leads from an answer to whoever gave it: no row is made by one person, not even
    # by the transaction that wrote it. 0: not answered.
    *_cell(primary_key=True),
    Column("first", SmallInteger, primary_key=True),
    Column("second", SmallInteger, primary_key=True),
    Column("count", Integer, nullable=False),
    # How many of them a ministry was handed.
    Column("handed_in", Integer, nullable=False, server_default="0"),
)

COMPLAINTS = Table(
    "complaints",
    METADATA,
    own_id(),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    # What she and the staff call it by; random.
    Column("number", Text, nullable=False, unique=True),
    Column("token", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("place", Text, nullable=False),
    # {"text", "subject"}, under her key; so is the answer.
    Column("sealed", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=True),
    Column("state", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("answered_on", Date, nullable=True),
    # Of those that a ministry takes itself; null for the others. Answers and the ministry's number under her key.
    Column("report_state", Text, nullable=True),
    Column("report", LargeBinary, nullable=True),
    Column("report_tries", SmallInteger, nullable=False, server_default="0"),
    instant("report_sent_at", nullable=True),
    instant("report_due_at", nullable=True),
    # One confirmation is one complaint.
    UniqueConstraint("person_id", "token"),
    CheckConstraint("about IN ('service', 'place', 'reference', 'kind')", name="about"),
    CheckConstraint("state IN ('open', 'answered')", name="state"),
    CheckConstraint("(state = 'answered') = (answered_on IS NOT NULL)", name="answered"),
    Index("ix_complaints_open", "due_on", postgresql_where=text("state = 'open'")),
    Index("ix_complaints_opened_on", "opened_on"),
    CheckConstraint("report_state IN ('waiting', 'sending', 'unsure', 'followed', 'ours')", name="report_state"),
    Index("ix_complaints_report", "report_due_at", postgresql_where=text("report_due_at IS NOT NULL")),
)

ANSWER_CLOCKS = Table(
    "answer_clocks",
    METADATA,
    # An application's two days, so that each counts once. Nobody is named: the reference is a blind index, and sealed
    # under the column key beside it, so that it is found when keys are rotated.
    Column("reference_index", LargeBinary, primary_key=True),
    Column("reference", LargeBinary),
    Column("service", Text, nullable=False),
    Column("submitted_on", Date, nullable=True),
    Column("decided_on", Date, nullable=True),
    instant("changed_at"),
    Index("ix_answer_clocks_changed_at", "changed_at"),
)

ANSWER_TIMES = Table(
    "answer_times",
    METADATA,
    # The histogram itself: means and shares are computed of it.
    Column("service", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("days", SmallInteger, primary_key=True),
    Column("count", Integer, nullable=False),
)
