"""What tests ask of the simulated ministries, and the hands of the clock that they turn."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from sandbox.ministries.catalogue import SOCIAL_AID_SERVICE

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # 10:00 in Baku


@dataclass
class Hands:
    """Seconds that have gone by, moved by the test."""

    seconds: float = field(default=0.0)

    def __call__(self) -> float:
        return self.seconds


VEMTAS = "/ministries/vemtas"
SUBMIT = f"{VEMTAS}/services/{SOCIAL_AID_SERVICE.id}/applications"
FORM = {
    "fullName": "Leyla Sınaq",
    "birthDate": "1985-05-17",
    "maritalStatus": "single",
    "housing": "rented",
    "monthlyIncome": 60,
    "hasDisability": False,
    "householdMembers": [{"name": "Ayla", "birthDate": "2019-02-03", "relation": "child", "monthlyIncome": 0}],
}
Json = Any


async def get(client: aiohttp.ClientSession, path: str, status: int = 200, **params: str) -> Json:
    async with client.get(path, params=params) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


def application(**answers: object) -> dict[str, object]:
    return {
        "applicationName": "Leyla Sınaq",
        "applicantId": "+994501234599",
        "formData": {"eFormId": SOCIAL_AID_SERVICE.e_form_id, "data": {**FORM, **answers}},
    }


async def submit(client: aiohttp.ClientSession, sent: object, status: int = 200, **headers: str) -> Json:
    async with client.post(SUBMIT, json=sent, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


def details(file: Json) -> Json:
    return file["applicationData"]["formData"]["data"]
