"""Who there is: numbers that nobody has yet, people with applications, volunteers. Whoever is busy is not there."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from loadtests.plan import Caller

_FIRST = 3_000_000
# Scattered, as people's are: codes to many numbers in a row are taken for fraud. The step shares no factor with the
# block, so that a million numbers come before one comes twice.
_BLOCK, _STEP = 1_000_000, 380_957


@dataclass(slots=True)
class Person:
    """Who calls, and what is known of her at the ministry: `phase` is "" where nothing is. `seen`: messages that she
    has read. `sent_a_code`: a number may be sent few of them. `visit`: the hour of a visit that she booked. `heard`:
    the gateway knows her language; before that it speaks the country's first one. `asked`: when she last
    asked by SMS; whoever asks the same all the time is taken for a machine."""

    msisdn: str
    caller: Caller
    reference: str = ""
    phase: str = ""
    amount: str = ""
    place: str = ""
    visit: str = ""
    heard: bool = False
    asked: float = float("-inf")
    sent_a_code: bool = False
    seen: set[int] = field(default_factory=set)


class People:
    """`callers`: of what kinds they are, by share; `first`: the language of whoever did not choose one. Everybody waits
    longest before being called again."""

    def __init__(self, callers: Sequence[Caller], first: str, random: Random) -> None:
        self._callers, self._first, self._random = callers, first, random
        self._fresh: Iterator[int] = count(1)
        self._waiting: deque[Person] = deque()
        self._agents: deque[tuple[float, Person]] = deque()

    def somebody(self) -> Person:
        """With a number that was never used, and the language and network of one of the callers."""
        [caller] = self._random.choices(self._callers, [one.share for one in self._callers])
        number = caller.numbers.format(_FIRST + next(self._fresh) * _STEP % _BLOCK)
        return Person(number, caller, heard=caller.language == self._first)

    def take(self, *phases: str, heard: bool = False, asked_before: float | None = None) -> Person | None:
        """Whoever has waited longest among those in these phases; None where nobody is free. `heard`: only those whose
        language the gateway knows; `asked_before`: only those who did not ask by SMS since."""
        for person in self._waiting:
            may = (person.heard or not heard) and (asked_before is None or person.asked < asked_before)
            if person.phase in phases and may:
                self._waiting.remove(person)
                return person
        return None

    def take_for_code(self, *phases: str, voice: str = "") -> Person | None:
        """Whoever was never sent a code and is known by her language; from now on she was. Without `phases` anybody;
        `voice`: only who reads in it."""
        for person in self._waiting:
            may = person.heard and not person.sent_a_code and voice in ("", person.caller.voice)
            if may and (not phases or person.phase in phases):
                person.sent_a_code = True
                self._waiting.remove(person)
                return person
        return None

    def give(self, person: Person) -> None:
        """She has put down the phone."""
        self._waiting.append(person)

    def enrol(self, agent: Person) -> None:
        self._agents.append((float("-inf"), agent))

    def agent(self, now: float, pause: float) -> Person | None:
        """A volunteer who helped nobody for `pause` seconds."""
        if not self._agents or self._agents[0][0] > now - pause:
            return None
        return self._agents.popleft()[1]

    def rests(self, agent: Person, now: float) -> None:
        self._agents.append((now, agent))
