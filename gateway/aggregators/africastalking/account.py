"""Which Africa's Talking account, where it is reached, and whether real telephones are behind it."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from domain.errors import InvalidValue
from sms.values import Mode

_DOMAIN = "africastalking.com"
_SANDBOX_USER = "sandbox"


@dataclass(frozen=True, slots=True)
class Account:
    """`api_url` and `insights_url` have no slash at the end."""

    username: str
    api_key: str = field(repr=False)
    api_url: str
    insights_url: str
    mode: Mode


def account(username: str, api_key: str, base_url: str = "", emulator: bool = False) -> Account:
    """The account. `base_url` empty: Africa's Talking's own, where the name `sandbox` means its sandbox.

    Any other address is an emulator and must be on this machine, or said to be one: a key and citizens' numbers
    are not to reach a stranger by a slip. Raises `InvalidValue`.
    """
    if not username or not api_key:
        raise InvalidValue("username and key belong together")
    sandbox = username == _SANDBOX_USER
    own = f"sandbox.{_DOMAIN}" if sandbox else _DOMAIN
    if not base_url or base_url == f"https://api.{own}":
        mode = Mode.SANDBOX if sandbox else Mode.LIVE
        return Account(username, api_key, f"https://api.{own}/version1", f"https://insights.{own}/v1", mode)
    address = urlsplit(base_url)
    if not emulator and not _is_loopback(address.hostname or ""):
        raise InvalidValue("an address that is neither Africa's Talking's nor on this machine is an emulator: say so")
    return Account(username, api_key, f"{base_url}/version1", f"{base_url}/v1", Mode.EMULATOR)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
