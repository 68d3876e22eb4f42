"""The page that says who has read which catalog tells the truth about every one of them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| `([^`]+\.po)` \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


def test_every_catalog_stands_there_and_says_itself_whether_it_was_read() -> None:
    told = dict(_ROW.findall((ROOT / "docs/languages.md").read_text("utf-8")))
    catalogs = [*ROOT.glob("i18n/locales/*.po"), *ROOT.glob("countries/*/locales/*.po")]
    assert told.keys() == {str(path.relative_to(ROOT)) for path in catalogs}
    for path in catalogs:
        unread = "not yet read by a native speaker" in path.read_text("utf-8").partition("msgid")[0]
        assert unread == (told[str(path.relative_to(ROOT))] == "not yet"), path
