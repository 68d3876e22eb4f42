"""An app, a volunteer with a citizen, a menu by SMS: each call and text goes to another gateway than the last one."""

import asyncio

import pytest

from tests.gateway.test_menu_by_sms import GOLDEN
from tests.machines.conftest import Found
from tests.machines.processes import PATIENCE
from tests.mobile_api.agent_office import Office
from tests.mobile_api.citizen import DEVICE, Citizen
from ussd_menus.transcripts import parse

HERS = "+994501234502"


async def test_an_app_signs_in_at_one_and_goes_on_at_the_other(found: Found) -> None:
    """Asked for the code here and signed in there, refreshed here; the old turn is known as used there."""
    async with found() as town:
        await town.stand()
        app = Citizen(town.behind, HERS)
        begun = await app.ask("POST", "/auth/otp", {"number": HERS, "device": DEVICE})
        typed = {"request_id": begun.json["request_id"], "code": await sent_code(app), "device": DEVICE}
        signed = (await app.ask("POST", "/auth/otp/verify", typed)).json
        for _ in range(4):
            refreshed = await app.ask("POST", "/auth/refresh", {"refresh_token": signed["refresh_token"]})
            assert refreshed.status == 200, refreshed.body
            signed = refreshed.json
            app.token = signed["access_token"]
            assert [(await app.ask("GET", "/me")).status for _ in range(2)] == [200, 200]
        key = "one-and-the-same-write"
        first, again = [await app.ask("PATCH", "/me", {"language": "fr"}, key=key) for _ in range(2)]
        assert (first.status, first.body) == (again.status, again.body) == (204, b"")
        assert (await app.ask("POST", "/auth/sign-out", {})).status == 204
        assert [(await app.ask("GET", "/me")).status for _ in range(2)] == [401, 401]
        assert all(town.front.counts[machine.url] > 5 for machine in town.front.behind)


async def sent_code(app: Citizen) -> str:
    """A gateway writes it after its answer, so that nobody can tell from the time whether there is such a number."""
    async with asyncio.timeout(PATIENCE):
        while not await app.facts("code", app.number):
            await asyncio.sleep(0.05)
    return await app.code()


@pytest.mark.long_only
async def test_a_volunteer_helps_a_citizen_across_gateways(found: Found) -> None:
    """She signs in, asks, has the citizen's yes, and goes through her menus: five calls, five changes of gateway."""
    async with found() as town:
        await town.stand()
        office = Office(town.behind)
        agent = await office.agent()
        id, _ = await office.helped(agent)
        turns = ("", "1", "41000024")
        seen = [await office.menu(agent, id, turn, first=at) for at, turn in enumerate(turns, 1)]
        assert "granted" in seen[-1]
        again = await office.menu(agent, id, turns[-1], first=len(turns))
        assert again == seen[-1], "a turn that comes again at the other gateway"


@pytest.mark.long_only
async def test_a_menu_by_sms_goes_on_whoever_takes_and_handles_the_text(found: Found) -> None:
    """Texts come in at gateways in turn, two workers answer, and what she reads is one conversation, as written."""
    written = parse(GOLDEN.read_text("utf-8"))
    her = written.headers["msisdn"]
    async with found(runs=True, sends=True) as town:
        await town.stand(workers=2)
        for hop in written.exchanges[:4]:
            heard = len(town.arrived(her))
            await town.texts(her, hop.typed)
            async with asyncio.timeout(PATIENCE):
                while len(town.arrived(her)) == heard:
                    await asyncio.sleep(0.1)
            assert "\n".join(town.arrived(her)[heard:]) == hop.screen
        assert all(town.callbacks.counts[machine.url] > 1 for machine in town.callbacks.behind)
        assert not town.machines.broken()
