"""The staff at the command line: complaints listed, shown and answered, on the record; and a month's figures."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import select

from domain.clock import SystemClock
from domain.ids import Ids
from domain.msisdn import Msisdn
from gateway.cli import main
from services.records.store import RecordStore
from services.satisfaction_ports import About, Complaint, ComplaintState
from sms.tables import MESSAGES
from storage.engine import create_engine
from storage.keys import KeyRing
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.tables import AUDIT_LOG
from storage.unit_of_work import Database
from tests.whole import KEYS, settings_for

WORDS = "No ramp at the door."


async def test_a_complaint_is_listed_shown_and_answered_once(
    clean_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, environment = settings_for(clean_url, redis_url, "http://127.0.0.1:9")
    # An operator's shell, without any provider's account: the worker's is what counts.
    environment.pop("GUICHET_AFRICASTALKING_USERNAME", None)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    async def guichet(*words: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, list(words))
        said = capsys.readouterr()
        return status, said.out + said.err

    clock, ring = SystemClock(), KeyRing.parse(KEYS)
    ids, database = Ids(clock), Database(create_engine(clean_url, pool_size=1))
    store = RecordStore(database, Sealer(ring), PersonKeys(ring, clock), clock, ids)
    async with store.open() as records:
        person = await records.people.greet(Msisdn.parse("+994501234501"), "en")
        made = Complaint(
            ids.uuid7(), person.id, "", About.PLACE, "", "asan-01", "asan-01", WORDS, ComplaintState.OPEN,
            date(2026, 1, 5), date(2026, 1, 19), "en",
        )  # fmt: skip
        number = (await records.feedback.complaints.open(made, "token")).number

    status, said = await guichet("complaints", "list")
    assert status == 0 and number in said and "LATE" in said and "1 without an answer, 1 overdue" in said
    status, said = await guichet("complaints", "show", number)
    assert status == 0 and WORDS in said and "no answer yet" in said
    assert (await guichet("complaints", "answer", number, "--text", "It is built in May."))[0] == 0
    assert (await guichet("complaints", "answer", number, "--text", "Never."))[0] == 1
    assert (await guichet("complaints", "answer", "1234567", "--text", "x"))[0] == 2
    assert "It is built in May." in (await guichet("complaints", "show", number))[1]
    assert (await guichet("indicators", "--month", "2026-01"))[0] == 0
    assert (await guichet("indicators", "--month", "January"))[0] == 2

    async with database.unit_of_work() as work:
        (text,) = (await work.execute(select(MESSAGES.c.text_id))).scalars().all()
        acts = (await work.execute(select(AUDIT_LOG.c.act).order_by(AUDIT_LOG.c.seq))).scalars().all()
    await database.close()
    assert text == "notice.complaint_answered"
    assert acts[:3] == ["complaints.list", "complaints.show", "complaints.answer"]
