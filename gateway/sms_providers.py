"""The providers that send SMS: one visible table, built from settings for the routes of a pack."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.clock import Clock
from domain.errors import InvalidValue
from gateway.aggregators.africastalking.account import Account, account
from gateway.aggregators.africastalking.lookups import Lookups
from gateway.aggregators.africastalking.sms import AfricasTalking
from gateway.aggregators.kannel.dialect import KANNEL
from gateway.aggregators.kannel.sms import HttpGatewayProvider
from gateway.settings import Settings, SettingsError
from gateway.sms_intake import Intake
from services.backends.wire import Wire
from sms.config import SmsConfig
from sms.ports import Provider


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What providers are built from."""

    settings: Settings
    wire: Wire
    clock: Clock
    intake: Intake


def _africastalking(around: Surroundings) -> Provider | None:
    found = _account(around.settings)
    return AfricasTalking(found, around.wire) if found else None


def _kannel(around: Surroundings) -> Provider | None:
    settings = around.settings
    if not settings.kannel_url:
        return None
    _need(settings, "kannel_username", "kannel_password", "kannel_callback_url")
    return HttpGatewayProvider(
        KANNEL,
        settings.kannel_url,
        settings.kannel_username,
        settings.kannel_password,
        settings.kannel_callback_url,
        around.wire,
    )


def _smpp(around: Surroundings) -> Provider | None:
    settings = around.settings
    if not settings.smpp_host:
        return None
    _need(settings, "smpp_system_id")
    # Only who binds pays for loading it.
    from gateway.aggregators.smpp.ids import IdForm
    from gateway.aggregators.smpp.sms import Smpp, SmppAccount

    smsc = SmppAccount(
        settings.smpp_host,
        settings.smpp_port,
        settings.smpp_system_id,
        settings.smpp_password,
        settings.smpp_system_type,
        IdForm(settings.smpp_ids),
        settings.smpp_window,
    )
    return Smpp(smsc, around.intake, around.clock)


PROVIDERS: Mapping[str, Callable[[Surroundings], Provider | None]] = {
    "africastalking": _africastalking,
    "kannel": _kannel,
    "smpp": _smpp,
}
"""Name to what builds it: None where its settings are not set."""


def build_providers(
    settings: Settings, sms: SmsConfig, wire: Wire, clock: Clock, intake: Intake
) -> dict[str, Provider]:
    """The providers that the pack's routes name and the settings know. `start` each in the loop that sends.

    Raises `SettingsError` for a route to nobody we know, and for settings that are half there.
    """
    named = {name for route in sms.routes for name in route.providers}
    if strangers := sorted(named - PROVIDERS.keys()):
        raise SettingsError(f"sms.yaml: routes name {strangers[0]}; known are {', '.join(PROVIDERS)}")
    around = Surroundings(settings, wire, clock, intake)
    built = {name: PROVIDERS[name](around) for name in PROVIDERS if name in named}
    return {name: provider for name, provider in built.items() if provider}


def build_lookups(settings: Settings) -> Lookups | None:
    """Who can list what was received for us, and tell of SIM swaps; None without an account. Raises `SettingsError`."""
    found = _account(settings)
    return Lookups(found) if found else None


def _account(settings: Settings) -> Account | None:
    if not settings.africastalking_username:
        return None
    _need(settings, "africastalking_api_key")
    try:
        return account(
            settings.africastalking_username,
            settings.africastalking_api_key,
            settings.africastalking_base_url,
            settings.africastalking_emulator,
        )
    except InvalidValue as wrong:
        raise SettingsError(f"GUICHET_AFRICASTALKING_BASE_URL: {wrong}") from None


def _need(settings: Settings, *names: str) -> None:
    for name in names:
        if not getattr(settings, name):
            raise SettingsError(f"GUICHET_{name.upper()} is not set")
