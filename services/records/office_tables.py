"""The table in which two of staff do one deed: a number is confirmed as a person's."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text

from services.records.columns import instant, of_person, own_id
from storage.metadata import METADATA

CONFIRMATIONS = Table(
    "number_confirmations",
    METADATA,
    own_id(),
    of_person(index=True),
    # The last one about this number: what was before stands in the audit log.
    Column("number_id", ForeignKey("numbers.id", ondelete="CASCADE"), nullable=False, unique=True),
    # She chooses a PIN anew.
    Column("new_pin", Boolean, nullable=False),
    # Staff's reason, under the person's key.
    Column("why", LargeBinary, nullable=False),
    # Two of staff, as the audit log names them without its `operator:`.
    Column("asked_by", Text, nullable=False),
    instant("asked_at"),
    Column("approved_by", Text, nullable=True),
    instant("approved_at", nullable=True),
    CheckConstraint("approved_by <> asked_by", name="two_people"),
    CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved"),
    Index("ix_number_confirmations_asked_at", "asked_at"),
)
