"""Behind an X-Road security server: whose failure it was, and whether the ministry can have got the request."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from domain.clock import HandClock
from domain.deadline import Deadline
from domain.errors import InvalidValue, MinistryAmbiguous, MinistryBusy, MinistryContract, MinistryUnavailable
from services.backends.breaker import Breaker
from services.backends.config import MinistryAddress
from services.backends.transport import Transport
from services.backends.way import way_to
from services.backends.way_config import XRoad
from services.backends.wire import RawAnswer
from tests.services.backends.test_transport import JSON, READ, WRITE, ScriptedWire, answer

THROUGH = XRoad("AZ/GOV/1001/guichet", "AZ/GOV/2002/social aid/api", user_id="AZ:guichet")
CLOCK = HandClock(datetime(2026, 11, 23, tzinfo=UTC))
DEADLINE = Deadline.after(2, CLOCK)


def behind(wire: ScriptedWire, through: XRoad = THROUGH, **more: object) -> Transport:
    numbers = iter(range(1, 9))
    address = msgspec.convert({"name": "vemtas", "base_url": "http://ss1.test/", **more}, MinistryAddress)
    address = msgspec.structs.replace(address, through=through)
    address, way = way_to(address, wire, CLOCK, lambda: UUID(int=next(numbers)))
    return Transport(address, way, Breaker(address.limits.breaker, CLOCK))


def failed(kind: str, status: int = 500, header: str = "x-road-error") -> RawAnswer:
    body = msgspec.json.encode({"type": kind, "message": "secret words", "detail": "d"})
    return answer(status, body, {**JSON, header: kind})


async def test_each_request_names_client_and_service_part_by_part_and_has_an_id_of_its_own() -> None:
    wire = ScriptedWire(answer())
    transport = behind(wire, headers={"x-road-client": "AZ/GOV/9/forged", "Accept-Language": "az"})
    await transport.request(READ, DEADLINE)
    await transport.request(READ, DEADLINE)
    assert wire.sent[0] == ("GET", "http://ss1.test/r1/AZ/GOV/2002/social%20aid/api/things/1")
    first, second = wire.headers
    assert first["X-Road-Client"] == "AZ/GOV/1001/guichet" and "x-road-client" not in first
    assert (first["X-Road-UserId"], first["Accept-Language"]) == ("AZ%3Aguichet", "az")
    assert (first["X-Road-Id"], second["X-Road-Id"]) == (str(UUID(int=1)), str(UUID(int=2)))


async def test_names_of_headers_are_the_packs() -> None:
    wire = ScriptedWire(failed("Server.ServerProxy.ServiceFailed", header="x-im-error"))
    through = XRoad("A/B/C", "A/B/C/D/e", client_header="X-GovStack-Client", error_header="X-IM-Error")
    with pytest.raises(MinistryAmbiguous, match=r"mediator: Server\.ServerProxy\.ServiceFailed"):
        await behind(wire, through).request(WRITE, DEADLINE)
    assert wire.headers[0]["X-GovStack-Client"] == "A/B/C"
    assert "X-Road-UserId" not in wire.headers[0]


@pytest.mark.parametrize(
    ("kind", "delivered"),
    [
        ("Client.BadRequest", False),
        ("Server.ClientProxy.UnknownMember", False),
        ("Server.ClientProxy.SslAuthenticationFailed", False),
        ("Server.ServerProxy.AccessDenied", False),
        ("Server.ServerProxy.UnknownService", False),
        ("Server.ServerProxy.ServiceDisabled", False),
        # It may have been the answer that was lost on the way back.
        ("Server.ClientProxy.NetworkError", True),
        ("Server.ClientProxy.UnknownMemberOrWhatever", True),
        ("Server.ServerProxy.ServiceFailed", True),
        ("Server.ServerProxy.ServiceFailed.HttpError", True),
        ("Clientele", True),
        ("", True),
        ("<script>", True),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403, 404, 429, 500])
async def test_its_failure_is_not_the_ministrys_answer(kind: str, delivered: bool, status: int) -> None:
    wire = ScriptedWire(failed(kind, status))
    transport = behind(wire)
    with pytest.raises(MinistryUnavailable) as read:
        await transport.request(READ, DEADLINE)
    expected = MinistryAmbiguous if delivered else MinistryUnavailable
    with pytest.raises(expected) as wrote:
        await transport.request(WRITE, DEADLINE)
    assert type(wrote.value) is expected
    assert len(wire.sent) == 3, "a read twice, a write once"
    for failure in (read, wrote):
        assert "secret" not in str(failure.value) and "<" not in str(failure.value)


async def test_without_that_header_the_ministry_answered() -> None:
    for status, error in ((429, MinistryBusy), (302, MinistryContract), (500, MinistryAmbiguous)):
        with pytest.raises(error):
            await behind(ScriptedWire(answer(status))).request(WRITE, DEADLINE)
    assert (await behind(ScriptedWire(answer(404))).request(READ, DEADLINE)).status == 404


@pytest.mark.parametrize("wrong", ["", "AZ", "AZ/GOV", "AZ/GOV//x/y", "AZ/GOV/1/../y", "a/b/c/d/e/f", "A/B/C\n/D"])
def test_an_identifier_that_is_none_stops_the_start(wrong: str) -> None:
    for through in (XRoad("A/B/C/D", wrong), XRoad(wrong, "A/B/C/D/e")):
        with pytest.raises(InvalidValue, match="through"):
            behind(ScriptedWire(answer()), through)
