"""`guichet pack check --live --writes` of every country: each operation of each ministry is shown and understood."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from gateway.cli import main
from sandbox.app import create_app
from sandbox.ministries import vietnam
from tests.read_once import load_pack
from tests.whole import MINISTRIES, served


@dataclass(frozen=True, slots=True)
class Tried:
    """`samples`: given by hand. `understood`: the operations of each ministry. `personal`: what nobody may see."""

    samples: Mapping[str, str]
    understood: Mapping[str, str]
    personal: tuple[str, ...]


_FILED = "applications.of_applicant applications.changed applications.get applications.submit applications.amend"
_CALENDAR = " ".join(f"appointments.{one}" for one in ("slots", "slot", "of_participant", "book", "move", "cancel"))
_CATALOGUE = "guide.places guide.info"
_DESK = "reports.kinds reports.questions reports.send reports.standing reports.number"
_FORMS = f"applications.info applications.form {_FILED} applications.choose_pickup applications.attach"

COUNTRIES = {
    "azerbaijan": Tried(
        {
            "applicant": "+994501234505", "contact": "+994501234505", "participant": "live-participant-1",
            "service": "social_aid", "pickup": "bank-2", "vemtas.reference": "41000056",
            "vemtas_registry.reference": "41000024", "visa.reference": "700000011", "visa.applicant": "+994501234511",
            "answers.fullName": "Aygun Demo", "answers.birthDate": "1995-09-08", "answers.maritalStatus": "single",
            "answers.housing": "rented", "answers.monthlyIncome": "55", "answers.hasDisability": "false",
            "answers.householdMembers": "[]",
        },
        {
            "vemtas": _FORMS,
            "vemtas_registry": "payments.of",
            "visa": "applications.info applications.of_applicant applications.changed applications.get",
            "asan": _CALENDAR,
            "asan_guide": _CATALOGUE,
            "asan_units": "guide.places",
        },
        ("41000056", "41000024", "700000011", "501234505", "501234511", "1995-09-08", "1991", "Aygun", "Louise"),
    ),
    "morocco": Tried(
        {
            "applicant": "+212661234501", "contact": "+212661234501", "reference": "51100007", "number": "2601",
            "service": "life_certificate", "answers.nom": "Salma Demo", "kind": "PROP", "text": "Un banc",
            "berkane-voice.answers.service": "ARMES",
        },
        {"berkane": _FILED, "berkane-guide": _CATALOGUE, "berkane-voice": _DESK},
        ("51100007", "661234501", "Salma", "1984", "482913", "Un banc", "Panneau"),
    ),
    "senegal": Tried(
        {
            "participant": "live-participant-1", "contact": "+221771234501", "kind": "RECL", "text": "Deux heures",
            "token": "not-there-yet", "ess-voice.answers.motif": "delai",
        },
        {"ess-visits": _CALENDAR, "ess-guide": _CATALOGUE, "ess-voice": _DESK},
        ("live-participant-1", "771234501", "Deux heures"),
    ),
    "vietnam": Tried(
        {
            "applicant": "+84912345606", "contact": "+84912345606", "service": "criminal_record",
            "hanoi.reference": "2610000065", "vnpost.reference": "610000085", "pickup": "hn-cau-giay",
            "answers.fullName": "Vu Van Demo", "answers.birthDate": "1972-04-17", "answers.birthPlace": "Hue",
            "answers.purpose": "work", "answers.deliveryAddress": "12 Pho Mau",
            "answers.residences": '[{"address": "12 Pho Mau", "from": "2000-01-01"}]',
            "answers.jobs": '[{"occupation": "Tho may", "workplace": "Xuong", "from": "2005-06-01"}]',
        },
        {"hanoi": _FORMS, "hanoi-guide": _CATALOGUE, "vnpost": "applications.get"},
        ("2610000065", "610000085", "912345606", "1972-04-17", "Vu Van", "Vũ", "Pho Mau", "Tho may", "360948"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """Every simulated ministry, and their addresses; fewer post offices, for thousands take their time."""
    with pytest.MonkeyPatch.context() as fewer:
        fewer.setattr(vietnam, "COUNT", 600)
        fewer.setattr(vietnam, "IN_HANOI", 200)
        with served(create_app()) as url:
            addresses = {
                f"GUICHET_MINISTRY_{name.upper().replace('-', '_')}_URL": f"{url}/ministries/{name}"
                for name in MINISTRIES
            }
            yield addresses | {"GUICHET_BERKANE_VOICE_KEY": "demo", "GUICHET_ESS_VOICE_KEY": "demo"}


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_operation_of_every_ministry_is_shown_and_understood(
    country: str,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = COUNTRIES[country]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    given = [part for name, value in tried.samples.items() for part in ("--sample", f"{name}={value}")]
    status = main(["pack", "check", country, "--live", "--writes", *given])
    shown = capsys.readouterr().out
    assert status == 0, [line for line in shown.splitlines() if "FAILED" in line or "not tried" in line]
    ministries = dict(re.findall(r"^== (\S+) .*\n((?:(?!== ).*\n)*)", shown, re.MULTILINE))
    assert set(ministries) == set(load_pack(country).ministries)
    for ministry, operations in tried.understood.items():
        blocks = _blocks(ministries[ministry])
        assert {operation for operation, _ in blocks} == set(operations.split()), ministry
        for operation, lines in blocks:
            marks = {line[3] for line in lines if line.startswith("   ")}
            assert marks >= {">", "<", "="}, (ministry, operation)
    # How long an answer is hangs on the day, and may be anybody's year of birth.
    said = re.sub(r"\d+ octets", "", shown)
    assert [personal for personal in tried.personal if personal in said] == []


def _blocks(shown: str) -> list[tuple[str, list[str]]]:
    """Of each operation that was understood, what stands below it."""
    blocks = [block.split("\n") for block in re.split(r"^-- ", shown, flags=re.MULTILINE)[1:]]
    return [(title.split()[0].rstrip(":"), lines) for title, *lines in blocks if title.endswith(": understood")]
