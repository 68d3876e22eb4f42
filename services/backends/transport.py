"""One call to a ministry over HTTP: deadlines, breaker, cap, bounds on the answer, and what a failure means.

Every failure leaves as one class of `domain.errors`, so that nobody above knows which client is used:

- not reached, 5xx or cut off on a read, breaker open → `MinistryUnavailable`: nothing was done;
- 429, or our own cap is full → `MinistryBusy`: nothing was done;
- a write that may have arrived and has no readable answer (time-out, reset, cut, 5xx) → `MinistryAmbiguous`;
- an answer outside its standard (3xx, HTML, no JSON, too long, too deep) → `MinistryContract`;
- any other 4xx → given to the adapter, which knows what its standard means by it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from domain.deadline import Deadline
from domain.errors import (
    DeadlineExceeded,
    MinistryAmbiguous,
    MinistryBusy,
    MinistryContract,
    MinistryError,
    MinistryUnavailable,
)
from services.backends import addresses
from services.backends.answers import Answer, UnreadableAnswer, decode, decode_text
from services.backends.breaker import Breaker
from services.backends.bulkhead import Bulkhead, BulkheadFull
from services.backends.config import MinistryAddress
from services.backends.wire import AnswerTooLong, CutOff, NotReached, RawAnswer, Wire, WireError

_log = logging.getLogger("guichet.ministries")
# Below this many seconds no answer can be hoped for: a write would only become an open question.
_LEAST_TIME = 0.05


class Observer(Protocol):
    """Told how each call ended: `result` is a status class ("2xx", "4xx") or the name of the failure."""

    def ministry_call(self, ministry: str, operation: str, result: str, seconds: float) -> None: ...


class NoObserver:
    """Nobody is told."""

    def ministry_call(self, ministry: str, operation: str, result: str, seconds: float) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Octets:
    """A body that is no JSON, with its content type."""

    kind: str
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask. `path`: unencoded segments, `slash`: and a last slash. `body`: `Octets`, or what becomes JSON.
    `text_allowed`: a short answer that is no JSON is taken as text. `only_asks`: changes nothing there, though its
    method is one that may; `acts`: the other way round. `told`: statuses above 499 by which this ministry says
    something, and does not fail. `kind`: the answer is a text of this content type, and no JSON."""

    operation: str
    method: str
    path: tuple[str, ...]
    query: addresses.Query = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    text_allowed: bool = False
    only_asks: bool = False
    acts: bool = False
    told: frozenset[int] = frozenset()
    slash: bool = False
    kind: str = ""

    @property
    def writes(self) -> bool:
        """May change something there: is never sent twice."""
        return self.acts or (not self.only_asks and self.method not in ("GET", "HEAD"))


