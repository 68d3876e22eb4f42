"""SMS and ministries' events, put together: the doors' handlers, the queue's dispatcher, and the worker's chores."""

import asyncio
import random  # noqa: TID251 - handed in from here
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from functools import partial
from pathlib import Path
from uuid import UUID

from domain.clock import Clock
from domain.deadline import Deadline
from domain.ids import Ids
from domain.msisdn import Msisdn, region_of
from gateway import webhooks
from gateway.aggregators.africastalking.lookups import Lookups
from gateway.claim_launch import launcher
from gateway.coming_stops import stops_watched
from gateway.doors.events import EventsDoor
from gateway.doors.notify import NotifyDoor
from gateway.feedback import SURVEY_TIMERS, complaints_watched, reports_handed_in
from gateway.fetching import Fetching
from gateway.metrics import Metrics
from gateway.notify_keys import notify_keys
from gateway.pack import Pack
from gateway.settings import Settings
from gateway.sms_intake import Intake
from gateway.sms_providers import build_lookups, build_providers
from gateway.spooling import Spooling
from gateway.swaps_asked import swaps_asked
from gateway.text_inbox import inbox_for
from gateway.words import composer_for
from gateway.worker import Chore
from i18n.translator import Translator
from services.alerts import AlertKind
from services.answering import answer
from services.backends.wire import HttpWire
from services.callbacks import CallbackDelivery
from services.desk import Desk
from services.notices import handle_events
from services.polling import poll
from services.records.callbacks import SqlCallbacks
from services.records.store import RecordStore
from services.reminders import TIMER_HANDLERS
from services.sending import ANSWER
from services.sim_swaps import SwapAnswers
from services.timers import fire_timers
from sms.beside import Beside, Writer
from sms.claims import Written
from sms.config import SmsConfig
from sms.dispatch import Dispatcher
from sms.ports import MenuTurns, OfNumber, Provider
from sms.preparing import Preparing, Writing
from sms.records.books import queue_now
from sms.records.claiming import Claim, SqlClaims
from sms.records.health import SqlProviderHealth
from sms.records.inbound import SqlInbox
from sms.records.inspection import Inspection
from sms.records.opt_outs import SqlOptOuts
from sms.records.overdue import SqlOverdue
from sms.records.queue import SqlQueue
from sms.records.report_chores import ReportChores
from sms.records.reports import SqlReports
from sms.routing import choose
from sms.telling import Ends, Telling
from storage.person_keys import PersonKeys
from storage.sealing import Sealer
from storage.spool import Spool
from storage.unit_of_work import Database, UnitOfWork

# Providers that report by the names that we give to parts, because they give none themselves.
NAMES_PARTS = frozenset({"kannel"})


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything here stands on."""

    settings: Settings
    environment: Mapping[str, str]
    pack: Pack
    clock: Clock
    ids: Ids
    database: Database
    sealer: Sealer
    keys: PersonKeys
    store: RecordStore
    wire: HttpWire
    metrics: Metrics
    translator: Translator


@dataclass(repr=False)
class Messaging:
    """Made at start-up, beside the conversation."""

    intake: Intake
    providers: Mapping[str, Provider]
    dispatcher: Dispatcher
    events_door: EventsDoor
    notify_door: NotifyDoor
    swap_answers: SwapAnswers
    chores: tuple[Chore, ...]

    async def send(self, stopped: asyncio.Event) -> None:
        """The worker's loop: connect to the providers, hand over what waits, and hang up at the end."""
        for provider in self.providers.values():
            await provider.start()
        try:
            await self.dispatcher.run(stopped)
        finally:
            for provider in self.providers.values():
                await provider.stop()


def can_send(settings: Settings, sms: SmsConfig) -> bool:
    """Whether an account is set for a provider that some route names: before that no SMS is promised."""
    accounts = {
        "africastalking": settings.africastalking_username,
        "kannel": settings.kannel_url,
        "smpp": settings.smpp_host,
    }
    return any(accounts.get(name) for route in sms.routes for name in route.providers)


