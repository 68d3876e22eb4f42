"""Keys are rotated while people are signed in, dial and are written to: nothing is lost, and the old key may go."""

import asyncio

from sqlalchemy import select

from domain.msisdn import Msisdn
from services.records.tables import LINKS, NUMBERS
from sms.records.opt_outs import SqlOptOuts
from storage.keys import KeyRing
from storage.redis_client import RedisClient
from storage.sealing import Sealer
from storage.tables import PERSON_KEYS
from tests.mobile_api.citizen import PIN, Citizen
from tests.mobile_api.test_data import HERS, NAME, REFERENCE, lived
from tests.whole import KEYS, Stage, Whole, whole

NEW = "new:" + "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldyE="
STOPPED = "+994557654321"


async def test_rotation_under_load(
    whole_api: Whole, api_url: str, redis_url: str, redis: RedisClient, api_ministries: tuple[Stage, str]
) -> None:
    before = await lived(whole_api)
    opt_outs = SqlOptOuts(Sealer(KeyRing.parse(KEYS)), whole_api.clock, whole_api.parts.desk.ids)
    await Citizen(whole_api, STOPPED).open_account()
    async with whole_api.parts.database.unit_of_work() as work:
        assert await opt_outs.stop(work, Msisdn.parse(STOPPED), "", "keyword")
    # First every process learns the new key, and goes on sealing with the old one; then the new one seals.
    async with (
        whole(api_url, redis_url, *api_ministries, encryption_keys=f"{KEYS},{NEW}") as old,
        whole(api_url, redis_url, *api_ministries, encryption_keys=f"{NEW},{KEYS}") as rotated,
    ):
        for each in (old, rotated):
            each.clock.advance(whole_api.clock.now() - each.clock.now())
        leyla, elsewhere = Citizen(rotated, HERS, before.token), Citizen(old, HERS, before.token)
        assert await leyla.prove() == 204

        async def load(citizen: Citizen) -> None:
            for _ in range(4):
                assert (await citizen.ask("GET", "/data")).status == 200
                assert (await citizen.play()).screen.name == "home"

        async def rotate() -> None:
            for _ in range(3):
                await rotated.parts.worker.round()

        # Signed in and dialling at processes of both kinds, while the worker rotates.
        await asyncio.gather(load(leyla), load(elsewhere), rotate())
    newest = Sealer(KeyRing.parse(NEW))
    async with whole_api.parts.database.unit_of_work() as work:
        assert set((await work.execute(select(PERSON_KEYS.c.wrapping_key_id))).scalars()) == {"new"}
        indexes = {bytes(index) for index in (await work.execute(select(NUMBERS.c.msisdn_index))).scalars()}
        assert indexes == {newest.blind_index(number, "msisdn") for number in (HERS, STOPPED)}
        [link] = (await work.execute(select(LINKS.c.reference_index))).scalars()
        assert bytes(link) == newest.blind_index(REFERENCE, "reference")
    # Without the old key: she is known, her data opens, and who said STOP is not written to.
    async with whole(api_url, redis_url, *api_ministries, encryption_keys=NEW) as after:
        after.clock.advance(whole_api.clock.now() - after.clock.now())
        leyla = Citizen(after, HERS, before.token)
        shown = (await leyla.ask("GET", "/data")).body.decode()
        assert NAME in shown and REFERENCE in shown and HERS in shown
        assert (await Citizen(after, HERS).play("6")).screen.name == "account_menu"
        stopped = SqlOptOuts(newest, after.clock, after.parts.desk.ids)
        async with after.parts.database.unit_of_work() as work:
            assert await stopped.is_stopped(work, Msisdn.parse(STOPPED))
        # Her PIN was proven while both keys were listed: it was hashed anew under the new pepper.
        assert (await leyla.ask("POST", "/auth/pin", {"pin": PIN})).status == 204