class Transport:
    """Calls one ministry. `wire` may be shared by all ministries; breaker and cap are this one's own."""

    def __init__(
        self, ministry: MinistryAddress, wire: Wire, breaker: Breaker, observer: Observer | None = None
    ) -> None:
        self.ministry = ministry.name
        self._base = addresses.base(ministry.base_url)
        self._headers = {"accept": "application/json", "accept-encoding": "identity", **ministry.headers}
        self._limits = ministry.limits
        self._wire = wire
        self._breaker = breaker
        self._observer = observer or NoObserver()
        self._bulkhead = Bulkhead(ministry.limits.concurrency, ministry.limits.queue)

    async def request(self, call: Call, deadline: Deadline) -> Answer:
        """The answer, 2xx or a 4xx other than 429; raises as the module says.

        Ends within the deadline and the ministry's own total, the one retry of a read included. Raises
        `DeadlineExceeded` where no time is left, `InvalidValue` for a value that cannot stand in a path.
        """
        url = addresses.address(self._base, call.path, call.query, slash=call.slash)
        ours = deadline.within(self._limits.total)
        began = deadline.clock.monotonic()
        try:
            answer = await self._with_retry(call, url, ours)
        except (MinistryError, DeadlineExceeded) as failure:
            self._tell(call, type(failure).__name__, deadline.clock.monotonic() - began)
            raise
        self._tell(call, f"{answer.status // 100}xx", deadline.clock.monotonic() - began)
        return answer

    async def _with_retry(self, call: Call, url: str, deadline: Deadline) -> Answer:
        began = deadline.clock.monotonic()
        try:
            return await self._once(call, url, deadline)
        except MinistryUnavailable:
            spent = deadline.clock.monotonic() - began
            enough_left = deadline.remaining() > max(2 * spent, _LEAST_TIME)
            if call.writes or spent > self._limits.fast_failure or not enough_left:
                raise
        return await self._once(call, url, deadline)

    async def _once(self, call: Call, url: str, deadline: Deadline) -> Answer:
        _needs_time(deadline)
        try:
            async with self._bulkhead.place(min(self._limits.queue_seconds, deadline.remaining())):
                _needs_time(deadline)  # which standing in line may have used up
                return await self._judged(call, url, deadline)
        except BulkheadFull:
            raise MinistryBusy(self.ministry, "our own cap is full") from None

    async def _judged(self, call: Call, url: str, deadline: Deadline) -> Answer:
        """One sending, its end counted by the breaker."""
        given = self._breaker.enter()
        if given is None:
            raise MinistryUnavailable(self.ministry, "left alone after failures")
        end = self._breaker.abandoned
        seconds = deadline.remaining()
        try:
            answer = await self._sent(call, url, deadline)
            end = self._breaker.succeeded
            return answer
        except MinistryBusy:
            end = self._breaker.succeeded
            raise
        except MinistryError:
            # The last call of a hop may have had too little time for any ministry: that is no fault of this one.
            rushed = deadline.remaining() == 0 and seconds < min(self._limits.connect, self._limits.total / 2)
            if not rushed:
                end = self._breaker.failed
            raise
        finally:
            end(given)

    async def _sent(self, call: Call, url: str, deadline: Deadline) -> Answer:
        headers = {**self._headers, **call.headers}
        body = None
        if isinstance(call.body, Octets):
            headers["content-type"], body = call.body.kind, call.body.value
        elif call.body is not None:
            headers["content-type"] = "application/json"
            body = msgspec.json.encode(call.body)
        seconds = deadline.remaining()
        # Connecting always gives up before the whole does: then it is certain that nothing was written.
        connect = min(self._limits.connect, seconds / 2)
        try:
            raw = await self._wire.send(
                call.method, url, headers, body, connect=connect, total=seconds, cap=self._limits.max_body
            )
        except NotReached as failure:
            raise MinistryUnavailable(self.ministry, failure.why) from None
        except AnswerTooLong as failure:
            raise self._unreadable(call, failure.status, failure.why) from None
        except CutOff as failure:
            raise self._unanswered(call, failure.why) from None
        except WireError as failure:
            raise self._unreadable(call, 200, failure.why) from None
        return self._understood(call, raw)

    def _understood(self, call: Call, raw: RawAnswer) -> Answer:
        status = raw.status
        if status == 429:
            raise MinistryBusy(self.ministry, "429")
        if (status >= 500 and status not in call.told) or status == 408:
            raise self._unanswered(call, str(status))
        if not 200 <= status < 300 and status < 400:
            raise MinistryContract(self.ministry, "redirected elsewhere")
        if raw.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            # Asked for none; unpacking what was not asked for is how decompression bombs get in.
            raise self._unreadable(call, status, "compressed unasked")
        try:
            kind = raw.headers.get("content-type", "")
            if call.kind and status < 400:
                return Answer(status, decode_text(raw.body, kind, call.kind), raw.headers)
            value = decode(raw.body, kind, self._limits.max_depth, text_allowed=call.text_allowed)
        except UnreadableAnswer as problem:
            raise self._unreadable(call, status, str(problem)) from None
        return Answer(status, value, raw.headers)

    def _unanswered(self, call: Call, why: str) -> MinistryError:
        kind = MinistryAmbiguous if call.writes else MinistryUnavailable
        return kind(self.ministry, why)

    def _unreadable(self, call: Call, status: int, why: str) -> MinistryError:
        """A write that was answered "done" in a way nobody can read may well have been done."""
        kind = MinistryAmbiguous if call.writes and status < 400 else MinistryContract
        return kind(self.ministry, why)

    def _tell(self, call: Call, result: str, seconds: float) -> None:
        self._observer.ministry_call(self.ministry, call.operation, result, seconds)
        _log.info("ministry=%s operation=%s result=%s ms=%d", self.ministry, call.operation, result, seconds * 1000)

    def misread(self, why: str, wrote: bool = False) -> MinistryError:
        """For adapters: the JSON is not what the standard allows. After a write that leaves its end open."""
        return (MinistryAmbiguous if wrote else MinistryContract)(self.ministry, why)


def _needs_time(deadline: Deadline) -> None:
    """Raises `DeadlineExceeded` where too little is left: nothing was sent."""
    if deadline.remaining() < _LEAST_TIME:
        raise DeadlineExceeded("no time left for a ministry")
