"""One bound connection to an SMSC, over `aiosmpplib`: it connects, binds, asks whether the line lives, binds again.

Only that is left to the library (0.7.4; what else it does is listed in `docs/decisions/0014`). What arrives is read
by `pdus`, and each part is written here, so that "never written" is told from "written, no answer". The seams are
`_end_task`, `_get_pdu`, `_handle_request`, `_handle_response`, `_receive_data`: a test fails if they move.
"""

import asyncio
import contextlib
import logging
import random  # noqa: TID251 - unless other chance is handed in
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiosmpplib import ESME, DeliverSmResp, SubmitSm
from aiosmpplib.broker import AbstractBroker
from aiosmpplib.correlator import SimpleCorrelator
from aiosmpplib.protocol import GenericNack, SmppMessage, Unbind
from aiosmpplib.retrytimer import AbstractRetryTimer
from aiosmpplib.state import PduHeader, SmppCommand, SmppCommandStatus, SmppError

from domain.errors import GuichetError, InvalidValue
from gateway.aggregators.smpp.pdus import HEADER_LENGTH, LONGEST, Delivery, read_delivery, read_id

log = logging.getLogger("guichet.smpp")

_BACKOFF = (1.0, 30.0)
_DELIVERIES_AT_A_TIME = 16
_GOODBYE_SECONDS = 1.0
_REFUSALS = frozenset(
    {SmppCommandStatus.ESME_RINVPASWD, SmppCommandStatus.ESME_RINVSYSID, SmppCommandStatus.ESME_RBINDFAIL}
)


class NotBound(Exception):
    """There is no connection: nothing was written."""


class Lost(Exception):
    """It was written, and no answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A `submit_sm_resp`, or a `generic_nack` for it: the status (0: taken) and the SMSC's id."""

    status: int
    id: str


class _Backoff(AbstractRetryTimer):  # type: ignore[misc]
    """Doubles from one second to thirty, each with a share of chance: not all gateways knock at once."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._next, self._chance = _BACKOFF[0], chance

    async def wait(self) -> None:
        delay, self._next = self._next, min(self._next * 2, _BACKOFF[1])
        await asyncio.sleep(delay * (0.5 + self._chance() / 2))

    def reset(self) -> None:
        self._next = _BACKOFF[0]

    def next_delay(self) -> float:
        return self._next


class _NoQueue(AbstractBroker):  # type: ignore[misc]
    """The outbox is the queue: the library's own stays empty."""

    async def enqueue(self, message: SmppMessage) -> None:
        raise NotImplementedError

    async def dequeue(self) -> SmppMessage:
        await asyncio.Event().wait()


class _NoMemory(SimpleCorrelator):  # type: ignore[misc]
    """What was sent is remembered by who waits for its answer, and in the database."""

    async def put(self, smpp_message: SmppMessage) -> None: ...


