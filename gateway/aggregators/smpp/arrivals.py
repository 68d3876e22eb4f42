"""SMS that an SMSC brings: whole ones at once, those that stay incomplete when their time is over."""

import asyncio
import logging

from domain.clock import Clock
from domain.errors import GuichetError, InvalidValue
from gateway.aggregators import sms_fields
from gateway.aggregators.smpp.joining import Joined, Joiner, Key
from gateway.aggregators.smpp.pdus import Delivery
from gateway.sms_intake import Intake
from sms.values import InboundSms

log = logging.getLogger("guichet.smpp")

LOOK_SECONDS = 15.0


class Arrivals:
    """Joins what comes in parts and gives it to `intake`. `look_seconds`: how often it looks for what is overdue."""

    def __init__(self, provider: str, intake: Intake, clock: Clock, look_seconds: float = LOOK_SECONDS) -> None:
        self._provider = provider
        self._intake = intake
        self._joiner = Joiner(clock.monotonic)
        self._look_seconds = look_seconds

    async def take(self, delivery: Delivery) -> None:
        """Keeps a part, or makes a message durable. Raises what `Intake` raises.

        Raises `InvalidValue` where nobody is named, before any of it is kept.
        """
        sms_fields.sender(delivery.source)
        if crowded := self._joiner.crowded_out_by(delivery):
            await self._give_on(crowded)
        joined = self._joiner.put(delivery)
        if joined:
            await self._give(joined)
            self._joiner.forget(joined.key)

    async def watch(self) -> None:
        """Gives on what is overdue, until it is cancelled."""
        while True:
            await asyncio.sleep(self._look_seconds)
            for key in self._joiner.overdue():
                try:
                    await self._give_on(key)
                except GuichetError as failure:
                    log.warning("an incomplete message waits: %s", type(failure).__name__)
                    break
                except Exception as failure:
                    # Of unknown errors only the type; the next may fare better.
                    log.error("an incomplete message broke: %s", type(failure).__name__)

    async def _give_on(self, key: Key) -> None:
        """Incomplete as it is; what can never be stored is dropped, or it would stand in the way for ever."""
        waiting = self._joiner.take(key)
        if waiting is None:
            return
        try:
            await self._give(waiting.joined())
        except InvalidValue:
            log.warning("an incomplete message is dropped")
        except BaseException:
            self._joiner.put_back(waiting)
            raise

    async def _give(self, joined: Joined) -> None:
        await self._intake.inbound(
            InboundSms(
                provider=self._provider,
                provider_id="",
                sender=sms_fields.sender(joined.source),
                to=sms_fields.word(joined.destination),
                text=joined.text,
            )
        )
