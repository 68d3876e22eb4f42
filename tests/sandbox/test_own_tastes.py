"""Ministries with APIs of their own taste: how they say no, and how their work goes with the clock."""

from typing import Any

import aiohttp

from sandbox.ministries.vnpost import s10
from tests.sandbox.ministry_calls import Hands

BERKANE, POST, VISA = "/ministries/berkane/api", "/ministries/vnpost/v1", "/ministries/asan-visa/v2"


async def asked(client: aiohttp.ClientSession, path: str, **query: str) -> tuple[int, Any]:
    async with client.get(path, params=query) as answer:
        return answer.status, await answer.json()


async def told(client: aiohttp.ClientSession, path: str, body: dict[str, object]) -> Any:
    async with client.post(path, json=body) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_the_annex_says_no_with_status_200(client: aiohttp.ClientSession) -> None:
    assert await asked(client, f"{BERKANE}/demandes/59999999") == (
        200,
        {"succes": False, "donnees": None, "erreur": {"code": 44, "libelle": "Demande introuvable"}},
    )
    twice = {"identifiant": "x", "telephone": "+212661000000"}
    assert (await told(client, f"{BERKANE}/comptes", twice))["succes"] is True
    assert (await told(client, f"{BERKANE}/comptes", twice))["erreur"]["code"] == 17


async def test_a_certificate_is_ready_in_a_hurry(client: aiohttp.ClientSession, hands: Hands) -> None:
    opened = await told(client, f"{BERKANE}/comptes", {"identifiant": "x", "telephone": "+212661000000"})
    sent = {"compte": opened["donnees"]["compte"]["numero"], "nature": 12, "champs": {"nom": "Demo"}}
    made = (await told(client, f"{BERKANE}/demandes", sent))["donnees"]["demande"]
    assert made["etat"] == {"code": 10, "libelle": "Déposée"}
    hands.seconds += 3
    _, read = await asked(client, f"{BERKANE}/demandes/{made['numero']}")
    found = read["donnees"]["demande"]
    assert [step["etat"]["code"] for step in found["parcours"]] == [10, 20, 40]
    assert found["retrait"]["des"] == "23/11/2026"


async def test_a_step_bears_the_time_at_which_it_happened_and_keeps_it(
    client: aiohttp.ClientSession, hands: Hands
) -> None:
    opened = await told(client, f"{BERKANE}/comptes", {"identifiant": "x", "telephone": "+212661000000"})
    sent = {"compte": opened["donnees"]["compte"]["numero"], "nature": 12, "champs": {"nom": "Demo"}}
    number = (await told(client, f"{BERKANE}/demandes", sent))["donnees"]["demande"]["numero"]

    async def steps() -> list[str]:
        _, read = await asked(client, f"{BERKANE}/demandes/{number}")
        return [step["le"] for step in read["donnees"]["demande"]["parcours"]]

    hands.seconds += 40  # a second is a day's work: ready after two
    first = await steps()
    assert first == [f"23/11/2026 07:00:{second:02d}" for second in (0, 1, 2)]
    hands.seconds += 960
    assert (await steps())[:3] == first
    await told(client, "/sandbox/clock", {"days": 3})
    assert (await steps())[:3] == first


async def test_after_a_whole_walk_the_annex_lists_nothing_new(client: aiohttp.ClientSession, hands: Hands) -> None:
    missing = "51200307"
    async with client.put(f"{BERKANE}/demandes/{missing}/complement", json={"champs": {"cnie": "x"}}) as answer:
        assert (await answer.json())["succes"] is True
    opened = await told(client, f"{BERKANE}/comptes", {"identifiant": "x", "telephone": "+212661000000"})
    sent = {"compte": opened["donnees"]["compte"]["numero"], "nature": 12, "champs": {"nom": "Demo"}}
    await told(client, f"{BERKANE}/demandes", sent)

    async def changed() -> list[tuple[str, str]]:
        _, read = await asked(client, f"{BERKANE}/demandes", modifieesDepuis="23/11/2026 06:00:00")
        return [(one["numero"], one["le"]) for one in read["donnees"]["demandes"]]

    hands.seconds += 60  # handed out, too
    first = await changed()
    assert len(first) == 2
    for _ in range(5):
        hands.seconds += 30
        assert await changed() == first


async def test_lists_come_in_pages(client: aiohttp.ClientSession) -> None:
    opened = await told(client, f"{BERKANE}/comptes", {"identifiant": "x", "telephone": "+212661000000"})
    account = opened["donnees"]["compte"]["numero"]
    for _ in range(21):
        await told(client, f"{BERKANE}/demandes", {"compte": account, "nature": 12, "champs": {"nom": "Demo"}})
    _, first = await asked(client, f"{BERKANE}/comptes/{account}/demandes")
    _, second = await asked(client, f"{BERKANE}/comptes/{account}/demandes", page="2")
    assert (len(first["donnees"]["demandes"]), len(second["donnees"]["demandes"])) == (20, 1)
    assert first["donnees"]["pagination"] == {"page": 1, "pages": 2, "suite": True}


async def test_a_parcel_comes_in_a_hurry_and_an_unknown_one_is_nothing(
    client: aiohttp.ClientSession, hands: Hands
) -> None:
    assert await asked(client, f"{POST}/tra-cuu", ma=s10("99999999")) == (200, {"ketQua": []})
    form = {"diaChi": "12 Phố Huế", "dienThoai": "+84912345678"}
    async with client.post(f"{POST}/van-don", data=form) as answer:
        assert answer.status == 201
        (made,) = (await answer.json())["ketQua"]
    hands.seconds += 4
    _, found = await asked(client, f"{POST}/tra-cuu", ma=made["maBuuGui"])
    assert [step["ma"] for step in found["ketQua"][0]["hanhTrinh"]] == ["DA_PHAT", "VAN_CHUYEN", "CHAP_NHAN"]


def test_codes_carry_the_check_digit_of_s10() -> None:
    assert s10("47312482") == "EC473124829VN"  # UPU's own example: 473124829


async def test_the_visa_is_the_same_by_both_apis(client: aiohttp.ClientSession) -> None:
    status, read = await asked(client, f"{VISA}/visas/700000011")
    assert (status, read["visa"]["stage"], read["visa"]["fee"]["minor"]) == (200, 4, 4420)
    _, standard = await asked(client, "/ministries/visa/applications/700000011")
    assert standard["status"]["code"] == "APPROVED"
    assert (await asked(client, f"{VISA}/visas/1"))[0] == 404
    _, changes = await asked(client, f"{VISA}/changes", after="0")
    assert changes["cursor"] == {"next": None} and len(changes["items"]) == 2
