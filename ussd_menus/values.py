"""The menu as frozen values: screens, calls and the ways between them.

A node is a `Screen` (something is shown and an answer awaited) or a `Call` (a use case is performed).
Texts are message ids; variables are names. Nothing here knows a language, a use case's code or a wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

BACK, HOME, MORE = "0", "00", "98"
RESERVED_KEYS = frozenset({BACK, HOME, MORE})
MOST_ENTRIES = 97
RETURN = "return"
# Flags that a session has from its first hop where the country does not have a thing: nothing is visited by
# appointment; nothing is applied for, and no slip has a number; no bus or train of the state calls anywhere.
ABSENT = frozenset({"unbooked", "unfiled", "unmoving"})


class AnswerKind(StrEnum):
    """What a question takes."""

    REFERENCE = "reference"
    DIGITS = "digits"
    PIN = "pin"
    DATE = "date"
    TEXT = "text"
    NAME = "name"
    PHONE = "phone"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Answer:
    """The kind of a question and its bounds: `length` of digits, or least and most of a number."""

    kind: AnswerKind
    length: int | None = None
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go. `first`: go there, and repeat the call after its `return`. `note`: shown above the screen. `past`: a
    screen that is settled by now: "back" leads to what lay before it."""

    node: str
    line: int = 0
    first: bool = False
    note: str = ""
    past: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A flag variable that must be set (or not) for an option to be offered; an unset flag is false."""

    flag: str
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class MenuOption:
    """One line with a key. `sets`: variables that choosing it gives a fixed text."""

    key: str
    text: str
    target: Target
    when: Condition | None = None
    sets: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every node has: its name (one over all files), its journey, and where it is written."""

    name: str
    journey: str
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen(Node):
    """Something shown. `body`: message ids, one a line. `pages`: how many it may take."""

    body: tuple[str, ...]
    options: tuple[MenuOption, ...] = ()
    pages: int = 1
    invalid: str = "nav.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Screen):
    """A heading and options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(Screen):
    """Words to read, with or without options.

    `said`: a variable that holds a whole text, shown below the others; `of`: what the ids of such texts begin with.
    `left_out`: lines of the body, each with the variable without which it says nothing.
    """

    said: str = ""
    of: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Screen):
    """A question with a typed answer, kept in the variable `save`; a PIN is kept nowhere. `too_long`: what stands above
    the screen in place of `invalid` when a text was too long."""

    answer: Answer
    then: Target
    save: str = ""
    too_long: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScreen(Screen):
    """The items of a variable, numbered; the chosen item's id goes to `save`."""

    items: str
    each: str
    then: Target
    save: str = ""
    entries: int = MOST_ENTRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Screen):
    """A yes (key 1) or no (key 2) before something is done; entering it makes a fresh confirm token.

    `form`, `answers`: the variables whose form and answers are read back above the question."""

    form: str = ""
    answers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormScreen(Screen):
    """A ministry's form, one question a screen. `each_answer`: a call made after every answer."""

    form: str
    answers: str
    then: Target
    each_answer: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Screen):
    """Last words; the session ends."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a parameter comes from: a variable, or a fixed text."""

    variable: str = ""
    literal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """A use case to perform. `outcomes`: outcome name to target, the journey's defaults included."""

    use: str
    arguments: Mapping[str, Source]
    outcomes: Mapping[str, Target]
    own_outcomes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Journey:
    """One file: a thing a citizen can do. `depth`: the most answers after the main menu."""

    name: str
    file: str
    line: int
    depth: int | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """All journeys together. `entry` is where a session starts; `version` a digest of the files."""

    nodes: Mapping[str, Node]
    journeys: Mapping[str, Journey]
    entry: str
    home: str
    version: str

    def screens(self) -> tuple[Screen, ...]:
        """The screens, in the order they are written."""
        return tuple(node for node in self.nodes.values() if isinstance(node, Screen))

    def calls(self) -> tuple[Call, ...]:
        """The calls, in the order they are written."""
        return tuple(node for node in self.nodes.values() if isinstance(node, Call))
