"""A worker's machine loses its power while ministries decide: whoever is left sends every message, in its order."""

import asyncio
import os
import signal
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.notices import LEASE_SECONDS
from sms.records.books import books
from tests.machines.conftest import Found
from tests.machines.processes import PATIENCE, Machine
from tests.machines.town import Town

# Each of them rings her telephone.
PHASES = ("granted", "card_ready")
_COUNTER = "/ministries/vemtas"
_NEW_CLAIM = 3.0
_UNANSWERED = timedelta(minutes=11)


@pytest.mark.long
async def test_either_worker_is_killed_while_ministries_decide(found: Found, long: int) -> None:
    async with found(runs=True, sends=True) as town:
        await town.stand(workers=2)
        workers = [machine for machine in town.machines.all if machine.what == "worker"]
        numbers = [f"+9945079{number:05}" for number in range(8 * min(long, 8))]
        references = await laid_in(town, numbers)
        lives = [asyncio.create_task(decided(town, *each)) for each in zip(numbers, references, strict=True)]
        passing = asyncio.create_task(time_passes(town))
        for round in range(2):
            await rung(town, numbers, len(numbers) * (round + 1) // 2)
            await lost_power(town, workers[round], workers[1 - round])
            workers[round] = await town.machines.worker()
        await asyncio.gather(*lives)
        assert not passing.done() and passing.cancel(), "time has stopped"
        again = await settled(town)
        heard = [town.arrived(number) for number in numbers]
        assert {len(set(texts)) for texts in heard} == {len(PHASES)}
        assert sum(len(texts) - len(set(texts)) for texts in heard) <= again, "twice where the first may not have gone"
        async with town.behind.parts.database.unit_of_work() as work:
            assert (await books(work)).balance
        assert not town.machines.broken()


async def laid_in(town: Town, numbers: list[str]) -> list[str]:
    """An application of each, in review; nobody is told of that."""
    await town.asks("POST", "/sandbox/events/faults", kind="never", source="vemtas")
    [service] = await town.asks("GET", f"{_COUNTER}/services?name=social")
    references = []
    for number in numbers:
        answers = {
            "fullName": "Demo Machines", "birthDate": "1984-03-12", "maritalStatus": "single", "housing": "rented",
            "monthlyIncome": 50, "hasDisability": False, "householdMembers": [], "phone": number,
        }  # fmt: skip
        sent = {"applicantId": number, "formData": {"data": answers}}
        filed = await town.asks("POST", f"{_COUNTER}/services/{service['id']}/applications", **sent)
        await town.asks("POST", f"/sandbox/applications/{filed['fileId']}/state", phase="in_review")
        references.append(filed["fileId"])
    await town.asks("DELETE", "/sandbox/events/faults")
    return references


async def decided(town: Town, number: str, reference: str) -> None:
    """One decision after the other, each when her telephone has rung for the one before."""
    for rings, phase in enumerate(PHASES, 1):
        await town.asks("POST", f"/sandbox/applications/{reference}/state", phase=phase, amount="245.00")
        await rung(town, [number], rings)


async def rung(town: Town, numbers: list[str], times: int) -> None:
    """So many different texts have arrived there."""
    async with asyncio.timeout(PATIENCE):
        while sum(len(set(town.arrived(number))) for number in numbers) < times:
            await asyncio.sleep(0.05)


async def lost_power(town: Town, victim: Machine, other: Machine) -> None:
    """Killed, and a minute goes by. For a moment the other one is held, so that it is known whose leases these are:
    messages are leased by the database's clock, and what the other holds is not over."""
    os.kill(other.pid, signal.SIGSTOP)
    before = await claims(town)
    async with asyncio.timeout(PATIENCE):
        for _ in range(int(_NEW_CLAIM / 0.02)):
            if await claims(town) - before:
                break
            await asyncio.sleep(0.02)
    await town.machines.kill(victim)
    over = "UPDATE sms_claims SET lease_until = now() - interval '1 second' WHERE token <> ALL(:others)"
    async with town.behind.parts.database.unit_of_work() as work:
        await work.execute(text(over), {"others": list(before)})
    os.kill(other.pid, signal.SIGCONT)
    town.clock.advance(timedelta(seconds=LEASE_SECONDS + 1))


async def time_passes(town: Town) -> None:
    """What the dead worker had marked, and perhaps not sent, goes once more when no report has come for so long."""
    while True:
        await waited_out(town)
        await asyncio.sleep(0.5)


async def waited_out(town: Town) -> None:
    """The wait of what had no answer is over. Not while a call is under way: it would be over too, and cut off."""
    asked = """SELECT count(*) FILTER (WHERE state = 'unknown' AND extra_sends = 0) AS waiting,
                 count(*) FILTER (WHERE state = 'sending') AS under_way FROM sms_messages"""
    async with town.behind.parts.database.unit_of_work() as work:
        row = (await work.execute(text(asked))).one()
    if row.waiting and not row.under_way:
        town.clock.advance(_UNANSWERED)


async def claims(town: Town) -> set[object]:
    async with town.behind.parts.database.unit_of_work() as work:
        return {row.token for row in await work.execute(text("SELECT token FROM sms_claims"))}


async def settled(town: Town) -> int:
    """How many went once more, after a time in which every report would have come. What has no answer the second time
    either is not sent a third: it waits three days for a report, and that is not waited for here."""
    asked = """SELECT sum(extra_sends) AS again,
                 count(*) FILTER (WHERE phase = 0 OR state = 'sending' OR state = 'unknown' AND extra_sends = 0) AS open
               FROM sms_messages"""
    async with asyncio.timeout(PATIENCE):
        while True:
            await waited_out(town)
            async with town.behind.parts.database.unit_of_work() as work:
                row = (await work.execute(text(asked))).one()
            if not row.open:
                return int(row.again)
            await asyncio.sleep(0.1)