def messaging(ground: Ground, desk: Desk, turns: MenuTurns, *, claims_beside: bool = False) -> Messaging:
    """All of it; connects nothing yet. Raises `SettingsError`."""
    g, config, unit = ground, _config(ground), ground.database.unit_of_work
    callbacks = g.pack.callbacks_for(g.environment)
    undelivered = SqlCallbacks(g.sealer, g.clock, g.ids, frozenset(callbacks))
    g.metrics.sms.counts_in(config.currency)
    health = SqlProviderHealth(g.clock, config, g.metrics.sms)
    reports = _reports(g, config, undelivered)
    received, opt_outs = SqlInbox(g.sealer, g.clock, g.ids), SqlOptOuts(g.sealer, g.clock, g.ids)
    texts_came, events_came = asyncio.Event(), asyncio.Event()
    intake = Intake(unit, received.take, reports.take, opt_outs.take, texts_came.set, _spooling(g))
    providers = build_providers(g.settings, config, g.wire, g.clock, intake)
    lookups = build_lookups(g.settings)
    launch, told = launcher(g.environment, g.settings.country), g.metrics.sms.claims_beside
    beside = Beside(launch, g.clock, told) if claims_beside else None
    dispatcher = _dispatcher(g, _served_by(config, providers), providers, health, reports, undelivered, beside)
    chores = (
        _events_handled(g, desk, events_came, dispatcher.wake),
        *_texts_answered(g, desk, turns, texts_came, dispatcher.wake),
        *_watched(g, desk, dispatcher.wake),
        *_report_chores(g, reports, health, dispatcher),
        Chore("ministries told of what did not arrive", _delivery(g, undelivered, callbacks).deliver, 5.0),
        *_fetched(g, lookups, received),
        *swaps_asked(g.settings, lookups, g.store, g.clock, desk.services.zone, g.metrics.swap_asked),
    )
    events_door = EventsDoor(
        g.store, g.pack.events, g.settings.event_secrets, g.clock, wake=events_came.set, count=g.metrics.event
    )
    notify_door = _notify_door(g, config, dispatcher.wake)
    told_later = partial(g.store.open_swaps, "callback")
    swap_answers = SwapAnswers(told_later, g.clock, desk.services.zone, g.metrics.swap_asked)
    return Messaging(intake, providers, dispatcher, events_door, notify_door, swap_answers, chores)


def _spooling(g: Ground) -> Spooling | None:
    if not g.settings.spool:
        return None
    spool = Spool(Path(g.settings.spool), g.sealer)
    return Spooling(spool, g.settings.spool_entries, g.clock, g.ids, g.metrics.spool)


def _reports(g: Ground, config: SmsConfig, undelivered: SqlCallbacks) -> SqlReports:
    async def doubt(work: UnitOfWork, number: Msisdn) -> None:
        await g.store.over(work).people.doubt_number(number)

    return SqlReports(
        g.clock, g.ids, g.sealer, g.keys, config, g.metrics.sms, undelivered.undelivered, doubt, _blocked(g, config)
    )


def _events_handled(g: Ground, desk: Desk, came: asyncio.Event, wake: Callable[[], None]) -> Chore:
    async def handle() -> int:
        done = await handle_events(desk, g.pack.events, g.metrics.event)
        if done:
            wake()
        return done

    return Chore("ministries' events", handle, 0.5, came)


def _texts_answered(
    g: Ground, desk: Desk, turns: MenuTurns, came: asyncio.Event, wake: Callable[[], None]
) -> Sequence[Chore]:
    def desk_for(work: UnitOfWork, deadline: Deadline) -> Desk:
        return desk.at(g.store.over(work), deadline)

    inbox = inbox_for(g.pack, g.database.unit_of_work, desk_for, g.sealer, g.clock, g.ids, turns, wake)
    return (
        Chore("texts that came", inbox.handle, 0.5, came),
        Chore("texts of long ago", inbox.sweep, 3600.0),
    )


def _watched(g: Ground, desk: Desk, wake: Callable[[], None]) -> Sequence[Chore]:
    """What comes due by itself, and what ministries tell only when they are asked."""
    handlers = {**TIMER_HANDLERS, **SURVEY_TIMERS, ANSWER: answer}
    return (
        Chore("timers", partial(fire_timers, desk, handlers, given_up=g.metrics.timer_given_up), 2.0),
        complaints_watched(desk, g.metrics.complaints_overdue),
        *reports_handed_in(desk, wake),
        stops_watched(desk),
        *(
            Chore(f"changes at {source.name}", partial(poll, desk, source), source.poll_seconds)
            for source in g.pack.events.sources.values()
            if source.poll_seconds
        ),
    )


def _fetched(g: Ground, lookups: Lookups | None, received: SqlInbox) -> Sequence[Chore]:
    if not lookups:
        return ()
    fetching = Fetching("africastalking", lookups, received, g.database.unit_of_work, g.clock)
    return (Chore("texts that were missed", fetching.fetch, 300.0),)


def _notify_door(g: Ground, config: SmsConfig, wake: Callable[[], None]) -> NotifyDoor:
    return NotifyDoor(
        notify_keys(g.pack, g.environment),
        g.database,
        g.store.over,
        Inspection(g.sealer, g.keys, g.clock, g.ids),
        composer_for(g.pack, g.translator),
        g.translator,
        g.clock,
        region=g.pack.country,
        currency=g.pack.currency,
        language=g.pack.default_language,
        sender=config.sender.id,
        wake=wake,
    )