class Link(ESME):  # type: ignore[misc]
    """`open`, `submit`, `close`. `on_delivery` gets each `deliver_sm`; once it returns the SMSC is told that we have
    it, and if it raises a `GuichetError` the SMSC is asked to try again."""

    def __init__(
        self,
        host: str,
        port: int,
        system_id: str,
        password: str,
        system_type: str,
        on_delivery: Callable[[Delivery], Awaitable[None]],
        keepalive_seconds: float = 30.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(
            smsc_host=host,
            smsc_port=port,
            system_id=system_id,
            password=password,
            system_type=system_type,
            # It would log PDUs, with numbers and texts.
            log_level=logging.CRITICAL,
            log_handler=logging.NullHandler(),
            broker=_NoQueue(),
            correlator=_NoMemory(system_id),
            retry_timer=_Backoff(chance),
            enquire_link_interval=keepalive_seconds,
            socket_timeout=10.0,
        )
        self._on_delivery = on_delivery
        self._up = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[Answer | None]] = {}
        self._slots = asyncio.Semaphore(_DELIVERIES_AT_A_TIME)
        self._taking: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None
        self._line: asyncio.StreamWriter | None = None
        self.refused = False
        """The last bind was refused for what we are, not for what happened."""

    def open(self) -> None:
        """Begin to connect, and go on for ever."""
        self._running = asyncio.create_task(self.start())

    async def bound(self, seconds: float) -> bool:
        """Whether it is bound, or is within so many seconds."""
        try:
            await asyncio.wait_for(self._up.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Unbind, and hang up; whoever waits for an answer meets `Lost`."""
        if self._running is None:
            return
        self._is_shutting_down = True
        if self._up.is_set():
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await self._send_data(Unbind())
            await asyncio.wait({self._running}, timeout=_GOODBYE_SECONDS)
        self._running.cancel()
        await asyncio.gather(self._running, *self._taking, return_exceptions=True)
        self._lost()

    async def submit(self, part: SubmitSm, seconds: float) -> Answer:
        """Writes one part and waits for its answer. Raises `NotBound` or `Lost`."""
        writer = self._writer
        if writer is None or not self._up.is_set():
            raise NotBound
        part.sequence_num = self.sequence_generator.next_sequence()
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting[part.sequence_num] = answer
        try:
            writer.write(part.pdu())
            async with asyncio.timeout(seconds):
                async with self._drain_lock:
                    await writer.drain()
                told = await answer
        except (OSError, TimeoutError) as error:
            raise Lost(type(error).__name__) from None
        finally:
            self._waiting.pop(part.sequence_num, None)
        if told is None:
            raise Lost("hung up")
        return told

    # --- the library's seams -------------------------------------------------------------------------------

    async def connect(self) -> None:
        try:
            await super().connect()
        except BaseException as error:
            self.refused = isinstance(error, SmppError) and error.command_status in _REFUSALS
            if self._writer is not None:
                self._writer.close()
            log.warning(
                "no bind: %s", error.command_status.name if isinstance(error, SmppError) else type(error).__name__
            )
            raise
        self.refused = False
        self._line = self._writer
        self._up.set()

    async def _receive_data(self) -> bytes | None:
        try:
            return await super()._receive_data()  # type: ignore[no-any-return]
        finally:
            self._lost()

    async def _end_task(self, task: "asyncio.Task[object]") -> None:
        """The queue that stays empty never ends by itself: the library would wait half a second for it, at each end of
        a line."""
        if task.done():
            await super()._end_task(task)
        else:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _get_pdu(self) -> tuple[bytes, PduHeader]:
        """The next PDU. Statuses that vendors invent are read, requests that nobody knows are refused."""
        while True:
            head = await self._reader.readexactly(HEADER_LENGTH)
            length, command, status, sequence = struct.unpack("!IIII", head)
            if not HEADER_LENGTH <= length <= LONGEST:
                raise ConnectionResetError("a PDU of an impossible length")
            body = await self._reader.readexactly(length - HEADER_LENGTH)
            try:
                known = SmppCommand(command)
            except ValueError:
                await self._send_data(GenericNack(sequence, SmppCommandStatus.ESME_RINVCMDID))
                continue
            try:
                told = SmppCommandStatus(status)
            except ValueError:
                told = SmppCommandStatus.ESME_RUNKNOWNERR
            return head + body, PduHeader(length, known, told, sequence)

    async def _handle_response(self, pdu: bytes, header: PduHeader) -> None:
        answer = self._waiting.pop(header.sequence_num, None)
        if answer is not None and not answer.done():
            answer.set_result(Answer(struct.unpack_from("!I", pdu, 8)[0], read_id(pdu)))

    async def _handle_request(self, pdu: bytes, header: PduHeader) -> SmppMessage | None:
        if header.smpp_command is not SmppCommand.DELIVER_SM:
            return await super()._handle_request(pdu, header)
        # Beside the reading of answers, but only so many: then the SMSC waits.
        await self._slots.acquire()
        task = asyncio.create_task(self._take(pdu, header.sequence_num))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        return None

    async def _take(self, pdu: bytes, sequence: int) -> None:
        line = self._line
        status = SmppCommandStatus.ESME_ROK
        try:
            await self._on_delivery(read_delivery(pdu))
        except InvalidValue:
            status = SmppCommandStatus.ESME_RX_P_APPN
        except GuichetError as failure:
            log.warning("a delivery is not stored: %s", type(failure).__name__)
            status = SmppCommandStatus.ESME_RX_T_APPN
        except Exception as failure:
            # Of unknown errors only the type: their text may hold personal data.
            log.error("a delivery broke: %s", type(failure).__name__)
            status = SmppCommandStatus.ESME_RX_T_APPN
        finally:
            self._slots.release()
        if self._up.is_set() and self._line is line:
            with contextlib.suppress(OSError):
                await self._send_data(DeliverSmResp(sequence_num=sequence, command_status=status))

    def _lost(self) -> None:
        self._up.clear()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result(None)
        self._waiting.clear()
        if self._line is not None:
            self._line.close()
