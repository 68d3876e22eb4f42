"""The tables of the docs that are made from the code: `python -m tests.docs.tables` writes them anew.

A table stands between `<!-- made: name -->` and `<!-- end -->`.
"""

import re
from dataclasses import MISSING, Field, fields
from functools import partial
from pathlib import Path

from gateway.data_catalogue import catalogue
from gateway.settings import PREFIX, Settings
from tests.docs.message_month import month_table
from tests.read_once import load_pack

ROOT = Path(__file__).parent.parent.parent
_MADE = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings_table() -> str:
    """Every field of `Settings`."""
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for item in fields(Settings):
        secret = " *(secret)*" if item.metadata.get("secret") else ""
        rows.append(f"| `{PREFIX}{item.name.upper()}` | {_default(item)} | {item.metadata['doc']}{secret} |")
    return "\n".join(rows) + "\n"


def pack_table() -> str:
    """The variables that each pack names in its `ministries.yaml`."""
    rows = ["| pack | variable |", "|---|---|"]
    for folder in sorted((ROOT / "countries").glob("*/pack.yaml")):
        pack = load_pack(str(folder.parent))
        rows += [f"| {pack.name} | `{name}` |" for name in pack.variables()]
    return "\n".join(rows) + "\n"


def optional_table() -> str:
    """The variables that a pack can do without."""
    rows = ["| pack | variable |", "|---|---|"]
    for folder in sorted((ROOT / "countries").glob("*/pack.yaml")):
        pack = load_pack(str(folder.parent))
        rows += [f"| {pack.name} | `{name}` |" for name in pack.optional_variables()]
    return "\n".join(rows) + "\n"


def catalogue_table() -> str:
    """Every table and column of the data catalogue."""
    parts = []
    for entry in sorted(catalogue().values(), key=lambda each: each.name):
        whose = f"found by `{entry.by}`" if entry.by else "of nobody"
        told = f"{entry.about}: {entry.why}. Kept: {entry.kept}. Erased: {entry.erased} ({whose})."
        parts += [f"### {entry.name}\n", f"{told}\n"]
        parts += ["| column | class | sealed | shown to her |", "|---|---|---|---|"]
        for name, column in entry.columns.items():
            how = {"person": "her key", "ring": "the gateway's key"}
            sealed = how.get(column.sealed, "hash or index" if column.hidden else "")
            shown = "yes" if column.shown and entry.section else ""
            parts.append(f"| `{name}` | {column.kind.value} | {sealed} | {shown} |")
        parts.append("")
    return "\n".join(parts) + "\n"


TABLES = {
    "data-catalogue": catalogue_table,
    "settings": settings_table,
    "pack-variables": pack_table,
    "pack-optional": optional_table,
    "message-month": month_table,
    "message-month-morocco": partial(month_table, "morocco"),
    "message-month-senegal": partial(month_table, "senegal"),
    "message-month-vietnam": partial(month_table, "vietnam"),
}


def filled(text: str) -> str:
    """The page with each of its made tables as the code would have it."""
    return _MADE.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], text)


def pages() -> list[Path]:
    """The pages that have such a table."""
    return [path for path in sorted((ROOT / "docs").rglob("*.md")) if _MADE.search(path.read_text("utf-8"))]


def _default(item: "Field[object]") -> str:
    assert item.default is not MISSING
    if item.default in ("", ()):
        return "none"
    return f"`{item.default}`"


if __name__ == "__main__":
    for page in pages():
        page.write_text(filled(page.read_text("utf-8")), "utf-8")
