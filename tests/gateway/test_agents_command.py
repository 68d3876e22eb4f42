"""`guichet agents`: a list is imported, told of, and imported again without effect."""

from pathlib import Path

import pytest

from gateway.cli import main
from tests.whole import KEYS

LIST = """number,name,organisation,badge,language,kind,practice
0502220001,Aygün Quliyeva,Red Crescent,V-014,az,volunteers,no
0502220002,Rashad Aliyev,Azerpost,P-001,az,post,yes
0502220003,Nobody,Red Crescent,,az,volunteers,no
+442079460000,Somebody Abroad,Red Crescent,V-016,en,volunteers,no
"""


@pytest.fixture
def listed(tmp_path: Path, migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUICHET_DATABASE_URL", migrated_url)
    monkeypatch.setenv("GUICHET_ENCRYPTION_KEYS", KEYS)
    file = tmp_path / "agents.csv"
    file.write_text(LIST, "utf-8")
    return file


def test_a_list_is_imported_and_every_refused_line_is_told(listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agents", "import", str(listed)]) == 1
    told = capsys.readouterr().out
    assert told == (
        "line 4: badge: 2 to 16 of A-Z, 0-9 and -\nline 5: number: not a mobile number of the country\n"
        "2 taken, 2 refused\n"
    )
    assert main(["agents", "import", str(listed)]) == 1
    assert capsys.readouterr().out == told
    assert main(["agents", "list"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown] == ["P-001", "V-014"]
    assert "practice" in shown[0]
    assert main(["agents", "suspend", "V-014", "--reason", "left the project"]) == 0
    capsys.readouterr()
    assert main(["agents", "list"]) == 0
    assert "suspended" in capsys.readouterr().out
    listed.write_text(LIST.replace("0502220001", "0502220009"), "utf-8")
    assert main(["agents", "import", str(listed)]) == 1
    assert "line 2: badge: another agent's already" in capsys.readouterr().out
    assert main(["agents", "counts"]) == 0
    assert main(["agents", "import", str(listed.parent / "no.csv")]) == 2
