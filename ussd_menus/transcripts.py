"""Conversations as plain text, that a civil servant can read and correct.

    # A comment
    msisdn: +994501234501
    network: 40001

    > *123#
    CON language_choose
      Choose your language
      1 English

    # Time passes between two dials.
    @ clock +1d
    > *123#
    END goodbye
      Goodbye.

A `>` line is what was typed; `CON` (it goes on) or `END` follows, with the screen's name where it is known, then the
screen's lines, each indented by two spaces. Header lines come before the first `>`. A line that begins with `@` is
something that happens before the next input; who plays the transcript knows what it means. Comments before an input
stay there.
"""

from dataclasses import dataclass, field

_INDENT = "  "
_GOES_ON = {"CON": True, "END": False}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One hop: what was typed, and the screen that came. `before`: the `@` and `#` lines that stand above it."""

    typed: str
    goes_on: bool
    screen: str
    name: str = ""
    before: tuple[str, ...] = ()

    @property
    def events(self) -> tuple[str, ...]:
        """What happens before the input, without its `@`."""
        return tuple(line[1:].strip() for line in self.before if line.startswith("@"))


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation. `comments` keep their `#`."""

    headers: dict[str, str] = field(default_factory=dict)
    comments: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(exchange.typed for exchange in self.exchanges)


class TranscriptError(ValueError):
    """A transcript that cannot be read; names the line."""


@dataclass(slots=True)
class _Reader:
    """What has been read so far."""

    headers: dict[str, str] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    typed: str | None = None
    above: tuple[str, ...] = ()
    status: str = "CON"
    lines: list[str] = field(default_factory=list)

    def line(self, number: int, line: str) -> None:
        if line == ">" or line.startswith("> "):
            self.close()
            self.typed, self.above = line[2:], tuple(self.before)
            self.before = []
        elif line.startswith(_INDENT) and self.typed is not None and not self.before:
            self.lines.append(line[len(_INDENT) :])
        elif line.partition(" ")[0] in _GOES_ON and self.typed is not None and not self.lines:
            self.status = line
        elif line.startswith("@") or (line.startswith("#") and self._headed):
            self.before.append(line)
        elif line.startswith("#"):
            self.comments.append(line)
        elif not line.strip():
            return
        elif not self._headed and ": " in line:
            name, _, value = line.partition(": ")
            self.headers[name] = value.strip()
        else:
            raise TranscriptError(f"line {number}: expected '> input', CON, END, '@ event' or an indented screen line")

    @property
    def _headed(self) -> bool:
        return self.typed is not None or bool(self.before)

    def close(self) -> None:
        if self.typed is not None:
            status, _, name = self.status.partition(" ")
            screen = "\n".join(self.lines)
            self.exchanges.append(Exchange(self.typed, _GOES_ON[status], screen, name.strip(), self.above))
        self.typed, self.status, self.lines = None, "CON", []


def parse(text: str) -> Transcript:
    """Read a transcript; raises `TranscriptError`."""
    reader = _Reader()
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        reader.line(number, line)
    reader.close()
    if reader.before:
        raise TranscriptError(f"line {len(lines)}: nothing is typed after {reader.before[-1]!r}")
    return Transcript(reader.headers, tuple(reader.comments), tuple(reader.exchanges))


def write(transcript: Transcript) -> str:
    """The text of a transcript; `parse` reads it back."""
    lines = [*transcript.comments, *(f"{name}: {value}" for name, value in transcript.headers.items()), ""]
    for exchange in transcript.exchanges:
        if exchange.before and lines[-1]:
            lines.append("")
        lines.extend(exchange.before)
        lines.append(f"> {exchange.typed}" if exchange.typed else ">")
        lines.append(f"{'CON' if exchange.goes_on else 'END'} {exchange.name}".rstrip())
        lines.extend(_INDENT + line for line in exchange.screen.split("\n"))
    return "\n".join(lines) + "\n"
