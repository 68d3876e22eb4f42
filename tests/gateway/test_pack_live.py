"""`guichet pack check`: every mistake of ministries.yaml with its line, and (`--live`) what ministries answer now."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import uvicorn

import countries
from domain.clock import SystemClock
from gateway.cli import main
from gateway.live_check import Asked, try_live
from gateway.masking import Mask
from gateway.pack import PackErrors, load_pack
from gateway.pack_ministries import ministries_of
from sandbox.app import create_app
from services.backends.wire import HttpWire

MAPPINGS = Path(__file__).parents[1] / "services" / "backends" / "mappings"


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/ministries"
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Azerbaijan, whose visa is asked for by its own API."""
    directory = tmp_path / "pack"
    shutil.copytree(Path(countries.__file__).parent / "azerbaijan", directory)
    return directory


def findings(directory: Path) -> tuple[str, ...]:
    with pytest.raises(PackErrors) as caught:
        pack = load_pack(str(directory))
        ministries_of(pack, pack.ministries_anywhere(), HttpWire(), SystemClock())
    return caught.value.findings


def spoilt(directory: Path, *changes: tuple[str, str]) -> tuple[str, ...]:
    """What is found when these texts of the file are changed."""
    file = directory / "ministries.yaml"
    text = file.read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text)
    return findings(directory)


