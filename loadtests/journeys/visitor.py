"""Whoever is on a journey: her telephone, her HTTP client, the world outside; and what a journey may end with."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from loadtests.ministry import Ministry, Person
from loadtests.people import People
from loadtests.phone import Ask, Call, Network, Screen
from loadtests.plan import Plan

_CODE = re.compile(r"\b\d{6}\b")


class NothingToDo(Exception):
    """Nobody is free for this journey now: it is not counted."""


class GivenUp(Exception):
    """It ended short of its aim, and nobody did anything wrong: somebody else took the seat."""


@dataclass(slots=True)
class Visitor:
    """`think` waits for the next key; `clock` is the run's; `waited` counts a wait by its name, in ms."""

    plan: Plan
    ask: Ask
    ministry: Ministry
    people: People
    network: Network
    random: Random
    think: Callable[[], None]
    clock: Callable[[], float]
    waited: Callable[[str, float], None]
    calls: list[Call] = field(default_factory=list)
    # A number that nobody else has: every message to it is of this journey. `parts`: of messages waited for.
    number: str = ""
    parts: int = 0

    def fresh(self) -> str:
        """A number of her own."""
        self.number = self.people.number()
        return self.number

    def call(self, msisdn: str) -> Call:
        """A new session, not yet dialled."""
        made = Call(self.ask, self.think, self.network, msisdn)
        self.calls.append(made)
        return made

    def home(self, call: Call) -> Screen:
        """Dials and comes to the main menu: past the language at a first call, past what was left open."""
        screen = call.dial("home", "language_choose", "resume_offer")
        if screen.name == "resume_offer":
            screen = call.press("2", "home", "language_choose")
        if screen.name == "language_choose":
            screen = call.press(self.plan.words["language"], "home")
        return screen

    def told(self, person: Person, wanted: Callable[[str], bool], what: str, since: float) -> str:
        """The text of the SMS that she waits for; the wait is counted as `what`. Raises `Silence`."""
        message = self.ministry.wait_for(person, wanted)
        self.waited(what, (time.monotonic() - since) * 1000)
        self.parts += message["parts"]
        return str(message["text"])

    def code(self, person: Person, since: float) -> str:
        """The six digits that come by SMS; raises `Silence`."""
        text = self.told(person, lambda text: bool(_CODE.search(text)), "asked for a code to its SMS", since)
        return str(_CODE.findall(text)[0])

    @property
    def hops(self) -> int:
        return sum(call.hops for call in self.calls)
