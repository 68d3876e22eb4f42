"""What every channel stands on: stores, keys, what is remembered of everybody, ministries, and the use cases' desk."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import InvalidValue
from domain.ids import Ids
from gateway.aggregators import USSD
from gateway.app_api import code_limits
from gateway.assistance import assistance_of
from gateway.channels import OutboxOf
from gateway.mailing import chosen_outbox, sends_mail, sent_messages
from gateway.messaging import Ground, can_send
from gateway.metrics import Metrics
from gateway.pack import Pack, PackErrors
from gateway.pack_ministries import ministries_of
from gateway.personal_data import ROOMS, held_tables
from gateway.place_copies import RedisPlaceCopies
from gateway.settings import Settings, SettingsError
from i18n.translator import Translator
from mail.records.addresses import SqlEmails
from services.backends.registry import MinistryMap
from services.backends.transport import Transport
from services.backends.wire import HttpWire
from services.background import Background
from services.caller import SMS
from services.desk import Desk
from services.fingerprints import Fingerprints
from services.pin_vault import PinVault
from services.places_live import LivePlaces
from services.promises import Promises
from services.records.callbacks import SqlCallbacks
from services.records.sealed import Sealed
from services.records.store import RecordStore
from sms.records.outbox import SqlOutbox
from sms.telling import Ends
from storage.engine import create_engine
from storage.keys import KeyRing, KeyUse
from storage.person_keys import PersonKeys
from storage.redis_client import RedisClient
from storage.sealing import Sealer
from storage.session_sealing import SessionSealer
from storage.unit_of_work import Database, UnitOfWork
from ussd_menus.records.erasing import UssdRoom

if TYPE_CHECKING:
    from gateway.tracing import Tracing


@dataclass(frozen=True, slots=True, repr=False)
class Footing:
    """Made once, at start-up. `by_sms`: the outbox of those who are told by SMS alone."""

    ground: Ground
    ring: KeyRing
    redis: RedisClient
    sealer: SessionSealer
    by_sms: OutboxOf
    desk: Desk
    tracing: "Tracing | None"

    def desk_for(self, work: UnitOfWork, deadline: Deadline) -> Desk:
        """The desk over a unit of work that is open."""
        return self.desk.at(self.ground.store.over(work), deadline)


def footing(
    settings: Settings, environment: Mapping[str, str], pack: Pack, clock: Clock, translator: Translator
) -> Footing:
    """All of it; connects nothing yet. Raises `SettingsError`."""
    ring, tracing, background = _ring(settings), _tracing(settings), Background()
    redis, sealer = RedisClient(settings.redis_url, timeout=settings.redis_deadline), SessionSealer(ring)
    ids, metrics = Ids(clock), Metrics()
    heard_by = frozenset(pack.callbacks_for(environment))

    def by_sms(sealed: Sealed) -> SqlOutbox:
        ministries = SqlCallbacks(sealed.sealer, clock, ids, heard_by)
        return SqlOutbox(sealed, clock, ids, pack.sms.sender.two_way, Ends(metrics.sms, ministries.undelivered))

    room = UssdRoom(redis, sealer, (*USSD, SMS), background)
    keeper = _keeper(settings, pack, clock, ids, ring, by_sms, room)
    ground = Ground(
        settings, environment, pack, clock, ids, keeper.database, keeper.sealer, keeper.keys, keeper, HttpWire(),
        metrics, translator,
    )  # fmt: skip
    return Footing(ground, ring, redis, sealer, by_sms, _desk(ground, ring, redis, background, tracing), tracing)


def _keeper(
    settings: Settings, pack: Pack, clock: Clock, ids: Ids, ring: KeyRing, by_sms: OutboxOf, ussd: UssdRoom
) -> RecordStore:
    """What is remembered of everybody, and through which channels they are told."""
    mail_rules = sends_mail(settings, pack)
    return RecordStore(
        Database(create_engine(settings.database_url, pool_size=settings.database_pool, pgbouncer=settings.pgbouncer)),
        Sealer(ring),
        PersonKeys(ring, clock),
        clock,
        ids,
        outbox=chosen_outbox(by_sms, mail_rules, clock, ids),
        emails=lambda sealed: SqlEmails(sealed, clock, ids, sends=mail_rules is not None),
        messages=sent_messages(pack.service_code),
        references=pack.services.references,
        rooms=(*ROOMS, ussd),
        held=held_tables(),
    )


def _ring(settings: Settings) -> KeyRing:
    try:
        return KeyRing.parse(settings.encryption_keys)
    except InvalidValue as wrong:
        raise SettingsError(f"GUICHET_ENCRYPTION_KEYS: {wrong}") from None


def _tracing(settings: Settings) -> "Tracing | None":
    """Where it is off, as it is by default, its library is not even imported."""
    if not settings.traces_url:
        return None
    try:
        from gateway.tracing import Tracing, sent_to
    except ImportError:
        raise SettingsError("GUICHET_TRACES_URL: OpenTelemetry is missing: pip install 'guichet[otel]'") from None
    return Tracing(sent_to(settings.traces_url), settings.country, settings.traces_share)


def _desk(ground: Ground, ring: KeyRing, redis: RedisClient, background: Background, tracing: "Tracing | None") -> Desk:
    settings, pack, clock = ground.settings, ground.pack, ground.clock
    ministries = _ministries(ground, tracing)
    return Desk(
        ministries=ministries,
        records=ground.store.over(ground.database.unit_of_work()),
        open_records=ground.store.open,
        clock=clock,
        ids=ground.ids,
        deadline=Deadline.after(settings.hop_deadline, clock),
        places=LivePlaces(
            pack.places,
            ministries.guides_by_name,
            clock,
            RedisPlaceCopies(redis, pack.name),
            {name: ministry.address.limits.cache for name, ministry in pack.ministries.items()},
        ),
        services=replace(pack.services, ministry_seconds=settings.ministry_deadline),
        pins=PinVault({key_id: ring.derive(KeyUse.PIN_PEPPER, key_id) for key_id in ring.ids}),
        fingerprints=Fingerprints(*(ring.derive(KeyUse.MAC, key_id) for key_id in ring.ids)),
        notices=Promises(
            pack.services,
            channel_open=lambda: can_send(settings, pack.sms),
            ministries=pack.routes,
        ),
        background=background,
        assistance=assistance_of(pack, ring, code_limits(pack)),
    )


def _ministries(g: Ground, tracing: "Tracing | None") -> MinistryMap:
    transport = tracing.transport if tracing else Transport
    try:
        addressed = g.pack.ministries_for(g.environment)
        return ministries_of(g.pack, addressed, g.wire, g.clock, g.metrics, transport)
    except PackErrors as wrong:
        raise SettingsError(str(wrong)) from None
