"""Knocking at ministries and providers: is there a door, and is its certificate good? Nothing is asked of them."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.checkup import Finding, ok, warn
from gateway.settings import Settings
from services.backends.config import MinistryConfig

_SECONDS = 3.0
_UNBOUND = 1 << 20


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody listens. `variable`: who to correct."""

    name: str
    host: str
    port: int
    tls: bool
    variable: str


async def knocked(settings: Settings, ministries: Mapping[str, MinistryConfig]) -> list[Finding]:
    """A finding for each, all at once. That one is away is no fault of ours: it never fails."""
    doors = [*_of_ministries(ministries), *_of_providers(settings)]
    return list(await asyncio.gather(*map(_knock, doors)))


def open_files() -> int:
    """How many files a process may have open; where nobody says, many."""
    try:
        import resource
    except ImportError:  # Windows has none
        return _UNBOUND
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _UNBOUND if allowed == resource.RLIM_INFINITY else allowed


def _of_ministries(ministries: Mapping[str, MinistryConfig]) -> Iterator[Door]:
    for name, ministry in sorted(ministries.items()):
        yield _door(f"ministry {name}", ministry.address.base_url, "its address")


def _of_providers(settings: Settings) -> Iterator[Door]:
    if settings.africastalking_username:
        url = settings.africastalking_base_url or "https://api.africastalking.com"
        yield _door("africastalking", url, "GUICHET_AFRICASTALKING_BASE_URL")
    if settings.kannel_url:
        yield _door("kannel", settings.kannel_url, "GUICHET_KANNEL_URL")
    if settings.smpp_host:
        yield Door("smpp", settings.smpp_host, settings.smpp_port, False, "GUICHET_SMPP_HOST")
    if settings.smtp_host:
        yield Door("mail", settings.smtp_host, settings.smtp_port, settings.smtp_port == 465, "GUICHET_SMTP_HOST")


def _door(name: str, url: str, variable: str) -> Door:
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    return Door(name, parts.hostname or "", parts.port or (443 if tls else 80), tls, variable)


async def _knock(door: Door) -> Finding:
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(
                door.host, door.port, ssl=ssl.create_default_context() if door.tls else None
            )
    except ssl.SSLCertVerificationError as wrong:
        # Where the ministry has authorities of its own, its calls know them and this knock does not.
        return warn(door.name, f"its certificate: {wrong.verify_message}", "right only if the pack names its authority")
    except TimeoutError:
        return warn(door.name, f"no answer within {_SECONDS:g} s", f"{door.variable}; a firewall between?")
    except OSError as wrong:
        return warn(door.name, f"not reached: {type(wrong).__name__}", f"{door.variable}; are they up?")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return ok(door.name, "somebody listens" + (", its certificate is good" if door.tls else ""))
