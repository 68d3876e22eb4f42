"""Applications at the counters of simulated ministries: handed in there, decided and read, as strangers may."""

import time
from collections.abc import Mapping
from random import Random
from typing import Any, Protocol

from loadtests.ministry import Json, Sandbox
from loadtests.people import Person

_COUNTER = {"Information-Mediator-Client": "LOAD/GOV/0001/counter"}


class Counter(Protocol):
    """One ministry's. `person` has the application then, and `read` gives what was kept of her: phone, and place."""

    def lay_in(self, people: list[Person], phases: list[str]) -> None: ...
    def decide(self, person: Person, phase: str) -> None: ...
    def read(self, person: Person) -> Mapping[str, str]: ...


def counter(sandbox: Sandbox, random: Random, asked: Mapping[str, Any]) -> Counter:
    """By the plan's word for the ministry's API."""
    kinds: Mapping[str, type[Registration] | type[Annexe]] = {"registration": Registration, "berkane": Annexe}
    return kinds[asked["api"]](sandbox, random, asked)


class Registration:
    """A ministry with a GovStack Registration; the sandbox's strings move what was handed in."""

    def __init__(self, sandbox: Sandbox, random: Random, asked: Mapping[str, Any]) -> None:
        self._sandbox, self._random, self._asked = sandbox, random, asked
        self._at = f"/ministries/{asked['ministry']}"

    def lay_in(self, people: list[Person], phases: list[str]) -> None:
        """Nobody is told of it, where the ministry would tell."""
        never = {"kind": "never", "source": self._asked["ministry"]}
        service = self._sandbox.call("GET", f"{self._at}/services?name={self._asked['service']}", headers=_COUNTER)[0]
        if self._asked.get("pushes"):
            self._sandbox.call("POST", "/sandbox/events/faults", never)
        for at, person in enumerate(people):
            data = {**self._asked["answers"], "phone": person.msisdn}
            sent = {"applicantId": person.msisdn, "formData": {"data": data}}
            filed = self._sandbox.call("POST", f"{self._at}/services/{service['id']}/applications", sent, _COUNTER)
            person.reference, person.phase = filed["fileId"], "received"
            if (phase := phases[at % len(phases)]) != "received":
                self.decide(person, phase)
        if self._asked.get("pushes"):
            self._sandbox.call("DELETE", "/sandbox/events/faults")

    def decide(self, person: Person, phase: str) -> None:
        """A sum is drawn where one belongs to it."""
        asked: Json = {"phase": phase}
        if phase in self._asked.get("sums", ()):
            person.amount = person.amount or f"{self._random.randrange(5000, 89999) / 100:.2f}"
            asked["amount"] = person.amount
        self._sandbox.call("POST", f"/sandbox/applications/{person.reference}/state", asked)
        person.phase = phase
        if phase == "card_ready":
            person.place = self.read(person)["place"]

    def read(self, person: Person) -> Mapping[str, str]:
        data: Json = self._sandbox.call("GET", f"{self._at}/applications/{person.reference}", headers=_COUNTER)
        kept = data["applicationData"]["formData"]["data"]
        return {"phone": kept["phone"], "place": kept.get("pickup", {}).get("name", "")}


class Annexe:
    """Berkane's, of an API of its own; what it does takes days, and the sandbox's clock is turned for that."""

    def __init__(self, sandbox: Sandbox, random: Random, asked: Mapping[str, Any]) -> None:
        self._sandbox, self._asked = sandbox, asked

    def lay_in(self, people: list[Person], phases: list[str]) -> None:
        """Those who shall have theirs first, and then, days later, the others."""
        drawn = [(person, phases[at % len(phases)]) for at, person in enumerate(people)]
        for person, phase in drawn:
            if phase != "received":
                self._file(person, phase)
        self._sandbox.call("POST", "/sandbox/clock", {"advance_days": self._asked["days_ago"]})
        for person, phase in drawn:
            if phase == "received":
                self._file(person, phase)

    def decide(self, person: Person, phase: str) -> None:
        raise NotImplementedError("the annex decides by its calendar only")

    def read(self, person: Person) -> Mapping[str, str]:
        told = self._call("GET", f"api/demandes/{person.reference}")["demande"]
        return {
            "phone": told["demandeur"]["telephone"],
            "place": told.get("retrait", {}).get("guichet", {}).get("nom", ""),
        }

    def _file(self, person: Person, phase: str) -> None:
        account = self._call("POST", "api/comptes", {"identifiant": person.msisdn, "telephone": person.msisdn})[
            "compte"
        ]
        sent = {"compte": account["numero"], "nature": self._asked["service"], "champs": self._asked["answers"]}
        filed = self._call("POST", "api/demandes", {**sent, "cle": f"load-{time.monotonic_ns()}"})["demande"]
        person.reference, person.phase = filed["numero"], phase

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        told: Json = self._sandbox.call(method, f"/ministries/berkane/{path}", body)
        if not told["succes"]:
            raise OSError(f"berkane: {told['erreur']['libelle']}")
        found: Json = told["donnees"]
        return found
