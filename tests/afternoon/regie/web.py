"""Bodies, answers, bearer tokens and the Idempotence header."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.afternoon.regie.formats import ApiError, Clock

Handler = Callable[[Request], Awaitable[Response]]
Fields = dict[str, object]

TOKEN_LIFE = timedelta(minutes=10)
REPLAY_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Account:
    """A program allowed to call."""

    secret: str
    may_write: bool


def read_object(raw: bytes) -> Fields:
    """The JSON object of a body."""
    try:
        content: object = json.loads(raw)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ApiError(400, "G400", "Corps JSON illisible")
    return {str(key): value for key, value in content.items()}


def text_of(fields: Fields, name: str) -> str:
    """A text field without outer blanks; empty when absent or not a text."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def refusal(code: str, faults: Mapping[str, str]) -> ApiError:
    """The 422 that tells the faults by field."""
    fields = [{"champ": name, "motif": motive} for name, motive in faults.items()]
    return ApiError(422, code, "Donnees invalides", champs=fields)


class Tokens:
    """Bearer tokens by client credentials."""

    def __init__(self, accounts: Mapping[str, Account], now: Callable[[], datetime]) -> None:
        self._accounts = accounts
        self._now = now
        self._issued: dict[str, tuple[str, datetime]] = {}
        self._count = 0

    async def issue(self, request: Request) -> Response:
        """POST /auth/token."""
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        grant, client, secret = (form.get(key, [""])[0] for key in ("grant_type", "client_id", "client_secret"))
        if grant != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        account = self._accounts.get(client)
        if account is None or account.secret != secret:
            return JSONResponse({"error": "invalid_client"}, 401)
        self._count += 1
        token = hashlib.sha256(f"{client}:{secret}:{self._count}".encode()).hexdigest()[:40]
        self._issued[token] = (client, self._now() + TOKEN_LIFE)
        content = {"access_token": token, "token_type": "Bearer", "expires_in": int(TOKEN_LIFE.total_seconds())}
        return JSONResponse(content, headers={"Cache-Control": "no-store"})

    def caller(self, request: Request) -> str:
        """Which account calls."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = self._issued.get(token.strip())
        if scheme.lower() != "bearer" or known is None:
            raise ApiError(401, "A401", "Jeton absent ou inconnu")
        if known[1] <= self._now():
            raise ApiError(401, "A402", "Jeton expire")
        return known[0]

    def guard(self, handler: Handler) -> Handler:
        """The handler, for callers with a token that fits the method."""

        async def guarded(request: Request) -> Response:
            account = self._accounts[self.caller(request)]
            if request.method not in ("GET", "HEAD") and not account.may_write:
                raise ApiError(403, "A403", "Compte en lecture seule")
            return await handler(request)

        return guarded


class Replays:
    """Answers kept by the Idempotence header; only successes are kept."""

    def __init__(self, tokens: Tokens, clock: Clock) -> None:
        self._tokens = tokens
        self._now = clock
        self._kept: dict[tuple[str, str, str], tuple[datetime, str, Response]] = {}

    async def once(self, request: Request, action: Callable[[Fields], Response]) -> Response:
        """Do the action, or give again the answer of the first call with that key."""
        raw = await request.body()
        name = request.headers.get("idempotence", "").strip()
        if not name:
            return action(read_object(raw))
        key = (self._tokens.caller(request), request.url.path, name)
        digest = hashlib.sha256(raw).hexdigest()
        kept = self._kept.get(key)
        if kept and kept[0] > self._now():
            return self._again(kept[1], digest, kept[2])
        response = action(read_object(raw))
        self._kept[key] = (self._now() + REPLAY_LIFE, digest, response)
        return response

    @staticmethod
    def _again(first: str, digest: str, response: Response) -> Response:
        if first != digest:
            raise ApiError(422, "I422", "Cle Idempotence deja employee avec un autre corps")
        headers = {"Idempotence-Rejouee": "oui"}
        if "location" in response.headers:
            headers["Location"] = response.headers["location"]
        return Response(response.body, response.status_code, headers, "application/json")
