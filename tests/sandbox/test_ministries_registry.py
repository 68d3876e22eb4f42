"""The register of payments, its tokens, and the security server in front of the other ministries."""

from typing import Any

import aiohttp
import pytest

from sandbox.ministries.catalogue import SOCIAL_AID_SERVICE
from tests.sandbox.ministry_calls import VEMTAS, application, submit

REGISTRY = "/ministries/vemtas-registry"
FRONT = "/ministries/security-server"
BEHIND = f"{FRONT}/r1/AZ/GOV/2002/vemtas"
CLIENT = {"X-Road-Client": "AZ/GOV/1001/guichet"}
COLLECTED = "41000070"


def envelope(message: dict[str, Any], **header: Any) -> dict[str, Any]:
    given = {"message_id": "1", "message_ts": "2026-11-23T06:00:00Z", "action": "search", "sender_id": "g"}
    return {
        "signature": "",
        "header": given | {"total_count": 1} | header,
        "message": {"transaction_id": "2"} | message,
    }


def enrolled(reference: str, **more: Any) -> dict[str, Any]:
    query = {"person_identifier": {"eq": reference}, **more}
    return envelope({"enrolled_criteria": {"query_type": "expression", "query": query}})


async def post(client: aiohttp.ClientSession, path: str, body: object, status: int = 200, **headers: str) -> Any:
    async with client.post(path, json=body, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def records(
    client: aiohttp.ClientSession, asked: object, path: str = f"{REGISTRY}/registry/sync/enrolled"
) -> Any:
    answer = await post(client, path, asked)
    assert answer["header"]["status"] == "succ"
    return answer["message"]["search_response"][0]["data"]["reg_records"]


async def states(client: aiohttp.ClientSession, kind: str = "transaction_id", value: object = COLLECTED) -> list[str]:
    request = {"reference_id": "3", "txn_type": "disburse", "attribute_type": kind, "attribute_value": value}
    answer = await post(client, f"{REGISTRY}/disburse/sync/txn/status", envelope({"txnstatus_request": request}))
    return [one["status"] for one in answer["message"]["disbursements_status"]]


async def test_who_was_granted_money_is_enrolled(client: aiohttp.ClientSession) -> None:
    (hers,) = await records(client, enrolled(COLLECTED))
    assert hers["identifier"][0]["identifier_value"] == COLLECTED
    assert len(hers["disbursements"]) == 3
    assert await records(client, enrolled("41000035")) == []
    programme = "programme_identifier.program.programme_identifier"
    assert len(await records(client, enrolled(COLLECTED, **{programme: {"eq": "TSA"}}))) == 1
    assert await records(client, enrolled(COLLECTED, **{programme: {"eq": "PENSION"}})) == []
    criteria = {"query_type": "idtype-value", "query": {"type": "APPLICATION_ID", "value": COLLECTED}}
    request = [{"reference_id": "r", "timestamp": "t", "search_criteria": criteria}]
    found = await records(client, envelope({"search_request": request}), f"{REGISTRY}/registry/sync/search")
    assert found == [hers]


async def test_a_sum_falls_due_each_month(client: aiohttp.ClientSession) -> None:
    assert await states(client) == ["rjct", "succ", "pdng"]
    assert await states(client, "reference_id_list", [f"{COLLECTED}-002", "41000019-009"]) == ["succ"]
    async with client.post("/sandbox/clock", json={"advance_days": 62}) as turned:
        assert turned.status == 200
    assert await states(client) == ["rjct", "succ", "succ", "succ", "pdng"]


@pytest.mark.parametrize("wrong", [{}, {"header": {}}, envelope({}, message_id="")])
async def test_an_envelope_that_is_none_is_refused(client: aiohttp.ClientSession, wrong: dict[str, Any]) -> None:
    await post(client, f"{REGISTRY}/registry/sync/enrolled", wrong, 400)


async def test_tokens_live_for_a_while(client: aiohttp.ClientSession) -> None:
    form = {"grant_type": "client_credentials", "client_id": "g", "client_secret": "demo"}
    async with client.post(f"{REGISTRY}/token", data=form) as answer:
        token = (await answer.json())["access_token"]
    path = f"{REGISTRY}/registry/sync/enrolled"
    await post(client, path, enrolled(COLLECTED), Authorization=f"Bearer {token}")
    await post(client, path, enrolled(COLLECTED), 401, Authorization="Bearer guessed")
    async with client.post("/sandbox/clock", json={"advance_seconds": 301}) as turned:
        assert turned.status == 200
    await post(client, path, enrolled(COLLECTED), 401, Authorization=f"Bearer {token}")
    for refused, status in (({**form, "client_secret": "wrong"}, 401), ({**form, "grant_type": "password"}, 400)):
        async with client.post(f"{REGISTRY}/token", data=refused) as answer:
            assert answer.status == status


async def test_what_stands_behind_the_security_server_answers_as_itself(client: aiohttp.ClientSession) -> None:
    reference = (await submit(client, application()))["fileId"]
    headers = CLIENT | {"X-Road-Id": "an-id"}
    async with client.get(f"{BEHIND}/applications/applications/{reference}", headers=headers) as through:
        behind = await through.json()
    assert through.headers["X-Road-Id"] == "an-id" and through.headers["X-Road-Service"].endswith("/applications")
    assert "X-Road-Error" not in through.headers
    async with client.get(f"{VEMTAS}/applications/{reference}") as direct:
        assert behind == await direct.json()
    async with client.get(f"{BEHIND}/applications/applications/1", headers=CLIENT) as unknown:
        assert unknown.status == 404 and "X-Road-Error" not in unknown.headers
    answer = await post(client, f"{BEHIND}/registry/registry/sync/enrolled", enrolled(COLLECTED), **CLIENT)
    assert answer["header"]["status"] == "succ"


@pytest.mark.parametrize(
    ("path", "client_id", "kind"),
    [
        (f"{BEHIND}/registry/x", "", "Client.InvalidClientIdentifier"),
        (f"{BEHIND}/registry/x", "AZ/GOV", "Client.InvalidClientIdentifier"),
        (f"{BEHIND}/registry/x", "EE/GOV/1/x", "Server.ClientProxy.UnknownMember"),
        (f"{BEHIND}/pensions/x", "AZ/GOV/1/x", "Server.ServerProxy.UnknownService"),
    ],
)
async def test_the_security_servers_own_refusals(
    client: aiohttp.ClientSession, path: str, client_id: str, kind: str
) -> None:
    async with client.get(path, headers={"X-Road-Client": client_id}) as answer:
        assert (answer.status, answer.headers["X-Road-Error"]) == (500, kind)
        assert (await answer.json())["type"] == kind


@pytest.mark.parametrize(("before", "made"), [(True, 0), (False, 1)])
async def test_a_mediator_that_fails_before_or_after_the_ministry_was_asked(
    client: aiohttp.ClientSession, before: bool, made: int
) -> None:
    rule = {"ministry": "security-server", "operation": "forward", "kind": "x_road_error", "before_write": before}
    async with client.post("/sandbox/faults", json=rule) as answer:
        assert answer.status == 201
    path = f"{BEHIND}/applications/services/{SOCIAL_AID_SERVICE.id}/applications"
    async with client.post(path, json=application(), headers=CLIENT) as failed:
        assert failed.headers["X-Road-Error"] == "Server.ServerProxy.ServiceFailed"
    async with client.get("/sandbox/log") as log:
        assert (await log.json()).get("vemtas.applications.submit", {}).get("carried_out", 0) == made
