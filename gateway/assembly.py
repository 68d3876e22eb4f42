"""Where the parts are put together: settings and pack in, one working whole out."""

import asyncio
import logging
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from domain.clock import Clock, SystemClock
from domain.errors import InvalidValue, StoreUnavailable
from gateway.app_api import AppApi
from gateway.doors.ussd import Hops
from gateway.footing import Footing, footing
from gateway.housekeeping import housekeeping
from gateway.mailing import mail_chores
from gateway.messaging import Messaging, messaging
from gateway.metrics import Metrics
from gateway.ops_page.page import OpsPage
from gateway.pack import Pack, load_pack
from gateway.settings import Settings, SettingsError
from gateway.talking import Talking, talking
from gateway.words import menu_sources, translator_for
from gateway.worker import Worker
from services.backends.wire import HttpWire
from services.desk import Desk
from services.places_live import LivePlaces
from storage.errors import SpoolFailed
from storage.redis_client import RedisClient
from storage.unit_of_work import Database
from ussd_menus.library import MenuLibrary
from ussd_menus.records.session_ends import SessionEnds

if TYPE_CHECKING:
    from gateway.tracing import Tracing

# Longer than a provider or a ministry is waited for (12 s) and what came of it is written.
DRAIN_SECONDS = 25.0
# For a last round of the spool.
FLUSH_SECONDS = 5.0

log = logging.getLogger("guichet")


@dataclass(repr=False)
class Assembly:
    """The gateway's parts in one process. `start` and `stop` belong to the event loop that serves."""

    settings: Settings
    pack: Pack
    clock: Clock
    metrics: Metrics
    database: Database
    redis: RedisClient
    library: MenuLibrary
    conversation: Hops
    session_ends: SessionEnds
    worker: Worker
    desk: Desk
    wire: HttpWire
    sms: Messaging
    api: AppApi
    ops: OpsPage
    process: UUID
    with_worker: bool = False
    tracing: "Tracing | None" = None
    _working: "asyncio.Task[None] | None" = None
    _warming: "asyncio.Task[None] | None" = None
    _looking: "asyncio.Task[None] | None" = None
    _counting: "asyncio.Task[None] | None" = None
    _flushing: "asyncio.Task[None] | None" = None
    _agreeing: "asyncio.Task[None] | None" = None
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Publish the menus in force; begin the worker's rounds where this process does them too."""
        await self._open.enter_async_context(self.wire)
        try:
            await self.library.publish()
            await self.library.agree(self.process)
        except StoreUnavailable:
            # Menus without stores still serve; the version is published by the next process that can.
            log.warning("PostgreSQL is away: the menus in force are not published")
        self._agreeing = asyncio.create_task(self.library.run(self.process, self._stopped))
        self._warming = asyncio.create_task(self._warm())
        self._counting = asyncio.create_task(self.ops.counting.run(self._stopped))
        self._flushing = asyncio.create_task(self.sms.intake.flush(self._stopped))
        if isinstance(self.desk.places, LivePlaces):
            self._looking = asyncio.create_task(self.desk.places.run(self._stopped))
        if self.with_worker:
            self._working = asyncio.create_task(self.worker.run(self._stopped))

    def prove_spool(self) -> None:
        """Raises `SettingsError` where the folder of the spool cannot be used; who does not answer callbacks need not
        reach it."""
        if spooling := self.sms.intake.spooling:
            try:
                if not spooling.spool.prove():
                    log.warning("the disk of the spool is full")
            except SpoolFailed as failure:
                raise SettingsError(f"GUICHET_SPOOL: {failure}") from None

    async def _warm(self) -> None:
        try:
            await asyncio.to_thread(self.pack.days_off.load)
        except InvalidValue as wrong:
            log.error("pack.yaml: holidays.calendar: %s: no due date can be told", wrong)

    async def stop(self) -> None:
        """Let confirmed writes come to their end, then close what is open."""
        self._stopped.set()
        if self._looking:
            # What a guide was about to tell it tells the next process.
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        if self._working:
            # Its round may be waiting for a slow ministry; what it leaves is kept, and taken up by another worker.
            await asyncio.wait({self._working}, timeout=DRAIN_SECONDS)
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        if self._agreeing:
            await self._agreeing
        if self._warming:
            await self._warming
        if self._counting:
            # Seconds that nobody sees on `/ops` any more: not worth waiting for a store.
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)
        if self._flushing:
            # What it cannot hand in any more stays on its volume for the next process.
            await asyncio.wait({self._flushing}, timeout=FLUSH_SECONDS)
            self._flushing.cancel()
            await asyncio.gather(self._flushing, return_exceptions=True)
        await self.desk.background.drain(DRAIN_SECONDS)
        self.desk.pins.close()
        await self.ops.close()
        await self._open.aclose()
        await self.redis.close()
        await self.database.close()
        if self.tracing:
            await asyncio.to_thread(self.tracing.close)


def assemble(
    settings: Settings,
    environment: Mapping[str, str] | None = None,
    *,
    with_worker: bool = False,
    clock: Clock | None = None,
    claims_beside: bool = False,
) -> Assembly:
    """Build everything and connect nothing yet. `claims_beside`: a process of its own claims while the queue is long.

    Raises `SettingsError`, `PackErrors`, `CatalogErrors` or `MenuErrors`: what is wrong is known before serving.
    """
    clock, environment = clock or SystemClock(), os.environ if environment is None else environment
    pack = load_pack(settings.country)
    base = footing(settings, environment, pack, clock, translator_for(pack))
    ground, desk = base.ground, base.desk
    talk = talking(base, menu_sources(pack))
    sms = messaging(ground, desk, talk.turns, claims_beside=claims_beside)
    api = AppApi(ground, desk, base.ring, base.desk_for, talk.beside.pages)
    ops = OpsPage(ground, base.ring, talk.library, desk.ministries)
    return Assembly(
        settings,
        pack,
        clock,
        ground.metrics,
        ground.database,
        base.redis,
        talk.library,
        talk.conversation,
        talk.ends,
        _worker(base, talk, sms, api, ops),
        desk,
        ground.wire,
        sms,
        api,
        ops,
        ground.ids.uuid7(),
        with_worker,
        base.tracing,
    )


def _worker(base: Footing, talk: Talking, sms: Messaging, api: AppApi, ops: OpsPage) -> Worker:
    """All that is done again and again, whoever dials."""
    ground = base.ground
    chores = (
        *housekeeping(base.desk, ground.store, talk.snapshots, talk.starts, talk.ends),
        *sms.chores,
        *mail_chores(ground, base.by_sms),
        *api.chores,
        *ops.chores,
    )
    return Worker(chores, ground.clock.monotonic, (sms.send,) if sms.providers else (), ground.metrics.chore)
