"""Keyed fingerprints: a PIN's within one session, and what was confirmed."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """HMAC-SHA-256 under one secret `key` (32 octets), with a domain of its own for each use."""

    key: bytes = field(repr=False)

    def pin_seal(self, session: str, pin: str) -> str:
        """Recognises the same PIN typed again in the same session; worthless anywhere else."""
        return self._mac("pin-seal", f"{session}\0{pin}".encode()).hex()

    def digest(self, kind: str, confirmed: Mapping[str, object]) -> bytes:
        """Of what was confirmed: the same for the same, in whatever order it was put together."""
        text = json.dumps(confirmed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return self._mac("intent", f"{kind}\0{text}".encode())

    def _mac(self, use: str, message: bytes) -> bytes:
        return hmac.digest(self.key, b"guichet/" + use.encode() + b"/1\0" + message, "sha256")


def same(left: str, right: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
