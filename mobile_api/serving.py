"""From a request to an answer: what is the same for every operation, in the order in which it is done.

Who asks, how often, in which language; then the request's form; then, for a write, whether it was done already;
then the operation itself, in one unit of work that is committed here.
"""

import asyncio
import hashlib
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol

from starlette.types import Receive, Scope, Send

from domain.clock import Clock
from domain.deadline import Deadline
from domain.errors import StoreUnavailable
from domain.ids import Ids
from i18n.translator import Translator
from mobile_api import etags, request_body, strict_json
from mobile_api.acting import perform
from mobile_api.failures import told
from mobile_api.idempotency import Begun, Idempotency, StoredAnswer, Write, key_of
from mobile_api.languages import LanguageChoice
from mobile_api.operations import Answer, Asked, Cache, Security, SignedIn
from mobile_api.problems import PROBLEM_JSON, Problem, ProblemWords
from mobile_api.quotas import RequestQuota, Standing
from mobile_api.replies import Headers, Reply, send_reply
from mobile_api.served import Served
from mobile_api.validation import convert, convert_query
from mobile_api.writes import confirmation, write_of
from services.desk import Desk
from services.sign_in_limits import places_of
from storage.unit_of_work import Database, UnitOfWork

_REQUEST_ID = re.compile(rb"[A-Za-z0-9-]{1,64}").fullmatch
_BEARER = re.compile(r"[Bb]earer ([A-Za-z0-9._~+/-]{1,512}=*)").fullmatch
_OF_PROBLEMS: Headers = (
    (b"cache-control", b"no-store"),
    (b"vary", b"Authorization, Accept-Language, Accept-Encoding"),
    (b"x-content-type-options", b"nosniff"),
)
_REPLAYED: Headers = ((b"idempotency-replayed", b"true"),)
# Answers that are not kept: trying again, later or once the PIN is proven, is what they ask for.
_NOT_KEPT = frozenset({401, 403, 409, 410, 429})
_RETRY_SECONDS = 2
_MET = 20_000
_SIGN_IN = MappingProxyType({"WWW-Authenticate": 'Bearer realm="guichet"'})

log = logging.getLogger("guichet.api")

DeskFor = Callable[[UnitOfWork, Deadline], Desk]


class SignIns(Protocol):
    """Knows access tokens."""

    async def signed_in(self, work: UnitOfWork, token: str, language: str) -> SignedIn | None:
        """Whom the token stands for now; None for one that is unknown, ended or has had its time.

        The citizen's own language goes before `language`, which is that of the request.
        """
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """`seconds`: for one request; `in_flight`: requests served at a time, beyond which the caller is to come back."""

    seconds: float = 15.0
    in_flight: int = 500


def peer(scope: Scope) -> str:
    """The address that the connection comes from; behind proxies the gateway knows better."""
    return str(scope["client"][0]) if scope.get("client") else ""


@dataclass(slots=True)
class _Request:
    """What is known of a request so far."""

    headers: Mapping[bytes, bytes]
    language: str
    session: SignedIn | None = None
    standing: Standing | None = None


