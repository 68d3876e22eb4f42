"""The door of one operation: counts the request, lets a fault strike, remembers answers by their key."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.ministries.breakage import NOTHING, Answer, send_answer, send_broken
from sandbox.ministries.faults import Fault, FaultBoard, Kind
from sandbox.ministries.journal import Journal
from sandbox.ministries.registry import Refused
from sandbox.ministries.wire import BadRequest

Act = Callable[[Request], Awaitable[Response]]


def problem(status: int, code: str, message: str) -> Response:
    """GovStack's `systemError`."""
    trace = hashlib.sha256(message.encode()).hexdigest()[:12]
    content = {"traceId": trace, "code": code, "message": message, "localizedMessage": message}
    return JSONResponse(content, status)


@dataclass(frozen=True, slots=True)
class Hall:
    """What the doors of one ministry share."""

    ministry: str
    faults: FaultBoard
    journal: Journal
    remembers: bool
    """Whether the ministry honours `Idempotency-Key`: an extension that not every one has."""
    answers: dict[tuple[str, str, str], tuple[bytes, Answer]] = field(default_factory=dict)


class Gate:
    """An ASGI application that carries out one operation of a ministry."""

    def __init__(self, hall: Hall, operation: str, act: Act) -> None:
        self._hall, self._operation, self._act = hall, operation, act

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()  # read first: from here to the end of the act nothing else runs in between
        tally = self._hall.journal.of(self._hall.ministry, self._operation)
        tally.asked += 1
        fault = await self.drawn(request)
        if fault is not None:
            tally.faults[fault.kind.value] += 1
            await self._struck(fault, request, receive, send)
            return
        await send_answer(await self._perform(request), send)

    async def drawn(self, request: Request) -> Fault | None:
        """The fault that meets this request, if any."""
        return self._hall.faults.draw(self._hall.ministry, self._operation)

    async def _struck(self, fault: Fault, request: Request, receive: Receive, send: Send) -> None:
        if fault.kind is Kind.DELAY:
            if fault.before_write:
                await asyncio.sleep(fault.number(0))
                await send_answer(await self._perform(request), send)
            else:
                answer = await self._perform(request)
                await asyncio.sleep(fault.number(0))
                await send_answer(answer, send)
            return
        # A cut "after n octets" needs an answer to cut, yet must not have carried anything out.
        answer = NOTHING if fault.before_write else await self._perform(request)
        await send_broken(fault, answer, receive, send)

    async def _perform(self, request: Request) -> Answer:
        key = request.headers.get("idempotency-key", "").strip('" ')
        if not key or not self._hall.remembers or request.method == "GET":
            return await self._carry_out(request)
        place = (request.method, request.url.path, key)
        digest = hashlib.sha256(await request.body()).digest()
        known = self._hall.answers.get(place)
        if known is not None:
            if known[0] != digest:
                return _whole(problem(422, "key_reused", "this Idempotency-Key came with another body"))
            return known[1]
        answer = await self._carry_out(request)
        if answer.status < 400:
            self._hall.answers[place] = (digest, answer)
        return answer

    async def _carry_out(self, request: Request) -> Answer:
        tally = self._hall.journal.of(self._hall.ministry, self._operation)
        try:
            response = await self._act(request)
            tally.carried_out += 1
        except Refused as refused:
            response = problem(refused.status, refused.code, refused.message)
        except BadRequest as bad:
            response = problem(400, "invalid_request", str(bad))
        tally.statuses[str(response.status_code)] += 1
        return _whole(response)


def _whole(response: Response) -> Answer:
    return Answer(response.status_code, tuple(response.raw_headers), bytes(response.body))
