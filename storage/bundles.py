"""What goes onto an agent's device: sealed under her own key on that device, signed by us, good until a day.

The key is derived (RFC 5869), so none is stored; the signature is Ed25519 (RFC 8032) over the sealed
octets and what they are bound to.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.ids import RandomBytes
from storage.errors import SealBroken

_NONCE = 12


@dataclass(frozen=True, slots=True)
class SealedBundle:
    """Base64url without padding, as a browser reads it. `bound`: what is signed beside the octets."""

    key_id: str
    bound: str
    sealed: str
    signature: str


@dataclass(frozen=True, slots=True)
class BundleKey:
    """What a device needs: the key of its holder, and ours to check with."""

    key_id: str
    key: str = field(repr=False)
    public: str = ""


def holder_key(secret: bytes, holder: bytes) -> bytes:
    """The key of one holder, from ours (32 octets). `holder`: an agent and her device; another agent of the same
    device has another key."""
    return hmac.digest(secret, b"guichet/bundle/holder/1\0" + holder, "sha256")


def key_for(key_id: str, secret: bytes, holder: bytes) -> BundleKey:
    """To be given to the device once she is signed in, and kept there apart from the bundle."""
    public = _signer(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return BundleKey(key_id, _text(holder_key(secret, holder)), _text(public))


def seal(
    key_id: str,
    secret: bytes,
    holder: bytes,
    content: bytes,
    bound: str,
    random_bytes: RandomBytes = secrets.token_bytes,
) -> SealedBundle:
    """Sealed (AES-256-GCM, the nonce in front) and signed."""
    nonce = random_bytes(_NONCE)
    octets = nonce + AESGCM(holder_key(secret, holder)).encrypt(nonce, content, bound.encode())
    return SealedBundle(key_id, bound, _text(octets), _text(_signer(secret).sign(_signed(bound, octets))))


def unseal(bundle: SealedBundle, key: BundleKey) -> bytes:
    """As a device opens it; raises `SealBroken` for what we did not sign, or for another holder."""
    octets = _octets(bundle.sealed)
    try:
        Ed25519PublicKey.from_public_bytes(_octets(key.public)).verify(
            _octets(bundle.signature), _signed(bundle.bound, octets)
        )
        return AESGCM(_octets(key.key)).decrypt(octets[:_NONCE], octets[_NONCE:], bundle.bound.encode())
    except (InvalidSignature, InvalidTag, ValueError):
        raise SealBroken("the bundle was changed, or is another holder's") from None


def _signer(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(secret, b"guichet/bundle/signature/1", "sha256"))


def _signed(bound: str, octets: bytes) -> bytes:
    return bound.encode() + b"\0" + octets


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
