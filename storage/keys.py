"""The ring of encryption keys, and the sub-keys derived from it (RFC 5869, HKDF-SHA-256)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.errors import InvalidValue

_KEY_OCTETS = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


class KeyUse(StrEnum):
    """What a sub-key is for. The value is HKDF's `info`: changing one makes old values unreadable."""

    PERSON_KEYS = "guichet/person-keys/1"
    COLUMNS = "guichet/columns/1"
    BLIND_INDEX = "guichet/blind-index/1"
    SESSIONS = "guichet/sessions/1"
    MAC = "guichet/mac/1"
    SESSION_MACS = "guichet/session-macs/1"
    PIN_PEPPER = "guichet/pin-pepper/1"
    SIGN_IN = "guichet/sign-in/1"
    HELP = "guichet/help/1"
    BUNDLES = "guichet/bundles/1"
    AUDIT = "guichet/audit/1"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id, newest first: the first seals, every one opens. `repr` shows the ids only."""

    ids: tuple[str, ...]
    _derived: Mapping[tuple[str, KeyUse], bytes] = field(repr=False)

    @classmethod
    def parse(cls, setting: str) -> "KeyRing":
        """From `id:base64,id:base64,…`, each key 32 octets; raises `InvalidValue` without quoting any key."""
        keys: dict[str, bytes] = {}
        for entry in filter(None, (part.strip() for part in setting.split(","))):
            key_id, colon, encoded = entry.partition(":")
            # Without a colon the whole entry may be a key: it is not taken for an id, which is quoted below.
            if not colon or not _KEY_ID.fullmatch(key_id):
                raise InvalidValue("an encryption key needs an id of letters and digits before its colon")
            if key_id in keys:
                raise InvalidValue(f"encryption key {key_id} is listed twice")
            keys[key_id] = _decode(key_id, encoded)
        if not keys:
            raise InvalidValue("no encryption key is listed")
        return cls.of(keys)

    @classmethod
    def of(cls, keys: Mapping[str, bytes]) -> "KeyRing":
        """From raw keys of 32 octets, newest first. Sub-keys are derived once, here: a hop derives none."""
        derived = {
            (key_id, use): HKDF(SHA256(), _KEY_OCTETS, salt=None, info=use.encode()).derive(key)
            for key_id, key in keys.items()
            for use in KeyUse
        }
        return cls(tuple(keys), derived)

    @property
    def newest(self) -> str:
        """The id of the key that seals."""
        return self.ids[0]

    def derive(self, use: KeyUse, key_id: str | None = None) -> bytes:
        """The 32-octet sub-key for a use, of the newest key or of a named one; `KeyError` if not listed."""
        return self._derived[key_id or self.newest, use]

    def pepper(self, key_id: str | None = None) -> "Pepper":
        """The pepper of PINs. Keep its `key_id` beside the hash: after a rotation the old one must be found."""
        chosen = key_id or self.newest
        return Pepper(chosen, self.derive(KeyUse.PIN_PEPPER, chosen))


@dataclass(frozen=True, slots=True)
class Pepper:
    """An HMAC key kept outside the database, and the ring key that it comes from."""

    key_id: str
    secret: bytes = field(repr=False)


def _decode(key_id: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidValue(f"encryption key {key_id} is not base64") from None
    if len(key) != _KEY_OCTETS:
        raise InvalidValue(f"encryption key {key_id} has {len(key)} octets instead of {_KEY_OCTETS}")
    return key
