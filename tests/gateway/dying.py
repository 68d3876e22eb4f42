"""Run as a program: forks gateway processes that take one hop each, and are killed while they wait for a ministry.

Orders: "msisdn", "session" and "history", of a telephone that stands where it confirms. What all of them need is read
before the first is forked.
"""

import asyncio
import os

from gateway.app import create_app
from gateway.settings import Settings
from tests.nursery import forks
from tests.phone import AfricasTalkingPhone
from tests.read_once import assembled, load_pack, translator_for
from tests.whole import NOW, RunningClock


async def one_hop(msisdn: str, session: str, history: str) -> None:
    settings, _ = Settings.read(os.environ, tuple(os.environ))
    parts = assembled(settings, os.environ, clock=RunningClock(NOW))
    await parts.start()
    phone = AfricasTalkingPhone(create_app(settings, parts), msisdn, session=session, history=history)
    await phone.hop()
    await asyncio.sleep(60)


if __name__ == "__main__":
    translator_for(load_pack(Settings.read(os.environ, tuple(os.environ))[0].country))
    forks(one_hop)
