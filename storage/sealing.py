"""Sealing of columns and their blind indexes: AES-256-GCM bound to one place (NIST SP 800-38D).

A sealed value is: version (1 octet) | length of the key id (1) | key id | nonce (12) | ciphertext and tag.
What it is bound to (table, column and row) is not stored: whoever opens it must know where it was read.
"""

import hmac
import os
from functools import lru_cache
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.ids import RandomBytes
from storage.errors import SealBroken
from storage.keys import KeyRing, KeyUse

_VERSION = 1
_NONCE = 12
_TAG = 16
PERSON = "person"


class SealingKey(msgspec.Struct, frozen=True, eq=False):
    """A key that seals, with the id that travels in what it sealed."""

    id: str
    aead: AESGCM

    def __repr__(self) -> str:
        return f"SealingKey({self.id})"

    @classmethod
    def of(cls, key_id: str, octets: bytes) -> "SealingKey":
        return SealingKey(key_id, AESGCM(octets))


@lru_cache(maxsize=64)
def header(key_id: str) -> bytes:
    """What everything begins with that was sealed with a key of that id."""
    octets = key_id.encode()
    return bytes((_VERSION, len(octets))) + octets


def close(value: bytes, bound_to: bytes, key: SealingKey, nonce: bytes) -> bytes:
    """Encrypts and puts the header in front."""
    return header(key.id) + nonce + key.aead.encrypt(nonce, value, bound_to)


def key_id_of(sealed: bytes) -> str:
    """The id of the key that sealed this value; raises `SealBroken` if it is no sealed value."""
    if len(sealed) < 2 or sealed[0] != _VERSION or len(sealed) < 2 + sealed[1] + _NONCE + _TAG:
        raise SealBroken("not a sealed value")
    try:
        return sealed[2 : 2 + sealed[1]].decode("ascii")
    except UnicodeDecodeError:
        raise SealBroken("not a sealed value") from None


def open_sealed(sealed: bytes, bound_to: bytes, key: SealingKey) -> bytes:
    """What was sealed; raises `SealBroken` if anything differs."""
    head = header(key.id)
    start, end = len(head), len(head) + _NONCE
    if len(sealed) < end + _TAG or not sealed.startswith(head):
        key_id_of(sealed)  # says so where it is no sealed value at all
        raise SealBroken("sealed with another key")
    try:
        return key.aead.decrypt(sealed[start:end], sealed[end:], bound_to)
    except InvalidTag:
        raise SealBroken("the sealed value was changed or moved") from None


class Sealer:
    """Seals and opens columns; makes blind indexes. Without `key`, the ring's own column key is used."""

    def __init__(self, ring: KeyRing, random_bytes: RandomBytes = os.urandom) -> None:
        self.ring = ring
        self._random = random_bytes
        self._columns = {key_id: SealingKey.of(key_id, ring.derive(KeyUse.COLUMNS, key_id)) for key_id in ring.ids}

    def seal(self, value: bytes | str, table: str, column: str, id: UUID, key: SealingKey | None = None) -> bytes:
        """The sealed value, to be stored in that column of the row with that id."""
        octets = value.encode() if isinstance(value, str) else value
        chosen = key or self._columns[self.ring.newest]
        return close(octets, _place(table, column, id), chosen, self._random(_NONCE))

    def unseal(self, sealed: bytes, table: str, column: str, id: UUID, key: SealingKey | None = None) -> bytes:
        """The value read from that place; raises `SealBroken`."""
        return open_sealed(sealed, _place(table, column, id), key or self._listed(sealed))

    def unseal_text(self, sealed: bytes, table: str, column: str, id: UUID, key: SealingKey | None = None) -> str:
        """As `unseal`, for what was sealed as text."""
        return self.unseal(sealed, table, column, id, key).decode()

    def blind_index(self, value: str, purpose: str) -> bytes:
        """32 octets by which a sealed value can be found: to be stored. `purpose` keeps two columns apart."""
        return self._index(value, purpose, self.ring.newest)

    def blind_indexes(self, value: str, purpose: str) -> tuple[bytes, ...]:
        """The indexes to look for, newest first, one for each listed key.

        What was stored under any key that is still listed must be found, or its owner would be a stranger.
        """
        return tuple(self._index(value, purpose, key_id) for key_id in self.ring.ids)

    def _index(self, value: str, purpose: str, key_id: str) -> bytes:
        text = f"{purpose}\0{value}".encode()
        return hmac.digest(self.ring.derive(KeyUse.BLIND_INDEX, key_id), text, "sha256")

    def _listed(self, sealed: bytes) -> SealingKey:
        key = self._columns.get(key_id_of(sealed))
        if key is None:
            raise SealBroken("sealed with a key that is not listed")
        return key


def _place(table: str, column: str, id: UUID) -> bytes:
    return f"{table}|{column}|{id.hex}".encode()
