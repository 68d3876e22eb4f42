"""Columns that most tables of records have."""

from typing import Any

from sqlalchemy import Column, DateTime, ForeignKey, Uuid


def own_id() -> Column[Any]:
    """The row's id, made by us (UUIDv7)."""
    return Column("id", Uuid, primary_key=True)


def of_person(**settings: Any) -> Column[Any]:
    """Whose it is: it goes with her."""
    return Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, **settings)


def instant(name: str, *, nullable: bool = False) -> Column[Any]:
    """A point in time, with its offset."""
    return Column(name, DateTime(timezone=True), nullable=nullable)
