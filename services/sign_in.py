"""Signing in by a one-time code sent to a number: asking for one, and typing it."""

import asyncio
import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.clock import Clock
from domain.errors import GuichetError
from domain.ids import Ids, RandomBytes
from domain.msisdn import Msisdn, takes_sms
from services.alerts import Alert, AlertKind
from services.background import Background
from services.ports import Binding, Person
from services.sign_in_codes import RefreshToken, SignInCodes, device_hash, make_token, token_hash, typed_code
from services.sign_in_limits import Charge, Limit, SignInLimits, charges
from services.sign_in_ports import (
    OnDevice,
    OpenSignInRecords,
    SignInObserver,
    SignInRecords,
    TokenHashes,
    Unobserved,
)

log = logging.getLogger("guichet.sign_in")

TEXT = "sms.code"
SOURCE = "sign_in"
"""Who pays for codes: operators cap and pause them apart from all else."""


@dataclass(frozen=True, slots=True)
class SignInRules:
    """How long a code lives and how often it may be tried; how long tokens live.

    A session ends for good well before a number that fell silent is in doubt (90 days): signing in again is a
    contact, so a person who only uses the app stays who she is.
    """

    code: timedelta = timedelta(minutes=5)
    tries: int = 5
    access: timedelta = timedelta(minutes=15)
    session: timedelta = timedelta(days=60)
    proven: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Started:
    """The answer to every start, whoever has the number and whether or not a message goes out. Seconds."""

    request: UUID
    expires_in: int
    resend_after: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """Shown once; only their hashes are kept. Seconds."""

    session: UUID
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_seconds: int
    session_seconds: int


@dataclass(frozen=True, slots=True)
class CodeWrong:
    """Not the code; how many tries are left is not told."""


@dataclass(frozen=True, slots=True)
class CodeDead:
    """Unknown, tried too often, too late, or used: a new one must be asked for."""


