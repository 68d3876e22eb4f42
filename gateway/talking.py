"""The conversation, put together: menus, screens, sessions, and the same menus by SMS and beside a citizen."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.assistance import Beside, beside
from gateway.doors.ussd import Hops
from gateway.footing import Footing
from gateway.menu_by_sms import MenuBySms, menu_by_sms
from gateway.pack import Pack
from gateway.settings import Settings
from ussd_menus.calls import Calls
from ussd_menus.conversation import Conversation, Rules
from ussd_menus.library import MenuLibrary
from ussd_menus.records.menu_versions import MenuVersions
from ussd_menus.records.session_ends import SessionEnds
from ussd_menus.records.snapshots import PostgresSnapshots, SessionStarts
from ussd_menus.screens import Screens
from ussd_menus.session_store import SessionStore

DEGRADED_SECONDS = 30.0
"""For so long after Redis was last missed, `guichet_sessions_in_postgresql` says 1."""
# A session's lock outlives the longest hop by so much.
LOCK_SLACK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, repr=False)
class Talking:
    """`turns`: the menus by SMS; `beside`: at an agent's side."""

    library: MenuLibrary
    snapshots: PostgresSnapshots
    starts: SessionStarts
    ends: SessionEnds
    conversation: Hops
    turns: MenuBySms
    beside: Beside


def talking(f: Footing, sources: Mapping[str, str]) -> Talking:
    """`sources`: the menus' files. Raises `MenuErrors`."""
    g, unit = f.ground, f.ground.database.unit_of_work
    pack, rules = g.pack, _rules(g.settings, g.pack)
    library = MenuLibrary(sources, MenuVersions(unit))
    snapshots, starts, ends = PostgresSnapshots(unit), SessionStarts(unit), SessionEnds(unit, f.sealer, g.clock)
    calls = f.tracing.calls(Calls(unit, f.desk_for)) if f.tracing else Calls(unit, f.desk_for)
    side = beside(pack, g, library, f.redis, snapshots, starts, unit, f.desk_for, f.sealer, rules)
    store, screens = _sessions(f, snapshots), Screens(g.translator, pack.languages, pack.networks)
    conversation = Conversation(library, screens, store, starts, calls, f.sealer, g.clock, g.ids, rules, side.phones)
    turns = menu_by_sms(
        library, g.translator, pack.languages, f.redis, snapshots, starts, calls, f.sealer, g.clock, g.ids, rules,
        pack.service_code,
    )  # fmt: skip
    _watched(f, library, store)
    told = f.tracing.conversation(conversation) if f.tracing else conversation
    return Talking(library, snapshots, starts, ends, told, turns, side)


def _sessions(f: Footing, snapshots: PostgresSnapshots) -> SessionStore:
    settings = f.ground.settings
    lock_seconds = settings.hop_deadline + LOCK_SLACK_SECONDS
    return SessionStore(f.redis, snapshots, f.sealer, f.ground.clock, settings.session_ttl, lock_seconds)


def _watched(f: Footing, library: MenuLibrary, store: SessionStore) -> None:
    """What figures are told of it."""
    metrics, clock = f.ground.metrics, f.ground.clock
    metrics.know_screens(frozenset(screen.name for screen in library.current.screens()))
    metrics.watch_connections(f.ground.database.in_use)
    metrics.watch_sessions(lambda: clock.now().timestamp() - store.outage_at < DEGRADED_SECONDS)


def _rules(settings: Settings, pack: Pack) -> Rules:
    return Rules(
        service_codes=frozenset({pack.service_code}),
        default_language=pack.default_language,
        hop_seconds=settings.hop_deadline,
        resume_seconds=settings.resume_window,
        starts_per_hour=settings.starts_per_hour,
        absent=pack.services.absent,
    )
