"""Run as a program: a gateway process that takes one hop, and is killed by the test while it waits for a ministry."""

import asyncio
import os
import sys

from gateway.app import create_app
from gateway.assembly import assemble
from gateway.settings import Settings
from tests.phone import AfricasTalkingPhone
from tests.whole import NOW, RunningClock


async def one_hop(msisdn: str, session: str, history: str) -> None:
    settings, _ = Settings.read(os.environ, tuple(os.environ))
    parts = assemble(settings, os.environ, clock=RunningClock(NOW))
    await parts.start()
    phone = AfricasTalkingPhone(create_app(settings, parts), msisdn, session=session, history=history)
    await phone.hop()
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(one_hop(*sys.argv[1:]))
