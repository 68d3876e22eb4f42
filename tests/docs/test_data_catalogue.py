"""The data catalogue against the tables: nothing is kept that it does not name, nothing named that is not kept."""

import re
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from gateway.data_catalogue import WITH_HER, ColumnEntry, DataClass, catalogue
from gateway.personal_data import held_tables, sections
from gateway.retention import rules
from mobile_api.resources.data import SECTIONS
from storage.metadata import METADATA
from tests.docs.tables import catalogue_table
from tests.read_once import load_pack

TABLES = sorted(METADATA.tables)
DOCS = Path(__file__).parent.parent.parent / "docs"


def test_every_table_and_column_is_named_and_no_other() -> None:
    kept = {(table.name, column.name) for table in METADATA.sorted_tables for column in table.columns}
    named = {(entry.name, column) for entry in catalogue().values() for column in entry.columns}
    assert kept - named == set(), "not in gateway/data_catalogue.yaml"
    assert named - kept == set(), "in gateway/data_catalogue.yaml, and in no table"


@pytest.mark.parametrize("name", TABLES)
def test_what_the_catalogue_says_is_so(name: str) -> None:
    entry, table = catalogue()[name], METADATA.tables[name]
    foreign = {key.column.table.name: key.ondelete for key in table.foreign_keys}
    if foreign.get("people") == "CASCADE":
        assert entry.erased == WITH_HER and entry.by == "person_id"
    if foreign.get("people") == "SET NULL":
        assert entry.erased == "emptied" and entry.by == "person_id"
    for column in table.columns:
        told = entry.columns[column.name]
        if isinstance(column.type, LargeBinary):
            assert told.sealed or told.hidden, f"{column.name}: octets are sealed, or a hash or index"
        else:
            assert not told.sealed, f"{column.name}: only octets are sealed"
        if told.kind in (DataClass.SENSITIVE, DataClass.SECRET):
            assert told.sealed or told.hidden, f"{column.name}: sensitive, and in clear"
        assert not (told.shown and told.hidden), column.name
    if entry.by:
        assert entry.by in table.columns


def test_what_is_personal_is_shown_to_her() -> None:
    """Every personal column of a table that has rows of hers; documents are downloaded by themselves."""
    left_out = {
        (entry.name, name)
        for entry in catalogue().values()
        if entry.by
        for name, column in entry.columns.items()
        if column.kind in (DataClass.PERSONAL, DataClass.SENSITIVE) and not (column.shown and entry.section)
    }
    assert left_out == {("documents", "sealed"), ("api_idempotency", "sealed")}


def test_the_export_reads_what_the_catalogue_shows() -> None:
    read = {held.table.name: {*held.shown, *held.opened} for held in held_tables()}
    shown = {
        entry.name: {name for name, column in entry.columns.items() if column.shown}
        for entry in catalogue().values()
        if entry.section and entry.by
    }
    assert read == shown
    assert set(sections().values()) <= set(SECTIONS)


def test_rules_of_retention_that_are_named_exist() -> None:
    known = {rule.name for rule in rules(load_pack("azerbaijan"))}
    named = {entry.kept.removeprefix("rule: ") for entry in catalogue().values() if entry.kept.startswith("rule: ")}
    assert named <= known, named - known


def test_the_page_is_the_catalogue() -> None:
    page = (DOCS / "data-catalogue.md").read_text("utf-8")
    found = re.search(r"<!-- made: data-catalogue -->\n(.*)<!-- end -->", page, re.DOTALL)
    assert found and found[1] == catalogue_table(), "run `python -m tests.docs.tables`"


def test_a_word_that_is_none_is_refused() -> None:
    for wrong in ("private", "personal, sealed", "personal, visible"):
        with pytest.raises(ValueError):
            ColumnEntry.read(wrong)
