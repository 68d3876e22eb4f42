"""One-time codes and tokens: how they are made, and what is kept of them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.digits import fold, is_digits
from domain.ids import RandomBytes

DIGITS = 6
_OCTETS = 32
_TOKEN_LETTERS = 43  # 32 octets in base64url, unpadded
_PUNCTUATION = str.maketrans("", "", " -")


@dataclass(frozen=True, slots=True)
class KeptCode:
    """What the database knows of a code: its HMAC, and which key made it."""

    mac: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class SignInCodes:
    """`peppers` by key id, newest first (`KeyUse.SIGN_IN`): with six digits a hash without a secret hides nothing."""

    peppers: Mapping[str, bytes] = field(repr=False)
    random_bytes: RandomBytes = secrets.token_bytes

    def make(self) -> str:
        """Six digits, any as likely as any other (but for one part in 10^13)."""
        return f"{int.from_bytes(self.random_bytes(8), 'big') % 10**DIGITS:0{DIGITS}d}"

    def kept(self, request: UUID, device: str, code: str) -> KeptCode:
        """To be stored: worthless with another request or another device."""
        newest = next(iter(self.peppers))
        return KeptCode(_mac(self.peppers[newest], request, device, code), newest)

    def matches(self, kept: KeptCode, request: UUID, device: str, code: str) -> bool:
        """Compared in constant time; one made under a key that is no longer listed matches nothing."""
        pepper = self.peppers.get(kept.key_id)
        return pepper is not None and hmac.compare_digest(_mac(pepper, request, device, code), kept.mac)


def typed_code(text: str) -> str | None:
    """The code as typed, with digits of any script, spaces and hyphens; None for what can be no code."""
    code = fold(text).translate(_PUNCTUATION)
    return code if len(code) == DIGITS and is_digits(code) else None


# --- tokens ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Two secrets of 256 bits: the family's stays, the turn's is replaced at each use.

    A token with a right family and another turn was used before: it was stolen, or the thief was faster.
    """

    family: str = field(repr=False)
    turn: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.family}.{self.turn}"

    @classmethod
    def read(cls, text: str) -> "RefreshToken | None":
        """None for what we never made."""
        family, _, turn = text.partition(".")
        return cls(family, turn) if is_token(family) and is_token(turn) else None


def make_token(random_bytes: RandomBytes) -> str:
    """256 random bits as base64url."""
    return base64.urlsafe_b64encode(random_bytes(_OCTETS)).rstrip(b"=").decode()


def is_token(text: str) -> bool:
    """Whether it has the form of what `make_token` makes."""
    return len(text) == _TOKEN_LETTERS and text.isascii() and text.replace("-", "a").replace("_", "a").isalnum()


def device_hash(person: UUID, device: str) -> bytes:
    """By which a device is known when its holder signs in on it again; of another person it is another."""
    return hashlib.sha256(b"device\0" + person.bytes + device.encode()).digest()


def token_hash(token: str) -> bytes:
    """What is kept of a token. Of 256 random bits a plain SHA-256 tells nothing, and looking for it in an index
    takes no time that depends on the token."""
    return hashlib.sha256(token.encode()).digest()


def _mac(pepper: bytes, request: UUID, device: str, code: str) -> bytes:
    return hmac.digest(pepper, f"{request.hex}\0{device}\0{code}".encode(), "sha256")