class _LimitReached(GuichetError):
    """Undoes what the narrower limits have counted."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.name)
        self.limit = limit


class SignIn:
    """Made once. `open_records` gives a unit of work of its own to what goes on after the answer; `region`: the
    country to whose mobile numbers codes are sent, and to no others."""

    def __init__(
        self,
        open_records: OpenSignInRecords,
        codes: SignInCodes,
        region: str,
        clock: Clock,
        ids: Ids,
        background: Background,
        limits: SignInLimits = SignInLimits(),  # noqa: B008 - frozen
        rules: SignInRules = SignInRules(),
        observer: SignInObserver = Unobserved(),  # noqa: B008 - keeps nothing
        random_bytes: RandomBytes = secrets.token_bytes,
        at_once: int = 4,
        most_waiting: int = 1000,
    ) -> None:
        self._open, self._codes, self.region = open_records, codes, region
        self.clock, self._ids, self._background = clock, ids, background
        self._limits, self.rules, self.observer, self.random_bytes = limits, rules, observer, random_bytes
        self._turnstile = asyncio.Semaphore(at_once)
        self._waiting, self._most_waiting = 0, most_waiting
        # What this process need not ask the counters about: they know whether any process told it.
        self._told_until: dict[str, datetime] = {}

    # --- asking for a code -----------------------------------------------------------------------------

    async def start(self, records: SignInRecords, number: Msisdn, address: str, device: str, language: str) -> Started:
        """Keeps a request and answers; limits and the message come after the answer.

        So the answer, and the time that it takes, are the same for a number that is known, unknown, abroad or used
        up. `address`: whom the request comes from; `device`: what the app calls itself, needed again to verify.
        """
        id, code = self._ids.uuid7(), self._codes.make()
        kept = self._codes.kept(id, device, code)
        await records.requests.keep(id, number, kept, self.rules.code)
        await records.settle()
        if self._waiting < self._most_waiting:
            self._waiting += 1
            self._background.run(id, lambda: self._send(number, code, address, language))
        else:
            self.observer.code_withheld("crowded")
        return Started(id, int(self.rules.code.total_seconds()), int(self._limits.pause.total_seconds()))

    async def _send(self, number: Msisdn, code: str, address: str, language: str) -> None:
        try:
            async with self._turnstile:
                await self._send_within_limits(number, code, address, language)
        except Exception as failure:
            # Nobody waits for this any more: it is told here or nowhere, and she asks for another code.
            log.error("no code was put: %s", type(failure).__name__)
            self.observer.code_withheld("failed")
        finally:
            self._waiting -= 1

    async def _send_within_limits(self, number: Msisdn, code: str, address: str, language: str) -> None:
        if not takes_sms(number, self.region):
            self.observer.code_withheld("not_ours")
            return
        wanted = charges(number, address, self._limits)
        try:
            async with self._open() as records:
                if reached := await records.counters.reached(wanted):
                    raise _LimitReached(reached)
                # Others may be taking the same at this moment: what counts is what is taken.
                for charge in wanted:
                    if not await records.counters.take(charge):
                        raise _LimitReached(charge.limit)
                await self._put(records, number, code, language)
        except _LimitReached as refusal:
            await self._withheld(refusal.limit)
            return
        self.observer.code_put()

    async def _put(self, records: SignInRecords, number: Msisdn, code: str, language: str) -> None:
        person = await records.people.meet(number, language)
        await records.outbox.put(
            Alert(
                person=person.id,
                to=number,
                kind=AlertKind.CODE,
                text_id=TEXT,
                values={"one_time": code, "minutes": int(self.rules.code.total_seconds() // 60)},
                language=language,
                source=SOURCE,
                expires_at=self.clock.now() + self.rules.code,
            )
        )

    async def _withheld(self, limit: Limit) -> None:
        self.observer.code_withheld(limit.name)
        now = self.clock.now()
        if not limit.wide or now < self._told_until.get(limit.name, now):
            return
        self._told_until[limit.name] = now + limit.window
        async with self._open() as records:
            first = await records.counters.take(Charge(Limit(f"told_{limit.name}", 1, limit.window), ""))
        if first:
            log.error("codes for signing in are withheld: the limit %s is reached", limit.name)
            self.observer.limit_reached(limit.name)

    # --- typing it -------------------------------------------------------------------------------------

    async def verify(
        self, records: SignInRecords, request: UUID, code: str, device: str, device_name: str, language: str
    ) -> Tokens | CodeWrong | CodeDead:
        """The right code signs in once, on the device that asked for it. Commits nothing after the try."""
        number = await self.prove_number(records, request, code, device)
        if not isinstance(number, Msisdn):
            return number
        person = await self._holder(records, number, language)
        session, until = self._ids.uuid7(), self.clock.now() + self.rules.session
        refresh = RefreshToken(make_token(self.random_bytes), make_token(self.random_bytes))
        access, hashes = self.new_access(refresh)
        on = OnDevice(device_name, device_hash(person.id, device))
        if not await records.sessions.open(session, person.id, number, on, hashes, until):
            return self._refused(CodeDead())
        self.observer.code_verified()
        return self.tokens(session, access, refresh, until)

    async def prove_number(
        self, records: SignInRecords, request: UUID, code: str, device: str
    ) -> Msisdn | CodeWrong | CodeDead:
        """The number that the code was sent to, once. The try is counted and committed before anything is compared;
        what can be no code costs none."""
        typed = typed_code(code)
        if typed is None:
            return self._refused(CodeWrong())
        found = await records.requests.count_try(request, self.rules.tries)
        if found is None:
            return self._refused(CodeDead())
        if not self._codes.matches(found.code, request, device, typed):
            return self._refused(CodeWrong())
        if not await records.requests.use(request):
            return self._refused(CodeDead())
        return found.number

    async def _holder(self, records: SignInRecords, number: Msisdn, language: str) -> Person:
        """Who signs in: whom the number stands for, or somebody new.

        The code proves that the number is in her hand today, not that it was yesterday. One that fell silent may be
        another's by now: with an account, its session shows nothing until the PIN is typed (`Caller.bound`);
        without, whoever has it now is new and inherits nothing.
        """
        person = await records.people.by_number(number)
        if person is not None and person.binding is Binding.STALE and not person.has_account:
            await records.people.end_number(number, person.id)
            person = None
        # Whom only a ministry told of speaks as her app does.
        own = person.language if person is not None and person.language_chosen else language
        return await records.people.greet(number, own)

    def new_access(self, refresh: RefreshToken) -> tuple[str, TokenHashes]:
        """A new access token, and what is kept of it and of the refresh token."""
        access = make_token(self.random_bytes)
        until = self.clock.now() + self.rules.access
        return access, TokenHashes(token_hash(access), token_hash(refresh.family), token_hash(refresh.turn), until)

    def tokens(self, session: UUID, access: str, refresh: RefreshToken, until: datetime) -> Tokens:
        """As they are shown, once. `until`: when the session ends for good."""
        left = int((until - self.clock.now()).total_seconds())
        return Tokens(session, access, str(refresh), int(self.rules.access.total_seconds()), left)

    def _refused(self, outcome: "CodeWrong | CodeDead") -> "CodeWrong | CodeDead":
        self.observer.code_refused("wrong" if isinstance(outcome, CodeWrong) else "dead")
        return outcome