class Pipeline:
    """Serves operations. Made once; `address_of` tells whom a request comes from."""

    def __init__(
        self,
        database: Database,
        desk_for: DeskFor,
        clock: Clock,
        ids: Ids,
        translator: Translator,
        languages: LanguageChoice,
        sign_ins: SignIns,
        idempotency: Idempotency,
        quota: RequestQuota,
        address_of: Callable[[Scope], str] = peer,
        bounds: Bounds = Bounds(),
    ) -> None:
        self._database, self._desk_for, self._clock, self._ids = database, desk_for, clock, ids
        self._translator, self._languages = translator, languages
        self._words = ProblemWords(translator, languages.languages)
        self._sign_ins, self._idempotency, self._quota = sign_ins, idempotency, quota
        self._address_of, self._bounds = address_of, bounds
        self._in_flight = 0
        # Digests of tokens that were good: they are not refused for what others invent behind the same address.
        self._met: OrderedDict[bytes, None] = OrderedDict()

    def title(self, code: str, language: str) -> str:
        """A problem's words."""
        return self._words.title(code, language)

    async def serve(self, served: Served, path: Mapping[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever it holds."""
        request = self._request(scope)
        self._in_flight += 1
        try:
            if self._in_flight > self._bounds.in_flight:
                raise Problem("busy", after_seconds=_RETRY_SECONDS)
            async with asyncio.timeout(self._bounds.seconds):
                reply = await self._answered(served, path, request, scope, receive)
        except Exception as failure:
            reply = self._problem(told(failure, served.op.id), request)
        finally:
            self._in_flight -= 1
        await self._send(send, reply, request, scope)

    async def refuse(self, problem: Problem, scope: Scope, send: Send) -> None:
        """Answer a request that belongs to no operation."""
        request = self._request(scope)
        await self._send(send, self._problem(problem, request), request, scope)

    def _request(self, scope: Scope) -> _Request:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        return _Request(headers, self._asked_language(headers) or self._languages.default)

    async def _send(self, send: Send, reply: Reply, request: _Request, scope: Scope) -> None:
        given = request.headers.get(b"x-request-id", b"")
        request_id = given if _REQUEST_ID(given) else self._ids.token(8).encode()
        own = ((b"x-request-id", request_id), *(request.standing.headers() if request.standing else ()))
        whole = Reply(reply.status, reply.body, reply.media, (*reply.headers, *own), reply.etag)
        await send_reply(send, whole, request.headers, head=scope["method"] == "HEAD")

    # --- one request, step by step ---------------------------------------------------------------------

    async def _answered(
        self, served: Served, path: Mapping[str, str], request: _Request, scope: Scope, receive: Receive
    ) -> Reply:
        op, address = served.op, self._address_of(scope)
        async with self._database.unit_of_work() as work:
            await self._know(served, request, work, address)
            key = key_of(request.headers.get(b"idempotency-key")) if op.write else ""
            query = convert_query(scope["query_string"], op.query, served.repeated) if op.query else None
            body = await self._body(served, request, work, receive)
            asked = Asked(
                path,
                query,
                body,
                request.session,
                self._desk(work),
                work,
                request.language,
                address,
                request.headers,
                self._translator,
            )
            if op.write:
                return await self._written(served, asked, request, await write_of(op, asked, key, scope))
            return self._reply(served, await perform(served.op, asked), request)

    async def _know(self, served: Served, request: _Request, work: UnitOfWork, address: str) -> None:
        """Who asks, and whether this is not one request too many. Where nobody need be known, nobody is looked up."""
        security = served.op.security
        host, _ = places_of(address)
        if not served.personal:
            self._count(request, f"address {host}")
            return
        session = await self._session(request, work, f"unknown {host}")
        if session is None:
            raise Problem("sign_in_needed", headers=_SIGN_IN)
        if security is Security.AGENT and (session.agent is None or session.caller is not None):
            raise Problem("agents_only")
        if security is Security.PERSON and (session.caller is None or (session.agent and not served.op.assisted)):
            raise Problem("not_for_agents")
        request.session = session
        if session.caller is not None and self._asked_language(request.headers) is None:
            request.language = self._languages.known(session.caller.language)

    async def _session(self, request: _Request, work: UnitOfWork, unknown: str) -> SignedIn | None:
        """Whose the token is, counted. Beyond the limit of `unknown` ones, none is looked up but those met before."""
        token = _token(request.headers)
        met = hashlib.sha256(token.encode("ascii", "replace")).digest()
        if met not in self._met and self._quota.is_used_up(unknown):
            self._count(request, unknown)
        session = await self._sign_ins.signed_in(work, token, request.language) if token else None
        self._count(request, f"session {session.session.hex}" if session else unknown)
        if session is not None:
            self._met[met] = None
            self._met.move_to_end(met)
            if len(self._met) > _MET:
                self._met.popitem(last=False)
        else:
            self._met.pop(met, None)
        return session

    def _count(self, request: _Request, caller: str) -> None:
        request.standing = self._quota.take(caller)
        if request.standing is None:
            request.standing = self._quota.used_up(caller)
            raise Problem("too_many_requests", after_seconds=request.standing.seconds)

    async def _body(self, served: Served, request: _Request, work: UnitOfWork, receive: Receive) -> Any:
        op, headers = served.op, request.headers
        if op.body is None and not op.upload:
            return None
        request_body.media_type(headers.get(b"content-type"), op.upload)
        # The connection is given back: a body may take its time.
        await work.checkpoint()
        octets = await request_body.read(receive, headers.get(b"content-length"), op.most_octets)
        return octets if op.body is None else convert(strict_json.parse(octets), op.body)

    def _desk(self, work: UnitOfWork) -> Desk:
        return self._desk_for(work, Deadline.after(self._bounds.seconds, self._clock))

    def _asked_language(self, headers: Mapping[bytes, bytes]) -> str | None:
        header = headers.get(b"accept-language")
        return self._languages.asked(header.decode("latin-1")) if header else None

    # --- writes ----------------------------------------------------------------------------------------

    async def _written(self, served: Served, asked: Asked, request: _Request, write: Write) -> Reply:
        """Do it, or give the answer it had. What it does and what it answered are committed together."""
        begun = await self._idempotency.begin(asked.work, write)
        if isinstance(begun, StoredAnswer):
            media = PROBLEM_JSON if begun.status >= 400 else served.media
            return Reply(begun.status, begun.body, media, (*begun.headers, *_REPLAYED))
        try:
            async with self._database.unit_of_work() as work:
                mine = replace(asked, work=work, desk=self._desk(work), key=confirmation(write))
                answer = await perform(served.op, mine)
                reply = self._reply(served, answer, request)
                if answer.final:
                    await self._idempotency.finish(work, write, begun, _stored(reply))
            if not answer.final:
                await self._release(write, begun)
        except Exception as failure:
            reply = self._problem(told(failure, served.op.id), request)
            if reply.status in _NOT_KEPT or reply.status >= 500:
                await self._release(write, begun)
            else:
                await self._idempotency.finish(asked.work, write, begun, _stored(reply))
        except BaseException:
            await self._release(write, begun)
            raise
        return reply

    async def _release(self, write: Write, begun: Begun) -> None:
        try:
            async with self._database.unit_of_work() as work:
                await self._idempotency.release(work, write, begun)
        except StoreUnavailable:
            log.warning("an idempotency key was not released: its lease will end")

    # --- answers ---------------------------------------------------------------------------------------

    def _reply(self, served: Served, answer: Answer, request: _Request) -> Reply:
        if answer.status not in served.statuses:
            raise Problem("ours", why=f"status {answer.status} is not declared")
        body = b"" if answer.value is None else served.encode(answer.value)
        etag = ""
        if answer.etag:
            etag = etags.of_version(answer.etag)
        elif body and not served.op.write and served.op.cache is not Cache.NONE:
            etag = etags.of_body(body)
        headers = (*served.headers, (b"content-language", request.language.encode()), *_encoded(answer.headers))
        if answer.standing is not None:
            request.standing = answer.standing
        return Reply(answer.status, body, served.media, headers, etag)

    def _problem(self, problem: Problem, request: _Request) -> Reply:
        headers = [*_OF_PROBLEMS, (b"content-language", request.language.encode()), *_encoded(problem.headers)]
        if problem.after_seconds is not None:
            headers.append((b"retry-after", str(problem.after_seconds).encode()))
        if problem.standing is not None:
            request.standing = problem.standing
        return Reply(problem.status, self._words.body(problem, request.language), PROBLEM_JSON, tuple(headers))


def _token(headers: Mapping[bytes, bytes]) -> str:
    found = _BEARER(headers.get(b"authorization", b"").decode("latin-1"))
    return found[1] if found else ""


def _encoded(headers: Mapping[str, str]) -> Headers:
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


def _stored(reply: Reply) -> StoredAnswer:
    return StoredAnswer(reply.status, reply.body, reply.headers)