def _config(ground: Ground) -> SmsConfig:
    sms = ground.pack.sms
    # From midnight to midnight: no hour is quiet.
    return sms if ground.settings.quiet_hours else replace(sms, quiet_from=time(0), quiet_until=time(0))


def _served_by(config: SmsConfig, providers: Mapping[str, Provider]) -> SmsConfig:
    """The routes with those providers only whose account is set."""
    routes = (
        replace(route, providers={name: weight for name, weight in route.providers.items() if name in providers})
        for route in config.routes
    )
    return replace(config, routes=tuple(route for route in routes if route.providers))


def _blocked(g: Ground, config: SmsConfig) -> OfNumber:
    """Whom her provider keeps from us has stopped our messages, as if she had said so."""

    async def blocked(work: UnitOfWork, number: Msisdn) -> None:
        await SqlOptOuts(g.sealer, g.clock, g.ids).stop(work, number, config.sender.id, "provider")

    return blocked


def _dispatcher(
    g: Ground,
    config: SmsConfig,
    providers: Mapping[str, Provider],
    health: SqlProviderHealth,
    reports: SqlReports,
    undelivered: SqlCallbacks,
    beside: Beside | None,
) -> Dispatcher:
    chance = random.SystemRandom()

    def chosen(kind: AlertKind, to: Msisdn, network: str, exclude: frozenset[str]) -> str | None:
        return choose(config.routes, health.snapshot, kind, region_of(to), network, chance.random(), exclude)

    composer = composer_for(g.pack, g.translator)
    return Dispatcher(
        g.database,
        SqlClaims(g.sealer, g.keys, g.clock, g.ids, config),
        SqlQueue(g.sealer, g.clock, config),
        Preparing(composer.compose, chosen, providers, config, g.clock, g.ids, NAMES_PARTS),
        SqlOverdue(g.clock, config),
        Telling(
            reports.adopt,
            g.metrics.sms,
            health,
            undelivered.undelivered,
            _blocked(g, config),
        ),
        beside=beside,
    )


def claim_writer(g: Ground) -> Writer:
    """What the process beside a worker does (`gateway.claim_process`)."""
    config = _config(g)
    claims = SqlClaims(g.sealer, g.keys, g.clock, g.ids, config)
    writing = Writing(composer_for(g.pack, g.translator).compose, SqlQueue(g.sealer, g.clock, config).seal)
    ministries = SqlCallbacks(g.sealer, g.clock, g.ids, frozenset(g.pack.callbacks_for(g.environment)))
    # Nobody looks at the counters of this process: the worker counts what it is answered.
    tell = Ends(g.metrics.sms, ministries.undelivered)

    async def write(token: UUID, most: int) -> Claim[Written]:
        async with g.database.unit_of_work() as work:
            claim = await claims.claim(work, token, most, writing.written)
            await tell(work, claim.ended)
        return claim

    return write


def _report_chores(
    g: Ground, reports: SqlReports, health: SqlProviderHealth, dispatcher: Dispatcher
) -> Sequence[Chore]:
    waiting = ReportChores(g.database, reports)

    def in_work(act: Callable[[UnitOfWork], object]) -> Callable[[], object]:
        async def within() -> None:
            async with g.database.unit_of_work() as work:
                await act(work)  # type: ignore[misc]

        return within

    async def look() -> None:
        async with g.database.unit_of_work() as work:
            await health.refresh(work)
            await health.review(work)
            g.metrics.sms.queue(await queue_now(work, g.clock.now()))

    return (
        Chore("messages left behind", dispatcher.sweep, 2.0),
        Chore("reports that came early", waiting.adopt_parked, 3.0),
        Chore("reports nobody waits for", waiting.lose_parked, 300.0),
        Chore("messages without a last word", waiting.expire, 60.0),
        Chore("reports of long ago", waiting.forget, 3600.0),
        Chore("how providers do", look, 5.0),
    )


def _delivery(g: Ground, callbacks: SqlCallbacks, addresses: Mapping[str, str]) -> CallbackDelivery:
    def sign(source: str, message_id: str, at: object, body: bytes) -> Mapping[str, str] | None:
        secrets = [secret for name, secret in g.settings.event_secrets if name == source]
        return webhooks.sign(secrets, message_id, g.clock.now(), body) if secrets else None

    return CallbackDelivery(g.database.unit_of_work, callbacks, addresses, sign, g.wire, g.clock)
