"""`guichet people`: two of staff at the counter, each with her own password and code; the citizen chooses her PIN."""

import asyncio
import io
from unittest import mock

import pytest
from sqlalchemy import select, update

from domain.clock import SystemClock
from gateway.cli import main
from services.records.office_tables import CONFIRMATIONS
from services.records.tables import NUMBERS
from services.totp import code, step_of
from storage.tables import AUDIT_LOG
from tests.gateway.ops_desk import PASSWORD, Desk, acts, enrolled
from tests.phone import PHONES
from tests.whole import KEYS, Whole

HERS, LINKED = "+994501234503", "41000035"
REASON = ("--reason", "new card, PIN forgotten, identity card seen")
PIN = "482913"


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch, clean_url: str) -> None:
    monkeypatch.setenv("GUICHET_DATABASE_URL", clean_url)
    monkeypatch.setenv("GUICHET_ENCRYPTION_KEYS", KEYS)
    monkeypatch.setenv("GUICHET_OPERATOR", "shell")


def now_step(desk: Desk, later: int = 0) -> str:
    """Each code is good once, and the next one is as good as any."""
    return code(desk.key, step_of(SystemClock().now()) + later)


async def guichet(
    *words: str, by: Desk | None = None, typed: str = "", password: str = PASSWORD, later: int = 0
) -> int:
    lines = f"{password}\n{typed or now_step(by, later)}\n" if by else ""
    staff = ("--staff", by.name) if by else ()
    with mock.patch("sys.stdin", io.StringIO(lines)):
        return await asyncio.to_thread(main, ["people", *words, *staff])


async def in_doubt(running: Whole) -> None:
    """She came, opened an account with a PIN that she forgets, and her number is stale. All of it is today: commands
    have the system's clock."""
    running.clock.at = SystemClock().now()
    phone = PHONES["africastalking"](running.app, HERS)
    await phone.dial()
    await phone.answer("2")
    for key in ("6", "3", "1", "918273", "918273"):
        screen = await phone.answer(key)
    assert screen.name == "account_created"
    async with running.parts.database.unit_of_work() as work:
        await work.execute(update(NUMBERS).values(state="stale"))


async def forgot(running: Whole) -> str:
    phone = PHONES["africastalking"](running.app, HERS)
    return (await phone.dial("*123*6*4#")).name


async def test_from_the_counter_to_a_pin_of_her_own(gateway_whole: Whole, capsys: pytest.CaptureFixture[str]) -> None:
    await in_doubt(gateway_whole)
    nigar, murad = await enrolled(gateway_whole, "nigar"), await enrolled(gateway_whole, "murad")
    assert await forgot(gateway_whole) == "reset_doubted"
    capsys.readouterr()
    assert await guichet("confirm", HERS, "--new-pin", *REASON, by=nigar) == 0
    assert await forgot(gateway_whole) == "reset_doubted"
    assert await guichet("waiting") == 0
    shown = capsys.readouterr().out
    assert "asked by nigar" in shown and "a new PIN" in shown and HERS not in shown
    assert await guichet("approve", HERS, by=murad) == 0
    said = capsys.readouterr().out
    assert "confirmed by nigar and murad" in said and "*123#, 6, 4" in said and HERS not in said
    assert await guichet("approve", HERS, by=murad, later=1) == 0, "and once more, with nothing done"
    phone = PHONES["africastalking"](gateway_whole.app, HERS)
    assert (await phone.dial("*123*6*4#")).name == "reset_pin"
    assert (await phone.answer(PIN)).name == "reset_again"
    assert (await phone.answer(PIN)).name == "pin_changed"
    assert [act for act, _ in await acts(gateway_whole, "nigar")] == ["staff.add", "people.confirm.asked"]
    assert [act for act, _ in await acts(gateway_whole, "murad")] == ["staff.add", "people.confirm.approved_with_pin"]
    async with gateway_whole.parts.database.unit_of_work() as work:
        log = (await work.execute(select(AUDIT_LOG))).all()
    assert not any(HERS[4:] in f"{row}" for row in log)


async def test_a_shell_is_nobody_of_staff(gateway_whole: Whole, capsys: pytest.CaptureFixture[str]) -> None:
    """Who can type commands can write any name: so each proves hers."""
    await in_doubt(gateway_whole)
    nigar = await enrolled(gateway_whole, "nigar")
    assert await guichet("confirm", HERS, *REASON, by=nigar, password="wrong horse battery") == 2
    assert await guichet("confirm", HERS, *REASON, by=nigar, typed="000000") == 2
    assert await guichet("confirm", HERS, *REASON, by=Desk(gateway_whole, "nobody", nigar.key)) == 2
    once = now_step(nigar)
    assert await guichet("confirm", HERS, *REASON, by=nigar, typed=once) == 0
    capsys.readouterr()
    assert await guichet("approve", HERS, by=nigar, typed=once) == 2, "no code is good twice"
    assert await guichet("approve", HERS, by=nigar, later=1) == 1
    assert "another of staff" in capsys.readouterr().err
    async with gateway_whole.parts.database.unit_of_work() as work:
        assert (await work.execute(select(NUMBERS.c.state))).scalars().all() == ["stale"]
        rows = (await work.execute(select(AUDIT_LOG.c.act, AUDIT_LOG.c.why, AUDIT_LOG.c.channel))).all()
    refused = [(row.why, row.channel) for row in rows if row.act == "staff.refused"]
    assert refused == [("password", "command"), ("code", "command"), ("unknown", "command"), ("code", "command")]
    assert ("people.confirm.refused", "same_person", "command") in [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("approve", HERS), 1, "nobody has asked"),
        (("confirm", "+994501234599", *REASON), 1, "nobody has this number"),
        (("confirm", HERS, "--reference", LINKED, *REASON), 1, "that application is not of whoever has this number"),
        (("confirm", "12", *REASON), 2, "guichet: "),
        (("confirm", HERS, "--reason", f"her number is {HERS}"), 2, "no telephone number"),
    ],
)
async def test_what_cannot_be_is_refused_in_plain_words(
    gateway_whole: Whole, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, said: str
) -> None:
    await in_doubt(gateway_whole)
    nigar = await enrolled(gateway_whole, "nigar")
    capsys.readouterr()
    assert await guichet(*words, by=nigar) == status
    assert said in capsys.readouterr().err
    async with gateway_whole.parts.database.unit_of_work() as work:
        assert not (await work.execute(select(CONFIRMATIONS.c.id))).all()
