"""The chore that asks networks whether SIM cards were changed: off unless wanted, for each question costs."""

from collections.abc import Callable, Sequence
from datetime import timedelta, tzinfo

from domain.clock import Clock
from gateway.settings import Settings, SettingsError
from gateway.worker import Chore
from services.records.store import RecordStore
from services.sim_swaps import SwapChecks
from services.swap_ports import SimSwap

# The setting says "a minute". It gives no count back, so that a worker with much to ask waits for its next turn too.
_ROUND_SECONDS = 60.0


def swaps_asked(
    settings: Settings,
    network: SimSwap | None,
    store: RecordStore,
    clock: Clock,
    zone: tzinfo,
    count: Callable[[str], None],
) -> Sequence[Chore]:
    """One chore, or none where it is off. Raises `SettingsError` where it is on and there is nobody to ask."""
    if not settings.sim_swap_days:
        return ()
    if network is None:
        raise SettingsError("GUICHET_SIM_SWAP_DAYS: nobody can be asked without GUICHET_AFRICASTALKING_USERNAME")
    every = timedelta(days=settings.sim_swap_days)
    checks = SwapChecks(network, store.open_swaps, clock, zone, every, settings.sim_swap_questions, count)
    return (Chore("SIM swaps", checks.round, _ROUND_SECONDS),)
