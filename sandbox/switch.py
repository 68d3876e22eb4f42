"""The operator's switch: dials, answers, hang-ups and time-outs become hops to the gateway."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.air import Carried, carry
from sandbox.calls import Call, Fault, Status, parts_dialled
from sandbox.doors import DOORS, BadReply, Reply
from sandbox.networks import Network
from sandbox.wire import Hop, Wire

NO_SUCH_CODE = "Connection problem or invalid MMI code."
LOST = "Connection lost."
END_OF_SESSION = "end of session"


class SessionOver(Exception):
    """The session is unknown or over; the text says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A network's patience: `session` seconds in all, `idle` overrides the network's own seconds a screen."""

    session: float = 180.0
    idle: float | None = None
    calls: int = 1000


@dataclass(frozen=True, slots=True)
class Turn:
    """What one key press on the phone led to. `over` says why the session ended, "" while it goes on."""

    call: Call
    screen: Carried
    goes_on: bool
    over: str
    hops: tuple[Hop, ...]
    warnings: tuple[str, ...]
    seconds_left: float
    idle_seconds: float


@dataclass(slots=True)
class Switch:
    """All live sessions, in memory. `now` is a monotonic clock, `today` the wall's, `token` random hex."""

    wire: Wire
    service_code: str = "*123#"
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], float] = time.monotonic
    today: Callable[[], datetime] = lambda: datetime.now(UTC)
    token: Callable[[], str] = lambda: secrets.token_hex(16)
    calls: OrderedDict[str, Call] = field(default_factory=OrderedDict)
    timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    # Tasks are kept here so that none is lost to the garbage collector before it has spoken.
    reports: set[asyncio.Future[Hop]] = field(default_factory=set)
    endings: set[asyncio.Future[list[Hop]]] = field(default_factory=set)

    async def dial(self, msisdn: str, dialled: str, network: Network, door: str, fault: Fault) -> Turn:
        """Open a session; a code that is not ours never leaves the network."""
        parts = parts_dialled(dialled, self.service_code)
        session = DOORS[door].session_id(self.token())
        call = Call(session, msisdn, self.service_code, dialled, network, door, fault, self.now())
        if parts is None:
            call.over = "no such code"
            return self._turn(call, Reply(NO_SUCH_CODE, False), [])
        call.inputs.extend(parts)
        self._remember(call)
        return await self._hop(call)

    async def answer(self, session: str, typed: str, fault: Fault | None = None) -> Turn:
        """Send what was typed. Raises `SessionOver`."""
        call = self._live(session)
        call.fault = fault or call.fault
        call.inputs.append(typed)
        return await self._hop(call)

    async def hang_up(self, session: str) -> Turn:
        """End the session from the phone; the gateway is told. Raises `SessionOver`."""
        call = self._live(session)
        told = await self._end(call, "Incomplete", "the citizen hung up")
        return self._turn(call, Reply("", False), told)

    def over(self, session: str) -> str:
        """Say why the session is over, "" while it lives."""
        call = self.calls.get(session)
        return "unknown session" if call is None else call.over

    async def _hop(self, call: Call) -> Turn:
        self._stop_timer(call)
        hops = await self._send(call)
        call.hops += 1
        if call.fault == "drop" and call.hops > 1:
            hops += await self._end(call, "Incomplete", "the network lost the session")
            return self._turn(call, Reply(LOST, False), hops)
        last = hops[-1]
        try:
            if last.status == 0:
                raise BadReply(last.body)
            reply = DOORS[call.door].read(last.status, last.headers, last.body)
        except BadReply as bad:
            hops += await self._end(call, "Failed", str(bad))
            return self._turn(call, Reply(NO_SUCH_CODE, False, warnings=(f"SESSION LOST: {bad}",)), hops)
        call.last_response = last.body
        if reply.metadata is not None:
            call.metadata.append(reply.metadata)
        if reply.goes_on:
            self._start_timer(call)
        else:
            hops += await self._end(call, "Success", "")
        return self._turn(call, reply, hops)

    async def _send(self, call: Call) -> list[Hop]:
        """Send the hop as the fault asks; the last of the hops is the one whose answer reaches the phone."""
        request = DOORS[call.door].hop(self.wire.secret, call)
        if call.fault == "double":
            notes = ("sent twice at once: first", "sent twice at once: second")
            return list(await asyncio.gather(*(self.wire.send(request, note) for note in notes)))
        if call.fault == "repeat":
            lost = await self.wire.send(request, "its answer was lost")
            return [lost, await self.wire.send(request, "sent again")]
        return [await self.wire.send(request)]

    async def _end(self, call: Call, status: Status, error: str) -> list[Hop]:
        """Close the session and tell the gateway; a slow gateway does not hold up the phone."""
        self._stop_timer(call)
        if call.over:
            return []
        call.over = error or "the service ended the session"
        millis = int((self.now() - call.started) * 1000)
        request = DOORS[call.door].ended(self.wire.secret, call, status, error, self.today(), millis)
        if request is None:
            return []
        report = asyncio.ensure_future(self.wire.send(request, END_OF_SESSION))
        self.reports.add(report)
        report.add_done_callback(self.reports.discard)
        done, _ = await asyncio.wait({report}, timeout=0.5)
        return [task.result() for task in done]

    def _turn(self, call: Call, reply: Reply, hops: list[Hop]) -> Turn:
        carried = carry(reply.text, call.network)
        warnings = [*carried.warnings, *reply.warnings]
        seen = {(hop.status, hop.body) for hop in hops if hop.note != END_OF_SESSION}
        if len(seen) > 1:
            warnings.append("the same hop, sent twice, gave two different answers")
        if any(hop.note == END_OF_SESSION and hop.status != 200 for hop in hops):
            warnings.append("the gateway did not take the end-of-session event")
        return Turn(
            call,
            carried,
            reply.goes_on,
            call.over,
            tuple(hops),
            tuple(warnings),
            max(0.0, self._left(call)),
            self._idle(call),
        )

    def _live(self, session: str) -> Call:
        call = self.calls.get(session)
        if call is None or call.over:
            raise SessionOver(self.over(session))
        return call

    def _remember(self, call: Call) -> None:
        self.calls[call.session] = call
        while len(self.calls) > self.limits.calls:
            _, oldest = self.calls.popitem(last=False)
            self._stop_timer(oldest)

    def _left(self, call: Call) -> float:
        return self.limits.session - (self.now() - call.started)

    def _idle(self, call: Call) -> float:
        return call.network.idle if self.limits.idle is None else self.limits.idle

    def _start_timer(self, call: Call) -> None:
        left, idle = self._left(call), self._idle(call)
        reason = f"nothing typed for {idle:g} s" if idle < left else "the session's time is over"
        loop = asyncio.get_running_loop()
        self.timers[call.session] = loop.call_later(max(0.0, min(left, idle)), self._expire, call, reason)

    def _stop_timer(self, call: Call) -> None:
        timer = self.timers.pop(call.session, None)
        if timer is not None:
            timer.cancel()

    def _expire(self, call: Call, reason: str) -> None:
        ending = asyncio.ensure_future(self._end(call, "Incomplete", reason))
        self.endings.add(ending)
        ending.add_done_callback(self.endings.discard)
