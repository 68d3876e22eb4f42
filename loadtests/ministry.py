"""The sandbox, as a stranger may use it: applications handed in at its counter, decided, and read off a phone."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import gevent

Json = dict[str, Any]
_CLIENT = {"Information-Mediator-Client": "LOAD/GOV/0001/counter", "Content-Type": "application/json"}
_POLL = 0.15


class Silence(Exception):
    """What should have come did not."""


@dataclass(slots=True)
class Person:
    """Who stands behind an application; `seen`: messages that she has read. `sent_a_code`: a number
    may be sent few of them."""

    msisdn: str
    reference: str = ""
    phase: str = ""
    amount: str = ""
    place: str = ""
    sent_a_code: bool = False
    seen: set[int] = field(default_factory=set)


class Ministry:
    """The simulated social-aid ministry and aggregator at `url`. Raises `OSError` where they are away."""

    def __init__(self, url: str, random: Random) -> None:
        self._url, self._random = url, random
        self._service = ""

    def call(self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] = _CLIENT) -> Any:
        content = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self._url + path, content, dict(headers), method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def quiet(self, yes: bool) -> None:
        """While applications are laid in, no ministry tells of them."""
        if yes:
            self.call("POST", "/sandbox/events/faults", {"kind": "never", "source": "vemtas"})
        else:
            self.call("DELETE", "/sandbox/events/faults")

    def lay_in(self, msisdn: str, phase: str) -> Person:
        """An application of that number, as far as `phase`."""
        if not self._service:
            listed = self.call("GET", "/ministries/vemtas/services?name=social")
            self._service = listed[0]["id"]
        answers = {
            "fullName": "Demo Load", "birthDate": "1984-03-12", "maritalStatus": "single", "housing": "rented",
            "monthlyIncome": 50, "hasDisability": False, "householdMembers": [], "phone": msisdn,
        }  # fmt: skip
        sent = {"applicantId": msisdn, "formData": {"data": answers}}
        filed = self.call("POST", f"/ministries/vemtas/services/{self._service}/applications", sent)
        person = Person(msisdn, filed["fileId"], "received")
        if phase != "received":
            self.decide(person, phase)
        return person

    def decide(self, person: Person, phase: str) -> None:
        """The ministry moves it; a sum is drawn where one belongs to it."""
        asked: Json = {"phase": phase}
        if phase in ("granted", "card_ready"):
            person.amount = person.amount or f"{self._random.randrange(5000, 89999) / 100:.2f}"
            asked["amount"] = person.amount
        self.call("POST", f"/sandbox/applications/{person.reference}/state", asked)
        person.phase = phase
        if phase == "card_ready":
            person.place = self.read(person.reference)["pickup"]["name"]

    def read(self, reference: str) -> Json:
        """The application's data, as the ministry keeps them."""
        data: Json = self.call("GET", f"/ministries/vemtas/applications/{reference}")
        found: Json = data["applicationData"]["formData"]["data"]
        return found

    def messages(self, msisdn: str) -> list[Json]:
        """What arrived on that phone, the newest first."""
        found = self.call("GET", f"/sandbox/sms/messages?msisdn={msisdn.replace('+', '%2B')}")
        return [one for one in found if one["way"] == "in" and one["state"] == "arrived"]

    def everything(self) -> list[Json]:
        """Every message that the aggregator remembers."""
        found: list[Json] = self.call("GET", "/sandbox/sms/messages")
        return found

    def glance(self, person: Person) -> None:
        """She has read what is there."""
        person.seen.update(one["id"] for one in self.messages(person.msisdn))

    def wait_for(self, person: Person, wanted: Callable[[str], bool], seconds: float = 30.0) -> Json:
        """The next new message whose text is `wanted`; raises `Silence`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for one in self.messages(person.msisdn):
                if one["id"] not in person.seen and wanted(one["text"]):
                    person.seen.add(one["id"])
                    return one
            gevent.sleep(_POLL)
        raise Silence(f"no message within {seconds:.0f} s")
