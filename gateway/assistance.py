"""Assisted mode, put together: its rules, the citizens' menus at agents' hands, and its chores."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.assisted_menu import CallsBeside, MenusAtHerSide, NextTurn, for_pages, menus_beside
from gateway.messaging import Ground
from gateway.pack import Pack
from i18n.letters import Letters
from services.agent_values import Assistance
from services.practice import Practice
from services.sign_in_codes import SignInCodes
from services.sign_in_limits import SignInLimits
from storage.keys import KeyRing, KeyUse
from storage.redis_client import RedisClient
from storage.session_sealing import SessionSealer
from storage.unit_of_work import UnitOfWork
from ussd_menus.calls import DeskFor
from ussd_menus.conversation import Rules
from ussd_menus.library import MenuLibrary
from ussd_menus.networks import Network
from ussd_menus.records.snapshots import SessionStarts
from ussd_menus.session_store import Snapshots


def assistance_of(pack: Pack, ring: KeyRing, limits: SignInLimits) -> Assistance:
    """What use cases are told of assisted mode."""
    return Assistance(
        rules=pack.assisted.rules(),
        purposes=pack.assisted.opens(),
        region=pack.country,
        dial=pack.service_code,
        sms=limits,
        codes=SignInCodes({id: ring.derive(KeyUse.HELP, id) for id in ring.ids}),
        bundle_keys={id: ring.derive(KeyUse.BUNDLES, id) for id in ring.ids},
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """The citizens' menus: as an agent's telephone shows them, and as the API does."""

    phones: MenusAtHerSide
    pages: MenusAtHerSide


def beside(
    pack: Pack,
    ground: Ground,
    library: MenuLibrary,
    redis: RedisClient,
    snapshots: Snapshots,
    starts: SessionStarts,
    unit: Callable[[], UnitOfWork],
    desk_for: DeskFor,
    sealer: SessionSealer,
    rules: Rules,
) -> Beside:
    """`rules` are those of USSD."""
    clock, seconds = ground.clock, int(pack.assisted.rules().active.total_seconds())
    calls = CallsBeside(unit, desk_for, Practice(clock, pack.services))
    letters, networks = for_pages(pack.languages)

    def menus(of_letters: dict[str, Letters], of_networks: dict[str, Network]) -> MenusAtHerSide:
        return menus_beside(
            library,
            ground.translator,
            of_letters,
            of_networks,
            redis,
            snapshots,
            starts,
            calls,
            sealer,
            clock,
            ground.ids,
            rules,
            pack.service_code,
            seconds,
        )

    pages = replace(menus(letters, networks), wire=NextTurn)
    return Beside(menus(dict(pack.languages), dict(pack.networks)), pages)
