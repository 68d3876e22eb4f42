"""The app: signed in with a code from the inbox, what is hers read, all changes fetched, and what is new since."""

import json
import time
import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from loadtests.journeys.visitor import NothingToDo, Visitor
from loadtests.people import Person
from loadtests.phone import Answer, Failed, Wrong

_API = "/api/v1"


def sync(visitor: Visitor) -> None:
    """Each app has an address of its own, as telephones have."""
    person = visitor.people.take_for_code()
    if person is None:
        raise NothingToDo
    try:
        device, client = uuid.uuid4().hex, _Client(visitor, person.caller.language)
        visitor.sandbox.glance(person)
        begun = time.monotonic()
        asked = client.write("/auth/otp", {"number": person.msisdn, "device": device}, 202)
        code = visitor.code(person, begun)
        visitor.think()
        signed = {"request_id": asked["request_id"], "code": code, "device": device}
        client.token = client.write("/auth/otp/verify", signed, 200)["access_token"]
        if person.reference:
            shown = client.read(f"/applications/{person.reference}", "/applications/…")
            _same(shown, person.reference, person.amount)
            visitor.think()
        first = client.read("/changes", "/changes (all)")
        _hers(first, person, ZoneInfo(visitor.plan.zone))
        visitor.think()
        client.read(f"/changes?since={first['next']}", "/changes (since)")
        client.write("/auth/sign-out", {}, 204, "/auth/sign-out")
    finally:
        visitor.people.give(person)


def _hers(changes: Any, person: Person, zone: ZoneInfo) -> None:
    """What she applied for, or the hour of her visit, is among all that she has."""
    if person.reference and not any(one.get("reference") == person.reference for one in changes["applications"]):
        raise Wrong("/changes: her application is not there")
    hours = (datetime.fromisoformat(one["starts"]).astimezone(zone) for one in changes["appointments"])
    if person.visit and person.visit not in {f"{hour:%H:%M}" for hour in hours}:
        raise Wrong("/changes: her visit is not there")


def _same(shown: Any, reference: str, amount: str) -> None:
    if shown.get("reference") != reference:
        raise Wrong("/applications/…: another application")
    told = shown.get("amount") or {}
    if amount and str(told.get("amount")) != amount:
        raise Wrong("/applications/…: another amount")


class _Client:
    def __init__(self, visitor: Visitor, language: str) -> None:
        self._ask, self.token = visitor.ask, ""
        octets = (visitor.random.randrange(1, 255) for _ in range(3))
        self._headers = {"x-forwarded-for": "10." + ".".join(map(str, octets)), "accept-language": language}

    def write(self, path: str, body: dict[str, str], wanted: int, name: str = "") -> Any:
        headers = {"content-type": "application/json", "idempotency-key": uuid.uuid4().hex}
        return self._call("POST", path, wanted, name or path, headers, json.dumps(body))

    def read(self, path: str, name: str) -> Any:
        return self._call("GET", path, 200, name, {}, None)

    def _call(self, method: str, path: str, wanted: int, name: str, headers: dict[str, str], body: str | None) -> Any:
        found: list[Any] = []

        def judge(answer: Answer) -> str:
            if answer.status_code != wanted:
                raise Failed(f"HTTP {answer.status_code}")
            found.append(json.loads(str(answer.text)) if wanted != 204 else {})
            return ""

        own = {"authorization": f"Bearer {self.token}"} if self.token else {}
        self._ask(method, _API + path, "api", name, judge, data=body, headers={**self._headers, **headers, **own})
        return found[0]
