"""How many codes are sent at most: to a number, its neighbours, an address, and for how much money in all.

Whoever earns by messages starts thousands of sign-ins over neighbouring numbers. Windows begin with their first use.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from domain.msisdn import Msisdn

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_NO_ADDRESS = "none"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` within `window`. `wide`: it bounds many people together, so that reaching it raises an alarm."""

    name: str
    most: int
    window: timedelta
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """What one message takes of a limit. `subject`: whose limit it is, "" where there is one for all."""

    limit: Limit
    subject: str
    amount: int = 1


@dataclass(frozen=True, slots=True)
class SpendCap:
    """Money for codes, all three in one unit. `price`: what a message costs at the dearest provider."""

    price: int = 1
    hour: int = 300
    day: int = 2000


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """`pause`: between two codes for a number. `blocks`: last digits left off a number, and codes an hour for those
    that share the rest. `address`, `network`: codes an hour for one address, and for its /24 (IPv6: /64 and /48);
    mobile networks put thousands of telephones behind one.
    """

    pause: timedelta = timedelta(seconds=60)
    number_a_day: int = 5
    address: int = 30
    network: int = 100
    blocks: tuple[tuple[int, int], ...] = ((3, 10), (4, 50))
    spend: SpendCap = SpendCap()


@dataclass(frozen=True, slots=True)
class Used:
    """How far a limit is used up, and since when."""

    begun_at: datetime
    used: int


def is_reached(charge: Charge, used: Used | None, now: datetime) -> bool:
    """Whether too little is left for the charge; a window that is over counts for nothing."""
    before = used.used if used is not None and used.begun_at > now - charge.limit.window else 0
    return before + charge.amount > charge.limit.most


def charges(number: Msisdn, address: str, limits: SignInLimits, asker: str = "") -> tuple[Charge, ...]:
    """What a message to this number, asked for from this address, takes: the narrowest first.

    All take them in this order, so that no two wait for each other. `asker`: who is known to ask; where she has no
    address the limit of an address is hers alone.
    """
    return (
        Charge(Limit("number_pause", 1, limits.pause), number.e164),
        Charge(Limit("number_day", limits.number_a_day, _DAY), number.e164),
        *_of_places(address, limits, asker),
        *(
            Charge(Limit(f"block_{digits}_hour", most, _HOUR, wide=True), number.e164[:-digits])
            for digits, most in limits.blocks
        ),
        Charge(Limit("spend_hour", limits.spend.hour, _HOUR, wide=True), "", limits.spend.price),
        Charge(Limit("spend_day", limits.spend.day, _DAY, wide=True), "", limits.spend.price),
    )


def _of_places(address: str, limits: SignInLimits, asker: str) -> tuple[Charge, ...]:
    of_one = Limit("address_hour", limits.address, _HOUR)
    if asker and not address:
        return (Charge(of_one, asker),)
    host, network = places_of(address)
    return Charge(of_one, host), Charge(Limit("network_hour", limits.network, _HOUR, wide=True), network)


@lru_cache(maxsize=4096)
def places_of(address: str) -> tuple[str, str]:
    """Who asks from there, and the network around it: the address and its /24; of IPv6 the /64, which one subscriber
    has to herself, and the /48. All that are no address share one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return _NO_ADDRESS, _NO_ADDRESS
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    host, network = (32, 24) if found.version == 4 else (64, 48)
    return _network(found, host), _network(found, network)


def _network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int) -> str:
    return str(ipaddress.ip_network((address.packed, bits), strict=False))
