"""Who calls GOV.UK Notify's API: a JSON Web Token, signed with one of the service's keys (RFC 7519, HS256)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import jwt

TOLERANCE_SECONDS = 30
"""How far the token's `iat` may be from now: it is made anew for each call (GOV.UK Notify, REST API, authorisation)."""
_LONGEST = 2048


class TokenRefused(Exception):
    """The call is not let in. The text is for the ministry's engineer and repeats nothing of the token."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


def service_of(authorization: str, secrets: Mapping[str, Sequence[str]], now: datetime) -> str:
    """The service that signed the call. `secrets`: service id to its keys. Raises `TokenRefused`."""
    scheme, _, token = authorization.partition(" ")
    if not authorization:
        raise TokenRefused("Unauthorized: authentication token must be provided", 401)
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST:
        raise TokenRefused("Unauthorized: authentication bearer scheme must be used", 401)
    service = _issuer(token)
    for secret in secrets.get(service, ()):
        claims = _signed(token, secret)
        if claims is not None:
            issued = claims.get("iat")
            if not isinstance(issued, int | float) or isinstance(issued, bool):
                raise TokenRefused("Invalid token: iat field not provided")
            if abs(now.timestamp() - issued) > TOLERANCE_SECONDS:
                raise TokenRefused("Error: Your system clock must be accurate to within 30 seconds")
            return service
    raise TokenRefused("Invalid token: API key not found")


def _issuer(token: str) -> str:
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise TokenRefused("Invalid token: make sure your API token matches the example") from None
    issuer = claims.get("iss")
    if not isinstance(issuer, str):
        raise TokenRefused("Invalid token: iss field not provided")
    return issuer


def _signed(token: str, secret: str) -> Mapping[str, object] | None:
    """The claims, if this key signed them. Times are looked at by us: the clock is injected."""
    try:
        claims: Mapping[str, object] = jwt.decode(
            token,
            key=secret,
            algorithms=["HS256"],
            options={"verify_iat": False, "verify_exp": False, "verify_nbf": False, "verify_aud": False},
        )
    except (jwt.InvalidTokenError, ValueError):
        return None
    return claims
