"""A telephone in the terminal: draws screens, reads keys, keeps a transcript."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from i18n.gsm7 import cost
from ussd_menus.transcripts import Exchange, Transcript

_WIDTH = 34


@dataclass(frozen=True, slots=True)
class Screen:
    """What came back for one hop."""

    text: str
    goes_on: bool
    name: str = ""


class Line(Protocol):
    """What carries a call: the real door behind it."""

    def dial(self, code: str) -> Screen:
        """Begin a session; raises `ConnectionError` with a line for people."""
        ...

    def answer(self, typed: str) -> Screen: ...


def draw(screen: Screen) -> str:
    """The screen in a frame, with what it costs on the air."""
    lines = [piece for line in screen.text.split("\n") for piece in _wrapped(line)]
    spent = cost(screen.text)
    frame = ["┌" + "─" * (_WIDTH + 2) + "┐"]
    frame += [f"│ {line:<{_WIDTH}} │" for line in lines]
    frame += ["└" + "─" * (_WIDTH + 2) + "┘", f"  {spent.alphabet} {spent.units}"]
    return "\n".join(frame)


def _wrapped(line: str) -> list[str]:
    pieces = []
    while len(line) > _WIDTH:
        at = line.rfind(" ", 0, _WIDTH + 1)
        at = at if at > 0 else _WIDTH
        pieces.append(line[:at])
        line = line[at:].lstrip(" ")
    return [*pieces, line]


@dataclass(slots=True)
class Player:
    """Plays one session after another until the input ends."""

    line: Line
    read: Callable[[str], str]
    show: Callable[[str], None]
    headers: dict[str, str] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)

    def play(self, code: str) -> None:
        """Dial, then pass on what is typed until END. An empty read or Ctrl-D hangs up."""
        screen = self._exchange(code, self.line.dial(code))
        while screen.goes_on:
            try:
                typed = self.read("> ")
            except EOFError:
                self.show("(hung up)")
                return
            screen = self._exchange(typed, self.line.answer(typed))

    def _exchange(self, typed: str, screen: Screen) -> Screen:
        self.exchanges.append(Exchange(typed, screen.goes_on, screen.text, screen.name))
        self.show(draw(screen))
        return screen

    @property
    def transcript(self) -> Transcript:
        return Transcript(self.headers, (), tuple(self.exchanges))