def test_every_mistake_is_told_with_its_line(pack: Path) -> None:
    found = spoilt(
        pack,
        ('dates: "%d.%m.%Y"', 'dates: "%d.%m"'),
        ("path: /v2/visas/{reference}", "path: /v2/visas/{referenz}"),
        ("birth_date: applicant.born", "birth_dat: applicant.born"),
        ("slip_key: applicant.slip", "slip_key: applicant.["),
        ("{day: at, state: stage, word: text}", "{on: at, state: stage, word: text}"),
        ("5: refused}", "5: refused_for_ever}"),
    )  # fmt: skip
    text = (pack / "ministries.yaml").read_text()

    def line(part: str) -> int:
        return text[: text.index(part)].count("\n") + 1

    expected = [
        (line("dates: "), "visa.settings.dates: "),
        (line("path: /v2/visas/{referenz}"), "visa.settings.applications.get.path: {referenz} is not known here"),
        (line("birth_dat:"), "visa.settings.applications.get.picks.birth_dat: not known here"),
        (line("slip_key: applicant"), "visa.settings.applications.get.picks.slip_key: not a JMESPath expression"),
        (line("history: "), "visa.settings.applications.get.picks.history: on not known here"),
        (line("states: {1"), "visa.settings.states.5: Invalid enum value 'refused_for_ever'"),
    ]
    for number, says in expected:
        assert any(one.startswith(f"ministries.yaml:{number}: {says}") for one in found), (number, says, found)
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("paging: {by: cursor, next: cursor.next}\n          picks: *visa",
         "paging: {by: page}\n          picks: *visa", "paging: {page} stands nowhere in the request"),
        ("      changed:\n", "      choose_pickup: {method: PUT, path: /y, picks: {reference: no}}\n        changed:\n",
         "choose_pickup: cannot be reached"),
        ("visa: {code: EV}", "visa: {code: EV, colour: red}", "visa.colour: not known here; known are code"),
        ("states: {1: received, 2: in_review, 3: action_required, 4: granted, 5: refused}", "statuses: {429: refused}",
         "statuses.429: always means busy"),
        ("name: visa\n", "name: visa\n      colour: red\n", "visa.address.colour: not known here"),
        ("path: /v2/visas\n", "path: /v2/visas\n          headers: {Host: evil.example}\n",
         "not a header that can be set"),
        ("path: /v2/changes", "path: http://evil.example/", "a path begins with /"),
        ("path: /v2/changes", "path: /v2/../admin", "a path is made of plain segments"),
        ("picks: {reference: visaNo, at: at}", "picks: {reference: visaNo}", "changed.picks: at missing"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_is_told(old: str, new: str, says: str, pack: Path) -> None:
    found = spoilt(pack, (old, new))
    assert any(says in one and one.startswith("ministries.yaml:") for one in found), found


def test_references_that_cannot_be_typed_or_do_not_fit_their_mask_are_told(pack: Path) -> None:
    file = pack / "pack.yaml"
    rule = '{{service: visa, length: 9, prefix: "{}"'
    file.write_text(file.read_text().replace(rule.format(7), rule.format("V")))
    assert any("pack.yaml: references: visa.prefix: 'V' is not what a keypad types" in one for one in findings(pack))
    found = spoilt(pack, ('      dates: "%d.%m.%Y"\n', '      dates: "%d.%m.%Y"\n      references: "EV-####"\n'))
    assert any("visa.length: 9, and 'EV-####' in ministries.yaml has 4 digits" in one for one in found), found


def test_what_nobody_tells_is_not_to_be_listed(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = pack / "ministries.yaml"
    info = file.read_text().index("        info:\n          path: /v2/tariffs")
    rest = file.read_text()[info:]
    file.write_text(file.read_text()[:info] + rest[rest.index("\n\n") :])
    assert main(["pack", "check", str(pack)]) == 1
    assert "services.yaml: visa: nobody tells its papers, fee and time (info): write listed: false" in (
        capsys.readouterr().out
    )


CHANGED = """        changed:
          path: /v2/changes
          query: {after: "{since}", cursor: "{cursor}"}
          at: items
          paging: {by: cursor, next: cursor.next}
          picks: {reference: visaNo, at: at}
"""


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        # The scheduler's standard knows of no list of changes, and this mapping of none any more.
        ("events.yaml", "property_extract]\n", "property_extract]\n    poll_seconds: 30\n", ("asan", "id_card")),
        ("ministries.yaml", CHANGED, "", ("visa", "visa")),
    ],
)
def test_a_list_of_changes_that_nobody_gives_is_not_to_be_polled(
    file: str, old: str, new: str, told: tuple[str, str], pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (pack / file).read_text()
    assert old in text
    (pack / file).write_text(text.replace(old, new))
    assert main(["pack", "check", str(pack)]) == 1
    source, service = told
    expected = f"events.yaml: {source}: nobody lists changes of {service} (changed): poll_seconds would tell nobody"
    assert expected in capsys.readouterr().out


def test_a_live_ministry_is_shown_with_people_masked(
    pack: Path, sandbox_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in load_pack(str(pack)).variables():
        ministry = name.removeprefix("GUICHET_MINISTRY_").removesuffix("_URL").lower().replace("_", "-")
        monkeypatch.setenv(name, f"{sandbox_url}/{ministry}")
    samples = ["--sample", "visa.reference=700000011", "--sample", "applicant=+994501234511"]
    assert main(["pack", "check", str(pack), "--live", "--only", "visa", *samples]) == 0
    shown = capsys.readouterr().out
    assert "-- applications.get: understood" in shown
    assert "/v2/visas/{reference}" in shown and '"state":"granted"' in shown and '"stage":4' in shown
    for personal in ("700000011", "994501234511", "1991", "310577", "Louise"):
        assert personal not in shown, personal


def test_a_live_ministry_that_answers_otherwise_is_a_failure_that_is_named(pack: Path, sandbox_url: str) -> None:
    file = pack / "ministries.yaml"
    file.write_text(file.read_text().replace("state: stage\n", "state: status.code\n"))
    loaded = load_pack(str(pack))
    environment = dict.fromkeys(loaded.variables(), f"{sandbox_url}/asan-visa")
    untried = try_live(loaded, environment, Asked(only="visa"))
    assert untried.status == 2
    assert any("applications.get: not tried; give --sample reference=…" in line for line in untried.lines)
    failed = try_live(loaded, environment, Asked({"reference": "700000011"}, only="visa"))
    assert failed.status == 1
    assert any("applications.get: state at `status.code` is missing" in line for line in failed.lines)


def test_writes_are_tried_only_when_asked_for(pack: Path, sandbox_url: str) -> None:
    file = pack / "ministries.yaml"
    annex = "".join(f"  {line}\n" for line in (MAPPINGS / "berkane.yaml").read_text().splitlines())
    file.write_text(f"{file.read_text()}\n{annex}")
    loaded = load_pack(str(pack))
    environment = {"GUICHET_MINISTRY_BERKANE_URL": f"{sandbox_url}/berkane"}
    samples = {
        "service": "life_certificate",
        "applicant": "live-1",
        "contact": "+212661234567",
        "answers.nom": "Benali",
    }
    read = try_live(loaded, environment, Asked(samples, only="berkane"))
    assert not any("applications.submit" in line for line in read.lines)
    written = try_live(loaded, environment, Asked(samples, writes=True, only="berkane"))
    shown = "\n".join(written.lines)
    assert "-- applications.submit: understood" in shown and '"state":"received"' in shown
    assert "-- applications.amend: not tried; give --sample reference=…" in shown
    assert '"champs":{"nom":"{answers.nom}"}' in shown
    for personal in ("Benali", "live-1", "661234567"):
        assert personal not in shown, personal


def test_what_is_shown_of_people_is_its_shape() -> None:
    mask = Mask(frozenset({"PENDING"}), {"reference": "41000019"}, date(2026, 11, 23))
    value = {"code": "PENDING", "NOM": "BENALI", "n": 7, "id": 41000019, "filed": "23/11/2026",
             "naissance": "01/02/2024", "born": "12/03/1984", "list": ["Aa 1"] * 5}  # fmt: skip
    assert mask.value(value) == {
        "code": "PENDING",
        "NOM": "XXXXXX",
        "n": 7,
        "id": "{reference}",
        "filed": "23/11/2026",
        "naissance": "99/99/9999",
        "born": "99/99/9999",
        "list": ["Xx 9", "Xx 9", "Xx 9", "… 2 more"],
    }
    assert mask.url("https://m.test/api/41000019?x=Ab12&from=2026-11-23") == (
        "https://m.test/api/{reference}?x=Xx99&from=2026-11-23"
    )
