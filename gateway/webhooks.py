"""Standard Webhooks: the signature of what ministries send, and of what is sent to them. Pure; `now` is injected.

Signed is `id.timestamp.body` with HMAC-SHA256 under a secret `whsec_<base64>`; several signatures may stand side by
side while a secret is rotated. Only version `v1` is known here (standardwebhooks.com, specification 1.0).
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

TOLERANCE_SECONDS = 300
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

# A full stop in the id could move the boundary between what is signed.
_ID = re.compile(r"[!-\-/-~]{1,255}").fullmatch
_SECONDS = re.compile(r"[0-9]{1,12}").fullmatch
_PREFIX = "whsec_"


class SignatureRefused(Exception):
    """Nobody whom we know signed it so, or not now. Says which rule, never what stood there."""


def verify(
    secrets: Iterable[tuple[str, str]], headers: Mapping[str, str], body: bytes, now: datetime
) -> frozenset[str]:
    """Whose it may be: the names whose secret fits. Raises `SignatureRefused` and nothing else.

    `secrets`: (name, `whsec_…`), a name twice while one is rotated out. `headers` by lower-case name.
    """
    message_id, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not _ID(message_id):
        raise SignatureRefused(f"{ID} is missing or malformed")
    if not _SECONDS(timestamp):
        raise SignatureRefused(f"{TIMESTAMP} is missing or no number")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE_SECONDS:
        raise SignatureRefused(f"{TIMESTAMP} is more than five minutes off")
    given = [part[3:].encode("utf-8", "replace") for part in headers.get(SIGNATURE, "").split(" ") if part[:3] == "v1,"]
    signed = f"{message_id}.{timestamp}.".encode() + body
    # Every secret is tried, and to its end: the time taken tells nothing.
    found = frozenset(name for name, secret in secrets if _fits(given[:8], _signature(secret, signed)))
    if not found:
        raise SignatureRefused(f"{SIGNATURE} is by nobody known")
    return found


def sign(secrets: Sequence[str], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers; one signature for each secret, so that the receiver may be changing over too."""
    timestamp = str(int(now.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = " ".join(f"v1,{_signature(secret, signed).decode()}" for secret in secrets)
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: signatures}


def _signature(secret: str, signed: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureRefused("a secret of ours is no base64") from None
    return base64.b64encode(hmac.digest(key, signed, "sha256"))


def _fits(given: Sequence[bytes], right: bytes) -> bool:
    return bool(sum(hmac.compare_digest(one, right) for one in given))
