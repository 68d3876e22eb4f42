"""Signing in at a ministry: headers that stay the same, and OAuth 2 tokens that are fetched and renewed.

Sources: RFC 6749 §4.4 and §2.3.1 (client credentials), RFC 6750 (bearer), RFC 7617 (basic).
"""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from domain.clock import Clock
from domain.errors import InvalidValue
from services.backends import addresses
from services.backends.answers import UnreadableAnswer, decode
from services.backends.way_config import ApiKey, Basic, Bearer, OAuth2, SignIn
from services.backends.wire import NotReached, RawAnswer, Wire, WireError

_AUTHORIZATION = "authorization"
_FORM = "application/x-www-form-urlencoded"
_LARGEST_ANSWER, _DEEPEST = 65_536, 8
_LONGEST_TOKEN = 16_384
# A token is renewed this many seconds before its end, or after nine tenths of a short life.
_MARGIN = 30.0
_LEAST_TIME = 0.05


def fixed_headers(sign_in: SignIn | None) -> dict[str, str]:
    """What goes with each call where it never changes; raises `InvalidValue` for a secret that no header can hold."""
    match sign_in:
        case Bearer(token=token):
            headers = {_AUTHORIZATION: f"Bearer {token}"}
        case ApiKey(field=name) if name:
            headers = {}
        case ApiKey(key=key, header=header):
            headers = {header: key}
        case Basic(user=user, password=password):
            headers = {_AUTHORIZATION: _basic(user, password)}
        case _:
            headers = {}
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise InvalidValue("auth: a secret with letters that no header can hold")
    return headers


@dataclass(frozen=True, slots=True)
class _Token:
    """`ends`: by the monotonic clock, the margin already taken off."""

    value: str = field(repr=False)
    ends: float


class SignedWire:
    """A wire whose calls carry a token. `wire` carries the calls, and the asking for tokens too."""

    def __init__(self, wire: Wire, auth: OAuth2, base: str, clock: Clock) -> None:
        """`base`: the ministry's address. Raises `InvalidValue` for a token address that is none."""
        self._wire, self._auth, self._clock = wire, auth, clock
        self._url = addresses.base(base + auth.token_url if auth.token_url.startswith("/") else auth.token_url)
        self._token: _Token | None = None
        self._asking = asyncio.Lock()

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        connect: float,
        total: float,
        cap: int,
    ) -> RawAnswer:
        """As `Wire.send`; without a token the call is `NotReached`.

        A 401 to a token that was kept is `NotReached` too: nothing was done, and whoever tries again gets a new one. A
        401 to a token just made is the ministry's answer.
        """
        began = self._clock.monotonic()
        kept = self._live()
        token = kept or await self._new_token(min(self._auth.seconds, total / 2))
        left = total - (self._clock.monotonic() - began)
        if left < _LEAST_TIME:
            raise NotReached("no time left after the token")
        signed = {**headers, _AUTHORIZATION: f"Bearer {token.value}"}
        answer = await self._wire.send(method, url, signed, body, connect=min(connect, left / 2), total=left, cap=cap)
        if answer.status == 401:
            self._drop(token)
            if kept:
                raise NotReached("token no longer taken")
        return answer

    def _live(self) -> _Token | None:
        token = self._token
        return token if token and self._clock.monotonic() < token.ends else None

    def _drop(self, token: _Token) -> None:
        if self._token is token:
            self._token = None

    async def _new_token(self, seconds: float) -> _Token:
        """One asks, the others wait for what it gets; nobody longer than `seconds`."""
        try:
            async with asyncio.timeout(seconds), self._asking:
                token = self._live() or await self._asked(seconds)
                self._token = token
                return token
        except TimeoutError:
            raise NotReached("no token in time") from None

    async def _asked(self, seconds: float) -> _Token:
        asked_at = self._clock.monotonic()
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "content-type": _FORM,
        }
        form = {"grant_type": "client_credentials", "scope": self._auth.scope, "audience": self._auth.audience}
        if self._auth.send_as == "basic":
            headers[_AUTHORIZATION] = _basic(quote_plus(self._auth.client_id), quote_plus(self._auth.client_secret))
        else:
            form |= {"client_id": self._auth.client_id, "client_secret": self._auth.client_secret}
        body = urlencode({name: value for name, value in form.items() if value}).encode()
        try:
            answer = await self._wire.send(
                "POST", self._url, headers, body, connect=seconds / 2, total=seconds, cap=_LARGEST_ANSWER
            )
        except WireError as failure:
            raise NotReached(f"no token: {failure.why}") from None
        if answer.status != 200:
            raise NotReached(f"no token: {answer.status}")
        return self._read(answer, asked_at)

    def _read(self, answer: RawAnswer, asked_at: float) -> _Token:
        try:
            value = decode(answer.body, answer.headers.get("content-type", ""), _DEEPEST)
        except UnreadableAnswer:
            raise NotReached("no token: unreadable") from None
        given = value if isinstance(value, dict) else {}
        token, kind, seconds = given.get("access_token"), given.get("token_type", "Bearer"), given.get("expires_in")
        if not isinstance(kind, str) or kind.lower() != "bearer" or not _is_token(token):
            raise NotReached("no token: none in the answer")
        lives = _seconds(seconds, self._auth.lifetime)
        return _Token(str(token), asked_at + lives - min(_MARGIN, lives / 10))


@dataclass(frozen=True, slots=True)
class KeyedWire:
    """A wire that writes a key into each form that is handed in; what is only read needs none."""

    wire: Wire
    name: str
    key: str = field(repr=False)

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        connect: float,
        total: float,
        cap: int,
    ) -> RawAnswer:
        """As `Wire.send`."""
        if body is not None and headers.get("content-type", "").startswith(_FORM):
            body = b"&".join(filter(None, (body, urlencode({self.name: self.key}).encode("ascii"))))
        return await self.wire.send(method, url, headers, body, connect=connect, total=total, cap=cap)


def _is_token(token: object) -> bool:
    """Visible ASCII without spaces: it goes into a header."""
    proper = isinstance(token, str) and 0 < len(token) <= _LONGEST_TOKEN
    return proper and all("!" <= letter <= "~" for letter in str(token))


def _seconds(said: object, default: int) -> float:
    """`expires_in`, which some servers write as a text."""
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 10:
        return float(said)
    if isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said < 10**9:
        return float(said)
    return float(default)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
