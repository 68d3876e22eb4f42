"""Sealing of short-lived values in Redis, and the keyed MAC of a hop's history.

Every binding (session) gets a key of its own, derived with one HMAC: random nonces are safe for 2**32 values
a key (NIST SP 800-38D §8.3), which one shared key would use up in days at full load.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from domain.ids import RandomBytes
from storage.errors import SealBroken
from storage.keys import KeyRing, KeyUse
from storage.sealing import SealingKey, close, header, key_id_of, open_sealed

_MAC_OCTETS = 16


class SessionSealer:
    """Seals what Redis holds; any listed key opens it."""

    def __init__(self, ring: KeyRing, random_bytes: RandomBytes = os.urandom) -> None:
        self._random = random_bytes
        self._newest = ring.newest
        # Newest first.
        self._macs = {key_id: ring.derive(KeyUse.SESSION_MACS, key_id) for key_id in ring.ids}
        self._sessions = {key_id: ring.derive(KeyUse.SESSIONS, key_id) for key_id in ring.ids}
        # A hop opens and then seals under the same name: one derivation for both.
        self._key = lru_cache(maxsize=4096)(self._derive)

    def seal(self, value: bytes, aad: bytes) -> bytes:
        """The value bound to `aad`, such as the Redis key that it is stored under."""
        return close(value, aad, self._key(self._newest, aad), self._random(12))

    def unseal(self, sealed: bytes, aad: bytes) -> bytes:
        """What was sealed for that `aad`; raises `SealBroken`."""
        key_id = self._newest
        if not sealed.startswith(header(key_id)):
            key_id = key_id_of(sealed)
            if key_id not in self._sessions:
                raise SealBroken("sealed with a key that is not listed")
        return open_sealed(sealed, aad, self._key(key_id, aad))

    def mac(self, label: str, text: str) -> bytes:
        """16 octets that recognise a text without telling it; `label` keeps two uses apart."""
        return _mac(self._macs[self._newest], label, text)

    def recognises(self, mac: bytes, label: str, text: str) -> bool:
        """Was this MAC made of this text, with any listed key? In constant time for each key."""
        return any(hmac.compare_digest(mac, _mac(key, label, text)) for key in self._macs.values())

    def _derive(self, key_id: str, aad: bytes) -> SealingKey:
        return SealingKey.of(key_id, hmac.digest(self._sessions[key_id], aad, "sha256"))


def _mac(key: bytes, label: str, text: str) -> bytes:
    octets = f"{label}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(octets, key=key, digest_size=_MAC_OCTETS).digest()
