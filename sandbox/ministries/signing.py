"""Standard Webhooks signatures (v1, HMAC-SHA256), as a ministry makes them."""

import base64
import hashlib
import hmac
from binascii import Error


def key_of(secret: str) -> bytes:
    """The key inside `whsec_…`; raises `ValueError`."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except Error as bad:
        raise ValueError("the event secret is not whsec_ and base64") from bad


def signed(key: bytes, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """The three headers over `id.timestamp.body`; `at` is in seconds of the Unix clock."""
    mac = hmac.new(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": signature}
