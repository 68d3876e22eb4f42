"""The door where networks tell later of a SIM swap, alone: who may tell, what is understood, what is answered."""

import json
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_network

import pytest
from starlette.applications import Starlette

from domain.errors import StoreUnavailable
from gateway.aggregators.africastalking.swaps import read_swap
from gateway.doors.asgi import Gatekeeper
from gateway.doors.swaps import swap_routes
from gateway.metrics import Metrics
from gateway.setting_values import IpNetwork
from services.swap_ports import NotTold, SwapAnswer, SwapTold, ToldDay, ToldLater
from tests.phone import request
from tests.whole import SECRET


@dataclass
class Office:
    """`fails`: with what it is not stored; `networks`: from which addresses alone somebody may call."""

    fails: Exception | None = None
    networks: tuple[IpNetwork, ...] = ()
    taken: list[SwapTold] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)

    async def calls_back(self, body: object, secret: str = SECRET) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        door = Starlette(routes=swap_routes(self._take, Gatekeeper((SECRET,), self.networks, ()), self.metrics))
        return (await request(door, "POST", f"/africastalking/{secret}/sim-swaps", body=raw)).status

    def counted(self, result: str, kind: str = "sim-swaps") -> float:
        labels = {"aggregator": "africastalking", "kind": kind, "result": result}
        return self.metrics.registry.get_sample_value("guichet_sms_callbacks_total", labels) or 0.0

    async def _take(self, told: SwapTold) -> None:
        if self.fails:
            raise self.fails
        self.taken.append(told)


SWAPPED = {"requestId": "r-1", "status": "Swapped", "lastSimSwapDate": "25-11-2026"}


@pytest.mark.parametrize("secret", ["wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "%00", "é"])
async def test_who_does_not_know_the_whole_secret_finds_no_door(secret: str) -> None:
    office = Office()
    assert await office.calls_back(SWAPPED, secret) == 404
    assert office.taken == [] and office.counted("taken") == 0
    assert await office.calls_back(SWAPPED) == 200
    assert office.taken == [SwapTold("r-1", ToldDay(date(2026, 11, 25)))]


async def test_who_knows_it_and_calls_from_elsewhere_finds_none_either() -> None:
    office = Office(networks=(ip_network("192.0.2.0/24"),))
    assert await office.calls_back(SWAPPED) == 404
    assert office.taken == []


async def test_each_is_counted_as_what_it_is() -> None:
    office = Office()
    await office.calls_back(SWAPPED)
    await office.calls_back(b"{")
    office.fails = StoreUnavailable("away")
    await office.calls_back(SWAPPED)
    assert [office.counted(result) for result in ("taken", "invalid", "not_stored")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"requestId=r-1&status=Swapped", 400),
        (b'{"requestId": "r-1", "status": "Swapped"', 400),
        (b'{"requestId": "\xff", "status": "Swapped"}', 400),
        (b"[]", 400),
        (b"[" * 8000, 400),
        ({"status": "Swapped"}, 400),
        ({"requestId": "r-1"}, 400),
        ({"requestId": 1, "status": "Swapped"}, 400),
        ({"requestId": "r-1", "status": None}, 400),
        ({"requestId": "", "status": "Swapped"}, 400),
        ({"requestId": "r\n1", "status": "Swapped"}, 400),
        ({"requestId": "r\x001", "status": "Swapped"}, 400),
        ({"requestId": "r" * 129, "status": "Swapped"}, 400),
        ({"requestId": "r-1", "status": "Swapped", "lastSimSwapDate": 20261125}, 400),
        ({"requestId": "r-1", "status": "Swapped", "lastSimSwapDate": "31-02-2026"}, 400),
        ({"requestId": "r-1", "status": "Swapped", "lastSimSwapDate": "soon"}, 400),
        ({"requestId": "r-1", "status": "Swapped", "lastSimSwapDate": "25-11-2026", "more": "x" * 8192}, 413),
        ({"requestId": "r-1", "status": "Swapped", "lastSimSwapDate": "25-11-2026", "more": [1]}, 200),
        ({"requestId": "r-1", "status": "NotSwapped", "lastSimSwapDate": None}, 200),
    ],
)
async def test_what_cannot_be_read_is_answered_as_at_the_other_doors(body: object, status: int) -> None:
    office = Office()
    assert await office.calls_back(body) == status
    assert len(office.taken) == (status == 200)


@pytest.mark.parametrize("failure", [StoreUnavailable("away"), RuntimeError("a fault of ours, that quotes r-1")])
async def test_what_is_not_stored_is_to_come_again(failure: Exception, caplog: pytest.LogCaptureFixture) -> None:
    office = Office(fails=failure)
    assert await office.calls_back(SWAPPED) == 503
    assert "r-1" not in caplog.text
    office.fails = None
    assert await office.calls_back(SWAPPED) == 200


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"status": "Swapped", "lastSimSwapDate": "25-11-2026"}, ToldDay(date(2026, 11, 25))),
        ({"status": "NotSwapped", "lastSimSwapDate": "01-01-1900"}, ToldDay(date(1900, 1, 1))),
        ({"status": "Swapped", "lastSimSwapDate": "01-01-1900"}, ToldDay(date(1900, 1, 1))),
        ({"status": "NotSwapped", "lastSimSwapDate": "25-11-2026"}, ToldDay(date(2026, 11, 25))),
        ({"status": " notswapped ", "lastSimSwapDate": "2026-11-25"}, ToldDay(date(2026, 11, 25))),
        ({"status": "NotSwapped"}, NotTold()),
        ({"status": "Swapped", "lastSimSwapDate": ""}, NotTold()),
        ({"status": "Failed", "lastSimSwapDate": "25-11-2026"}, NotTold()),
        ({"status": "Error", "lastSimSwapDate": "25-11-2026"}, NotTold()),
        ({"status": "Borked", "lastSimSwapDate": "25-11-2026"}, NotTold()),
        ({"status": "Swapped!", "lastSimSwapDate": "25-11-2026"}, NotTold()),
        ({"status": "Queued"}, ToldLater("r-1")),
        ({"status": "Pending"}, ToldLater("r-1")),
        ({"status": "Borked"}, NotTold()),
    ],
)
def test_what_a_callback_says(said: dict[str, str], answer: SwapAnswer) -> None:
    body = {"providerRefId": "p", "requestId": "r-1", "transactionId": "t"} | said
    assert read_swap(b"", json.dumps(body).encode()) == SwapTold("r-1", answer)
