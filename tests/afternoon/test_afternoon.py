"""The afternoon of docs/connect-a-ministry.md (LOG.md): a stranger's API, its pack, and a telephone that asks it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from gateway.cli import main
from services.notices import handle_events
from services.polling import poll
from storage.redis_client import RedisClient
from tests.afternoon.regie.app import create_app
from tests.afternoon.regie.formats import CASABLANCA
from tests.databases import Databases
from tests.phone import PHONES
from tests.whole import Stage, served, whole

PACK = Path(__file__).parent / "pack"
ACCOUNT = {"TAMRA_ID": "guichet-web", "TAMRA_SECRET": "tamra-demo-2019"}
INCOMPLETE, GRANTED = "2026004431", "2026004102"


@pytest.fixture
def regie() -> Iterator[str]:
    """The Régie's API at its first hour, on a free port."""
    with served(create_app(lambda: datetime(2026, 11, 23, 7, 0, tzinfo=CASABLANCA))) as url:
        yield url


@pytest.fixture
def told_where(regie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_MINISTRY_TAMRA_URL", regie)
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(f"GUICHET_{name}", value)


@pytest.mark.usefixtures("told_where")
def test_all_that_is_connected_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    samples = ["--sample", f"reference={GRANTED}", "--sample", "applicant=C0018832"]
    samples += ["--sample", "place=AG01", "--sample", "slot=water_connection~AG01~2026-11-24~AG01-20261124-1030"]
    assert main(["pack", "check", str(PACK), "--live", "--only", "tamra", *samples]) == 0
    shown = capsys.readouterr().out
    for operation in ("guide.places", "applications.get"):
        assert f"-- {operation}: understood" in shown, shown
    for operation in ("of_applicant", "changed"):
        assert f"-- applications.{operation} (water_connection): understood" in shown, shown
    assert "FAILED" not in shown
    for personal in ("BENCHARKI", "C0018832", "0600000011"):
        assert personal not in shown, personal


@pytest.mark.usefixtures("told_where")
def test_a_request_is_handed_in_with_the_zeros_that_were_typed(capsys: pytest.CaptureFixture[str]) -> None:
    given = {
        "service": "water_connection", "applicant": "she", "contact": "+212600000098", "answers.type": "CH",
        "answers.client": "0020417", "answers.agence": "AG01", "answers.quartier": "Centre", "answers.adresse": "Rue 4",
    }  # fmt: skip
    samples = [part for name, value in given.items() for part in ("--sample", f"{name}={value}")]
    main(["pack", "check", str(PACK), "--live", "--only", "tamra", "--writes", *samples])
    shown = capsys.readouterr().out
    assert "-- applications.submit: understood" in shown, shown
    assert '"state":"action_required"' in shown, "papers are missing yet"
    for operation in ("amend", "choose_pickup"):
        assert f"-- applications.{operation}: not mapped" in shown, shown
    assert main(["pack", "check", str(PACK), "--live", "--only", "tamra", "--writes", *samples]) == 1
    again = capsys.readouterr().out
    assert "MinistryHasOne" in again and "(its own words: Demande deja ouverte pour ce client et ce type)" in again
    assert '"numero":"DB-9999-999999"' in again and "004432" not in again


async def test_a_telephone_tells_where_it_stands_and_where_the_offices_are(
    regie: str, databases: Databases, redis: RedisClient, redis_url: str
) -> None:
    url = await databases.emptied(await databases.migrated("afternoon"))
    settings = {name.lower(): value for name, value in ACCOUNT.items()} | {"ministry_tamra_url": regie}
    stage = Stage()
    with served(stage) as sandbox:
        async with whole(url, redis_url, stage, sandbox, country=str(PACK), **settings) as running:
            she = PHONES["africastalking"](running.app, "+212600000097", "60400")
            shown = [await she.dial()] + [await she.answer(key) for key in ("2", "1", INCOMPLETE)]
            assert "Votre demande: attend votre réponse." in shown[-1].text
            assert "Titre" not in shown[-1].text, "her number is not bound to it yet"
            bound = [await she.answer(key) for key in ("1", "C0024071")]
            assert "Branchement 2026004431: le service attend votre réponse." in bound[-1].text
            assert "Titre de propriété" in bound[-1].text
            assert "1 R" not in bound[-1].text, "no answer can be handed in to the Régie"
            assert "4 Prendre rendez-vous" in bound[-1].text
            elsewhere = [await she.answer(key) for key in ("4", "1", "1", "1", "1")]
            assert "Le service n'a pas accepté" in elsewhere[-1].text, "her request is of another agency"
            visit = [await she.answer(key) for key in ("00", "1", INCOMPLETE, "4", "2", "1", "1", "1")]
            assert "Numéro RV-01201" in visit[-1].text, "for this request, by its number as the Régie writes it"
            alone = [await she.answer(key) for key in ("00", "3", "1")]
            assert "un rendez-vous se prend pour une demande" in alone[-1].text
            for key in ("00", "4", "1", "1", "0024071", "2", "Centre", "Rue 4", "98", "1"):
                there = await she.answer(key)
            assert "a déjà une demande ouverte" in there.text, "409 is an end, and told"
            source = running.parts.pack.events.sources["tamra"]
            assert await poll(running.parts.desk, source) == 0, "what was before the first look is old news"
            for key in ("00", "4", "1", "2", "3", "0024071", "2", "Centre", "Rue 4", "98", "1"):
                taken = await she.answer(key)
            assert "2026004432" in taken.text
            for key in ("00", "6", "1"):
                hers = await she.answer(key)
            assert "2026004432" in hers.text and "2026004431: attend votre réponse" in hers.text
            assert await poll(running.parts.desk, source) > 0
            ends: list[str] = []
            await handle_events(running.parts.desk, running.parts.pack.events, lambda _, end: ends.append(end))
            assert ends and "unknown_subject" not in ends, ends
            offices = [await she.answer(key) for key in ("00", "8", "1")]
            assert "2 Agence Ain Zitoun" in offices[-1].text
