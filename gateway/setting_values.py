"""What may be written in a setting: each reads one kind, and raises `ValueError` with words for the operator."""

import base64
import ipaddress
import re
from collections.abc import Callable
from pathlib import Path

from storage.redis_sentinel import connector

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(raw: str) -> tuple[IpNetwork, ...]:
    """Addresses and networks (CIDR), with commas between them."""
    return tuple(ipaddress.ip_network(part.strip()) for part in raw.split(",") if part.strip())


def path_secrets(raw: str) -> tuple[str, ...]:
    """Words that can stand in a path, with commas between them."""
    secrets = tuple(part.strip() for part in raw.split(",") if part.strip())
    if not all(re.fullmatch(r"[A-Za-z0-9_-]+", secret) for secret in secrets):
        raise ValueError("use letters, digits, - and _ only: it is a part of a path")
    return secrets


def event_secrets(raw: str) -> tuple[tuple[str, str], ...]:
    """`source=whsec_<base64 of 24 to 64 octets>` (Standard Webhooks), a source twice at most."""
    found: list[tuple[str, str]] = []
    for part in filter(None, (part.strip() for part in raw.split(","))):
        source, equals, secret = part.partition("=")
        if not equals or not re.fullmatch(r"[a-z0-9_.-]{1,32}", source):
            raise ValueError("write source=whsec_…, the source in small letters and digits")
        try:
            octets = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            octets = b""
        if not secret.startswith("whsec_") or not 24 <= len(octets) <= 64:
            raise ValueError(f"the secret of {source} must be whsec_ and the base64 of 24 to 64 octets")
        found.append((source, secret))
    for source in {source for source, _ in found}:
        if sum(source == other for other, _ in found) > 2:
            raise ValueError(f"{source} has more than two secrets")
    return tuple(found)


def base_url(raw: str) -> str:
    """Where an HTTP API begins; without the last slash."""
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", raw):
        raise ValueError("must be http:// or https:// with a host and no query")
    return raw.rstrip("/")


def between(low: float, high: float, kind: Callable[[str], float]) -> Callable[[str], float]:
    """A number from `low` to `high`, both allowed; `kind` is `int` for whole ones only."""

    def parse(raw: str) -> float:
        must = f"must be a {'whole ' if kind is int else ''}number between {_plain(low)} and {_plain(high)}"
        try:
            value = kind(raw)
        except ValueError:
            raise ValueError(must) from None
        if not low <= value <= high:
            raise ValueError(must)
        return value

    return parse


def _plain(bound: float) -> str:
    """As one would type it: 10000000, 0.5."""
    return str(int(bound)) if bound == int(bound) else str(bound)


def database_url(raw: str) -> str:
    """PostgreSQL's, with the driver that we use."""
    if not raw.startswith(("postgresql://", "postgresql+asyncpg://", "postgres://")):
        raise ValueError("must begin with postgresql://")
    return re.sub(r"^postgres(ql)?(\+asyncpg)?://", "postgresql+asyncpg://", raw)


def redis_url(raw: str) -> str:
    """One server's, or that of those who watch several."""
    if not raw.startswith(("redis://", "rediss://", "redis+sentinel://", "rediss+sentinel://", "unix://")):
        raise ValueError("must begin with redis://, rediss://, redis+sentinel://, rediss+sentinel:// or unix://")
    connector(raw)  # whatever else is wrong with it is told here, too, and not at the first command
    return raw


def yes_or_no(raw: str) -> bool:
    """As people write it."""
    if raw.lower() not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return raw.lower() == "yes"


def word(raw: str) -> str:
    """A name, key or host: what was copied with a blank or a line end in it would be refused far from here."""
    if not raw.isascii() or not raw.isprintable() or " " in raw:
        raise ValueError("must be ASCII characters without a blank")
    return raw


def folder(raw: str) -> str:
    """Where it is, from wherever a command is started."""
    if not Path(raw).is_absolute():
        raise ValueError("must be an absolute path")
    return raw


def at_most(longest: int) -> Callable[[str], str]:
    """SMPP's fields are ASCII and bounded (§4.1.1)."""

    def parse(raw: str) -> str:
        if len(raw) > longest or not raw.isascii():
            raise ValueError(f"must be at most {longest} ASCII characters")
        return raw

    return parse


def id_form(raw: str) -> str:
    """How an SMSC writes the ids of messages."""
    forms = ("text", "decimal", "hex", "hex-then-decimal", "decimal-then-hex")
    if raw not in forms:
        raise ValueError(f"must be one of {', '.join(forms)}")
    return raw


def level(raw: str) -> str:
    """From which weight on a line is logged."""
    if raw.lower() not in ("debug", "info", "warning", "error"):
        raise ValueError("must be debug, info, warning or error")
    return raw.lower()
