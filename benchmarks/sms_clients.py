"""Measures ways to hand an SMS to Africa's Talking: its SDK as it is, with kept connections, and our own provider.

A form of some 180 octets to a bare ASGI application on uvicorn in another process, over plain HTTP on loopback; the
answer is decoded. The SDK runs on as many threads as there are messages in flight. Run:

    python -m benchmarks.sms_clients [--calls 2000] [--runs 5]

The figures behind docs/decisions/0014-sms-providers.md.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import socket
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import msgspec
import uvicorn
import uvloop
from africastalking.SMS import SMSService

from benchmarks.peers.servers import free_port
from domain.clock import SystemClock
from domain.deadline import Deadline
from domain.msisdn import Msisdn
from gateway.aggregators.africastalking.account import Account, account
from gateway.aggregators.africastalking.sdk import PooledSms
from gateway.aggregators.africastalking.sms import AfricasTalking
from services.backends.wire import HttpWire
from sms.values import Accepted, Encoding, Outbound

TEXT = "Vizaniz hazirdir. Baki, Nizami kuc. 5, 9-18, 30.11-dek. Istinad 41000019"
HER = Msisdn.parse("+994501234501")
ENTRY = {"statusCode": 101, "number": HER.e164, "status": "Success", "cost": "KES 0.8000", "messageId": "ATXid_1"}
ANSWER = msgspec.json.encode({"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [ENTRY]}})
Send = Callable[[], Awaitable[None]]


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


def serve(port: int) -> None:
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="critical", lifespan="off")


class PlainSms(SMSService):  # type: ignore[misc]
    """The SDK as it is, at another address."""

    def __init__(self, account: Account) -> None:
        self._account = account
        super().__init__(account.username, account.api_key)

    def _init_service(self) -> None:
        self._baseUrl = self._account.api_url


def by_sdk(service: Callable[[Account], Any]) -> Callable[[Account, int], Any]:
    @contextlib.asynccontextmanager
    async def sender(account: Account, in_flight: int) -> AsyncIterator[Send]:
        sdk = service(account)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(in_flight) as threads:

            async def send() -> None:
                told = await loop.run_in_executor(threads, sdk.send, TEXT, [HER.e164], "7575")
                assert told["SMSMessageData"]["Recipients"][0]["messageId"]

            yield send

    return sender


@contextlib.asynccontextmanager
async def ours(account: Account, in_flight: int) -> AsyncIterator[Send]:
    clock = SystemClock()
    message = Outbound(UUID(int=7), 1, HER, "7575", TEXT, Encoding.GSM7, (TEXT,), 3600)
    async with HttpWire() as wire:
        provider = AfricasTalking(account, wire)

        async def send() -> None:
            assert isinstance(await provider.send(message, Deadline.after(12, clock)), Accepted)

        yield send


WAYS = {"SDK as it is": by_sdk(PlainSms), "SDK, connections kept": by_sdk(PooledSms), "our provider": ours}


async def one_run(make: Any, to: Account, calls: int, in_flight: int) -> tuple[float, float]:
    """CPU seconds of this process a call, and calls a second."""
    async with make(to, in_flight) as send:
        left = iter(range(calls))

        async def work() -> None:
            for _ in left:
                await send()

        await send()
        cpu, began = time.process_time(), time.perf_counter()
        await asyncio.gather(*(work() for _ in range(in_flight)))
        return (time.process_time() - cpu) / calls, calls / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(port,), daemon=True)
    server.start()
    to = account("guichet", "key", f"http://127.0.0.1:{port}")
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.05)
    print("| in flight | way | CPU µs a message | messages/s |\n|---|---|---|---|")
    for in_flight in (1, 16, 64):
        for name, make in WAYS.items():
            runs = [uvloop.run(one_run(make, to, arguments.calls, in_flight)) for _ in range(arguments.runs)]
            cpu, rate = ([run[column] for run in runs] for column in (0, 1))
            spent = f"{statistics.median(cpu) * 1e6:.0f} ({min(cpu) * 1e6:.0f}–{max(cpu) * 1e6:.0f})"
            print(f"| {in_flight} | {name} | {spent} | {statistics.median(rate):,.0f} |")
    server.terminate()


if __name__ == "__main__":
    main()
