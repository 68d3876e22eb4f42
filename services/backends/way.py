"""The way to one ministry, put together from what its pack says: TLS, signing in, a mediator."""

import ssl
from collections.abc import Callable
from uuid import UUID

import msgspec

from domain.clock import Clock
from domain.errors import InvalidValue
from domain.ids import Ids
from services.backends import addresses
from services.backends.config import MinistryAddress
from services.backends.mediator import MediatedWire
from services.backends.signing_in import KeyedWire, SignedWire, fixed_headers
from services.backends.way_config import ApiKey, OAuth2, Tls
from services.backends.wire import HttpWire, Wire


def way_to(
    ministry: MinistryAddress, wire: Wire, clock: Clock, new_id: Callable[[], UUID] | None = None
) -> tuple[MinistryAddress, Wire]:
    """The address with the headers that always go along, and the wire that does the rest.

    Raises `InvalidValue` for files, secrets or identifiers that are none, never with what is in them.
    """
    base = addresses.base(ministry.base_url)
    if ministry.tls is not None:
        wire = _secured(wire, ministry.tls)
    if isinstance(ministry.auth, OAuth2):
        wire = SignedWire(wire, ministry.auth, base, clock)
    if isinstance(ministry.auth, ApiKey) and ministry.auth.field:
        wire = KeyedWire(wire, ministry.auth.field, ministry.auth.key)
    if ministry.through is not None:
        wire = MediatedWire(wire, base, ministry.through, new_id or Ids(clock).uuid7)
    if ministry.auth is not None and "authorization" in (name.lower() for name in ministry.headers):
        raise InvalidValue("auth: signed in twice, here and in headers")
    headers = {**ministry.headers, **fixed_headers(ministry.auth)}
    return msgspec.structs.replace(ministry, headers=headers), wire


def _secured(wire: Wire, tls: Tls) -> Wire:
    if not isinstance(wire, HttpWire):
        raise InvalidValue("tls: not over this wire")
    return wire.secured(_context(tls))


def _context(tls: Tls) -> ssl.SSLContext:
    """The public authorities are believed only where the pack names none of its own."""
    if tls.key and not tls.cert:
        raise InvalidValue("tls: a key without its certificate")
    try:
        context = ssl.create_default_context(cafile=tls.ca or None)
        if tls.cert:
            # Without a password of its own a locked key would make OpenSSL ask on the terminal.
            context.load_cert_chain(tls.cert, tls.key or None, password="")
    except (OSError, ValueError) as wrong:  # ssl.SSLError is an OSError
        raise InvalidValue(f"tls: a file that cannot be used ({type(wrong).__name__})") from None
    return context
