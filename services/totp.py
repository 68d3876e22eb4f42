"""One-time codes that a telephone's app makes of a shared key and the time (RFC 6238, RFC 4226). Pure.

Six digits, steps of 30 seconds, SHA-1: what every app understands. SHA-1 is used as an HMAC here, and is sound as one.
"""

import base64
import hmac
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

STEP = 30
DIGITS = 6
KEY_OCTETS = 20
"""As long as the hash (RFC 4226 §4, R6)."""
# Clocks differ, and people type slowly: the step before and the step after are taken too (RFC 6238 §5.2).
_APART = (0, -1, 1)


def step_of(at: datetime) -> int:
    """Which step an instant is in."""
    return int(at.timestamp()) // STEP


def code(key: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of that step (RFC 4226 §5.3)."""
    mac = hmac.digest(key, struct.pack(">Q", step), "sha1")
    place = mac[-1] & 0x0F
    number = int.from_bytes(mac[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def step_of_code(key: bytes, typed: str, at: datetime, after: int) -> int | None:
    """The step whose code was typed, later than `after`, the last one that was used; None for none."""
    now, found = step_of(at), None
    given = typed.encode("utf-8", "replace")
    for apart in _APART:
        # All are compared: the time taken must not tell which it was.
        fits = hmac.compare_digest(code(key, now + apart).encode(), given)
        if fits and now + apart > after and found is None:
            found = now + apart
    return found


def written(key: bytes) -> str:
    """The key as people type it into an app: base32 without padding."""
    return base64.b32encode(key).decode().rstrip("=")


def address(key: bytes, issuer: str, name: str) -> str:
    """The key as apps read it from a picture: the `otpauth:` address that they agreed on."""
    asked = urlencode({"secret": written(key), "issuer": issuer, "digits": DIGITS, "period": STEP}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?{asked}"
