"""The data catalogue: every table and column, why it is kept, how long, and what becomes of it with its person."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec
import yaml

FILE = Path(__file__).with_name("data_catalogue.yaml")
NOBODY = "nobody"
WITH_HER = "with her"


class DataClass(StrEnum):
    """What a column tells."""

    PUBLIC = "public"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    SECRET = "secret"  # noqa: S105 - a class
    PSEUDONYM = "pseudonym"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """`sealed`: "person", "ring" or "". `hidden`: a hash or blind index. `shown`: in what is held about her."""

    kind: DataClass
    sealed: str = ""
    hidden: bool = False
    shown: bool = False

    @classmethod
    def read(cls, text: str) -> "ColumnEntry":
        """Raises `ValueError` for a word that is none of ours."""
        kind, *rest = (word.strip() for word in text.split(","))
        unknown = set(rest) - {"sealed person", "sealed ring", "hidden", "shown"}
        if unknown:
            raise ValueError(f"not words of the catalogue: {sorted(unknown)}")
        sealed = next((word.removeprefix("sealed ") for word in rest if word.startswith("sealed ")), "")
        return cls(DataClass(kind), sealed, "hidden" in rest, "shown" in rest)


class _TableFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"why": "for"}):
    about: str
    why: str
    kept: str
    whose: str
    erased: str
    section: str
    columns: dict[str, str]
    bound: str = "id"


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table. `by`: the column that finds a person's rows, "" for none; `purpose`: of its blind index of a number."""

    name: str
    about: str
    why: str
    kept: str
    by: str
    purpose: str
    erased: str
    section: str
    bound: str
    columns: dict[str, ColumnEntry]


@cache
def catalogue() -> dict[str, TableEntry]:
    """By table. Raises `ValueError` or `msgspec.ValidationError` for a file that is wrong."""
    read = msgspec.convert(yaml.safe_load(FILE.read_text("utf-8")), dict[str, _TableFile])
    return {name: _entry(name, table) for name, table in read.items()}


def _entry(name: str, table: _TableFile) -> TableEntry:
    by, _, purpose = table.whose.partition(" of ")
    return TableEntry(
        name,
        table.about,
        table.why,
        table.kept,
        "" if by == NOBODY else by,
        purpose,
        table.erased,
        table.section,
        table.bound,
        {column: ColumnEntry.read(text) for column, text in table.columns.items()},
    )
