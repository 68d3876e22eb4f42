"""Whoever is on a journey: her telephone, her HTTP client, the world outside; and what a journey may end with."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from loadtests.applications import Counter
from loadtests.ministry import Sandbox
from loadtests.people import People, Person
from loadtests.phone import Ask, Call, Network, Screen, Wrong
from loadtests.plan import Plan, Voice

_CODE = re.compile(r"\b\d{6}\b")
_ENTRY = re.compile(r"^(\d+) (.+)$", re.MULTILINE)
# Back, more and the beginning, whatever the list.
_WAYS = ("0", "00", "98")


class NothingToDo(Exception):
    """Nobody is free for this journey now: it is not counted."""


class GivenUp(Exception):
    """It ended short of its aim, and nobody did anything wrong: somebody else took the seat."""


@dataclass(slots=True)
class Visitor:
    """`think` waits for the next key; `clock` is the run's; `waited` counts a wait by its name, in ms."""

    plan: Plan
    ask: Ask
    secret: str
    sandbox: Sandbox
    counter: Counter | None
    people: People
    random: Random
    think: Callable[[], None]
    clock: Callable[[], float]
    waited: Callable[[str, float], None]
    calls: list[Call] = field(default_factory=list)
    # A number that nobody else has: every message to it is of this journey. `parts`: of messages waited for.
    number: str = ""
    parts: int = 0

    def fresh(self) -> Person:
        """With a number of her own."""
        person = self.people.somebody()
        self.number = person.msisdn
        return person

    def call(self, person: Person) -> Call:
        """A new session, not yet dialled."""
        spoken = self.plan.reads(person.caller).screens
        strange = tuple(voice.screens["home"] for voice in self.plan.voices.values() if voice.screens is not spoken)
        network = Network(person.caller.network, self.plan.service_code, self.secret, spoken, strange)
        made = Call(self.ask, self.think, network, person.msisdn)
        self.calls.append(made)
        return made

    def home(self, call: Call, person: Person) -> Screen:
        """Dials and comes to the main menu: past the language at a first call, past what was left open."""
        screen = call.dial("home", "language_choose", "resume_offer")
        if screen.name == "resume_offer":
            screen = call.press("2", "home", "language_choose")
        if screen.name == "language_choose":
            screen = call.press(self.plan.reads(person.caller).key, "home")
        person.heard = True
        return screen

    def one_of(self, screen: Screen) -> tuple[str, str]:
        """Any entry of a list: its key, and what it says."""
        found = [entry for entry in _ENTRY.findall(screen.text) if entry[0] not in _WAYS]
        if not found:
            raise Wrong(f"{screen.name}: a list without entries")
        key, said = self.random.choice(found)
        return key, said

    def told(self, person: Person, wanted: Callable[[str], bool], what: str, since: float) -> str:
        """The text of the SMS that she waits for; the wait is counted as `what`. Raises `Silence`."""
        message = self.sandbox.wait_for(person, wanted)
        self.waited(what, (time.monotonic() - since) * 1000)
        self.parts += message["parts"]
        return str(message["text"])

    def code(self, person: Person, since: float) -> str:
        """The six digits that come by SMS; raises `Silence`."""
        text = self.told(person, lambda text: bool(_CODE.search(text)), "asked for a code to its SMS", since)
        return str(_CODE.findall(text)[0])

    def at_ministry(self) -> Counter:
        """Raises `NothingToDo` where nothing is applied for."""
        if self.counter is None:
            raise NothingToDo
        return self.counter

    @property
    def hops(self) -> int:
        return sum(call.hops for call in self.calls)


def money(amount: str, voice: Voice) -> str:
    """A sum as that voice writes it."""
    whole, _, cents = amount.partition(".")
    return voice.money.format(whole=whole, cents=cents)
