"""Who there is: numbers that nobody has yet, people with applications, volunteers. Whoever is busy is not there."""

from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Any

from loadtests.ministry import Ministry, Person

# Of ten applications that are laid in.
_PHASES = ("card_ready", "granted", "in_review", "card_ready", "received", "granted", "in_review", "card_ready",
           "in_review", "granted")  # fmt: skip
_FIRST = 3_000_000
# Scattered, as people's are: codes to many numbers in a row are taken for fraud. The step shares no factor with the
# block, so that a million numbers come before one comes twice.
_BLOCK, _STEP = 1_000_000, 380_957


class People:
    """`numbers`: how a number is written. Everybody waits longest before being called again."""

    def __init__(self, numbers: str) -> None:
        self._numbers = numbers
        self._fresh: Iterator[int] = count(1)
        self._waiting: deque[Person] = deque()
        self._agents: deque[tuple[float, str]] = deque()

    def number(self) -> str:
        """One that was never used."""
        return self._numbers.format(_FIRST + next(self._fresh) * _STEP % _BLOCK)

    def lay_in(self, ministry: Ministry, many: int) -> None:
        """That many people with an application each, of all phases."""
        for at in range(many):
            self._waiting.append(ministry.lay_in(self.number(), _PHASES[at % len(_PHASES)]))

    def take(self, *phases: str) -> Person | None:
        """Whoever has waited longest among those in these phases; None where nobody is free."""
        for person in self._waiting:
            if person.phase in phases:
                self._waiting.remove(person)
                return person
        return None

    def take_for_code(self, *phases: str) -> Person | None:
        """Whoever was never sent a code; from now on she was."""
        for person in self._waiting:
            if person.phase in phases and not person.sent_a_code:
                person.sent_a_code = True
                self._waiting.remove(person)
                return person
        return None

    def give(self, person: Person) -> None:
        """She has put down the phone."""
        self._waiting.append(person)

    def enrol(self, number: str) -> None:
        self._agents.append((float("-inf"), number))

    def agent(self, now: float, pause: float) -> str | None:
        """A volunteer who helped nobody for `pause` seconds."""
        if not self._agents or self._agents[0][0] > now - pause:
            return None
        return self._agents.popleft()[1]

    def rests(self, agent: str, now: float) -> None:
        self._agents.append((now, agent))


def facts_of(person: Person, words: dict[str, Any]) -> tuple[str, ...]:
    """What must stand on the screen of her application."""
    amount = person.amount.replace(".", words["decimal"])
    return {
        "granted": (f"{amount} {words['currency_word']}",),
        "card_ready": (f"{amount} {words['currency_word']}", person.place),
    }.get(person.phase, (person.reference,))
